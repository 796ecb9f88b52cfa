from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse



def result(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    return HttpResponse("stub")


def result_download(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    return HttpResponse("stub")


def source(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    return HttpResponse("stub")


def poster(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    return HttpResponse("stub")


def subtitles_vtt(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    return HttpResponse("stub")


def subtitles_srt(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    return HttpResponse("stub")


def sample(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    return HttpResponse("stub")
