"""The parent's side of media inspection: start a child, limit it, and accept only well-formed answers."""

import json
import logging
import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dubbing.media.answers import about, described, drawn, left_open, loudness_of, manifest
from dubbing.media.child_start import is_readable, started
from dubbing.media.measurements import LONGEST_S, MOST_WINDOWS, Measurements, measured
from dubbing.media.objects import (
    BARRIERS,
    C2paManifest,
    Decoder,
    MediaInfo,
    MediaRefused,
    ResultReport,
    SoundTrack,
    SubtitleTrack,
    Waveform,
)

log = logging.getLogger(__name__)

WALL_S = 60.0
"""Seconds that the child has for one command."""

_LONGEST_ANSWER = 64 * 1024
# Re-encoding changes the loudness by less than this share; another voice changes it by much more.
_SAME_SOUND = 0.03
_SAME_LENGTH_S, _SAME_LENGTH = 1.0, 0.03
_WHOLE_WALL_S = 900.0
# Processor time for a copy: a base, and an amount for each second of video. The largest videos that people upload (8K)
# take five times as long as they last.
_COPY_CPU_S, _COPY_CPU_PER_S, _COPY_CPU_MOST_S = 120, 8, 24 * 3600
_COPY_BYTES, _COPY_BYTES_PER_S = 64 * 1024**2, 1_600_000
# Two channels of 192,000 samples per second, two bytes each.
_SOUND_BYTES_PER_S = 768_000
# Processor time for measuring: usually a twentieth of the video's length; ten times as much for odd ones.
_MEASURE_CPU_S, _MEASURE_CPU_PER_S = 60, 0.5
_LONGEST_MEASUREMENTS = 4 * 1024**2
_BEAT_S = 20.0
_logged: set[str] = set()
_POSTER_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}


def probe(path: str | os.PathLike[str], *, deep: bool = True, seconds: float | None = None) -> MediaInfo:
    """Probe a source video; `deep` also decodes a little at both ends and listens for any sound at all.

    It may take `seconds`, by default a minute.

    Raises MediaRefused, OSError.
    """
    return _probe(path, "video", "deep" if deep else "shallow", seconds)


def probe_audio(path: str | os.PathLike[str], *, deep: bool = True, seconds: float | None = None) -> MediaInfo:
    """Probe a background audio file, which may be a video with sound. Raises MediaRefused, OSError."""
    return _probe(path, "audio", "deep" if deep else "shallow", seconds)


def decoder() -> Decoder | None:
    """Which FFmpeg reads media here, and what confines it; None if the child does not answer.

    Missing barriers are not logged any more: the caller reports them.
    """
    try:
        before, answer = _asked("about", os.devnull)
        found = about(before, answer)
    except (OSError, ValueError):
        return None
    _logged.update(found.open)
    return found


def is_same_length(length: float, expected: float) -> bool:
    """Whether both, in seconds, can be the length of one video: encoders round, and tracks end at different times."""
    return abs(length - expected) <= max(_SAME_LENGTH_S, _SAME_LENGTH * expected)


def check_result(path: str | os.PathLike[str], *, expected: float | None) -> ResultReport:
    """Check a dubbed result that arrived; `expected` is about its length in seconds (`is_same_length`)."""
    try:
        info = _probe(path, "video", "whole")
    except MediaRefused as refusal:
        return ResultReport(None, (refusal.code,))
    if expected is None or is_same_length(info.duration, expected):
        return ResultReport(info, ())
    return ResultReport(info, ("too_short" if info.duration < expected else "too_long",))


def poster(path: str | os.PathLike[str], out_path: str | os.PathLike[str], *, at: float) -> bool:
    """Write the picture at `at` seconds, upright and at most 640 pixels wide. Returns False if there is none.

    The suffix of `out_path` chooses the format: .jpg, .png or .webp. Raises ValueError for any other.
    """
    out = Path(out_path).absolute()
    if out.suffix.lower() not in _POSTER_SUFFIXES:
        raise ValueError(f"no poster format: {out.suffix!r}")
    part = out.with_name(f".{out.stem}.part{out.suffix}")
    try:
        if _ask("poster", _absolute(path), str(part), repr(float(at))).get("written") is not True:
            return False
        part.replace(out)
        return True
    finally:
        part.unlink(missing_ok=True)


