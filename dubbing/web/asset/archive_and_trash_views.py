"""Archive an asset, move it to another project or to trash, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from dubbing.assets import archive as archives
from dubbing.assets import moves
from dubbing.assets import trash as trashes
from dubbing.models import Asset
from dubbing.platform import formatting, numbers
from dubbing.platform.errors import NotPossible
from dubbing.web.shared.users import signed_in


@require_POST
def archive(request: HttpRequest, pk: int) -> HttpResponse:
    """Archive an asset: lists leave it out."""
    asset = _editable(request, pk)
    if _is_done(request, archives.archive, asset, signed_in(request)):
        undo = reverse("asset-unarchive", args=[pk])
        messages.success(request, gettext("Archived. It no longer appears in lists."), extra_tags=undo)
    return redirect("asset", pk)


@require_POST
def unarchive(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an asset out of the archive."""
    archives.unarchive(_editable(request, pk), signed_in(request))
    messages.success(request, gettext("Unarchived. It appears in lists again."))
    return redirect("asset", pk)


@require_POST
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Move an asset to another project in which the person is also an editor."""
    asset = _editable(request, pk)
    chosen = numbers.whole(request.POST.get("project")) or 0
    project = get_object_or_404(moves.targets(asset, signed_in(request)), pk=chosen)
    if _is_done(request, moves.move_asset, asset, project, signed_in(request)):
        message = gettext("Moved to %(project)s. The minutes it used stay with %(before)s.")
        names = {"project": project.name, "before": asset.project.name}
        messages.success(request, message % {key: formatting.isolated(name) for key, name in names.items()})
    return redirect("asset", pk)


@require_POST
def trash(request: HttpRequest, pk: int) -> HttpResponse:
    """Move an asset to the trash, with an undo."""
    asset = _editable(request, pk)
    if not _is_done(request, trashes.trash, asset, signed_in(request)):
        return redirect("asset", pk)
    message = gettext("Moved “%(video)s” to trash.") % {"video": formatting.isolated(str(asset))}
    messages.success(request, message, extra_tags=reverse("asset-restore", args=[pk]))
    return redirect("project", asset.project_id)


@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Restore an asset from the trash."""
    asset = get_object_or_404(Asset.objects.restorable_by(request.user), pk=pk)
    if not _is_done(request, trashes.restore, asset, signed_in(request)):
        return redirect("project-trash", asset.project_id)
    messages.success(request, gettext("Restored."))
    return redirect("asset", pk)


def _editable(request: HttpRequest, pk: int) -> Asset:
    return get_object_or_404(Asset.objects.editable_by(request.user), pk=pk)


def _is_done(request: HttpRequest, change: Callable[..., Any], *given: Any) -> bool:
    """Make the change and return whether it was possible; if not, the next page says why."""
    try:
        change(*given)
    except NotPossible as problem:
        messages.error(request, str(problem))
        return False
    return True
