"""What happened to an asset, in sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from dubbing import providers
from dubbing.models import Asset, Event, status_badges
from dubbing.models.reviews import ReviewPart
from dubbing.platform import failure_messages, formatting, json_values, lengths, locales, numbers
from dubbing.projects import policies
from dubbing.submissions import approvals

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

LONGEST = 300
"""Number of newest events shown; earlier ones are in the admin site."""
TECHNICAL = frozenset(
    {
        Event.Kind.CALLBACK, Event.Kind.LOOKED_FOR, Event.Kind.SYNC_FAILED, Event.Kind.UNKNOWN_WORD,
        Event.Kind.REPLAYED,
    }
)  # fmt: skip
"""Callbacks and syncs, for those who look for a cause."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline."""

    at: datetime
    text: str
    icon: str
    tone: str
    by: str
    cause: str
    more: str = ""
    asset_id: int | None = None  # another asset that the sentence refers to
    in_trash: bool = False  # whether that asset is
    pk: int = 0
    rule: str = ""  # cause and data, for ops


@dataclass(frozen=True, slots=True)
class Fold:
    """All events of one language, newest first, and its story on one line."""

    locale: str
    text: str
    icon: str
    tone: str
    at: datetime
    moments: list[Moment]


@dataclass(frozen=True, slots=True)
class Timeline:
    """``entries``: folds and moments, newest first."""

    entries: list[Fold | Moment]
    technical: list[Moment]


def build(asset: Asset, provider: str) -> Timeline:
    """The timeline of an asset, in two queries."""
    events = _events(asset)
    others = _others(events)
    technical = [moment(event, provider, others) for event in events if event.kind in TECHNICAL]
    shown = [event for event in events if event.kind not in TECHNICAL and not _is_shown_elsewhere(event)]
    by_locale: dict[str, list[Event]] = {}
    for event in shown:
        if event.locale:
            by_locale.setdefault(event.locale, []).append(event)
    entries: list[Fold | Moment] = []
    for event in shown:
        of_it = by_locale.get(event.locale, [])
        if len(of_it) < 2:
            entries.append(moment(event, provider, others))
        elif event is of_it[0]:
            entries.append(_fold(of_it, shown, provider))
    return Timeline(entries, technical)


def of_asset(asset: Asset, provider: str) -> list[Moment]:
    """All moments in one list, newest first, without those already covered by another one."""
    return [moment(event, provider) for event in _events(asset) if not _is_shown_elsewhere(event)]


def _events(asset: Asset) -> list[Event]:
    return list(asset.events.select_related("actor").order_by("-id")[:LONGEST])


def _others(events: list[Event]) -> dict[int, bool]:
    """Which of the other assets named by these events exist, and whether they are in the trash."""
    ids = {pk for event in events if (pk := _other(event))}
    there = Asset.objects.filter(pk__in=ids, purged_at=None).order_by() if ids else Asset.objects.none()
    return {pk: trashed_at is not None for pk, trashed_at in there.values_list("pk", "trashed_at")}


def _other(event: Event) -> int | None:
    other = next((event.data[name] for name in _OTHERS if event.data.get(name)), None)
    return other if isinstance(other, int) else None


def _fold(of_it: list[Event], events: list[Event], provider: str) -> Fold:
    """Both lists newest first. The story is about the current attempt, from when the language was last sent."""
    newest, locale = of_it[0], of_it[0].locale
    asked = (
        event for event in events if event.kind in _ASKED and locale in json_values.texts(event.data.get("locales"))
    )
    sent = next((event for event in asked if event.pk < newest.pk), None)
    since = [event for event in reversed(of_it) if sent is None or event.pk > sent.pk]
    shown = moment(newest, provider)
    return Fold(
        locale=locale,
        text=_story(locale, sent, since),
        icon=shown.icon,
        tone=shown.tone,
        at=newest.at,
        moments=[moment(event, provider) for event in of_it],
    )


_REVIEWED: dict[str, StrOrPromise] = {
    Event.Kind.REVIEW_APPROVED: _("approved"),
    Event.Kind.REVIEW_RETURNED: _("sent back with changes requested"),
    Event.Kind.REVIEW_OUTDATED: _("changed after the approval"),
}
"""How the review of a language ended, if that is its newest event."""


