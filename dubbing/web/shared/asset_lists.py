"""Lists of assets: a page at a time by id, in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Prefetch, prefetch_related_objects
from django.utils.translation import gettext_lazy as _

from dubbing.models import Asset, Dubbing, Membership, name_search, status_badges
from dubbing.models.prepared import PreparedQuery

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django_stubs_ext import StrOrPromise

    from dubbing.models.assets import AssetQuerySet

PAGE = 30
NEAR = 2000
# What a row shows. The rest of an asset, its drafts and subtitles above all, can be megabytes for a page of rows.
_COLUMNS = (
    "project__name", "created_by__username", "source__poster_key", "source__duration", "name", "status",
    "source_locale", "start", "end", "duration", "late_at", "created_at", "submitted_at", "trashed_at",
)  # fmt: skip
ON_A_LINE = 4

GROUPS: dict[str, tuple[StrOrPromise, list[str]]] = {
    "running": (_("In progress"), ["submitting", "held", "unconfirmed", "dubbing"]),
    "edit": (_("Ready to edit"), ["ready"]),
    "done": (_("Done"), ["completed"]),
    "problems": (_("Problems"), ["partly_done", "failed", "refused"]),
    "approval": (_("Awaiting your approval"), ["awaiting"]),
    "drafts": (_("My drafts"), ["draft"]),
}


def groups(role: str) -> dict[str, tuple[StrOrPromise, list[str]]]:
    """The status filters for this role: viewers have no drafts, and only owners approve."""
    mine = dict(GROUPS)
    if role not in Membership.EDITORS:
        del mine["drafts"]
    if role != Membership.Role.OWNER:
        mine["approval"] = (_("Awaiting approval"), mine["approval"][1])
    return mine


@dataclass(frozen=True, slots=True)
class Chip:
    """One language of an asset, in compact form."""

    locale: str
    state: status_badges.State


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A line of a text.

    ``locale``: of the subtitles, empty for the transcript; ``text``: empty if the line is unknown.
    """

    locale: str
    text: str


