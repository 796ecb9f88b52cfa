"""Which events become notices, and for whom: one function for each kind of event. Nothing is written here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from dubbing.minutes import ledger
from dubbing.minutes.costs import MINUTE
from dubbing.models import Asset, Dubbing, Event, Hold, Notice, Project, Review
from dubbing.models.ledger import MonthlyTotal, MonthlyUse
from dubbing.notices.audience import Audience
from dubbing.notices.notice_keys import notice_key
from dubbing.platform import numbers

PERCENT = (100, 80)
"""Percentages of the month's minutes: only the highest one reached becomes a notice."""
_FAILED = (Asset.Status.FAILED, Asset.Status.PARTLY_DONE)
_OVER = {
    Asset.Status.COMPLETED: Notice.Kind.FINISHED,
    Asset.Status.READY: Notice.Kind.FINISHED,
    Asset.Status.PARTLY_DONE: Notice.Kind.FAILED,
    Asset.Status.FAILED: Notice.Kind.FAILED,
}


@dataclass(frozen=True, slots=True)
class PlannedNotice:
    """A notice to write. ``whom``: the people to notify, as far as they may see it."""

    kind: Notice.Kind
    key: str
    whom: Callable[[Audience], set[int]]
    asset: Asset | None = None
    project_id: int | None = None
    locale: str = ""
    actor_id: int | None = None
    for_ops: bool = False
    data: dict[str, Any] = field(default_factory=dict)


def plan_notices(events: Sequence[Event]) -> list[PlannedNotice]:
    """The notices for these events, in order, and for the minutes they used."""
    facts = _Facts(events)
    planned = [notice for event in events if event.kind in _PLANNERS for notice in _PLANNERS[event.kind](event, facts)]
    return [*planned, *_minutes_of_projects(events), *_minutes_of_all()] if events else []


class _Facts:
    """Facts that the events do not contain, read once for all of them."""

    def __init__(self, events: Sequence[Event]) -> None:
        assets = {event.asset_id for event in events if event.kind in _OF_LANGUAGES}
        self.dubbings: dict[int, list[tuple[str, str]]] = defaultdict(list)
        for asset, locale, status in Dubbing.objects.filter(asset__in=assets).values_list(
            "asset_id", "locale", "status"
        ):
            self.dubbings[asset].append((locale, status))
        decided = {event.asset_id for event in events if event.kind in _OUTCOMES}
        reviews = Review.objects.filter(dubbing__asset__in=decided, reviewer__isnull=False).order_by()
        each = reviews.values_list("dubbing__asset_id", "dubbing__locale", "reviewer_id") if decided else []
        self.reviewers = {(asset, locale): reviewer for asset, locale, reviewer in each}
        failed = [event for event in events if _language_failed(event)]
        later = Event.objects.filter(asset__in={event.asset_id for event in failed}, kind=Event.Kind.STATUS)
        self.ends: dict[int, list[int]] = defaultdict(list)
        if failed:
            for asset, pk, data in later.filter(pk__gt=failed[0].pk).values_list("asset_id", "pk", "data"):
                if data.get("to") in _FAILED:
                    self.ends[asset].append(pk)

    def languages(self, asset_id: int, *, failed: bool = False) -> list[str]:
        """The asset's languages, or only those that failed."""
        return [code for code, status in self.dubbings[asset_id] if not failed or status == Dubbing.Status.FAILED]

    def is_asset_wide(self, event: Event) -> bool:
        """Whether the asset ended with failures after this language failed: that notice names the languages."""
        return any(pk > event.pk for pk in self.ends[event.asset_id])


def _status(event: Event, facts: _Facts) -> Iterator[PlannedNotice]:
    to, asset = str(event.data.get("to", "")), event.asset
    kind = next((kind for status, kind in _OVER.items() if status == to), None)
    if kind is None:
        return
    if asset.pilot_of_id and to != Asset.Status.FAILED:
        kind = Notice.Kind.PILOT
    data = {"to": to, "languages": facts.languages(asset.pk), "failed": facts.languages(asset.pk, failed=True)}
    yield _of(event, kind, lambda audience: audience.senders(asset), data=data)


def _language(event: Event, facts: _Facts) -> Iterator[PlannedNotice]:
    if _language_failed(event) and not facts.is_asset_wide(event):
        yield _of(event, Notice.Kind.FAILED, lambda audience: audience.senders(event.asset), locale=event.locale)


def _refused(event: Event, facts: _Facts) -> Iterator[PlannedNotice]:
    data = {"to": "refused", "failed": event.data.get("locales", []), "words": str(event.data.get("words", ""))[:300]}
    yield _of(event, Notice.Kind.FAILED, lambda audience: audience.senders(event.asset), data=data)


