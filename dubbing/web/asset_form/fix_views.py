"""Fixes beside a text of the new-asset form: save what was entered, fix one text, then show everything."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from dubbing import subtitles
from dubbing.drafts import saved_drafts, subtitle_documents, subtitle_fixes
from dubbing.drafts.draft import FILES_FIELD, SOURCE, field_of
from dubbing.drafts.subtitle_fixes import NothingDone
from dubbing.models import Asset
from dubbing.platform import numbers
from dubbing.platform.errors import NotPossible
from dubbing.subtitles import Context
from dubbing.web.asset_form.form import AssetForm
from dubbing.web.asset_form.page import DraftPage
from dubbing.web.asset_form.views import editable_asset, go_to_video, keep_entries
from dubbing.web.shared.users import signed_in

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Change = Callable[[Asset, Context, "User"], str]


@require_POST
def fix(request: HttpRequest, pk: int, slot: str) -> HttpResponse:
    """Fix all problems of a ``kind``, or those in one ``cue``."""
    kind, cue = request.POST.get("kind", ""), numbers.whole(request.POST.get("cue"), high=subtitle_documents.MOST_CUES)

    def change(asset: Asset, context: Context, user: User) -> str:
        if kind not in subtitles.FIXES:
            raise NothingDone(gettext("This fix does not exist."))
        return subtitle_fixes.fix_text(asset, slot, kind, context, user, cue)

    return _changed(request, pk, slot, change)


@require_POST
def generate(request: HttpRequest, pk: int, slot: str) -> HttpResponse:
    """Start a text with the times of the source, or of the language that ``like`` names."""
    like = request.POST.get("like") or SOURCE

    def change(asset: Asset, context: Context, user: User) -> str:
        return subtitle_fixes.begin(asset, slot, user, like=like)

    return _changed(request, pk, slot, change)


@require_POST
def timeline(request: HttpRequest, pk: int, slot: str) -> HttpResponse:
    """Show what changes if the times count from the trimmed part; with ``apply``, change it."""
    if request.POST.get("apply"):
        return _changed(
            request, pk, slot, lambda asset, context, user: subtitle_fixes.to_whole_video(asset, slot, context, user)
        )
    asset = editable_asset(request, pk)
    page = _keep_draft(request, asset, slot)
    if isinstance(page, HttpResponse):
        return page
    context = page.form.context_of(field_of(slot))
    part = request.POST.get(f"from_{slot}") == "part"
    shown: dict[str, Any] = {"asset": asset, "slot": _slot(page, slot), "part": part, "oob": True}
    try:
        cues = subtitle_fixes.cues_of(asset, slot)
        shown |= _preview(cues, context)
    except NothingDone as problem:
        shown["problem"] = str(problem)
    return render(request, "asset_form/_timeline.html", shown)


@require_POST
def undo(request: HttpRequest, pk: int, slot: str) -> HttpResponse:
    """Undo the last step."""
    return _changed(request, pk, slot, lambda asset, context, user: subtitle_fixes.undo(asset, slot, user))


@require_POST
def undo_files(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo what several dropped files changed."""
    asset = editable_asset(request, pk)
    page = _keep_draft(request, asset)
    if isinstance(page, HttpResponse):
        return page
    before = page.form.draft
    try:
        saved_drafts.undo_files(asset, signed_in(request))
    except NotPossible:
        return go_to_video(request, asset)
    message = gettext("Undone.")
    if not request.headers.get("HX-Request"):
        messages.info(request, message)
        return redirect("asset-edit", pk=asset.pk)
    page = _page(request, asset)
    context = page.context() | {"changed": [], "files_came": True, "came": page.texts_changed(before, {})}
    answer = render(request, "asset_form/_saved.html", context)
    answer["HX-Trigger-After-Settle"] = json.dumps({"portal:fixed": {"slot": FILES_FIELD, "message": message}})
    return answer


def _preview(cues: tuple[subtitles.Cue, ...], context: Context) -> dict[str, Any]:
    moved = subtitles.from_part(cues, context)
    return {
        "before": subtitles.span(cues),
        "after": subtitles.span(moved),
        "lost": len(cues) - len(moved),
        "unchanged": moved == cues,
    }


def _changed(request: HttpRequest, pk: int, slot: str, change: Change) -> HttpResponse:
    """Save what was entered, change one text, and answer with everything that depends on it."""
    asset = editable_asset(request, pk)
    page = _keep_draft(request, asset, slot)
    if isinstance(page, HttpResponse):
        return page
    before, field = page.form.data, field_of(slot)
    try:
        message = change(asset, page.form.context_of(field), signed_in(request))
    except (NothingDone, saved_drafts.NotKept) as problem:
        message = str(problem)
    except NotPossible:
        return go_to_video(request, asset)
    page = _page(request, asset)
    names = [each.name for each in page.all_slots()]
    replaced = [name for name in names if name == field or page.form.data.get(name, "") != before.get(name, "")]
    context = page.context() | {"replaced": replaced, "changed": []}
    if not request.headers.get("HX-Request"):
        messages.info(request, message)
        return redirect("asset-edit", pk=asset.pk)
    answer = render(request, "asset_form/_saved.html", context)
    answer["HX-Trigger-After-Settle"] = json.dumps({"portal:fixed": {"slot": field, "message": message}})
    return answer


def _keep_draft(request: HttpRequest, asset: Asset, slot: str = "") -> DraftPage | HttpResponse:
    """Save the form's data and return the page, or an answer if it was sent meanwhile or cannot be saved."""
    if (answer := keep_entries(request, asset)) is not None:
        return answer
    page = _page(request, asset)
    if slot and field_of(slot) not in page.form.text_fields():
        raise Http404
    return page


def _page(request: HttpRequest, asset: Asset) -> DraftPage:
    return DraftPage(AssetForm(saved_drafts.read_draft(asset), asset=asset, user=signed_in(request)))


def _slot(page: DraftPage, slot: str) -> Any:
    return next(shown for shown in page.all_slots() if shown.key == slot)
