"""Measure a dubbed result and its source: each file is read once, and little of its picture is decoded.

Runs in the child.
"""

from __future__ import annotations

import json
import os
from array import array
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from av.container import InputContainer
from av.error import FFmpegError

from dubbing.media import likeness, picture_measures
from dubbing.media.measurements import LONGEST_S, MOST_WINDOWS
from dubbing.media.picture_measures import PictureTable, Span
from dubbing.media.reader import decoded, opened, starts_at, streams
from dubbing.media.sound_measures import SoundMeter

# How much later in the file a picture or a sound may come that still belongs to the trim.
_AFTER_S = 3.0


def measure(path: str, source_path: str, trim: str, windows: str) -> dict[str, Any]:
    """All measurements; `trim` is the start and end in the source, `windows` the places to compare, both as JSON.

    Raises Refused.
    """
    places = [(float(start), float(end)) for start, end in json.loads(windows)[:MOST_WINDOWS]]
    start, end = json.loads(trim)
    result = _File(path, 0.0, None, places)
    if not source_path:
        # Slides stand still too: without a source nobody can tell.
        return {"result": result.figures([]), "source": None, "comparison": None}
    margin = likeness.MARGIN_S
    source = _File(source_path, start or 0.0, end, [(first - margin, last + margin) for first, last in places])
    same = _is_same_picture(result, source)
    ours = result.figures([] if same else None)
    # Whether the source is black or still matters only where the result is.
    picture = ours["picture"] or {"black": [], "still": []}
    theirs = source.figures([*picture["black"], *picture["still"]], nearly=True)
    comparison = {
        **likeness.sounds(places, result.samples(), source.samples()),
        "pictures": [] if same else _pictures(result, source),
        "same_picture": same,
    }
    return {"result": ours, "source": theirs, "comparison": comparison}


class _File:
    """One file, read from its beginning, or that of the trim, to its end."""

    def __init__(self, path: str, start: float, end: float | None, places: list[tuple[float, float]]) -> None:
        self.container: InputContainer = opened(os.path.abspath(path), "not_media")
        video, audio = streams(self.container)
        zero = starts_at(self.container) + start
        length = LONGEST_S if end is None else end - start
        self.table = PictureTable(video, zero, length) if video and video.codec_context else None
        self.meter = SoundMeter(zero, length, places) if audio and audio.codec_context else None
        if start > 0:
            with suppress(FFmpegError):
                self.container.seek(round(max(0.0, zero - 1.0) * 1_000_000))
        with suppress(FFmpegError):
            for packet in self.container.demux([stream for stream in (video, audio) if stream]):
                if packet.dts is not None and float(packet.dts * packet.time_base) > zero + length + _AFTER_S:
                    break
                if packet.stream is audio and self.meter:
                    for frame in decoded(packet):
                        self.meter.take(frame)
                elif packet.stream is video and self.table:
                    self.table.take(packet)

    def figures(self, within: Sequence[Span] | None, *, nearly: bool = False) -> dict[str, Any]:
        """Measurements of picture and sound. Black and still parts only within some spans; None: everywhere."""
        picture = None
        if self.table:
            picture = picture_measures.figures(self.container, self.table, within=within, nearly=nearly)
        return {"picture": picture, "sound": self.meter.figures() if self.meter else None}

    def samples(self) -> list[array[int]]:
        return [place.samples for place in self.meter.places] if self.meter else []


def _is_same_picture(result: _File, source: _File) -> bool:
    return bool(result.table and source.table and likeness.is_same_picture(result.table, source.table))


def _pictures(result: _File, source: _File) -> list[tuple[float, float]]:
    if not result.table or not source.table:
        return []
    return likeness.pictures((result.container, result.table), (source.container, source.table))
