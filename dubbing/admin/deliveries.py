"""Admin pages of deliveries and of who downloaded them."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from dubbing.admin.base import LookOnly
from dubbing.models import Delivery, DeliveryDownload
from dubbing.platform import formatting


@admin.register(Delivery)
class DeliveryAdmin(LookOnly):
    """Read only: whoever created a delivery, or a project owner, deletes it in the portal."""

    list_display = (
        "__str__", "project", "status", "created_by", "recipients", "files", "bytes", "created_at", "expires_at",
    )  # fmt: skip
    list_filter = ("status", "created_at")
    search_fields = ("recipients", "project__name", "created_by__username")
    searched_by, searched_by_project, searched_by_user = ("id",), "project", "created_by"
    list_select_related = ("project", "created_by")
    exclude = ("lease_token", "texts_key", "size")
    readonly_fields = ("files", "bytes")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        """Deliveries with the number of their files."""
        deliveries: QuerySet[Delivery] = super().get_queryset(request)
        return deliveries.annotate(file_count=Count("entries"))

    @admin.display(description=_("Files"), ordering="file_count")
    def files(self, delivery: Delivery) -> int:
        """How many files it has."""
        return int(delivery.file_count)  # type: ignore[attr-defined]

    @admin.display(description=_("Size"), ordering="size")
    def bytes(self, delivery: Delivery) -> str:
        """Size of all files together."""
        return formatting.size(delivery.size)


@admin.register(DeliveryDownload)
class DeliveryDownloadAdmin(LookOnly):
    """Who downloaded which delivery, or which file of it, and when."""

    list_display = ("at", "delivery", "entry", "user", "resumed")
    list_filter = ("at",)
    search_fields = ("entry__name", "user__username", "delivery__project__name")
    searched_by, searched_by_project, searched_by_user = ("delivery__id",), "delivery__project", "user"
    list_select_related = ("delivery", "entry", "user")
    raw_id_fields = ("entry",)
