"""Metrics for Prometheus, for whoever has the token."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from dubbing.operation import metrics


@login_not_required
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """404 without the token METRICS_TOKEN, and where none is set."""
    token = settings.METRICS_TOKEN
    given = request.headers.get("Authorization", "")
    if not token or not constant_time_compare(given, f"Bearer {token}"):
        raise Http404
    return HttpResponse(metrics.write_metrics(), content_type=CONTENT_TYPE_LATEST)
