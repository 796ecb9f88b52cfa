"""POST /mcp/. The official types take long to import, and only processes that agents call need them."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST


@login_not_required
@csrf_exempt
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    """Answer one message (``endpoint.answer``)."""
    # By its name, as Django finds what settings name: imported above, every process would wait for it.
    answer: HttpResponse = import_string("dubbing.api.mcp.endpoint.answer")(request)
    return answer


receive.takes_tokens_only = True  # type: ignore[attr-defined]