def _story(locale: str, sent: Event | None, since: list[Event]) -> str:
    """ "French (France): sent, dubbed, saved in 9 s"."""
    steps = [gettext("sent")] if sent else []
    end = since[-1]
    reached = {str(event.data.get("to")) for event in since if event.kind == Event.Kind.DUBBING_STATUS}
    saved = next((event for event in since if event.kind == Event.Kind.KEPT), None)
    failed = end.kind == Event.Kind.DUBBING_STATUS and end.data.get("to") == "failed"
    if saved or reached & _DUBBED:
        steps.append(gettext("dubbed"))
    if failed:
        steps.append(gettext("failed"))
    elif end.kind == Event.Kind.REVISED:
        steps.append(gettext("sent back to editing"))
    elif saved:
        steps.append(gettext("saved"))
    elif not reached & _DUBBED:
        steps.append(gettext("in progress"))
    names = {"language": locales.display_name(locale), "steps": ", ".join(steps)}
    last = end if failed else saved if end.kind != Event.Kind.REVISED else None
    if sent is None or last is None:
        return gettext("%(language)s: %(steps)s") % names
    took = formatting.duration(round((last.at - sent.at).total_seconds(), 1))
    if end.kind in _REVIEWED:
        text = gettext("%(language)s: %(steps)s in %(time)s, then %(outcome)s")
        return text % (names | {"time": took, "outcome": _REVIEWED[end.kind]})
    text = (
        gettext("%(language)s: %(steps)s after %(time)s") if failed else gettext("%(language)s: %(steps)s in %(time)s")
    )
    return text % (names | {"time": took})


def moment(event: Event, provider: str, others: Mapping[int, bool] | None = None) -> Moment:
    """One event in words. ``others``: assets that it may lead to, and whether they are in the trash."""
    icon, tone, text = _ENTRIES.get(event.kind, _plain)(event, provider)
    other = _other(event)
    return Moment(
        at=event.at,
        text=text,
        icon=icon,
        tone=tone,
        by=event.actor.get_username() if event.actor else "",
        cause=""
        if event.kind == Event.Kind.CALLBACK
        else str(_CAUSES.get(event.cause, "")).replace("{provider}", provider),
        more=_more(event),
        asset_id=other if other in (others or {}) else None,
        in_trash=bool(others and other and others.get(other)),
        pk=event.pk,
        rule=_rule(event),
    )


def _more(event: Event) -> str:
    """What a person wrote, or why it happened: our own reasons in the reader's language, others as they are."""
    if event.kind == Event.Kind.APPROVAL_ASKED:
        return approvals.why(event)
    if event.kind == Event.Kind.KEEP_FAILED:
        return formatting.translated(str(event.data.get("why", "")))
    return str(event.data.get("why") or event.data.get("words") or event.data.get("found") or "")


def _rule(event: Event) -> str:
    """What the decision was based on, as it was recorded."""
    parts = [event.cause or "-", *(f"{name}: {value}" for name, value in sorted(event.data.items()))]
    return " · ".join(parts)


def _cause(event: Event, provider: str) -> str:
    return str(_CAUSES.get(event.cause, "")).replace("{provider}", provider)


_Entry = tuple[str, str, str]
# Keys for other assets in an event. A pilot does not name its draft, which is private to its author.
_OTHERS = ("copy", "copied_from", "pilot", "whole")

_CAUSES = {
    "callback": _("reported by {provider}"),
    "sync": _("seen at {provider}"),
    "sweep": _("seen at {provider}"),
    "settle": _("found by checking with {provider}"),
    "admin": _("in the admin site"),
    "command": _("from the command line"),
    "retention": _("by the retention policy"),
}
_ASKED = frozenset({Event.Kind.SUBMITTED, Event.Kind.LOCALES_ADDED})
_DUBBED = {"ready", "generating", "keeping", "completed"}
# Statuses whose reason has an event of its own, recorded with them.
_SHOWN_BY_OTHER_EVENTS = {"submitting", "held", "unconfirmed", "refused", "awaiting"}


def _is_shown_elsewhere(event: Event) -> bool:
    if event.kind != Event.Kind.STATUS:
        return False
    to, before = str(event.data.get("to")), str(event.data.get("from"))
    if before == "awaiting":
        return True  # approved or returned
    return to in _SHOWN_BY_OTHER_EVENTS or (to == "dubbing" and before in {"submitting", *_SHOWN_BY_OTHER_EVENTS})


def _names(event: Event) -> str:
    codes = json_values.texts(event.data.get("locales")) or ([event.locale] if event.locale else [])
    return formatting.enumeration(map(locales.display_name, codes))


