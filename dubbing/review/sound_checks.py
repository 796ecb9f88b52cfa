"""Check a result's sound: loudness, peaks, channels, silence, stray sound, and the source's own voice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dubbing.media import FileMeasures, Likeness, SoundMeasures
from dubbing.media.measurements import LEVELS_A_SECOND
from dubbing.review.check_input import CheckInput, Line
from dubbing.review.findings import BLOCK, LOOK, STRONG, Finding, NotMeasurable
from dubbing.review.thresholds import FormatRule

_SHORTEST_LOUDNESS_S = 10.0
_SHORTEST_RANGE_S = 30.0
_RANGE = 6.0  # LU
_STRONG_LU = 2.0  # beyond the tolerance
_TWICE = 3.01
# Peaks of the source, allowing for what an encoder adds.
_PEAK_ALIKE, _CLIPPED = 0.7, 0.5
_FLAT_RUNS = 3
_LINE_S, _PAUSE_S = 1.0, 0.4
# A voice is at least this much (dB) above the background; a line without a voice is not.
_VOICE_ABOVE, _NO_VOICE_WITHIN = 9, 2.5
_SOURCE_SILENT, _DUB_SOUNDS, _SOUNDS_S, _DIP_S, _BESIDE_S = 45, 35, 0.7, 0.1, 0.3
_SAME, _SAME_SHARE, _SAME_THROUGHOUT, _FEWEST_LINES = 0.98, 0.8, 0.95, 3
_ENOUGH_HZ = 48_000
_CANCELS, _STAYS = 10.0, 6.0
_ONE_SIDED, _BALANCED = 20.0, 10.0

Findings = Iterator[Finding | NotMeasurable]


def loudness(checked: CheckInput) -> Findings:
    """Compare the loudness with the source's, or with the project's target."""
    sound, target = checked.sound, checked.thresholds.target
    if sound is None:
        yield NotMeasurable("loudness", "no_sound")
        return
    if sound.ends < _SHORTEST_LOUDNESS_S or sound.loudness is None:
        yield NotMeasurable("loudness", "too_short" if sound.loudness is not None else "silent")
        if sound.loudness is None:
            yield Finding("no_sound_at_all", STRONG)
        return
    if target:
        expected, tolerance = target.loudness, target.tolerance
    elif checked.source_sound is None or checked.source_sound.loudness is None:
        yield NotMeasurable("loudness", "no_source" if checked.source is None else "source_silent")
        return
    else:
        expected, tolerance = checked.source_sound.loudness, checked.thresholds.loudness_tolerance
    off = _beyond(sound.loudness - expected, _slack(checked))
    heavy = target is None and checked.bed_is_loud
    # Music as loud as the voice dominates the loudness; a different voice over it is no fault.
    allowed = tolerance * 2 if heavy else tolerance
    if abs(off) > allowed + 0.05:
        strong = abs(off) > allowed + _STRONG_LU
        code = ("loudness_target_" if target else "loudness_source_") + ("high" if off > 0 else "low")
        figures: dict[str, float | str] = {"measured": sound.loudness, "expected": expected, "tolerance": allowed}
        yield Finding(code, STRONG if strong else LOOK, figures=figures)
    yield from _range(checked, sound)


def _slack(checked: CheckInput) -> tuple[float, float]:
    """How far the loudness may be below and above: one channel on two loudspeakers may count once or twice."""
    sound, source = checked.sound, checked.source_sound
    if sound is None or source is None or checked.thresholds.target:
        return 0.0, 0.0
    if source.channels == 1 and sound.channels > 1:
        return -_TWICE, 0.0
    return (0.0, _TWICE) if sound.channels == 1 and source.channels > 1 else (0.0, 0.0)


def _beyond(off: float, slack: tuple[float, float]) -> float:
    return min(0.0, off - slack[0]) if off < 0 else max(0.0, off - slack[1])


def _range(checked: CheckInput, sound: SoundMeasures) -> Findings:
    source = checked.source_sound
    if source is None or min(sound.ends, source.ends) < _SHORTEST_RANGE_S:
        return
    if abs(sound.loudness_range - source.loudness_range) > _RANGE:
        figures: dict[str, float | str] = {"measured": sound.loudness_range, "expected": source.loudness_range}
        yield Finding("loudness_range", LOOK, figures=figures)


def peaks(checked: CheckInput) -> Findings:
    """Find peaks above the project's limit, and clipping that is not in the source."""
    sound, source = checked.sound, checked.source_sound
    if sound is None:
        yield NotMeasurable("peaks", "no_sound")
        return
    before = source.true_peak if source else -96.0
    most = checked.thresholds.highest_peak
    figures: dict[str, float | str] = {"measured": sound.true_peak, "expected": most}
    clipped_before = source is not None and (source.flat_runs >= _FLAT_RUNS or source.true_peak > _CLIPPED)
    if clipped_before:
        return
    if sound.flat_runs >= _FLAT_RUNS:
        yield Finding("clipped", STRONG, figures=figures | {"runs": float(sound.flat_runs)})
    elif sound.true_peak > most + 0.05 and sound.true_peak > before + _PEAK_ALIKE:
        yield Finding("true_peak", STRONG if sound.true_peak > 0 else LOOK, figures=figures)


