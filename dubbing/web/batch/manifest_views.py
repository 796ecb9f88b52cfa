"""A manifest: uploaded or pasted, checked without creating anything, then made into drafts."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from dubbing import tasks
from dubbing.batches import batches, manifests
from dubbing.models import Batch, Project
from dubbing.platform import numbers
from dubbing.platform.errors import NotPossible
from dubbing.web.batch.row_forms import DryRun, examine
from dubbing.web.shared import responses
from dubbing.web.shared.users import signed_in


@require_http_methods(["GET", "POST"])
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what each row amounts to; create drafts from the rows if that was pressed."""
    project = get_object_or_404(Project.objects.editable_by(request.user), pk=pk)
    batch = _batch(request, project)
    if request.method != "POST":
        return _page(request, project, batch)
    file = request.FILES.get("file")
    data = file.read(manifests.MAX_BYTES + 1) if file else request.POST.get("text", "")
    if isinstance(data, str) and (cells := _changed_cells(request.POST)) and len(data) <= manifests.MAX_BYTES:
        data = manifests.changed(data, cells)
    run = examine(data, project, signed_in(request), batch=batch)
    wanted = run.wanted(also_bad=request.POST.get("action") == "all") if request.POST.get("action") else []
    if not wanted:
        return _page(request, project, batch, run, status=200 if run.good else 422)
    try:
        name = gettext("Manifest of %(moment)s") % {"moment": f"{timezone.localtime():%-d %B, %H:%M}"}
        made = manifests.make(project, signed_in(request), wanted, batch=batch, name=name)
    except NotPossible as problem:
        messages.error(request, str(problem))
        return _page(request, project, batch, run, status=422)
    for pk in batches.with_links(made):
        tasks.check_row_links.enqueue(pk)
    left = len(run.rows) - len(wanted) - len(run.unchanged)
    if left:
        message = gettext("%(left)s of %(total)s rows were skipped. Fix them and upload the manifest again.")
        messages.warning(request, message % {"left": left, "total": len(run.rows)})
    return redirect("batch", made.pk)


@require_safe
def template(request: HttpRequest, pk: int) -> HttpResponse:
    """Download an empty manifest with an example, to be filled in with a spreadsheet."""
    get_object_or_404(Project.objects.editable_by(request.user), pk=pk)
    return responses.text(request, manifests.template(), kind="text/csv; charset=utf-8", download_as="manifest.csv")


@require_safe
def template_as_workbook(request: HttpRequest, pk: int) -> HttpResponse:
    """Download the same as a workbook."""
    get_object_or_404(Project.objects.editable_by(request.user), pk=pk)
    return responses.workbook(manifests.template_rows(), title=gettext("Manifest"), name="manifest.xlsx")


def _changed_cells(data: QueryDict) -> dict[tuple[int, str], str]:
    """Cells that were edited on the page, and languages that were chosen for some of them."""
    cells: dict[tuple[int, str], str] = {}
    for name, text in data.items():
        place, number, column = (*name.split("-", 2), "", "")[:3]
        if place == "cell" and (row := numbers.whole(number)) is not None:
            cells[row, column] = str(text).strip()
    match data.get("instead", "").split("|"):
        case [number, column, code, instead]:
            if (at := (numbers.whole(number) or 0, column)) in cells:
                cells[at] = manifests.with_language(cells[at], code, instead)
    return cells


def _page(
    request: HttpRequest, project: Project, batch: Batch | None, run: DryRun | None = None, *, status: int = 200
) -> HttpResponse:
    context = {
        "project": project,
        "batch": batch,
        "run": run,
        "edited": any(name.startswith("cell-") for name in request.POST),
        "columns": manifests.COLUMNS,
        "most": manifests.MOST_ROWS,
        "max_bytes": manifests.MAX_BYTES,
    }
    return render(request, "batch/manifest.html", context, status=status)


def _batch(request: HttpRequest, project: Project) -> Batch | None:
    """The batch to correct, if one is named."""
    typed = request.POST.get("batch") or request.GET.get("batch") or ""
    if not typed:
        return None
    return get_object_or_404(Batch.objects.owned_by(request.user).filter(project=project), pk=numbers.whole(typed) or 0)
