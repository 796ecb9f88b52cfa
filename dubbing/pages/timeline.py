"""What happened to an asset, in sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from dubbing import locales, providers, states, wording
from dubbing.models import Asset, Event

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
    other = event.data.get("copy") or event.data.get("copied_from")
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

_CAUSES = {
    "callback": "{provider} called back",
    "sync": "seen at {provider}",
    "sweep": "seen at {provider}",
    "settle": "looked for at {provider}",
    "admin": "in the admin site",
    "command": "from the command line",
}
# Steps whose reason has a line of its own, written with them.
_SAID_BY_OTHERS = {"submitting", "held", "unconfirmed", "refused"}


def _said_already(event: Event) -> bool:
    if event.kind != Event.Kind.STATUS:
        return False
    to, before = event.data.get("to"), event.data.get("from")
    return to in _SAID_BY_OTHERS or (to == "dubbing" and before in {"submitting", *_SAID_BY_OTHERS})


def _names(event: Event) -> str:
    codes = event.data.get("locales") or ([event.locale] if event.locale else [])
    return _sentence_list(_name(str(code)) for code in codes)


def _name(code: str) -> str:
    found = locales.find(code, extra=[code])
    return found.name if found else code


def _sentence_list(names: Iterable[str]) -> str:
    *first, last = list(names) or [""]
    return f"{', '.join(first)} and {last}" if first else last


def _status(event: Event, provider: str) -> _Told:
    state = states.of_asset(str(event.data.get("to", "")))
    return state.icon, state.tone, f"Now {state.word.lower()}."


def _language(event: Event, provider: str) -> _Told:
    state = states.of_dubbing(str(event.data.get("to", "")))
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
    where = "" if event.actor else " in the studio"
    return "language", "blue", f"Added{where}: {_names(event)}."


def _held(event: Event, provider: str) -> _Told:
    return "player-pause", "grey", f"On hold: {provider} takes nothing now."


def _kept(event: Event, provider: str) -> _Told:
    size, length = event.data.get("size"), event.data.get("duration")
    figures = ", ".join(part for part in (wording.duration(length), wording.size(size)) if part)
    return "circle-check", "green", f"{_name(event.locale)}: the result is saved here ({figures})."


def _keep_failed(event: Event, provider: str) -> _Told:
    return "alert-triangle", "amber", f"{_name(event.locale)}: the result could not be saved yet."


def _revised(event: Event, provider: str) -> _Told:
    return "arrow-back-up", "violet", f"{_name(event.locale)}: sent back to editing."


def _settled(event: Event, provider: str) -> _Told:
    found = "it was never carried out, so it is sent again" if event.data.get("never_created") else "it was carried out"
    return "check", "blue", f"Decided by hand: {found}."


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
    _KIND.KEPT: _kept,
    _KIND.KEEP_FAILED: _keep_failed,
    _KIND.REVISED: _revised,
    _KIND.SETTLED: _settled,
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
