"""All assets of the account, from a list whose paging Panjaya does not document: nothing about it is taken for granted.

Pages are requested by number, or by the cursor in an answer. Wrongly calling a listing complete leads to a second paid
asset, wrongly calling it incomplete only to a question for a person. So a list is complete only if it was read to its
end: no date in it proves that the rest is older than something, because that would compare the provider's clock with
ours. And it is read twice before anything is concluded from what it lacks: when an asset disappears, those after it
move up, and one of them moves from an unread page to one that was already read. https://docs.panjaya.ai/apis/assets
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from dubbing.providers.base import BadAnswer, Listing, ProviderError, Rejected, RemoteAsset
from dubbing.providers.dates import Dates, moment
from dubbing.providers.panjaya import objects

CALL = "GET /v1/assets/"
ENVELOPES = ("items", "assets", "results", "data")
PAGINGS = ("pagination", "paging", "meta", "page_info", "links")
"""Where an answer may say how to continue, besides next to its items."""

NEXT = ("next", "next_cursor", "next_page_token", "next_token", "next_page", "next_url")
CURSOR_PARAMETERS = ("cursor", "next", "page_token", "after", "token", "page")
"""Names under which a cursor may have to be sent: tried in turn, until one gives assets not seen before."""

LONGEST_CURSOR = 2000
PAGE_SIZE = 100
PAGES = 500
SECONDS = 300.0

Query = Mapping[str, str]
FetchPage = Callable[[Query], Any]
IsWanted = Callable[[RemoteAsset], bool]


def _any(asset: RemoteAsset) -> bool:
    return True


def read(fetch: FetchPage, *, since: str | None = None, is_wanted: IsWanted = _any) -> Listing:
    """The wanted assets of all pages that ``fetch`` returns; raises ``ProviderError`` only if there is no first page.

    ``since``: reading may stop where the list seems older than that; the listing is incomplete then.
    """
    return _read(fetch, moment(since), is_wanted).listing()


def read_twice(fetch: FetchPage, *, is_wanted: IsWanted, every: bool = False) -> Listing:
    """Like ``read``, but finding nothing counts only if a second reading misses nothing that the first one saw.

    ``every``: whatever was found, there may be more, so that the second reading is always needed.
    """
    first = _read(fetch, None, is_wanted)
    if (first.assets and not every) or first.count == 1 or not first.listing().complete:
        return first.listing()
    second = _read(fetch, None, is_wanted)
    listing = second.listing()
    return replace(listing, complete=listing.complete and first.ids <= second.ids)


def _read(fetch: FetchPage, since: datetime | None, is_wanted: IsWanted) -> _Pages:
    pages = _Pages(since, is_wanted)
    pages.take(fetch(_numbered(1)))
    until = time.monotonic() + SECONDS
    for number in range(2, PAGES + 1):
        queries = pages.next_queries(number)
        if not queries:
            return pages
        if time.monotonic() > until or not pages.advance(fetch, queries):
            break
    pages.cut = True
    return pages


class _Pages:
    """What was read so far, and how to continue. Only the ids of unwanted assets are kept: accounts are large."""

    def __init__(self, since: datetime | None, is_wanted: IsWanted) -> None:
        self.assets: list[RemoteAsset] = []
        self.ids: set[str] = set()
        self.count = 0
        """Number of pages read."""
        self.cut = False
        """Whether reading ended before the list did."""
        self._since, self._is_wanted = since, is_wanted
        self._dates = Dates()
        self._sound = True
        self._total: int | None = None
        self._fresh = 0
        self._next: _Next = None
        self._cursors: set[str] = set()
        self._parameters: tuple[str, ...] = CURSOR_PARAMETERS

    def take(self, data: Any) -> None:
        """Add a page."""
        items = _items(data)
        self.count += 1
        self._fresh = self._add(items)
        self._note_total(data)
        self._next = _next(data)
        if items and not self._fresh and not isinstance(self._next, str):
            # The server ignores ``page``, or the list moved by a whole page.
            self._sound = self._sound and self._total is not None

    def advance(self, fetch: FetchPage, queries: list[Query]) -> bool:
        """Read the next page with the first of ``queries`` that works. Return False if none does."""
        before = self._next
        for query in queries:
            try:
                self.take(fetch(query))
            except Rejected:
                continue  # not the way to request it
            except ProviderError:
                return False
            if self._fresh or self._next != before or not isinstance(before, str):
                self._parameters = tuple(name for name in self._parameters if name in query) or self._parameters
                return True
        return False

    def next_queries(self, number: int) -> list[Query]:
        """Ways to request the next page, page ``number``, likeliest first. Empty at the end of the list."""
        if self._next is False or self._passed():
            return []
        if not isinstance(self._next, str):
            return [_numbered(self._next or number)] if self._fresh else []
        if self._next in self._cursors:  # it goes in a circle
            self._sound = False
            return []
        self._cursors.add(self._next)
        linked = dict(parse_qsl(urlsplit(self._next).query))
        return [linked] if linked else [_sized(**{name: self._next}) for name in self._parameters]

    def listing(self) -> Listing:
        missing = self._total is not None and len(self.ids) < self._total
        newest_first = sorted(self.assets, key=lambda asset: _key(asset.created_at), reverse=True)
        complete = self._sound and not self.cut and not missing and not self._passed()
        return Listing(tuple(newest_first), complete)

    def _add(self, items: list[Any]) -> int:
        before = len(self.ids)
        for item in items:
            try:
                asset = objects.asset(item, CALL)
            except BadAnswer:
                self._sound = False
                continue
            if asset.remote_id not in self.ids:
                self.ids.add(asset.remote_id)
                self._dates.add(moment(asset.created_at))
                if self._is_wanted(asset):
                    self.assets.append(asset)
        return len(self.ids) - before

    def _note_total(self, data: Any) -> None:
        total = data.get("total") if isinstance(data, dict) else None
        if not isinstance(total, int) or isinstance(total, bool):
            return
        if self._total is not None and total < self._total:  # the pages moved up meanwhile
            self._sound = False
        self._total = total

    def _passed(self) -> bool:
        """Whether the list so far runs from new to old without exception, and past ``since``."""
        return self._since is not None and self._dates.across(self._since)


_Next = str | int | bool | None
"""How an answer says to continue: a cursor or a link, a page number, False for the end; otherwise unknown."""


def _next(data: Any) -> _Next:
    if not isinstance(data, dict):
        return None
    places = [data, *(data[name] for name in PAGINGS if isinstance(data.get(name), dict))]
    named = [place[name] for place in places for name in NEXT if name in place]
    given = next((value for value in named if value), None)
    if isinstance(given, (str, int)):
        return given if _leads_on(given) else None
    promised = [place[name] for place in places for name in ("has_more", "has_next") if name in place]
    return False if named or False in promised else None


def _leads_on(given: str | int) -> bool:
    """Whether this says where to continue: a bare address of a list does not, nor does ``true``."""
    if isinstance(given, str):
        return len(given) <= LONGEST_CURSOR and ("://" not in given or bool(urlsplit(given).query))
    return given is not True


def _numbered(page: int) -> Query:
    return _sized(page=str(page))


def _sized(**query: str) -> Query:
    return {**query, "page_size": str(PAGE_SIZE)}


def _items(data: Any) -> list[Any]:
    if isinstance(data, dict):
        data = next((data[key] for key in ENVELOPES if isinstance(data.get(key), list)), None)
    if not isinstance(data, list):
        raise BadAnswer("the answer is not a list of assets", call=CALL)
    return data


def _key(created_at: str | None) -> datetime:
    return moment(created_at) or datetime.min.replace(tzinfo=UTC)
