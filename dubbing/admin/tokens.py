"""Tokens of programs: they can be viewed and revoked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from dubbing.admin.base import LookOnly
from dubbing.models import ApiToken

if TYPE_CHECKING:
    from dubbing.models.tokens import ApiTokenQuerySet


@admin.register(ApiToken)
class ApiTokenAdmin(LookOnly):
    """Who has which token. Revoking one ends it at once."""

    list_display = ("name", "hint", "user", "project", "created_at", "expires_at", "last_used_at", "revoked_at")
    list_select_related = ("user", "project")
    search_fields = ("name", "user__username", "project__name")
    fields = (
        "user", "project", "name", "scopes", "hint", "expires_at", "last_used_at", "revoked_at", "revoked_by",
    )  # fmt: skip
    actions = ("revoke",)

    @admin.action(description=_("Revoke"), permissions=["operate"])
    def revoke(self, request: HttpRequest, queryset: ApiTokenQuerySet) -> None:
        """Revoke these tokens."""
        if request.user.is_authenticated:
            queryset.revoke(request.user)
