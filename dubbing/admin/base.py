"""Base classes and filters of the admin pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator as _Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from dubbing import providers
from dubbing.models import Asset, Event, Project, name_search

# Generic only for the type checker.
if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    Paginator = _Paginator[Any]
    TabularInline = admin.TabularInline[Any, Any]
else:
    ModelAdmin, TabularInline, Paginator = admin.ModelAdmin, admin.TabularInline, _Paginator


class ProviderFilter(admin.SimpleListFilter):
    """Rows of one provider; ``path`` leads from the row to the provider's name."""

    title = _("provider")
    parameter_name = "provider"
    path = "provider"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        """Every registered provider."""
        return [(name, providers.label(name)) for name in providers.all_names()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Only rows of the chosen provider."""
        return queryset.filter(**{self.path: self.value()}) if self.value() else queryset


class OfAsset(ProviderFilter):
    """Rows that belong to an asset of the provider."""

    path = "asset__provider"


class LatelyFilter(admin.AllValuesFieldListFilter):
    """The values that a column has in its newest rows: reading those of a million would take too long."""

    NEWEST = 2000

    def __init__(self, field: Any, request: Any, params: Any, model: type[Model], *others: Any, **named: Any) -> None:
        super().__init__(field, request, params, model, *others, **named)
        rows = model._default_manager.order_by("-pk")
        newest = rows.filter(pk__in=rows.values("pk")[: self.NEWEST])
        self.lookup_choices = newest.order_by(field.name).values_list(field.name, flat=True).distinct()


class NewestPaginator(Paginator):
    """Counts up to a limit: beyond it people search or filter, and counting a million rows would take too long."""

    MOST = 5000

    @cached_property
    def count(self) -> int:
        """The number of rows, at most ``MOST``."""
        rows: Any = self.object_list
        return int(rows[: self.MOST].count())


class LookOnly(ModelAdmin):
    """Rows that nobody types: they can be read and searched, and only actions change them.

    There may be a million of them, so each kind of search uses an index, and only the newest matches of each are shown:
    ``searched_by`` are ids and references, which have to be complete; ``searched_by_asset`` leads to the asset, any
    part of whose name will do; ``searched_by_user`` to a person, by their user name; ``searched_by_project`` to a
    project.
    """

    show_full_result_count = False
    list_per_page = 50
    paginator = NewestPaginator
    searched_by: tuple[str, ...] = ()
    searched_by_asset = searched_by_user = searched_by_project = ""
    MOST_LISTED = 500

    def get_search_fields(self, request: HttpRequest) -> list[str] | tuple[str, ...]:
        """What the page is searched by; where there is something, it has a search box."""
        return super().get_search_fields(request) or self.searched_by

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The newest rows that one of the searches finds."""
        query = search_term.replace("\0", "").strip().strip("\"'")
        if not (self.searched_by and query):
            return super().get_search_results(request, queryset, search_term)
        rows = self.model._default_manager.order_by()
        # Unordered: an id has few rows, and to find the newest first a database may read all rows.
        exact = [rows.filter(**{f"{field}__in": _spellings(self.model, field, query)}) for field in self.searched_by]
        named = [
            rows.filter(**{f"{path}__in": ids}).order_by("-pk") for path, ids in self._named(query) if path and ids
        ]
        keys = {pk for some in (*exact, *named) for pk in some.values_list("pk", flat=True)[: self.MOST_LISTED]}
        return queryset.filter(pk__in=keys), False

    def _named(self, query: str) -> Iterator[tuple[str, list[int]]]:
        """For each path that a name may belong to, the ids of those with this name."""
        if self.searched_by_asset and len(query) >= name_search.LEAST:
            yield self.searched_by_asset, name_search.newest_named(Asset.objects.all(), query, self.MOST_LISTED)
        if self.searched_by_project:
            yield self.searched_by_project, list(_ids(Project.objects.filter(name__icontains=query)))
        if self.searched_by_user:
            yield self.searched_by_user, list(_ids(User.objects.filter(username__iexact=query)))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Rows come from people's work and from the provider."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing is ever deleted."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Statuses are not edited by hand."""
        return False

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Whether the person may run actions: the permission to change the row."""
        return request.user.has_perm(f"dubbing.change_{self.opts.model_name}")


def _ids(rows: QuerySet[Any]) -> Iterable[int]:
    return rows.order_by("-pk").values_list("pk", flat=True)[:50]


def _spellings(model: type[Model], field: str, text: str) -> list[Any]:
    """The text as typed, and in the spelling of references; empty if it cannot be such an id."""
    last: Any = model
    for part in field.split("__"):
        owner: Any = last if isinstance(last, type) else last.related_model
        last = owner._meta.get_field(part)
    try:
        return list({last.to_python(each) for each in (text, text.upper(), text.lower())})
    except ValidationError:
        return []


def note(request: HttpRequest, asset: Asset, action: str, **data: Any) -> None:
    """Record an administrator's action as an event."""
    Event.objects.record(asset, Event.Kind.OPS, actor=request.user, cause="admin", action=action, **data)
