"""Everybody's first page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def index(request: HttpRequest) -> HttpResponse:
    """What needs me, what runs, what is done lately."""
    return render(request, "dubbing/work_index.html")
