"""The text of one slot of an asset, as the editor opens and saves it.

While the asset can be changed, the text is what was entered; once it was sent, it is what was sent.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext

from dubbing import subtitles
from dubbing.drafts import saved_drafts
from dubbing.drafts.draft import SOURCE, field_of
from dubbing.models import Asset
from dubbing.platform import locales
from dubbing.projects import terms
from dubbing.providers import capabilities, locale_table
from dubbing.subtitles import Cue, Note, SubtitleError
from dubbing.subtitles.context import Context

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST_CUES = 10_000
LAST_MS = 100 * 3600 * 1000 - 1
_LONGEST_CUE = 5_000
_REMEMBERED_LENGTH = 600_000
_PACE, _SHORTEST_MS = 15, 1000  # characters per second, for a text whose times are not known yet
_SENTENCE = re.compile(r"(?<=[.!?…。！？؟])\s+|(?<=[。！？])")


class Changed(Exception):
    """Somebody else changed the text since it was loaded; nothing was saved. ``text`` is the current one."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(gettext("This text was changed elsewhere."))


class BadCues(ValueError):
    """Cues that cannot be saved: what is wrong, and with which one (counted from 1; None: with the whole text)."""

    def __init__(self, problems: Sequence[tuple[int | None, str]]) -> None:
        self.problems = list(problems)
        super().__init__(self.problems)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A slot's text and its cues. ``problems`` says why there are none: it is no SRT, or a transcript without times."""

    asset: Asset
    slot: str
    text: str
    cues: tuple[Cue, ...]
    problems: tuple[Note, ...] = ()

    @property
    def seen(self) -> str:
        """The text's fingerprint, by which saving notices that somebody else changed it."""
        return fingerprint(self.text)

    @property
    def locale(self) -> str:
        """The language of the text, as far as it is known."""
        return locale_of(self.asset, self.slot)

    @property
    def is_timed(self) -> bool:
        """Whether it can be shown as cues; an empty text can."""
        return not self.problems


def is_open(asset: Asset) -> bool:
    """Return whether the asset's texts may still be changed."""
    return asset.status in Asset.EDITABLE


def locale_of(asset: Asset, slot: str) -> str:
    """Return the locale of the slot's text; an empty string while the source language is not chosen."""
    if slot != SOURCE:
        return slot
    return saved_drafts.read_draft(asset).get("source_locale") if is_open(asset) else asset.source_locale


def slots_of(asset: Asset) -> list[str]:
    """Return the slots of an asset: its source and the chosen languages."""
    if not is_open(asset):
        return [SOURCE, *(dubbing.locale for dubbing in asset.dubbings.all())]
    can = capabilities(asset.provider)
    chosen = saved_drafts.read_draft(asset).targets
    return [*([SOURCE] if can.source_srt else []), *(chosen if can.target_srt else [])]


def has_slot(asset: Asset, slot: str) -> bool:
    """Return whether the asset has, or may have, a text in this slot."""
    return slot in slots_of(asset) or _may_come(asset, slot)


def open_sheet(asset: Asset, slot: str) -> Sheet | None:
    """Return the sheet of a slot; None if the asset has no such slot."""
    return read_sheet(asset, slot, text_of(asset, slot)) if has_slot(asset, slot) else None


def read_sheet(asset: Asset, slot: str, text: str) -> Sheet:
    """Return a text as the sheet of this slot."""
    if not text.strip():
        return Sheet(asset, slot, text, ())
    try:
        cues = read(text)
    except SubtitleError as error:
        return Sheet(asset, slot, text, (), error.problems)
    return Sheet(asset, slot, text, cues)


def read(text: str) -> tuple[Cue, ...]:
    """Return the cues of a text, cached because pages show the same text repeatedly. Raises SubtitleError."""
    return (_read_again if len(text) <= _REMEMBERED_LENGTH else _read)(text)


def text_of(asset: Asset, slot: str) -> str:
    """Return the current text."""
    if is_open(asset):
        return saved_drafts.read_draft(asset).text(slot)
    if slot == SOURCE:
        return asset.source_srt
    return next((dubbing.srt for dubbing in asset.dubbings.all() if dubbing.locale == slot), "")


def fingerprint(text: str) -> str:
    """Return a fingerprint of the text, ignoring white space around it."""
    return hashlib.sha256(text.strip().encode("utf-8", "replace")).hexdigest()[:32]


