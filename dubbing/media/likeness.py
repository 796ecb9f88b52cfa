"""Compare a result with its source: the same sound, delayed sound, and the same picture. Runs in the child.

All times are seconds of the result; a positive delay means that the result is later.
"""

from __future__ import annotations

import math
import time
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate
from operator import mul
from statistics import median_low
from typing import Any

import av.filter
from av.container import InputContainer
from av.video.frame import VideoFrame

from dubbing.media.picture_measures import PictureTable, frames_from
from dubbing.media.sound_measures import WINDOW_RATE

MARGIN_S = 0.6
"""How much more of the source's sound is read on both sides of each place: the longest delay that is searched."""

# The delay is searched in the loudest places, coarsely at first.
_ROUGH = 4
_ROUGH_RATE = WINDOW_RATE // _ROUGH
_PARTS, _ALIKE_IN_PART, _IN_COMMON, _AGREE_S = 4, 2, 0.7, 0.015
_FINE, _NEAR = 8, 4  # samples around the coarse place, at both rates
_MUCH_ALIKE, _CERTAIN, _AS_GOOD = 0.9, 0.95, 0.01
_QUIET = 60.0  # root mean square, of 32768, below which there is nothing to compare
_PAIRS, _PAIRS_CPU_S = 8, 0.5
_FIRST_S = 0.2
_COMPARED_WIDTH = 320

Window = tuple[float, float]


def sounds(windows: Sequence[Window], result: Sequence[array[int]], source: Sequence[array[int]]) -> dict[str, Any]:
    """The delay of common sound, and the likeness of each place; `source` extends further on both sides."""
    margin = round(MARGIN_S * WINDOW_RATE)
    levels = [
        (_level(ours), _level(theirs[margin : len(theirs) - margin]))
        for ours, theirs in zip(result, source, strict=True)
    ]
    lags = []
    for number in _chosen(levels):
        lag, alike = _best(result[number], source[number])
        if alike >= _IN_COMMON:
            lags.append((windows[number][0], lag / WINDOW_RATE, alike))
    usual = _usual(lags)
    near = 0 if usual is None else round(usual * WINDOW_RATE)
    all_alike = [
        (round(start, 3), round(end, 3), round(_alike(result[number], source[number], near), 4))
        for number, (start, end) in enumerate(windows)
        if levels[number][1] >= _QUIET
    ]
    return {
        "delay": None if usual is None else round(usual, 4),
        "delays": sorted((round(at, 3), round(lag, 4)) for at, lag, _ in lags),
        "sounds": all_alike,
    }


def _usual(lags: list[tuple[float, float, float]]) -> float | None:
    """The delay on which most places agree, counting the certain ones, or at least two of the others; else None."""
    certain = [lag for _, lag, alike in lags if alike >= _CERTAIN]
    counted = certain or [lag for _, lag, _ in lags]
    if len(counted) < (1 if certain else 2):
        return None
    usual = median_low(counted)
    return usual if sum(abs(lag - usual) <= _AGREE_S for lag in counted) >= 0.6 * len(counted) else None


