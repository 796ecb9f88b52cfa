"""A small strict SRT reader: says which line is wrong instead of guessing."""

import re
from dataclasses import dataclass

_TIMING = re.compile(r"(\d{2,}):([0-5]\d):([0-5]\d),(\d{3}) --> (\d{2,}):([0-5]\d):([0-5]\d),(\d{3})")
_MARKUP = re.compile(r"<[^<>]*>|\{\\[^{}]*\}")


class SrtError(ValueError):
    """The text is not SRT; the message names the line."""


@dataclass(frozen=True)
class Cue:
    """One spoken block, in seconds on the timeline of the whole source."""

    start: float
    end: float
    text: str


def parse_srt(content: str) -> list[Cue]:
    """Read cues or refuse the text."""
    lines = content.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    cues: list[Cue] = []
    at = 0
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        cue, at = _read_block(lines, at)
        cues.append(cue)
    if not cues:
        raise SrtError("no cue found")
    return cues


def try_srt(content: str | None) -> list[Cue]:
    """Read cues where a transcript may also be other text: an empty list then."""
    try:
        return parse_srt(content or "")
    except SrtError:
        return []


def spoken(text: str) -> str:
    """What is to be said: without markup and line breaks."""
    return " ".join(_MARKUP.sub(" ", text).split())


def _read_block(lines: list[str], at: int) -> tuple[Cue, int]:
    if not lines[at].strip().isdecimal():
        raise SrtError(f"line {at + 1}: a cue number was expected")
    start, end = _read_timing(lines, at + 1)
    stop = at + 2
    while stop < len(lines) and lines[stop].strip():
        stop += 1
    text = "\n".join(lines[at + 2 : stop]).strip()
    if not text:
        raise SrtError(f"line {at + 3}: the cue has no text")
    return Cue(start, end, text), stop


def _read_timing(lines: list[str], at: int) -> tuple[float, float]:
    match = _TIMING.fullmatch(lines[at].strip()) if at < len(lines) else None
    if not match:
        raise SrtError(f"line {at + 1}: a timing like 00:00:01,000 --> 00:00:02,000 was expected")
    start, end = _seconds(match.groups()[:4]), _seconds(match.groups()[4:])
    if end <= start:
        raise SrtError(f"line {at + 1}: the cue ends before it starts")
    return start, end


def _seconds(parts: tuple[str, ...]) -> float:
    hours, minutes, seconds, millis = (int(part) for part in parts)
    return hours * 3600 + minutes * 60 + seconds + millis / 1000
