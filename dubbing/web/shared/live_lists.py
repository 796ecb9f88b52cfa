"""Pages with a list that follows the server: the whole page, or the list alone, or that nothing moved."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Generic

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dubbing.web.shared import etags
from dubbing.web.shared.etags import List
from portal.polling import Fingerprint, Poll


class LiveList(Generic[List]):
    """A list that somebody looks at. ``name``: the same for all to whom it looks the same; ``build``: reads it."""

    def __init__(self, request: HttpRequest, name: Hashable, build: Callable[[], List]) -> None:
        self._request, self._name, self._build = request, name, build

    def answer(self, called: str, part: str, page: str, more: Callable[[], dict[str, Any]]) -> HttpResponse:
        """The template ``page``, or for ``?part=`` the template ``part``, which has the list as ``called``."""
        is_part = bool(self._request.GET.get("part"))
        built = None if is_part else etags.read_list(self._name, self._build)
        poll = Poll(self._request, self._name, _reader(self._name, self._build))
        if is_part and (unchanged := poll.unchanged()):
            return unchanged
        context = {called: built or self._build(), "etag": poll.fingerprint.etag, **more()}
        response = render(self._request, part if is_part else page, context)
        return poll.answer(response) if is_part else response


def _reader(name: Hashable, build: Callable[[], List]) -> Callable[[], Fingerprint]:
    return lambda: etags.of_list(name, lambda: build().shown)
