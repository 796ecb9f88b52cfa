"""All assets of the account, from a list whose paging Panjaya does not document: nothing about it is taken for granted.

A listing that wrongly calls itself complete leads to a second paid asset, one that wrongly calls itself incomplete only
to a question for a person. https://docs.panjaya.ai/apis/assets
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from dubbing.providers.base import BadAnswer, Listing, ProviderError, RemoteAsset

from . import objects

CALL = "GET /v1/assets/"
ENVELOPES = ("items", "assets", "results", "data")
PAGE_SIZE = 100
PAGES = 500
SECONDS = 300.0

FetchPage = Callable[[int], Any]


def read(fetch: FetchPage, *, since: str | None = None) -> Listing:
    """Every page that ``fetch`` (1-based) gives; raises ``ProviderError`` only if there is no first page."""
    pages = _Pages(_moment(since))
    until = time.monotonic() + SECONDS
    for number in range(1, PAGES + 1):
        try:
            more = pages.take(fetch(number))
        except ProviderError:
            if number == 1:
                raise
            break
        if not more:
            return pages.listing()
        if time.monotonic() > until:
            break
    return pages.listing(cut=True)


class _Pages:
    def __init__(self, since: datetime | None) -> None:
        self.assets: dict[str, RemoteAsset] = {}
        self.sound = True
        self.reached_since = False
        self._since = since
        self._total: int | None = None

    def take(self, data: Any) -> bool:
        """Adds a page; whether there may be another."""
        items = _items(data)
        fresh = self._add(items)
        self._count(data)
        if items and not fresh:  # the server ignores ``page``, or the list shifted by a whole page
            self.sound = self.sound and self._total is not None
        self.reached_since = self._since is not None and self._passed(self._since)
        return bool(fresh) and not self.reached_since and not _last(data)

    def listing(self, *, cut: bool = False) -> Listing:
        missing = self._total is not None and len(self.assets) < self._total and not self.reached_since
        newest_first = sorted(self.assets.values(), key=lambda asset: _key(asset.created_at), reverse=True)
        return Listing(tuple(newest_first), complete=self.sound and not cut and not missing)

    def _add(self, items: list[Any]) -> int:
        before = len(self.assets)
        for item in items:
            try:
                found = objects.asset(item, CALL)
            except BadAnswer:
                self.sound = False
                continue
            self.assets.setdefault(found.remote_id, found)
        return len(self.assets) - before

    def _count(self, data: Any) -> None:
        total = data.get("total") if isinstance(data, dict) else None
        if not isinstance(total, int) or isinstance(total, bool):
            return
        if self._total is not None and total < self._total:  # something went away and the pages moved up under us
            self.sound = False
        self._total = total

    def _passed(self, since: datetime) -> bool:
        """Whether the list so far runs from new to old without exception, and across ``since``."""
        moments = [_moment(asset.created_at) for asset in self.assets.values()]
        known = [moment for moment in moments if moment]
        ordered = len(known) == len(moments) and known == sorted(known, reverse=True)
        return bool(ordered and known and known[0] >= since > known[-1])


def _items(data: Any) -> list[Any]:
    if isinstance(data, dict):
        data = next((data[key] for key in ENVELOPES if isinstance(data.get(key), list)), None)
    if not isinstance(data, list):
        raise BadAnswer("the answer is not a list of assets", call=CALL)
    return data


def _last(data: Any) -> bool:
    return isinstance(data, dict) and "next" in data and not data["next"]


def _key(created_at: str | None) -> datetime:
    return _moment(created_at) or datetime.min.replace(tzinfo=UTC)


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
