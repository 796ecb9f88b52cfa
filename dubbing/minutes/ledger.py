"""The ledger of minutes: reserve before sending, settle after dubbing, release on failure.

The gates are conditional updates of two rows, the project's month and the month of all projects, so that two people who
submit at once cannot both take the last minutes. Both rows change in one transaction, the project's first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from dubbing.minutes.costs import MINUTE, Cost
from dubbing.models import Asset, LedgerEntry, MonthlyTotal, MonthlyUse, Project, Submission
from dubbing.platform import formatting
from dubbing.platform.errors import NotEnoughMinutes

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

UNKNOWN_LENGTH = _("Length not known yet")
NO_MINUTES_YET = _("An administrator has to set its monthly allowance.")


class _LimitReached(Exception):
    """The month has too few minutes left."""


@dataclass(frozen=True, slots=True)
class Balance:
    """A project's month, in milliseconds.

    None means no limit: ``allowance`` is its own, ``cap`` that of all projects.
    """

    month: date
    allowance: int | None
    taken: int
    cap: int | None = None
    taken_by_all: int = 0

    @property
    def limited(self) -> bool:
        """Whether there is a limit."""
        return self.allowance is not None or self.cap is not None

    @property
    def left(self) -> int | None:
        """Milliseconds that may still be reserved; None: no limit."""
        return min((max(0, left) for left in (self._own, self._shared) if left is not None), default=None)

    @property
    def shared(self) -> bool:
        """Whether the limit shared by all projects runs out before the project's own."""
        return self._shared is not None and (self._own is None or self._shared < self._own)

    @property
    def limit(self) -> int | None:
        """The limit that ``left`` refers to."""
        return self.cap if self.shared else self.allowance

    def lacks(self, milliseconds: int) -> bool:
        """Whether this is more than is left."""
        return any(left is not None and milliseconds > left for left in (self._own, self._shared))

    @property
    def _own(self) -> int | None:
        return None if self.allowance is None else self.allowance - self.taken

    @property
    def _shared(self) -> int | None:
        return None if self.cap is None else self.cap - self.taken_by_all


def month_of(moment: datetime | None = None) -> date:
    """The first day of the month that a moment counts for, in the portal's time zone."""
    return timezone.localtime(moment, timezone.get_default_timezone()).date().replace(day=1)


def balance(project: Project, month: date | None = None) -> Balance:
    """What is reserved and used in the month, and the limits."""
    month, cap = month or month_of(), _cap()
    taken = MonthlyUse.objects.filter(project=project, month=month).values_list("milliseconds", flat=True).first()
    return Balance(month, _allowance(project), taken or 0, cap, 0 if cap is None else _taken_by_all(month))


def balances(projects: Iterable[Project]) -> dict[int, Balance]:
    """The balances of many projects for this month, freshly read."""
    month, cap, projects = month_of(), _cap(), list(projects)
    uses = MonthlyUse.objects.filter(project__in=projects, month=month)
    taken = dict(uses.values_list("project_id", "milliseconds"))
    of_all = 0 if cap is None else _taken_by_all(month)
    allowed = {
        project.pk: None if project.monthly_minutes is None else project.monthly_minutes * MINUTE
        for project in projects
    }
    return {pk: Balance(month, own, taken.get(pk, 0), cap, of_all) for pk, own in allowed.items()}


def reserve(asset: Asset, cost: Cost, made: Iterable[Submission], user: User) -> None:
    """Reserve what these submissions will cost, all or nothing. Raises NotEnoughMinutes.

    Call it in the transaction that creates them, so that both happen or neither. ``cost``: of all their languages.
    """
    month = month_of()
    try:
        with transaction.atomic():  # what one gate allowed is rolled back if the other refuses
            _add(asset.project_id, month, cost.known, allowance=_allowance(asset.project), cap=_cap())
    except _LimitReached:
        raise NotEnoughMinutes(lacking(balance(asset.project, month), cost)) from None
    _write_reservations(asset, month, cost, made, user)


def reserve_carried_out(asset: Asset, cost: Cost, made: Iterable[Submission], user: User) -> None:
    """Reserve what requests cost that the provider has already taken, whatever the allowance."""
    month = month_of()
    _add(asset.project_id, month, cost.known)
    _write_reservations(asset, month, cost, made, user)


def _write_reservations(asset: Asset, month: date, cost: Cost, made: Iterable[Submission], user: User) -> None:
    note = str(UNKNOWN_LENGTH) if cost.total is None else ""
    for submission in made:
        for locale in submission.locales:
            _write(asset, month, LedgerEntry.Kind.RESERVE, locale, cost.each or 0, user.pk, submission, note=note)


def reserve_unchecked(
    asset: Asset, month: date, locale: str, milliseconds: int, note: str, *, like: LedgerEntry | None = None
) -> LedgerEntry:
    """Reserve minutes for something that nobody requested, whatever the allowance: it has happened.

    ``like``: an earlier entry of the same asset. Its project pays and its person stays responsible, wherever the asset
    is now.
    """
    project_id, actor_id = (like.project_id, like.actor_id) if like else (asset.project_id, None)
    _add(project_id, month, milliseconds)
    return LedgerEntry.objects.create(
        project_id=project_id, month=month, asset=asset, locale=locale, kind=LedgerEntry.Kind.RESERVE,
        milliseconds=milliseconds, actor_id=actor_id, note=note,
    )  # fmt: skip


