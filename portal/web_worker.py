"""gunicorn's threads without the waiting: a single poller waits for all clients, whatever they do.

In gunicorn's own worker a connection occupies a thread from its first byte until its answer is sent: sixteen people who
pause a video, or somebody who sends half a header sixteen times, and no page is served any more. Here a request gets a
thread when its header has arrived, and its body if it is small; the thread is free again when the answer is made, and a
few threads that never wait send what the client has not accepted by then. The poller also closes connections that end
with unread bytes (a refused upload). Large bodies still occupy a thread each while they arrive: the views limit those.

This relies on gunicorn's internals: ``tests/portal/test_web_worker.py`` fails if they change.
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
"""Seconds within which a header, and a small body, have to arrive."""
HEAD_BYTES = 64 * 1024
WAITING = 512
"""Maximum connections that have not sent their header: beyond it, the one waiting longest is closed."""
LEAVING, LEAVING_SECONDS, LEAVING_BYTES = 512, 2.0, 4 * 1024**2
"""Connections closed while bytes are arriving: these are discarded, because otherwise the answer would be lost."""
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
        """Whether a thread can take the request: nothing is missing but a large body."""
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = bytes(self.received[: end + 2])
        length = _LENGTH.search(head)
        if length is None or _OTHER_BODY.search(head) or int(length[1]) > SMALL_BODY:
            return True
        return len(self.received) >= end + 4 + int(length[1])

    def close(self, graceful: bool = False) -> None:
        """``graceful``: the answer is being sent, and must reach a client that may still be sending."""
        if graceful:
            self._worker.leave(self.sock)
        else:
            self.sock.close()


class WebWorker(ThreadWorker):  # type: ignore[misc]
    """For ``gunicorn --worker-class``. Plain HTTP/1.1; TLS and HTTP/2 belong to a proxy in front."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # In chronological order: the first one is always the next to be closed.
        self.waiting: dict[Connection, None] = {}
        self.leaving: dict[Wire, list[float]] = {}
        self.sending: dict[Connection, None] = {}
        self.senders = ThreadPoolExecutor(SENDERS, thread_name_prefix="sender")
        self._swept = 0.0
        self.wsgi: Any = None

    def load_wsgi(self) -> None:
        """Load the application, with an accurate Connection header in its answers."""
        super().load_wsgi()
        self.wsgi = partial(_answer, self.wsgi)

    # --- receiving a request

    def accept(self, listener: socket.socket) -> None:
        """Accept a client."""
        try:
            accepted, client = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        self.nr_conns += 1
        self.enqueue_req(Connection(self.cfg, accepted, client, listener.getsockname(), worker=self))
        if len(self.waiting) > WAITING:
            self._hang_up(next(iter(self.waiting)))

    def enqueue_req(self, conn: Connection) -> None:
        """Watch a new connection, where gunicorn would give it a thread: it gets one once there is something to do."""
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

    # --- sending an answer

    def finish_request(self, conn: Connection, answered: Future[Any]) -> None:
        """Take the connection back once the answer that a thread made is sent."""
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

    # --- closing clients that make no progress

    def murder_pending(self) -> None:
        """Close connections whose time is over; gunicorn calls this about once a second."""
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
        if not self.alive:  # a client that has sent nothing can start in another worker
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
        """Close the connection once the client has received everything or stops reading.

        gunicorn would wait for that here.
        """
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
    """Answer the request. Unread bytes will not be read: then the connection ends, and the answer says so."""

    def start(*args: Any) -> Any:
        if _has_unread_body(environ["wsgi.input"]):
            start_response.__self__.force_close()
        return start_response(*args)

    return application(environ, start)


def _has_unread_body(body: Any) -> bool:
    """Whether part of the body is unread. Bytes that have arrived are discarded without waiting."""
    left = getattr(body.reader, "length", None)
    if left is None:  # it comes in chunks, which nothing here reads
        return True
    return bool(body.failed or left > body.reader.unreader.buf.getbuffer().nbytes)
