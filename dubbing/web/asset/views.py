"""An asset: what it is, its status, and what can be done about it."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from dubbing import providers, tasks
from dubbing.drafts import saved_drafts
from dubbing.models import Asset, Callback, Dubbing
from dubbing.notices import inbox
from dubbing.platform import formatting
from dubbing.platform.errors import NotPossible
from dubbing.review import assignments
from dubbing.submissions import submit
from dubbing.sync import replays
from dubbing.web.asset import approval_panel, comparison
from dubbing.web.asset import page as pages
from dubbing.web.asset.language_form import languages_for, missing_for
from dubbing.web.asset.text_findings import to_look_at
from dubbing.web.shared import etags, more_menu, sent_drafts
from dubbing.web.shared.users import signed_in
from portal.page_polling import Poll

FRESH = timedelta(seconds=30)
CALLBACKS_SHOWN = 20
_NOT_THERE = _("The provider does not have this video yet, so there is nothing to check.")
_NOTHING_TO_LOOK_AT = {
    Asset.Status.UNCONFIRMED: _(
        "We do not know yet whether the provider has this video. No action needed: we check automatically."
    )
}
STOP_POLLING = 286  # htmx's own status


@require_safe
@sent_drafts.lead_to_video
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the asset's page, or the trash if it is there. Opening it makes a sync due, unless there was one lately."""
    asset = pages.with_everything(Asset.objects.visible_to(request.user)).filter(pk=pk).first()
    if asset is None:
        return _to_trash(request, get_object_or_404(Asset.objects.trashed_for(request.user), pk=pk))
    if asset.status == Asset.Status.DRAFT and Asset.objects.editable_by(request.user).filter(pk=pk).exists():
        return redirect("asset-edit", pk)
    _look_if_stale(asset)
    inbox.mark_read_of_asset(signed_in(request), pk)
    return _page(request, asset)


def _to_trash(request: HttpRequest, asset: Asset) -> HttpResponse:
    """Redirect to where it can be restored: links to it stay in batches, timelines, notices and emails."""
    message = gettext("“%(video)s” is in the trash.") % {"video": formatting.isolated(str(asset))}
    messages.info(request, message)
    return redirect(f"{reverse('project-trash', args=[asset.project_id])}#asset-{asset.pk}")


