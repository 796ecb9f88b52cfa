"""Export comments: a table, markers for editing software, and a page to print."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from dubbing.models import Comment, Result, Version
from dubbing.platform import locales, storage, tables
from dubbing.review import exports
from dubbing.review.timecodes import FrameRate, rate_of
from dubbing.web.shared import responses
from dubbing.web.version.views import visible_version


@dataclass(frozen=True, slots=True)
class Exported:
    """What an address asks for: the comments of a version, in order."""

    version: Version
    result: Result | None
    comments: list[Comment]
    rate: FrameRate
    begins: str

    @property
    def title(self) -> str:
        """The title of the file."""
        return f"{self.version.dubbing.asset} · {locales.display_name(self.version.dubbing.locale)}"


@require_safe
def as_file(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Download the comments.

    ``?audience=everybody``: without internal ones; ``?open=1``: without resolved ones; ``?begins=00:00:00:00``.
    """
    write = _WRITERS.get(kind)
    if write is None:
        raise Http404
    exported = _exported(request, pk)
    dubbing = exported.version.dubbing
    name = storage.safe_download_name(str(dubbing.asset), f".{dubbing.locale}.comments.{kind}")
    return write(request, exported, name)


@require_safe
def as_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a page to print."""
    return render(request, "version/print.html", {"exported": _exported(request, pk)})


def _exported(request: HttpRequest, pk: int) -> Exported:
    version = visible_version(request, pk)
    result = version.results.order_by("-pk").first()
    outside, is_open = request.GET.get("audience") == "everybody", bool(request.GET.get("open"))
    comments = exports.ordered(exports.chosen(version.dubbing, outside=outside, resolved=not is_open))
    rate = rate_of(_figure(result, "fps"))
    begins = request.GET.get("begins", "")
    known = rate.frame_of(begins) is not None
    return Exported(version, result, comments, rate, begins if known else exports.TIMELINE_START)


def _figure(result: Result | None, name: str) -> float:
    value = result.media.get(name) if result and isinstance(result.media, dict) else None
    return float(value) if isinstance(value, int | float) else 0.0


def _csv(request: HttpRequest, exported: Exported, name: str) -> HttpResponse:
    rows = exports.table(exported.comments, exported.rate)
    text = "".join(tables.written(tables.harmless_rows(rows)))
    return responses.text(request, text, kind="text/csv; charset=utf-8", download_as=name)


def _xlsx(request: HttpRequest, exported: Exported, name: str) -> HttpResponse:
    rows = exports.table(exported.comments, exported.rate)
    return responses.workbook(rows, title=gettext("Comments"), name=name)


def _edl(request: HttpRequest, exported: Exported, name: str) -> HttpResponse:
    rows = exports.markers(exported.comments, exported.rate)
    text = exports.edl(rows, exported.rate, title=exported.title, begins=exported.begins)
    return responses.text(request, text, kind="text/plain; charset=utf-8", download_as=name)


def _fcpxml(request: HttpRequest, exported: Exported, name: str) -> HttpResponse:
    seconds = exported.result.duration if exported.result else 0.0
    size = (int(_figure(exported.result, "width")), int(_figure(exported.result, "height")))
    rows = exports.markers(exported.comments, exported.rate)
    text = exports.fcpxml(rows, exported.rate, title=exported.title, seconds=seconds, size=size)
    return responses.text(request, text, kind="application/xml; charset=utf-8", download_as=name)


_WRITERS: dict[str, Callable[[HttpRequest, Exported, str], HttpResponse]] = {
    "csv": _csv,
    "xlsx": _xlsx,
    "edl": _edl,
    "fcpxml": _fcpxml,
}
