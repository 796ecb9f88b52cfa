"""The automatic checks of a result, as the version page shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dubbing.models import QualityReport, Result
from dubbing.review import finding_words, findings, quality_reports
from dubbing.review.findings import BLOCK, LOOK, STRONG, Finding

_LOOKS = {LOOK: ("eye", "blue"), STRONG: ("alert-triangle", "amber"), BLOCK: ("alert-circle", "red")}
_OPEN_AT_FIRST = 6


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """A finding for people. ``start`` and ``end`` are seconds of the result, to a tenth; None: all of it."""

    title: str
    measured: str
    severity: str
    icon: str
    tone: str
    start: float | None
    end: float | None


@dataclass(frozen=True, slots=True)
class ChecksPanel:
    """What the panel shows. ``report`` is None for a result that nobody asked to check yet."""

    result: Result
    report: QualityReport | None
    findings: list[ShownFinding]
    missing: list[tuple[str, str]]
    may_check_again: bool

    @property
    def is_waiting(self) -> bool:
        """Whether it will change by itself."""
        return self.report is None or self.report.status == QualityReport.Status.WAITING

    @property
    def is_failed(self) -> bool:
        """Whether nothing could be checked."""
        return self.report is not None and self.report.status == QualityReport.Status.FAILED

    @property
    def was_checked(self) -> bool:
        """Whether there is an outcome to show, even while it is checked once more."""
        return self.report is not None and self.report.checked_at is not None and not self.is_failed

    @property
    def first(self) -> list[ShownFinding]:
        """Those that are shown at once, the worst ones."""
        return self.findings[:_OPEN_AT_FIRST]

    @property
    def rest(self) -> list[ShownFinding]:
        """Those that are folded."""
        return self.findings[_OPEN_AT_FIRST:]

    @property
    def target(self) -> str:
        """The loudness that it was held against, where the figure is often misread."""
        return str(self.report.thresholds.get("profile", "")) if self.report else ""


def panel(result: Result | None, *, may_edit: bool) -> ChecksPanel | None:
    """The panel of a result read with its report; None where there is no result."""
    if result is None:
        return None
    report = report_of(result)
    shown = [_shown(finding) for finding in findings.read(report.findings)] if report else []
    missing = findings.read_not_measurable(report.not_measurable) if report else []
    again = may_edit and report is not None and report.status != QualityReport.Status.WAITING
    return ChecksPanel(result, report, shown, [finding_words.describe_missing(check) for check in missing], again)


def report_of(result: Result) -> QualityReport | None:
    """The report that was read with a result."""
    return getattr(result, "quality", None)


def spans(result: Result | None) -> list[dict[str, Any]]:
    """Findings that have a place, for the time bar: ``{start, end, severity, text}``, times in seconds."""
    if result is None:
        return []
    placed = [finding for finding in quality_reports.findings_of(result) if finding.start is not None]
    return [_span(finding, result.duration) for finding in placed]


def _span(finding: Finding, last: float) -> dict[str, Any]:
    text = finding_words.describe(finding).title
    end = last if finding.end is None else finding.end
    return {"start": finding.start, "end": end, "severity": finding.severity, "text": text}


def _shown(finding: Finding) -> ShownFinding:
    words = finding_words.describe(finding)
    icon, tone = _LOOKS[finding.severity]
    start, end = (None if at is None else round(at, 1) for at in (finding.start, finding.end))
    return ShownFinding(words.title, words.measured, words.severity, icon, tone, start, end)
