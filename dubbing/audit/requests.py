"""Record what a request did: one event for each that changes something, downloads something, or signs somebody in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import ResolverMatch, resolve, reverse

from dubbing.models import (
    Asset,
    AuditEvent,
    Batch,
    BlindComparison,
    BulkAction,
    Comment,
    Delivery,
    Dubbing,
    Project,
    Result,
    Version,
    Webhook,
)
from dubbing.models.audit import AuditKind
from dubbing.platform import request_scope
from dubbing.platform.request_scope import RequestScope

if TYPE_CHECKING:
    from django.db.models import Model

CHANGING = {"POST", "PUT", "PATCH", "DELETE"}
NOT_RECORDED = {"callback", "mcp"}
"""Routes whose requests leave no event by themselves: each callback is a row of its own, permanently, and a tool of an
agent that changes something stands for an operation of the API."""
# The first part of an address that says what it is about, and from there the way to the project.
_PROJECTS: dict[str, tuple[type[Model], str]] = {
    "projects": (Project, "pk"),
    "assets": (Asset, "project"),
    "versions": (Version, "dubbing__asset__project"),
    "dubbings": (Dubbing, "asset__project"),
    "results": (Result, "version__dubbing__asset__project"),
    "comments": (Comment, "dubbing__asset__project"),
    "batches": (Batch, "project"),
    "deliveries": (Delivery, "project"),
    "webhooks": (Webhook, "project"),
    "blind": (BlindComparison, "project"),
    "bulk": (BulkAction, "project"),
}
_PRIMARY = ("pk", "project_id", "asset_id")
# Parts of addresses that let somebody in.
_SECRET = {"key", "token", "signed", "uidb64"}


def find_project(match: ResolverMatch | None) -> Project | None:
    """The project that an address belongs to; None if its address does not say."""
    if match is None:
        return None
    key = next((match.kwargs[name] for name in _PRIMARY if isinstance(match.kwargs.get(name), int)), None)
    part = next((part for part in match.route.split("/") if part in _PROJECTS), None)
    if key is None or part is None or abs(key) >= 2**63:
        return None
    model, path = _PROJECTS[part]
    return Project.objects.filter(pk__in=model._default_manager.filter(pk=key).values(path)[:1]).first()


@contextmanager
def stand_for(method: str, name: str, address: Mapping[str, Any]) -> Iterator[None]:
    """Have the request recorded as one to the address with this name, unless the block raises."""
    scope, path = request_scope.current(), reverse(name, kwargs=dict(address))
    match = resolve(path)
    # The block may delete what leads to the project.
    project = find_project(match)
    yield
    if scope:
        scope.project, scope.stands_for = project, (method, path, match)


def record(request: HttpRequest, response: HttpResponseBase, scope: RequestScope) -> None:
    """Record a request that was answered, unless it was refused, only looked at something, or left an event already."""
    method, path, match = scope.stands_for or (request.method, request.path, request.resolver_match)
    if response.status_code >= 400 or scope.recorded or match is None or match.url_name in NOT_RECORDED:
        return
    kind, details = scope.sign_in or (_kind(request, response), {})
    if not kind:
        return
    token = getattr(request, "api_token", None)
    AuditEvent.objects.record(
        kind,
        subject=f"{method} {_shown_path(path, match)}",
        actor=request.user if isinstance(request.user, User) else scope.signed_out,
        project=scope.project or find_project(match),
        route=match.view_name,
        status=response.status_code,
        **details,
        **({"token": token.pk} if token else {}),
    )


def _kind(request: HttpRequest, response: HttpResponseBase) -> str:
    """The kind of event that a request leaves by itself; empty: none."""
    if request.method in CHANGING:
        return AuditKind.REQUEST
    is_start = request.META.get("HTTP_RANGE", "bytes=0-").startswith("bytes=0-")
    is_file = response.headers.get("Content-Disposition", "").startswith("attachment")
    return AuditKind.DOWNLOAD if request.method == "GET" and is_file and is_start else ""


def _shown_path(path: str, match: ResolverMatch) -> str:
    """The address without what lets somebody in."""
    for name, value in match.kwargs.items():
        if name in _SECRET:
            path = path.replace(str(value), f"[{name}]")
    return path
