"""Cues: reading what people bring, writing strict SRT and WebVTT, checks against the film. Times are milliseconds."""

from .checks.places import ELSEWHERE, counterpart, described, misplacements
from .checks.prose import in_prose
from .checks.wording import PLACEHOLDER, speakers_in
from .context import Context, Finding, Group, Other, Wanted, grouped
from .cues import Cue, Note, SubtitleError, Subtitles
from .findings import FIXES, LONGEST_LOOK, apply_fix, elsewhere, findings, within, words
from .reading import MAX_BYTES, read, read_transcript, text_of
from .timeline import Guess, Span, from_part, guess_timeline, span, spoken
from .trimming import nothing_inside, shift_and_clip
from .writing import stands_still, to_srt, to_webvtt

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
    "counterpart",
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
    "stands_still",
    "text_of",
    "to_srt",
    "to_webvtt",
    "within",
    "words",
]
