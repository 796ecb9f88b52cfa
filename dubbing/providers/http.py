"""Send one request to a provider: limited in time and size, no redirects, no retries, failures as our errors.

There is no ``httpx.Client`` around the transport: it would store cookies and log whole links.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from typing import Any

import httpx

from dubbing.platform import measurements
from dubbing.providers.addresses import acceptable
from dubbing.providers.answers import failure, parsed, redacted
from dubbing.providers.base import (
    AccountLimited,
    AnswerLost,
    BadAnswer,
    KeyRejected,
    NotFound,
    NotSent,
    ProviderError,
    Throttled,
)
from dubbing.providers.dates import http_date
from dubbing.providers.multipart import Multipart
from dubbing.providers.network import CONNECT, POOL, READ, WRITE, Call, ForbiddenAddressError, transport

DEADLINE = 60.0
"""Total seconds for a call without a file."""

LONGEST_ANSWER = 1024 * 1024
"""Maximum bytes of an answer that are read."""

SLOWEST = 1_000_000.0
"""Minimum average bytes per second for a large body."""

SLACK = 300.0
"""Extra seconds for a large body; also the longest silence after it was sent, while it is being stored."""

_OUTCOMES: dict[type[ProviderError], str] = {
    NotSent: "not_sent",
    AnswerLost: "lost",
    BadAnswer: "unreadable",
    NotFound: "not_found",
    KeyRejected: "held",
    AccountLimited: "held",
    Throttled: "throttled",
}
Headers = Mapping[str, str]
Read = Callable[[httpx.Response, str, tuple[str, ...]], Any]
"""Turns the answer to a call into JSON or a ``ProviderError`` without secrets in its reason: ``read_answer``."""


class Caller:
    """Sends requests to one base address with one set of headers, and reads JSON answers.

    Reads share kept-alive connections. Each write has a fresh one: on a kept one, the server may hang up just as a paid
    request goes out, and nobody could say whether it arrived.
    """

    def __init__(
        self,
        base_url: str,
        headers: Headers,
        *,
        secrets: tuple[str, ...] = (),
        deadline: float = DEADLINE,
        read: Read | None = None,
        provider: str = "",
    ) -> None:
        """``read``: for a provider whose answers do not mean what their status says.

        ``provider``: in whose name the durations of calls are counted; empty: they are not.

        Raises ``ValueError`` for a base address that is neither public https nor on a private network.
        """
        if not acceptable(base_url, near=base_url) or "?" in base_url or "#" in base_url:
            raise ValueError("the provider's address must be https://, or be on this machine or a private network")
        self._base, self._secrets, self._deadline = base_url.rstrip("/"), secrets, deadline
        self._read, self._provider = read or read_answer, provider
        self._headers = {"Accept": "application/json", "Accept-Encoding": "identity", **headers}
        self._kept, self._fresh = transport(keep=True), transport(keep=False)
        self.server_time: datetime | None = None
        """The time of the newest answer by the clock of its sender, if it said. Not for several threads."""
        weakref.finalize(self, self._kept.close)

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """The JSON at ``path``; raises ``ProviderError``."""
        return self._json(self._kept, Call(self._deadline), "GET", path, params=params)

    def ask(self, path: str, json: Any) -> Any:
        """The JSON answer to a POST of ``json`` that changes nothing; raises ``ProviderError``."""
        return self._json(self._kept, Call(self._deadline), "POST", path, json=json)

    def send(self, method: str, path: str, json: Any, *, before_first_byte: Callable[[], None] | None = None) -> Any:
        """The JSON answer to ``json``; raises ``ProviderError``, and what ``before_first_byte`` raises."""
        call = Call(self._deadline, before_first_byte=before_first_byte)
        return self._json(self._fresh, call, method, path, json=json)

    def upload(self, path: str, body: Multipart, *, before_first_byte: Callable[[], None] | None = None) -> Any:
        """The JSON answer to ``body``, which is opened here; the deadline grows with its length."""
        call, what = Call(SLACK, before_first_byte=before_first_byte), f"POST {path}"
        with self._measured(), translated(call, what, self._secrets), body:
            call.deadline += body.length / SLOWEST
            headers = {"Content-Type": body.content_type, "Content-Length": str(body.length)}
            request = self._request("POST", path, headers, content=body, read=SLACK)
            return self._answer(self._fresh, request, what)

    def _json(self, pool: httpx.BaseTransport, call: Call, method: str, path: str, **more: Any) -> Any:
        what = f"{method} {path}"
        with self._measured(), translated(call, what, self._secrets):
            return self._answer(pool, self._request(method, path, {}, **more), what)

    @contextmanager
    def _measured(self) -> Iterator[None]:
        """Count how long the call inside takes, and how it ends."""
        begun, outcome = time.monotonic(), "ok"
        try:
            yield
        except ProviderError as error:
            outcome = _OUTCOMES.get(type(error), "refused")
            raise
        finally:
            if self._provider:
                took = time.monotonic() - begun
                measurements.observe("provider_request", took, subject=self._provider, outcome=outcome)

    def _request(self, method: str, path: str, headers: Headers, **more: Any) -> httpx.Request:
        return _request(method, self._base + path, {**self._headers, **headers}, **more)

    def _answer(self, pool: httpx.BaseTransport, request: httpx.Request, what: str) -> Any:
        with closing(pool.handle_request(request)) as response:
            self.server_time = http_date(response.headers.get("Date", ""))
            return self._read(response, what, self._secrets)


def _request(method: str, url: str, headers: Headers, *, read: float = READ, **more: Any) -> httpx.Request:
    timeout = {"connect": CONNECT, "read": read, "write": WRITE, "pool": POOL}
    headers = {"User-Agent": "dubbing-portal", **headers}
    return httpx.Request(method, url, headers=headers, extensions={"timeout": timeout}, **more)


def open_link(pool: httpx.BaseTransport, url: str, headers: Headers) -> httpx.Response:
    """The unread answer to GET ``url``, to be closed by the caller.

    Use inside ``translated``: raises httpx's errors.
    """
    return pool.handle_request(_request("GET", url, headers))


def deliver(
    pool: httpx.BaseTransport,
    method: str,
    url: str,
    headers: Headers,
    body: Iterable[bytes],
    what: str,
    *,
    secrets: tuple[str, ...] = (),
) -> None:
    """Send ``body`` to a signed link with ``headers`` and no others. Use inside ``translated``. Raises unless accepted.

    ``headers`` must include the length.
    """
    timeout = {"connect": CONNECT, "read": SLACK, "write": WRITE, "pool": POOL}
    request = httpx.Request(method, url, headers=headers, content=body, extensions={"timeout": timeout})
    with closing(pool.handle_request(request)) as response:
        if not 200 <= response.status_code < 300:
            raise failure(response.status_code, response.headers, excuse(response), call=what, secrets=secrets)


@contextmanager
def translated(call: Call, what: str, secrets: tuple[str, ...] = ()) -> Iterator[None]:
    """Run ``call`` inside; httpx's errors are raised as ours, depending on whether a byte had left. Others pass."""
    try:
        with call.running():
            yield
    except ForbiddenAddressError as error:
        raise BadAnswer(str(error), call=what) from None
    except (httpx.TransportError, httpx.InvalidURL, OSError) as error:
        raise _lost(call, what, error, secrets) from None


