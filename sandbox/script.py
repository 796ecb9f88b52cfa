"""The script of a dub: cues, transcript or placeholder turned into one track of speech."""

import wave
from dataclasses import dataclass
from pathlib import Path

from sandbox import speech
from sandbox.locales import line_of, voice_of
from sandbox.srt import Cue, spoken, try_srt

_PLACEHOLDER_EVERY = 6.0
_SHORTEST = 0.05


@dataclass(frozen=True)
class Line:
    """A text, when it starts and how long it may last, in seconds of the finished film."""

    at: float
    room: float
    text: str


def plan(locale: str, srt: str | None, source_srt: str | None, start: float, length: float) -> list[Line]:
    """The lines of a dub: the target SRT, else the transcript, else a sentence that says what this is."""
    cues = try_srt(srt) or try_srt(source_srt)
    if cues:
        return _placed(cues, start, length)
    if source_srt and source_srt.strip():
        return [Line(0.0, length, spoken(source_srt))]
    count = max(1, int(length / _PLACEHOLDER_EVERY))
    every = length / count
    return [Line(number * every, every, line_of(locale)) for number in range(count)]


def record(lines: list[Line], locale: str, manner: speech.Manner, length: float, path: Path) -> None:
    """Say the lines at their times into a WAV file of exactly this length."""
    rate = speech.sample_rate()
    with path.open("wb") as file, wave.open(file, "wb") as head:
        head.setnchannels(1)
        head.setsampwidth(2)
        head.setframerate(rate)
        head.setnframes(round(length * rate))
        head.writeframes(b"")
    base = path.stat().st_size
    with path.open("r+b") as track:
        track.truncate(base + round(length * rate) * 2)
        for line in lines:
            track.seek(base + int(line.at * rate) * 2)
            track.write(speech.speak_within(line.text, voice_of(locale), line.room, manner))


def _placed(cues: list[Cue], start: float, length: float) -> list[Line]:
    """Cues on the timeline of the whole source, moved and clipped to the trim; none runs into the next."""
    shifted = sorted((max(0.0, cue.start - start), min(length, cue.end - start), cue.text) for cue in cues)
    inside = [(at, until, text) for at, until, text in shifted if until - at > _SHORTEST]
    lines = []
    for number, (at, until, text) in enumerate(inside):
        following = inside[number + 1][0] if number + 1 < len(inside) else length
        room = min(until, max(following, at + _SHORTEST)) - at
        lines.append(Line(at, room, spoken(text)))
    return lines
