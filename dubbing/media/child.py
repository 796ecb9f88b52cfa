"""The side that is exposed: runs alone under hard limits, reads one hostile file, prints JSON.

    probe PATH video|audio deep|shallow      {"info": {...}} or {"refused": code}
    poster PATH OUT SECONDS                  {"written": true} or {"written": false}
    hear PATH                                {"loudness": [...]}

Only the standard library and FFmpeg are loaded here, so that it starts fast and holds no secret. Whatever goes wrong
unforeseen ends it without an answer, which the parent takes for "unreadable".
"""

import json
import os
import resource
import signal
import sys
from typing import Any

import av.logging

from .checking import check_ends, check_kind, is_cut_off
from .describing import info
from .hearing import loudness
from .pictures import poster
from .reading import Refused, opened, streams

# Address space, not what is touched: 8K HEVC maps 600 MB on one thread, 4K less than 200.
_MEMORY_BYTES = 1024**3
_CPU_S = 30
_WALL_S = 60
_POSTER_BYTES = 4 * 1024**2


def main() -> int:
    """Do what the command line says; the exit status is 0 whenever there is an answer."""
    command, path, *rest = sys.argv[1:]
    _limit(_POSTER_BYTES if command == "poster" else 0)
    av.logging.set_level(av.logging.PANIC)
    print(json.dumps(_answer(command, path, rest)), flush=True)
    return 0


def _answer(command: str, path: str, rest: list[str]) -> dict[str, Any]:
    if command == "poster":
        return {"written": poster(path, rest[0], float(rest[1]))}
    if command == "hear":
        return {"loudness": loudness(path)}
    return probe(path, *rest)


def _limit(file_bytes: int) -> None:
    """Hand back what the decoders must not have; the alarm holds even when nobody is left to watch."""
    for kind, limit in (
        (resource.RLIMIT_AS, _MEMORY_BYTES),
        (resource.RLIMIT_CPU, _CPU_S),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (limit, limit))
    signal.alarm(_WALL_S)


def probe(path: str, wanted: str = "video", depth: str = "deep") -> dict[str, Any]:
    """What is in the file, or why it is refused."""
    try:
        return {"info": _probe(os.path.abspath(path), wanted, deep=depth == "deep")}
    except Refused as refusal:
        return {"refused": str(refusal)}


def _probe(path: str, wanted: str, *, deep: bool) -> dict[str, Any]:
    size = os.path.getsize(path)
    if size == 0:
        raise Refused("empty")
    cut_off = is_cut_off(path, size)
    with opened(path, "truncated" if cut_off else "not_media") as container:
        video, audio = streams(container)
        check_kind(container, video, audio, wanted)
        if deep and cut_off:
            raise Refused("truncated")
        if deep:
            check_ends(container, [stream for stream in (video if wanted == "video" else None, audio) if stream])
        return info(container, video, audio, size)