def _chosen(levels: list[tuple[float, float]]) -> list[int]:
    """Places from all parts of the video: the loudest, and those equally loud in both, as common sound is."""
    parts: dict[int, list[int]] = {}
    for number, both in enumerate(levels):
        if min(both) >= _QUIET:
            parts.setdefault(number * _PARTS // len(levels), []).append(number)
    chosen: set[int] = set()
    for part in parts.values():
        chosen.add(max(part, key=lambda number: levels[number][1]))
        alike = sorted(part, key=lambda number: abs(math.log(levels[number][0] / levels[number][1])))
        chosen.update(alike[:_ALIKE_IN_PART])
    return sorted(chosen)


def _best(result: array[int], source: array[int]) -> tuple[int, float]:
    """The lag, in samples, at which both are most alike, and how alike they are."""
    middle = _middle(result)
    rough_result, rough_source = _rough(result[middle]), _rough(source[_reach(middle)])
    lag, alike = _search(rough_result, rough_source, range(len(rough_source) - len(rough_result) + 1))
    if alike < _IN_COMMON:
        return 0, alike
    lag, alike = _finely(result[middle], source[_reach(middle)], round(MARGIN_S * WINDOW_RATE) - lag * _ROUGH)
    # A tone matches at many lags.
    at_once, as_alike = _finely(result[middle], source[_reach(middle)], 0)
    return (at_once, as_alike) if as_alike >= alike - _AS_GOOD else (lag, alike)


def _alike(result: array[int], source: array[int], lag: int) -> float:
    """How alike both are where the source is earlier by the lag; only similar parts are compared closely."""
    middle = _middle(result)
    result, source = result[middle], source[_reach(middle)]
    at = round(MARGIN_S * WINDOW_RATE) - lag
    rough_result, rough_source = _rough(result), _rough(source)
    near = range(max(0, at // _ROUGH - _NEAR), min(len(rough_source) - len(rough_result), at // _ROUGH + _NEAR) + 1)
    alike = _search(rough_result, rough_source, near)[1]
    return alike if alike < _MUCH_ALIKE else _finely(result, source, lag)[1]


def _finely(result: array[int], source: array[int], lag: int) -> tuple[int, float]:
    at = round(MARGIN_S * WINDOW_RATE) - lag
    offsets = range(max(0, at - _FINE), min(len(source) - len(result), at + _FINE) + 1)
    where, alike = _search(result, source, offsets)
    return round(MARGIN_S * WINDOW_RATE) - where, alike


def _middle(samples: array[int]) -> slice:
    """The middle second, which is enough."""
    first = max(0, (len(samples) - WINDOW_RATE) // 2)
    return slice(first, min(len(samples), first + WINDOW_RATE))


def _reach(part: slice) -> slice:
    """The same part of the source's sound, with the margins on both sides."""
    return slice(part.start, part.stop + 2 * round(MARGIN_S * WINDOW_RATE))


def _search(short: Sequence[int], long: Sequence[int], offsets: range) -> tuple[int, float]:
    """The offset in the long signal at which the short one fits best, and the correlation there."""
    short, long = list(short), list(long)  # lists hold ready-made integers, which multiply faster
    own = sum(map(mul, short, short))
    energies = [0, *accumulate(map(mul, long, long))]
    best, where, count = 0.0, offsets.start, len(short)
    for offset in offsets:
        other = energies[offset + count] - energies[offset]
        if own and other:
            alike = sum(map(mul, short, long[offset : offset + count])) / math.sqrt(own * other)
            if alike > best:
                best, where = alike, offset
    return where, min(1.0, best)


def _rough(samples: array[int]) -> list[int]:
    parts = (samples[first::_ROUGH] for first in range(_ROUGH))
    return list(map(sum, zip(*parts, strict=False)))


def _energy(samples: array[int]) -> float:
    return float(sum(map(mul, samples, samples)))


def _level(samples: array[int]) -> float:
    return math.sqrt(_energy(samples) / max(1, len(samples)))


def is_same_picture(result: PictureTable, source: PictureTable) -> bool:
    """Whether the pictures were copied without re-encoding: as many bytes each, in the same order."""
    ours, theirs = list(result.sizes), list(source.sizes)
    few = min(len(ours), len(theirs))
    return few >= 12 and abs(len(ours) - len(theirs)) <= 1 and ours[:few] == theirs[:few]


def pictures(
    result: tuple[InputContainer, PictureTable], source: tuple[InputContainer, PictureTable]
) -> list[tuple[float, float]]:
    """Structural similarity at some moments where both are cheap to decode."""
    enough = time.process_time() + _PAIRS_CPU_S
    found = []
    last = min(max(table.times, default=0.0) for table in (result[1], source[1]))
    for at in _moments(result[1].key_times(), source[1].key_times(), last):
        ours, theirs = _around(*result, at), _around(*source, at)[1:2]
        if ours and theirs:
            # Being off by one frame would ruin the similarity.
            found.append((round(at, 3), round(max(_similarity(frame, theirs[0]) for frame in ours), 4)))
        if time.process_time() > enough:
            break
    return sorted(found)


def _moments(ours: list[float], theirs: list[float], last: float) -> list[float]:
    """Moments from all parts of the video, those first that need little decoding."""
    even = [last * (number + 0.5) / _PAIRS for number in range(_PAIRS)]
    parts: dict[int, list[tuple[float, float]]] = {}
    for at in (at for at in [*even, *theirs] if _FIRST_S < at < last - _FIRST_S):
        parts.setdefault(int(at / last * _PAIRS), []).append((_wait(ours, at) + _wait(theirs, at), at))
    return [at for _, at in sorted(map(min, parts.values()))]


def _wait(keys: list[float], at: float) -> float:
    """How many seconds have to be decoded to reach a moment."""
    before = bisect_right(keys, at + 0.001) - 1
    return at - keys[before] if before >= 0 else at


def _around(container: InputContainer, table: PictureTable, at: float) -> list[VideoFrame]:
    """The frame before a moment, the one shown then, and the one after it."""
    found: list[VideoFrame] = []
    for frame in frames_from(container, table, max(0.0, at - 2 * table.step)):
        shown = (frame.time or 0.0) - table.zero
        if shown > at + 1.5 * table.step and found:
            break
        found = [*found, frame][-3:]
        if shown > at + 0.5 * table.step:
            break
    return found


def _similarity(frame: VideoFrame, other: VideoFrame) -> float:
    """FFmpeg's `ssim` of two frames, both 320 pixels wide."""
    height = max(2, round(_COMPARED_WIDTH * other.height / other.width / 2) * 2)
    small = [each.reformat(width=_COMPARED_WIDTH, height=height, format="gray") for each in (frame, other)]
    graph = av.filter.Graph()
    inputs = [
        graph.add_buffer(width=_COMPARED_WIDTH, height=height, format=each.format, time_base=Fraction(1, 25))
        for each in small
    ]
    compare, sink = graph.add("ssim"), graph.add("buffersink")
    for number, node in enumerate(inputs):
        node.link_to(compare, 0, number)
    compare.link_to(sink)
    graph.configure()
    for node, each in zip(inputs, small, strict=True):
        each.pts = 0
        node.push(each)
        node.push(None)
    try:
        return float(sink.pull().metadata["lavfi.ssim.All"])
    except (KeyError, ValueError):
        return 1.0
