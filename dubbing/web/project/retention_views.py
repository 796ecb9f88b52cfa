"""How long a project keeps unused videos, and which ones it would move to trash now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from dubbing.assets import retention, trash
from dubbing.models import Project
from dubbing.models.retention import LEAST_DAYS, MOST_DAYS
from dubbing.projects import policies
from dubbing.web.shared import asset_lists
from dubbing.web.shared.fields import FigureField
from dubbing.web.shared.users import signed_in

PAGE = 50


class RetentionForm(forms.Form):
    """After how many days without activity videos are moved to trash."""

    days = FigureField(
        low=LEAST_DAYS,
        high=MOST_DAYS,
        whole=True,
        required=False,
        label=_("Move to trash after"),
        help_text=_("7 to 3650 days. Leave blank to keep all videos."),
    )


@dataclass(frozen=True, slots=True)
class UnusedRow:
    """A video that would be moved to trash, and when something last happened to it."""

    row: asset_lists.AssetRow
    used_at: datetime


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest, pk: int) -> HttpResponse:
    """Show which videos a number of days would move to trash now; owners save the number."""
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    may_change, saved = Project.objects.is_owner(request.user, pk), retention.days_of(pk)
    if request.method == "POST":
        if not may_change:
            raise Http404
        form = RetentionForm(request.POST)
        if form.is_valid() and request.POST.get("action") == "preview":
            return redirect(f"{reverse('retention', args=[pk])}?{urlencode({'days': form.cleaned_data['days'] or ''})}")
        if form.is_valid():
            retention.set_days(project, form.cleaned_data["days"], signed_in(request))
            messages.success(request, _saved(form.cleaned_data["days"]))
            return redirect("retention", pk)
    else:
        form = RetentionForm(request.GET if "days" in request.GET else {"days": saved or ""})
    return render(
        request, "project/retention.html", _context(request, project, form) | {"may_change": may_change, "saved": saved}
    )


def _context(request: HttpRequest, project: Project, form: RetentionForm) -> dict[str, Any]:
    days = form.cleaned_data["days"] if form.is_valid() else None
    context = {"project": project, "form": form, "days": days}
    context |= {"kept_days": trash.KEPT_FOR.days, "owners": policies.owners(project.pk)}
    if days is None:
        return context
    unused = asset_lists.prefetched(retention.unused(project.pk, days)).annotate(used_at=Max("events__at"))
    page = Paginator(unused.order_by("pk"), PAGE).get_page(request.GET.get("page"))
    rows = [
        UnusedRow(row, getattr(row.asset, "used_at", None) or row.asset.created_at)
        for row in asset_lists.rows(page.object_list)
    ]
    return context | {"page": page, "rows": rows, "query": urlencode({"days": days})}


def _saved(days: int | None) -> str:
    if days is None:
        return gettext("Retention turned off. All videos are kept.")
    text = gettext("Retention saved. Videos without activity for %(days)s days are moved to trash within an hour.")
    return text % {"days": days}
