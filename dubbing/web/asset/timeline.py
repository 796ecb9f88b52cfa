"""What happened to an asset, in sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from dubbing import providers
from dubbing.models import Asset, Event, status_badges
from dubbing.platform import failure_messages, formatting, locales
from dubbing.projects import policies

LONGEST = 100


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline."""

    at: datetime
    words: str
    icon: str
    tone: str
    by: str
    cause: str
    more: str = ""
    asset_id: int | None = None  # another asset that the sentence is about


def of_asset(asset: Asset, provider: str) -> list[Moment]:
    """The newest moments first; what another line says already is left out."""
    events = asset.events.select_related("actor").order_by("-id")[:LONGEST]
    return [moment(event, provider) for event in events if not _said_already(event)]


def moment(event: Event, provider: str) -> Moment:
    """One event in words."""
    icon, tone, words = _TELLERS.get(event.kind, _plain)(event, provider)
    other = next((event.data[name] for name in _OTHERS if event.data.get(name)), None)
    return Moment(
        at=event.at,
        words=words,
        icon=icon,
        tone=tone,
        by=event.actor.get_username() if event.actor else "",
        cause="" if event.kind == Event.Kind.CALLBACK else _CAUSES.get(event.cause, "").replace("{provider}", provider),
        more=str(event.data.get("why") or event.data.get("words") or event.data.get("found") or ""),
        asset_id=other if isinstance(other, int) else None,
    )


_Told = tuple[str, str, str]
# Another asset that an event names. A pilot does not name its draft: that is its maker's alone.
_OTHERS = ("copy", "copied_from", "pilot", "whole")

_CAUSES = {
    "callback": "{provider} called back",
    "sync": "seen at {provider}",
    "sweep": "seen at {provider}",
    "settle": "looked for at {provider}",
    "admin": "in the admin site",
    "command": "from the command line",
}
# Steps whose reason has a line of its own, written with them.
_SAID_BY_OTHERS = {"submitting", "held", "unconfirmed", "refused", "awaiting"}


def _said_already(event: Event) -> bool:
    if event.kind != Event.Kind.STATUS:
        return False
    to, before = event.data.get("to"), event.data.get("from")
    if before == "awaiting":
        return True  # approved, or given back
    return to in _SAID_BY_OTHERS or (to == "dubbing" and before in {"submitting", *_SAID_BY_OTHERS})


def _names(event: Event) -> str:
    codes = event.data.get("locales") or ([event.locale] if event.locale else [])
    return _sentence_list(_name(str(code)) for code in codes)


def _name(code: str) -> str:
    return locales.display_name(code)


def _sentence_list(names: Iterable[str]) -> str:
    return formatting.enumeration(names)


def _status(event: Event, provider: str) -> _Told:
    state = status_badges.of_asset(str(event.data.get("to", "")), doubtful=event.asset.is_doubtful)
    return state.icon, state.tone, f"Now {state.word.lower()}."


def _language(event: Event, provider: str) -> _Told:
    state = status_badges.of_dubbing(str(event.data.get("to", "")), doubtful=bool(event.data.get("warning")))
    return state.icon, state.tone, f"{_name(event.locale)}: {state.word.lower()}."


def _created(event: Event, provider: str) -> _Told:
    again, other = event.data.get("copied_from"), str(event.data.get("provider") or "")
    if other:
        return "pencil", "grey", f"Made as a copy, to try it with {providers.label(other)}."
    return "pencil", "grey", "Made as a copy, to try again." if again else "Draft made."


def _retried(event: Event, provider: str) -> _Told:
    other = str(event.data.get("provider") or "")
    words = f"Tried with {providers.label(other)} as well." if other else "Tried again as a new asset."
    return "refresh", "blue", words


def _submitted(event: Event, provider: str) -> _Told:
    return "send", "blue", f"Submitted, to be dubbed into {_names(event)}."


def _added(event: Event, provider: str) -> _Told:
    if event.actor:
        return "language", "blue", f"Added: {_names(event)}."
    return "language", "amber", f"{_names(event)} showed up at {provider}. Nobody asked for it here."


def _held(event: Event, provider: str) -> _Told:
    return "player-pause", "grey", f"On hold: {provider} takes nothing now."


def _kept(event: Event, provider: str) -> _Told:
    size, length = event.data.get("size"), event.data.get("duration")
    figures = ", ".join(part for part in (formatting.duration(length), formatting.size(size)) if part)
    words = f"{_name(event.locale)}: the result is saved here ({figures})."
    warnings = [failure_messages.explain_warning(str(code)) for code in event.data.get("warnings") or []]
    if warnings:
        return "alert-triangle", "amber", " ".join([words, *warnings])
    return "circle-check", "green", words


