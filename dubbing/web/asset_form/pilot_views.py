"""A pilot of a draft, and the whole video in the languages that passed."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dubbing import tasks
from dubbing.drafts import saved_drafts
from dubbing.drafts.source_links import check_links
from dubbing.models import Asset
from dubbing.platform.errors import NotPossible
from dubbing.submissions import pilots
from dubbing.web.asset_form.pilot_settings import MOST, SettingsChoice
from dubbing.web.asset_form.pilots import PromoteForm, comparable, pilot_form, sent
from dubbing.web.asset_form.views import editable_asset, not_kept
from dubbing.web.shared import sent_drafts
from dubbing.web.shared.users import signed_in

STOP_POLLING = 286  # htmx's own status


@require_POST
@sent_drafts.lead_to_video
def send(request: HttpRequest, pk: int) -> HttpResponse:
    """Save the draft as posted, and send a pilot of it: a paid step."""
    draft, user = editable_asset(request, pk), signed_in(request)
    try:
        if "source_locale" in request.POST:
            saved_drafts.keep_typed(draft, request.POST, user, files=request.FILES, checked=True)
        check_links(draft, saved_drafts.read_draft(draft).form_data(), user)
        tasks.enqueue_link_checks()
        form = pilot_form(draft, user)
        if not form.is_valid():
            errors_text = " ".join(str(error) for errors in form.errors.values() for error in errors)
            messages.error(request, f"{gettext('The pilot was not sent.')} {errors_text}")
            return redirect("asset-edit", pk)
        _, made = pilots.send(draft, form.asset_fields(), user)
    except saved_drafts.NotKept as problem:
        return not_kept(request, draft, problem)
    except NotPossible as problem:
        messages.error(request, f"{gettext('The pilot was not sent.')} {problem}")
        return redirect("asset-edit", pk)
    tasks.enqueue_submissions(made)
    if made:
        messages.success(request, gettext("Pilot sent. Your draft is kept."))
    else:
        messages.info(request, gettext("The pilot is waiting for approval from a project owner."))
    return redirect("asset-edit", pk)


@require_http_methods(["GET", "HEAD", "POST"])
@sent_drafts.lead_to_video
def settings(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose several settings (``?with=``) and see what their pilots cost; a POST sends what was shown: a paid step.

    ``?part=plan``: only the plan for this choice.
    """
    draft, user = editable_asset(request, pk), signed_in(request)
    if draft.status != Asset.Status.DRAFT:
        messages.info(request, gettext("The whole video was already sent. You are viewing it now."))
        return redirect("asset", draft.pk)
    check_links(draft, saved_drafts.read_draft(draft).form_data(), user)
    tasks.enqueue_link_checks()
    if request.method == "POST":
        return _send_several(request, SettingsChoice(draft, user))
    choice = SettingsChoice(draft, user, request.GET.getlist("with") if "with" in request.GET else None)
    if not choice.is_possible:
        messages.info(request, gettext("This provider does not support pilots: it dubs whole videos only."))
        return redirect("asset-edit", pk)
    context = {"draft": draft, "project": draft.project, "choice": choice}
    if request.GET.get("part") != "plan":
        return render(request, "asset_form/pilot_settings.html", context)
    response = render(request, "asset_form/_pilot_plan.html", context)
    chosen = urlencode([("with", setting.key) for setting in choice.chosen] or [("with", "")])
    response.headers["HX-Replace-Url"] = f"{request.path}?{chosen}"
    return response


def _send_several(request: HttpRequest, choice: SettingsChoice) -> HttpResponse:
    """Send the pilots one by one: a pilot that is refused does not keep the others back."""
    outcomes = []
    for promise in request.POST.getlist("line")[:MOST]:
        if outcome := choice.send(promise):
            tasks.enqueue_submissions(outcome.submissions)
            outcomes.append(outcome)
    draft = choice.draft
    context = {"draft": draft, "asset": draft, "project": draft.project, "outcomes": outcomes}
    made = sent(draft)
    context |= {"sent": made, "comparable": comparable(made)}
    context |= {"done": [outcome for outcome in outcomes if not outcome.refusal]}
    context |= {"refused": [outcome for outcome in outcomes if outcome.refusal]}
    return render(request, "asset_form/pilot_settings_sent.html", context)


@require_safe
def state(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the pilots of a draft and their statuses: 286 once none of them changes any more."""
    draft = editable_asset(request, pk)
    made = sent(draft)
    moving = any(pilot.moves for pilot in made)
    context = {"asset": draft, "sent": made, "comparable": comparable(made)}
    return render(request, "asset_form/_pilots_sent.html", context, status=200 if moving else STOP_POLLING)


@require_http_methods(["GET", "HEAD", "POST"])
@sent_drafts.lead_to_video
def promote(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose the languages that passed, from the draft or its pilot; a POST sends the whole video in them: paid.

    ``?part=states``: the statuses of the pilots, which the page polls while one of them changes.
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
    check_links(draft, saved_drafts.read_draft(draft).form_data(), user)
    tasks.enqueue_link_checks()
    chosen = PromoteForm(draft, user, request.POST.getlist("targets"))
    if not chosen.form.is_valid():
        return _page(request, draft, chosen, status=422)
    try:
        saved_drafts.keep_typed(draft, {"targets": chosen.targets}, user, checked=True)
        made = pilots.promote(draft, chosen.form.asset_fields(), user)
        tasks.enqueue_submissions(made)
    except NotPossible as problem:
        messages.error(request, str(problem))
        now = Asset.objects.filter(pk=draft.pk).values_list("status", flat=True).first()
        if now == Asset.Status.DRAFT:
            return _page(request, draft, chosen, status=422)
        return redirect("asset", draft.pk)
    # Another attempt belongs to the video that failed.
    return redirect("asset", made[0].asset_id if made else draft.pk)


def _page(request: HttpRequest, draft: Asset, chosen: PromoteForm, *, status: int = 200) -> HttpResponse:
    newest = next(iter(pilots.list_pilots(draft)), None)
    form = chosen.form
    changed = pilots.changed_since(newest, form.asset_fields()) if newest and form.is_valid() else []
    context = {"draft": draft, "project": draft.project, "chosen": chosen, "newest": newest, "changed": changed}
    return render(request, "asset_form/promote.html", context, status=status)
