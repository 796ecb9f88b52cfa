"""The side that is exposed: runs alone under hard limits, reads one hostile file, prints JSON.

    about PATH                                 {"ffmpeg": version, "libavcodec": number, "landlock": number}
    c2pa PATH                                  {"state": state, "issuer": name, "generator": name, "problem": code}
    probe PATH video|audio deep|whole|shallow  {"info": {...}} or {"refused": code}
    poster PATH OUT SECONDS                    {"written": true} or {"written": false}
    hear PATH                                  {"loudness": [...]}
    peaks PATH                                 {"duration": seconds, "peaks": [...]} or {"refused": code}
    copy PATH OUT BYTES CPU_SECONDS            {"written": true} or {"written": false}
    sound PATH OUT BYTES CPU_SECONDS m4a|wav TAGS
                                               {"written": true} or {"written": false}
    multitrack PLAN OUT BYTES CPU_SECONDS      {"written": true} or {"written": false}
    measure PATH SOURCE TRIM PLACES CPU_SECONDS
                                               {"result": {...}, "source": {...}, ...} or {"refused": code}

Only the standard library, FFmpeg and the reader of C2PA manifests are loaded here, so that it starts fast and holds no
secret. Before it reads the file it gives up all other access (`confinement`); a line before the answer says what the
kernel did not let it give up: {"open": [...]}. Any unforeseen error ends it without an answer, which the parent takes
for "unreadable".
"""

import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Any

# Everything is imported now: nothing can be loaded any more while a file is being read.
import av
import av.logging
import av.subtitles.codeccontext
import av.subtitles.stream

from dubbing.media import c2pa_manifests, quality, waveform
from dubbing.media.confinement import confine, landlock_version
from dubbing.media.description import duration, info
from dubbing.media.integrity import check_ends, check_kind, check_length, is_cut_off
from dubbing.media.multitrack import write_multitrack
from dubbing.media.poster_frames import poster
from dubbing.media.reader import Refused, opened, streams
from dubbing.media.sound_files import write_sound
from dubbing.media.transcoder import copy

# Address space rather than memory in use: 8K HEVC maps 600 MB on one thread, 4K less than 200.
_MEMORY_BYTES = 1024**3
_CPU_S = 30
_WALL_S = 60
_POSTER_BYTES = 4 * 1024**2
# For all the sound of a long video, which may be spread over a large file, or for hashing all of it.
_WHOLE_CPU_S = 300
_WHOLE_WALL_S = 900
_WHOLE_FILE = {"peaks", "c2pa"}
_COPY_MEMORY_BYTES = 3 * 1024**3
# Two videos are open at once.
_MEASURE_MEMORY_BYTES = 2 * 1024**3
# A copy or a measurement is never urgent, and other work always is.
_NICE = 10
_WRITING = {"poster", "copy", "sound", "multitrack"}
_LONG_ANSWERS = {"peaks", "measure"}


def main(arguments: Sequence[str] = ()) -> int:
    """Carry out the command in the arguments, or on the command line.

    Returns exit status 0 whenever there is an answer.
    """
    command, path, *rest = arguments or sys.argv[1:]
    path = os.path.abspath(path)
    if command in _WHOLE_FILE:
        _limit(0, cpu_s=_WHOLE_CPU_S, wall_s=_WHOLE_WALL_S)
    elif command == "poster":
        _limit(_POSTER_BYTES)
    elif command in _WRITING:
        os.nice(_NICE)
        _limit(int(rest[1]), cpu_s=int(rest[2]), wall_s=4 * int(rest[2]), memory=_COPY_MEMORY_BYTES)
    elif command == "measure":
        os.nice(_NICE)
        rest[0] = os.path.abspath(rest[0]) if rest[0] else ""
        _limit(0, cpu_s=int(rest[3]), wall_s=4 * int(rest[3]), memory=_MEASURE_MEMORY_BYTES)
    else:
        _limit(0)
    av.logging.set_level(av.logging.PANIC)
    close = (",", ":") if command in _LONG_ANSWERS else None  # thousands of numbers in one answer
    landlock = landlock_version()
    left_open = confine(_files_read(command, path, rest), rest[0] if command in _WRITING else None)
    if left_open:
        # Written before the file is read, so that a decoder that was taken over cannot hold it back.
        print(json.dumps({"open": left_open}), flush=True)
    answer = _about(landlock) if command == "about" else _answer(command, path, rest)
    print(json.dumps(answer, separators=close), flush=True)
    return 0


def _about(landlock: int) -> dict[str, Any]:
    return {
        "ffmpeg": av.ffmpeg_version_info,
        "libavcodec": av.library_versions["libavcodec"][0],
        "landlock": landlock,
    }


def _files_read(command: str, path: str, rest: list[str]) -> list[str]:
    if command == "multitrack":
        plan = _plan(path)
        return [path, plan["picture"], *(sound["path"] for sound in plan["sounds"])]
    # The source belongs to the same video: whoever owns the result also owns the source.
    return [path, rest[0]] if command == "measure" and rest[0] else [path]


def _plan(path: str) -> Any:
    """The arguments that the portal wrote to a file, since they are longer than a command line may be."""
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def _answer(command: str, path: str, rest: list[str]) -> dict[str, Any]:
    if command == "poster":
        return {"written": poster(path, rest[0], float(rest[1]))}
    if command == "c2pa":
        return c2pa_manifests.read(path)
    if command == "hear":
        return {"loudness": waveform.loudness(path)}
    if command == "peaks":
        return _answered(lambda: waveform.peaks(path))
    if command == "copy":
        return {"written": copy(path, rest[0])}
    if command == "sound":
        return {"written": write_sound(path, rest[0], rest[3], json.loads(rest[4]))}
    if command == "multitrack":
        return {"written": write_multitrack(_plan(path), rest[0])}
    if command == "measure":
        return _answered(lambda: quality.measure(path, *rest[:3]))
    return probe(path, *rest)


def _limit(file_bytes: int, *, cpu_s: int = _CPU_S, wall_s: int = _WALL_S, memory: int = _MEMORY_BYTES) -> None:
    """Limit the resources of the decoders; the alarm works even if no parent is left to watch."""
    for kind, limit in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (limit, limit))
    signal.alarm(wall_s)


def probe(path: str, wanted: str = "video", depth: str = "deep") -> dict[str, Any]:
    """A description of the file, or the code of why it is refused."""
    return _answered(lambda: {"info": _probe(path, wanted, depth)})


def _answered(ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return ask()
    except Refused as refusal:
        return {"refused": str(refusal)}


def _probe(path: str, wanted: str, depth: str) -> dict[str, Any]:
    size = os.path.getsize(path)
    if size == 0:
        raise Refused("empty")
    cut_off = is_cut_off(path, size)
    with opened(path, "truncated" if cut_off else "not_media") as container:
        video, audio = streams(container)
        check_kind(container, video, audio, wanted)
        if depth != "shallow" and cut_off:
            raise Refused("truncated")
        asked = [stream for stream in (video if wanted == "video" else None, audio) if stream]
        if depth != "shallow":
            check_ends(container, asked)
        lasts = duration(container, asked)
        check_length(container, asked, lasts, size=size, everywhere=depth != "shallow")
        if depth == "deep" and wanted == "video" and audio and waveform.is_silent(container, audio):
            raise Refused("silent_audio")
        return info(container, video, audio, size=size, lasts=lasts)