def channels(checked: CheckInput) -> Findings:
    """Find a lower sample rate, missing channels, and channels that are empty or cancel each other out."""
    sound, source, wanted = checked.sound, checked.source_sound, checked.thresholds
    if sound is None:
        yield NotMeasurable("sound_format", "no_sound")
        return
    if len(sound.channel_levels) == 2:
        stereo_before = source is not None and source.channels == 2
        if sound.mono_loss > _CANCELS and not (stereo_before and source and source.mono_loss > _STAYS):
            yield Finding("cancels", STRONG, figures={"measured": sound.mono_loss, "expected": _STAYS})
        apart, apart_before = _imbalance(sound), _imbalance(source) if stereo_before else 0.0
        if apart > _ONE_SIDED and apart_before < _BALANCED:
            side = "right" if sound.channel_levels[0] > sound.channel_levels[1] else "left"
            yield Finding("one_sided", STRONG, figures={"measured": apart, "side": side})
    if sound.layout.startswith("5.1") and _is_bass_loudest(sound) and not (source and _is_bass_loudest(source)):
        yield Finding("channel_order", STRONG)
    if source is None:
        yield NotMeasurable("sound_format", "no_source")
        return
    if _differs(sound.sample_rate, min(source.sample_rate, _ENOUGH_HZ), wanted.sample_rate):
        figures: dict[str, float | str] = {"measured": sound.sample_rate, "expected": source.sample_rate}
        yield Finding("sample_rate", LOOK, figures=figures)
    more = sound.channels > max(2, source.channels) and wanted.channels != FormatRule.ANY
    if more or _differs(sound.channels, source.channels, wanted.channels):
        yield Finding("channels", LOOK, figures={"measured": sound.layout, "expected": source.layout})


def _is_bass_loudest(sound: SoundMeasures) -> bool:
    """Whether the effects channel, the fourth, is louder than the three front ones."""
    levels = sound.channel_levels
    return len(levels) == 6 and levels[3] > max(levels[:3])


def _differs(ours: int, theirs: int, rule: str) -> bool:
    if rule == FormatRule.ANY:
        return False
    return ours != theirs if rule == FormatRule.SAME else ours < theirs


def _imbalance(sound: SoundMeasures | None) -> float:
    return abs(sound.channel_levels[0] - sound.channel_levels[1]) if sound and len(sound.channel_levels) == 2 else 0.0


def silent_lines(checked: CheckInput) -> Findings:
    """Find lines without a voice."""
    sound = checked.sound
    if sound is None or not checked.lines:
        yield NotMeasurable("silent_lines", "no_sound" if sound is None else "no_cues")
        return
    limit = -checked.thresholds.silence_level
    share = checked.thresholds.silence_percent / 100
    silent = [line for line in checked.lines if line.lasts >= _LINE_S and _silence(sound, line, limit) >= share]
    silent = [line for line in silent if not _is_silent_in_source(checked, line, share)]
    yield from _lines("silent_line", silent, STRONG, checked.thresholds.silence_level)
    if checked.bed is None:
        return
    # With continuous background, only a voice that stands out from it can be found missing.
    if checked.voice_stands_out:
        voiceless = [line for line in _voiceless(checked, sound) if line not in silent]
        yield from _lines("voiceless_line", voiceless, LOOK, -float(checked.bed))
    elif not silent:
        yield NotMeasurable("silent_lines", "music")


def _silence(sound: SoundMeasures, line: Line, limit: float) -> float:
    """The share of a line that is silent, counting pauses long enough to notice."""
    levels = sound.levels[_step(line.start) : _step(line.end)]
    if not levels:
        return 0.0
    runs = _runs(levels, lambda level: level >= limit)
    return sum(end - start for start, end in runs if end - start >= _PAUSE_S * LEVELS_A_SECOND) / len(levels)


def _is_silent_in_source(checked: CheckInput, line: Line, share: float) -> bool:
    """Whether the source is silent there too: cues may last longer than what is said."""
    source = checked.source_sound
    return source is not None and _silence(source, line, -checked.thresholds.silence_level) >= share


