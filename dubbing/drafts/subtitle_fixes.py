"""Change subtitles for a person: apply fixes, shift times, copy times from another text, and undo the last change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext, ngettext

from dubbing import subtitles
from dubbing.drafts import saved_drafts
from dubbing.drafts.draft import SOURCE, field_of
from dubbing.models import Asset
from dubbing.platform import locales
from dubbing.subtitles import Context, Cue

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class NothingDone(Exception):
    """Why a text was not changed, in words for the person who asked."""


def fix_text(asset: Asset, slot: str, kind: str, context: Context, user: User, cue: int | None = None) -> str:
    """Fix all problems of a kind in a text, or those in one cue. Return what was done.

    Raises NothingDone and NotPossible.
    """
    if kind in subtitles.ELSEWHERE:
        return _carry(asset, slot, kind, context, user)
    cues = cues_of(asset, slot)
    fixed = subtitles.apply_fix(cues, kind, context, cue)
    if fixed == cues:
        raise NothingDone(gettext("There is nothing to fix because the text has changed."))
    did = f"{subtitles.FIXES[kind]}: {_difference(cues, fixed)}."
    _keep(asset, slot, subtitles.to_srt(fixed), did, user)
    return did


def to_whole_video(asset: Asset, slot: str, context: Context, user: User) -> str:
    """Shift times that count from the start of the trim, so that they count from the start of the whole video."""
    cues = cues_of(asset, slot)
    moved = subtitles.from_part(cues, context)
    if moved == cues:
        raise NothingDone(gettext("The times were not moved because no cue would be inside the trim."))
    did = gettext("Moved by the start of the trim: %(changes)s.") % {"changes": _difference(cues, moved)}
    _keep(asset, slot, subtitles.to_srt(moved), did, user)
    return did


def begin(asset: Asset, slot: str, user: User, *, like: str = SOURCE) -> str:
    """Start a text with the times of another one. Its words are copied only if the language is the same."""
    if typed_text(asset, slot).strip():
        raise NothingDone(gettext("There is already a text here. Clear it first to start again."))
    if slot in {like, SOURCE}:
        raise NothingDone(gettext("Choose another text to copy the times from."))
    try:
        cues = cues_of(asset, like)
    except NothingDone as error:
        message = gettext("We cannot read the times of %(text)s. Choose another text to start from.")
        message %= {"text": _named(like)}
        raise NothingDone(message) from error
    with_words = like != SOURCE and like.partition("-")[0] == slot.partition("-")[0]
    begun = cues if with_words else tuple(Cue(cue.start, cue.end, subtitles.PLACEHOLDER) for cue in cues)
    did = gettext("Started with the times of %(text)s: %(cues)s to fill in.")
    if with_words:
        did = gettext("Started with the times and words of %(text)s: %(cues)s.")
    did %= {"text": _named(like), "cues": _cues(len(begun))}
    _keep(asset, slot, subtitles.to_srt(begun), did, user)
    return did


def undo(asset: Asset, slot: str, user: User) -> str:
    """Undo the last step. Raises NothingDone if the text was changed by hand since."""
    step = saved_drafts.read_draft(asset).steps.get(slot)
    if step is None:
        raise NothingDone(gettext("The text has changed, so this cannot be undone."))
    undone = gettext("Undone.")
    _keep(asset, slot, step.text, undone, user)
    return undone


def typed_text(asset: Asset, slot: str) -> str:
    """Return the text as it was entered."""
    return saved_drafts.read_draft(asset).text(slot)


def cues_of(asset: Asset, slot: str) -> tuple[Cue, ...]:
    """Return the cues of the text as it was entered. Raises NothingDone."""
    try:
        return subtitles.read(typed_text(asset, slot)).cues
    except subtitles.SubtitleError as error:
        raise NothingDone(gettext("We cannot read this text. Correct it manually first.")) from error


def _carry(asset: Asset, slot: str, kind: str, context: Context, user: User) -> str:
    """Swap the text with the one it was mistaken for, or move it to the slot it is meant for."""
    mine = typed_text(asset, slot)
    try:
        spoken = subtitles.spoken_text(cues_of(asset, slot))
    except NothingDone:
        spoken = mine
    other = subtitles.counterpart(kind, spoken, context)
    if other is None:
        raise NothingDone(gettext("A text has changed. Check the texts and try again."))
    theirs = typed_text(asset, other.slot)
    did = gettext("Swapped with %(text)s.") if theirs.strip() else gettext("Moved to %(text)s.")
    did %= {"text": _named(other.slot)}
    places = {slot: other.slot, other.slot: slot}
    with transaction.atomic():
        files = saved_drafts.read_draft(asset).files
        data = {field_of(slot): theirs, field_of(other.slot): mine}
        draft = saved_drafts.keep_typed(asset, data, user, undoable=dict.fromkeys(places, did))
        kept = {place: file for place, file in draft.files.items() if place not in places}
        carried = {places[place]: file for place, file in files.items() if place in places}
        saved_drafts.store(asset, draft.with_files(kept | carried))
    return did


def _keep(asset: Asset, slot: str, text: str, did: str, user: User) -> None:
    saved_drafts.keep_typed(asset, {field_of(slot): text}, user, undoable={slot: did})


def _difference(before: tuple[Cue, ...], after: tuple[Cue, ...]) -> str:
    if len(before) == len(after):
        changed = sum(was != other for was, other in zip(before, after, strict=True))
        return ngettext("%(count)s cue changed", "%(count)s cues changed", changed) % {"count": changed}
    return gettext("%(before)s before, %(after)s now") % {"before": _cues(len(before)), "after": len(after)}


def _cues(count: int) -> str:
    return ngettext("%(count)s cue", "%(count)s cues", count) % {"count": count}


def _named(slot: str) -> str:
    return gettext("the transcript") if slot == SOURCE else locales.display_name(slot)
