"""Fetch a job's result: bytes, a redirect, or JSON with a link. The documentation does not say which.

https://voicechanger.co/ar/voice-changer-api/dubbing
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import urljoin

import httpx

from dubbing.providers import downloads, http
from dubbing.providers.base import BadAnswer, LinkExpired, Rejected, ResultStream
from dubbing.providers.network import Call, transport
from dubbing.providers.voicechanger import objects

LINKS = ("download_url", "result_url", "url")
_NOT_YET = (404, 409, 410, 425)


@contextmanager
def opened(
    url: str, headers: Mapping[str, str], *, near: str, limit: int, deadline: float, key: str
) -> Iterator[ResultStream]:
    """The result at ``url``, an address of the provider itself, or at the link found there.

    Only ``url`` gets ``headers``.

    Raises ``LinkExpired`` if there is no result yet, or its link no longer works: request it again.
    """
    call, what = Call(deadline), downloads.WHAT
    with transport(keep=False) as pool:
        with http.translated(call, what, (key,)):
            response = http.open_link(pool, url, {"Accept": "*/*", "Accept-Encoding": "identity", **headers})
        with closing(response):
            with http.translated(call, what, (key,)):
                link = _link(url, response, key)
            if link is None:
                yield downloads.Download(response, call, limit)
                return
    if objects.repeats(key, link):
        raise BadAnswer("the link repeats the API key", call=what)
    with downloads.opened(link, near=near, limit=limit, deadline=deadline) as stream:
        yield stream


def _link(url: str, response: httpx.Response, key: str) -> str | None:
    """The link to the result, not yet judged; None if the answer is the result itself."""
    location = downloads.moved_to(url, response)
    if location is not None:
        return location
    if response.status_code == 202:
        raise LinkExpired("the result is not ready yet", call=downloads.WHAT, status=202)
    if 200 <= response.status_code < 300 and not _is_json(response):
        if response.status_code != 200 or response.headers.get("content-encoding", "identity") != "identity":
            raise BadAnswer("not a plain file", call=downloads.WHAT, status=response.status_code)
        return None
    return _link_in(url, _answer(response, key))


def _answer(response: httpx.Response, key: str) -> Any:
    try:
        return http.read_answer(response, downloads.WHAT, (key,))
    except Rejected as error:
        if error.status not in _NOT_YET:
            raise
        why = error.reason or "the result was not found"
        raise LinkExpired(why, call=downloads.WHAT, status=error.status) from None


def _link_in(url: str, data: Any) -> str:
    links = (data.get(key) for key in LINKS) if isinstance(data, dict) else ()
    link = next((link for link in links if link and isinstance(link, str)), None)
    if link is None:
        raise LinkExpired("the answer contains no link to the result yet", call=downloads.WHAT)
    try:
        return urljoin(url, link)
    except ValueError:
        raise BadAnswer("the link to the result is not valid", call=downloads.WHAT) from None


def _is_json(response: httpx.Response) -> bool:
    kind: str = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or kind.endswith("+json")