def peaks(path: str | os.PathLike[str], *, still_wanted: Callable[[], bool] = lambda: True) -> Waveform:
    """The loudness of a video from beginning to end; `still_wanted` as for a copy. Raises MediaRefused, OSError."""
    answer = _ask("peaks", _absolute(path), wall_s=_WHOLE_WALL_S, still_wanted=still_wanted)
    try:
        return drawn(answer)
    except ValueError as error:
        raise MediaRefused(str(answer.get("refused", "unreadable"))) from error


def c2pa_manifest(path: str | os.PathLike[str], *, still_wanted: Callable[[], bool] = lambda: True) -> C2paManifest:
    """The C2PA manifest of a file, as far as it can be read; `still_wanted` as for a copy."""
    try:
        return manifest(_ask("c2pa", _absolute(path), wall_s=_WHOLE_WALL_S, still_wanted=still_wanted))
    except ValueError:
        return C2paManifest("unreadable")


def copy_bytes(duration: float) -> int:
    """The maximum size, in bytes, of a copy of a video of `duration` seconds."""
    return _COPY_BYTES + round(duration * _COPY_BYTES_PER_S)


def browser_copy(
    path: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    duration: float,
    still_wanted: Callable[[], bool] = lambda: True,
) -> bool:
    """Write a copy that browsers play (MP4 with H.264 and AAC, upright, at most 720 lines). Returns False if it fails.

    `duration` (seconds) bounds its size and time. `still_wanted` is called at intervals; returning False ends it. What
    was written of a failed copy is left to the caller.
    """
    cpu = min(_COPY_CPU_MOST_S, _COPY_CPU_S + round(duration * _COPY_CPU_PER_S))
    arguments = (_absolute(path), _absolute(out), str(copy_bytes(duration)), str(cpu))
    answer = _ask("copy", *arguments, wall_s=4.0 * cpu, still_wanted=still_wanted)
    return answer.get("written") is True


def write_sound(
    path: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    form: str,
    duration: float,
    tags: Mapping[str, str],
    still_wanted: Callable[[], bool] = lambda: True,
) -> bool:
    """Write the sound of a video on its own. Returns False if that fails.

    `form`: ``m4a`` copies AAC as it is, ``wav`` has it decoded. `tags`: metadata of the file (``comment``,
    ``description``). `duration` and `still_wanted` as for a copy.
    """
    most = _COPY_BYTES + round(duration * _SOUND_BYTES_PER_S)
    cpu = min(_COPY_CPU_MOST_S, _COPY_CPU_S + round(duration))
    limits, how = (str(most), str(cpu)), (form, json.dumps(dict(tags)))
    answer = _ask("sound", _absolute(path), _absolute(out), *limits, *how, wall_s=4.0 * cpu, still_wanted=still_wanted)
    return answer.get("written") is True


def write_multitrack(
    picture: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    sounds: Sequence[SoundTrack],
    subtitles: Sequence[SubtitleTrack] = (),
    tags: Mapping[str, str],
    duration: float,
    most: int,
    still_wanted: Callable[[], bool] = lambda: True,
) -> bool:
    """Write one MP4 with the picture of one video and the sounds of several. Returns False if that fails.

    The picture is copied, and so is sound that MP4 can hold (AAC, MP3, AC-3, Opus, FLAC, ALAC); other sound is encoded
    as AAC. `most`: maximum bytes. `tags`, `duration` and `still_wanted` as for a sound.
    """
    plan = {
        "picture": _absolute(picture),
        "sounds": [asdict(sound) | {"path": _absolute(sound.path)} for sound in sounds],
        "subtitles": [asdict(track) for track in subtitles],
        "tags": dict(tags),
    }
    cpu = min(_COPY_CPU_MOST_S, _COPY_CPU_S + round(duration * len(sounds)))
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".json") as file:
        json.dump(plan, file)
        file.flush()
        arguments = (file.name, _absolute(out), str(most), str(cpu))
        answer = _ask("multitrack", *arguments, wall_s=4.0 * cpu, still_wanted=still_wanted)
    return answer.get("written") is True