def _asked(event: Event, facts: _Facts) -> Iterator[PlannedNotice]:
    data = {name: event.data.get(name) for name in ("milliseconds", "languages")} | _by(event)
    yield _of(event, Notice.Kind.APPROVAL, lambda audience: audience.owners(event.asset.project_id), data=data)


def _approved(event: Event, facts: _Facts) -> Iterator[PlannedNotice]:
    if not event.data.get("own"):
        data = {"approved": True, **_by(event)}
        yield _of(event, Notice.Kind.DECIDED, lambda audience: audience.askers(event.asset), data=data)


def _given_back(event: Event, facts: _Facts) -> Iterator[PlannedNotice]:
    if event.data.get("why"):
        data = {"approved": False, "why": event.data["why"], **_by(event)}
        yield _of(event, Notice.Kind.DECIDED, lambda audience: audience.askers(event.asset), data=data)


def _review_asked(event: Event, facts: _Facts) -> Iterator[PlannedNotice]:
    reviewer = numbers.whole(event.data.get("reviewer"))
    if reviewer:
        yield _of(event, Notice.Kind.REVIEW, lambda _: {reviewer}, locale=event.locale, data=_by(event))


def _review_approved(event: Event, facts: _Facts) -> Iterator[PlannedNotice]:
    if event.data.get("first"):
        data = {"first": True, **_by(event)}
        owners = _owners_of(event.asset.project)
        yield _of(event, Notice.Kind.REVIEW, owners, locale=event.locale, data=data)
    else:
        yield from _review_decided(event, facts)


def _review_decided(event: Event, facts: _Facts) -> Iterator[PlannedNotice]:
    """Notify the people who made it and its reviewer."""
    data = {"outcome": _OUTCOMES[event.kind], "why": str(event.data.get("why", ""))[:300], **_by(event)}
    reviewer = facts.reviewers.get((event.asset_id, event.locale))
    others = {reviewer} if reviewer else set[int]()
    yield _of(
        event, Notice.Kind.REVIEWED, lambda audience: audience.senders(event.asset) | others,
        locale=event.locale, data=data,
    )  # fmt: skip


def _mentioned(event: Event, facts: _Facts) -> Iterator[PlannedNotice]:
    people = _people(event.data.get("mentions"))
    data = {"comment": event.data.get("comment"), "guest": str(event.data.get("guest", ""))[:80], **_by(event)}
    if people:
        yield _of(event, Notice.Kind.MENTION, lambda _: people, locale=event.locale, data=data)


def _vote_asked(event: Event, facts: _Facts) -> Iterator[PlannedNotice]:
    yield from _of_comparison(event, closed=False)


def _vote_closed(event: Event, facts: _Facts) -> Iterator[PlannedNotice]:
    yield from _of_comparison(event, closed=True)


def _of_comparison(event: Event, *, closed: bool) -> Iterator[PlannedNotice]:
    """Once for each comparison, which is recorded on several videos.

    Names none of them: that would identify the candidates.
    """
    comparison, project = numbers.whole(event.data.get("comparison")), numbers.whole(event.data.get("project"))
    people = _people(event.data.get("voters"))
    if comparison and project and people:
        data = {"comparison": comparison, "name": str(event.data.get("name", ""))[:120], "closed": closed}
        data |= {"language": str(event.data.get("language", ""))[:20], **_by(event)}
        key = notice_key(comparison, closed=closed)
        yield PlannedNotice(
            Notice.Kind.VOTE, key, lambda _: people, project_id=project, actor_id=event.actor_id, data=data
        )


def _people(given: object) -> set[int]:
    return {pk for person in given if (pk := numbers.whole(person))} if isinstance(given, list) else set()


def _needs_person(event: Event, facts: _Facts) -> Iterator[PlannedNotice]:
    data = {"reference": event.data.get("reference", ""), "why": str(event.data.get("why", ""))[:300]}
    yield _of(event, Notice.Kind.LATE, lambda audience: audience.ops, for_ops=True, data=data)


def _late(event: Event, facts: _Facts) -> Iterator[PlannedNotice]:
    yield _of(event, Notice.Kind.LATE, lambda audience: audience.senders(event.asset), data={"stuck": False})


def _stuck(event: Event, facts: _Facts) -> Iterator[PlannedNotice]:
    yield _of(event, Notice.Kind.LATE, lambda audience: audience.senders(event.asset), data={"stuck": True})
    yield _of(event, Notice.Kind.LATE, lambda audience: audience.ops, for_ops=True, data={"stuck": True})


