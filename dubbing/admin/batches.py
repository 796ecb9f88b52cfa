"""Many at once: each row, and what stands in its way."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from dubbing.admin.base import LookOnly, TabularInline
from dubbing.models import Batch, BatchRow
from dubbing.platform import formatting


class BatchRowInline(TabularInline):
    """The rows, in their order."""

    model = BatchRow
    fields = readonly_fields = ("number", "asset", "status", "words", "minutes", "stale")
    extra = 0
    can_delete = False

    @admin.display(description=_("Minutes"))
    def minutes(self, row: BatchRow) -> str:
        """Weighted: what it will cost, or has."""
        return formatting.minutes(row.milliseconds / 1000)


@admin.register(Batch)
class BatchAdmin(LookOnly):
    """Read only: rows are corrected and sent by whoever put them together."""

    list_display = ("__str__", "kind", "project", "created_by", "size", "created_at")
    list_filter = ("kind", "created_at")
    search_fields = ("name", "project__name", "created_by__username")
    list_select_related = ("project", "created_by")
    inlines = (BatchRowInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Batch]:
        """With the number of rows."""
        batches: QuerySet[Batch] = super().get_queryset(request)
        return batches.annotate(size=Count("rows"))

    @admin.display(description=_("Rows"), ordering="size")
    def size(self, batch: Batch) -> int:
        """How many there are."""
        return int(batch.size)  # type: ignore[attr-defined]
