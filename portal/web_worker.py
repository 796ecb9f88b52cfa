"""gunicorn's threads, without the waiting: who waits for a client is one poller, whatever the client does.

In gunicorn's own worker a connection has a thread from its first byte until its answer is gone: sixteen people who
pause a film, or somebody who sends half a header sixteen times, and no page comes any more. Here a thread gets a
request when its header is here, and a small body with it; it gives it back when the answer is made, and what the client
has not taken by then is sent by a few threads that never wait. A connection that ends with bytes unread (a refused
upload) is closed by the poller too. Large bodies still have a thread each while they come: the views limit those.

This leans on gunicorn's insides: ``tests/portal/test_web_worker.py`` fails when they change.
"""

from __future__ import annotations

import re
import selectors
import socket
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import takewhile
from typing import Any, TypeVar

from gunicorn.workers.gthread import TConn, ThreadWorker

from portal import client_connection
from portal.client_connection import SMALL_BODY, Wire

HEAD_SECONDS = 10.0
"""Until a header, and a small body, have to be here."""
HEAD_BYTES = 64 * 1024
WAITING = 512
"""Connections that have not sent their header: of more, the one that has waited longest goes."""
LEAVING, LEAVING_SECONDS, LEAVING_BYTES = 512, 2.0, 4 * 1024**2
"""Connections that are closed with bytes under way: what still comes is thrown away, or the answer would be lost."""
SENDERS = 4
SWEEP_EVERY = 0.5

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,18})[ \t]*\r\n", re.IGNORECASE)
_OTHER_BODY = re.compile(rb"\r\n(transfer-encoding|expect):", re.IGNORECASE)
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

Key = TypeVar("Key")
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Connection(TConn):  # type: ignore[misc]
    """A client, and what it has sent of a request that no thread has yet."""

    sock: Wire

    def __init__(self, cfg: Any, accepted: socket.socket, client: Any, server: Any, *, worker: WebWorker) -> None:
        super().__init__(cfg, Wire(accepted), client, server)
        self.received = bytearray()
        self.waits_since = 0.0
        self._worker = worker

    def is_whole(self) -> bool:
        """Whether a thread can have it: nothing, or a large body, is all there is to wait for."""
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = bytes(self.received[: end + 2])
        length = _LENGTH.search(head)
        if length is None or _OTHER_BODY.search(head) or int(length[1]) > SMALL_BODY:
            return True
        return len(self.received) >= end + 4 + int(length[1])

    def close(self, graceful: bool = False) -> None:
        """``graceful``: the answer is on its way, and must reach a client that may still be sending."""
        if graceful:
            self._worker.leave(self.sock)
        else:
            self.sock.close()


