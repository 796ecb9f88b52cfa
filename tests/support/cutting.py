"""A link between a browser and the portal that can be slow, cut in the middle, or down."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

_PIECE = 64 * 1024
_TICK = 0.02
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Link:
    """A TCP proxy: ``cuts`` are numbers of bytes after each of which the connection that carries them is reset.

    ``rate`` is how many bytes a second go up (0: as many as there are); ``sent_up`` is how many went up in all.
    """

    def __init__(self, target: str, *, rate: int = 0, cuts: tuple[int, ...] = ()) -> None:
        parts = urlsplit(target)
        self._target = (parts.hostname or "localhost", parts.port or 80)
        self.rate, self.cuts, self.sent_up, self.down = rate, list(cuts), 0, False
        self._listener = socket.create_server(("127.0.0.1", 0))
        # Else the system takes some megabytes in advance, and a browser believes that they have been sent.
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _PIECE)
        self.url = f"http://{self._target[0]}:{self._listener.getsockname()[1]}"
        self._lock, self._open = threading.Lock(), set[socket.socket]()
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def cut(self) -> None:
        """Reset every connection there is now."""
        for each in list(self._open):
            self._end(each, reset=True)

    def close(self) -> None:
        """No more connections, and none of those there are."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join(5)
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                browser, _ = self._listener.accept()
            except OSError:
                return
            if self.down:
                self._end(browser, reset=True)
                continue
            try:
                portal = socket.create_connection(self._target)
            except OSError:  # nobody is there just now
                self._end(browser, reset=True)
                continue
            self._open |= {browser, portal}
            threading.Thread(target=self._carry, args=(browser, portal, True), daemon=True).start()
            threading.Thread(target=self._carry, args=(portal, browser, False), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, up: bool) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(self._piece(up)):
                target.sendall(piece)
                if up and self._is_cut(len(piece)):
                    self._end(source, reset=True)
                    break
                if up and self.rate:
                    time.sleep(len(piece) / self.rate)
        self._end(source, target)  # what has come through arrives

    def _piece(self, up: bool) -> int:
        return max(1024, min(_PIECE, int(self.rate * _TICK))) if up and self.rate else _PIECE

    def _is_cut(self, count: int) -> bool:
        with self._lock:
            self.sent_up += count
            if not self.cuts or self.sent_up < self.cuts[0]:
                return False
            self.cuts.pop(0)
            return True

    def _end(self, *ends: socket.socket, reset: bool = False) -> None:
        for end in ends:
            self._open.discard(end)
            with contextlib.suppress(OSError):
                if reset:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                # A thread that waits for bytes holds the connection open, whoever closes it.
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@contextlib.contextmanager
def link_to(target: str, *, rate: int = 0, cuts: tuple[int, ...] = ()) -> Iterator[Link]:
    """``with link_to(live_server.url) as link: page.goto(link.url + ...)``."""
    link = Link(target, rate=rate, cuts=cuts)
    try:
        yield link
    finally:
        link.close()
