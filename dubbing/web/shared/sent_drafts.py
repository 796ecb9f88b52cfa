"""Drafts that became another attempt at a video: their addresses lead to that video."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django_htmx.http import HttpResponseClientRedirect

from dubbing.models import Asset, Submission


def lead_to_video(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view of a draft: if it was sent as another attempt, in this tab or another one, redirect to the video."""

    @wraps(view)
    def led(request: HttpRequest, pk: int) -> HttpResponse:
        try:
            return view(request, pk)
        except Http404:
            if (sent := redirect_to_video(request, pk)) is None:
                raise
            return HttpResponseClientRedirect(sent.url) if request.headers.get("HX-Request") else sent

    return led


def redirect_to_video(request: HttpRequest, pk: int) -> HttpResponseRedirect | None:
    """A redirect to the video that a draft with this number became; None if there is none visible to this person."""
    went_to = Submission.objects.asset_sent_from(pk)
    if went_to is None or not Asset.objects.visible_to(request.user).filter(pk=went_to).exists():
        return None
    if request.method == "POST":
        messages.info(request, gettext("This video was already sent."))
    return HttpResponseRedirect(reverse("asset", args=[went_to]))
