"""The new-asset page: a draft that is filled in, saved while somebody types, and submitted."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from dubbing import tasks
from dubbing.drafts import saved_drafts
from dubbing.drafts.creation import create_draft
from dubbing.drafts.draft import FILES_FIELD, field_of, slot_choices, slot_of_file
from dubbing.models import Asset, Project
from dubbing.platform import formatting
from dubbing.platform.errors import NotPossible
from dubbing.uploads import previews
from dubbing.web.asset_form import draft_submission
from dubbing.web.asset_form.form import AssetForm
from dubbing.web.asset_form.page import DraftPage
from dubbing.web.shared import more_menu, sent_drafts
from dubbing.web.shared.users import signed_in


@require_http_methods(["GET", "POST"])
def create(request: HttpRequest, pk: int) -> HttpResponse:
    """Create a draft in the project; a GET shows a page with the one button."""
    project = get_object_or_404(Project.objects.editable_by(request.user), pk=pk)
    if request.method == "POST":
        try:
            return redirect("asset-edit", pk=create_draft(project, signed_in(request)).pk)
        except NotPossible as problem:
            messages.error(request, str(problem))
            return redirect("project", pk=project.pk)
    return render(request, "asset_form/new.html", {"project": project})


@require_http_methods(["GET", "POST"])
@sent_drafts.lead_to_video
@cache_control(private=True, no_store=True)  # back from the editor, a cached page would show the old text
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the form with what was entered; a POST saves it, and submits it if that button was pressed."""
    asset = editable_asset(request, pk)
    if asset.status not in Asset.EDITABLE:
        return redirect("asset", pk=asset.pk)
    if request.method == "POST":
        return _keep_and_submit(request, asset)
    return _page(request, asset)


@require_POST
@sent_drafts.lead_to_video
def autosave(request: HttpRequest, pk: int) -> HttpResponse:
    """Save what was entered so far, and say what it amounts to."""
    asset = editable_asset(request, pk)
    before = saved_drafts.read_draft(asset)
    try:
        saved_drafts.keep_typed(asset, request.POST, signed_in(request), files=request.FILES)
    except saved_drafts.ChangedElsewhere as problem:
        return HttpResponse(str(problem), status=409, content_type="text/plain")
    except saved_drafts.NotKept as problem:
        return not_kept(request, asset, problem)
    except NotPossible as problem:
        if (sent := sent_drafts.redirect_to_video(request, pk)) is not None:
            return HttpResponseClientRedirect(sent.url)
        messages.info(request, str(problem))
        return HttpResponseClientRedirect(reverse("asset", args=[asset.pk]))
    if request.POST.get("provider", asset.provider) != asset.provider:
        return HttpResponse(status=204)  # the page is about to be replaced, with the fields of another provider
    page = _read(request, asset)
    replaced = [field_of(slot) for name in request.FILES if (slot := slot_of_file(name)) is not None]
    context = page.context() | {"replaced": replaced, "changed": page.changed(request.POST)}
    if FILES_FIELD in request.FILES or slot_choices(request.POST):
        context |= {"files_came": True, "came": page.texts_changed(before, request.POST)}
    return render(request, "asset_form/_saved.html", context)


