"""Subtitles: read people's files, write strict SRT and WebVTT, check cues against the video. Times are milliseconds."""

from dubbing.subtitles.checks.placement import ELSEWHERE, counterpart, described, misplacements
from dubbing.subtitles.checks.plain_transcript import in_prose
from dubbing.subtitles.checks.wording import PLACEHOLDER, speakers_in
from dubbing.subtitles.context import FIXES, Context, Finding, Group, Other, Wanted, grouped
from dubbing.subtitles.cues import Cue, Note, SubtitleError, Subtitles
from dubbing.subtitles.findings import LONGEST_LOOK, apply_fix, elsewhere, findings, spoken_text, within
from dubbing.subtitles.imsc import to_imsc
from dubbing.subtitles.reader import MAX_BYTES, cues_of, read, read_transcript, text_of
from dubbing.subtitles.timeline import Guess, Span, from_part, guess_timeline, span, spoken
from dubbing.subtitles.trim import nothing_inside, shift_and_clip
from dubbing.subtitles.word_counts import count_words
from dubbing.subtitles.writer import stands_still, to_srt, to_webvtt
from dubbing.subtitles.writing_systems import without_markup

__all__ = [
    "ELSEWHERE",
    "FIXES",
    "LONGEST_LOOK",
    "MAX_BYTES",
    "PLACEHOLDER",
    "Context",
    "Cue",
    "Finding",
    "Group",
    "Guess",
    "Note",
    "Other",
    "Span",
    "SubtitleError",
    "Subtitles",
    "Wanted",
    "apply_fix",
    "count_words",
    "counterpart",
    "cues_of",
    "described",
    "elsewhere",
    "findings",
    "from_part",
    "grouped",
    "guess_timeline",
    "in_prose",
    "misplacements",
    "nothing_inside",
    "read",
    "read_transcript",
    "shift_and_clip",
    "span",
    "speakers_in",
    "spoken",
    "spoken_text",
    "stands_still",
    "text_of",
    "to_imsc",
    "to_srt",
    "to_webvtt",
    "within",
    "without_markup",
]
