"""The subtitle editor: one text of an asset beside its video. Saved cue by cue; never overwrites the work of others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import RequestDataTooBig, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_http_methods, require_safe

from dubbing import subtitles
from dubbing.drafts import saved_drafts, subtitle_documents
from dubbing.drafts.draft import SOURCE
from dubbing.drafts.subtitle_documents import BadCues, Changed, Sheet
from dubbing.models import Asset
from dubbing.platform import numbers, storage
from dubbing.platform.errors import NotPossible
from dubbing.subtitles import Cue
from dubbing.subtitles.context import Context
from dubbing.web.editor import page as pages
from dubbing.web.shared import responses
from dubbing.web.shared.fields import SecondsField
from dubbing.web.shared.users import signed_in
from portal.input_gate import Unreadable, json_of

WRITE: dict[str, Callable[[tuple[Cue, ...]], str]] = {"srt": subtitles.to_srt, "vtt": subtitles.to_webvtt}
CHECKED_AT_ONCE = 500
"""Up to this many cues, the answer to a save includes the findings; with more, saving comes first."""
SENT = gettext_noop(
    "The subtitles cannot be changed because this video was already sent. Create a new video to change them."
)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int, slot: str) -> HttpResponse:
    """Show the editor, or a read-only view. ``?cue=12`` opens it there; a POST saves the whole text."""
    if request.method == "POST":
        return _keep_form(request, _editable(request, pk), slot)
    asset = _visible(request, pk)
    return _page(request, _sheet(asset, slot))


@require_http_methods(["GET", "HEAD", "POST"])
def cues(request: HttpRequest, pk: int, slot: str) -> HttpResponse:
    """Return the cues and their findings; a POST saves them, or returns what a fix would make of them."""
    if request.method != "POST":
        sheet = _sheet(_visible(request, pk), slot)
        parts = {"seen": sheet.seen} if request.GET.get("only") == "findings" else _there(sheet)
        return _json({**parts, **_findings(sheet, sheet.cues)})
    asset = _editable(request, pk)
    if not subtitle_documents.has_slot(asset, slot):
        raise Http404
    sheet = Sheet(asset, slot, "", ())  # the stored text is about to be replaced, so there is no need to read it
    try:
        wanted = _wanted(request)
        rows = subtitle_documents.cues_from(wanted.get("cues"))
        if wanted.get("fix"):
            return _json({"cues": pages.rows(_fixed(sheet, rows, wanted["fix"]))})
        seen = subtitle_documents.keep_cues(asset, slot, rows, str(wanted.get("seen", "")), signed_in(request))
    except Unreadable as error:
        return _json({"problems": [[None, str(error)]]}, status=400)
    except RequestDataTooBig:
        return _json({"problems": [[None, gettext("There are too many cues to save.")]]}, status=413)
    except BadCues as error:
        return _json({"problems": error.problems}, status=422)
    except Changed as error:
        return _json(_there(subtitle_documents.read_sheet(asset, slot, error.text)), status=409)
    except saved_drafts.NotKept as error:
        return _json({"problems": [[None, str(error)]]}, status=413)
    except NotPossible:
        return _json({"sent": True, "message": gettext(SENT)}, status=409)
    return _json({"seen": seen, **(_findings(sheet, rows) if len(rows) <= CHECKED_AT_ONCE else {"later": True})})


@require_safe
def export(request: HttpRequest, pk: int, slot: str, kind: str) -> HttpResponse:
    """Download the text as a file, on the timeline of the video or, with ``?on=trim``, of the trim."""
    asset = _visible(request, pk)
    sheet = _sheet(asset, slot)
    if kind not in WRITE or not sheet.cues:
        raise Http404
    cues, part = sheet.cues, ""
    if request.GET.get("on") == "trim":
        context = _context(sheet)
        cues, part = subtitles.shift_and_clip(cues, context.start, context.end), ".trim"
    if not cues:
        messages.info(request, gettext("There is nothing to export: no cue is inside the trim."))
        return redirect("subtitles-edit", pk, slot)
    language = sheet.locale or "source"
    name = storage.safe_download_name(str(asset), f".{language}{part}.{kind}")
    return responses.text(request, WRITE[kind](cues), kind=responses.content_type(f"x.{kind}"), download_as=name)


# --- without a script ------------------------------------------------------------------------------------------------


def _keep_form(request: HttpRequest, asset: Asset, slot: str) -> HttpResponse:
    """Save the text of the form; or make cues from a text without times."""
    sheet = _sheet(asset, slot)
    text = request.POST.get("text", "").replace("\r\n", "\n").replace("\0", "")
    if request.POST.get("action") == "begin":
        context = _context(sheet)
        text = subtitles.to_srt(subtitle_documents.begun_from(text, context.first_ms, context.last_ms))
    try:
        subtitle_documents.keep_text(asset, slot, text, request.POST.get("seen", ""), signed_in(request))
    except BadCues as error:
        return _page(request, sheet, typed=text, problem=error.problems[0][1], status=422)
    except Changed as error:
        return _page(
            request, subtitle_documents.read_sheet(asset, slot, error.text), typed=text, changed=True, status=409
        )
    except saved_drafts.NotKept as error:
        return _page(request, sheet, typed=text, problem=str(error), status=413)
    except NotPossible:
        messages.info(request, SENT)
    else:
        messages.success(request, gettext("Saved."))
    return redirect("subtitles-edit", asset.pk, slot)


def _page(request: HttpRequest, sheet: Sheet, *, status: int = 200, **more: Any) -> HttpResponse:
    asset = sheet.asset
    page = pages.EditorPage(
        asset=asset,
        sheet=sheet,
        source=subtitle_documents.open_sheet(asset, SOURCE) or Sheet(asset, SOURCE, "", ()),
        may_edit=subtitle_documents.is_open(asset)
        and Asset.objects.editable_by(request.user).filter(pk=asset.pk).exists(),
        is_shown=bool(asset.source and asset.source.key and asset.source.is_shown),
        context=_context(sheet),
        user_pk=signed_in(request).pk,
        opened_at=numbers.whole(request.GET.get("cue"), high=subtitle_documents.MOST_CUES) or 1,
    )
    may_copy = asset.status in Asset.FINAL and Asset.objects.editable_by(request.user).filter(pk=asset.pk).exists()
    back = reverse("asset-edit" if page.may_edit else "asset", args=[asset.pk])
    as_text = "typed" in more or not sheet.is_timed or request.GET.get("as") == "text"
    context = {"page": page, "asset": asset, "sheet": sheet, "may_copy": may_copy, "back": back, "as_text": as_text}
    return render(request, "editor/page.html", context | more, status=status)


# --- input -----------------------------------------------------------------------------------------------------------


def _visible(request: HttpRequest, pk: int) -> Asset:
    return _find_asset(request, pk, editable=False)


def _editable(request: HttpRequest, pk: int) -> Asset:
    return _find_asset(request, pk, editable=True)


def _find_asset(request: HttpRequest, pk: int, *, editable: bool) -> Asset:
    assets = Asset.objects.editable_by(request.user) if editable else Asset.objects.visible_to(request.user)
    return get_object_or_404(assets.select_related("project", "source").prefetch_related("dubbings"), pk=pk)


def _sheet(asset: Asset, slot: str) -> Sheet:
    sheet = subtitle_documents.open_sheet(asset, slot)
    if sheet is None:
        raise Http404
    return sheet


def _wanted(request: HttpRequest) -> dict[str, Any]:
    wanted = json_of(request, drop_halves=True)
    if not isinstance(wanted, dict):
        raise BadCues([(None, gettext("These are not cues."))])
    return wanted


# --- findings --------------------------------------------------------------------------------------------------------


def _there(sheet: Sheet) -> dict[str, Any]:
    return {"seen": sheet.seen, "cues": pages.rows(sheet.cues), "timed": sheet.is_timed}


def _findings(sheet: Sheet, cues: tuple[Cue, ...]) -> dict[str, Any]:
    return pages.describe_findings(cues, _context(sheet)) if subtitle_documents.is_open(sheet.asset) else {}


def _fixed(sheet: Sheet, cues: tuple[Cue, ...], fix: Any) -> tuple[Cue, ...]:
    kind, cue = (fix.get("kind"), fix.get("cue")) if isinstance(fix, dict) else (None, None)
    if (
        not isinstance(kind, str)
        or kind not in subtitles.FIXES
        or not (cue is None or (type(cue) is int and 1 <= cue <= len(cues)))
    ):
        raise BadCues([(None, gettext("This fix does not exist."))])
    return subtitles.apply_fix(cues, kind, _context(sheet), cue)


def _context(sheet: Sheet) -> Context:
    asset = sheet.asset
    start, end = asset.start, asset.end
    if subtitle_documents.is_open(asset):
        draft = saved_drafts.read_draft(asset)
        start, end = _seconds(draft.get("start")), _seconds(draft.get("end"))
    return subtitle_documents.context_of(sheet, start, end)


def _seconds(typed: str) -> float | None:
    """A moment as it was entered; an invalid one is no limit, and the form reports it."""
    try:
        return SecondsField(required=False).to_python(typed)
    except ValidationError:
        return None


def _json(data: dict[str, Any], *, status: int = 200) -> HttpResponse:
    headers = {"Cache-Control": "private, no-store"}
    return HttpResponse(pages.as_json(data), content_type="application/json", status=status, headers=headers)
