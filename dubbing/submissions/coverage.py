"""Coverage of a project: the state of each video in each language.

The database determines and counts the states, so that pages, totals and files cannot contradict each other.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypedDict

from django.core.cache import caches
from django.db.models import Case, Count, Exists, Max, OuterRef, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dubbing.drafts.draft import LANGUAGES
from dubbing.models import Asset, Dubbing, Version, status_badges
from dubbing.models.reviews import ReviewStatus
from dubbing.models.status_badges import State
from dubbing.platform import locales

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User
    from django.db.models import QuerySet

    from dubbing.models.assets import AssetQuerySet

PAGE = 50
CHUNK = 200
DRAFTS = 100
"""This many of a person's newest drafts have their languages shown as columns, although nothing was sent in them."""
SLOW, TIMES, LONGEST = 0.05, 20, 600
"""Totals that took longer (seconds) are cached. Open pages have them counted again after this many times as long, which
costs a twentieth of a core at most. Opening a page does not wait for that unless nobody looked for ten minutes.
"""

LONGEST_FOR_ONE = 20e-6
"""Maximum seconds to count one video or dubbing. A count that takes longer was waiting for something else, which is no
reason to cache the totals of a small project.
"""


class CellState(StrEnum):
    """The state of one video in one language, as shown in a cell."""

    DONE = "done"
    DOUBTFUL = "doubtful"
    TO_REVIEW = "to_review"
    CHANGES_REQUESTED = "changes_requested"
    REVIEWED = "reviewed"
    APPROVED = "approved"
    OUT_OF_DATE = "out_of_date"
    PERSON = "person"
    RUNNING = "running"
    LATE = "late"
    STUCK = "stuck"
    AWAITING = "awaiting"
    FAILED = "failed"
    DRAFT = "draft"
    MISSING = "missing"
    SOURCE = "source"


_OF_REVIEWS = {
    CellState.TO_REVIEW: ReviewStatus.TO_REVIEW,
    CellState.CHANGES_REQUESTED: ReviewStatus.CHANGES_REQUESTED,
    CellState.REVIEWED: ReviewStatus.REVIEWED,
    CellState.APPROVED: ReviewStatus.APPROVED,
    CellState.OUT_OF_DATE: ReviewStatus.OUT_OF_DATE,
}
LOOKS: dict[CellState, State] = {
    **{state: status_badges.of_status(status) for state, status in _OF_REVIEWS.items()},
    CellState.DONE: status_badges.of_dubbing(Dubbing.Status.COMPLETED),
    CellState.DOUBTFUL: status_badges.DOUBTFUL,
    CellState.PERSON: status_badges.of_dubbing(Dubbing.Status.READY),
    CellState.RUNNING: State(_("Running"), "loader-2", "blue"),
    CellState.LATE: status_badges.LATE,
    CellState.STUCK: status_badges.STUCK,
    CellState.AWAITING: status_badges.of_asset(Asset.Status.AWAITING),
    CellState.FAILED: status_badges.of_dubbing(Dubbing.Status.FAILED),
    CellState.DRAFT: status_badges.of_asset(Asset.Status.DRAFT),
    CellState.MISSING: State(_("Missing"), "plus", "none"),
    CellState.SOURCE: State(_("Source language"), "minus", "none"),
}
COUNTED = [
    CellState.APPROVED, CellState.REVIEWED, CellState.TO_REVIEW, CellState.CHANGES_REQUESTED, CellState.OUT_OF_DATE,
    CellState.DONE, CellState.DOUBTFUL, CellState.PERSON, CellState.RUNNING, CellState.LATE, CellState.STUCK,
    CellState.AWAITING, CellState.FAILED, CellState.MISSING,
]  # fmt: skip
"""The states that totals count. Drafts are private to their authors and never counted."""
_FINISHED = {CellState.DONE, CellState.DOUBTFUL, *_OF_REVIEWS}


@dataclass(frozen=True, slots=True)
class GridCell:
    """One video in one language. ``version``: the final video to play, if there is one."""

    locale: str
    state: CellState
    look: State
    version: int | None = None


