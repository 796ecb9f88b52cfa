"""Admin pages of the minutes of all projects: ledger entries and monthly totals. A project's limit is set on its own
page."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dubbing.admin.base import LookOnly
from dubbing.models import LedgerEntry, MonthlyTotal, MonthlyUse
from dubbing.platform import formatting


@admin.register(LedgerEntry)
class LedgerEntryAdmin(LookOnly):
    """What was reserved, used and released. Entries never change."""

    list_display = ("at", "project", "month", "asset", "locale", "kind", "minutes", "actor", "note")
    list_filter = ("kind", "month", "project")
    search_fields = ("asset__name", "submission__reference", "actor__username")
    searched_by = ("submission__reference",)
    searched_by_asset, searched_by_user = "asset", "actor"
    list_select_related = ("project", "asset", "actor")

    @admin.display(description=_("Minutes"))
    def minutes(self, line: LedgerEntry) -> str:
        """Signed: what the entry adds to the month."""
        return f"{line.milliseconds / 60_000:+.2f}"


@admin.register(MonthlyUse)
class MonthlyUseAdmin(LookOnly):
    """What a project has reserved and used in a month, and its limit."""

    list_display = ("project", "month", "used", "allowance")
    list_filter = ("month", "project")
    search_fields = ("project__name",)
    list_select_related = ("project",)

    @admin.display(description=_("Used and reserved"), ordering="milliseconds")
    def used(self, use: MonthlyUse) -> str:
        """In minutes."""
        return formatting.minutes(use.milliseconds / 1000)

    @admin.display(description=_("Monthly minutes"))
    def allowance(self, use: MonthlyUse) -> str:
        """The project's present limit, which may differ from that of the month."""
        return gettext("no limit") if use.project.monthly_minutes is None else f"{use.project.monthly_minutes:,} min"


@admin.register(MonthlyTotal)
class MonthlyTotalAdmin(LookOnly):
    """What all projects together have reserved and used in a month, and their limit."""

    list_display = ("month", "used", "allowance")
    search_fields = ("month",)

    @admin.display(description=_("Used and reserved"), ordering="milliseconds")
    def used(self, total: MonthlyTotal) -> str:
        """In minutes."""
        return formatting.minutes(total.milliseconds / 1000)

    @admin.display(description=_("Shared by all projects"))
    def allowance(self, total: MonthlyTotal) -> str:
        """Their present limit (``ORGANISATION_MINUTES``)."""
        cap = settings.ORGANISATION_MINUTES
        return gettext("no limit") if cap is None else f"{cap:,} min"
