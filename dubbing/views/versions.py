from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse



def detail(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    return HttpResponse("stub")


def revise(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    return HttpResponse("stub")
