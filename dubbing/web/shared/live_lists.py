"""Answers of pages with a live list: the whole page, the list alone, or "not modified"."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Generic

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dubbing.web.shared import etags
from dubbing.web.shared.etags import List
from portal.page_polling import Fingerprint, Poll


class LiveList(Generic[List]):
    """A list that somebody is viewing. ``name``: the same for everybody who sees the same; ``build``: reads it.

    ``follows_events``: changes of the list come with an event, so that it is read again only after one. Otherwise each
    poll reads it, so it has to be short.
    """

    def __init__(
        self, request: HttpRequest, name: Hashable, build: Callable[[], List], *, follows_events: bool = True
    ) -> None:
        self._request, self._name, self._build, self._follows_events = request, name, build, follows_events

    def answer(self, called: str, part: str, page: str, more: Callable[[], dict[str, Any]]) -> HttpResponse:
        """The template ``page``, or for ``?part=`` the template ``part``, which gets the list as ``called``."""
        is_part = bool(self._request.GET.get("part"))
        built = None if is_part else etags.read_list(self._name, self._build)
        read = _reader(self._name, self._build) if self._follows_events else _content(self._name, self._build)
        poll = Poll(self._request, self._name, read)
        if is_part and (unchanged := poll.unchanged()):
            return unchanged
        context = {called: built or self._build(), "etag": poll.fingerprint.etag, **more()}
        response = render(self._request, part if is_part else page, context)
        return poll.answer(response) if is_part else response


def _reader(name: Hashable, build: Callable[[], List]) -> Callable[[], Fingerprint]:
    return lambda: etags.of_list(name, lambda: build().shown)


def _content(name: Hashable, build: Callable[[], List]) -> Callable[[], Fingerprint]:
    return lambda: etags.of_values(name, build().shown)
