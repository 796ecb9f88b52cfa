"""Find our jobs among all that the account has made, by the prefix we gave to their files.

The list contains finished jobs and may be closed to the account (it is documented as an enterprise call). Wrongly
calling a listing complete leads to a second paid job, wrongly calling it incomplete only to a question for a person. So
it is read twice before anything is concluded from what it lacks: when a job disappears, those after it move up, perhaps
from an unread page to one that was already read.
https://docs.modelslab.com/general-api/assets-generated
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from dubbing.platform import numbers
from dubbing.providers.base import BadAnswer, Listing, ProviderError, RemoteAsset, RemoteDubbing, Sought
from dubbing.providers.dates import Dates, moment
from dubbing.providers.modelslab import answers, jobs, objects, orders

PER_PAGE = 30
PAGES = 200
SECONDS = 120.0

FINISHED_WITHIN = timedelta(hours=6)
"""A job younger than this may still be running, and be missing from the list for that reason."""

OTHER_CLOCKS = timedelta(days=1)
"""How far one of their dates, in whatever time zone, must lie in the past for reading to stop. It proves nothing."""

FetchPage = Callable[[int], Any]


def read(fetch: FetchPage, sought: Sought) -> Listing:
    """Jobs with one of the references in their names; ``fetch`` returns a page (from 1).

    Finding nothing counts only if a second reading misses nothing that the first one saw. Raises
    ``ProviderError`` only if there is no first page.
    """
    first = _read(fetch, sought)
    listing = first.listing()
    if listing.assets or not listing.complete or not sought.conclusive or first.count == 1:
        return listing
    second = _read(fetch, sought)
    listing = second.listing()
    return replace(listing, complete=listing.complete and first.ids <= second.ids)


def _read(fetch: FetchPage, sought: Sought) -> _Pages:
    pages = _Pages(sought)
    until = time.monotonic() + SECONDS
    for number in range(1, PAGES + 1):
        try:
            more = pages.take(fetch(number), number)
        except ProviderError:
            if number == 1:
                raise
            break
        if not more:
            return pages
        if time.monotonic() > until:
            break
    pages.cut = True
    return pages


def bears(file_name: str, references: Iterable[str]) -> bool:
    """Whether a file of this name was made for one of ``references``."""
    wanted = filter(None, map(orders.file_prefix, references))
    return any(f"-{prefix}-" in f"-{orders.file_prefix(file_name)}-" for prefix in wanted)


class _Pages:
    """What was read so far."""

    def __init__(self, sought: Sought) -> None:
        self.ids: set[str] = set()
        self.count = 0
        """Number of pages read."""
        self.cut = False
        """Whether reading ended before the list did."""
        self._wanted, self._since = sought.references, moment(sought.since)
        self._may_stop = not sought.conclusive
        self._sound, self._reached_since = True, False
        self._found: dict[str, RemoteAsset] = {}
        self._dates = Dates()
        self._total: int | None = None

    def take(self, data: Any, number: int) -> bool:
        """Add a page. Return whether there may be another one."""
        items, last = _items(data), _number(data, "last_page")
        self.count += 1
        fresh = self._add(items)
        self._note_total(_number(data, "total"))
        self._reached_since = self._may_stop and self._passed()
        promised = last is not None and last > 1 and number <= last
        if not fresh and (items or promised):  # the server ignores ``page``, or something disappeared
            self._sound = self._sound and self._total is not None
        return bool(fresh) and not self._reached_since and (last is None or number < last)

    def listing(self) -> Listing:
        all_there = not self._reached_since and (self._total is None or len(self.ids) >= self._total)
        is_settled = self._since is not None and datetime.now(UTC) - self._since > FINISHED_WITHIN
        return Listing(tuple(self._found.values()), complete=not self.cut and self._sound and all_there and is_settled)

    def _add(self, items: list[Any]) -> int:
        before = len(self.ids)
        for item in items:
            job_id, names = answers.job_id(item), objects.names(item.get("output") if isinstance(item, dict) else None)
            self._sound = self._sound and jobs.is_id(job_id) and bool(names)  # one without a name may be ours
            if jobs.is_id(job_id) and job_id not in self.ids:
                self.ids.add(job_id)
                self._dates.add(moment(item.get("created_at")))
                self._match(job_id, names)
        return len(self.ids) - before

    def _match(self, job_id: str, names: Iterable[str]) -> None:
        for reference in self._wanted:
            if any(bears(name, [reference]) for name in names):
                dubbing = RemoteDubbing("", job_id, (job_id,))
                self._found[job_id] = RemoteAsset(
                    remote_id=job_id, name=reference, status="", failed=False, dubbings=(dubbing,)
                )

    def _note_total(self, total: int | None) -> None:
        if self._total is not None and (total is None or total < self._total):  # the pages moved up meanwhile
            self._sound = False
        self._total = total

    def _passed(self) -> bool:
        """Whether the list so far runs from new to old without exception, and well past ``since``."""
        return self._since is not None and self._dates.beyond(self._since - OTHER_CLOCKS)


def _items(data: Any) -> list[Any]:
    items = data.get("data") if isinstance(data, dict) else None
    if not isinstance(items, list) or answers.word(data) in answers.FAILED:
        raise BadAnswer("the answer is not a list of generated videos")
    return items


def _number(data: Any, name: str) -> int | None:
    pagination = data.get("pagination") if isinstance(data, dict) else None
    value = pagination.get(name) if isinstance(pagination, dict) else None
    return numbers.whole(value)
