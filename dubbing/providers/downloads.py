"""Download a file from a provider's link, without trusting the link and without the provider's key."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urljoin

import httpx

from dubbing.platform import numbers
from dubbing.providers import http
from dubbing.providers.addresses import acceptable, allowed
from dubbing.providers.answers import failure
from dubbing.providers.base import AnswerLost, BadAnswer, LinkExpired
from dubbing.providers.network import Call, transport

PIECE = 1024 * 1024
LEAST_PACE = 16 * 1024
"""Minimum bytes per second for each piece: a server that trickles is cut off after a minute, whatever it announced."""

UNANNOUNCED = 3600.0
"""Total seconds for a file of unknown size."""

REDIRECTS = 3
WHAT = "GET result"
_HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity"}
_MOVED = (301, 302, 303, 307, 308)


class Download:
    """An open file: iterate once for pieces of up to 1 MiB; ``size`` in bytes if it was announced.

    Every byte received extends the deadline: a large file may take hours, a slow one may not. Iterating raises
    ``AnswerLost`` for a file that ends early or takes too long, ``BadAnswer`` for one over the limit.
    """

    def __init__(self, response: httpx.Response, call: Call, limit: int) -> None:
        self.size = _announced(response)
        self._response, self._call, self._limit = response, call, limit
        if (self.size or 0) > limit:
            raise BadAnswer("the result is larger than allowed", call=WHAT)
        self._begun = time.monotonic()

    def __iter__(self) -> Iterator[bytes]:
        received = 0
        pieces = self._response.iter_raw(PIECE)
        while piece := self._next(pieces, received):
            received += len(piece)
            if received > self._limit:
                raise BadAnswer("the result is larger than allowed", call=WHAT)
            yield piece
        if self.size is not None and received != self.size:
            raise AnswerLost(f"{received} of {self.size} bytes arrived", call=WHAT)

    def _next(self, pieces: Iterator[bytes], received: int) -> bytes:
        self._call.deadline = min(
            time.monotonic() + PIECE / LEAST_PACE,
            self._begun + http.SLACK + received / http.SLOWEST,
            self._begun + UNANNOUNCED if self.size is None else math.inf,
        )
        with http.translated(self._call, WHAT):
            return next(pieces, b"")


@contextmanager
def opened(url: str, *, near: str, limit: int, deadline: float = http.DEADLINE) -> Iterator[Download]:
    """The file at ``url``, which a provider based at ``near`` gave us, of at most ``limit`` bytes.

    Follows up to three redirects, each judged like the first link. ``deadline``: seconds until the file begins to
    arrive; from then on it has 5 minutes, plus a second per MB received, and no MiB may take more than a minute. Raises
    ``LinkExpired``, or another ``ProviderError``.
    """
    pool = transport(lambda address: allowed(address, near=near), keep=False)
    call = Call(deadline)
    with pool:
        with http.translated(call, WHAT):
            response = _followed(pool, url, near)
        try:
            _check(response)
            yield Download(response, call, limit)
        finally:
            response.close()


def _followed(pool: httpx.BaseTransport, url: str, near: str) -> httpx.Response:
    for _ in range(REDIRECTS + 1):
        if not acceptable(url, near=near):
            raise BadAnswer("the link leads to an address that we do not connect to", call=WHAT)
        response = http.open_link(pool, url, _HEADERS)
        location = moved_to(url, response)
        if location is None:
            return response
        response.close()
        url = location
    raise BadAnswer("the link was redirected too often", call=WHAT)


def moved_to(url: str, response: httpx.Response) -> str | None:
    """Where the answer to ``url`` redirects us, not yet judged; None if it is not a redirect."""
    if response.status_code not in _MOVED:
        return None
    location = response.headers.get("location", "")
    try:
        return urljoin(url, location) if location else ""
    except ValueError:
        return ""


def _check(response: httpx.Response) -> None:
    status = response.status_code
    if status == 200 and response.headers.get("content-encoding", "identity") == "identity":
        return
    if status < 300:
        raise BadAnswer("not a plain file", call=WHAT, status=status)
    if 400 <= status < 500 and status not in (408, 429):
        raise LinkExpired("the link no longer works", call=WHAT, status=status)
    raise failure(status, response.headers, b"", call=WHAT)


def _announced(response: httpx.Response) -> int | None:
    return numbers.whole(response.headers.get("content-length"))