def _held(event: Event, facts: _Facts) -> Iterator[PlannedNotice]:
    """Once for each hold, however many assets it stops. Throttling is left out: it ends on its own."""
    reason = str(event.data.get("reason", ""))
    if reason == Hold.Reason.THROTTLED:
        return
    hold = numbers.whole(event.data.get("hold"))
    key = f"hold:{hold}" if hold else str(event.pk)
    data = {"provider": event.asset.provider, "reason": reason}
    yield PlannedNotice(Notice.Kind.HOLD, key, lambda audience: audience.ops, for_ops=True, data=data)


def _minutes_of_projects(events: Iterable[Event]) -> Iterator[PlannedNotice]:
    month = ledger.month_of()
    projects = {event.asset.project_id: event.asset.project for event in events if event.kind in _USES_MINUTES}
    limited = {pk: project for pk, project in projects.items() if project.monthly_minutes}
    used = MonthlyUse.objects.filter(project__in=limited, month=month).values_list("project_id", "milliseconds")
    for pk, milliseconds in used if limited else ():
        minutes = limited[pk].monthly_minutes or 0
        if percent := _reached(milliseconds, minutes):
            key = f"{pk}:{month:%Y-%m}:{minutes}:{percent}"
            yield PlannedNotice(
                Notice.Kind.MINUTES, key, _owners_of(limited[pk]), project_id=pk,
                data={"percent": percent, "minutes": minutes},
            )  # fmt: skip


def _minutes_of_all() -> Iterator[PlannedNotice]:
    minutes, month = settings.ORGANISATION_MINUTES, ledger.month_of()
    if not minutes:
        return
    total = MonthlyTotal.objects.filter(month=month).values_list("milliseconds", flat=True).first()
    if percent := _reached(total or 0, minutes):
        data = {"percent": percent, "minutes": minutes}
        key = f"all:{month:%Y-%m}:{minutes}:{percent}"
        yield PlannedNotice(Notice.Kind.MINUTES, key, lambda audience: audience.ops, for_ops=True, data=data)


def _reached(milliseconds: int, minutes: int) -> int:
    return next((percent for percent in PERCENT if milliseconds * 100 >= minutes * MINUTE * percent), 0)


def _owners_of(project: Project) -> Callable[[Audience], set[int]]:
    return lambda audience: audience.owners(project.pk)


def _of(event: Event, kind: Notice.Kind, whom: Callable[[Audience], set[int]], **more: Any) -> PlannedNotice:
    """A notice about the event's asset, for everybody but the person who caused the event."""
    asset = event.asset
    return PlannedNotice(kind, str(event.pk), whom, asset, asset.project_id, actor_id=event.actor_id, **more)


def _by(event: Event) -> dict[str, Any]:
    return {"by": event.actor_id}


def _language_failed(event: Event) -> bool:
    return event.kind == Event.Kind.DUBBING_STATUS and event.data.get("to") == Dubbing.Status.FAILED


_OUTCOMES: dict[str, str] = {
    Event.Kind.REVIEW_APPROVED: "approved",
    Event.Kind.REVIEW_RETURNED: "returned",
    Event.Kind.REVIEW_REOPENED: "reopened",
    Event.Kind.REVIEW_OUTDATED: "out of date",
}
_OF_LANGUAGES = {Event.Kind.STATUS, Event.Kind.DUBBING_STATUS}
_USES_MINUTES = {Event.Kind.SUBMITTED, Event.Kind.LOCALES_ADDED, Event.Kind.APPROVED, Event.Kind.DUBBING_STATUS}
_PLANNERS: dict[str, Callable[[Event, _Facts], Iterator[PlannedNotice]]] = {
    Event.Kind.STATUS: _status,
    Event.Kind.DUBBING_STATUS: _language,
    Event.Kind.REFUSED: _refused,
    Event.Kind.APPROVAL_ASKED: _asked,
    Event.Kind.APPROVED: _approved,
    Event.Kind.GIVEN_BACK: _given_back,
    Event.Kind.REVIEW_ASKED: _review_asked,
    Event.Kind.REVIEW_APPROVED: _review_approved,
    Event.Kind.REVIEW_RETURNED: _review_decided,
    Event.Kind.REVIEW_REOPENED: _review_decided,
    Event.Kind.REVIEW_OUTDATED: _review_decided,
    Event.Kind.COMMENTED: _mentioned,
    Event.Kind.VOTE_ASKED: _vote_asked,
    Event.Kind.VOTE_CLOSED: _vote_closed,
    Event.Kind.NEEDS_PERSON: _needs_person,
    Event.Kind.HELD: _held,
    Event.Kind.LATE: _late,
    Event.Kind.STUCK: _stuck,
}
