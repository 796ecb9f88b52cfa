"""Minutes of a team: reserved with the intention to send, settled when it was dubbed, released when it was not.

The gate is one conditional update of the month's row, so that two who press at once cannot both take the last minutes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db.models import F
from django.utils import timezone

from dubbing import wording
from dubbing.models import Asset, LedgerEntry, MonthlyUse, Project, Submission
from dubbing.services.asking import NotEnoughMinutes
from dubbing.services.costs import MINUTE, Cost

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

UNKNOWN_LENGTH = "Length not known yet"


@dataclass(frozen=True, slots=True)
class Balance:
    """A project's month, in milliseconds. ``allowance``: None where there is no limit."""

    month: date
    allowance: int | None
    taken: int

    @property
    def left(self) -> int | None:
        """What may still be reserved; None: as much as one likes."""
        return None if self.allowance is None else max(0, self.allowance - self.taken)

    def lacks(self, milliseconds: int) -> bool:
        """Whether that is more than there is."""
        return self.allowance is not None and milliseconds > self.allowance - self.taken


def month_of(moment: datetime | None = None) -> date:
    """The first day of the month that something counts for, where the portal is."""
    return timezone.localtime(moment).date().replace(day=1)


def balance(project: Project, month: date | None = None) -> Balance:
    """What is taken of the month, and what it may have."""
    month = month or month_of()
    taken = MonthlyUse.objects.filter(project=project, month=month).values_list("milliseconds", flat=True).first()
    return Balance(month, _allowance(project), taken or 0)


def check(project: Project, cost: Cost) -> None:
    """Refuse now what could not be reserved now. Raises NotEnoughMinutes."""
    now = balance(project)
    if now.lacks(cost.known):
        raise NotEnoughMinutes(lacking(now, cost))


def reserve(asset: Asset, cost: Cost, made: Iterable[Submission], user: User) -> None:
    """Reserve what these submissions will cost, or none of it. Raises NotEnoughMinutes.

    Call in the transaction that makes them: they stand and fall together. ``cost``: of all their languages.
    """
    month, allowance = month_of(), _allowance(asset.project)
    row = _row(asset.project_id, month)
    if allowance is not None:
        row = row.filter(milliseconds__lte=allowance - cost.known)
    if not row.update(milliseconds=F("milliseconds") + cost.known):
        raise NotEnoughMinutes(lacking(balance(asset.project, month), cost))
    note = UNKNOWN_LENGTH if cost.total is None else ""
    for submission in made:
        for locale in submission.locales:
            _write(asset, month, LedgerEntry.Kind.RESERVE, locale, cost.each or 0, user.pk, submission, note=note)


def again(asset: Asset, month: date, locale: str, milliseconds: int, actor_id: int | None, note: str) -> LedgerEntry:
    """Reserve what came about without being asked for, whatever the allowance says: it has happened."""
    _row(asset.project_id, month).update(milliseconds=F("milliseconds") + milliseconds)
    return _write(asset, month, LedgerEntry.Kind.RESERVE, locale, milliseconds, actor_id, note=note)


def settle(reserved: LedgerEntry, milliseconds: int, note: str = "") -> None:
    """What was reserved was used, and took that long in truth."""
    _close(reserved, LedgerEntry.Kind.SETTLE, milliseconds - reserved.milliseconds, note)


def release(reserved: LedgerEntry, note: str = "") -> None:
    """What was reserved will not be used."""
    _close(reserved, LedgerEntry.Kind.RELEASE, -reserved.milliseconds, note)


def _close(reserved: LedgerEntry, kind: str, change: int, note: str) -> None:
    """The one line that ends a reservation, in the month it was made for and on the name of who made it."""
    _row(reserved.project_id, reserved.month).update(milliseconds=F("milliseconds") + change)
    LedgerEntry.objects.create(
        project_id=reserved.project_id, month=reserved.month, asset_id=reserved.asset_id, kind=kind,
        submission_id=reserved.submission_id, locale=reserved.locale, milliseconds=change, closes=reserved,
        actor_id=reserved.actor_id, note=note,
    )  # fmt: skip


def _write(
    asset: Asset,
    month: date,
    kind: str,
    locale: str,
    milliseconds: int,
    actor_id: int | None,
    submission: Submission | None = None,
    *,
    note: str,
) -> LedgerEntry:
    return LedgerEntry.objects.create(
        project_id=asset.project_id, month=month, asset=asset, submission=submission, locale=locale, kind=kind,
        milliseconds=milliseconds, actor_id=actor_id, note=note,
    )  # fmt: skip


def lacking(now: Balance, cost: Cost) -> str:
    """Why it cannot be sent, what would fit, and who can change that."""
    needs = wording.minutes(cost.known / 1000) if cost.total is not None else "minutes that nobody can tell yet"
    left = wording.minutes_left(now.left or 0)
    allowance = wording.minutes_left(now.allowance or 0)
    ops = "The people who run the portal can raise what the project may use in a month."
    fits = _fits(now.left or 0, cost)
    return f"This needs {needs}, and {left} of the {allowance} for this month are left. {fits} {ops}"


def _fits(left: int, cost: Cost) -> str:
    """What could be sent instead."""
    each = cost.each or 0
    ways = []
    if each and 0 < left // each < cost.languages:
        ways.append(f"{wording.plural(left // each, 'language')} of this length")
    seconds = int(left / 1000 / (cost.weight * cost.languages)) if cost.languages else 0
    if seconds:
        ways.append(f"a trim of {wording.duration(seconds)}" + (" for all of them" if cost.languages > 1 else ""))
    return f"What fits: {', or '.join(ways)}." if ways else "Nothing of it fits before next month."


def _allowance(project: Project) -> int | None:
    # Read anew: an hour can pass between opening the form and pressing the button.
    minutes = Project.objects.filter(pk=project.pk).values_list("monthly_minutes", flat=True).first()
    return None if minutes is None else minutes * MINUTE


def _row(project_id: int, month: date) -> QuerySet[MonthlyUse]:
    """The month's row, made if it is the first of the month; when two make it at once, one of them does."""
    row = MonthlyUse.objects.filter(project_id=project_id, month=month)
    if not row.exists():
        MonthlyUse.objects.bulk_create([MonthlyUse(project_id=project_id, month=month)], ignore_conflicts=True)
    return row
