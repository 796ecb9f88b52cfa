"""The side that asks: starts the child, bounds it, and believes only what has the right shape."""

import json
import os
import subprocess
import sys
from pathlib import Path
from threading import Timer
from typing import Any

from .objects import MediaInfo, MediaRefused, ResultReport

_ROOT = Path(__file__).resolve().parents[2]
# Our own folder comes last, so that nothing in it can stand in for a module of the standard library.
_START = "import sys; sys.path.append(sys.argv.pop(1)); from dubbing.media.child import main; sys.exit(main())"
_WALL_S = 60.0
_LONGEST_ANSWER = 64 * 1024
# Encoding anew moves the loudness by less than this share; a voice more or less, by much more.
_SAME_SOUND = 0.03
_POSTER_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}


def probe(path: str | os.PathLike[str], *, deep: bool = True) -> MediaInfo:
    """Look into a source video; `deep` also decodes a little at both ends. Raises MediaRefused, OSError."""
    return _probe(path, "video", deep=deep)


def probe_audio(path: str | os.PathLike[str], *, deep: bool = True) -> MediaInfo:
    """Look into a background audio file, which may be a video with sound. Raises MediaRefused, OSError."""
    return _probe(path, "audio", deep=deep)


def check_result(path: str | os.PathLike[str], *, expected: float | None) -> ResultReport:
    """Look into a dubbed result that arrived; `expected` is its length in seconds, give or take a second or 3 %."""
    try:
        info = probe(path)
    except MediaRefused as refusal:
        return ResultReport(None, (refusal.code,))
    if expected is None or abs(info.duration - expected) <= max(1.0, 0.03 * expected):
        return ResultReport(info, ())
    return ResultReport(info, ("too_short" if info.duration < expected else "too_long",))


def poster(path: str | os.PathLike[str], out_path: str | os.PathLike[str], *, at: float) -> bool:
    """Write the picture at `at` seconds, upright and at most 640 pixels wide; False when there is none to be had.

    The suffix of `out_path` chooses the format: .jpg, .png or .webp. Raises ValueError for another one.
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


def sounds_like(path: str | os.PathLike[str], other: str | os.PathLike[str]) -> bool:
    """Whether two files sound the same from beginning to end, even if they were packed or encoded anew."""
    one, two = (_ask("hear", _absolute(file)).get("loudness") or [] for file in (path, other))
    if not one or abs(len(one) - len(two)) > 5:
        return False
    # An encoder may put a little silence in front.
    return any(_alike(one[shift:], two) or _alike(one, two[shift:]) for shift in range(3))


def _alike(one: list[int], two: list[int]) -> bool:
    difference = sum(abs(left - right) for left, right in zip(one, two, strict=False))
    return difference <= _SAME_SOUND * max(sum(one), 1)


def _probe(path: str | os.PathLike[str], wanted: str, *, deep: bool) -> MediaInfo:
    if os.stat(path).st_size == 0:
        raise MediaRefused("empty", wanted)
    answer = _ask("probe", _absolute(path), wanted, "deep" if deep else "shallow")
    if "refused" in answer:
        raise MediaRefused(str(answer["refused"]), wanted)
    try:
        return MediaInfo(**answer["info"])
    except (KeyError, TypeError) as error:
        raise MediaRefused("unreadable", wanted) from error


def _absolute(path: str | os.PathLike[str]) -> str:
    return str(Path(path).absolute())


def _ask(*arguments: str) -> dict[str, Any]:
    """Run the child and return its answer; an empty one when it died, hung or babbled."""
    # Isolated: neither the working directory nor the environment chooses what is imported, and no secret of ours is
    # in the environment of a decoder that was taken over.
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-IB", "-c", _START, str(_ROOT), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"LC_ALL": "C.UTF-8"},
        cwd="/",
        start_new_session=True,
    ) as child:
        watchdog = Timer(_WALL_S, child.kill)
        watchdog.start()
        try:
            output = child.stdout.read(_LONGEST_ANSWER) if child.stdout else b""
        finally:
            watchdog.cancel()
            child.kill()
    return _parsed(output)


def _parsed(output: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(output)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
