"""Lists of assets: a page at a time by id, in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dubbing import states
from dubbing.models import Asset, Dubbing, Membership

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dubbing.models.assets import AssetQuerySet

PAGE = 30

GROUPS: dict[str, tuple[str, list[str]]] = {
    "running": ("Running", ["submitting", "held", "unconfirmed", "dubbing"]),
    "edit": ("Ready to edit", ["ready"]),
    "done": ("Done", ["completed"]),
    "problems": ("Problems", ["partly_done", "failed", "refused"]),
    "approval": ("To approve", ["awaiting"]),
    "drafts": ("My drafts", ["draft"]),
}


def groups(role: str) -> dict[str, tuple[str, list[str]]]:
    """The status filters for this role: who sends nothing has no drafts, who owns nothing approves nothing."""
    mine = dict(GROUPS)
    if role not in Membership.EDITORS:
        del mine["drafts"]
    if role != Membership.Role.OWNER:
        mine["approval"] = ("Waits for approval", mine["approval"][1])
    return mine


@dataclass(frozen=True, slots=True)
class Chip:
    """One language of an asset, in small."""

    locale: str
    state: states.State


@dataclass(frozen=True, slots=True)
class Row:
    """One asset in a list."""

    asset: Asset
    state: states.State
    late: bool
    chips: list[Chip]


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and the id to go on from (0: these are the last)."""

    rows: list[Row]
    next_before: int


def rows(assets: Iterable[Asset]) -> list[Row]:
    """Rows of assets that were prepared by ``prefetched``."""
    return [_row(asset) for asset in assets]


def prefetched(assets: AssetQuerySet) -> AssetQuerySet:
    """With everything that a row shows, in two queries whatever their number."""
    return assets.select_related("source", "project", "created_by").prefetch_related("dubbings")


def page(assets: AssetQuerySet, *, before: int | None, statuses: list[str] | None, size: int = PAGE) -> Page:
    """The newest assets with a smaller id than ``before``.

    Several statuses are looked up one by one: each walks its index from the end, and none of them sorts.
    """
    older = assets.filter(pk__lt=before) if before else assets
    if statuses:
        heads = [list(older.filter(status=status).values_list("pk", flat=True)[: size + 1]) for status in statuses]
        ids = sorted((pk for head in heads for pk in head), reverse=True)[: size + 1]
    else:
        ids = list(older.values_list("pk", flat=True)[: size + 1])
    found = list(prefetched(assets.filter(pk__in=ids[:size])))
    return Page(rows(found), ids[size - 1] if len(ids) > size else 0)


def _row(asset: Asset) -> Row:
    chips = [
        Chip(dubbing.locale, states.of_language(asset.status, dubbing.status, doubtful=bool(dubbing.warning)))
        for dubbing in _in_order(asset)
    ]
    return Row(asset, states.of_asset(asset.status, doubtful=asset.is_doubtful), asset.is_late, chips)


def _in_order(asset: Asset) -> list[Dubbing]:
    return sorted(asset.dubbings.all(), key=lambda dubbing: dubbing.locale)
