"""Save the thresholds of automatic checks from the settings page."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from dubbing.models import Project
from dubbing.web.project.settings_views import settings_page
from dubbing.web.project.threshold_form import ThresholdsForm


@require_POST
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Save the thresholds; they apply to results checked from now on."""
    project = get_object_or_404(Project.objects.owned_by(request.user), pk=pk)
    form = ThresholdsForm(request.POST)
    if not form.is_valid():
        return settings_page(request, project, may_change=True, thresholds_form=form)
    form.keep(project)
    messages.success(
        request,
        gettext(
            "Automatic checks saved. They apply from now on. To check an earlier final video again, open its page."
        ),
    )
    return redirect("project-settings", pk)