def _status(event: Event, provider: str) -> _Entry:
    state = status_badges.of_asset(str(event.data.get("to", "")), doubtful=event.asset.is_doubtful)
    return state.icon, state.tone, gettext("Status: %(status)s.") % {"status": state.word}


def _language(event: Event, provider: str) -> _Entry:
    state = status_badges.of_dubbing(str(event.data.get("to", "")), doubtful=bool(event.data.get("warning")))
    return (
        state.icon,
        state.tone,
        gettext("%(language)s: %(status)s.") % {"language": locales.display_name(event.locale), "status": state.word},
    )


def _created(event: Event, provider: str) -> _Entry:
    copied_from, other = event.data.get("copied_from"), str(event.data.get("provider") or "")
    if other:
        text = gettext("Copied to try it with %(provider)s.") % {"provider": providers.label(other)}
        return "pencil", "grey", text
    return "pencil", "grey", gettext("Copied to try again.") if copied_from else gettext("Draft created.")


def _retried(event: Event, provider: str) -> _Entry:
    other = str(event.data.get("provider") or "")
    if "draft" in event.data:
        return "refresh", "blue", gettext("Edited and sent again: %(languages)s.") % {"languages": _names(event)}
    if not other:
        return "refresh", "blue", gettext("Tried again as a new video.")
    return "refresh", "blue", gettext("Also tried with %(provider)s.") % {"provider": providers.label(other)}


def _submitted(event: Event, provider: str) -> _Entry:
    return "send", "blue", gettext("Submitted for dubbing into %(languages)s.") % {"languages": _names(event)}


def _added(event: Event, provider: str) -> _Entry:
    if event.actor:
        return "language", "blue", gettext("Added %(languages)s.") % {"languages": _names(event)}
    text = gettext("%(languages)s appeared at %(provider)s without a request from the portal.")
    return "language", "amber", text % {"languages": _names(event), "provider": provider}


def _held(event: Event, provider: str) -> _Entry:
    text = gettext("On hold: %(provider)s is not accepting requests right now.")
    return "player-pause", "grey", text % {"provider": provider}


def _kept(event: Event, provider: str) -> _Entry:
    size, length = numbers.whole(event.data.get("size")), _seconds(event, "duration")
    figures = ", ".join(part for part in (formatting.duration(length), formatting.size(size)) if part)
    text = gettext("%(language)s: final video saved (%(figures)s).")
    text %= {"language": locales.display_name(event.locale), "figures": figures}
    warnings = [failure_messages.explain_warning(code) for code in json_values.texts(event.data.get("warnings"))]
    if warnings:
        return "alert-triangle", "amber", " ".join([text, *warnings])
    return "circle-check", "green", text


def _seconds(event: Event, name: str) -> float | None:
    return numbers.figure(event.data.get(name), low=-10 * lengths.LONGEST, high=10 * lengths.LONGEST)


def _length(event: Event, provider: str) -> _Entry:
    reported, ours = (formatting.duration(_seconds(event, name)) for name in ("told", "ours"))
    text = gettext("%(provider)s reports a length of %(reported)s. We measured %(measured)s, which is what counts.")
    return "alert-triangle", "grey", text % {"provider": provider, "reported": reported, "measured": ours}


def _keep_failed(event: Event, provider: str) -> _Entry:
    return (
        "alert-triangle",
        "amber",
        gettext("%(language)s: the final video could not be saved yet.")
        % {"language": locales.display_name(event.locale)},
    )


def _revised(event: Event, provider: str) -> _Entry:
    return (
        "arrow-back-up",
        "violet",
        gettext("%(language)s: sent back to editing.") % {"language": locales.display_name(event.locale)},
    )


def _settled(event: Event, provider: str) -> _Entry:
    if event.data.get("never_created"):
        text = gettext("Decided manually: the request was never carried out, so it is being sent again.")
        return "check", "blue", text
    return "check", "blue", gettext("Decided manually: the request was carried out.")


def _asked(event: Event, provider: str) -> _Entry:
    return "user-check", "amber", gettext("Approval requested for %(amount)s.") % {"amount": _amount(event)}


def _approved(event: Event, provider: str) -> _Entry:
    if event.data.get("own"):
        text = gettext("Above the project’s limit, sent by an owner: %(amount)s.")
        return "user-check", "blue", text % {"amount": _amount(event)}
    return "user-check", "blue", gettext("Approved: %(amount)s.") % {"amount": _amount(event)}