def settle(reserved: LedgerEntry, milliseconds: int, note: str = "") -> None:
    """Settle a reservation with the milliseconds actually used."""
    _close(reserved, LedgerEntry.Kind.SETTLE, milliseconds - reserved.milliseconds, note)


def release(reserved: LedgerEntry, note: str = "") -> None:
    """Release a reservation that will not be used."""
    _close(reserved, LedgerEntry.Kind.RELEASE, -reserved.milliseconds, note)


def _close(reserved: LedgerEntry, kind: str, change: int, note: str) -> None:
    """Add the one entry that closes a reservation, in its month and in the name of the person who made it."""
    _add(reserved.project_id, reserved.month, change)
    LedgerEntry.objects.create(
        project_id=reserved.project_id, month=reserved.month, asset_id=reserved.asset_id, kind=kind,
        submission_id=reserved.submission_id, locale=reserved.locale, milliseconds=change, closes=reserved,
        actor_id=reserved.actor_id, note=note,
    )  # fmt: skip
    LedgerEntry.objects.filter(pk=reserved.pk).note_closed()


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
    if cost.total is None:
        needs = gettext("We do not know yet how many minutes this needs.")
    else:
        needs = gettext("This needs %(minutes)s.") % {"minutes": formatting.minutes(cost.known / 1000)}
    if now.allowance == 0:
        return f"{needs} {gettext('The project has no minutes yet.')} {NO_MINUTES_YET}"
    if now.shared:
        left = gettext("All projects share %(limit)s this month, of which %(left)s are left.")
        raised = gettext("An administrator can raise the shared monthly allowance.")
    else:
        left = gettext("The project has %(left)s of %(limit)s left this month.")
        raised = gettext("An administrator can raise the project’s monthly allowance.")
    left %= {"left": formatting.minutes_left(now.left or 0), "limit": formatting.minutes_left(now.limit or 0)}
    return f"{needs} {left} {_fits(now.left or 0, cost)} {raised}"


def _fits(left: int, cost: Cost) -> str:
    """What could be sent instead."""
    each = cost.each or 0
    ways = []
    if each and 0 < left // each < cost.languages:
        count = left // each
        way = ngettext("%(count)s language of this length", "%(count)s languages of this length", count)
        ways.append(way % {"count": count})
    seconds = int(left / 1000 / (cost.weight * cost.languages)) if cost.languages else 0
    if seconds:
        way = (
            gettext("a trim of %(length)s in all languages") if cost.languages > 1 else gettext("a trim of %(length)s")
        )
        ways.append(way % {"length": formatting.duration(seconds)})
    if not ways:
        return gettext("You cannot send any of it before next month.")
    return gettext("You can still send %(ways)s.") % {"ways": formatting.enumeration(ways, either=True)}


def _allowance(project: Project) -> int | None:
    # Read again: an hour can pass between opening the form and pressing the button.
    minutes = Project.objects.filter(pk=project.pk).values_list("monthly_minutes", flat=True).first()
    return None if minutes is None else minutes * MINUTE


def _cap() -> int | None:
    minutes = settings.ORGANISATION_MINUTES
    return None if minutes is None else minutes * MINUTE


def _taken_by_all(month: date) -> int:
    """Use by all projects; from their own rows as long as that month's total has no row."""
    total = MonthlyTotal.objects.filter(month=month).values_list("milliseconds", flat=True).first()
    return _summed(month) if total is None else total


def _summed(month: date) -> int:
    return MonthlyUse.objects.filter(month=month).aggregate(sum=Sum("milliseconds"))["sum"] or 0


def _add(
    project_id: int, month: date, milliseconds: int, *, allowance: int | None = None, cap: int | None = None
) -> None:
    """Change both sums of the month. Raises _LimitReached if a limit would be exceeded; roll back then."""
    own, of_all = _row(project_id, month), _total(month)  # both rows exist before either changes: see _total
    if allowance is not None:
        own = own.filter(milliseconds__lte=allowance - milliseconds)
    if cap is not None:
        of_all = of_all.filter(milliseconds__lte=cap - milliseconds)
    for rows in (own, of_all):
        if not rows.update(milliseconds=F("milliseconds") + milliseconds):
            raise _LimitReached


def _row(project_id: int, month: date) -> QuerySet[MonthlyUse]:
    """The month's row, created if needed; if two create it at once, one of them succeeds."""
    row = MonthlyUse.objects.filter(project_id=project_id, month=month)
    if not row.exists():
        MonthlyUse.objects.bulk_create([MonthlyUse(project_id=project_id, month=month)], ignore_conflicts=True)
    return row


def _total(month: date) -> QuerySet[MonthlyTotal]:
    """The month's row of all projects.

    It starts with their present use; whoever adds to it waits for this row first.
    """
    row = MonthlyTotal.objects.filter(month=month)
    if not row.exists():
        begun = MonthlyTotal(month=month, milliseconds=_summed(month))
        MonthlyTotal.objects.bulk_create([begun], ignore_conflicts=True)
    return row
