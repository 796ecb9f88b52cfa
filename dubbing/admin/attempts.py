"""Admin page of counted attempts: who was refused because of too many."""

from __future__ import annotations

from django.contrib import admin

from dubbing.admin.base import ModelAdmin
from dubbing.models import Attempt


@admin.register(Attempt)
class AttemptAdmin(ModelAdmin):
    """Deleting a row lets its person or address try again at once."""

    list_display = ("what", "who", "begun_at", "count")
    list_filter = ("what",)
    search_fields = ("who",)
    readonly_fields = ("what", "who", "begun_at", "count")

    def has_add_permission(self, request: object) -> bool:
        """Rows come from what people and strangers do."""
        return False