@dataclass(frozen=True, slots=True)
class GridRow:
    """One video of the grid."""

    asset: Asset
    cells: list[GridCell]

    @property
    def done(self) -> int:
        """Number of languages with a final video."""
        return sum(cell.state in _FINISHED for cell in self.cells)

    @property
    def wanted(self) -> int:
        """Number of languages that the video could be in."""
        return sum(cell.state != CellState.SOURCE for cell in self.cells)

    @property
    def missing(self) -> list[str]:
        """Languages that nobody has requested."""
        return [cell.locale for cell in self.cells if cell.state == CellState.MISSING]


@dataclass(frozen=True, slots=True)
class Column:
    """One language, with the number of videos of the whole project in each state."""

    locale: str
    name: str
    counts: dict[CellState, int]

    @property
    def done(self) -> int:
        """Number of videos with a final video in this language."""
        return sum(self.counts.get(state, 0) for state in _FINISHED)

    @property
    def wanted(self) -> int:
        """Number of videos that could be in this language."""
        return sum(self.counts.values())

    @property
    def missing(self) -> int:
        """Number of videos that were never requested in this language."""
        return self.counts.get(CellState.MISSING, 0)


class CellCounts(TypedDict):
    """The database's counts: videos by source language, and dubbings by language and state. Without drafts."""

    videos: dict[str, int]
    dubbings: dict[str, dict[str, int]]


class _Kept(TypedDict):
    """Cached counts and when they were made."""

    counts: CellCounts
    at: float
    took: float


@dataclass(frozen=True, slots=True)
class Totals:
    """Totals of a whole project, the same for every member."""

    columns: list[Column]
    videos: int

    @property
    def counts(self) -> dict[CellState, int]:
        """Number of cells by state."""
        summed: Counter[CellState] = Counter()
        for column in self.columns:
            summed.update(column.counts)
        return {state: summed[state] for state in COUNTED}

    @property
    def done(self) -> int:
        """Number of cells with a final video."""
        return sum(column.done for column in self.columns)

    @property
    def approved(self) -> int:
        """Number of cells whose final video was approved and has not changed since."""
        return self.counts[CellState.APPROVED]

    @property
    def wanted(self) -> int:
        """Number of cells that could have a final video."""
        return sum(column.wanted for column in self.columns)


@dataclass(frozen=True, slots=True)
class Grid:
    """A page of the grid. ``next_before``: the id to continue from; 0 on the last page."""

    totals: Totals
    rows: list[GridRow] = field(default_factory=list)
    next_before: int = 0


def page(project_id: int, user: User | AnonymousUser, *, before: int | None = None, size: int = PAGE) -> Grid:
    """The newest videos this person may see, older than ``before``, in a fixed number of queries."""
    mine = Asset.objects.in_project(project_id, user).listed()
    ids = _ids(mine, before, size + 1)
    all_of_it = whole(project_id, user)
    codes = [column.locale for column in all_of_it.columns]
    return Grid(all_of_it, _rows(ids[:size], codes), ids[size - 1] if len(ids) > size else 0)


def grid_of(project_id: int, user: User | AnonymousUser, ids: list[int], next_before: int) -> Grid:
    """These videos in this order, with the totals of the whole project."""
    all_of_it = whole(project_id, user)
    return Grid(all_of_it, rows_of(ids, [column.locale for column in all_of_it.columns]), next_before)


def rows_of(ids: list[int], codes: list[str]) -> list[GridRow]:
    """These videos in this order. Callers check permissions."""
    by_pk = {row.asset.pk: row for row in _rows(ids, codes)}
    return [by_pk[pk] for pk in ids if pk in by_pk]


def whole(project_id: int, user: User | AnonymousUser) -> Totals:
    """The project's totals, with a column for each language of this person's newest drafts."""
    return totals(project_id, _drafted(project_id, user))


def rows(project_id: int, user: User | AnonymousUser, codes: list[str]) -> Iterator[GridRow]:
    """Every video this person may see, in these languages, read in small groups."""
    mine, before = Asset.objects.in_project(project_id, user).listed(), None
    while ids := _ids(mine, before, CHUNK):
        yield from _rows(ids, codes)
        before = ids[-1]


