"""Automatic checks in a browser: a finding leads to its moment, with the keyboard too, and nothing hinders a reader."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, expect

from dubbing.models import QualityReport, Result
from dubbing.review.findings import BLOCK, LOOK, STRONG, Finding, NotMeasurable
from tests.support.drafts import a_file, a_person
from tests.support.media import make_film
from tests.support.rows import make_asset, make_dubbing, make_project, make_result, make_version

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.walk]
PHONE = {"width": 390, "height": 844}
FINDINGS = [
    Finding("cut_line", BLOCK, 3.5, 4.0, {"measured": 4.0, "expected": 6.4}),
    Finding("silent_line", STRONG, 2.5, 3.25, {"count": 2.0, "expected": -50.0}),
    Finding("loudness_source_low", LOOK, figures={"measured": -26.05, "expected": -22.1, "tolerance": 2.0}),
    *(Finding("frozen", LOOK, 0.5 * at, 0.5 * at + 0.4, {"measured": 0.4, "expected": 1.0}) for at in range(5)),
]


@pytest.fixture
def result(signed_in: Any, page: Page, tmp_path: Path) -> Result:
    ada = a_person("ada")
    project = make_project("Harbour", owner=ada)
    film = make_film(tmp_path / "film.mp4", seconds=4.0, size=(320, 180))
    asset = make_asset(project, ada, status="completed", locales=[], source=a_file(ada, film))
    version = make_version(make_dubbing(asset, status="completed"))
    signed_in(page, ada)
    return make_result(version, content=film.read_bytes(), duration=4.0)


def report(result: Result, findings: list[Finding]) -> None:
    missing = [NotMeasurable("sound_outside", "music"), NotMeasurable("lateness", "no_onsets")]
    QualityReport.objects.update_or_create(
        result=result,
        defaults={
            "status": "checked",
            "checked_at": timezone.now(),
            "findings": [finding.as_row() for finding in findings],
            "not_measurable": [check.as_row() for check in missing],
            "count": len(findings),
            "worst": findings[0].severity if findings else "",
        },
    )


def test_a_finding_leads_to_its_moment_with_mouse_and_keyboard(page: Page, live_server: Any, result: Result) -> None:
    report(result, FINDINGS)
    page.goto(f"{live_server.url}/versions/{result.version_id}/")
    page.wait_for_function("document.querySelector('[data-video=dub]').readyState > 0")
    page.get_by_role("link", name="0:03.5–0:04").click()
    page.wait_for_function("document.querySelector('[data-video=dub]').currentTime > 3.4")
    link = page.get_by_role("link", name="0:02.5–0:03.2")
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("Math.abs(document.querySelector('[data-video=dub]').currentTime - 2.5) < 0.1")
    assert f"/versions/{result.version_id}/" in page.url


def test_the_panel_updates_when_the_result_is_checked(page: Page, live_server: Any, result: Result) -> None:
    page.goto(f"{live_server.url}/versions/{result.version_id}/")
    panel = page.locator("#checks")
    expect(panel).to_contain_text("Not checked yet")
    report(result, FINDINGS)
    expect(panel).to_contain_text("The last line is cut off", timeout=15_000)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [{"width": 1280, "height": 900}, PHONE], ids=["desktop", "phone"])
def test_nothing_hinders_a_reader(page: Page, live_server: Any, result: Result, scheme: Any, size: Any) -> None:
    report(result, FINDINGS)
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme)
    for address in (
        f"/versions/{result.version_id}/",
        f"/projects/{result.version.dubbing.asset.project_id}/settings/",
    ):
        page.goto(f"{live_server.url}{address}")
        for fold in page.locator(".checks-fold > summary").all():
            fold.click()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        violations = Axe().run(page).response["violations"]
        assert not violations, [(one["id"], one["nodes"][0]["html"]) for one in violations]
