"""All assets of the account, from a list whose paging Panjaya does not document: nothing about it is taken for granted.

Pages are asked for by number, or by the cursor that an answer names. A listing that wrongly calls itself complete leads
to a second paid asset, one that wrongly calls itself incomplete only to a question for a person. So a list is complete
only when it was read to its end: no date in it says that the rest is older than something, because that would be the
provider's clock judged by ours. And it is read twice before anything is concluded from what it does not name: when an
asset goes away, those behind it move up, and one of them moves from a page still to be read to one that was read
already. https://docs.panjaya.ai/apis/assets
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
"""Where an answer may say how to go on, besides beside its items."""

NEXT = ("next", "next_cursor", "next_page_token", "next_token", "next_page", "next_url")
CURSOR_PARAMETERS = ("cursor", "next", "page_token", "after", "token", "page")
"""What a cursor may have to be sent as: tried in turn, until one brings assets that were not seen yet."""

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
    """What is wanted, of every page that ``fetch`` gives; raises ``ProviderError`` only if there is no first page.

    ``since``: reading may stop where the list looks older than that; what was read is not complete then.
    """
    return _read(fetch, moment(since), is_wanted).listing()


def read_twice(fetch: FetchPage, *, is_wanted: IsWanted) -> Listing:
    """As ``read``, but what is not found counts only if a second reading misses nothing that the first one saw."""
    first = _read(fetch, None, is_wanted)
    if first.assets or first.count == 1 or not first.listing().complete:
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
    """What was read so far, and how to go on. Of what is not wanted, only the ids are kept: accounts are large."""

    def __init__(self, since: datetime | None, is_wanted: IsWanted) -> None:
        self.assets: list[RemoteAsset] = []
        self.ids: set[str] = set()
        self.count = 0
        """Pages that were taken."""
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
        """Adds a page."""
        items = _items(data)
        self.count += 1
        self._fresh = self._add(items)
        self._note_total(data)
        self._next = _next(data)
        if items and not self._fresh and not isinstance(self._next, str):
            # The server ignores ``page``, or the list shifted by a whole page.
            self._sound = self._sound and self._total is not None

    def advance(self, fetch: FetchPage, queries: list[Query]) -> bool:
        """Takes the page behind the first of ``queries`` that leads on; False if none does."""
        before = self._next
        for query in queries:
            try:
                self.take(fetch(query))
            except Rejected:
                continue  # not how they want to be asked
            except ProviderError:
                return False
            if self._fresh or self._next != before or not isinstance(before, str):
                self._parameters = tuple(name for name in self._parameters if name in query) or self._parameters
                return True
        return False

    def next_queries(self, number: int) -> list[Query]:
        """How the next page, page ``number``, may be asked for, likeliest first. Empty at the end of the list."""
        if self._next is False or self._passed():
            return []
        if not isinstance(self._next, str):
            return [_numbered(self._next or number)] if self._fresh else []
        if self._next in self._cursors:  # round in a circle
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
        if self._total is not None and total < self._total:  # something went away and the pages moved up under us
            self._sound = False
        self._total = total

    def _passed(self) -> bool:
        """Whether the list so far runs from new to old without exception, and across ``since``."""
        return self._since is not None and self._dates.across(self._since)


_Next = str | int | bool | None
"""How an answer says to go on: a cursor or a link, a page's number, False for not at all, else nothing is known."""


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
    """Whether this says where to go on: a bare address of a list does not, nor does ``true``."""
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