@require_http_methods(["GET", "POST"])
@sent_drafts.lead_to_video
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask once, then delete the draft and its files."""
    asset = editable_asset(request, pk)
    if request.method != "POST":
        return render(request, "asset_form/discard.html", {"asset": asset})
    try:
        saved_drafts.discard(asset, signed_in(request))
    except NotPossible as problem:
        messages.error(request, str(problem))
        return redirect("asset", pk=asset.pk)
    messages.success(request, gettext("Draft “%(name)s” deleted.") % {"name": formatting.isolated(str(asset))})
    return redirect("project", pk=asset.project_id)


def not_kept(request: HttpRequest, asset: Asset, problem: saved_drafts.NotKept) -> HttpResponse:
    """The reason for a script, which still has the values; otherwise the page with all of them, to be changed."""
    if request.headers.get("HX-Request"):
        return HttpResponse(str(problem), status=413, content_type="text/plain; charset=utf-8")
    messages.error(request, f"{gettext('Nothing was saved.')} {problem}")
    form = AssetForm(problem.draft, asset=asset, user=signed_in(request))
    return _page(request, asset, DraftPage(form), status=413)


def keep_entries(request: HttpRequest, asset: Asset) -> HttpResponse | None:
    """Save what was entered. Returns an answer only if nothing was saved: it is too large, or was sent meanwhile."""
    try:
        saved_drafts.keep_typed(asset, request.POST, signed_in(request), files=request.FILES)
    except saved_drafts.NotKept as problem:
        return not_kept(request, asset, problem)
    except NotPossible as problem:
        messages.info(request, str(problem))
        return go_to_video(request, asset)
    return None


def go_to_video(request: HttpRequest, asset: Asset) -> HttpResponse:
    """Lead to the page of a draft that was sent meanwhile, by a script or without one."""
    address = reverse("asset", args=[asset.pk])
    return HttpResponseClientRedirect(address) if request.headers.get("HX-Request") else redirect(address)


def _keep_and_submit(request: HttpRequest, asset: Asset) -> HttpResponse:
    user, wanted = signed_in(request), request.POST.get("action") == "submit"
    chosen = request.POST.get("provider", "") if request.POST.get("action") == "provider" else ""
    try:
        draft = saved_drafts.keep_typed(asset, request.POST, user, files=request.FILES, checked=wanted)
        if chosen:
            saved_drafts.choose_provider(asset, chosen)
            return redirect("asset-edit", pk=asset.pk)
        if request.POST.get("action") == "pilots":
            return redirect("pilot-settings", pk=asset.pk)
        if not wanted:
            messages.success(request, gettext("Draft saved."))
            return redirect("asset-edit", pk=asset.pk)
        page = DraftPage(draft_submission.read_form(asset, user, draft))
        if not page.form.is_valid():
            return _page(request, asset, page, status=422)
        made = draft_submission.send(page.form)
    except saved_drafts.NotKept as problem:
        return not_kept(request, asset, problem)
    except NotPossible as problem:
        messages.info(request, str(problem))
        now = Asset.objects.filter(pk=asset.pk).values_list("status", flat=True).first()
        if now is None:
            return sent_drafts.redirect_to_video(request, asset.pk) or redirect("project", pk=asset.project_id)
        # Not sent: it is as it was entered, to be changed.
        return redirect("asset-edit" if now in Asset.EDITABLE else "asset", pk=asset.pk)
    # Another attempt belongs to the video that failed.
    return redirect("asset", pk=made[0].asset_id if made else asset.pk)


def _read(request: HttpRequest, asset: Asset) -> DraftPage:
    form = AssetForm(saved_drafts.read_draft(asset), asset=asset, user=signed_in(request))
    return DraftPage(form)


def _page(request: HttpRequest, asset: Asset, page: DraftPage | None = None, *, status: int = 200) -> HttpResponse:
    page = page or _read(request, asset)
    if page.source and previews.want(page.source):
        tasks.preview.enqueue(page.source.pk)
    # Each opened page has a name, and knows which page saved last before it.
    tab = {"name": secrets.token_hex(8), "seen": saved_drafts.read_draft(asset).tab}
    context: dict[str, Any] = page.context() | {"failed": status != 200, "tab": tab}
    if asset.status == Asset.Status.DRAFT:
        context["menu"] = more_menu.build(asset, signed_in(request))
    return render(request, "asset_form/page.html", context, status=status)


def editable_asset(request: HttpRequest, pk: int) -> Asset:
    """The asset with what its form shows; 404 for those who may not change it."""
    assets = Asset.objects.editable_by(request.user).select_related("project", "source", "background")
    return get_object_or_404(assets, pk=pk)
