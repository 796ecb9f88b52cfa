"""The health page for those who run the portal: staff who may view holds. For others it does not exist."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from dubbing.models import AccessCheck
from dubbing.operation import health
from dubbing.operation.health_lines import State
from dubbing.web.shared.users import is_ops


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Measure everything now, and show it."""
    _check(request)
    groups = health.read_groups()
    states = [line.state for line in health.lines_of(groups)]
    context = {
        "groups": groups,
        "problems": states.count(State.PROBLEM),
        "warnings": states.count(State.WARNING),
        "measured_at": timezone.now(),
        "awaited": any(check.is_awaited for check in AccessCheck.objects.all()),
    }
    return render(request, "health_page/page.html", context)


@require_POST
def check_now(request: HttpRequest) -> HttpResponse:
    """Have beat check providers and callback address now: only it has their keys."""
    _check(request)
    AccessCheck.objects.ask()
    text = gettext("Checking the providers and the callback address. Reload the page in a few seconds.")
    messages.success(request, text)
    return redirect("health")


def _check(request: HttpRequest) -> None:
    if not is_ops(request.user):
        raise Http404
