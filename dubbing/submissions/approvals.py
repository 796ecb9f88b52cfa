"""Approvals: requests above the project's limit wait until an owner approves them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dubbing.drafts.fields import AssetFields, TargetText
from dubbing.minutes import costs, ledger
from dubbing.minutes.costs import Cost
from dubbing.models import Asset, Event, Project, Submission, sent_settings, text_search
from dubbing.platform import formatting
from dubbing.platform.errors import NotPossible, PolicyBroken
from dubbing.projects import policies
from dubbing.submissions import attempts, quotes, records

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LONGEST_REASON = 500
_DECIDED = _("This request was already decided or withdrawn. Reload the page to see its status.")


def record(asset: Asset, kind: str, cost: Cost, user: User, **data: Any) -> None:
    """Record in the timeline who requested or approved it, and how many minutes."""
    figures: dict[str, Any] = {"milliseconds": cost.total, "languages": cost.languages}
    Event.objects.record(asset, kind, actor=user, cause="person", **figures, **data)


def what_is_approved(asset: Asset) -> dict[str, Any]:
    """Exactly what an owner is asked to approve, so that a later attempt can be told from it."""
    texts = [TargetText(dubbing.locale, dubbing.srt) for dubbing in asset.dubbings.all()]
    return attempts.what_is_asked(sent_settings.of_asset(asset), texts)


def question(asset: Asset) -> Event | None:
    """The request that owners have not answered yet; None if there is none."""
    return _last(asset, Event.Kind.APPROVAL_ASKED) if asset.status == Asset.Status.AWAITING else None


def why(asked: Event) -> str:
    """Why owners are asked, in this reader's language. Requests of earlier releases have a sentence in the asker's."""
    reason = asked.data.get("reason")
    return quotes.explain_approval(reason) if isinstance(reason, dict) else str(asked.data.get("why", ""))


def given_back(asset: Asset) -> Event | None:
    """The latest rejection, if nobody has requested approval since; else None."""
    kinds = [Event.Kind.APPROVAL_ASKED, Event.Kind.GIVEN_BACK, Event.Kind.SUBMITTED]
    last = asset.events.filter(kind__in=kinds).select_related("actor").order_by("-id").first()
    # Withdrawn by the person who asked, who needs no notice of it.
    return last if last and last.kind == Event.Kind.GIVEN_BACK and last.data.get("why") else None


def cost_now(asset: Asset, asked: Event) -> Cost:
    """What it would cost today."""
    return costs.cost_of(asset, looked_by=[asked.actor_id] if asked.actor_id else [])


def approve(asset: Asset, user: User, *, asked: int, milliseconds: int | None) -> list[Submission]:
    """Send a request that awaits approval, if it is still what the owner saw.

    ``asked``, ``milliseconds``: the request that the owner saw, and the cost it stated. Raises NotPossible if nothing
    was sent; then nothing has changed.
    """
    with transaction.atomic():
        asset = Asset.objects.locked(asset.pk)
        event = _question(asset, user, asked)
        cost = cost_now(asset, event)
        if cost.total != milliseconds:
            raise NotPossible(gettext("The cost changed since you opened the page. Check the new cost, then decide."))
        verdict = policies.judge_sent(asset)
        if verdict.refusal:
            raise PolicyBroken(f"{verdict.refusal} {gettext('Request changes, so that it can be edited.')}")
        assert event.actor is not None
        asked_for, what = _fields_of(asset), what_is_approved(asset)
        if attempt := attempts.of_fields(asset, asked_for):
            overridden = {"override_reason": asset.override_reason, "overridden_by": asset.overridden_by}
            made = attempts.send(attempt, asset, asked_for, cost, event.actor, **overridden)
            record(attempt.original, Event.Kind.APPROVED, cost, user, **what)
            return made
        _move(asset, Asset.Status.SUBMITTING, user, **records.begun_now(asset, asset.dubbings.count()))
        record(asset, Event.Kind.APPROVED, cost, user, **what)
        codes = list(asset.dubbings.order_by("id").values_list("locale", flat=True))
        made = records.create(asset, codes, event.actor)
        ledger.reserve(asset, cost, made, event.actor)
        return made


def give_back(asset: Asset, user: User, *, asked: int, reason: str) -> None:
    """Reject the request with a reason: the asset is a draft again. Raises NotPossible."""
    reason = formatting.one_line(reason)
    if not reason:
        raise NotPossible(gettext("Explain what needs to change."))
    if len(reason) > LONGEST_REASON:
        message = gettext("The reason has %(length)s characters and the limit is %(limit)s. Shorten it.")
        raise NotPossible(message % {"length": len(reason), "limit": LONGEST_REASON})
    with transaction.atomic():
        asset = Asset.objects.locked(asset.pk)
        _question(asset, user, asked)
        _move(asset, _before(asset), user, returned=True)
        text_search.refresh(asset.pk)
        Event.objects.record(asset, Event.Kind.GIVEN_BACK, actor=user, cause="person", why=reason)


def may_take_back(asset: Asset, user: User) -> bool:
    """Whether this person requested the approval or created the asset."""
    event = question(asset)
    return event is not None and user.pk in (event.actor_id, asset.created_by_id)


def take_back(asset: Asset, user: User) -> None:
    """Withdraw the request: the asset is a draft again. Raises NotPossible."""
    with transaction.atomic():
        asset = Asset.objects.locked(asset.pk)
        if not may_take_back(asset, user):
            raise NotPossible(str(_DECIDED))
        _move(asset, _before(asset), user)
        text_search.refresh(asset.pk)
        Event.objects.record(asset, Event.Kind.GIVEN_BACK, actor=user, cause="person", taken=True)


def _fields_of(asset: Asset) -> AssetFields:
    """The fields of an asset that awaits approval, as they were checked."""
    targets = tuple(TargetText(dubbing.locale, dubbing.srt) for dubbing in asset.dubbings.order_by("pk"))
    return AssetFields(targets=targets, **{name: getattr(asset, name) for name in AssetFields.columns()})


def _question(asset: Asset, user: User, asked: int) -> Event:
    if not Project.objects.is_owner(user, asset.project_id):
        raise NotPossible(gettext("Only a project owner can decide this."))
    event = question(asset)
    if event is None or event.pk != asked:
        raise NotPossible(str(_DECIDED))
    return event


def _before(asset: Asset) -> str:
    """The status before: an asset that was sent once has a history and is not a draft that can be deleted."""
    return Asset.Status.REFUSED if asset.submissions.exists() else Asset.Status.DRAFT


def _move(asset: Asset, to: str, user: User, **changes: Any) -> None:
    if not Asset.objects.move(asset, to, cause="person", actor=user, **changes):
        raise NotPossible(str(_DECIDED))


def _last(asset: Asset, kind: str) -> Event | None:
    return asset.events.filter(kind=kind).select_related("actor").order_by("-id").first()
