"""Several videos: files and settings in one place, and a separate outcome for every row."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dubbing import subtitles, tasks
from dubbing.batches import batches, manifests, subtitle_files
from dubbing.batches.batches import AddedFile
from dubbing.drafts.draft import FILES_FIELD
from dubbing.models import Batch, Preset, Project, Upload
from dubbing.platform import locales, numbers
from dubbing.platform.errors import NotPossible
from dubbing.web.asset_form.page import DraftPage
from dubbing.web.batch import page as pages
from dubbing.web.batch.row_forms import SharedForm, check_with_links, checking, defaults, of_preset
from dubbing.web.shared import etags, responses
from dubbing.web.shared.users import signed_in
from portal.input_gate import json_of
from portal.page_polling import Poll

log = logging.getLogger(__name__)

STOP_POLLING = 286  # htmx's own status
_LARGEST_ANNOUNCEMENT = 256 * 1024
_LONGEST_NAME = 255  # no file system has longer names


@require_http_methods(["GET", "POST"])
def create(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose between files and a manifest; a POST creates a batch for files."""
    project = get_object_or_404(Project.objects.editable_by(request.user), pk=pk)
    if request.method == "POST":
        user = signed_in(request)
        name = gettext("Batch of %(moment)s") % {"moment": f"{timezone.localtime():%-d %B, %H:%M}"}
        return redirect("batch", batches.start(project, user, shared=defaults(project, user), name=name).pk)
    mine = Batch.objects.owned_by(request.user).filter(project=project).exclude(rows=None)
    context = {"project": project, "recent": mine[:10], "columns": manifests.COLUMNS, "most": manifests.MOST_ROWS}
    return render(request, "batch/new.html", context)


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the rows, what they share, and the button."""
    return _page(request, _batch(request, pk))


@require_safe
def status(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the changing part of the page: 304 if nothing changed, 286 once nothing changes any more."""
    batch, number = _batch(request, pk), _number(request)
    poll = Poll(request, ("batch", pk, number), partial(etags.of_batch, pk, number))
    if poll.fingerprint.due:
        batches.refresh(batch, signed_in(request), checking(batch.project))
        poll.refresh()
    if unchanged := poll.unchanged():
        return unchanged
    page = pages.build(batch, number=number)
    code = 200 if page.moving else STOP_POLLING
    return poll.answer(render(request, "batch/_rows.html", {"page": page, "batch": batch}, status=code))


@require_POST
def add_files(request: HttpRequest, pk: int) -> HttpResponse:
    """Create a draft for each of ``{files: [{name, size}]}``, and return where to upload it."""
    batch = _batch(request, pk)
    files = _announced(request)
    if files is None:
        return JsonResponse({"message": gettext("The request must state the name and size of each file.")}, status=400)
    added = batches.add_files(batch, signed_in(request), files)
    return JsonResponse({"files": [_file_answer(file) for file in added]})


