"""The automatic checks of a result, as the version page shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dubbing.models import QualityReport, Result
from dubbing.review import finding_texts, findings, quality_reports
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
    """The content of the panel. ``report`` is None if no checks of the result were requested yet."""

    result: Result
    report: QualityReport | None
    findings: list[ShownFinding]
    missing: list[tuple[str, str]]
    may_check_again: bool

    @property
    def is_waiting(self) -> bool:
        """Whether it will change on its own."""
        return self.report is None or self.report.status == QualityReport.Status.WAITING

    @property
    def is_failed(self) -> bool:
        """Whether nothing could be checked."""
        return self.report is not None and self.report.status == QualityReport.Status.FAILED

    @property
    def was_checked(self) -> bool:
        """Whether there is an outcome to show, even while it is being checked again."""
        return self.report is not None and self.report.checked_at is not None and not self.is_failed

    @property
    def first(self) -> list[ShownFinding]:
        """The findings shown at once, the worst ones."""
        return self.findings[:_OPEN_AT_FIRST]

    @property
    def rest(self) -> list[ShownFinding]:
        """The findings in the fold."""
        return self.findings[_OPEN_AT_FIRST:]

    @property
    def target(self) -> str:
        """The loudness target it was compared with, a figure that is often misread."""
        return str(self.report.thresholds.get("profile", "")) if self.report else ""


def panel(result: Result | None, *, may_edit: bool) -> ChecksPanel | None:
    """The panel of a result loaded with its report; None without a result."""
    if result is None:
        return None
    report = report_of(result)
    shown = [_shown(finding) for finding in findings.read(report.findings)] if report else []
    missing = findings.read_not_measurable(report.not_measurable) if report else []
    may_check_again = may_edit and report is not None and report.status != QualityReport.Status.WAITING
    return ChecksPanel(
        result, report, shown, [finding_texts.describe_missing(check) for check in missing], may_check_again
    )


def report_of(result: Result) -> QualityReport | None:
    """The report that was loaded with a result."""
    return getattr(result, "quality", None)


def spans(result: Result | None) -> list[dict[str, Any]]:
    """Findings with a time, for the time bar: ``{start, end, severity, text}``, times in seconds."""
    if result is None:
        return []
    placed = [finding for finding in quality_reports.findings_of(result) if finding.start is not None]
    return [_span(finding, result.duration) for finding in placed]


def _span(finding: Finding, last: float) -> dict[str, Any]:
    text = finding_texts.describe(finding).title
    end = last if finding.end is None else finding.end
    return {"start": finding.start, "end": end, "severity": finding.severity, "text": text}


def _shown(finding: Finding) -> ShownFinding:
    described = finding_texts.describe(finding)
    icon, tone = _LOOKS[finding.severity]
    start, end = (None if at is None else round(at, 1) for at in (finding.start, finding.end))
    return ShownFinding(described.title, described.measured, described.severity, icon, tone, start, end)
