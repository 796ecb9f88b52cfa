"""A project's minutes by month, and the CSV file for finance."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from dubbing.models import Project
from dubbing.web.shared import responses
from dubbing.web.usage import page as usage_page


@require_safe
def month(request: HttpRequest, pk: int) -> HttpResponse:
    """Show used, reserved and remaining minutes. ``?month=YYYY-MM``: a month other than the current one."""
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    page = usage_page.build(project, usage_page.chosen(request.GET.get("month", "")))
    return render(request, "usage/page.html", {"project": project, "page": page})


@require_safe
def as_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Download every ledger entry of the month for a spreadsheet."""
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    chosen = usage_page.chosen(request.GET.get("month", ""))
    name = f"minutes-{slugify(project.name) or project.pk}-{chosen:%Y-%m}.csv"
    return responses.csv_file(usage_page.lines(project, chosen), name=name)
