"""Check a result's timing: length, picture against sound, late sound, and a cut end."""

from __future__ import annotations

import math
from collections.abc import Iterator
from operator import mul
from statistics import median

from dubbing.media import FileMeasures, SoundMeasures
from dubbing.media.measurements import LEVELS_A_SECOND
from dubbing.review.check_input import CheckInput, Line
from dubbing.review.findings import BLOCK, LOOK, STRONG, Finding, NotMeasurable

_BLOCK_S = 1.0
_APART_S = 0.08
_DRIFT_S = 0.08
_VERY_LATE_S = 0.25
_FEWEST_ONSETS, _ONSET_SPREAD_S = 4, 0.09
# Another voice in another language begins a little later or earlier; without the source's to compare with, it is
# unknown how exactly cues begin with the voice.
_LATE_LINES_S, _LATE_ALONE_S = 0.18, 0.25
_BEFORE_S, _AFTER_S, _HELD = 0.45, 1.0, 3
# Ten minutes are enough; even voices that follow one another without a pause rise and fall between lines.
_RHYTHM_STEPS, _RHYTHM_REACH, _RHYTHM_FLOOR = 600 * LEVELS_A_SECOND, 30, 60
_RHYTHM_FIT, _RHYTHM_BETTER = 0.5, 0.05
_CUT_S = 0.3
_LAST_S, _STILL_LOUD, _FADED = 0.08, 30, 42

Findings = Iterator[Finding | NotMeasurable]


def lengths(checked: CheckInput) -> Findings:
    """Compare the length with the trim, and the lengths of picture and sound with each other."""
    ours = _length(checked.measurements.result)
    theirs = _length(checked.source) if checked.source else checked.expected_length
    allowed = checked.thresholds.length_ms / 1000
    if ours is None or theirs is None:
        yield NotMeasurable("lengths", "no_picture" if ours is None else "no_source")
    elif abs(ours - theirs) > allowed:
        severity = BLOCK if abs(ours - theirs) > _BLOCK_S else LOOK
        figures: dict[str, float | str] = {"measured": ours, "expected": theirs}
        yield Finding("longer" if ours > theirs else "shorter", severity, min(ours, theirs), max(ours, theirs), figures)
    apart, before = _apart(checked.measurements.result), _apart(checked.source)
    if apart is not None and abs(apart) > _APART_S and abs(apart - (before or 0.0)) > _APART_S:
        sound = checked.sound
        assert sound
        figures = {"measured": apart * 1000, "expected": _APART_S * 1000}
        code = "sound_ends_early" if apart < 0 else "sound_ends_late"
        yield Finding(
            code, BLOCK if abs(apart) > _BLOCK_S else LOOK, min(sound.ends, sound.ends - apart), None, figures
        )


def _length(file: FileMeasures) -> float | None:
    if file.picture:
        return file.picture.ends
    return file.sound.ends if file.sound else None


def _apart(file: FileMeasures | None) -> float | None:
    """How much later (seconds) the sound ends than the picture; None if unknown."""
    return file.sound.ends - file.picture.ends if file and file.picture and file.sound else None


def lateness(checked: CheckInput) -> Findings:
    """Find sound that is late compared with the source."""
    comparison, allowed = checked.comparison, checked.thresholds.late_ms / 1000
    if comparison is not None and comparison.delay is not None:
        yield from _late(comparison.delay, allowed, "late")
        times = [at for at, lag in comparison.delays if abs(lag - comparison.delay) <= 2 * _DRIFT_S]
        lags = [lag for _, lag in comparison.delays if abs(lag - comparison.delay) <= 2 * _DRIFT_S]
        if len(lags) >= _FEWEST_ONSETS and max(lags) - min(lags) > _DRIFT_S:
            figures: dict[str, float | str] = {"measured": (lags[-1] - lags[0]) * 1000, "expected": _DRIFT_S * 1000}
            yield Finding("drift", LOOK, times[0], times[-1], figures)
        return
    if checked.sound is None or not checked.lines:
        yield NotMeasurable("lateness", "no_sound" if checked.sound is None else "no_cues")
        return
    offsets, compared = _offsets(checked)
    usual = median(offsets) if len(offsets) >= _FEWEST_ONSETS else None
    if usual is not None and median(abs(offset - usual) for offset in offsets) <= _ONSET_SPREAD_S:
        yield from _late(usual, max(allowed, _LATE_LINES_S if compared else _LATE_ALONE_S), "late_lines")
        return
    rhythm = _rhythm_delay(checked)
    if rhythm is None:
        yield NotMeasurable("lateness", "no_onsets")
    else:
        yield from _late(rhythm, max(allowed, _LATE_LINES_S), "late_lines")


def _rhythm_delay(checked: CheckInput) -> float | None:
    """How much later (seconds) sound follows the cues than in the source; None if it does so unclearly."""
    if checked.source_sound is None or checked.sound is None or len(checked.lines) < _FEWEST_ONSETS:
        return None
    ours, theirs = (_rhythm(sound, checked.lines) for sound in (checked.sound, checked.source_sound))
    return None if ours is None or theirs is None else ours - theirs


