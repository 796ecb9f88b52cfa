"""The two ports of the witness: the API, in HTTP/1.0 that hangs up after each answer, and the files, chunked."""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import time
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from tests.witness.rules import Refusal

if TYPE_CHECKING:
    from tests.witness.witness import Witness

SLOWLY = 0.05
Answer = tuple[int, Any]


class Server(ThreadingHTTPServer):
    """Knows the witness it speaks for."""

    daemon_threads = True
    request_queue_size = 64
    witness: Witness


def serve(port: int, door: type[BaseHTTPRequestHandler], witness: Witness) -> Server:
    """Listen on the loopback."""
    server = Server(("127.0.0.1", port), door)
    server.witness = witness
    return server


class _Door(BaseHTTPRequestHandler):
    server: Server
    server_version, sys_version = "nginx/0.6.39 (HTTP/1.0)", ""

    def log_message(self, format: str, *args: Any) -> None:
        """Only what is wrong is worth a line."""

    @property
    def witness(self) -> Witness:
        return self.server.witness


class ApiDoor(_Door):
    """JSON, without a length: the end of the connection is the end of the answer."""

    protocol_version = "HTTP/1.0"

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def do_PATCH(self) -> None:
        self._handle()

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, _, query = self.path.partition("?")
        if path.startswith("/_witness/"):
            self._answer(200, self.witness.control(path.removeprefix("/_witness/"), json.loads(body or b"{}")))
            return
        try:
            answer = self._route(path, query, body)
        except Refusal as refusal:
            self.witness.counts[f"refused {refusal.status}"] += 1
            self._answer(refusal.status, {"detail": refusal.detail}, refusal.headers)
            return
        if answer is None:
            self.connection.shutdown(socket.SHUT_RDWR)
        else:
            self._answer(*answer)

    def _route(self, path: str, query: str, body: bytes) -> Answer | None:
        self._check_key()
        time.sleep(SLOWLY)
        match (self.command, path.split("/")[1:]):
            case "POST", ["v1", "assets", ""]:
                self._count("create")
                return self.witness.create(_read(body), None)
            case "POST", ["v1", "assets", "upload"]:
                self._count("upload")
                return self._upload(body)
            case "GET", ["v1", "assets", ""]:
                self._count("list")
                return 200, self.witness.page(int(parse_qs(query).get("page", ["1"])[0]))
            case "GET", ["v1", "assets", asset_id] if asset_id:
                self._count("look")
                asset = self.witness.find_asset(asset_id)
                asset.looks += 1
                return 200, self.witness.shown(asset)
            case "POST", ["v1", "assets", asset_id, "languages"]:
                self._count("languages")
                return self.witness.add(self.witness.find_asset(asset_id), _read(body))
            case "GET", ["v1", "versions", version_id] if version_id:
                self._count("version")
                return 200, self.witness.shown_version(self.witness.find_version(version_id)[1])
            case "PATCH", ["v1", "versions", version_id, "revise"]:
                self._count("revise")
                return self.witness.revise(self.witness.find_version(version_id)[1])
        self._count("elsewhere")
        other = path.rstrip("/") if path.endswith("/") else f"{path}/"
        raise Refusal(307, "Over there.", {"Location": f"https://api.example.com{other}"})

    def _check_key(self) -> None:
        if self.headers.get("Authorization") != f"Bearer panjaya-{self.witness.key}":
            raise Refusal(401, {"code": 7, "msg": "The key could not be validated."})

    def _upload(self, body: bytes) -> Answer | None:
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        parts: dict[str, bytes] = {}
        for part in BytesParser(policy=HTTP).parsebytes(head + body).iter_parts():
            name = part.get_param("name", header="content-disposition")
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            parts[str(name)] = content
        if missing := {"request", "video"} - parts.keys():
            raise Refusal(422, [{"loc": ["body", name], "msg": "Field required"} for name in missing])
        return self.witness.create(_read(parts["request"]), parts["video"])

    def _count(self, what: str) -> None:
        self.witness.counts[what] += 1

    def _answer(self, status: int, told: Any, headers: dict[str, str] | None = None) -> None:
        data = json.dumps(told, ensure_ascii=False).encode()
        more = {"Content-Type": "application/json; charset=utf-8", "Set-Cookie": "visit=1; Path=/", **(headers or {})}
        if "gzip" in self.headers.get("Accept-Encoding", ""):
            data, more["Content-Encoding"] = gzip.compress(data), "gzip"
        with contextlib.suppress(OSError):
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)


class FileDoor(_Door):
    """A signed link moves once, to a file that comes in pieces of no announced length."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """The link, or the file behind it."""
        _, kind, name = urlsplit(self.path).path.split("/")
        file = self.witness.take_link(name)
        if file is None or "Authorization" in self.headers:
            self._refuse()
        elif kind == "signed":
            self._bare(302, {"Location": self.witness.redirected(file), "Content-Length": "0"})
        else:
            self.witness.counts["downloads"] += 1
            self._bare(200, {"Transfer-Encoding": "chunked", "Content-Type": "application/octet-stream"})
            with contextlib.suppress(OSError):
                self._chunks(file.read_bytes())

    def _refuse(self) -> None:
        words = b"<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
        self._bare(403, {"Content-Type": "application/xml", "Content-Length": str(len(words))})
        self.wfile.write(words)

    def _bare(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _chunks(self, data: bytes) -> None:
        for at in range(0, len(data), 5000):
            piece = data[at : at + 5000]
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        raise Refusal(422, [{"type": "json_invalid", "loc": ["body", 0], "msg": "JSON decode error"}]) from None
