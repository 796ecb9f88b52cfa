from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse



def detail(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    return HttpResponse("stub")


def status(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    return HttpResponse("stub")


def sync_now(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    return HttpResponse("stub")


def add_languages(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    return HttpResponse("stub")


def try_again(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    return HttpResponse("stub")
