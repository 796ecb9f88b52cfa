"""A real HTTP server on the loopback that answers as a script says, and can behave as badly as the network does."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self


@dataclass
class Request:
    """One request as it arrived, and the hand to answer it with."""

    method: str
    path: str
    headers: dict[str, str]
    connection: socket.socket = field(repr=False)
    started: bytes = field(default=b"", repr=False)
    body: bytes = b""
    open: bool = True

    @property
    def length(self) -> int:
        return int(self.headers.get("content-length", "0"))

    def read(self, size: int | None = None) -> bytes:
        """Reads and keeps the body, or ``size`` bytes of it."""
        body = bytearray(self.started)
        while len(body) < (self.length if size is None else size):
            piece = self.connection.recv(1 << 16)
            if not piece:
                break
            body += piece
        self.body, self.started = bytes(body), b""
        return self.body

    def drain(self) -> int:
        """Reads the body without keeping it; the number of bytes that came."""
        size, buffer = len(self.started), bytearray(1 << 20)
        while size < self.length and (count := self.connection.recv_into(buffer)):
            size += count
        self.started = b""
        return size

    def answer(self, status: int = 200, body: Any = b"", headers: dict[str, str] | None = None) -> None:
        """Answers completely; ``body`` other than bytes goes out as JSON."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.raw(head(status, {"Content-Length": str(len(data)), **(headers or {})}) + data)

    def raw(self, data: bytes) -> None:
        self.connection.sendall(data)

    def drip(self, data: bytes, every: float) -> None:
        for byte in data:
            self.raw(bytes([byte]))
            time.sleep(every)

    def say_nothing(self) -> None:
        """Until the client hangs up, for twenty seconds at most."""
        with suppress(TimeoutError):
            self.connection.recv(1)
        self.close()

    def flood(self, size: int) -> None:
        """Up to ``size`` bytes, as long as anybody takes them."""
        piece = b"x" * (1 << 16)
        for _ in range(size // len(piece)):
            self.raw(piece)

    def cut(self) -> None:
        """Resets the connection."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self) -> None:
        self.open = False
        self.connection.close()


def head(status: int, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Word", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


Script = Callable[[Request], None]


class Server:
    """``with Server(script) as server``: each request is handed to ``script``, after its body was read if ``reads``."""

    def __init__(self, script: Script | None = None, *, reads: bool = True, tls: ssl.SSLContext | None = None) -> None:
        self.script: Script = script or (lambda request: request.answer(404, {"detail": "nothing here"}))
        self.requests: list[Request] = []
        self.connections = 0
        self._reads, self._tls = reads, tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self._open: list[socket.socket] = []

    def answers(self, *answers: tuple[int, Any]) -> None:
        """From now on the answers given, one after another, the last for ever."""
        left = list(answers)
        self.script = lambda request: request.answer(*(left.pop(0) if len(left) > 1 else left[0]))

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for each in (self._listener, *self._open):
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.settimeout(20)
            self.connections += 1
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with self._tls.wrap_socket(connection, server_side=True) if self._tls else connection as connection:
                while (request := _received(connection)) and self._handled(request):
                    pass
        except OSError:
            pass

    def _handled(self, request: Request) -> bool:
        self.requests.append(request)
        if self._reads:
            request.read()
        self.script(request)
        return request.open


def _received(connection: socket.socket) -> Request | None:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(1 << 16)
        if not piece:
            return None
        data += piece
    top, _, started = data.partition(b"\r\n\r\n")
    first, *lines = top.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Request(method, path, headers, connection, started)