def _voiceless(checked: CheckInput, sound: SoundMeasures) -> list[Line]:
    """Lines in which nothing is louder than the background, although the source has a voice there."""
    assert checked.bed is not None
    quiet = checked.bed - _NO_VOICE_WITHIN
    lines = [line for line in checked.lines if line.lasts >= _LINE_S]
    lines = [line for line in lines if checked.loud(sound, line.start, line.end) > quiet]
    source, bed = checked.source_sound, checked.source_bed
    if source is None or bed is None:
        return lines
    return [line for line in lines if checked.loud(source, line.start, line.end) < bed - _VOICE_ABOVE / 2]


def _lines(code: str, lines: Sequence[Line], severity: str, expected: float) -> Iterator[Finding]:
    """Yield one finding for each group of neighbouring lines."""
    group: list[Line] = []
    for line in [*lines, None]:
        if group and (line is None or line.number != group[-1].number + 1):
            figures: dict[str, float | str] = {"count": float(len(group)), "expected": expected}
            yield Finding(code, severity, group[0].start, group[-1].end, figures)
            group = []
        if line is not None:
            group.append(line)


def sound_outside(checked: CheckInput) -> Findings:
    """Find sound outside lines where the source is silent."""
    sound, source = checked.sound, checked.source_sound
    if sound is None or source is None or not checked.lines:
        reason = "no_sound" if sound is None else "no_source" if source is None else "no_cues"
        yield NotMeasurable("sound_outside", reason)
        return
    few = min(len(sound.levels), len(source.levels))
    silent = bytearray(level >= _SOURCE_SILENT for level in source.levels[:few])
    for line in checked.every_line:
        first, last = _step(line.start - _BESIDE_S), _step(line.end + _BESIDE_S)
        silent[first:last] = bytes(max(0, min(last, few) - min(first, few)))
    if sum(silent) < _SOUNDS_S * LEVELS_A_SECOND:
        yield NotMeasurable("sound_outside", "music" if checked.source_bed is not None else "no_pauses")
        return
    heard = bytes(mute and level < _DUB_SOUNDS for mute, level in zip(silent, sound.levels, strict=False))
    for start, end in _joined(_runs(heard, bool), round(_DIP_S * LEVELS_A_SECOND)):
        if end - start >= _SOUNDS_S * LEVELS_A_SECOND:
            at, until = start / LEVELS_A_SECOND, end / LEVELS_A_SECOND
            loudest = -float(min(sound.levels[start:end]))
            yield Finding("sound_outside", LOOK, at, until, {"measured": loudest, "expected": -float(_DUB_SOUNDS)})


def source_sound(checked: CheckInput) -> Findings:
    """Find the source's own voice in the result."""
    comparison = checked.comparison
    if comparison is None:
        yield NotMeasurable("source_sound", "no_source")
        return
    compared = [likeness for likeness in comparison.sounds if checked.is_line(likeness) or not checked.lines]
    spoken = [likeness for likeness in compared if _is_heard(checked.source, likeness)]
    whole = sum(_length(likeness) for likeness in spoken)
    if not whole or len(spoken) < min(_FEWEST_LINES, len(checked.lines) or _FEWEST_LINES):
        yield NotMeasurable("source_sound", "source_silent")
        return
    same = [likeness for likeness in spoken if likeness.correlation > _SAME]
    share = sum(map(_length, same)) / whole
    figures: dict[str, float | str] = {"measured": share * 100, "expected": _SAME_SHARE * 100}
    if share >= (_SAME_SHARE if checked.lines else _SAME_THROUGHOUT):
        # Without cues it may be a video in which nobody speaks.
        yield Finding("source_sound", BLOCK if checked.lines else STRONG, figures=figures)
        return
    if not checked.lines:
        yield NotMeasurable("source_sound", "no_cues")
        return
    # Some lines were left untranslated, perhaps on purpose: names and songs.
    long_ones = [likeness for likeness in same if _length(likeness) >= _LINE_S]
    lines = [line for line in checked.lines if any(line.holds(likeness) for likeness in long_ones)]
    yield from _lines("source_line", lines, LOOK, _SAME)


def _is_heard(file: FileMeasures | None, likeness: Likeness) -> bool:
    if file is None or file.sound is None:
        return False
    levels = file.sound.levels[_step(likeness.start) : _step(likeness.end)]
    return bool(levels) and sum(level < _SOURCE_SILENT for level in levels) >= 0.3 * len(levels)


def _length(likeness: Likeness) -> float:
    return likeness.end - likeness.start


def _step(at: float) -> int:
    return max(0, round(at * LEVELS_A_SECOND))


def _runs(values: bytes, holds: object) -> list[tuple[int, int]]:
    assert callable(holds)
    found, since = [], None
    for number, value in enumerate(values):
        if holds(value):
            since = number if since is None else since
        elif since is not None:
            found.append((since, number))
            since = None
    return [*found, (since, len(values))] if since is not None else found


def _joined(runs: list[tuple[int, int]], gap: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for start, end in runs:
        if found and start - found[-1][1] <= gap:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found
