"""Open pages poll repeatedly, and nearly always nothing has changed: here that answer costs next to nothing.

A view that shows something says how to know whether it changed (``Poll``). For a minute after that, routine polls of
the same address (``X-Look: again``) in the same session are answered from that alone: no session, person or role is
read. One fingerprint serves everybody who looks at the same thing, for a second. If it changed, or a person returns to
the page, the full view runs.

So somebody who has lost access is told for up to a minute that nothing changed, and nothing else.
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
"""Maximum number of entries of each kind remembered in each web process."""
LONGEST = 500
"""Longest address in characters that is stored as it is."""

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """``text``: changes with the content. ``pause``: seconds until the next poll.

    ``due``: what is waiting for a sync.
    """

    text: str
    pause: int
    due: int = 0

    @property
    def etag(self) -> str:
        """The ETag header: the same rows read differently in another language."""
        return self.etag_in(get_language() or "")

    def etag_in(self, language: str) -> str:
        """The ETag for readers of this language."""
        return quote_etag(f"{self.text}-{language}")


@dataclass(frozen=True, slots=True)
class Scope:
    """What is polled. ``name`` is the same for everybody who sees the same; ``read`` computes its current fingerprint.

    ``language``: the language in which it was shown.
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
        """Read the fingerprint.

        Do so before reading the content, which may be newer than its fingerprint, never older.
        """
        self.fingerprint = self._scope.read()
        _fingerprints.put(self._scope.name, self.fingerprint, FRESH_SECONDS)

    def unchanged(self) -> HttpResponse | None:
        """The answer for a page that already shows this; None if it does not."""
        _known.put(_session_and_address(self._request), self._scope, KNOWN_SECONDS)
        return _not_modified(self._request, self.fingerprint, self._scope.language)

    def answer(self, response: HttpResponse) -> HttpResponse:
        """The new content, with what the page has to send with its next poll."""
        return _with_headers(response, self.fingerprint, self._scope.language)


class PollMiddleware:
    """Middleware: answers routine polls for which nothing has changed."""

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
    # Many are remembered, so none may be as long as a header can be.
    return session, address if len(address) <= LONGEST else hashlib.sha256(address.encode()).hexdigest()


def _not_modified(request: HttpRequest, fingerprint: Fingerprint, language: str) -> HttpResponse | None:
    answer = get_conditional_response(request, etag=fingerprint.etag_in(language))
    return _with_headers(answer, fingerprint, language) if answer is not None else None


def _with_headers(response: HttpResponse, fingerprint: Fingerprint, language: str) -> HttpResponse:
    response["ETag"], response["Cache-Control"] = fingerprint.etag_in(language), "private, no-cache"
    response["Poll-After"] = str(fingerprint.pause)
    return response


class _Memory(Generic[Key, Value]):
    """A cache whose values are valid for some seconds."""

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