def totals(project_id: int, drafted: Iterable[str] = (), *, renew: bool = False) -> Totals:
    """The project's totals. ``drafted``: languages that get a column in any case.

    ``renew``: recount in the background, where nobody waits.
    """
    counts = _counts(project_id, renew=renew)
    codes = locales.by_name({*counts["dubbings"], *drafted})
    videos = sum(counts["videos"].values())
    return Totals([_column(code, counts, videos) for code in codes], videos)


def counted_videos(project_id: int) -> AssetQuerySet:
    """The videos that totals count: those that lists show."""
    return Asset.objects.listed().filter(project_id=project_id).exclude(status=Asset.Status.DRAFT)


def lacking(project_id: int, codes: Iterable[str]) -> AssetQuerySet:
    """Videos for which not all of these languages were requested, newest first."""
    any_of_them = Q(pk__in=[])
    for code in codes:
        there = Dubbing.objects.filter(asset=OuterRef("pk"), locale=code)
        any_of_them |= ~Q(source_locale=code) & ~Q(Exists(there))
    return counted_videos(project_id).filter(any_of_them).order_by("-pk")


def failed(project_id: int) -> AssetQuerySet:
    """Videos with failed languages, newest first."""
    gone = Dubbing.objects.filter(asset=OuterRef("pk"), status=Dubbing.Status.FAILED)
    return counted_videos(project_id).filter(Exists(gone)).order_by("-pk")


def _column(code: str, counts: CellCounts, videos: int) -> Column:
    of_it = {CellState(state): count for state, count in counts["dubbings"].get(code, {}).items()}
    missing = videos - counts["videos"].get(code, 0) - sum(of_it.values())
    return Column(code, locales.display_name(code), of_it | {CellState.MISSING: max(0, missing)})


def _counts(project_id: int, *, renew: bool) -> CellCounts:
    """The counts from the database, or cached ones where counting is slow. ``renew``: recount if they are old."""
    key = f"coverage-{project_id}"
    kept: _Kept | None = caches["default"].get(key)
    if kept is not None:
        if not renew or time.time() - kept["at"] < TIMES * kept["took"]:
            return kept["counts"]
        # Others who ask at this moment need not count as well.
        caches["default"].set(key, kept | {"at": time.time()}, timeout=LONGEST)
    begun = time.monotonic()
    counts = _count(project_id)
    counted = sum(counts["videos"].values()) + sum(sum(of_it.values()) for of_it in counts["dubbings"].values())
    took = min(time.monotonic() - begun, counted * LONGEST_FOR_ONE)
    if took > SLOW:
        anew: _Kept = {"counts": counts, "at": time.time(), "took": took}
        caches["default"].set(key, anew, timeout=LONGEST)
    return counts


def _count(project_id: int) -> CellCounts:
    by_source = counted_videos(project_id).order_by().values_list("source_locale").annotate(count=Count("pk"))
    listed = Q(asset__project=project_id, asset__archived_at=None, asset__trashed_at=None)
    sent = Dubbing.objects.filter(listed).exclude(asset__status=Asset.Status.DRAFT).order_by()
    grouped = sent.annotate(state=_state()).values_list("locale", "state").annotate(count=Count("pk"))
    dubbings: dict[str, dict[str, int]] = defaultdict(dict)
    for locale, state, count in grouped:
        dubbings[locale][state] = count
    return {"videos": dict(by_source), "dubbings": dict(dubbings)}


