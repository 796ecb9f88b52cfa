"""A second pair of eyes: what is above the project's limit waits until an owner has said yes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dubbing.minutes import costs, ledger
from dubbing.minutes.costs import Cost
from dubbing.models import Asset, Event, Project, Submission, text_search
from dubbing.platform import formatting
from dubbing.platform.errors import NotPossible, PolicyBroken
from dubbing.projects import policies
from dubbing.submissions import records

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LONGEST_REASON = 500
_DECIDED = _("This request was already decided or withdrawn. Reload the page to see its status.")


def record(asset: Asset, kind: str, cost: Cost, user: User, **data: Any) -> None:
    """Have the timeline say who asked for it, or who said yes, and to how much."""
    figures: dict[str, Any] = {"milliseconds": cost.total, "languages": cost.languages}
    Event.objects.record(asset, kind, actor=user, cause="person", **figures, **data)


def question(asset: Asset) -> Event | None:
    """What is being asked of the owners now."""
    return _last(asset, Event.Kind.APPROVAL_ASKED) if asset.status == Asset.Status.AWAITING else None


def given_back(asset: Asset) -> Event | None:
    """The answer to the last question, if it was no and nobody has asked since."""
    kinds = [Event.Kind.APPROVAL_ASKED, Event.Kind.GIVEN_BACK, Event.Kind.SUBMITTED]
    last = asset.events.filter(kind__in=kinds).select_related("actor").order_by("-id").first()
    # Taken back by who asked: they need not be told.
    return last if last and last.kind == Event.Kind.GIVEN_BACK and last.data.get("why") else None


def cost_now(asset: Asset, asked: Event) -> Cost:
    """What it would cost today."""
    return costs.cost_of(asset, looked_by=[asked.actor_id] if asked.actor_id else [])


def approve(asset: Asset, user: User, *, asked: int, milliseconds: int | None) -> list[Submission]:
    """Send what waits, if it still is what was looked at. Raises NotPossible, and then nothing has changed.

    ``asked``, ``milliseconds``: the question that the owner saw, and what it said it costs.
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
        _move(asset, Asset.Status.SUBMITTING, user, **records.begun_now(asset, asset.dubbings.count()))
        record(asset, Event.Kind.APPROVED, cost, user)
        codes = list(asset.dubbings.order_by("id").values_list("locale", flat=True))
        made = records.create(asset, codes, event.actor)
        ledger.reserve(asset, cost, made, event.actor)
        return made


def give_back(asset: Asset, user: User, *, asked: int, reason: str) -> None:
    """Say no, and why: it is a draft again. Raises NotPossible."""
    reason = formatting.one_line(reason)
    if not reason:
        raise NotPossible(gettext("Say what needs to change."))
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
    """Whether this person asked for it, or made it."""
    event = question(asset)
    return event is not None and user.pk in (event.actor_id, asset.created_by_id)


def take_back(asset: Asset, user: User) -> None:
    """Ask no longer: it is a draft again. Raises NotPossible."""
    with transaction.atomic():
        asset = Asset.objects.locked(asset.pk)
        if not may_take_back(asset, user):
            raise NotPossible(str(_DECIDED))
        _move(asset, _before(asset), user)
        text_search.refresh(asset.pk)
        Event.objects.record(asset, Event.Kind.GIVEN_BACK, actor=user, cause="person", taken=True)


def _question(asset: Asset, user: User, asked: int) -> Event:
    if not Project.objects.is_owner(user, asset.project_id):
        raise NotPossible(gettext("Only a project owner can decide this."))
    event = question(asset)
    if event is None or event.pk != asked:
        raise NotPossible(str(_DECIDED))
    return event


def _before(asset: Asset) -> str:
    """What it was: something sent once has a history, and is no draft that can be deleted."""
    return Asset.Status.REFUSED if asset.submissions.exists() else Asset.Status.DRAFT


def _move(asset: Asset, to: str, user: User, **changes: Any) -> None:
    if not Asset.objects.move(asset, to, cause="person", actor=user, **changes):
        raise NotPossible(str(_DECIDED))


def _last(asset: Asset, kind: str) -> Event | None:
    return asset.events.filter(kind=kind).select_related("actor").order_by("-id").first()
