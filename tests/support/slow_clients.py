"""People on bad lines, and people who mean harm: connections that do as little as they can, and hold on."""

from __future__ import annotations

import errno
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from urllib.parse import urlsplit

SMALL_WINDOW = 32 * 1024


def connect(url: str, *, small_window: bool = False, timeout: float = 30.0) -> socket.socket:
    """A connection to the server at this address; with a small window little is under way to it at a time."""
    address = urlsplit(url)
    sock = socket.socket()
    if small_window:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_WINDOW)
    sock.settimeout(timeout)
    sock.connect((address.hostname, address.port))
    return sock


def request(method: str, path: str, headers: Mapping[str, object] | None = None) -> bytes:
    """The header of a request."""
    lines = [f"{name}: {value}" for name, value in {"Host": "localhost", **(headers or {})}.items()]
    return "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""]).encode()


def paused_download(url: str, path: str, headers: Mapping[str, object] | None = None) -> socket.socket:
    """Asks for a file, takes its first bytes, and then no more."""
    sock = connect(url, small_window=True)
    sock.sendall(request("GET", path, headers))
    sock.recv(1024)
    return sock


def half_head(url: str) -> socket.socket:
    """Never comes to the end of its header."""
    sock = connect(url)
    sock.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Half:")
    return sock


def slow_body(url: str, path: str, length: int, headers: Mapping[str, object] | None = None) -> socket.socket:
    """Says how long its form is, and sends one byte of it."""
    sock = connect(url)
    form = {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": length}
    sock.sendall(request("POST", path, form | dict(headers or {})) + b"a")
    return sock


def answer(sock: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and the body; of a long one what has come with them. Raises ConnectionError."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = sock.recv(65536)
        if not piece:
            raise ConnectionResetError(errno.ECONNRESET, "no answer")
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    length = int(headers.get("content-length", 0))
    while len(body) < length <= SMALL_WINDOW:
        body += sock.recv(65536)
    return int(first.split()[1]), headers, body


def how_it_ends(sock: socket.socket) -> str:
    """Take all that still comes: ``end``, ``reset``, or ``open`` when its time-out is over first."""
    try:
        while sock.recv(65536):
            pass
    except TimeoutError:
        return "open"
    except OSError:
        return "reset"
    return "end"


@contextmanager
def many(count: int, client: Callable[[], socket.socket]) -> Iterator[list[socket.socket]]:
    """So many of them, until the end of the block."""
    socks: list[socket.socket] = []
    try:
        for _ in range(count):
            socks.append(client())
        yield socks
    finally:
        for sock in socks:
            sock.close()


@contextmanager
def dripping(socks: list[socket.socket], *, every: float) -> Iterator[None]:
    """A byte from each of them, again and again, until the end of the block."""
    over = threading.Event()

    def drip() -> None:
        while not over.wait(every):
            for sock in socks:
                with suppress(OSError):
                    sock.send(b"x")

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def seconds_for(url: str, path: str, *, at_most: float = 30.0) -> float:
    """How long somebody waits for a page. Raises OSError when it does not come."""
    address = urlsplit(url)
    began = time.monotonic()
    connection = HTTPConnection(address.netloc, timeout=at_most)
    try:
        connection.request("GET", path)
        found = connection.getresponse()
        found.read()
        assert found.status < 400, (path, found.status)
    finally:
        connection.close()
    return time.monotonic() - began
