"""A project's minutes in one month: used, reserved and left, by person, by asset and by entry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Case, Count, Exists, F, OuterRef, Q, Sum, Value, When
from django.utils import timezone
from django.utils.translation import gettext

from dubbing.minutes import ledger
from dubbing.models import Asset, LedgerEntry, MonthlyUse, Project
from dubbing.platform import formatting, numbers
from dubbing.platform.tables import harmless

# Nobody reads more than that on a page; the file for finance has all of them.
SHOWN = 50
HEAD = ["date", "project", "asset id", "name", "locale", "kind", "minutes", "person", "reference"]
_MINUTE = 60_000


@dataclass(slots=True)
class Share:
    """What a person or an asset used and has reserved, in milliseconds."""

    pk: int | None
    name: str = ""
    is_open: bool = False  # whether its page exists for this reader
    total: int = 0
    reserved: int = 0
    languages: int = 0

    @property
    def used(self) -> int:
        """The settled milliseconds."""
        return self.total - self.reserved

    def add(self, row: Any) -> None:
        """Add a row."""
        self.total += row["total"]
        self.reserved += row["reserved"]
        self.languages += row["languages"]


@dataclass(frozen=True, slots=True)
class Month:
    """The page."""

    month: date
    balance: ledger.Balance
    months: list[date]
    whole: Share
    people: list[Share] = field(default_factory=list)
    assets: list[Share] = field(default_factory=list)
    more_assets: int = 0

    @property
    def bar(self) -> dict[str, int]:
        """The lengths of its parts, in thousandths of the available width."""
        room = max(self.balance.allowance or 0, self.balance.taken, 1)
        used, reserved = (max(0, part) * 1000 // room for part in (self.whole.used, self.whole.reserved))
        return {"whole": 1000, "used": used, "reserved": reserved}

    @property
    def over(self) -> str:
        """How much more was used than allowed, because a video was longer than planned or the allowance was lowered."""
        allowance, taken = self.balance.allowance, self.balance.taken
        return formatting.minutes((taken - allowance) / 1000) if allowance is not None and taken > allowance else ""


def chosen(text: str) -> date:
    """The month named by ``YYYY-MM``; the current one if that is invalid."""
    year, _, month = text.partition("-")
    well_formed = len(year) == 4 and len(month) == 2
    asked = numbers.whole(year, low=1), numbers.whole(month, low=1, high=12)
    if well_formed and asked[0] and asked[1]:
        return date(asked[0], asked[1], 1)
    return ledger.month_of()


def build(project: Project, month: date) -> Month:
    """The page for one month of a project."""
    people: dict[int | None, Share] = {}
    assets: dict[int | None, Share] = {}
    whole = Share(None)
    for row in _sums(project, month):
        for shares, pk in ((people, row["actor"]), (assets, row["asset"])):
            shares.setdefault(pk, Share(pk)).add(row)
        whole.add(row)
    shown = _largest(assets.values())[:SHOWN]
    persons = User.objects.filter(pk__in=[pk for pk in people if pk]).values_list("pk", "username")
    _name(people.values(), dict(persons), gettext("Nobody"))
    _name_assets(shown, project)
    balance = ledger.balance(project, month)
    months = sorted({month, ledger.month_of(), *_months(project)}, reverse=True)
    return Month(month, balance, months, whole, _largest(people.values()), shown, len(assets) - len(shown))


def lines(project: Project, month: date) -> Iterator[list[str]]:
    """Every ledger entry of the month for a spreadsheet, oldest first, read in small groups."""
    yield HEAD
    rows = LedgerEntry.objects.filter(project=project, month=month).order_by("id")
    # Assets moved to another project are shown with their people only.
    name_here = Case(When(asset__project=project, then=F("asset__name")), default=Value(""))
    values = rows.annotate(name_here=name_here).values_list(
        "at", "asset", "name_here", "locale", "kind", "milliseconds", "actor__username", "submission__reference"
    )
    whose = harmless(project.name)
    for at, asset, name, locale, kind, milliseconds, person, reference in values.iterator(chunk_size=2000):
        moment = timezone.localtime(at, timezone.get_default_timezone()).strftime("%Y-%m-%d %H:%M:%S")
        word, figure = formatting.inside_sentence(str(LedgerEntry.Kind(kind).label)), _figure(milliseconds)
        who, what = harmless(person or ""), harmless(reference or "")
        yield [moment, whose, str(asset), harmless(name), harmless(locale), word, figure, who, what]


def _figure(milliseconds: int) -> str:
    """Minutes with milliseconds, so that the column adds up."""
    return f"{milliseconds / _MINUTE:.6f}".rstrip("0").rstrip(".")


def _sums(project: Project, month: date) -> Iterable[Any]:
    rows = LedgerEntry.objects.filter(project=project, month=month).order_by()
    closed = Exists(LedgerEntry.objects.filter(closes=OuterRef("pk")))
    reserved = Case(When(Q(kind=LedgerEntry.Kind.RESERVE) & ~closed, then=F("milliseconds")), default=Value(0))
    counted = Count("pk", filter=Q(kind=LedgerEntry.Kind.RESERVE)) - Count("pk", filter=Q(kind="release"))
    grouped = rows.values("actor", "asset")
    return grouped.annotate(total=Sum("milliseconds"), reserved=Sum(reserved), languages=counted)


def _months(project: Project) -> list[date]:
    return list(MonthlyUse.objects.filter(project=project).values_list("month", flat=True))


def _largest(shares: Iterable[Share]) -> list[Share]:
    return sorted(shares, key=lambda share: (-share.total, share.pk or 0))


def _name_assets(shares: list[Share], project: Project) -> None:
    rows = Asset.objects.filter(pk__in=[share.pk for share in shares]).values("pk", "name", "project", "trashed_at")
    rows_by_pk: dict[int | None, Any] = {row["pk"]: row for row in rows}
    for share in shares:
        asset = rows_by_pk[share.pk]
        is_here = asset["project"] == project.pk
        share.name = (asset["name"] or gettext("Untitled")) if is_here else gettext("Moved to another project")
        share.is_open = is_here and asset["trashed_at"] is None


def _name(shares: Iterable[Share], names: dict[int, str], otherwise: str) -> None:
    for share in shares:
        share.name = (names.get(share.pk) if share.pk else "") or otherwise
