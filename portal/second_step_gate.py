"""Lead people who have to set up a second step to the page where they do, before anything else."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from dubbing.sign_in import second_step

OPEN = {"second-step", "sign-out", "language", "script-texts", "healthz", "healthz-live", "healthz-ready", "metrics"}


class SecondStepGate:
    """Whether somebody has to is decided when they sign in, and stands in the session: no request asks for it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponse | None:
        """A redirect to the page, or 403 for scripts."""
        match = request.resolver_match
        if not request.session.get(second_step.NEEDED) or (match and match.url_name in OPEN):
            return None
        if getattr(view, "answers_scripts", False):
            return JsonResponse({"message": gettext("Set up two-step sign-in first."), "remedy": ""}, status=403)
        return redirect("second-step")