def measure(
    path: str | os.PathLike[str],
    source: str | os.PathLike[str] | None,
    *,
    duration: float,
    trim: tuple[float | None, float | None] = (None, None),
    places: Sequence[tuple[float, float]] = (),
    still_wanted: Callable[[], bool] = lambda: True,
) -> Measurements:
    """Measure a result of `duration` seconds, its source between the ends of the `trim`, and compare both.

    `places`: where their sounds are compared, in seconds of the result. `still_wanted` as for a copy.
    Raises MediaRefused (`unreadable` also if it takes too long or is no longer wanted), OSError.
    """
    cpu = _MEASURE_CPU_S + round(min(duration, LONGEST_S) * _MEASURE_CPU_PER_S)
    windows = [[round(start, 3), round(end, 3)] for start, end in places[:MOST_WINDOWS]]
    arguments = (_absolute(source) if source else "", json.dumps(trim), json.dumps(windows), str(cpu))
    answer = _ask(
        "measure",
        _absolute(path),
        *arguments,
        wall_s=4.0 * cpu,
        still_wanted=still_wanted,
        longest=_LONGEST_MEASUREMENTS,
    )
    try:
        return measured(answer)
    except ValueError as error:
        raise MediaRefused(str(answer.get("refused", "unreadable"))) from error


def sounds_like(path: str | os.PathLike[str], other: str | os.PathLike[str]) -> bool:
    """Whether two files sound the same from beginning to end, even if they were repackaged or re-encoded."""
    first, two = (loudness_of(_ask("hear", _absolute(file))) for file in (path, other))
    if not first or abs(len(first) - len(two)) > 5:
        return False
    # An encoder may put a little silence in front.
    return any(_alike(first[shift:], two) or _alike(first, two[shift:]) for shift in range(3))


def _alike(first: list[int], two: list[int]) -> bool:
    difference = sum(abs(left - right) for left, right in zip(first, two, strict=False))
    return difference <= _SAME_SOUND * max(sum(first), 1)


def _probe(path: str | os.PathLike[str], wanted: str, depth: str, seconds: float | None = None) -> MediaInfo:
    if os.stat(path).st_size == 0:
        raise MediaRefused("empty", wanted)
    answer = _ask("probe", _absolute(path), wanted, depth, wall_s=seconds)
    if "refused" in answer:
        raise MediaRefused(str(answer["refused"]), wanted)
    try:
        return described(answer.get("info"))
    except ValueError as error:
        raise MediaRefused("unreadable", wanted) from error


def _absolute(path: str | os.PathLike[str]) -> str:
    return str(Path(path).absolute())


def _ask(
    *arguments: str,
    wall_s: float | None = None,
    still_wanted: Callable[[], bool] | None = None,
    longest: int = _LONGEST_ANSWER,
) -> dict[str, Any]:
    """Run the child and return its answer; an empty one if it died, hung or wrote nonsense."""
    before, answer = _asked(*arguments, wall_s=wall_s, still_wanted=still_wanted, longest=longest)
    _say_what_is_open(before)
    return answer


def _asked(
    *arguments: str,
    wall_s: float | None = None,
    still_wanted: Callable[[], bool] | None = None,
    longest: int = _LONGEST_ANSWER,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Run the child and return what it said before it read the file, and its answer."""
    until = time.monotonic() + (wall_s or WALL_S)
    try:
        with started(*arguments, within=until - time.monotonic()) as answers:
            output = _read_output(answers, until, still_wanted, longest)
    except TimeoutError:
        return {}, {}
    *before, answer = output.strip().split(b"\n")
    return _parsed(before[0]) if before else {}, _parsed(answer)


def _read_output(answers: int, until: float, still_wanted: Callable[[], bool] | None, longest: int) -> bytes:
    """What the child writes until it ends, as long as it is wanted and there is time."""
    output, beat = b"", 0.0
    while len(output) < longest and (now := time.monotonic()) < until:
        if still_wanted and now >= beat:
            if not still_wanted():
                break
            beat = now + _BEAT_S
        if is_readable(answers, min(until - now, _BEAT_S)):
            piece = os.read(answers, longest - len(output))
            if not piece:
                break
            output += piece
    return output


def _say_what_is_open(before: dict[str, Any]) -> None:
    """Log, once per process, which of the barriers around the child this machine does not offer."""
    for name in left_open(before):
        if name not in _logged:
            _logged.add(name)
            log.warning("The process that decodes media is not fully confined: %s", BARRIERS[name])


def _parsed(output: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(output)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}