@dataclass(frozen=True, slots=True)
class AssetRow:
    """One asset in a list."""

    asset: Asset
    state: status_badges.State
    late: bool
    chips: list[Chip]
    excerpt: Excerpt | None = None
    """Where a search found it, if not in its name."""

    @property
    def more_chips(self) -> int:
        """The number of languages that do not fit on one line."""
        return max(0, len(self.chips) - ON_A_LINE)

    @property
    def more_chips_label(self) -> str:
        """These languages, each with its status."""
        return ", ".join(f"{chip.locale}: {chip.state.word}" for chip in self.chips[ON_A_LINE:])

    @property
    def can_be_resent(self) -> bool:
        """Whether it has failed languages that can be sent again on the same asset."""
        return self.asset.status in (Asset.Status.FAILED, Asset.Status.PARTLY_DONE) and any(
            dubbing.status == Dubbing.Status.FAILED for dubbing in self.asset.dubbings.all()
        )

    @property
    def shown(self) -> tuple[object, ...]:
        """Everything visible of it, as plain values: the row changes if and only if they do."""
        chips = [(chip.locale, str(chip.state.word)) for chip in self.chips]
        poster = self.asset.source.poster_key if self.asset.source else ""
        return self.asset.pk, str(self.asset), str(self.state.word), self.late, chips, poster, self.excerpt


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and the id to continue from (0: these are the last)."""

    rows: list[AssetRow]
    next_before: int


def rows(assets: Iterable[Asset]) -> list[AssetRow]:
    """Rows of assets that were prepared by ``prefetched`` or ``with_ids``."""
    return [_row(asset) for asset in assets]


def prefetched(assets: AssetQuerySet) -> AssetQuerySet:
    """The assets with everything that a row shows, in two queries whatever their number. Texts are not among it."""
    return _with_related(assets).prefetch_related(_dubbings())


def with_ids(ids: list[int]) -> list[Asset]:
    """The same for the assets with these ids, up to ``MOST_IDS`` and in any order."""
    assets: list[Asset] = _WITH_IDS.objects(ids=ids)
    prefetch_related_objects(assets, _dubbings())
    return assets


def _with_related(assets: AssetQuerySet) -> AssetQuerySet:
    return assets.select_related("source", "project", "created_by").only(*_COLUMNS)


def _dubbings() -> Prefetch[str]:
    return Prefetch("dubbings", Dubbing.objects.only("asset", "locale", "status", "warning"))


def _among(ids: list[int]) -> AssetQuerySet:
    return _with_related(Asset.objects.filter(pk__in=ids)).order_by()


MOST_IDS = 120
_WITH_IDS = PreparedQuery(_among, lists={"ids": MOST_IDS})


def page(
    assets: AssetQuerySet,
    *,
    before: int | None,
    statuses: list[str] | None,
    query: str = "",
    size: int = PAGE,
    project: int | None = None,
) -> Page:
    """The newest assets with a smaller id than ``before`` (and with these words in their names).

    Several statuses are read one by one: each walks its index from the end, and none sorts. ``project``: all of the
    assets are in this one, which makes it faster to find words.
    """
    older = assets.filter(pk__lt=before) if before else assets
    among = [older.filter(status=status) for status in statuses] if statuses else [older]
    if statuses and Asset.Status.READY in statuses:  # or one of its languages is
        among.append(older.filter(waits_for_person=True, status=Asset.Status.DUBBING))
    if query:
        search = NameSearch(query, size + 1, project, before)
        searches = [search.indexed(older)] if search.is_long and not statuses else [search.near(each) for each in among]
        return _merge_searches(assets, searches, size)
    ids = _newest((list(each.values_list("pk", flat=True)[: size + 1]) for each in among), size + 1)
    return _page(assets, ids[:size], ids[size - 1] if len(ids) > size else 0)


@dataclass(frozen=True, slots=True)
class NameSearch:
    """Searches the names of assets for words, up to ``most`` ids.

    Returns ids, and the id where it stopped reading because
    the words are too short for the index of names, or 0.
    """

    query: str
    most: int
    project: int | None
    before: int | None

    @property
    def is_long(self) -> bool:
        return len(self.query) >= name_search.LEAST

    def indexed(self, assets: AssetQuerySet) -> tuple[list[int], int]:
        """Search with the index of names."""
        return name_search.newest_named(assets, self.query, self.most, project=self.project, before=self.before), 0

    def near(self, assets: AssetQuerySet) -> tuple[list[int], int]:
        """Search the newest few thousand first, which finds anything common at once.

        That is enough if there are few assets. Only rare words are left to the index, which knows names but no
        statuses.
        """
        ids = name_search.newest_near(assets, self.query, self.most, NEAR)
        if len(ids) == self.most:
            return ids, 0
        end = next(iter(assets.order_by("-pk").values_list("pk", flat=True)[NEAR - 1 : NEAR]), 0)
        return self.indexed(assets) if end and self.is_long else (ids, end)


def _merge_searches(assets: AssetQuerySet, searches: list[tuple[list[int], int]], size: int) -> Page:
    ids = _newest((ids for ids, _ in searches), size + 1)
    if len(ids) > size:
        return _page(assets, ids[:size], ids[size - 1])
    # The next page continues where this one stopped reading.
    end = max(end for _, end in searches)
    return _page(assets, [pk for pk in ids if pk >= end], end)


def _newest(heads: Iterable[list[int]], most: int) -> list[int]:
    return sorted((pk for head in heads for pk in head), reverse=True)[:most]


def _page(assets: AssetQuerySet, ids: list[int], next_before: int) -> Page:
    return Page(rows(prefetched(assets.filter(pk__in=ids).order_by("-pk"))), next_before)


def _row(asset: Asset) -> AssetRow:
    chips = [
        Chip(dubbing.locale, status_badges.of_language(asset.status, dubbing.status, doubtful=bool(dubbing.warning)))
        for dubbing in _in_order(asset)
    ]
    return AssetRow(asset, status_badges.of_asset(asset.status, doubtful=asset.is_doubtful), asset.is_late, chips)


def _in_order(asset: Asset) -> list[Dubbing]:
    return sorted(asset.dubbings.all(), key=lambda dubbing: dubbing.locale)
