"""The coverage grid of a project: videos down, languages across, and what is to be done about the holes."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from dubbing.models import Asset, Membership, Project
from dubbing.platform import numbers, tables, workbooks
from dubbing.submissions import coverage
from dubbing.submissions.coverage import CellState
from dubbing.web.project import grid_page
from dubbing.web.shared import etags
from dubbing.web.shared.users import signed_in
from portal.polling import Fingerprint, Poll

_LAST = 2**63 - 1
MOST_IN_WORKBOOK = 5000
"""Videos in a workbook, which is made in memory. CSV has them all."""
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
def index(request: HttpRequest, pk: int) -> HttpResponse:
    """A page of the grid, newest first. ``?part=grid``: what the page looks at again; 304 while nothing moved."""
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    before = numbers.whole(request.GET.get("before"), low=1, high=_LAST)
    if request.GET.get("part") != "grid":
        return render(request, "project/grid.html", _context(request, project, before))
    drafts = Asset.objects.filter(project=project, created_by=signed_in(request), status=Asset.Status.DRAFT)
    whose = request.user.pk or 0 if drafts.exists() else 0
    poll = Poll(request, ("grid", pk, before, whose), partial(_fingerprint, pk, whose, before))
    if unchanged := poll.unchanged():
        return unchanged
    return poll.answer(render(request, "project/_grid.html", _context(request, project, before)))


@require_safe
def as_csv(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The whole grid as CSV."""
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    rows = grid_page.table(pk, signed_in(request), _columns(request, project))
    headers = {"Content-Disposition": _attached(project, "csv")}
    harmless = ([tables.harmless(cell) for cell in row] for row in rows)
    return StreamingHttpResponse(tables.written(harmless), content_type="text/csv; charset=utf-8", headers=headers)


@require_safe
def as_workbook(request: HttpRequest, pk: int) -> HttpResponse:
    """The same for Excel."""
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    rows = grid_page.table(pk, signed_in(request), _columns(request, project))
    cut = (row for _, row in zip(range(MOST_IN_WORKBOOK + 1), rows, strict=False))
    content = workbooks.written(cut, title=gettext("Grid"))
    return HttpResponse(content, content_type=_XLSX, headers={"Content-Disposition": _attached(project, "xlsx")})


def _columns(request: HttpRequest, project: Project) -> list[coverage.Column]:
    return coverage.whole(project.pk, signed_in(request)).columns


def _attached(project: Project, suffix: str) -> str:
    return content_disposition_header(True, f"grid-{slugify(project.name) or project.pk}.{suffix}") or ""


def _fingerprint(project_id: int, whose: int, before: int | None) -> Fingerprint:
    totals = coverage.totals(project_id, renew=True)
    counts = [(column.locale, column.counts) for column in totals.columns]
    size = coverage.PAGE + 1
    return etags.of_grid(project_id, user=whose, before=before or _LAST, size=size, totals=counts)


def _context(request: HttpRequest, project: Project, before: int | None) -> dict[str, Any]:
    grid = coverage.page(project.pk, request.user, before=before)
    role = Membership.objects.filter(project=project, user=signed_in(request)).values_list("role", flat=True).first()
    may_edit = role in Membership.EDITORS
    draw = grid_page.Cells(grid, project.pk, may_edit=may_edit)
    part = {"part": "grid"} | ({"before": before} if before else {})
    return {
        "project": project,
        "grid": grid,
        "rows": [(row, draw.of(row)) for row in grid.rows],
        "legend": [(coverage.LOOKS[state], count) for state, count in grid.totals.counts.items() if count],
        "may_edit": may_edit,
        "missing": grid.totals.counts[CellState.MISSING],
        "failed": grid.totals.counts[CellState.FAILED],
        "before": before,
        "part": urlencode(part),
        "most_in_workbook": MOST_IN_WORKBOOK,
    }
