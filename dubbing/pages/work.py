"""Everybody's first page: what needs somebody, what runs, what is done, and how much of each there is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from dubbing.models import Asset, Project
from dubbing.pages import lists

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from dubbing.models.assets import AssetQuerySet

SHOWN = 15
PAGE = 50
# Up to here it is counted exactly: on a first page nobody waits for more.
COUNTED = 500
NEEDS_SOMEBODY = [Asset.Status.REFUSED, Asset.Status.FAILED, Asset.Status.PARTLY_DONE, Asset.Status.READY]
RUNNING = [Asset.Status.SUBMITTING, Asset.Status.HELD, Asset.Status.UNCONFIRMED, Asset.Status.DUBBING]
# What nobody cared about for that long is history, not work.
FOR_DAYS = 30


@dataclass(frozen=True, slots=True)
class Kind:
    """A part of the page. ``oldest_first``: somebody is waited for, and longest by the oldest."""

    key: str
    label: str
    assets: AssetQuerySet
    oldest_first: bool = False
    shown: int = SHOWN

    def ids(self, most: int, *, beyond: int = 0) -> list[int]:
        """The first so many, in their order, of those that come after ``beyond``."""
        left = self.assets
        if beyond:
            left = left.filter(pk__gt=beyond) if self.oldest_first else left.filter(pk__lt=beyond)
        return list(left.order_by("id" if self.oldest_first else "-id").values_list("pk", flat=True)[:most])


@dataclass(frozen=True, slots=True)
class Section:
    """Some of a kind, and how many there are of it."""

    kind: Kind
    rows: list[lists.Row]
    count: int

    @property
    def total(self) -> str:
        """ "43", or "500+" when nobody counted on."""
        return f"{COUNTED}+" if self.count > COUNTED else str(self.count)

    @property
    def is_cut(self) -> bool:
        """Whether there are more than are shown here."""
        return self.count > len(self.rows)


@dataclass(frozen=True, slots=True)
class Whole:
    """All of one kind, a page at a time. ``beyond``: where the next page goes on, 0 for the last."""

    kind: Kind
    rows: list[lists.Row]
    beyond: int


def kinds(user: User) -> list[Kind]:
    """The parts of this person's page, the most urgent first."""
    visible = Asset.objects.visible_to(user)
    mine = visible.filter(created_by_id=user.pk)
    lately = timezone.now() - timedelta(days=FOR_DAYS)
    may_mend = mine.filter(project__in=Project.objects.editable_by(user).values("pk"))
    needing = may_mend.filter(status__in=NEEDS_SOMEBODY, submitted_at__gte=lately, copies=None)
    waiting = visible.filter(status=Asset.Status.AWAITING)
    owned = Project.objects.owned_by(user).values("pk")
    return [
        Kind("needs", "Needs you", needing, oldest_first=True),
        Kind("approve", "To approve", waiting.filter(project__in=owned), oldest_first=True),
        Kind("waiting", "Waits for approval", waiting.exclude(project__in=owned), oldest_first=True),
        Kind("running", "Running", visible.filter(status__in=RUNNING)),
        Kind("done", "Done lately", visible.filter(status=Asset.Status.COMPLETED), shown=8),
        Kind("drafts", "Your drafts", mine.filter(status=Asset.Status.DRAFT), shown=8),
    ]


def build(user: User) -> list[Section]:
    """The page, in a fixed number of queries."""
    ids = [(kind, kind.ids(COUNTED + 1)) for kind in kinds(user)]
    found = _rows([pk for kind, all_of in ids for pk in all_of[: kind.shown]])
    return [Section(kind, _in_order(all_of[: kind.shown], found), len(all_of)) for kind, all_of in ids]


def whole(kind: Kind, *, beyond: int) -> Whole:
    """All of one kind, as many as fit a page."""
    ids = kind.ids(PAGE + 1, beyond=beyond)
    found = _rows(ids[:PAGE])
    return Whole(kind, _in_order(ids[:PAGE], found), ids[PAGE - 1] if len(ids) > PAGE else 0)


def _in_order(ids: list[int], found: dict[int, lists.Row]) -> list[lists.Row]:
    return [found[pk] for pk in ids if pk in found]


def _rows(ids: list[int]) -> dict[int, lists.Row]:
    return {row.asset.pk: row for row in lists.rows(lists.prefetched(Asset.objects.filter(pk__in=ids)))}
