"""A client's connection as the server's threads see it: what is received keeps a pace, and sending waits for nobody."""

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
from typing import Any, BinaryIO, Protocol

SILENCE = 20.0
"""Seconds without a byte after which a client that owes us some counts as lost."""
LEAST, BEHIND = 1024, 30.0
"""Bytes a second that a client who owes us some has to send, and how long it may stay behind that."""
SMALL_BODY = 64 * 1024
"""A body up to here has no thread before all of it has come."""
STALLED = 60.0
"""Seconds after which a client that takes nothing of its answer is let go."""
BURST = 8 * 1024**2
"""Bytes for one client before it is another one's turn."""
UNSENT = 128 * 1024
HELD = 1024**2
"""Bytes of an answer that are kept for a slow client; a thread that makes more than that has to wait."""


class TooSlow(ConnectionResetError):
    """The client sends, or takes, less than it has to."""

    def __init__(self) -> None:
        super().__init__(errno.ECONNRESET, "the client is too slow")


class Piece(Protocol):
    """A part of an answer."""

    left: int

    def send(self, to: int, most: int) -> int:
        """Send some of it without waiting, and say how much. Raises OSError."""

    def close(self) -> None:
        """It is not wanted any more."""


class _Bytes:
    def __init__(self, content: memoryview) -> None:
        self._content, self.left = content, len(content)

    def send(self, to: int, most: int) -> int:
        count = os.write(to, self._content[len(self._content) - self.left :][:most])
        self.left -= count
        return count

    def close(self) -> None:
        """Nothing is open."""


class _File:
    """Bytes of an open file, which may be closed meanwhile."""

    def __init__(self, file: BinaryIO, offset: int, count: int) -> None:
        self._file, self._offset, self.left = os.dup(file.fileno()), offset, count

    def send(self, to: int, most: int) -> int:
        count = os.sendfile(to, self._file, self._offset, min(self.left, most))
        if not count:  # the file is shorter than was promised: the client must not take the rest for an end
            raise ConnectionResetError(errno.ECONNRESET, "the file was cut")
        self._offset += count
        self.left -= count
        return count

    def close(self) -> None:
        os.close(self._file)


class Wire(socket.socket):
    """The accepted socket. Threads write the answer into it; what the client does not take at once goes by ``push``."""

    def __init__(self, accepted: socket.socket) -> None:
        super().__init__(fileno=accepted.detach())
        if hasattr(socket, "TCP_NOTSENT_LOWAT") and self.family != socket.AF_UNIX:
            # Else the kernel holds megabytes for each client that does not listen, and nobody sees how slow it is.
            self.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT)
        self._unsent: deque[Piece] = deque()
        self._after: list[Callable[[], None]] = []
        self._keeps_pace()

    # --- receiving

    def setblocking(self, flag: bool) -> None:
        """To block means to be patient, and no longer."""
        self.settimeout(SILENCE if flag else 0.0)

    def begin(self) -> None:
        """A request begins: its pace is measured from here."""
        self._keeps_pace()

    def recv(self, size: int, flags: int = 0) -> bytes:
        """As ever; raises TooSlow."""
        data = super().recv(size, flags)
        self._came(len(data))
        return data

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """As ever; raises TooSlow."""
        count = super().recv_into(buffer, nbytes, flags)
        self._came(count)
        return count

    def idle_for(self) -> float:
        """Seconds since bytes last moved as fast as they have to, either way."""
        return time.monotonic() - self._moved_at

    def stop_receiving(self) -> None:
        """From any thread: whoever reads from this client sees an end, and can still answer."""
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
        """Whether some of the answer is still here."""
        return bool(self._unsent) and self.fileno() >= 0

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send what goes at once, and keep the rest. Waits only for whoever takes nothing of a very long answer."""
        self._unsent.append(_Bytes(memoryview(bytes(data))))
        self.push()
        while sum(piece.left for piece in self._unsent if isinstance(piece, _Bytes)) > HELD:
            self._wait()
            self.push()

    def sendfile(self, file: Any, offset: int = 0, count: int | None = None) -> int:
        """The same for a part of a file, however large: it is read when the client takes it."""
        size = os.fstat(file.fileno()).st_size - offset if count is None else count
        if size:
            self._unsent.append(_File(file, offset, size))
            self.push()
        return size

    def push(self) -> bool:
        """Send what goes without waiting, a burst at the most; whether all of it is gone. Raises OSError."""
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

    # --- the end

    def when_sent(self, call: Callable[[], None]) -> None:
        """Call it once the answer is gone, or nobody wants it any more."""
        self._after.append(call)

    def sent(self) -> None:
        """The answer is gone."""
        while self._after:
            self._after.pop()()

    def give_up(self) -> None:
        """From any thread: whoever waits for this client sees an end, and the client a reset."""
        with suppress(OSError):  # it may have gone already
            # After a plain close, a client that takes nothing would stay connected for hours.
            self.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of everything."""
        super().close()
        while self._unsent:
            self._unsent.popleft().close()
        self.sent()