class WebWorker(ThreadWorker):  # type: ignore[misc]
    """For ``gunicorn --worker-class``. Plain HTTP/1.1; TLS and HTTP/2 belong to a proxy in front."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # In the order of their time: the first one is always the next to go.
        self.waiting: dict[Connection, None] = {}
        self.leaving: dict[Wire, list[float]] = {}
        self.sending: dict[Connection, None] = {}
        self.senders = ThreadPoolExecutor(SENDERS, thread_name_prefix="sender")
        self._swept = 0.0
        self.wsgi: Any = None

    def load_wsgi(self) -> None:
        """The application, with truth about what becomes of the connection."""
        super().load_wsgi()
        self.wsgi = partial(_answer, self.wsgi)

    # --- a request comes

    def accept(self, listener: socket.socket) -> None:
        """A client is there."""
        try:
            accepted, client = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        self.nr_conns += 1
        self.enqueue_req(Connection(self.cfg, accepted, client, listener.getsockname(), worker=self))
        if len(self.waiting) > WAITING:
            self._hang_up(next(iter(self.waiting)))

    def enqueue_req(self, conn: Connection) -> None:
        """gunicorn would give the connection to a thread now. We do when there is something to do."""
        conn.data_ready = True
        conn.waits_since = time.monotonic()
        conn.received = bytearray(conn.parser.unreader.take_buffered() if conn.parser else b"")
        if conn.is_whole():
            self._hand_over(conn)
            return
        conn.sock.setblocking(False)
        self.waiting[conn] = None
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._receive, conn))

    def _receive(self, conn: Connection, sock: Wire) -> None:
        try:
            data = sock.recv(HEAD_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        conn.received += data
        if not data:
            self._hang_up(conn)
        elif conn.is_whole():
            self._forget(self.waiting, conn)
            self._hand_over(conn)
        elif len(conn.received) > HEAD_BYTES + SMALL_BODY:
            sock.sendall(_TOO_LARGE)
            self._hang_up(conn, graceful=True)

    def _hand_over(self, conn: Connection) -> None:
        conn.init()
        conn.parser.unreader.unread(bytes(conn.received))
        conn.received.clear()
        conn.sock.begin()
        super().enqueue_req(conn)

    # --- an answer goes

    def finish_request(self, conn: Connection, answered: Future[Any]) -> None:
        """A thread has made the answer; the connection is ours again once it is gone."""
        if not conn.sock.is_sending:
            conn.sock.sent()
            super().finish_request(conn, answered)
            return
        conn.sock.setblocking(False)
        self.sending[conn] = None
        self.poller.register(conn.sock, selectors.EVENT_WRITE, partial(self._push, conn, answered))

    def _push(self, conn: Connection, answered: Future[Any], sock: Wire) -> None:
        self._forget(self.sending, conn)
        pushed = self.senders.submit(sock.push)
        pushed.add_done_callback(lambda done: self.method_queue.defer(self._pushed, conn, answered, done))

    def _pushed(self, conn: Connection, answered: Future[Any], pushed: Future[bool]) -> None:
        if pushed.cancelled() or pushed.exception() or conn.sock.fileno() < 0:
            self._drop(conn)
        else:
            self.finish_request(conn, answered)

    def _drop(self, conn: Connection) -> None:
        conn.sock.give_up()
        self.nr_conns -= 1
        conn.close()

    # --- clients that come to nothing

    def murder_pending(self) -> None:
        """gunicorn calls this about once a second: whose time is over?"""
        now = time.monotonic()
        if now - self._swept < SWEEP_EVERY:
            return
        self._swept = now
        for conn in _overdue(self.waiting, lambda conn: now - conn.waits_since > HEAD_SECONDS):
            self._hang_up(conn)
        for sock in _overdue(self.leaving, lambda sock: now - self.leaving[sock][0] > LEAVING_SECONDS):
            self._left(sock)
        for conn in [conn for conn in self.sending if conn.sock.idle_for() > client_connection.STALLED]:
            self._forget(self.sending, conn)
            self._drop(conn)
        if not self.alive:  # whoever has not begun begins elsewhere
            for conn in [conn for conn in self.waiting if not conn.received]:
                self._hang_up(conn)

    def _hang_up(self, conn: Connection, *, graceful: bool = False) -> None:
        self._forget(self.waiting, conn)
        self.nr_conns -= 1
        conn.close(graceful)

    def _forget(self, among: dict[Connection, None], conn: Connection) -> None:
        del among[conn]
        self.poller.unregister(conn.sock)

    def leave(self, sock: Wire) -> None:
        """Close it once the client has heard everything, or does not listen. gunicorn would wait for that here."""
        try:
            sock.setblocking(False)
            sock.shutdown(socket.SHUT_WR)
            self.poller.register(sock, selectors.EVENT_READ, self._throw_away)
        except (OSError, ValueError):
            sock.close()
            return
        self.leaving[sock] = [time.monotonic(), 0.0]
        if len(self.leaving) > LEAVING:
            self._left(next(iter(self.leaving)))

    def _throw_away(self, sock: Wire) -> None:
        try:
            count = len(socket.socket.recv(sock, HEAD_BYTES))
        except BlockingIOError:
            return
        except OSError:
            count = 0
        self.leaving[sock][1] += count
        if not count or self.leaving[sock][1] > LEAVING_BYTES:
            self._left(sock)

    def _left(self, sock: Wire) -> None:
        del self.leaving[sock]
        self.poller.unregister(sock)
        sock.close()


def _overdue(among: dict[Key, Any], is_over: Callable[[Key], bool]) -> list[Key]:
    return list(takewhile(is_over, among))


def _answer(application: Application, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Have it answered. Bytes that nobody has read by then will not be read: the connection ends, and that is said."""

    def start(*args: Any) -> Any:
        if _has_unread_body(environ["wsgi.input"]):
            start_response.__self__.force_close()
        return start_response(*args)

    return application(environ, start)


def _has_unread_body(body: Any) -> bool:
    """Whether some of it is still with the client. What is here already is thrown away without waiting."""
    left = getattr(body.reader, "length", None)
    if left is None:  # it comes in chunks, which nothing here reads
        return True
    return bool(body.failed or left > body.reader.unreader.buf.getbuffer().nbytes)
