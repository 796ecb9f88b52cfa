"""Automatic checks of a version's result: show them, and check again."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from dubbing import tasks
from dubbing.models import Asset, Membership, QualityReport, Result, Version
from dubbing.web.version import checks
from dubbing.web.version.views import STOP_POLLING, visible_version


@require_safe
def section(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the panel, which is polled while the result is being checked. 286 once nothing changes any more."""
    version = visible_version(request, pk)
    may_edit = version.dubbing.asset.role_of(request.user) in Membership.EDITORS
    panel = checks.panel(_newest(version), may_edit=may_edit)
    done = panel is None or not panel.is_waiting
    context = {"version": version, "checks": panel}
    return render(request, "version/_checks.html", context, status=STOP_POLLING if done else 200)


@require_POST
def check_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Check the newest result again, against the current thresholds."""
    editable = Asset.objects.editable_by(request.user)
    version = get_object_or_404(
        Version.objects.visible_to(request.user).filter(editable.reached_by("dubbing__asset")), pk=pk
    )
    report = QualityReport.objects.filter(result__version=version).order_by("-result").first()
    if report and QualityReport.objects.ask_again(report.pk):
        tasks.check_quality.enqueue(report.pk)
        messages.success(request, gettext("Checking it again. The findings appear on this page."))
    return redirect(f"{reverse('version', args=[pk])}#checks")


def _newest(version: Version) -> Result | None:
    return max(version.results.all(), key=lambda result: result.pk, default=None)