def _rhythm(sound: SoundMeasures, lines: list[Line]) -> float | None:
    """The delay in seconds at which a sound follows the cues best; None if unclear."""
    heard = [max(0, _RHYTHM_FLOOR - level) for level in sound.levels[:_RHYTHM_STEPS]]
    spoken = [0] * len(heard)
    for line in lines:
        first, last = round(line.start * LEVELS_A_SECOND), min(len(heard), round(line.end * LEVELS_A_SECOND))
        spoken[first:last] = [1] * max(0, last - first)
    fits = {delay: _fit(heard, spoken, delay) for delay in range(-_RHYTHM_REACH, _RHYTHM_REACH + 1)}
    best = max(fits, key=lambda delay: fits[delay])
    if fits[best] < _RHYTHM_FIT:
        return None
    # For a best fit close to zero, zero is the better guess.
    return best / LEVELS_A_SECOND if fits[best] > fits[0] + _RHYTHM_BETTER else 0.0


def _fit(heard: list[int], spoken: list[int], delay: int) -> float:
    """The correlation between the sound and the cues `delay` steps earlier."""
    heard = heard[max(0, delay) : len(heard) + min(0, delay)]
    spoken = spoken[max(0, -delay) : len(spoken) - max(0, delay)]
    count = len(heard)
    if not count:
        return 0.0
    loud, often = sum(heard) / count, sum(spoken) / count
    spread = (sum(map(mul, heard, heard)) / count - loud * loud) * (often - often * often)
    return (sum(map(mul, heard, spoken)) / count - loud * often) / math.sqrt(spread) if spread > 0 else 0.0


def _late(delay: float, allowed: float, code: str) -> Findings:
    if abs(delay) > allowed:
        severity = STRONG if abs(delay) > _VERY_LATE_S else LOOK
        figures: dict[str, float | str] = {"measured": delay * 1000, "expected": allowed * 1000}
        yield Finding(code if delay > 0 else code.replace("late", "early"), severity, figures=figures)


def _offsets(checked: CheckInput) -> tuple[list[float], bool]:
    """How much later (seconds) each line begins than in the source, or than its cue if the source cannot tell."""
    sound, source = checked.sound, checked.source_sound
    assert sound
    ours = {line.number: _onset(sound, line) for line in _alone(checked)}
    theirs = {line.number: _onset(source, line) for line in _alone(checked)} if source else {}
    both = [at - other for number, at in ours.items() if at is not None and (other := theirs.get(number)) is not None]
    if len(both) >= _FEWEST_ONSETS:
        return both, True
    return [at for at in ours.values() if at is not None], False


def _alone(checked: CheckInput) -> list[Line]:
    """Lines with a pause before them."""
    found, until = [], 0.0
    for line in checked.every_line:
        if line.start - until >= _BEFORE_S:
            found.append(line)
        until = max(until, line.end)
    spoken = {line.number for line in checked.lines}
    return [line for line in found if line.number in spoken]


def _onset(sound: SoundMeasures, line: Line) -> float | None:
    """How long after its cue (seconds) a line becomes audible; None if it has no clear beginning."""
    first = round((line.start - _BEFORE_S) * LEVELS_A_SECOND)
    levels = sound.levels[first : round(min(line.end, line.start + _AFTER_S) * LEVELS_A_SECOND)]
    if len(levels) < 20:
        return None
    quiet, loud = max(levels[:10]), sorted(levels)[len(levels) // 8]
    floor = sorted(levels[:10])[5]
    if floor - loud < 15:
        return None
    border = loud + 12 if floor - loud > 24 else (floor + loud) / 2
    if quiet < border and min(levels[:4]) < border:
        return None  # something is audible already
    for at in range(len(levels) - _HELD):
        if all(level < border for level in levels[at : at + _HELD]):
            return at / LEVELS_A_SECOND - _BEFORE_S
    return None


def ending(checked: CheckInput) -> Findings:
    """Find an end that is cut off."""
    sound, source = checked.sound, checked.source_sound
    if sound is None:
        yield NotMeasurable("ending", "no_sound")
        return
    last = max(checked.lines, key=lambda line: line.end, default=None)
    if last is not None and last.end > sound.ends + _CUT_S:
        figures: dict[str, float | str] = {"measured": sound.ends, "expected": last.end}
        yield Finding("cut_line", BLOCK, max(0.0, min(last.start, sound.ends)), sound.ends, figures)
        return
    if source is None:
        yield NotMeasurable("ending", "no_source")
        return
    ours, theirs = _end_level(sound), _end_level(source)
    if ours < _STILL_LOUD and theirs > _FADED:
        figures = {"measured": -ours, "expected": -theirs}
        yield Finding("cut_end", STRONG, max(0.0, sound.ends - 1.0), sound.ends, figures)


def _end_level(sound: SoundMeasures) -> float:
    """The level at the very end, in dB below full scale. Encoders fill their last frame with silence."""
    levels = sound.levels.rstrip(b"\x60")
    if len(sound.levels) - len(levels) > 3:
        return 96.0
    return float(min(levels[-round(_LAST_S * LEVELS_A_SECOND) :], default=96))
