"""Findings in the texts of an asset whose form is closed, for the person who has to approve it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from dubbing import subtitles
from dubbing.drafts.draft import SOURCE
from dubbing.models import Asset
from dubbing.projects import terms
from dubbing.web.shared import text_reports
from dubbing.web.shared.text_reports import Beside, TrimmedVideo


@dataclass(frozen=True, slots=True)
class ToLookAt:
    """One text and the findings in it. ``locale`` is empty for the transcript of the source."""

    locale: str
    findings: tuple[str, ...]


def to_look_at(asset: Asset) -> list[ToLookAt]:
    """The texts with findings, without hints: the same as on the form from which the asset was sent."""
    until = time.monotonic() + subtitles.LONGEST_LOOK  # for all texts together
    reports = [ToLookAt(locale, _sentences(report)) for locale, report in _reports(asset, until)]
    return [text_report for text_report in reports if text_report.findings]


def _sentences(report: text_reports.TextReport) -> tuple[str, ...]:
    return (*report.problems, *(group.message for group in report.findings if group.severity == "warning"))


def _reports(asset: Asset, until: float) -> Iterator[tuple[str, text_reports.TextReport]]:
    video = TrimmedVideo(duration=asset.source_duration, start=asset.start, end=asset.end)
    spoken = {dubbing.locale: dubbing.srt for dubbing in asset.dubbings.all() if dubbing.srt}
    slots = {**({SOURCE: asset.source_srt} if asset.source_srt else {}), **spoken}
    others = {slot: text_reports.described(slot, _locale(asset, slot), text) for slot, text in slots.items()}
    wanted = terms.wanted(asset.project_id, spoken) if spoken else {}
    for slot, text in slots.items():
        beside = Beside(
            source=asset.source_srt,
            terms=wanted.get(slot, ()),
            others=tuple(other for key, other in others.items() if key != slot),
        )
        left = max(0.0, until - time.monotonic())
        if slot == SOURCE:
            yield "", text_reports.source_report(text, asset.source_locale, video, beside, left)
        else:
            yield slot, text_reports.target_report(text, video, slot, beside, left)


def _locale(asset: Asset, slot: str) -> str:
    return asset.source_locale if slot == SOURCE else slot
