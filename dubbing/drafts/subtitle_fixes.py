"""Subtitles mended for somebody: fixes, the other timeline, a beginning from the source's times, and one step back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from dubbing import subtitles
from dubbing.drafts import drafts
from dubbing.drafts.draft import SOURCE, field_of
from dubbing.models import Asset
from dubbing.platform import formatting, locales
from dubbing.subtitles import Context, Cue

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class NothingDone(Exception):
    """Why a text stays as it is, in words for the person who asked."""


def mend(asset: Asset, slot: str, kind: str, context: Context, user: User, cue: int | None = None) -> str:
    """Mend all of a kind in a text, or one cue of it; say what was done. Raises NothingDone and NotPossible."""
    if kind in subtitles.ELSEWHERE:
        return _carry(asset, slot, kind, context, user)
    cues = cues_of(asset, slot)
    mended = subtitles.apply_fix(cues, kind, context, cue)
    if mended == cues:
        raise NothingDone("There is nothing to fix: the text has changed.")
    did = f"{subtitles.FIXES[kind]}: {_difference(cues, mended)}."
    _keep(asset, slot, subtitles.to_srt(mended), did, user)
    return did


def to_whole_film(asset: Asset, slot: str, context: Context, user: User) -> str:
    """Take the times as counted from the trimmed part, and make them count from the beginning of the whole film."""
    cues = cues_of(asset, slot)
    moved = subtitles.from_part(cues, context)
    if moved == cues:
        raise NothingDone("The times were not moved: counted from the start of the trim, no cue would be inside it.")
    did = f"Moved by the start of the trim: {_difference(cues, moved)}."
    _keep(asset, slot, subtitles.to_srt(moved), did, user)
    return did


def begin(asset: Asset, slot: str, user: User, *, like: str = SOURCE) -> str:
    """Begin a text with the times of another one. The words come along only if the language is the same."""
    if typed_text(asset, slot).strip():
        raise NothingDone("There is a text already. Clear it first to start again.")
    if slot in {like, SOURCE}:
        raise NothingDone("Choose another text to copy times from.")
    try:
        cues = cues_of(asset, like)
    except NothingDone as error:
        words = f"{_named(like)} has no times that can be read, so there is nothing to begin with."
        raise NothingDone(words[0].upper() + words[1:]) from error
    with_words = like != SOURCE and like.partition("-")[0] == slot.partition("-")[0]
    begun = cues if with_words else tuple(Cue(cue.start, cue.end, subtitles.PLACEHOLDER) for cue in cues)
    rest = "with their words." if with_words else "to fill in."
    did = f"Begun with the times of {_named(like)}: {formatting.plural(len(begun), 'cue')} {rest}"
    _keep(asset, slot, subtitles.to_srt(begun), did, user)
    return did


def undo(asset: Asset, slot: str, user: User) -> str:
    """One step back. Raises NothingDone when the text was changed by hand since."""
    step = drafts.read_draft(asset).steps.get(slot)
    if step is None:
        raise NothingDone("The text has changed, so this cannot be undone.")
    _keep(asset, slot, step.text, "Undone.", user)
    return "Undone."


def typed_text(asset: Asset, slot: str) -> str:
    """The text as it was typed."""
    return drafts.read_draft(asset).text(slot)


def cues_of(asset: Asset, slot: str) -> tuple[Cue, ...]:
    """The cues of the text as it was typed. Raises NothingDone."""
    try:
        return subtitles.read(typed_text(asset, slot)).cues
    except subtitles.SubtitleError as error:
        raise NothingDone("The text cannot be read. Correct it by hand first.") from error


def _carry(asset: Asset, slot: str, kind: str, context: Context, user: User) -> str:
    """Change places with the text it was mistaken for, or move to the place it is meant for."""
    mine = typed_text(asset, slot)
    try:
        words = subtitles.spoken_text(cues_of(asset, slot))
    except NothingDone:
        words = mine
    other = subtitles.counterpart(kind, words, context)
    if other is None:
        raise NothingDone("A text has changed. Check the texts and try again.")
    theirs = typed_text(asset, other.slot)
    did = f"Swapped with {_named(other.slot)}." if theirs.strip() else f"Moved to {_named(other.slot)}."
    places = {slot: other.slot, other.slot: slot}
    with transaction.atomic():
        files = drafts.read_draft(asset).files
        data = {field_of(slot): theirs, field_of(other.slot): mine}
        draft = drafts.keep_typed(asset, data, user, undoable=dict.fromkeys(places, did))
        kept = {place: file for place, file in draft.files.items() if place not in places}
        carried = {places[place]: file for place, file in files.items() if place in places}
        drafts.store(asset, draft.with_files(kept | carried))
    return did


def _keep(asset: Asset, slot: str, text: str, did: str, user: User) -> None:
    drafts.keep_typed(asset, {field_of(slot): text}, user, undoable={slot: did})


def _difference(before: tuple[Cue, ...], after: tuple[Cue, ...]) -> str:
    if len(before) == len(after):
        changed = sum(one != other for one, other in zip(before, after, strict=True))
        return f"{formatting.plural(changed, 'cue')} changed"
    return f"{formatting.plural(len(before), 'cue')} before, {len(after)} now"


def _named(slot: str) -> str:
    return "the transcript of the original" if slot == SOURCE else locales.display_name(slot)