def context_of(sheet: Sheet, start: float | None, end: float | None) -> Context:
    """Return what the sheet's cues are checked against, with the video trimmed to these seconds."""
    asset, is_source = sheet.asset, sheet.slot == SOURCE
    source = None if is_source else read_sheet(asset, SOURCE, text_of(asset, SOURCE))
    return Context(
        duration=asset.source_duration,
        start=start,
        end=end,
        locale=sheet.locale,
        spoken=not is_source,
        source_cues=source.cues if source else (),
        terms=() if is_source else terms.wanted(asset.project_id, [sheet.slot])[sheet.slot],
    )


def cues_from(rows: Any) -> tuple[Cue, ...]:
    """Return the cues that a page sent as rows of start, end (milliseconds) and text. Raises BadCues."""
    if not isinstance(rows, list) or len(rows) > MOST_CUES:
        message = gettext("These are not cues, or there are more than %(limit)s.")
        raise BadCues([(None, message % {"limit": f"{MOST_CUES:,}"})])
    problems = [(number, message) for number, row in enumerate(rows, 1) if (message := _row_problem(row))]
    if problems:
        raise BadCues(problems)
    # SRT cannot hold a cue without text, and its times would be lost.
    return tuple(Cue(row["start"], row["end"], row["text"].strip() or subtitles.PLACEHOLDER) for row in rows)


def keep_cues(asset: Asset, slot: str, cues: Iterable[Cue], seen: str, user: User) -> str:
    """Save the cues as strict SRT and return the fingerprint. Raises Changed, BadCues and NotPossible."""
    return keep_text(asset, slot, subtitles.to_srt(cues), seen, user)


def keep_text(asset: Asset, slot: str, text: str, seen: str, user: User) -> str:
    """Save the text as it is, if nobody changed it since. Raises Changed, BadCues and NotPossible."""
    if len(text.encode("utf-8", "replace")) > subtitles.MAX_BYTES:
        message = gettext("This text is larger than %(limit)s MB, which is too large for subtitles. Remove some cues.")
        raise BadCues([(None, message % {"limit": f"{subtitles.MAX_BYTES / 1e6:.3g}"})])
    with transaction.atomic():
        locked = Asset.objects.locked(asset.pk)
        now = text_of(locked, slot)
        if fingerprint(now) not in {seen, fingerprint(text)}:
            raise Changed(now)
        kept = saved_drafts.keep_typed(asset, {field_of(slot): text}, user)
    return fingerprint(kept.text(slot))


def begun_from(text: str, first_ms: int, last_ms: int | None) -> tuple[Cue, ...]:
    """Return draft cues for a text without times: one per sentence, spread by length. The times are a guess."""
    pieces = [piece for line in text.splitlines() for piece in _SENTENCE.split(line.strip()) if piece.strip()]
    pieces = pieces[:MOST_CUES]
    lengths = [max(_SHORTEST_MS, len(piece) * 1000 // _PACE) for piece in pieces]
    wanted = sum(lengths)
    room = last_ms - first_ms if last_ms is not None and last_ms > first_ms else wanted
    return tuple(_placed(pieces, lengths, first_ms, room / wanted if wanted else 1.0))


def _placed(pieces: list[str], lengths: list[int], first_ms: int, stretch: float) -> Iterator[Cue]:
    before = 0
    for piece, length in zip(pieces, lengths, strict=True):
        start = first_ms + round(before * stretch)
        before += length
        yield Cue(start, max(start + 1, first_ms + round(before * stretch)), piece)


def _read(text: str) -> tuple[Cue, ...]:
    return subtitles.read(text).cues


_read_again = lru_cache(maxsize=24)(_read)


def _may_come(asset: Asset, slot: str) -> bool:
    """Return whether this language was chosen a moment ago, or was removed while its text is kept."""
    if not is_open(asset) or not capabilities(asset.provider).target_srt:
        return False
    locale = locales.find(slot, among=locale_table(asset.provider))
    return locale is not None and locale.code == slot and locale.target


def _row_problem(row: Any) -> str:
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        return gettext("This is not a cue.")
    start, end = row.get("start"), row.get("end")
    if type(start) is not int or type(end) is not int or not 0 <= start <= LAST_MS or not 0 <= end <= LAST_MS:
        return gettext("Its times are not valid.")
    if end <= start:
        return gettext("It ends before it starts.") if end < start else gettext("It has no length.")
    if len(row["text"]) > _LONGEST_CUE:
        return gettext("Its text is longer than %(limit)s characters.") % {"limit": f"{_LONGEST_CUE:,}"}
    return ""
