"""Run all automatic checks of a result: measurements, cues and thresholds in, findings out."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dubbing.review import picture_checks, sound_checks, time_checks
from dubbing.review.check_input import CheckInput
from dubbing.review.findings import SEVERITIES, Finding, Judgement, NotMeasurable

MOST_FINDINGS = 200
"""More than anybody reads."""

CHECKS: tuple[Callable[[CheckInput], Iterator[Finding | NotMeasurable]], ...] = (
    time_checks.lengths,
    time_checks.lateness,
    time_checks.ending,
    sound_checks.loudness,
    sound_checks.peaks,
    sound_checks.channels,
    sound_checks.silent_lines,
    sound_checks.sound_outside,
    sound_checks.source_sound,
    picture_checks.interruptions,
    picture_checks.form,
    picture_checks.similarity,
)


def judge(checked: CheckInput) -> Judgement:
    """The findings about a result, the worst first, and what could not be checked."""
    outcome = [each for check in CHECKS for each in check(checked)]
    findings = [each for each in outcome if isinstance(each, Finding)]
    findings.sort(key=lambda finding: (-SEVERITIES.index(finding.severity), finding.start or 0.0))
    missing = [each for each in outcome if isinstance(each, NotMeasurable)]
    return Judgement(tuple(findings[:MOST_FINDINGS]), tuple(missing))
