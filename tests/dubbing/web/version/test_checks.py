"""Automatic checks on the version page: what they found, where, and what could not be measured."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dubbing.models import QualityReport, Result
from dubbing.review.findings import BLOCK, LOOK, STRONG, Finding, NotMeasurable
from tests.conftest import WakeUps
from tests.support import rows
from tests.support.people import People

SILENT = Finding("silent_line", STRONG, 61.5, 64.25, {"count": 2.0, "expected": -50.0})
QUIET = Finding("loudness_source_low", LOOK, figures={"measured": -26.05, "expected": -23.0, "tolerance": 2.0})
CUT = Finding("cut_line", BLOCK, 58.0, 59.5, {"measured": 59.5, "expected": 63.0})


@pytest.fixture
def result(people: People) -> Result:
    return rows.make_done(people.project, people.owner)


def checked(result: Result, *findings: Finding, missing: tuple[NotMeasurable, ...] = (), **fields: Any) -> None:
    values: dict[str, Any] = {
        "status": "checked",
        "findings": [finding.as_row() for finding in findings],
        "not_measurable": [check.as_row() for check in missing],
        "count": len(findings),
        "worst": findings[0].severity if findings else "",
        "checked_at": timezone.now(),
    }
    QualityReport.objects.create(result=result, **(values | fields))


def page(client: Client, result: Result) -> str:
    return client.get(reverse("version", args=[result.version_id])).content.decode()


def section(client: Client, result: Result) -> Any:
    return client.get(reverse("version-checks", args=[result.version_id]))


def test_each_finding_says_what_was_measured_and_leads_to_its_moment(viewer: Client, result: Result) -> None:
    checked(result, CUT, SILENT, QUIET)
    html = page(viewer, result)
    assert "The last line is cut off" in html
    assert "No voice in a subtitle · 2 subtitles" in html
    assert "−26.1 LUFS, source −23.0 LUFS, expected within 2.0 LU" in html
    assert 'data-seek="61.500"' in html
    assert html.index("The last line is cut off") < html.index("Quieter than the source")
    for severity in ("Wrong", "Probably wrong", "Check"):
        assert f"{severity}</span>" in html
    assert "Nothing found" not in html


def test_a_clean_result_says_so_and_what_could_not_be_measured(viewer: Client, result: Result) -> None:
    checked(result, missing=(NotMeasurable("silent_lines", "music"), NotMeasurable("lateness", "no_onsets")))
    html = page(viewer, result)
    assert "Nothing found." in html
    assert "2 checks could not be made" in html
    assert "Music or noise plays throughout" in html


def test_a_streaming_target_is_explained_as_not_dialogue_gated(viewer: Client, result: Result) -> None:
    checked(result, thresholds={"profile": "streaming"})
    assert "not only over the dialogue" in page(viewer, result)


def test_the_page_follows_a_result_until_it_is_checked(viewer: Client, result: Result) -> None:
    assert f'data-poll="{reverse("version-checks", args=[result.version_id])}"' in page(viewer, result)
    assert section(viewer, result).status_code == 200
    checked(result, QUIET)
    answer = section(viewer, result)
    assert answer.status_code == 286
    assert "Quieter than the source" in answer.content.decode()
    assert "data-poll" not in answer.content.decode()


def test_what_cannot_be_checked_says_so(viewer: Client, result: Result) -> None:
    checked(result, status="failed")
    html = page(viewer, result)
    assert "could not be checked" in html
    assert "Nothing found" not in html


def test_an_editor_has_it_checked_again_and_sees_the_earlier_findings_meanwhile(
    editor: Client, result: Result, wake_ups: WakeUps, django_capture_on_commit_callbacks: Any
) -> None:
    checked(result, QUIET)
    with django_capture_on_commit_callbacks(execute=True):
        html = editor.post(reverse("version-check-again", args=[result.version_id]), follow=True).content.decode()
    assert wake_ups == [("check_quality", QualityReport.objects.get().pk)]
    assert "Being checked again" in html
    assert "Quieter than the source" in html
    assert "Check again" not in html
    editor.post(reverse("version-check-again", args=[result.version_id]))
    assert len(wake_ups) == 1


def test_a_viewer_is_not_offered_to_check_again(viewer: Client, result: Result) -> None:
    checked(result, QUIET)
    assert "Check again" not in page(viewer, result)


def test_findings_with_a_moment_are_on_the_time_bar(viewer: Client, result: Result) -> None:
    checked(result, CUT, QUIET, Finding("sound_ends_early", LOOK, 50.0, None, {"measured": 90.0, "expected": 80.0}))
    marks = viewer.get(reverse("version-marks", args=[result.version_id])).json()["findings"]
    assert marks[0] == {"start": 58.0, "end": 59.5, "severity": "block", "text": "The last line is cut off"}
    assert marks[1]["end"] == result.duration
    assert len(marks) == 2


def test_the_page_of_the_video_counts_what_was_found(viewer: Client, result: Result) -> None:
    address = reverse("asset", args=[result.version.dubbing.asset_id])
    assert "automatic check" not in viewer.get(address).content.decode()
    checked(result, CUT, QUIET)
    html = viewer.get(address).content.decode()
    assert "2 automatic checks to look at" in html
    assert f"{reverse('version', args=[result.version_id])}#checks" in html


@pytest.mark.parametrize(
    "odd",
    [
        None,
        "findings",
        [1, None, "x", {}],
        [{"code": "cut_line", "severity": "worse"}],
        [{"code": 5, "severity": "look"}],
        [{"code": "cut_line", "severity": "look", "start": "soon", "end": -1, "figures": {"measured": "<b>"}}],
        [{"code": "<script>", "severity": "look", "start": 1e300, "figures": []}],
    ],
)
def test_a_report_of_the_wrong_form_breaks_no_page(viewer: Client, result: Result, odd: Any) -> None:
    checked(result, QUIET)
    QualityReport.objects.update(findings=odd if odd is not None else [], not_measurable=odd or [])
    html = page(viewer, result)
    assert "Automatic checks" in html
    assert '<script>"' not in html
    assert viewer.get(reverse("version-marks", args=[result.version_id])).status_code == 200
