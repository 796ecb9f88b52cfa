"""Have each request that does something leave one event in the audit log."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from dubbing.audit import requests
from dubbing.platform import log_scope, request_scope
from portal.addresses import client_address

log = logging.getLogger(__name__)

_CALLED = "portal.view_called"


class AuditTrail:
    """Comes after everything that may refuse a request, so that only views which were called are recorded."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = getattr(request, "request_id", "") or uuid.uuid4().hex
        # Django logs a refusal when everything below has returned.
        request.request_id = request_id  # type: ignore[attr-defined]
        with request_scope.scope_of(request_id, client_address(request)) as scope, log_scope.of_one_job():
            response = self.get_response(request)
            if _CALLED not in request.META:
                return response
            try:
                requests.record(request, response, scope)
            except DatabaseError:
                # What the request did is done: an error page would only make people do it again.
                log.exception("Request %s could not be recorded: %s %s", request_id, request.method, request.path)
        if request.method in requests.CHANGING:
            response.headers.setdefault("X-Request-Id", request_id)
        return response

    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any) -> None:
        """Note that the view is called, and the project: the view may delete what leads to it."""
        request.META[_CALLED] = True
        match = request.resolver_match
        if match and "assets/<int:" in match.route:
            log_scope.note(asset=match.kwargs.get("pk") or match.kwargs.get("asset_id"))
        scope = request_scope.current()
        if scope and request.method in requests.CHANGING:
            scope.project = requests.find_project(request.resolver_match)
