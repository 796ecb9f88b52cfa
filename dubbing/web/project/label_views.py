"""Owners have the AI label left out of files that the portal puts together, or put back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from dubbing.delivery import labels
from dubbing.models import Project
from dubbing.platform.errors import NotPossible
from dubbing.web.project import settings_views
from dubbing.web.project.label_form import LabelForm
from dubbing.web.shared.users import signed_in


@require_POST
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Leave the label out for a reason (``action=leave-out``), or put it back."""
    project = get_object_or_404(Project.objects.owned_by(request.user), pk=pk)
    if request.POST.get("action") != "leave-out":
        labels.put_back(project)
        messages.success(request, gettext("New deliveries have the AI label."))
        return redirect(_panel(pk))
    form = LabelForm(request.POST)
    if form.is_valid():
        try:
            labels.leave_out(project, signed_in(request), form.cleaned_data["reason"])
        except NotPossible as problem:
            form.add_error("reason", str(problem))
        else:
            messages.success(request, gettext("New deliveries have no AI label. Their passports say why."))
            return redirect(_panel(pk))
    return settings_views.settings_page(request, project, may_change=True, label_form=form)


def _panel(pk: int) -> str:
    return reverse("project-settings", args=[pk]) + "#title-label"
