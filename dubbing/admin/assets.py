"""Admin pages of assets, dubbings and events."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from dubbing import tasks
from dubbing.admin.base import LatelyFilter, LookOnly, OfAsset, ProviderFilter, TabularInline, note
from dubbing.models import Asset, Dubbing, Event


class LateFilter(admin.SimpleListFilter):
    """Assets still open past their deadline."""

    title = _("late")
    parameter_name = "late"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        """The only choice."""
        return [("yes", gettext("Late")), ("stuck", gettext("Stuck"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Asset]) -> QuerySet[Asset]:
        """Only late ones, if asked for."""
        if self.value() == "stuck":
            return queryset & Asset.objects.late().filter(stuck_at__lt=timezone.now())
        return queryset & Asset.objects.late() if self.value() == "yes" else queryset


class LengthFilter(admin.SimpleListFilter):
    """Assets for which the provider stated an implausible length."""

    title = _("length")
    parameter_name = "length"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        """The only choice."""
        return [("differs", gettext("Provider reports a different length"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Asset]) -> QuerySet[Asset]:
        """Only such assets, if asked for."""
        return queryset.filter(_odd_length()) if self.value() == "differs" else queryset


class DubbingInline(TabularInline):
    """The asset's languages."""

    model = Dubbing
    fields = readonly_fields = ("locale", "status", "remote_id", "error_code", "error_message", "changed_at")
    extra = 0
    can_delete = False


@admin.register(Asset)
class AssetAdmin(LookOnly):
    """View an asset; sync it with the provider."""

    list_display = (
        "name", "project", "status", "provider", "remote_id", "remote_status", "length", "created_by", "submitted_at",
    )  # fmt: skip
    list_filter = ("status", LateFilter, LengthFilter, ProviderFilter, "auto_generate", "created_at")
    search_fields = ("name", "remote_id", "submissions__reference")
    searched_by = ("remote_id", "submissions__reference")
    searched_by_asset, searched_by_project, searched_by_user = "pk", "project", "created_by"
    list_select_related = ("project", "created_by")
    inlines = (DubbingInline,)
    actions = ("sync_now",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Asset]:
        """Also reads whether the provider stated an implausible length."""
        assets: QuerySet[Asset] = super().get_queryset(request)
        return assets.annotate(odd_length=_odd_length())

    @admin.display(description=_("Length matches"), boolean=True)
    def length(self, asset: Asset) -> bool:
        """Whether the provider's length agrees with what we measured. The asset's events have the figures."""
        return not getattr(asset, "odd_length", False)

    @admin.action(description=_("Check with the provider now"), permissions=["operate"])
    def sync_now(self, request: HttpRequest, queryset: QuerySet[Asset]) -> None:
        """Sync each chosen asset."""
        known = queryset.exclude(remote_id="")
        for asset in known:
            Asset.objects.ask(asset.pk)
            note(request, asset, "sync now")
            tasks.sync.enqueue(asset.pk)
        message = ngettext(
            "Checking %(count)s video. Videos that were never sent are skipped.",
            "Checking %(count)s videos. Videos that were never sent are skipped.",
            len(known),
        )
        self.message_user(request, message % {"count": len(known)})


@admin.register(Dubbing)
class DubbingAdmin(LookOnly):
    """One asset in one target locale."""

    list_display = ("asset", "locale", "status", "remote_id", "error_code", "changed_at")
    list_filter = ("status", OfAsset, ("locale", LatelyFilter), "changed_at")
    search_fields = ("asset__name", "remote_id")
    searched_by = ("remote_id", "asset__remote_id")
    searched_by_asset = "asset"
    list_select_related = ("asset",)


def _odd_length() -> Exists:
    return Exists(Event.objects.filter(asset=OuterRef("pk"), kind=Event.Kind.LENGTH_DIFFERS))


@admin.register(Event)
class EventAdmin(LookOnly):
    """What happened, permanently."""

    list_display = ("at", "kind", "asset", "locale", "actor", "cause", "data")
    list_filter = ("kind", ("cause", LatelyFilter), "at")
    search_fields = ("asset__name", "asset__remote_id", "actor__username")
    searched_by = ("asset__remote_id", "asset__submissions__reference")
    searched_by_asset, searched_by_user = "asset", "actor"
    list_select_related = ("asset", "actor")
