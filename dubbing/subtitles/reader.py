"""Read SRT and WebVTT: tolerant of form, strict in what is returned."""

import pysrt
from django.utils.translation import gettext, ngettext

from dubbing.subtitles.blocks import blocks_of
from dubbing.subtitles.character_references import decoded
from dubbing.subtitles.cue_times import is_time_line
from dubbing.subtitles.cues import Cue, Note, SubtitleError, Subtitles
from dubbing.subtitles.decoding import decode
from dubbing.subtitles.formats import refuse_other
from dubbing.subtitles.repairs import Repairs
from dubbing.subtitles.webvtt_cleanup import cue_text, is_vtt, without_headers
from dubbing.subtitles.writer import to_srt

MAX_BYTES = 2_000_000
_MOST_PROBLEMS = 20


def read(data: bytes | str, *, max_bytes: int = MAX_BYTES, language: str | None = None) -> Subtitles:
    """Read subtitles for a target locale; every repair is noted with its line. Raises SubtitleError.

    `language` ("tr") decides which encoding a legacy file is likely to have.
    """
    text, encoding, notes = decode(data, max_bytes, language)
    return _parse(text, encoding, notes)


def cues_of(text: str) -> tuple[Cue, ...]:
    """The cues of a text; none if it is not subtitles."""
    try:
        return read(text).cues if text.strip() else ()
    except SubtitleError:
        return ()


def text_of(
    data: bytes | str, *, max_bytes: int = MAX_BYTES, language: str | None = None
) -> tuple[str, str, tuple[Note, ...]]:
    """The text of a file for a person to view or change, with the line numbers that problems refer to.

    Returns the text, its encoding and notes. Raises SubtitleError if it is empty, too large or not text.
    """
    text, encoding, notes = decode(data, max_bytes, language)
    return text, encoding, tuple(notes)


def read_transcript(
    data: bytes | str, *, max_bytes: int = MAX_BYTES, language: str | None = None
) -> tuple[str, tuple[Note, ...]]:
    """Read a transcript of the source: SRT or WebVTT becomes strict SRT, any other text stays as it is.

    Raises SubtitleError if it is empty, too large or not text, if it is in another format, and if it has times and a
    cue cannot be read.
    """
    text, encoding, notes = decode(data, max_bytes, language)
    refuse_other(text)
    if is_vtt(text.split("\n")) or any(map(is_time_line, text.split("\n"))):
        subtitles = _parse(text, encoding, notes)
        return to_srt(subtitles.cues), subtitles.notes
    plain = decoded(text).strip() + "\n"
    note = Note(None, gettext("Kept as plain text because it has no times."))
    return plain, (*notes, note)


def _parse(text: str, encoding: str, notes: list[Note]) -> Subtitles:
    refuse_other(text)
    lines = text.split("\n")
    repairs = Repairs(vtt=is_vtt(lines))
    blocks = blocks_of(without_headers(lines), repairs, cue_text) if repairs.vtt else blocks_of(lines, repairs)
    if repairs.problems:
        raise SubtitleError(_first(repairs.problems))
    cues = _second_opinion([Cue(block.time.start, block.time.end, "\n".join(block.text)) for block in blocks])
    return Subtitles(cues, encoding, (*notes, *repairs.notes()))


def _second_opinion(cues: list[Cue]) -> tuple[Cue, ...]:
    """Read what we would send with a widely used parser, so that our parser does not only agree with itself."""
    items = pysrt.from_string(to_srt(cues), error_handling=pysrt.ERROR_RAISE)
    if len(items) != len(cues):
        message = gettext("We cannot tell the cues apart. Save the file as SRT again and upload it.")
        raise SubtitleError([Note(None, message)])
    return tuple(Cue(item.start.ordinal, item.end.ordinal, item.text) for item in items)


def _first(problems: list[Note]) -> list[Note]:
    shown = sorted(problems, key=lambda note: note.line or 0)[:_MOST_PROBLEMS]
    more = len(problems) - len(shown)
    message = ngettext("%(count)s more problem like these.", "%(count)s more problems like these.", more)
    return [*shown, Note(None, message % {"count": more})] if more else shown
