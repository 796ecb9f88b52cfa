"""What all admin pages share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from dubbing import providers
from dubbing.models import Asset, Event

# Generic only for the type checker.
if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
else:
    ModelAdmin, TabularInline = admin.ModelAdmin, admin.TabularInline


class ProviderFilter(admin.SimpleListFilter):
    """Rows of one provider; ``path`` leads from the row to the provider's name."""

    title = parameter_name = "provider"
    path = "provider"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        """Every provider there is a module for."""
        return [(name, providers.label(name)) for name in providers.all_names()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Only those of the chosen one."""
        return queryset.filter(**{self.path: self.value()}) if self.value() else queryset


class OfAsset(ProviderFilter):
    """Rows that belong to an asset of the provider."""

    path = "asset__provider"


class LookOnly(ModelAdmin):
    """Rows that nobody types: they can be read and searched, and only actions change them."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Rows come from people's work and from the provider."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing is lost."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """States are not typed."""
        return False

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Who may run the actions: those who could change the row by Django's own permissions."""
        return request.user.has_perm(f"dubbing.change_{self.opts.model_name}")


def note(request: HttpRequest, asset: Asset, action: str, **data: Any) -> None:
    """Write down that ops did something."""
    Event.objects.record(asset, Event.Kind.OPS, actor=request.user, cause="admin", action=action, **data)
