"""Admin pages of the provider's versions and of the results we keep."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from dubbing import tasks
from dubbing.admin.base import LookOnly, ProviderFilter, note
from dubbing.models import Result, Version


@admin.register(Version)
class VersionAdmin(LookOnly):
    """View a version; try again to keep its result."""

    list_display = ("remote_id", "dubbing", "status", "remote_status", "keep", "keep_attempts", "next_keep_at")
    list_filter = ("status", "keep", ProviderFilter, "changed_at")
    search_fields = ("remote_id", "dubbing__asset__name")
    searched_by = ("remote_id", "dubbing__asset__remote_id")
    searched_by_asset = "dubbing__asset"
    list_select_related = ("dubbing__asset",)
    exclude = ("lease_token",)
    actions = ("keep_again",)

    @admin.action(description=_("Save the result now"), permissions=["operate"])
    def keep_again(self, request: HttpRequest, queryset: QuerySet[Version]) -> None:
        """Try now instead of waiting for the next attempt."""
        open_ones = queryset.filter(keep__in=[Version.Keep.WAITING, Version.Keep.STUCK])
        chosen = list(open_ones.select_related("dubbing__asset"))
        for version in chosen:
            due = {"keep": Version.Keep.WAITING, "keep_attempts": 0, "next_keep_at": timezone.now()}
            Version.objects.filter(pk=version.pk).update(**due)
            note(request, version.dubbing.asset, "keep again", version=version.pk)
            tasks.keep.enqueue(version.pk)
        message = ngettext(
            "Saving %(count)s result now. Results that are already saved stay as they are.",
            "Saving %(count)s results now. Results that are already saved stay as they are.",
            len(chosen),
        )
        self.message_user(request, message % {"count": len(chosen)})


@admin.register(Result)
class ResultAdmin(LookOnly):
    """Copies in our storage."""

    list_display = ("version", "size", "duration", "sha256", "kept_at", "warnings")
    list_filter = ("kept_at",)
    search_fields = ("sha256", "key", "version__remote_id", "version__dubbing__asset__name")
    searched_by = ("sha256", "key", "version__remote_id")
    searched_by_asset = "version__dubbing__asset"
    list_select_related = ("version__dubbing__asset",)
