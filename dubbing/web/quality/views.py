"""A project's quality page, and its tables for spreadsheets."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.text import slugify
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from dubbing.models import Project
from dubbing.platform import tables
from dubbing.web.quality import page as pages
from dubbing.web.shared import responses
from dubbing.web.shared.users import signed_in


@require_safe
def index(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the page.

    ``?by=lips&language=es-ES&from=2026-01-01``: breakdown and filters; ``?answer=intent``: which issues.
    """
    project = _project(request, pk)
    page = pages.QualityPage(project, signed_in(request), request.GET)
    return render(request, "quality/page.html", {"project": project, "page": page})


@require_safe
def as_csv(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Download all breakdowns of the chosen dubs as CSV."""
    project = _project(request, pk)
    rows = pages.QualityPage(project, signed_in(request), request.GET, whole_project=True).table()
    return responses.csv_file(tables.harmless_rows(rows), name=_name(project, "csv"))


@require_safe
def as_workbook(request: HttpRequest, pk: int) -> HttpResponse:
    """Download the same for Excel."""
    project = _project(request, pk)
    rows = pages.QualityPage(project, signed_in(request), request.GET, whole_project=True).table()
    return responses.workbook(rows, title=gettext("Quality"), name=_name(project, "xlsx"))


def _project(request: HttpRequest, pk: int) -> Project:
    return get_object_or_404(Project.objects.visible_to(request.user), pk=pk)


def _name(project: Project, suffix: str) -> str:
    return f"quality-{slugify(project.name) or project.pk}.{suffix}"