def _lost(call: Call, what: str, error: Exception, secrets: tuple[str, ...]) -> ProviderError:
    kind = AnswerLost if call.sent else NotSent
    reason = error.strerror or "" if isinstance(error, OSError) else str(error)
    return kind(redacted(f"{type(error).__name__}: {reason}".rstrip(": "), secrets, longest=200), call=what)


def read_answer(response: httpx.Response, what: str, secrets: tuple[str, ...]) -> Any:
    """The JSON in an answer, None for an empty one; raises ``ProviderError``. Use inside ``translated``."""
    status = response.status_code
    if not 200 <= status < 300:
        raise failure(status, response.headers, excuse(response), call=what, secrets=secrets)
    body = b"".join(_capped(response))
    if len(body) > LONGEST_ANSWER:
        raise BadAnswer("the answer is too long", call=what, status=status)
    try:
        return parsed(body) if body else None
    except ValueError:
        raise BadAnswer("the answer is not JSON", call=what, status=status) from None


def excuse(response: httpx.Response) -> bytes:
    """The body of a refusal as far as it arrives: the status alone already says what happened."""
    body = bytearray()
    with suppress(httpx.TransportError):
        for piece in _capped(response):
            body += piece
    return bytes(body[:LONGEST_ANSWER])


def _capped(response: httpx.Response) -> Iterator[bytes]:
    """Raw pieces, of which the last may pass the limit.

    Not decompressed: unrequested compression must not fill the memory.
    """
    size = 0
    for piece in response.iter_raw():
        yield piece
        size += len(piece)
        if size > LONGEST_ANSWER:
            return
