"""Check a kept result: measure it and its source, judge it, and write the report. Survives killed workers."""

from __future__ import annotations

import logging
import threading
from contextlib import ExitStack
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db.models import F
from django.utils import timezone

from dubbing import media, subtitles
from dubbing.models import Asset, ProjectThresholds, QualityReport, Result
from dubbing.platform import lengths, storage
from dubbing.review import findings, thresholds
from dubbing.review.automatic_checks import judge
from dubbing.review.check_input import CheckInput, places
from dubbing.review.findings import Finding, Judgement
from dubbing.review.thresholds import Thresholds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

log = logging.getLogger(__name__)

LEASE = 90.0
"""Seconds a worker may be silent; it renews its lease three times as often while measuring."""
TRIES = 3
WAITS = (timedelta(minutes=1), timedelta(minutes=30))
OLDER_AT_ONCE = 2
_STORED_LEVELS = "levels"

checking = threading.Lock()
"""Measuring takes a processor for seconds. One at a time per process leaves the other threads to urgent work."""


def check(pk: int) -> bool:
    """Check a result, if it is due and no other is being checked in this process. Return True if it was handled."""
    if not checking.acquire(blocking=False):
        return False
    try:
        return _check(pk)
    finally:
        checking.release()


def waiting(most: int = 1) -> list[int]:
    """Return a few reports that are due, longest waiting first."""
    return list(QualityReport.objects.due().order_by("next_at").values_list("pk", flat=True)[:most])


def ask_for_older() -> list[int]:
    """Request checks for a few results kept before checks existed; none while others are waiting."""
    if QualityReport.objects.filter(status=QualityReport.Status.WAITING).exists():
        return []
    older = Result.objects.filter(quality=None, version__dubbing__asset__purged_at=None).order_by("-pk")
    for result in older[:OLDER_AT_ONCE]:
        QualityReport.objects.ask(result)
    return waiting(OLDER_AT_ONCE)


def findings_of(result: Result) -> list[Finding]:
    """Return the findings about a result, the worst first; empty if it was not checked yet."""
    report = QualityReport.objects.filter(result=result).first()
    return findings.read(report.findings) if report else []


def thresholds_of(project_id: int) -> Thresholds:
    """Return the project's thresholds."""
    row = ProjectThresholds.objects.filter(project_id=project_id).values_list("figures", flat=True).first()
    return thresholds.read(row)


def _check(pk: int) -> bool:
    token = QualityReport.objects.due().claim(pk, seconds=LEASE, tries=F("tries") + 1)
    if token is None:
        return False
    report = QualityReport.objects.select_related("result__version__dubbing__asset__source").get(pk=pk)
    try:
        outcome = _outcome(report, token)
    except storage.Unavailable as problem:
        log.warning("result %s: its check waits: %s", report.result_id, problem)
        QualityReport.objects.release(pk, token, next_at=timezone.now() + WAITS[0], tries=report.tries - 1)
    except (_GaveUp, media.MediaRefused, OSError) as problem:
        log.warning("result %s: attempt %s to check it failed: %s", report.result_id, report.tries, problem)
        QualityReport.objects.release(pk, token, **_after_failure(report.tries))
    else:
        QualityReport.objects.release(pk, token, **outcome)
    return True


class _GaveUp(Exception):
    """It was attempted often enough."""


def _after_failure(tries: int) -> dict[str, Any]:
    if tries >= TRIES:
        return {"status": QualityReport.Status.FAILED, "checked_at": timezone.now()}
    return {"next_at": timezone.now() + WAITS[tries - 1]}


def _outcome(report: QualityReport, token: UUID) -> dict[str, Any]:
    """Return the columns of a checked report. Raises _GaveUp, MediaRefused, OSError."""
    if report.tries > TRIES:
        raise _GaveUp("the process that checks it was ended several times")
    result = report.result
    dubbing = result.version.dubbing
    asset, wanted = dubbing.as_sent(dubbing.asset), thresholds_of(dubbing.asset.project_id)
    cues = _cues(dubbing.srt, asset) or _cues(asset.source_srt, asset)

    def still_wanted() -> bool:
        return QualityReport.objects.renew(report.pk, token, seconds=LEASE)

    with ExitStack() as files:
        opened = partial(storage.opened, on_progress=still_wanted)
        measurements = media.measure(
            files.enter_context(opened(result.key)),
            files.enter_context(opened(asset.source.key)) if asset.source and asset.source.key else None,
            duration=result.duration,
            trim=(asset.start, asset.end),
            places=places(cues, result.duration),
            still_wanted=still_wanted,
        )
    checked = CheckInput(
        measurements,
        cues,
        wanted,
        expected_length=lengths.trimmed(asset.measured_duration, asset.start, asset.end),
        with_lips=asset.auto_generate == Asset.AutoGenerate.WITH_LIPS,
    )
    return _row(measurements, judge(checked), wanted)


def _row(measurements: media.Measurements, judgement: Judgement, wanted: Thresholds) -> dict[str, Any]:
    return {
        "status": QualityReport.Status.CHECKED,
        "measurements": _stored(measurements),
        "findings": [finding.as_row() for finding in judgement.findings],
        "not_measurable": [missing.as_row() for missing in judgement.not_measurable],
        "thresholds": wanted.as_row(),
        "worst": judgement.findings[0].severity if judgement.findings else QualityReport.Severity.NONE,
        "count": len(judgement.findings),
        "checked_at": timezone.now(),
        "tries": 0,
    }


def _stored(measurements: media.Measurements) -> dict[str, Any]:
    """Return all measurements except the levels over time, which would take more space than everything else."""
    row = asdict(measurements)
    for file in (row["result"], row["source"]):
        if file and file["sound"]:
            file["sound"].pop(_STORED_LEVELS)
    return row


def _cues(srt: str, asset: Asset) -> Sequence[subtitles.Cue]:
    """Return the cues in the result; empty if there are no readable subtitles."""
    return subtitles.shift_and_clip(subtitles.cues_of(srt), asset.start, asset.end)