def _state() -> Case:
    """SQL expression for the state of a dubbing."""
    status, of_asset = Dubbing.Status, Asset.Status
    # While other languages of its asset are in progress, a ready language continues automatically unless the asset
    # waits.
    goes_on = Q(asset__status=of_asset.DUBBING, asset__waits_for_person=False)
    still_open, now = Q(asset__status__in=Asset.OPEN), timezone.now()
    choices: list[tuple[Q, CellState]] = [
        (Q(asset__status=of_asset.DRAFT), CellState.DRAFT),
        (Q(asset__status=of_asset.AWAITING), CellState.AWAITING),
        # Whoever approved a result has seen its length.
        (Q(status=status.COMPLETED, review__status=ReviewStatus.APPROVED), CellState.APPROVED),
        (Q(status=status.COMPLETED) & ~Q(warning=""), CellState.DOUBTFUL),
        *((Q(status=status.COMPLETED, review__status=review), state) for state, review in _OF_REVIEWS.items()),
        (Q(status=status.COMPLETED), CellState.DONE),
        (Q(status=status.FAILED), CellState.FAILED),
        (Q(status=status.PENDING, asset__status=of_asset.REFUSED), CellState.FAILED),
        (Q(status=status.READY) & ~goes_on, CellState.PERSON),
        (still_open & Q(asset__stuck_at__lt=now), CellState.STUCK),
        (still_open & Q(asset__late_at__lt=now), CellState.LATE),
    ]
    return Case(*(When(when, then=Value(state.value)) for when, state in choices), default=Value("running"))


def _ids(assets: AssetQuerySet, before: int | None, most: int) -> list[int]:
    older = assets.filter(pk__lt=before) if before else assets
    return list(older.order_by("-pk").values_list("pk", flat=True)[:most])


# Including the columns from which turnaround is estimated.
_SHOWN = (
    "pk", "name", "status", "source_locale", "project_id", "created_by_id", "provider", "auto_generate", "lips_model",
    "duration", "start", "end", "submitted_at", "source__duration",
)  # fmt: skip


def _rows(ids: list[int], codes: list[str]) -> list[GridRow]:
    # Texts of drafts can be long, and only their languages are shown.
    shown = Asset.objects.filter(pk__in=ids).annotate(drafted=LANGUAGES).order_by("-pk")
    assets = shown.select_related("source").only(*_SHOWN)
    asked = Dubbing.objects.filter(asset__in=ids).annotate(state=_state())
    cells: dict[tuple[int, str], tuple[str, str, int]] = {
        (asset, locale): (state, status, pk)
        for asset, locale, state, status, pk in asked.values_list("asset_id", "locale", "state", "status", "pk")
    }
    versions = dict(_to_play(ids))
    return [GridRow(asset, [_cell(asset, code, cells, versions) for code in codes]) for asset in assets]


def _to_play(ids: list[int]) -> QuerySet[Version, Any]:
    done = Version.objects.filter(dubbing__asset__in=ids, superseded=False, status=Version.Status.COMPLETED)
    return done.order_by().values_list("dubbing_id").annotate(version=Max("pk"))


def _cell(
    asset: Any, code: str, cells: dict[tuple[int, str], tuple[str, str, int]], versions: dict[int, int]
) -> GridCell:
    stored = cells.get((asset.pk, code))
    if asset.status == Asset.Status.DRAFT:
        drafted = isinstance(asset.drafted, list) and code in asset.drafted
        return _plain(code, CellState.DRAFT if drafted else _empty(asset, code))
    if stored is None:
        return _plain(code, _empty(asset, code))
    state, status, pk = CellState(stored[0]), stored[1], stored[2]
    # A cell says exactly what is in progress: sending, on hold, unconfirmed, generating. Totals count them as one
    # state.
    exact = state == CellState.FAILED or (state == CellState.RUNNING and status != Dubbing.Status.READY)
    look = status_badges.of_language(asset.status, status) if exact else LOOKS[state]
    return GridCell(code, state, look, versions.get(pk) if state in _FINISHED else None)


def _empty(asset: Asset, code: str) -> CellState:
    return CellState.SOURCE if code == asset.source_locale else CellState.MISSING


def _plain(code: str, state: CellState) -> GridCell:
    return GridCell(code, state, LOOKS[state])


def _drafted(project_id: int, user: User | AnonymousUser) -> set[str]:
    """Languages of this person's newest drafts in the project."""
    drafts = Asset.objects.listed().filter(project_id=project_id, created_by_id=user.pk, status=Asset.Status.DRAFT)
    targets = drafts.order_by("-pk").values_list(LANGUAGES, flat=True)[:DRAFTS]
    return {code for chosen in targets if isinstance(chosen, list) for code in chosen if isinstance(code, str)}
