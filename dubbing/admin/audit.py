"""The audit log: it can be searched and read."""

from __future__ import annotations

import json

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from dubbing.admin.base import LookOnly
from dubbing.models import AuditEvent


@admin.register(AuditEvent)
class AuditEventAdmin(LookOnly):
    """Who did what, permanently. Names are those of that time; people and projects may be gone."""

    list_display = ("at", "kind", "subject", "actor_name", "project_name", "address")
    list_filter = ("kind",)
    date_hierarchy = "at"
    searched_by = ("request_id", "actor_name", "project_name", "address", "position")
    search_help_text = _("Search for a person, a project, a network address, a request ID or a position.")
    fields = (
        "position", "at", "kind", "subject", "actor_name", "project_name", "address", "request_id", "shown_details",
        "previous", "hash",
    )  # fmt: skip
    readonly_fields = ("shown_details",)

    @admin.display(description=_("Details"))
    def shown_details(self, event: AuditEvent) -> SafeString:
        """The details, one value on each line."""
        return format_html("<pre>{}</pre>", json.dumps(event.data, indent=2, ensure_ascii=False, sort_keys=True))
