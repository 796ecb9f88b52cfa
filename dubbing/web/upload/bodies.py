"""Read the body of an upload request directly from the connection, for files of any size."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.http import HttpRequest, UnreadablePostError

from dubbing.platform import numbers
from portal.client_connection import SILENCE, Wire

PIECE = 1024**2


def body_of(request: HttpRequest) -> WireBody:
    """The body under gunicorn straight from the socket, otherwise from whatever the server provides."""
    wire: object = request.META.get("gunicorn.socket")
    reader = getattr(request.META.get("wsgi.input"), "reader", None)
    unreader = getattr(reader, "unreader", None)
    # Only if it is what we know: HTTP/2 and other servers have readers of their own.
    known = getattr(unreader, "sock", None) is wire and hasattr(reader, "length")
    if known and isinstance(wire, socket.socket):
        return SocketBody(request, wire)
    return WireBody(request)


class WireBody:
    """Bytes in pieces; they end early if the connection does."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.length = numbers.whole(request.META.get("CONTENT_LENGTH")) or 0
        self._waiting_since: float | None = None

    def pieces(self) -> Iterator[bytes | memoryview]:
        """Yield the bytes, once."""
        with suppress(UnreadablePostError):
            while piece := self._next_piece():
                yield piece

    def silent_for(self) -> float:
        """Seconds since it began to wait for the bytes that are next; 0 while it waits for none.

        Its turn to write, the disk and the database are not the sender's silence.
        """
        since = self._waiting_since
        return 0.0 if since is None else time.monotonic() - since

    def idle_for(self) -> float:
        """Seconds since bytes last came as fast as required."""
        return self.silent_for()

    def stop(self) -> None:
        """Do nothing: there is no way to stop this body."""

    def _next_piece(self) -> bytes:
        with self._waiting():
            return self.request.read(PIECE)

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        self._waiting_since = time.monotonic()
        try:
            yield
        finally:
            self._waiting_since = None


class SocketBody(WireBody):
    """What gunicorn has read ahead, then the socket itself.

    gunicorn's own reader fills a whole piece before it returns it, and loses the piece if the connection breaks: over a
    bad line an upload would never get past its first piece. It also copies each byte several times.
    """

    def __init__(self, request: HttpRequest, wire: socket.socket) -> None:
        super().__init__(request)
        self._wire, self._body = wire, request.META["wsgi.input"]

    def pieces(self) -> Iterator[bytes | memoryview]:
        """Yield the bytes, once; a piece is valid only until the next one."""
        if ahead := self._read_ahead():
            yield ahead
        buffer = memoryview(bytearray(min(PIECE, self._left())))
        with self._patience():
            while (left := self._left()) and (count := self._receive(buffer[:left])):
                yield buffer[:count]

    def idle_for(self) -> float:
        return self._wire.idle_for() if isinstance(self._wire, Wire) else super().idle_for()

    def stop(self) -> None:
        """Stop reading, from another thread: the reader sees an end."""
        with suppress(OSError):
            self._wire.shutdown(socket.SHUT_RD)

    def _left(self) -> int:
        return int(self._body.reader.length)

    def _read_ahead(self) -> bytes:
        reader: Any = self._body.reader
        held: bytes = reader.unreader.take_buffered()
        mine, next_request = held[: self._left()], held[self._left() :]
        if next_request:
            reader.unreader.unread(next_request)
        reader.length -= len(mine)
        return mine

    def _receive(self, buffer: memoryview) -> int:
        try:
            with self._waiting():
                count = self._wire.recv_into(buffer)
        except OSError:  # it was silent, too slow, or is gone
            count = 0
        self._body.reader.length -= count
        self._body.failed = not count  # the connection is not used again: nobody knows where the next request begins
        return count

    @contextmanager
    def _patience(self) -> Iterator[None]:
        before = self._wire.gettimeout()
        self._wire.settimeout(SILENCE)
        try:
            yield
        finally:
            with suppress(OSError):
                self._wire.settimeout(before)
