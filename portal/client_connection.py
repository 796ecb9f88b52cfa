"""A client's connection as threads see it: receiving enforces a minimum pace, and sending never blocks."""

from __future__ import annotations

import errno
import os
import select
import socket
import struct
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Protocol

SILENCE = 20.0
"""Seconds without a byte after which a client that has to send some counts as lost."""
LEAST, BEHIND = 1024, 30.0
"""Bytes per second that a client has to send, and how long it may fall short of that."""
SMALL_BODY = 64 * 1024
"""A body up to this size gets no thread until it has arrived completely."""
STALLED = 60.0
"""Seconds after which a client that accepts nothing of its answer is disconnected."""
BURST = 8 * 1024**2
"""Bytes sent to one client before it is another one's turn."""
UNSENT = 128 * 1024
HELD = 1024**2
"""Bytes of an answer that are buffered for a slow client; a thread that produces more has to wait."""


class TooSlow(ConnectionResetError):
    """The client sends or accepts less than it has to."""

    def __init__(self) -> None:
        super().__init__(errno.ECONNRESET, "the client is too slow")


class Piece(Protocol):
    """A part of an answer."""

    left: int

    def send(self, to: int, most: int) -> int:
        """Send up to ``most`` bytes without waiting. Return how many were sent. Raises OSError."""

    def close(self) -> None:
        """Release it: it is no longer needed."""


class _Bytes:
    def __init__(self, content: memoryview) -> None:
        self._content, self.left = content, len(content)

    def send(self, to: int, most: int) -> int:
        count = os.write(to, self._content[len(self._content) - self.left :][:most])
        self.left -= count
        return count

    def close(self) -> None:
        """Do nothing: nothing is open."""


class _File:
    """Bytes of an open file, which the caller may close meanwhile."""

    def __init__(self, file: BinaryIO, offset: int, count: int) -> None:
        self._file, self._offset, self.left = os.dup(file.fileno()), offset, count

    def send(self, to: int, most: int) -> int:
        count = os.sendfile(to, self._file, self._offset, min(self.left, most))
        if not count:  # the file is shorter than promised: the client must not mistake that for the end
            raise ConnectionResetError(errno.ECONNRESET, "the file was cut")
        self._offset += count
        self.left -= count
        return count

    def close(self) -> None:
        os.close(self._file)


class _NamedFile:
    """The same for a file opened when its turn comes: an archive of a thousand files has only one open at a time."""

    def __init__(self, path: Path, offset: int, count: int) -> None:
        self._path, self._offset, self.left = path, offset, count
        self._opened: _File | None = None

    def send(self, to: int, most: int) -> int:
        if self._opened is None:
            try:
                with self._path.open("rb") as file:
                    self._opened = _File(file, self._offset, self.left)
            except FileNotFoundError as error:  # removed meanwhile: as if it had been cut
                raise ConnectionResetError(errno.ECONNRESET, "the file is gone") from error
        count = self._opened.send(to, most)
        self.left = self._opened.left
        return count

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()
            self._opened = None


class Wire(socket.socket):
    """The accepted socket. Threads write the answer to it; ``push`` sends what the client does not accept at once."""

    def __init__(self, accepted: socket.socket) -> None:
        super().__init__(fileno=accepted.detach())
        if hasattr(socket, "TCP_NOTSENT_LOWAT") and self.family != socket.AF_UNIX:
            # Otherwise the kernel buffers megabytes for each client that does not read, and hides how slow it is.
            self.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT)
        self._unsent: deque[Piece] = deque()
        self._after: list[Callable[[], None]] = []
        self._keeps_pace()

    # --- receiving

    def setblocking(self, flag: bool) -> None:
        """Blocking means waiting with the time limit of this class."""
        self.settimeout(SILENCE if flag else 0.0)

    def begin(self) -> None:
        """Start a request: its pace is measured from here."""
        self._keeps_pace()

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Receive as usual; raises TooSlow."""
        data = super().recv(size, flags)
        self._came(len(data))
        return data

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """Receive as usual; raises TooSlow."""
        count = super().recv_into(buffer, nbytes, flags)
        self._came(count)
        return count

    def idle_for(self) -> float:
        """Seconds since bytes last moved as fast as required, in either direction."""
        return time.monotonic() - self._moved_at

    def stop_receiving(self) -> None:
        """End receiving, from any thread: the reader of this client sees an end, and can still answer."""
        with suppress(OSError):
            self.shutdown(socket.SHUT_RD)

    def _came(self, count: int) -> None:
        self._received += count
        if self._received >= LEAST * self.idle_for():
            self._keeps_pace()
        elif self.idle_for() > BEHIND:
            raise TooSlow

    def _keeps_pace(self) -> None:
        self._moved_at, self._received = time.monotonic(), 0

    # --- sending

    @property
    def is_sending(self) -> bool:
        """Whether part of the answer is still to be sent."""
        return bool(self._unsent) and self.fileno() >= 0

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send what can be sent at once, and buffer the rest.

        Waits only if a client accepts nothing of a very long answer.
        """
        self._unsent.append(_Bytes(memoryview(bytes(data))))
        self.push()
        while sum(piece.left for piece in self._unsent if isinstance(piece, _Bytes)) > HELD:
            self._wait()
            self.push()

    def sendfile(self, file: Any, offset: int = 0, count: int | None = None) -> int:
        """The same for part of a file of any size: it is read as the client accepts it."""
        size = os.fstat(file.fileno()).st_size - offset if count is None else count
        if size:
            self._unsent.append(_File(file, offset, size))
            self.push()
        return size

    def queue(self, part: bytes | Path, offset: int = 0, count: int | None = None) -> None:
        """Send bytes or part of a file after everything else, however slowly the client accepts them."""
        if isinstance(part, bytes):
            self._unsent.append(_Bytes(memoryview(part)))
        elif count := part.stat().st_size - offset if count is None else count:
            self._unsent.append(_NamedFile(part, offset, count))

    def push(self) -> bool:
        """Send what can be sent without waiting, at most a burst. Return whether everything is sent. Raises OSError."""
        left = BURST
        while self._unsent and left > 0:
            piece = self._unsent[0]
            try:
                count = piece.send(self.fileno(), left) if piece.left else 0
            except BlockingIOError:
                return False
            left -= count
            if count:
                self._keeps_pace()
            if not piece.left:
                self._unsent.popleft()
                piece.close()
        return not self._unsent

    def _wait(self) -> None:
        poll = select.poll()
        poll.register(self, select.POLLOUT)
        if not poll.poll(STALLED * 1000):
            raise TooSlow

    # --- closing

    def when_sent(self, call: Callable[[], None]) -> None:
        """Call ``call`` once the answer is sent, or nobody wants it any more."""
        self._after.append(call)

    def sent(self) -> None:
        """Finish the answer, which is sent completely."""
        while self._after:
            self._after.pop()()

    def give_up(self) -> None:
        """Give up, from any thread: the thread waiting for this client sees an end, and the client a reset."""
        with suppress(OSError):  # it may have closed already
            # After a plain close, a client that accepts nothing would stay connected for hours.
            self.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Release everything."""
        super().close()
        while self._unsent:
            self._unsent.popleft().close()
        self.sent()
