"""A kept result is checked by whoever has time, once, whatever happens to them; older results follow slowly."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from dubbing import media, tasks
from dubbing.models import Asset, Project, ProjectThresholds, QualityReport, Result
from dubbing.platform import storage
from dubbing.review import quality_reports, thresholds
from dubbing.review.quality_reports import findings_of
from tests.conftest import WakeUps
from tests.support.drafts import a_file, a_person
from tests.support.media import make_film
from tests.support.rows import make_asset, make_dubbing, make_project, make_result, make_version

pytestmark = pytest.mark.django_db
SRT = "1\n00:00:00,500 --> 00:00:02,500\nHola.\n\n"


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("films") / "film.mp4", seconds=3.0)


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("films") / "short.mp4", seconds=2.4)


@pytest.fixture
def ada() -> User:
    return a_person("ada")


@pytest.fixture
def project(ada: User) -> Project:
    return make_project("Harbour", owner=ada)


@pytest.fixture
def result(project: Project, ada: User, film: Path, short: Path) -> Result:
    """A result that is shorter than its source, and sounds like it."""
    return kept(make_asset(project, ada, status="completed", locales=[], source=a_file(ada, film)), short)


def kept(asset: Asset, path: Path) -> Result:
    version = make_version(make_dubbing(asset, srt=SRT, status="completed"))
    return make_result(version, content=path.read_bytes(), duration=2.4)


def report_of(result: Result) -> QualityReport:
    QualityReport.objects.ask(result)
    return QualityReport.objects.get(result=result)


def due() -> list[Any]:
    """The checks that are due."""
    return [item.pk for item in tasks.due() if item.task.name == tasks.check_quality.name]


def make_due(report: QualityReport) -> None:
    """Its time has come, and whoever had it is gone."""
    gone = timezone.now() - timedelta(hours=1)
    QualityReport.objects.filter(pk=report.pk).update(next_at=timezone.now(), lease_until=gone)


def codes(result: Result) -> list[str]:
    return [finding.code for finding in findings_of(result)]


def test_a_result_is_measured_judged_and_recorded(result: Result) -> None:
    report = report_of(result)
    assert due() == [report.pk]
    assert findings_of(result) == []
    tasks.check_quality.run(report.pk)
    report.refresh_from_db()
    assert (report.status, report.worst, report.tries) == (QualityReport.Status.CHECKED, "block", 0)
    assert codes(result)[0] == "source_sound"
    assert "shorter" in codes(result)
    assert report.count == len(report.findings)
    assert report.measurements["result"]["picture"]["width"] == 64
    assert "levels" not in report.measurements["result"]["sound"]
    assert {"check": "loudness", "reason": "too_short"} in report.not_measurable
    assert thresholds.read(report.thresholds) == thresholds.Thresholds()
    assert due() == []


def test_the_thresholds_of_the_project_count(result: Result, project: Project) -> None:
    ProjectThresholds.objects.create(project=project, figures={"length_ms": 900, "peak": "much", "other": 1})
    quality_reports.check(report_of(result).pk)
    assert "shorter" not in codes(result)
    assert QualityReport.objects.get().thresholds["length_ms"] == 900


def test_without_a_source_what_cannot_be_measured_is_named(project: Project, ada: User, short: Path) -> None:
    result = kept(make_asset(project, ada, status="completed", locales=[]), short)
    quality_reports.check(report_of(result).pk)
    report = QualityReport.objects.get()
    assert report.status == QualityReport.Status.CHECKED
    reasons = {row["check"]: row["reason"] for row in report.not_measurable}
    assert {reasons[check] for check in ("source_sound", "similarity", "interruptions", "lengths")} == {"no_source"}


def test_a_result_is_checked_by_one_worker_and_again_when_that_one_was_killed(
    result: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = report_of(result)
    measure = media.measure

    def killed(*files: Any, **settings: Any) -> Any:
        quality_reports.checking.release()  # as the end of the process does
        assert not quality_reports.check(report.pk), "another one checks it meanwhile"
        quality_reports.checking.acquire()
        raise KeyboardInterrupt

    monkeypatch.setattr(media, "measure", killed)
    with pytest.raises(KeyboardInterrupt):
        quality_reports.check(report.pk)
    monkeypatch.setattr(media, "measure", measure)
    assert not quality_reports.check(report.pk)
    make_due(report)
    assert quality_reports.check(report.pk)
    assert codes(result)


def test_a_replaced_worker_writes_nothing(result: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    report = report_of(result)
    measure = media.measure

    def slow(*files: Any, **settings: Any) -> Any:
        make_due(report)
        assert QualityReport.objects.due().claim(report.pk, seconds=90)
        assert not settings["still_wanted"]()
        return measure(*files, **settings)

    monkeypatch.setattr(media, "measure", slow)
    quality_reports.check(report.pk)
    report.refresh_from_db()
    assert (report.status, report.findings) == (QualityReport.Status.WAITING, [])


def test_an_unreadable_result_is_given_up_after_a_few_attempts(result: Result) -> None:
    storage.path(result.key).write_bytes(b"no film")
    report = report_of(result)
    for _ in range(quality_reports.TRIES):
        make_due(report)
        assert quality_reports.check(report.pk)
    report.refresh_from_db()
    assert report.status == QualityReport.Status.FAILED
    assert not QualityReport.objects.due().exists()
    assert QualityReport.objects.ask_again(report.pk)
    assert QualityReport.objects.due().exists()


def test_a_result_whose_file_is_gone_fails_quietly(result: Result) -> None:
    storage.delete(result.key)
    report = report_of(result)
    quality_reports.check(report.pk)
    report.refresh_from_db()
    assert (report.status, report.tries) == (QualityReport.Status.WAITING, 1)
    assert report.next_at > timezone.now()


def test_one_result_is_checked_at_a_time_and_its_end_wakes_the_next(
    result: Result, project: Project, ada: User, short: Path, wake_ups: WakeUps, committed: Callable[[], Any]
) -> None:
    other = kept(make_asset(project, ada, status="completed", locales=[]), short)
    first, second = report_of(result), report_of(other)
    with quality_reports.checking, committed():
        tasks.check_quality.run(first.pk)
    assert wake_ups == []
    with committed():
        tasks.check_quality.run(first.pk)
    assert wake_ups == [("check_quality", second.pk)]


def test_a_video_is_available_before_its_checks(result: Result) -> None:
    report_of(result)
    assert not list(tasks.due(asset=result.version.dubbing.asset))
    assert tasks.check_quality.rank > max(tasks.keep.rank, tasks.submit.rank, tasks.sync.rank)


def test_results_older_than_the_checks_are_checked_a_few_at_a_time(
    project: Project, ada: User, short: Path, wake_ups: WakeUps, committed: Callable[[], Any]
) -> None:
    asset = make_asset(project, ada, status="completed", locales=[])
    version = make_version(make_dubbing(asset, srt=SRT, status="completed"))
    older = [make_result(version, content=short.read_bytes() + bytes([number])) for number in range(4)]
    with committed():
        tasks.enqueue_older_results()
    asked = list(QualityReport.objects.order_by("-result").values_list("result", flat=True))
    assert asked == [older[3].pk, older[2].pk]
    assert [name for name, _ in wake_ups].count("check_quality") == 2
    tasks.enqueue_older_results()
    assert QualityReport.objects.count() == 2, "the next ones are asked for when these are done"


def test_a_deleted_result_takes_its_report_with_it(result: Result) -> None:
    report_of(result)
    result.delete()
    assert not QualityReport.objects.exists()


def test_the_report_of_a_stranger_does_not_exist(result: Result, ada: User) -> None:
    report = report_of(result)
    assert list(QualityReport.objects.visible_to(ada)) == [report]
    assert not QualityReport.objects.visible_to(a_person("eve")).exists()
