"""Share links and who used them: to be looked at, and links to be revoked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from dubbing.admin.base import LookOnly
from dubbing.models import ShareLink, ShareVisit

if TYPE_CHECKING:
    from dubbing.models.share_links import ShareLinkQuerySet


@admin.register(ShareLink)
class ShareLinkAdmin(LookOnly):
    """Who shares what, with whom. Revoking a link ends it at once."""

    list_display = ("name", "hint", "project", "created_by", "created_at", "expires_at", "revoked_at")
    list_select_related = ("project", "created_by")
    search_fields = ("name", "created_by__username", "project__name")
    fields = (
        "project", "version", "delivery", "created_by", "name", "hint", "may_comment", "may_download", "shows_source",
        "expires_at", "revoked_at", "revoked_by",
    )  # fmt: skip
    actions = ("revoke",)

    @admin.action(description=_("Revoke"), permissions=["operate"])
    def revoke(self, request: HttpRequest, queryset: ShareLinkQuerySet) -> None:
        """End these links."""
        if request.user.is_authenticated:
            queryset.revoke(request.user)


@admin.register(ShareVisit)
class ShareVisitAdmin(LookOnly):
    """Who used which link."""

    list_display = ("link", "kind", "address", "name", "what", "times", "at", "last_at")
    list_select_related = ("link",)
    list_filter = ("kind",)
    search_fields = ("link__name", "address", "name")
