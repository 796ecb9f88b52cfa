"""Measure the picture of a video: its frame rate, where it is black, and where it stands still. Runs in the child.

Decoding every frame of two videos takes longer than everything else together. A picture that stands still takes hardly
any bytes, whatever the encoder: frames are decoded and compared only where they are that small. All times are seconds.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import pairwise
from operator import sub
from typing import Any

from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from dubbing.media.description import clockwise
from dubbing.media.reader import decoded

# Codecs that encode "as before" in a few bytes.
_SPARING = {"h264", "hevc", "vp8", "vp9", "av1", "mpeg4"}
# Bytes of a frame in which little can have moved: for each pixel, and at least.
_STILL_BYTES_A_PIXEL, _STILL_BYTES = 0.0012, 400
_SHORTEST_RUN_S = 0.4
# Share of frames that have to be that small: now and then an encoder puts a better one between them.
_STILL_SHARE = 0.66
# Frames are compared at this size; averaging removes the noise of encoders.
_WIDTH, _HEIGHT = 96, 54
# Of 255. A source that hardly moves counts as still, since its dub may move a little less.
_SAME_WITHIN, _NEARLY_WITHIN = 2, 6
_BLACK = 14  # of 255: the brightest spot of a black picture
_BLACK_SHARE = 0.98
# If every frame is a key frame, this many per second are enough.
_LOOKS_A_SECOND = 5.0
_TIDY_GAP_S = 0.12
_BESIDE_S = 0.6
_UNEVEN_SHARE = 0.02

Span = tuple[float, float]


class PictureTable:
    """When each frame of a video is shown, how many bytes it takes, and which ones are key frames."""

    def __init__(self, video: VideoStream, zero: float, length: float) -> None:
        self.video, self.zero, self.length = video, zero, length
        self.times, self.sizes, self.keys = array("d"), array("L"), bytearray()
        self.step = float(1 / (video.average_rate or video.guessed_rate or 25))

    def take(self, packet: Packet[Any]) -> None:
        """Record a frame, unless it is outside the range."""
        if packet.pts is None or not packet.size or not packet.time_base:
            return
        at = float(packet.pts * packet.time_base) - self.zero
        if -self.step / 2 <= at < self.length - self.step / 4:
            self.times.append(at)
            self.sizes.append(packet.size)
            self.keys.append(packet.is_keyframe)

    def ordered(self) -> list[tuple[float, int, bool]]:
        """All frames, in the order in which they are shown."""
        return sorted(zip(self.times, self.sizes, map(bool, self.keys), strict=True))

    def key_times(self) -> list[float]:
        """When key frames are shown."""
        return sorted(time for time, key in zip(self.times, self.keys, strict=True) if key)


def figures(
    container: InputContainer, table: PictureTable, *, within: Sequence[Span] | None, nearly: bool = False
) -> dict[str, Any] | None:
    """Measurements of the picture; None if there is none.

    Black and still parts are searched only `within` some spans; None: everywhere. `nearly`: also count parts that
    hardly move as still.
    """
    pictures = table.ordered()
    frame = next(frames_from(container, table, 0.0), None) if pictures else None
    if frame is None:
        return None
    times = [time for time, _, _ in pictures]
    steps = sorted(after - before for before, after in pairwise(times))
    usual = steps[len(steps) // 2] if steps else table.step
    odd = sum(abs(step - usual) > 0.25 * usual + 0.002 for step in steps)
    aspect = table.video.sample_aspect_ratio
    width, height = frame.width, frame.height
    if clockwise(frame) % 180:
        width, height = height, width
    black, still = _spans(container, table, pictures, within, nearly=nearly)
    return {
        "begins": round(times[0], 4),
        "ends": round(times[-1] + usual, 4),
        "width": width,
        "height": height,
        "rate": round((len(times) - 1) / (times[-1] - times[0]), 4) if len(times) > 1 else 0.0,
        "steady": odd <= max(2, _UNEVEN_SHARE * len(steps)),
        "pixel_aspect": round(float(aspect or 1), 4),
        "black": black,
        "still": still,
    }


def _spans(
    container: InputContainer,
    table: PictureTable,
    pictures: list[tuple[float, int, bool]],
    within: Sequence[Span] | None,
    *,
    nearly: bool,
) -> tuple[list[Span], list[Span]]:
    watch = _Watch(_NEARLY_WITHIN if nearly else _SAME_WITHIN)
    alone = sum(key for _, _, key in pictures) > 0.9 * len(pictures)
    if within is not None and not within:
        return [], []
    for start, end in _common(_quiet_runs(pictures, table, factor=2.0 if nearly else 1.0), within):
        latest, after = -1.0, start
        for frame in frames_from(container, table, start, sparse=alone):
            at = (frame.time or 0.0) - table.zero
            if at < start - table.step or at <= latest:
                continue
            if at > end + table.step / 2:
                after = at
                break
            latest = after = at
            watch.take(frame, at)
        watch.end(max(after, min(end, latest + table.step)))
    return _tidy(watch.black), _tidy(watch.still)


def _quiet_runs(pictures: list[tuple[float, int, bool]], table: PictureTable, *, factor: float) -> list[Span]:
    """Spans in which frames are so small that they may stand still; the whole video if sizes tell nothing."""
    last = pictures[-1][0] + table.step
    context = table.video.codec_context
    all_keys = all(key for _, _, key in pictures)
    if all_keys or context.codec.canonical_name not in _SPARING:
        return [(pictures[0][0], last)]
    most = factor * max(_STILL_BYTES, _STILL_BYTES_A_PIXEL * context.width * context.height)
    small = [(time, key or size <= most) for time, size, key in pictures]
    runs: list[Span] = []
    # In steps of half the shortest run that counts; each step with mostly small frames belongs to a run.
    step, index = _SHORTEST_RUN_S / 2, 0
    begins = pictures[0][0]
    while index < len(small):
        until, few, all_of_them, had_other = begins + step, 0, 0, False
        while index < len(small) and small[index][0] < until:
            few += small[index][1]
            had_other |= not pictures[index][2]
            all_of_them += 1
            index += 1
        if all_of_them and few >= _STILL_SHARE * all_of_them and (had_other or all_of_them == 1):
            if runs and begins - runs[-1][1] <= step / 2:
                runs[-1] = (runs[-1][0], until)
            else:
                runs.append((begins, until))
        elif not all_of_them and runs and begins - runs[-1][1] <= step / 2:
            runs[-1] = (runs[-1][0], until)  # one frame is shown for long
        begins = until
    # An encoder improves a picture for a moment after it stopped moving.
    wide = [(max(0.0, start - 3 * step), min(last, end + step)) for start, end in runs if end - start >= step]
    return _joined(wide, 1.0)


def _common(runs: list[Span], within: Sequence[Span] | None) -> list[Span]:
    """The parts of runs that are in some spans, or close to them."""
    if within is None:
        return runs
    wide = _joined([(max(0.0, start - _BESIDE_S), end + _BESIDE_S) for start, end in sorted(within)], 0.0)
    both = [(max(start, first), min(end, last)) for start, end in runs for first, last in wide]
    return [(start, end) for start, end in both if end > start]


def frames_from(
    container: InputContainer, table: PictureTable, at: float, *, sparse: bool = False
) -> Iterator[VideoFrame]:
    """Frames starting at a key frame before a moment. `sparse`: only some of them, if all are key frames."""
    video, latest = table.video, -1.0
    with suppress(FFmpegError):
        container.seek(round((at + table.zero) / (video.time_base or 1)), stream=video)
        for packet in container.demux(video):
            if sparse and packet.pts is not None and packet.size:
                shown = float(packet.pts * packet.time_base)
                if 0 <= shown - latest < 1 / _LOOKS_A_SECOND:
                    continue
                latest = shown
            yield from decoded(packet)


class _Watch:
    """Watches frames as they come, and records how long they are black or the same."""

    def __init__(self, same_within: int) -> None:
        self.same_within = same_within
        self.black: list[Span] = []
        self.still: list[Span] = []
        self._dark_since: float | None = None
        self._first: bytes | None = None
        self._since = self._latest = 0.0

    def take(self, frame: VideoFrame, at: float) -> None:
        picture = thumbnail(frame)
        dark = sorted(picture)[int(_BLACK_SHARE * (len(picture) - 1))] <= _BLACK
        if dark and self._dark_since is None:
            self._dark_since = at
        elif not dark:
            self._end_dark(at)
        if self._first is None or max(map(abs, map(sub, picture, self._first))) > self.same_within:
            self._end_still(at)
            self._first, self._since = picture, at
        self._latest = at

    def end(self, at: float) -> None:
        """End the current runs: nothing is known of what follows."""
        self._end_dark(at)
        self._end_still(at)
        self._first = None

    def _end_dark(self, at: float) -> None:
        if self._dark_since is not None and at > self._dark_since:
            self.black.append((round(self._dark_since, 3), round(at, 3)))
        self._dark_since = None

    def _end_still(self, at: float) -> None:
        # A single frame does not stand still, however long the next one was not decoded.
        if self._first is not None and self._latest > self._since and at - self._since >= _SHORTEST_RUN_S / 2:
            self.still.append((round(self._since, 3), round(at, 3)))


def thumbnail(frame: VideoFrame) -> bytes:
    """The frame as 96 x 54 grey values."""
    small = frame.reformat(width=_WIDTH, height=_HEIGHT, format="gray", interpolation="AREA")
    plane = small.planes[0]
    rows, width = bytes(plane), plane.line_size
    return b"".join(rows[at : at + _WIDTH] for at in range(0, width * _HEIGHT, width))


def _tidy(spans: list[Span]) -> list[Span]:
    return [(start, end) for start, end in _joined(spans, _TIDY_GAP_S) if end - start >= _SHORTEST_RUN_S - 0.05][:1000]


def _joined(spans: list[Span], gap: float) -> list[Span]:
    found: list[Span] = []
    for start, end in spans:
        if found and start - found[-1][1] <= gap:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found
