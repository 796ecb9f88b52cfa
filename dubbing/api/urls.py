"""Addresses of the API. Only tokens are accepted: without sessions, no other site can make a browser call it."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, URLResolver, path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from dubbing.api import assets, documentation, files, problems, projects
from dubbing.api.portal_api import api
from dubbing.api.problems import Problem

for router in (projects.router, assets.router, files.router):
    api.add_router("", router)


@login_not_required
@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document. It contains no data, so tools can read it without a token."""
    return JsonResponse(api.get_openapi_schema())


@login_not_required
@csrf_exempt
def nothing(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Answer any other address with 404."""
    return problems.answer(request, Problem("not-found"))


def operations(patterns: Iterable[URLPattern | URLResolver]) -> list[URLPattern]:
    """The operations, marked so that the token is checked before the body, and nobody is redirected to sign in."""
    marked = [pattern for pattern in patterns if isinstance(pattern, URLPattern) and pattern.name != "api-root"]
    for pattern in marked:
        login_not_required(pattern.callback)
        pattern.callback.takes_tokens_only = True  # type: ignore[attr-defined]
    return marked


urlpatterns = [
    path("openapi.json", openapi, name="api-openapi"),
    path("docs", documentation.page, name="api-docs"),
    *operations(api.urls[0]),
    path("", nothing),
    path("<path:rest>", nothing),
]