@require_safe
def status(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the changing part of the page: 304 if nothing changed, 286 once nothing changes any more."""
    role = Asset.objects.role_in(pk, request.user)
    if not role:
        raise Http404
    reader = f"{role} ops" if signed_in(request).is_staff else role
    poll = Poll(request, ("asset", pk, reader), partial(etags.of_asset, pk, reader))
    if unchanged := poll.unchanged():
        return unchanged
    context = _context(request, pages.with_everything(Asset.objects.filter(pk=pk)).get(), role)
    code = STOP_POLLING if context["page"].is_final else 200
    return poll.answer(render(request, "asset/_status.html", context | {"polled": True}, status=code))


@require_POST
def sync_now(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a sync with the provider due now."""
    asset = get_object_or_404(Asset.objects.editable_by(request.user), pk=pk)
    if asset.status in Asset.MIRRORED:
        Asset.objects.ask(pk)
        tasks.sync.enqueue(pk)
        messages.info(request, gettext("Checking now. Updates appear here automatically."))
    else:
        messages.warning(request, _NOTHING_TO_LOOK_AT.get(Asset.Status(asset.status), _NOT_THERE))
    return redirect("asset", pk)


@require_POST
def replay(request: HttpRequest, pk: int, callback_pk: int) -> HttpResponse:
    """Answer a stored callback with another sync: for those who run the portal."""
    if not _may_replay(signed_in(request)):
        raise Http404
    asset = get_object_or_404(Asset.objects.visible_to(request.user), pk=pk)
    callbacks = Callback.objects.select_related("submission__asset").defer("body")
    replays.replay(get_object_or_404(callbacks, pk=callback_pk, submission__asset=asset), signed_in(request))
    tasks.sync.enqueue(pk)
    messages.info(request, gettext("Processing the callback again. Updates appear here automatically."))
    return redirect("asset", pk)


def _may_replay(user: User) -> bool:
    """Whether the person may do so; the same as in the admin site, which has the same action."""
    return user.is_staff and user.has_perm("dubbing.change_callback")


@require_POST
def add_languages(request: HttpRequest, pk: int) -> HttpResponse:
    """Request more languages: a paid step."""
    asset = get_object_or_404(pages.with_everything(Asset.objects.editable_by(request.user)), pk=pk)
    forms = languages_for(asset, request.POST, request.FILES)
    if not forms.is_valid():
        return _page(request, asset, languages=forms)
    try:
        made = submit.add_locales(asset, forms.targets(), signed_in(request))
    except NotPossible as problem:
        messages.error(request, str(problem))
        return _page(request, asset, languages=forms)
    tasks.enqueue_submissions(made)
    return redirect("asset", pk)


@require_POST
def try_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Create a draft with the same source and settings for the failed languages, and open it at what made them fail.

    ``locale`` in the form: for this language alone. Nothing is sent yet.
    """
    asset = get_object_or_404(Asset.objects.editable_by(request.user), pk=pk)
    if asset.status not in Asset.FINAL:
        messages.warning(request, gettext("This video is still in progress. Try again when it is finished."))
        return redirect("asset", pk)
    failed = asset.dubbings.filter(status=Dubbing.Status.FAILED, locale=request.POST.get("locale", ""))
    only = list(failed.values_list("locale", flat=True))
    try:
        copy = saved_drafts.retry(asset, signed_in(request), only)
    except NotPossible as problem:
        messages.error(request, str(problem))
        return redirect("asset", pk)
    return redirect(f"{reverse('asset-edit', args=[copy.pk])}#{pages.place_to_change(asset, only)}")


@require_safe
def missing(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the failed languages and why they failed: their subtitles can be replaced before they are sent again."""
    asset = get_object_or_404(pages.with_everything(Asset.objects.editable_by(request.user)), pk=pk)
    page = pages.build(asset, asset.role_of(request.user))
    if not page.may_send_missing:
        return redirect("asset", pk)
    return _missing_page(request, page, missing_for(asset))


@require_POST
def send_missing(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the failed languages again, and no others: a paid step."""
    asset = get_object_or_404(pages.with_everything(Asset.objects.editable_by(request.user)), pk=pk)
    page = pages.build(asset, asset.role_of(request.user))
    forms = missing_for(asset, request.POST, request.FILES) if "missing-TOTAL_FORMS" in request.POST else None
    if forms is not None and not forms.is_valid():
        return _missing_page(request, page, forms)
    texts = {target.locale: target.srt for target in forms.targets() if target.srt} if forms is not None else {}
    try:
        made = submit.send_missing(asset, signed_in(request), texts)
    except NotPossible as problem:
        messages.error(request, str(problem))
        return _missing_page(request, page, forms) if forms is not None else redirect("asset", pk)
    tasks.enqueue_submissions(made)
    return redirect("asset", pk)


def _missing_page(request: HttpRequest, page: pages.AssetPage, forms: Any) -> HttpResponse:
    by_code = {language.dubbing.locale: language for language in page.lacking}
    rows = [(form, by_code.get(form.code)) for form in forms]
    unreviewed = assignments.name_unreviewable(page.asset.project, by_code)
    context = {"page": page, "forms": forms, "rows": rows, "unreviewed": unreviewed}
    return render(request, "asset/send_missing.html", context)


def _page(request: HttpRequest, asset: Asset, **more: Any) -> HttpResponse:
    context = _context(request, asset, asset.role_of(request.user), **more)
    if context["page"].may_edit and asset.status != Asset.Status.DRAFT:
        context["menu"] = more_menu.build(asset, signed_in(request))
    return render(request, "asset/page.html", context)


def _context(request: HttpRequest, asset: Asset, role: str, **more: Any) -> dict[str, Any]:
    """The context of the whole page, which is also what is polled while it changes."""
    page = pages.build(asset, role)
    others = [choice for choice in providers.provider_choices() if choice[0] != asset.provider]
    context: dict[str, Any] = {"page": page, "siblings": comparison.siblings(asset, request.user)}
    context["compares"] = comparison.several_providers(asset, context["siblings"])
    context["ops"] = signed_in(request).is_staff
    if _may_replay(signed_in(request)):
        stored = Callback.objects.filter(submission__asset=asset).select_related("submission").defer("body")
        context["callbacks"] = stored.order_by("-last_received_at")[:CALLBACKS_SHOWN]
    context["others"] = others if page.may_edit and asset.status != Asset.Status.DRAFT else []
    context["approval"] = approval_panel.build(asset, signed_in(request))
    context["to_look_at"] = to_look_at(asset) if context["approval"] else []
    if page.may_add:
        context["languages"] = more.get("languages") or languages_for(asset)
        context["adding"] = "languages" in more
    return context


def _look_if_stale(asset: Asset) -> None:
    seen = asset.last_ok_at
    if asset.status in Asset.MIRRORED and (seen is None or seen < timezone.now() - FRESH):
        Asset.objects.mark(asset.pk)
        asset.dirty_seq += 1  # so that the page waits for the answer, even if everything was final
        tasks.sync.enqueue(asset.pk)