def _given_back(event: Event, provider: str) -> _Entry:
    if event.data.get("taken"):
        return "arrow-back-up", "amber", gettext("Approval request withdrawn.")
    return "arrow-back-up", "amber", gettext("Changes requested.")


def _amount(event: Event) -> str:
    milliseconds, count = numbers.whole(event.data.get("milliseconds")), numbers.whole(event.data.get("languages"))
    count = 1 if count is None else count
    length = gettext("length not known yet") if milliseconds is None else formatting.minutes(milliseconds / 1000)
    text = ngettext("%(length)s, %(count)s language", "%(length)s, %(count)s languages", count)
    return text % {"length": length, "count": count}


def _overridden(event: Event, provider: str) -> _Entry:
    rules = (str(policies.RULES.get(rule, rule)) for rule in json_values.texts(event.data.get("rules")))
    return "shield-check", "amber", gettext("Policy overridden: %(rules)s.") % {"rules": formatting.enumeration(rules)}


def _pilot(event: Event, provider: str) -> _Entry:
    promoted, whole = json_values.texts(event.data.get("promoted")), event.data.get("whole")
    if promoted:
        text = (
            gettext("The whole video was sent: %(languages)s.")
            if whole
            else gettext("Sent in full after its pilot: %(languages)s.")
        )
        languages = formatting.enumeration(map(locales.display_name, promoted))
        return "plane-departure", "blue", text % {"languages": languages}
    if event.data.get("pilot_of"):
        return "plane-departure", "blue", gettext("Sent as a pilot, before the whole video.")
    return "plane-departure", "blue", gettext("A pilot of this video was sent.")


def _renamed(event: Event, provider: str) -> _Entry:
    text = gettext("Renamed from “%(before)s” to “%(after)s”.")
    names = {name: formatting.isolated(str(event.data.get(name) or "")) for name in ("before", "after")}
    return "pencil", "grey", text % names


def _due(event: Event, provider: str) -> _Entry:
    due = json_values.day(event.data.get("due"))
    if due is None:
        return "history", "grey", gettext("Due date removed.")
    shown = date_format(due, gettext("j F Y"))
    return "history", "grey", gettext("Due date: %(date)s.") % {"date": shown}


def _tagged(event: Event, provider: str) -> _Entry:
    added, removed = (json_values.texts(event.data.get(name)) for name in ("added", "removed"))
    text = gettext("Tag added: %(tags)s.") if added else gettext("Tag removed: %(tags)s.")
    return "bookmark", "grey", text % {"tags": formatting.enumeration(added or removed)}


def _review_asked(event: Event, provider: str) -> _Entry:
    return "eye", "violet", gettext("%(language)s: review requested.") % _language_of(event)


def _review_approved(event: Event, provider: str) -> _Entry:
    if event.data.get("first"):
        text = gettext("%(language)s: final video reviewed. An owner approves it next.")
        return "eye-check", "blue", text % _language_of(event)
    return "rosette-discount-check", "green", gettext("%(language)s: final video approved.") % _language_of(event)


def _review_returned(event: Event, provider: str) -> _Entry:
    return "arrow-back-up", "amber", gettext("%(language)s: changes requested.") % _language_of(event)


def _review_reopened(event: Event, provider: str) -> _Entry:
    return "history", "amber", gettext("%(language)s: review reopened.") % _language_of(event)


def _review_outdated(event: Event, provider: str) -> _Entry:
    changed = json_values.texts(event.data.get("changed"))
    parts = [str(label) for value, label in ReviewPart.choices if value in changed]
    text = gettext("%(language)s: the approval is out of date. Changed since: %(parts)s.")
    return "history", "amber", text % (_language_of(event) | {"parts": ", ".join(parts)})


def _vote_asked(event: Event, provider: str) -> _Entry:
    return "columns-2", "violet", gettext("Blind comparison started: “%(name)s”.") % _comparison_of(event)


def _vote_closed(event: Event, provider: str) -> _Entry:
    return "columns-2", "grey", gettext("Blind comparison closed: “%(name)s”.") % _comparison_of(event)


def _comparison_of(event: Event) -> dict[str, str]:
    return {"name": formatting.isolated(str(event.data.get("name", "")))}


def _language_of(event: Event) -> dict[str, str]:
    return {"language": locales.display_name(event.locale)}


