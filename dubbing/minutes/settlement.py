"""Close reservations whose outcome is known. Looks at the current state, not at what just happened.

So it may be called twice, in parallel, late, or by the sweep after a crash: what is due is what is still open.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import DatabaseError, transaction
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from dubbing.minutes import costs, ledger
from dubbing.models import Asset, Dubbing, LedgerEntry, Result, Submission
from dubbing.platform import locales

if TYPE_CHECKING:
    from django.db.models import QuerySet

log = logging.getLogger(__name__)

_ENDED = [
    Submission.Status.REFUSED,
    Submission.Status.ABANDONED,
    Submission.Status.DUPLICATE,
    Submission.Status.SUPERSEDED,
]
_MOST = 500
_WINDOW = 2000
AFTER_ALL, IN_STUDIO = _("Completed after all"), _("Added in the studio")


@dataclass(frozen=True, slots=True)
class _Step:
    """What to settle or release for one locale.

    ``reserved``: the reservation to close; None: reserve and settle now.
    """

    locale: str
    used: bool
    reserved: LedgerEntry | None = None
    last: LedgerEntry | None = None


def close_due(asset_id: int | None = None) -> int:
    """Settle and release what is due, for one asset or for all. Returns how many entries were closed."""
    if asset_id is not None:
        return _close(asset_id)
    return sum(_close_if_possible(pk) for pk in _with_something_due())


def _close_if_possible(asset_id: int) -> int:
    """Close what is due for one asset. An error must not affect other assets; this one stays due."""
    try:
        return _close(asset_id)
    except DatabaseError:
        log.exception("could not close the reservations of asset %s", asset_id)
        return 0


def _close(asset_id: int) -> int:
    asset = Asset.objects.select_related("source").get(pk=asset_id)
    if not any(_steps(asset)):  # nearly always: nothing is locked for that
        return 0
    with transaction.atomic():
        Asset.objects.locked(asset_id)  # another process closing the same waits here, and then finds it closed
        closed = 0
        for _ in range(2):  # what waited for another language to end is due once that is settled
            steps = list(_steps(asset))
            for step in steps:
                _book(asset, step)
                asset.dubbings.filter(locale=step.locale).update(booked=step.used)
            closed += len(steps)
    return closed


def _book(asset: Asset, step: _Step) -> None:
    if not step.used and step.reserved:
        ledger.release(step.reserved)
        return
    dubbing, reserved = asset.dubbings.filter(locale=step.locale).first(), step.reserved
    sent = dubbing.as_sent(asset) if dubbing else asset
    used = costs.used_milliseconds(sent, _made(asset, step.locale))
    if reserved is None:
        last = step.last
        month = last.month if last else ledger.month_of()
        planned = (-last.milliseconds if last else 0) or costs.cost_of(sent, languages=1).known or used or 0
        note = str(AFTER_ALL if last else IN_STUDIO)
        reserved = ledger.reserve_unchecked(asset, month, step.locale, planned, note, like=last)
    # What was stated before the click counts, whatever a minute weighs by now. What was unknown then is measured now.
    ledger.settle(reserved, reserved.milliseconds or used or 0)


def _made(asset: Asset, locale: str) -> float | None:
    """Seconds of the newest result."""
    results = Result.objects.filter(version__dubbing__asset=asset, version__dubbing__locale=locale)
    return results.order_by("-id").values_list("duration", flat=True).first()


def _steps(asset: Asset) -> Iterator[_Step]:
    lines = list(LedgerEntry.objects.filter(asset=asset).order_by("id"))
    if not lines:
        return  # from before there was a ledger, or never sent
    dubbings = dict(asset.dubbings.values_list("locale", "status"))
    requests = list(asset.submissions.order_by("id"))
    closed = {line.closes_id for line in lines}
    last = {line.locale: line for line in lines}
    still_open = [line for line in lines if line.kind == LedgerEntry.Kind.RESERVE and line.pk not in closed]
    for line in still_open:
        used = _outcome(dubbings.get(line.locale), _intention(requests, line.submission_id))
        if used is not None:
            yield _Step(line.locale, used, reserved=line)
    for locale, status in dubbings.items():
        line_before = last.get(locale)
        unbooked = line_before is None or line_before.kind == LedgerEntry.Kind.RELEASE
        if status == Dubbing.Status.COMPLETED and unbooked and not _may_be_one_of(still_open, locale):
            yield _Step(locale, used=True, last=line_before)


def _may_be_one_of(still_open: list[LedgerEntry], locale: str) -> bool:
    """Whether an open reservation may be for this locale under another name.

    If es-MX was requested and es-419 comes back, it is settled once, when the outcome of the former is known.
    """
    return any(locales.same_language(locale, line.locale) for line in still_open)


def _outcome(status: str | None, intention: list[str]) -> bool | None:
    """Whether what was reserved for a locale was used; None while that is unknown."""
    if status == Dubbing.Status.COMPLETED:
        return True
    if any(asked in Submission.OPEN for asked in intention):
        return None
    ended = status is None or status == Dubbing.Status.FAILED or Submission.Status.ACCEPTED not in intention
    return False if ended else None


def _intention(requests: list[Submission], first_id: int | None) -> list[str]:
    """The statuses of a request and of its further attempts, which keep its reservation."""
    first = next((request for request in requests if request.pk == first_id), None)
    if first is None:
        return []
    statuses, attempt = [first.status], first.attempt
    for request in requests:
        if request.pk > first.pk and (request.kind, request.locale) == (first.kind, first.locale):
            if request.attempt <= attempt:
                break  # a person has requested it again: a separate request
            statuses, attempt = [*statuses, request.status], request.attempt
    return statuses


def _with_something_due() -> list[int]:
    """Assets that may have something to close. Checking one that has nothing costs little.

    Open reservations, and finished languages not settled yet, are few, however long the ledger is.
    """
    dubbings = Dubbing.objects.filter(asset=OuterRef("asset"), locale=OuterRef("locale"))
    ended = Submission.objects.filter(pk=OuterRef("submission"), status__in=_ENDED)
    final = dubbings.filter(status__in=Dubbing.FINAL)
    LedgerEntry.objects.note_closed()  # nearly always nothing: whoever closes one marks it
    still_open = LedgerEntry.objects.open_reservations()
    due = still_open.filter(Q(Exists(final)) | (Q(Exists(ended)) & ~Q(Exists(_carried_on()))) | ~Q(Exists(dubbings)))
    ids = [*due.order_by("id").values_list("asset", flat=True)[:_MOST], *_unbooked()]
    return list(dict.fromkeys(ids))


def _carried_on() -> QuerySet[Submission]:
    """Further attempts that keep a reservation, so that many lost requests do not hide what is really due."""
    same = {name: OuterRef(f"submission__{name}") for name in ("asset", "kind", "locale")}
    later = Submission.objects.filter(
        **same, pk__gt=OuterRef("submission"), attempt__gt=OuterRef("submission__attempt")
    )
    return later.filter(status__in=[*Submission.OPEN, Submission.Status.ACCEPTED])


def _unbooked() -> list[int]:
    """Assets with finished languages that nobody requested here, or that succeeded after all.

    Only the newest are checked; those with nothing to settle are not checked again.
    """
    lines = LedgerEntry.objects.filter(asset=OuterRef("asset"))
    last = lines.filter(locale=OuterRef("locale")).order_by("-id").values("kind")[:1]
    done = Dubbing.objects.filter(status=Dubbing.Status.COMPLETED, booked=False).order_by("-id")
    rows = done.annotate(last=Subquery(last), has_lines=Exists(lines)).values_list("pk", "asset", "last", "has_lines")
    due, booked = [], []
    for pk, asset_id, kind, has_lines in rows[:_WINDOW]:
        if not has_lines or kind == LedgerEntry.Kind.SETTLE:
            booked.append(pk)
        elif kind in (None, LedgerEntry.Kind.RELEASE):
            due.append(asset_id)
    if booked:
        Dubbing.objects.filter(pk__in=booked, status=Dubbing.Status.COMPLETED).update(booked=True)
    return due[:_MOST]
