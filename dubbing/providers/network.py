"""Sockets below httpx that obey one hard deadline per call, know if a byte has left, and refuse forbidden addresses.

httpx's own timeouts limit a single read or write: a peer that sends one byte a second never exceeds them. Here every
operation on the socket also checks the ``Call`` it belongs to. https://www.encode.io/httpcore/network-backends/
"""

from __future__ import annotations

import logging
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

import httpcore
import httpx

from dubbing.providers.addresses import resolve

CONNECT, READ, WRITE, POOL = 5.0, 30.0, 60.0, 5.0
"""Seconds that a single connect, read, write, or wait for a free connection may take."""

CONNECTIONS = 32
KEEPALIVE = 4.0
"""Seconds an idle connection is kept: less than the five after which common servers hang up."""

logging.getLogger("httpcore").setLevel(logging.INFO)  # at DEBUG it logs headers, including signed links


class ForbiddenAddressError(Exception):
    """A name resolved to an address that we do not connect to."""


class Call:
    """One request in progress: its deadline, and whether any byte of it may have left."""

    def __init__(self, seconds: float, *, before_first_byte: Callable[[], None] | None = None) -> None:
        """``seconds``: wall clock from now; ``before_first_byte`` may raise to send nothing."""
        self.deadline = time.monotonic() + seconds
        self.sent = False
        self._before_first_byte = before_first_byte

    def left(self, at_most: float | None) -> float:
        """Seconds that the next operation may take; raises ``httpcore.ReadTimeout`` if the deadline has passed."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("over the deadline")
        return left if at_most is None else min(left, at_most)

    def begin(self) -> None:
        """Call before each write."""
        if self.sent:
            return
        if self._before_first_byte:
            self._before_first_byte()
        self.sent = True

    @contextmanager
    def running(self) -> Iterator[None]:
        """What happens on sockets inside belongs to this call."""
        token = _running.set(self)
        try:
            yield
        finally:
            _running.reset(token)


_running: ContextVar[Call] = ContextVar("running")


class Stream(httpcore.NetworkStream):
    """A connection whose every operation ends by the running call's deadline."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _running.get().left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Not the inner write: that one copies the rest after every partial send, and does not know the deadline."""
        call = _running.get()
        call.left(timeout)
        call.begin()
        sock: socket.socket = self._inner.get_extra_info("socket")
        rest = memoryview(buffer)
        try:
            while rest:
                sock.settimeout(call.left(timeout))
                rest = rest[sock.send(rest) :]
        except TimeoutError as error:
            raise httpcore.WriteTimeout(error) from error
        except OSError as error:
            raise httpcore.WriteError(error) from error

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return Stream(self._inner.start_tls(ssl_context, server_hostname, _running.get().left(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class Backend(httpcore.NetworkBackend):
    """Resolves a name once, judges every address, and connects to exactly those, so that a second lookup cannot differ.

    TLS still requests and verifies the name. A lookup itself cannot be interrupted; the system's resolver limits it.
    """

    def __init__(self, permitted: Callable[[str], bool]) -> None:
        self._permitted = permitted
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = self._addresses(host, port)
        for address in addresses[:-1]:
            try:
                return self._connect(address, port, timeout)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return self._connect(addresses[-1], port, timeout)

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            addresses = resolve(host, port)
        except OSError as error:
            raise httpcore.ConnectError(error) from error
        if not all(map(self._permitted, addresses)):
            raise ForbiddenAddressError("the host does not have a public address")
        return addresses

    def _connect(self, address: str, port: int, timeout: float | None) -> httpcore.NetworkStream:
        return Stream(self._inner.connect_tcp(address, port, _running.get().left(timeout)))


class _Transport(httpx.HTTPTransport):
    def __init__(self, backend: Backend, kept: int) -> None:
        super().__init__(verify=_tls(), trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=_tls(),
            max_connections=CONNECTIONS,
            max_keepalive_connections=kept,
            keepalive_expiry=KEEPALIVE,
            network_backend=backend,
        )


def transport(permitted: Callable[[str], bool] = lambda address: True, *, keep: bool) -> httpx.BaseTransport:
    """A pool of connections to ``permitted`` IP addresses; without ``keep``, each request has a fresh one."""
    return _Transport(Backend(permitted), CONNECTIONS if keep else 0)


@cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)