@require_POST
def share(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the settings of all rows, or apply a preset if that was pressed."""
    batch, user = _batch(request, pk), signed_in(request)
    wanted: Any = request.POST
    if request.POST.get("action") == "preset":
        preset = _preset(request, batch)
        if preset is None:
            messages.error(
                request, gettext("This preset is not in the project. It may have been deleted. Choose another one.")
            )
            return redirect("batch", pk)
        wanted = of_preset(preset, batch.shared)
    shared = SharedForm(batch, user, wanted)
    if shared.is_valid:
        batches.share(batch, user, shared.typed)
    if _by_script(request):
        batch.refresh_from_db()
        context = _settings(request, batch, shared if not shared.is_valid else None) | {"saved": shared.is_valid}
        return render(request, "batch/_settings.html", context | {"failed": not shared.is_valid})
    if not shared.is_valid:
        return _page(request, batch, shared, status=422)
    messages.success(request, gettext("Settings applied to every row. Changes you made in a row are kept."))
    return redirect("batch", pk)


@require_POST
def send(request: HttpRequest, pk: int) -> HttpResponse:
    """Send what can be sent, each row separately: a paid step. The page shows each outcome."""
    batch = _batch(request, pk)
    tasks.enqueue_submissions(batches.send(batch, signed_in(request), check_with_links))
    tasks.enqueue_link_checks()
    if _by_script(request):
        page = pages.build(batch, number=_number(request))
        return render(request, "batch/_rows.html", {"page": page, "batch": batch})
    return redirect(f"{reverse('batch', args=[pk])}#outcome")


@require_POST
def remove(request: HttpRequest, pk: int, row_pk: int) -> HttpResponse:
    """Remove a row and its draft."""
    batch = _batch(request, pk)
    row = get_object_or_404(batch.rows.select_related("asset"), pk=row_pk)
    try:
        batches.remove(row, signed_in(request))
    except NotPossible as problem:
        if _by_script(request):
            return HttpResponse(str(problem), status=409, content_type="text/plain; charset=utf-8")
        messages.error(request, str(problem))
    return HttpResponse(status=204) if _by_script(request) else redirect("batch", pk)


@require_POST
def add_subtitles(request: HttpRequest, pk: int) -> HttpResponse:
    """Add subtitle files to any of the rows: each to the video and the language in its name."""
    batch, user = _batch(request, pk), signed_in(request)
    added = subtitle_files.add(batch, user, request.FILES.getlist(FILES_FIELD))
    context = {"batch": batch, "added": added, "placed": [file for file in added if file.slot]}
    context["open"] = [file for file in added if not file.slot]
    if _by_script(request):
        return render(request, "batch/_subtitles.html", context)
    return _page(request, batch, also=context)


@require_safe
def outcome(request: HttpRequest, pk: int) -> HttpResponse:
    """Download the outcome of each row for a spreadsheet."""
    text = manifests.outcome(*_refreshed(request, pk))
    return responses.text(request, text, kind="text/csv; charset=utf-8", download_as=f"batch-{pk}.csv")


@require_safe
def outcome_as_workbook(request: HttpRequest, pk: int) -> HttpResponse:
    """Download the same as a workbook."""
    rows = manifests.outcome_rows(*_refreshed(request, pk))
    return responses.workbook(rows, title=gettext("Outcome"), name=f"batch-{pk}.xlsx")


def _refreshed(request: HttpRequest, pk: int) -> tuple[Batch, str]:
    """The batch with up-to-date checks of its rows, and the address of an asset, with ``{}`` for its number."""
    batch = _batch(request, pk)
    batches.refresh(batch, signed_in(request), checking(batch.project), seconds=2)
    return batch, request.build_absolute_uri(reverse("asset", args=[0])).replace("/0/", "/{}/")


def _page(
    request: HttpRequest,
    batch: Batch,
    shared: SharedForm | None = None,
    *,
    status: int = 200,
    also: dict[str, Any] | None = None,
) -> HttpResponse:
    user = signed_in(request)
    batches.refresh(batch, user, checking(batch.project), seconds=0.02)
    context = _settings(request, batch, shared) | {
        "page": pages.build(batch, number=_number(request)),
        "failed": status != 200,
        "max_bytes": settings.UPLOAD_MAX_BYTES,
        "most": batches.MOST_ROWS,
        "max_text_bytes": subtitles.MAX_BYTES,
    }
    return render(request, "batch/page.html", context | (also or {}), status=status)


def _settings(request: HttpRequest, batch: Batch, shared: SharedForm | None) -> dict[str, Any]:
    """The context for the form of shared settings."""
    form = (shared or SharedForm(batch, signed_in(request))).form
    return {
        "batch": batch,
        "project": batch.project,
        "form": form,
        "can": form.can,
        "chosen": form.chosen_codes(),
        "languages": locales.targets(among=form.table),
        "options": DraftPage(form),
        "presets": Preset.objects.filter(project=batch.project),
    }


def _by_script(request: HttpRequest) -> bool:
    """Whether the page's script asks. The page stays then: leaving it would cut uploads in progress."""
    return bool(getattr(request, "htmx", False))


def _batch(request: HttpRequest, pk: int) -> Batch:
    return get_object_or_404(Batch.objects.owned_by(request.user).select_related("project"), pk=pk)


def _number(request: HttpRequest) -> int:
    return numbers.whole(request.GET.get("page"), high=batches.MOST_ROWS) or 1


def _preset(request: HttpRequest, batch: Batch) -> Preset | None:
    return Preset.objects.filter(project=batch.project, pk=numbers.whole(request.POST.get("preset")) or 0).first()


def _announced(request: HttpRequest) -> list[tuple[str, int]] | None:
    """The files in the request; None if they are invalid."""
    try:
        asked = json_of(request, most=_LARGEST_ANNOUNCEMENT)
        files = [(file["name"], file["size"]) for file in asked["files"]]
    except (KeyError, TypeError):
        return None
    sound = all(
        isinstance(name, str)
        and 0 < len(name) <= _LONGEST_NAME
        and type(size) is int
        and numbers.whole(size) is not None
        for name, size in files
    )
    return files if sound and 0 < len(files) <= batches.MOST_ROWS else None


def _file_answer(added: AddedFile) -> dict[str, Any]:
    """``url``: an upload of the file that the server is still receiving, to be resumed."""
    answer: dict[str, Any] = {"name": added.name, "has_file": added.has_file, "message": added.message}
    row = added.row
    if row is None:
        return answer
    begun = row.waits_for if row.waits_for and row.waits_for.status == Upload.Status.RECEIVING else None
    url = f"{reverse('upload', args=[begun.pk])}?asset={row.asset_id}" if begun else None
    return answer | {"asset": row.asset_id, "url": url, "size": begun.size if begun else None}
