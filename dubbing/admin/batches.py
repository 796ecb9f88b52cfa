"""Admin page of batches: each row, and why it cannot be sent."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from dubbing.admin.base import LookOnly, TabularInline
from dubbing.models import Batch, BatchRow, BulkAction, BulkItem
from dubbing.platform import formatting


class BatchRowInline(TabularInline):
    """The rows, in order."""

    model = BatchRow
    fields = readonly_fields = ("number", "asset", "status", "problems", "minutes", "stale")
    extra = 0
    can_delete = False

    @admin.display(description=_("Minutes"))
    def minutes(self, row: BatchRow) -> str:
        """Weighted minutes that the row will cost or has cost."""
        return formatting.minutes(row.milliseconds / 1000)


@admin.register(Batch)
class BatchAdmin(LookOnly):
    """Read only: rows are corrected and sent by the person who created the batch."""

    list_display = ("__str__", "kind", "project", "created_by", "size", "created_at")
    list_filter = ("kind", "created_at")
    search_fields = ("name", "project__name", "created_by__username")
    list_select_related = ("project", "created_by")
    inlines = (BatchRowInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Batch]:
        """Batches with their number of rows."""
        batches: QuerySet[Batch] = super().get_queryset(request)
        return batches.annotate(size=Count("rows"))

    @admin.display(description=_("Rows"), ordering="size")
    def size(self, batch: Batch) -> int:
        """Number of rows."""
        return int(batch.size)  # type: ignore[attr-defined]


@admin.register(BulkAction)
class BulkActionAdmin(LookOnly):
    """What is being done with many videos, and how far it has got."""

    list_display = ("id", "kind", "user", "project", "target", "tag", "created_at", "next_at", "finished_at")
    list_filter = ("kind", "finished_at")
    searched_by, searched_by_user, searched_by_project = ("id",), "user", "project"
    search_fields = ("user__username", "project__name")
    list_select_related = ("user", "project", "target")
    exclude = ("lease_token",)
    readonly_fields = ("items_by_status",)

    @admin.display(description=_("Videos"))
    def items_by_status(self, action: BulkAction) -> str:
        """Number of items in each status."""
        counted = action.items.order_by().values_list("status").annotate(count=Count("pk"))
        return ", ".join(f"{BulkItem.Status(status).label}: {count}" for status, count in counted)
