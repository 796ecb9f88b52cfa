"""Cues: reading what people bring, writing strict SRT and WebVTT, checks against the film. Times are milliseconds."""

from .checks import nothing_inside, shift_and_clip, warnings
from .cues import Cue, Note, SubtitleError, Subtitles
from .reading import MAX_BYTES, read, read_transcript, text_of
from .writing import to_srt, to_webvtt

__all__ = [
    "MAX_BYTES",
    "Cue",
    "Note",
    "SubtitleError",
    "Subtitles",
    "nothing_inside",
    "read",
    "read_transcript",
    "shift_and_clip",
    "text_of",
    "to_srt",
    "to_webvtt",
    "warnings",
]