def _commented(event: Event, provider: str) -> _Entry:
    if guest := str(event.data.get("guest") or ""):
        names = {"name": formatting.isolated(guest)} | _language_of(event)
        return "message", "blue", gettext("%(name)s (guest) commented on %(language)s.") % names
    return "message", "grey", gettext("Somebody was mentioned in a comment.")


def _plain(event: Event, provider: str) -> _Entry:
    return "point", "grey", f"{event.get_kind_display()}."


def _saying(icon: str, tone: str, text: StrOrPromise) -> Callable[[Event, str], _Entry]:
    return lambda event, provider: (icon, tone, str(text).replace("{provider}", provider))


_KIND = Event.Kind
_ENTRIES: dict[str, Callable[[Event, str], _Entry]] = {
    _KIND.STATUS: _status,
    _KIND.DUBBING_STATUS: _language,
    _KIND.CREATED: _created,
    _KIND.SUBMITTED: _submitted,
    _KIND.LOCALES_ADDED: _added,
    _KIND.HELD: _held,
    _KIND.LATE: _saying("clock-exclamation", "amber", _("This is taking longer than usual.")),
    _KIND.STUCK: _saying("alert-triangle", "red", _("This is taking far longer than usual.")),
    _KIND.LENGTH_DIFFERS: _length,
    _KIND.KEPT: _kept,
    _KIND.KEEP_FAILED: _keep_failed,
    _KIND.REVISED: _revised,
    _KIND.PILOT: _pilot,
    _KIND.SETTLED: _settled,
    _KIND.OVERRIDDEN: _overridden,
    _KIND.LENGTH_CHECKED: _saying("circle-check", "green", _("The length was checked and is right.")),
    _KIND.APPROVAL_ASKED: _asked,
    _KIND.APPROVED: _approved,
    _KIND.GIVEN_BACK: _given_back,
    _KIND.SENDING: _saying("send", "blue", _("Started sending to {provider}.")),
    _KIND.ACCEPTED: _saying("check", "blue", _("{provider} accepted it and started dubbing.")),
    _KIND.REFUSED: _saying("ban", "red", _("{provider} refused the request.")),
    _KIND.ANSWER_LOST: _saying("help-circle", "amber", _("We lost the answer and are checking what happened.")),
    _KIND.LOOKED_FOR: _saying("search", "grey", _("Checked with {provider}.")),
    _KIND.ABANDONED: _saying("history", "grey", _("The request never arrived. It is being sent again.")),
    _KIND.DUPLICATE: _saying(
        "alert-triangle", "amber", _("A duplicate appeared at {provider}. An administrator can see it.")
    ),
    _KIND.NEEDS_PERSON: _saying("alert-triangle", "amber", _("Waiting for an administrator’s decision.")),
    _KIND.CALLBACK: _saying("message", "grey", _("{provider} sent an update.")),
    _KIND.UNKNOWN_WORD: _saying("help-circle", "grey", _("{provider} reported a status that we do not know.")),
    _KIND.SYNC_FAILED: _saying("cloud-off", "grey", _("We could not reach {provider}. We retry automatically.")),
    _KIND.RETRIED: _retried,
    _KIND.RENAMED: _renamed,
    _KIND.DUE: _due,
    _KIND.TAGGED: _tagged,
    _KIND.ARCHIVED: _saying("minus", "grey", _("Archived.")),
    _KIND.UNARCHIVED: _saying("plus", "grey", _("Unarchived.")),
    _KIND.MOVED: _saying("arrow-right", "grey", _("Moved here from another project.")),
    _KIND.TRASHED: _saying("trash", "grey", _("Moved to trash.")),
    _KIND.RESTORED: _saying("arrow-back-up", "grey", _("Restored from trash.")),
    _KIND.PURGED: _saying("trash", "grey", _("Deleted for good.")),
    _KIND.REPLAYED: _saying("refresh", "grey", _("An update from {provider} was processed again.")),
    _KIND.REVIEW_ASKED: _review_asked,
    _KIND.REVIEW_APPROVED: _review_approved,
    _KIND.REVIEW_RETURNED: _review_returned,
    _KIND.REVIEW_REOPENED: _review_reopened,
    _KIND.REVIEW_OUTDATED: _review_outdated,
    _KIND.SUBTITLES_CHANGED: _saying("pencil", "grey", _("Subtitles changed.")),
    _KIND.COMMENTED: _commented,
    _KIND.VOTE_ASKED: _vote_asked,
    _KIND.VOTE_CLOSED: _vote_closed,
    _KIND.OPS: _saying("settings", "grey", _("Something was changed in the admin site.")),
}
