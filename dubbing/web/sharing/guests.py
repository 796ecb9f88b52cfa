"""Somebody with a share link: which link it is, and what their browser was told to keep of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from math import ceil
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from dubbing.accounts.tokens import TooManyGuesses
from dubbing.models import Dubbing, Result, ShareLink, ShareVisit
from dubbing.platform import request_scope
from dubbing.sharing import links, visits
from portal.addresses import client_address

COOKIE = "guest"
_SALT = "dubbing.share_link"
_KEPT = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Guest:
    """Whoever asks, by a link that works. ``passed``: gave its password, or there is none."""

    request: HttpRequest
    link: ShareLink
    key: str
    name: str
    passed: bool

    @property
    def address(self) -> str:
        """Where they are."""
        return client_address(self.request)

    @property
    def page(self) -> str:
        """The address of the page that the link leads to."""
        return reverse("guest", args=[self.key])

    def note(self, kind: ShareVisit.Kind, what: str = "") -> None:
        """Write down what they did."""
        visits.note(self.link, kind, address=self.address, name=self.name, what=what[:255])

    def remember(self, response: HttpResponseBase, **kept: Any) -> None:
        """Have the browser keep the name or that the password was given, for this link alone."""
        known = {"link": self.link.pk, "name": self.name, "passed": self.passed} | kept
        response.set_cookie(
            COOKIE, signing.dumps(known, salt=_SALT), max_age=_KEPT, path=self.page, httponly=True, samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )  # fmt: skip


Answer = Callable[..., HttpResponseBase]


def for_guests(view: Answer) -> Answer:
    """A view for whoever has a link that works: ``view(guest, …)``.

    Everybody else gets one answer, whether there never was such a link or it has ended. Nothing is kept by a browser,
    found by a search engine, or told to another site.
    """

    @wraps(view)
    @login_not_required
    def answer(request: HttpRequest, key: str, **more: Any) -> HttpResponseBase:
        try:
            link = links.recognise(key, client_address(request))
            if link and (scope := request_scope.current()):
                scope.project = link.project
            response = view(_guest(request, link, key), **more) if link else _no_link(request)
        except TooManyGuesses as problem:
            response = too_many(request, problem)
        except Http404:
            response = _no_link(request)
        # A page with a form says where it was sent from, or browsers send its form from nowhere and it is refused.
        response.headers.setdefault("Referrer-Policy", "no-referrer")
        response.headers["Cache-Control"] = "private, no-store"
        response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        return response

    return answer


def passed(view: Answer) -> Answer:
    """A view for guests who gave the password, if the link has one. For the others there is nothing."""

    @wraps(view)
    def answer(guest: Guest, **more: Any) -> HttpResponseBase:
        if not guest.passed:
            raise Http404
        return view(guest, **more)

    return for_guests(answer)


def shown_result(link: ShareLink) -> Result:
    """The newest final video of the version; 404 for a link to a delivery."""
    if link.version is None:
        raise Http404
    result = link.version.results.order_by("-pk").first()
    if result is None:
        raise Http404
    result.version = link.version
    return result


def shown_dubbing(link: ShareLink) -> Dubbing:
    """The language of the version; 404 for a link to a delivery."""
    return shown_result(link).version.dubbing


def too_many(request: HttpRequest, problem: TooManyGuesses) -> HttpResponseBase:
    """The answer to somebody who tries too often."""
    context = {"minutes": ceil(problem.seconds / 60)}
    response = render(request, "sharing/too_many.html", context, status=429)
    response.headers["Retry-After"] = str(problem.seconds)
    return response


def _no_link(request: HttpRequest) -> HttpResponseBase:
    return render(request, "sharing/no_link.html", status=404)


def _guest(request: HttpRequest, link: ShareLink, key: str) -> Guest:
    """What the cookie says is signed, and counts for its own link alone."""
    try:
        kept = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=_KEPT)
    except signing.BadSignature:
        kept = {}
    kept = kept if kept.get("link") == link.pk else {}
    return Guest(request, link, key, kept.get("name", ""), passed=not link.password or kept.get("passed") is True)
