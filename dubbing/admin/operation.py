"""Admin pages about the portal itself: its processes, its alerts, and the checks of itself and of providers."""

from __future__ import annotations

from django.contrib import admin

from dubbing.admin.base import LookOnly
from dubbing.models import AccessCheck, Alert, ConsistencyCheck, Process

# The first page and the links back to it serve the same purpose, and lists need the room.
admin.site.enable_nav_sidebar = False


@admin.register(Process)
class ProcessAdmin(LookOnly):
    """Processes by their signs of life."""

    list_display = ("kind", "host", "pid", "version", "clock_offset", "started_at", "seen_at")
    list_filter = ("kind",)
    search_fields = ("host",)


@admin.register(Alert)
class AlertAdmin(LookOnly):
    """Problems that were announced, and when they were gone."""

    list_display = ("__str__", "problem", "figure", "announced_at", "seen_at", "cleared_at")
    list_filter = (("cleared_at", admin.EmptyFieldListFilter), "line")


@admin.register(AccessCheck)
class AccessCheckAdmin(LookOnly):
    """The last free call to each provider, and to the portal's own address."""

    list_display = ("subject", "outcome", "problem", "milliseconds", "checked_at", "failing_since", "next_at")
    list_filter = ("outcome",)
    exclude = ("lease_token",)


@admin.register(ConsistencyCheck)
class ConsistencyCheckAdmin(LookOnly):
    """What was lost, duplicated or forgotten, day by day."""

    list_display = ("checked_at", "violations", "doubts", "findings")
