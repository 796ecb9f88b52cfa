"""The outcome for many videos: how far it is, which were left unchanged and why, and the others."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.paginator import Page, Paginator
from django.db.models import Case, Count, When
from django.utils.translation import gettext, ngettext

from dubbing.assets import bulk
from dubbing.models import Asset, BulkAction, BulkItem
from dubbing.platform import formatting
from dubbing.web.shared import bulk_forms

if TYPE_CHECKING:
    from django.contrib.auth.models import User

SIZE = 100
_STATUSES = [BulkItem.Status.REFUSED, BulkItem.Status.DONE, BulkItem.Status.UNCHANGED, BulkItem.Status.WAITING]


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One video: ``name`` is empty if this person may not see it, ``in_trash`` links to the trash."""

    item: BulkItem
    name: str

    @property
    def tone(self) -> str:
        """The tone of its outcome."""
        return {"done": "green", "refused": "red"}.get(self.item.status, "grey")

    @property
    def icon(self) -> str:
        """The outcome's icon."""
        return {"done": "check", "refused": "circle-x", "waiting": "circle-dashed"}.get(self.item.status, "minus")


@dataclass(frozen=True, slots=True)
class BulkPage:
    """The page."""

    action: BulkAction
    title: str
    back: str
    counts: Counter[str]
    rows: list[ItemRow]
    pages: Page[BulkItem]
    may_undo: bool
    undone_by: int | None

    @property
    def total(self) -> int:
        """The number of videos."""
        return sum(self.counts.values())

    @property
    def handled(self) -> int:
        """The number of videos that are finished."""
        return self.total - self.counts[BulkItem.Status.WAITING]

    @property
    def is_finished(self) -> bool:
        """Whether all videos are finished."""
        return self.action.finished_at is not None

    @property
    def summary(self) -> str:
        """ "12 done, 2 not done"."""
        each = [
            (BulkItem.Status.DONE, ngettext("%(count)s done", "%(count)s done", self.counts["done"])),
            (
                BulkItem.Status.UNCHANGED,
                ngettext("%(count)s unchanged", "%(count)s unchanged", self.counts["unchanged"]),
            ),
            (BulkItem.Status.REFUSED, ngettext("%(count)s not done", "%(count)s not done", self.counts["refused"])),
        ]
        parts = [label % {"count": self.counts[status]} for status, label in each if self.counts[status]]
        return ", ".join(parts)

    @property
    def shown(self) -> list[object]:
        """Everything visible, as plain values: the page changes if and only if they do."""
        rows = [(row.item.pk, row.item.status, row.item.reason, row.name) for row in self.rows]
        return [sorted(self.counts.items()), rows, self.may_undo, self.undone_by, self.is_finished]


def build(action: BulkAction, user: User, number: int) -> BulkPage:
    """The page, in a fixed number of queries. What was not done comes first."""
    action.refresh_from_db(fields=["finished_at"])
    counted = action.items.order_by().values_list("status").annotate(count=Count("pk"))
    order = Case(*(When(status=status, then=position) for position, status in enumerate(_STATUSES)))
    pages = Paginator(action.items.order_by(order, "position"), SIZE).get_page(number)
    items = list(pages.object_list)
    ids = [item.asset_id for item in items]
    seen = Asset.objects.visible_to(user).filter(pk__in=ids) | Asset.objects.trashed_for(user).filter(pk__in=ids)
    names = {asset.pk: str(asset) for asset in seen.only("pk", "name")}
    undone_by = BulkAction.objects.filter(undoes=action).values_list("pk", flat=True).first()
    counts = Counter(dict(counted))
    may_undo = bool(action.finished_at and counts["done"] and undone_by is None and bulk.undo_kind(action))
    return BulkPage(
        action,
        _title(action),
        bulk_forms.list_address(action.project, action.query),
        counts,
        [ItemRow(item, names.get(item.asset_id, "")) for item in items],
        pages,
        may_undo,
        undone_by,
    )


def _title(action: BulkAction) -> str:
    names = {
        "tag": formatting.isolated(action.tag),
        "project": formatting.isolated(action.target.name) if action.target else "",
    }
    titles = {
        BulkAction.Kind.TAG: gettext("Add the tag “%(tag)s”"),
        BulkAction.Kind.UNTAG: gettext("Remove the tag “%(tag)s”"),
        BulkAction.Kind.MOVE: gettext("Move to %(project)s"),
    }
    return titles.get(BulkAction.Kind(action.kind), str(action.get_kind_display())) % names
