"""The grid of a project: videos down, languages across, with actions for missing languages."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.text import slugify
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from dubbing.models import Asset, Membership, Project
from dubbing.platform import numbers, tables
from dubbing.submissions import coverage
from dubbing.submissions.coverage import CellState
from dubbing.web.project import filter_choices, grid_page, video_filters, video_list
from dubbing.web.project.filter_choices import FilterChoice
from dubbing.web.project.video_filters import Filters
from dubbing.web.shared import etags, responses
from dubbing.web.shared.users import signed_in
from portal.page_polling import Fingerprint, Poll

_LAST = 2**63 - 1
MOST_IN_WORKBOOK = 5000
"""Maximum number of videos in a workbook, which is made in memory. CSV has them all."""


@require_safe
def index(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a page of the grid, newest first. ``?part=grid``: the part that the page polls; 304 if nothing changed."""
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    before = numbers.whole(request.GET.get("before"), low=1, high=_LAST)
    filters = video_filters.parse(request.GET)
    if request.GET.get("part") != "grid":
        return render(request, "project/grid.html", _context(request, project, before, filters))
    if filters.query:
        return _filtered_part(request, project, before, filters)
    user = signed_in(request)
    drafts = Asset.objects.filter(project=project, created_by=user, status=Asset.Status.DRAFT)
    whose = user.pk if drafts.exists() else 0
    role = Membership.role_of(user, project.pk)

    def read() -> Fingerprint:
        offered = _offered(pk, user, role, filters, whose)
        return etags.of_several(_fingerprint(pk, whose, before), offered)

    poll = Poll(request, ("grid", pk, before, whose, role), read)
    if unchanged := poll.unchanged():
        return unchanged
    return poll.answer(render(request, "project/_grid.html", _context(request, project, before, filters)))


def _filtered_part(request: HttpRequest, project: Project, before: int | None, filters: Filters) -> HttpResponse:
    """With filters, the videos on the page depend on more than ids: read them to see whether they changed."""
    user = signed_in(request)
    role = Membership.role_of(user, project.pk)

    def read() -> Fingerprint:
        grid = _grid(project, user, before, filters)
        cells = [
            (str(row.asset), [(cell.locale, cell.state, str(cell.look.word)) for cell in row.cells])
            for row in grid.rows
        ]
        shown = etags.of_values("grid", cells, sorted(grid.totals.counts.items()))
        return etags.of_several(shown, _offered(project.pk, user, role, filters, user.pk))

    poll = Poll(request, ("grid", project.pk, user.pk, before, filters), read)
    if unchanged := poll.unchanged():
        return unchanged
    return poll.answer(render(request, "project/_grid.html", _context(request, project, before, filters)))


def _grid(project: Project, user: User, before: int | None, filters: Filters) -> coverage.Grid:
    if not filters.query:
        return coverage.page(project.pk, user, before=before)
    videos = video_list.find(project.pk, user, filters, beyond=before or 0, size=coverage.PAGE)
    return coverage.grid_of(project.pk, user, videos.ids, videos.beyond)


@require_safe
def as_csv(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Download the grid as CSV: all videos that its filters leave, in order."""
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    rows = grid_page.table(pk, signed_in(request), _columns(request, project), video_filters.parse(request.GET))
    return responses.csv_file(tables.harmless_rows(rows), name=_name(project, "csv"))


@require_safe
def as_workbook(request: HttpRequest, pk: int) -> HttpResponse:
    """Download the same for Excel."""
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    rows = grid_page.table(pk, signed_in(request), _columns(request, project), video_filters.parse(request.GET))
    cut = (row for _, row in zip(range(MOST_IN_WORKBOOK + 1), rows, strict=False))
    return responses.workbook(cut, title=gettext("Grid"), name=_name(project, "xlsx"))


def _columns(request: HttpRequest, project: Project) -> list[coverage.Column]:
    return coverage.whole(project.pk, signed_in(request)).columns


def _name(project: Project, suffix: str) -> str:
    return f"grid-{slugify(project.name) or project.pk}.{suffix}"


def _fingerprint(project_id: int, whose: int, before: int | None) -> Fingerprint:
    totals = coverage.totals(project_id, renew=True)
    counts = [(column.locale, column.counts) for column in totals.columns]
    size = coverage.PAGE + 1
    return etags.of_grid(project_id, user=whose, before=before or _LAST, size=size, totals=counts)


def _context(request: HttpRequest, project: Project, before: int | None, filters: Filters) -> dict[str, Any]:
    user = signed_in(request)
    grid = _grid(project, user, before, filters)
    role = Membership.role_of(user, project.pk)
    choices = _choices(project.pk, user, role, filters)
    may_edit = role in Membership.EDITORS
    draw = grid_page.Cells(grid, project.pk, may_edit=may_edit)
    return {
        "project": project,
        "grid": grid,
        "rows": [(row, draw.of(row)) for row in grid.rows],
        "legend": [(coverage.LOOKS[state], count) for state, count in grid.totals.counts.items() if count],
        "may_edit": may_edit,
        "missing": grid.totals.counts[CellState.MISSING],
        "failed": grid.totals.counts[CellState.FAILED],
        "before": before,
        "part": filters.query_with(part="grid", before=before or ""),
        "older": filters.query_with(before=grid.next_before or ""),
        "filters": filters,
        "choices": choices,
        "filters_state": etags.of_values(_counts(choices)).text,
        "sorts": video_filters.SORTS.items(),
        "most_in_workbook": MOST_IN_WORKBOOK,
    }


def _offered(project_id: int, user: User, role: str, filters: Filters, whose: int) -> Fingerprint:
    """The fingerprint of the counts beside the filters. ``whose``: the person whose drafts count, 0 for nobody."""
    name = ("grid filters", project_id, whose, role, filters)
    return etags.of_list(name, lambda: _counts(_choices(project_id, user, role, filters)))


def _counts(choices: dict[str, list[FilterChoice]]) -> object:
    return [(name, [(each.value, each.count, each.chosen) for each in offered]) for name, offered in choices.items()]


def _choices(project_id: int, user: User, role: str, filters: Filters) -> dict[str, list[FilterChoice]]:
    """The values of each filter. The grid leaves archived videos out, because no total counts them."""
    counts = video_list.counts(project_id, user, filters)
    statuses = filter_choices.offer_statuses(role, filters, counts)
    return {
        "status": [choice for choice in statuses if choice.value and (choice.value != "archived" or choice.chosen)],
        "review": filter_choices.offer_reviews(filters, counts),
        "language": filter_choices.offer_languages(filters, counts),
        "tag": filter_choices.offer_tags(project_id, user, filters, counts),
    }
