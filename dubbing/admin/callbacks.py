"""Admin page of received callbacks."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from dubbing import tasks
from dubbing.admin.base import LatelyFilter, LookOnly, note
from dubbing.models import Asset, Callback


@admin.register(Callback)
class CallbackAdmin(LookOnly):
    """Raw deliveries; processing one again only causes another sync."""

    list_display = (
        "received_at",
        "event",
        "submission",
        "remote_asset_id",
        "remote_version_id",
        "count",
        "processed_at",
    )
    list_filter = (("event", LatelyFilter), "received_at", "processed_at")
    search_fields = ("remote_asset_id", "remote_version_id", "submission__reference", "submission__asset__name")
    searched_by = ("remote_asset_id", "remote_version_id", "submission__reference")
    searched_by_asset = "submission__asset"
    list_select_related = ("submission",)
    fields = ("submission", "raw", "sha256", "event", "count", "received_at", "last_received_at", "processed_at")
    readonly_fields = ("raw",)
    actions = ("process_again",)

    @admin.display(description=_("body"))
    def raw(self, callback: Callback) -> str:
        """The body's text."""
        return bytes(callback.body).decode("utf-8", "replace")

    @admin.action(description=_("Process again"), permissions=["operate"])
    def process_again(self, request: HttpRequest, queryset: QuerySet[Callback]) -> None:
        """Handle each chosen delivery as if it had just arrived."""
        chosen = list(queryset.select_related("submission__asset"))
        for callback in chosen:
            Callback.objects.filter(pk=callback.pk).update(processed_at=None)
            Asset.objects.mark(callback.submission.asset_id)
            note(request, callback.submission.asset, "process a callback again", callback=callback.pk)
            tasks.sync.enqueue(callback.submission.asset_id)
        message = ngettext("Processing %(count)s callback again.", "Processing %(count)s callbacks again.", len(chosen))
        self.message_user(request, message % {"count": len(chosen)})
