"""Open pages look again and again, and nearly always nothing has moved: that answer costs next to nothing here.

A view that shows something to somebody says how to know whether it moved (``Poll``). For a minute after that, the same
session's routine looks at the same address (``X-Look: again``) are answered from that alone: no session, no person and
no role is read. One text is good for all who look at the same thing, for a second. What moved, and whoever comes back
to a page, goes the whole way.

So whoever may not see something any more is told for up to a minute that it did not change, and nothing else.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.translation import get_language

HEADER = "X-Look"
KNOWN_SECONDS = 60.0
FRESH_SECONDS = 1.0
MOST = 20_000
"""Of each kind that are kept in mind, in each web process."""
LONGEST = 500
"""Characters of an address that is kept as it is."""

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """``text``: what changes. ``pause``: seconds until it is worth asking again. ``due``: what waits for a look."""

    text: str
    pause: int
    due: int = 0

    @property
    def etag(self) -> str:
        """As it stands in headers: the same rows read otherwise in another language."""
        return self.etag_in(get_language() or "")

    def etag_in(self, language: str) -> str:
        """The same for readers of this language."""
        return quote_etag(f"{self.text}-{language}")


@dataclass(frozen=True, slots=True)
class Scope:
    """What is looked at: ``name`` is the same for all to whom it looks the same, ``read`` makes its fingerprint now.

    ``language``: in which it was shown.
    """

    name: Hashable
    read: Callable[[], Fingerprint]
    language: str


class Poll:
    """One poll of a page, by somebody who may see it."""

    def __init__(self, request: HttpRequest, name: Hashable, read: Callable[[], Fingerprint]) -> None:
        self._request, self._scope = request, Scope(name, read, get_language() or "")
        self.refresh()

    def refresh(self) -> None:
        """Read the fingerprint. Before what is shown: that may be newer than its fingerprint, never older."""
        self.fingerprint = self._scope.read()
        _fingerprints.put(self._scope.name, self.fingerprint, FRESH_SECONDS)

    def unchanged(self) -> HttpResponse | None:
        """The answer to a page that shows just this."""
        _known.put(_session_and_address(self._request), self._scope, KNOWN_SECONDS)
        return _not_modified(self._request, self.fingerprint, self._scope.language)

    def answer(self, response: HttpResponse) -> HttpResponse:
        """What is new, with what the page has to send along next time."""
        return _with_headers(response, self.fingerprint, self._scope.language)


class PollMiddleware:
    """Middleware: answers routine polls at which nothing moved."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.headers.get(HEADER) != "again" or request.method != "GET":
            return self.get_response(request)
        scope = _known.get(_session_and_address(request))
        if scope is None:
            return self.get_response(request)
        fingerprint = _fingerprints.get(scope.name)
        if fingerprint is None:
            fingerprint = scope.read()
            _fingerprints.put(scope.name, fingerprint, FRESH_SECONDS)
        unchanged = None if fingerprint.due else _not_modified(request, fingerprint, scope.language)
        return unchanged or self.get_response(request)


def _session_and_address(request: HttpRequest) -> tuple[str, str]:
    session, address = request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""), request.get_full_path()
    # So many are kept in mind that none may be as long as a header can be.
    return session, address if len(address) <= LONGEST else hashlib.sha256(address.encode()).hexdigest()


def _not_modified(request: HttpRequest, fingerprint: Fingerprint, language: str) -> HttpResponse | None:
    answer = get_conditional_response(request, etag=fingerprint.etag_in(language))
    return _with_headers(answer, fingerprint, language) if answer is not None else None


def _with_headers(response: HttpResponse, fingerprint: Fingerprint, language: str) -> HttpResponse:
    response["ETag"], response["Cache-Control"] = fingerprint.etag_in(language), "private, no-cache"
    response["Poll-After"] = str(fingerprint.pause)
    return response


class _Memory(Generic[Key, Value]):
    """What is good for some seconds."""

    def __init__(self) -> None:
        self._lock, self._held = threading.Lock(), dict[Key, tuple[float, Value]]()

    def get(self, key: Key) -> Value | None:
        until, value = self._held.get(key, (0.0, None))
        return value if time.monotonic() < until else None

    def put(self, key: Key, value: Value, seconds: float) -> None:
        with self._lock:
            self._held.pop(key, None)
            self._held[key] = (time.monotonic() + seconds, value)
            if len(self._held) > MOST:
                del self._held[next(iter(self._held))]


_known: _Memory[tuple[str, str], Scope] = _Memory()
_fingerprints: _Memory[Hashable, Fingerprint] = _Memory()