def _length(event: Event, provider: str) -> _Told:
    told, ours = (formatting.duration(event.data.get(name)) for name in ("told", "ours"))
    return (
        "alert-triangle",
        "grey",
        f"{provider} says that it lasts {told}. We measured {ours}, and that is what counts.",
    )


def _keep_failed(event: Event, provider: str) -> _Told:
    return "alert-triangle", "amber", f"{_name(event.locale)}: the result could not be saved yet."


def _revised(event: Event, provider: str) -> _Told:
    return "arrow-back-up", "violet", f"{_name(event.locale)}: sent back to editing."


def _settled(event: Event, provider: str) -> _Told:
    found = "it was never carried out, so it is sent again" if event.data.get("never_created") else "it was carried out"
    return "check", "blue", f"Decided by hand: {found}."


def _asked(event: Event, provider: str) -> _Told:
    return "user-check", "amber", f"An owner was asked to approve {_amount(event)}."


def _approved(event: Event, provider: str) -> _Told:
    if event.data.get("own"):
        return "user-check", "blue", f"Above the project’s limit, and sent by an owner: {_amount(event)}."
    return "user-check", "blue", f"Approved: {_amount(event)}."


def _given_back(event: Event, provider: str) -> _Told:
    words = "Taken back before anybody approved it." if event.data.get("taken") else "Given back without approval."
    return "arrow-back-up", "amber", words


def _amount(event: Event) -> str:
    milliseconds, languages = event.data.get("milliseconds"), event.data.get("languages")
    count = formatting.plural(languages if isinstance(languages, int) else 1, "language")
    known = isinstance(milliseconds, int)
    return f"{formatting.minutes(milliseconds / 1000) if known else 'a length that is not known yet'}, {count}"


def _overridden(event: Event, provider: str) -> _Told:
    rules = (policies.RULES.get(str(rule), str(rule)) for rule in event.data.get("rules", []))
    return "shield-check", "amber", f"The policy was set aside: {_sentence_list(rules)}."


def _pilot(event: Event, provider: str) -> _Told:
    promoted, whole = event.data.get("promoted"), event.data.get("whole")
    if promoted:
        what = "The whole film was sent" if whole else "Sent as a whole after its pilot"
        return "plane-departure", "blue", f"{what}: {_sentence_list(_name(str(code)) for code in promoted)}."
    if event.data.get("pilot_of"):
        return "plane-departure", "blue", "Sent as a pilot, to judge by before the whole film goes."
    return "plane-departure", "blue", "A pilot of it was sent."


def _plain(event: Event, provider: str) -> _Told:
    return "point", "grey", f"{event.get_kind_display()}."


def _saying(icon: str, tone: str, words: str) -> Callable[[Event, str], _Told]:
    return lambda event, provider: (icon, tone, words.replace("{provider}", provider))


_KIND = Event.Kind
_TELLERS: dict[str, Callable[[Event, str], _Told]] = {
    _KIND.STATUS: _status,
    _KIND.DUBBING_STATUS: _language,
    _KIND.CREATED: _created,
    _KIND.SUBMITTED: _submitted,
    _KIND.LOCALES_ADDED: _added,
    _KIND.HELD: _held,
    _KIND.LENGTH_DIFFERS: _length,
    _KIND.KEPT: _kept,
    _KIND.KEEP_FAILED: _keep_failed,
    _KIND.REVISED: _revised,
    _KIND.PILOT: _pilot,
    _KIND.SETTLED: _settled,
    _KIND.OVERRIDDEN: _overridden,
    _KIND.APPROVAL_ASKED: _asked,
    _KIND.APPROVED: _approved,
    _KIND.GIVEN_BACK: _given_back,
    _KIND.SENDING: _saying("send", "blue", "Sending to {provider} started."),
    _KIND.ACCEPTED: _saying("check", "blue", "{provider} has it and starts dubbing."),
    _KIND.REFUSED: _saying("ban", "red", "{provider} refused the request."),
    _KIND.ANSWER_LOST: _saying("help-circle", "amber", "The answer got lost; we find out what became of it."),
    _KIND.LOOKED_FOR: _saying("search", "grey", "Looked for at {provider}."),
    _KIND.ABANDONED: _saying("history", "grey", "Found never to have arrived; it is sent once more."),
    _KIND.DUPLICATE: _saying("alert-triangle", "amber", "A second one showed up at {provider}; ops have been told."),
    _KIND.NEEDS_PERSON: _saying("alert-triangle", "amber", "Waits for a decision by the people who run the portal."),
    _KIND.CALLBACK: _saying("message", "grey", "{provider} called back."),
    _KIND.UNKNOWN_WORD: _saying("help-circle", "grey", "{provider} uses a word for its state that we do not know."),
    _KIND.SYNC_FAILED: _saying("cloud-off", "grey", "{provider} could not be asked; we try again."),
    _KIND.RETRIED: _retried,
    _KIND.OPS: _saying("settings", "grey", "Something was done in the admin site."),
}
