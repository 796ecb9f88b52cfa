"""The sender's side of an upload (tus 1.0.0), for Django's test client and for a real server."""

from __future__ import annotations

import base64
import hashlib
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.test import Client

TUS = {"Tus-Resumable": "1.0.0"}
BYTES = "application/offset+octet-stream"


def metadata(**values: object) -> str:
    """``Upload-Metadata`` of these."""
    encoded = (
        (name, base64.b64encode(str(value).encode("utf-8", "surrogatepass")).decode()) for name, value in values.items()
    )
    return ",".join(f"{name} {value}" for name, value in encoded)


def checksum(content: bytes, algorithm: str = "sha256") -> dict[str, str]:
    """``Upload-Checksum`` of these bytes."""
    digest = base64.b64encode(hashlib.new(algorithm, content).digest()).decode()
    return {"Upload-Checksum": f"{algorithm} {digest}"}


def create_upload(page: Client, size: object = 100, **fields: object) -> Any:
    """Create an upload of that size; ``fields``: kind, filename, asset, ..."""
    fields = {"kind": "video", "filename": "film.mp4"} | fields
    headers = TUS | {"Upload-Length": str(size), "Upload-Metadata": metadata(**fields)}
    return page.post("/uploads/", headers=headers)


def patch(page: Client, url: str, content: bytes, offset: object = 0, **surroundings: Any) -> Any:
    """Send bytes that begin at the offset."""
    headers = TUS | {"Upload-Offset": str(offset)} | surroundings.pop("headers", {})
    # Said twice: Django's client leaves it out of a request without a body.
    kind = surroundings.pop("content_type", BYTES)
    return page.patch(url, content, content_type=kind, headers=headers, CONTENT_TYPE=kind, **surroundings)


def head(page: Client, url: str) -> Any:
    """Ask how much is there."""
    return page.head(url, headers=TUS)


def offset(page: Client, url: str) -> int:
    """How much is there."""
    return int(head(page, url)["Upload-Offset"])


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said."""

    status: int
    headers: dict[str, str]
    body: bytes = b""

    @property
    def offset(self) -> int:
        """``Upload-Offset``."""
        return int(self.headers["upload-offset"])


class Line:
    """One connection to a real server, under our control to the byte."""

    def __init__(self, url: str, headers: Mapping[str, str], *, timeout: float = 30) -> None:
        """``headers``: the cookie, the token against forgery."""
        address = urlsplit(url)
        assert address.hostname
        assert address.port
        self.host = address.netloc
        self.socket = socket.create_connection((address.hostname, address.port), timeout=timeout)
        self._headers = TUS | dict(headers)

    def begin(self, method: str, path: str, **headers: object) -> None:
        """Everything of a request but its body."""
        said = {
            "Host": self.host,
            **self._headers,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in said.items())]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())

    def begin_patch(self, path: str, offset: int, length: int) -> None:
        """A PATCH whose bytes follow."""
        self.begin("PATCH", path, Upload_Offset=offset, Content_Length=length, Content_Type=BYTES)

    def send(self, content: bytes | memoryview) -> None:
        """Bytes of the body."""
        self.socket.sendall(content)

    def send_file(self, path: Path, offset: int, count: int) -> None:
        """Bytes of a file, as fast as the kernel can."""
        with path.open("rb") as file:
            self.socket.sendfile(file, offset, count)

    def answer(self) -> Answer:
        """Wait for it."""
        data = b""
        while b"\r\n\r\n" not in data:
            piece = self.socket.recv(65536)
            if not piece:
                raise ConnectionError("no answer")
            data += piece
        top, _, body = data.partition(b"\r\n\r\n")
        first, *lines = top.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        while len(body) < int(headers.get("content-length", 0)):
            body += self.socket.recv(65536)
        return Answer(int(first.split()[1]), headers, body)

    def close(self) -> None:
        """Hang up."""
        self.socket.close()

    def cut(self) -> None:
        """Break: the other side gets a reset, and what was under way is lost."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.socket.close()


class Sender:
    """Somebody with a browser at a real portal."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        self.url, self.headers = url, headers

    def line(self, *, timeout: float = 30) -> Line:
        """A new connection."""
        return Line(self.url, self.headers, timeout=timeout)

    def ask(self, method: str, path: str, **headers: object) -> Answer:
        """One request without a body."""
        line = self.line()
        try:
            line.begin(method, path, Connection="close", **headers)
            return line.answer() if method != "HEAD" else _head_of(line)
        finally:
            line.close()

    def create_upload(self, size: int, **fields: object) -> str:
        """Where the bytes go."""
        fields = {"kind": "video", "filename": "film.mp4"} | fields
        answer = self.ask("POST", "/uploads/", Upload_Length=size, Upload_Metadata=metadata(**fields), Content_Length=0)
        assert answer.status == 201, answer
        return answer.headers["location"]

    def offset(self, path: str) -> int:
        """How much is there."""
        answer = self.ask("HEAD", path)
        assert answer.status == 200, answer
        return answer.offset


def _head_of(line: Line) -> Answer:
    data = b""
    while b"\r\n\r\n" not in data and (piece := line.socket.recv(65536)):
        data += piece
    first, *lines = data.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in lines)}
    return Answer(int(first.split()[1]), headers)
