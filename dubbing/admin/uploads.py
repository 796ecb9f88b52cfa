"""Admin pages of uploaded files and checked links."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from dubbing import tasks
from dubbing.admin.base import LookOnly, note
from dubbing.models import Link, Upload
from dubbing.platform import formatting
from dubbing.uploads import previews


@admin.register(Upload)
class UploadAdmin(LookOnly):
    """Files, from creation to preview."""

    list_display = ("name", "kind", "status", "preview", "declared_size", "duration", "owner", "next_at", "created_at")
    list_filter = ("status", "preview", "kind", "created_at")
    search_fields = ("id", "name", "sha256", "owner__username")
    searched_by = ("id", "sha256", "name", "key")
    searched_by_asset, searched_by_user = "source_of", "owner"
    list_select_related = ("owner",)
    actions = ("make_preview_again",)

    @admin.display(description=_("Size"), ordering="size")
    def declared_size(self, upload: Upload) -> str:
        """The size as people read it."""
        return formatting.size(upload.size)

    @admin.action(description=_("Create the preview again"), permissions=["operate"])
    def make_preview_again(self, request: HttpRequest, queryset: QuerySet[Upload]) -> None:
        """For videos whose preview could not be made, or was lost with its folder."""
        uploads = [upload for upload in queryset if previews.want_again(upload)]
        for upload in uploads:
            for asset in upload.source_of.all():
                note(request, asset, "make the preview again", upload=str(upload.pk))
            tasks.preview.enqueue(upload.pk)
        message = ngettext(
            "Creating %(count)s preview. Files that cannot be used or are in progress are skipped.",
            "Creating %(count)s previews. Files that cannot be used or are in progress are skipped.",
            len(uploads),
        )
        self.message_user(request, message % {"count": len(uploads)})


@admin.register(Link)
class LinkAdmin(LookOnly):
    """The result of checking a link. It is checked again automatically, so there is nothing to do here."""

    list_display = ("url", "kind", "status", "duration", "owner", "looked_at")
    list_filter = ("status", "kind", "looked_at")
    search_fields = ("url", "owner__username")
    list_select_related = ("owner",)
