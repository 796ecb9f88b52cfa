"""A pilot of a draft, and the whole film for the languages that passed."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dubbing import tasks
from dubbing.drafts import drafts
from dubbing.models import Asset
from dubbing.platform.errors import NotPossible
from dubbing.submissions import pilots
from dubbing.web.asset_form.pilots import PromoteForm, pilot_form, sent
from dubbing.web.asset_form.sources import check_links
from dubbing.web.asset_form.views import editable_asset, not_kept
from dubbing.web.shared.users import signed_in

STOP_POLLING = 286  # htmx's own status


@require_POST
def send(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep the draft as it was posted, and send a pilot of it: a paid step."""
    draft, user = editable_asset(request, pk), signed_in(request)
    try:
        if "source_locale" in request.POST:
            drafts.keep_typed(draft, request.POST, user, files=request.FILES, checked=True)
        check_links(draft, drafts.read_draft(draft).form_data(), user)
        tasks.enqueue_link_checks()
        form = pilot_form(draft, user)
        if not form.is_valid():
            errors_text = " ".join(str(error) for errors in form.errors.values() for error in errors)
            messages.error(request, f"{gettext('The pilot was not sent.')} {errors_text}")
            return redirect("asset-edit", pk)
        _, made = pilots.send(draft, form.asset_fields(), user)
    except drafts.NotKept as problem:
        return not_kept(request, draft, problem)
    except NotPossible as problem:
        messages.error(request, f"{gettext('The pilot was not sent.')} {problem}")
        return redirect("asset-edit", pk)
    for submission in made:
        tasks.submit.enqueue(submission.pk)
    if made:
        messages.success(request, gettext("Pilot sent. Your draft stays here."))
    else:
        messages.info(request, gettext("The pilot is waiting for approval from a project owner."))
    return redirect("asset-edit", pk)


@require_safe
def state(request: HttpRequest, pk: int) -> HttpResponse:
    """The pilots of a draft and how they are: 286 once none of them moves any more."""
    draft = editable_asset(request, pk)
    made = sent(draft)
    moving = any(pilot.status not in Asset.FINAL for pilot, _ in made)
    context = {"asset": draft, "sent": made}
    return render(request, "asset_form/_pilots_sent.html", context, status=200 if moving else STOP_POLLING)


@require_http_methods(["GET", "HEAD", "POST"])
def promote(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose the languages that passed, by the draft or by its pilot; a POST sends the whole film in them: paid.

    ``?part=states``: how the pilots are, which the page looks at again while one of them moves.
    """
    asset = editable_asset(request, pk)
    draft = editable_asset(request, asset.pilot_of_id) if asset.pilot_of_id else asset
    if request.method != "POST" and request.GET.get("part") == "states":
        return _states(request, draft)
    if draft.status != Asset.Status.DRAFT:
        messages.info(request, gettext("The whole video was already sent. You are viewing it now."))
        return redirect("asset", draft.pk)
    if request.method != "POST":
        return _page(request, draft, PromoteForm(draft, signed_in(request)))
    return _send_whole(request, draft)


def _states(request: HttpRequest, draft: Asset) -> HttpResponse:
    chosen = PromoteForm(draft, signed_in(request)) if draft.status == Asset.Status.DRAFT else None
    code = 200 if chosen and chosen.moves else STOP_POLLING
    return render(request, "asset_form/_promote_states.html", {"draft": draft, "chosen": chosen}, status=code)


def _send_whole(request: HttpRequest, draft: Asset) -> HttpResponse:
    user = signed_in(request)
    check_links(draft, drafts.read_draft(draft).form_data(), user)
    tasks.enqueue_link_checks()
    chosen = PromoteForm(draft, user, request.POST.getlist("targets"))
    if not chosen.form.is_valid():
        return _page(request, draft, chosen, status=422)
    try:
        drafts.keep_typed(draft, {"targets": chosen.targets}, user, checked=True)
        for submission in pilots.promote(draft, chosen.form.asset_fields(), user):
            tasks.submit.enqueue(submission.pk)
    except NotPossible as problem:
        messages.error(request, str(problem))
        draft.refresh_from_db()
        if draft.status == Asset.Status.DRAFT:
            return _page(request, draft, chosen, status=422)
    return redirect("asset", draft.pk)


def _page(request: HttpRequest, draft: Asset, chosen: PromoteForm, *, status: int = 200) -> HttpResponse:
    newest = next(iter(pilots.list_pilots(draft)), None)
    form = chosen.form
    changed = pilots.changed_since(newest, form.asset_fields()) if newest and form.is_valid() else []
    context = {"draft": draft, "project": draft.project, "chosen": chosen, "newest": newest, "changed": changed}
    return render(request, "asset_form/promote.html", context, status=status)
