"""Presets on the new-asset page: apply one to a draft, undo it, or save one from a draft."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from dubbing import providers
from dubbing.drafts import presets, saved_drafts
from dubbing.models import Asset, Preset
from dubbing.platform import formatting, numbers
from dubbing.platform.errors import NotPossible
from dubbing.web.asset_form.form import AssetForm
from dubbing.web.asset_form.page import DraftPage
from dubbing.web.asset_form.views import keep_entries
from dubbing.web.shared import preset_summaries
from dubbing.web.shared.users import signed_in


@require_POST
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Save what was entered; then apply a preset to it, undo one, or create one from it."""
    assets = Asset.objects.editable_by(request.user).select_related("project", "source", "background")
    asset = get_object_or_404(assets, pk=pk)
    chosen = request.POST.get("preset", "")
    named = numbers.figure(chosen) is not None or len(chosen) > 20
    preset = get_object_or_404(Preset, project=asset.project_id, pk=numbers.whole(chosen) or 0) if named else None
    if (answer := keep_entries(request, asset)) is not None:
        return answer
    try:
        sentences, tone = _carry_out(request, asset, preset), "green"
    except NotPossible as problem:
        sentences, tone = [str(problem)], "red"
    if not request.headers.get("HX-Request"):
        for sentence in sentences:
            (messages.error if tone == "red" else messages.success)(request, sentence)
        return redirect(f"{reverse('asset-edit', args=[asset.pk])}#step-languages")
    return _fragment(request, asset, sentences, tone)


def _carry_out(request: HttpRequest, asset: Asset, preset: Preset | None) -> list[str]:
    user = signed_in(request)
    if preset:
        applied = presets.apply(asset, preset, user)
        return preset_summaries.applied_text(preset.name, applied, asset.provider)
    if "preset_undo" in request.POST:
        undone = formatting.isolated(presets.undo(asset, user))
        return [gettext("Preset “%(name)s” undone. Your previous languages and options are back.") % {"name": undone}]
    name = request.POST.get("preset_name", "")
    made = presets.save(asset.project, name, saved_drafts.read_draft(asset).form_data(), user)
    values = {"name": formatting.isolated(made.name), "contents": preset_summaries.holds(made.values)}
    return [gettext("Saved as “%(name)s”: %(contents)s.") % values]


def _fragment(request: HttpRequest, asset: Asset, sentences: list[str], tone: str) -> HttpResponse:
    """The preset control again, with what the fields of the page say now."""
    current = saved_drafts.read_draft(asset)
    page = DraftPage(AssetForm(current, asset=asset, user=signed_in(request)))
    values = {name: current.value(name) for name in presets.NAMES}
    values["speakers_from"] = "count" if page.knows_speakers else "unsure"
    context = {
        "sentences": sentences,
        "tone": tone,
        "values": json.dumps(values),
        "provider": providers.label(asset.provider),
    }
    return render(request, "asset_form/_preset.html", page.context() | context)
