"""The main job with the providers that take one language per job, and their dubs side by side: nothing is faked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from sandbox import sample
from tests.support.portal import PASSWORD, Portal
from tests.support.sandbox import SandboxProcess

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("browser"), pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    assert sample.main([str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory, samples: Path) -> Iterator[Portal]:
    folder = tmp_path_factory.mktemp("portal")
    with (
        SandboxProcess(policy="at_once") as sandbox,
        Portal(
            folder,
            sandbox,
            SAMPLES_DIR=str(samples),
            MODELSLAB_API_URL=sandbox.modelslab_url,
            MODELSLAB_API_KEY=sandbox.api_key,
            VOICECHANGER_API_URL=sandbox.voicechanger_url,
            VOICECHANGER_API_KEY=sandbox.api_key,
        ) as running,
    ):
        yield running.start()


@pytest.fixture
def member(browser: Browser, portal: Portal) -> Iterator[Page]:
    """Signed in; the console has to stay empty."""
    context = browser.new_context(base_url=portal.url, locale="en-GB")
    context.set_default_timeout(20_000)
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto("/")
    page.get_by_label("Username").fill("member")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    yield page
    context.close()
    assert not said


def test_the_main_job_with_both_and_their_dubs_in_step(member: Page, portal: Portal, samples: Path) -> None:
    begin_with(member, "ModelsLab")
    says = member.locator(".provider")
    expect(says).to_contain_text("ModelsLab dubs each language separately and does not support trim, subtitles")
    expect(member.locator("#step-trim")).to_have_count(0)
    bring(member, samples, "es-ES", "fr-FR")
    member.get_by_label("Voice optional").fill("madison")
    member.get_by_label("Speed").fill("1,25")
    submit(member, 2)
    finished(member, 3)
    first = member.url

    member.get_by_role("button", name="Try with VoiceChangerAPI").click()
    expect(member.locator(".provider .notice")).to_contain_text("VoiceChangerAPI does not support choice of voice")
    expect(member.locator("#source-file")).to_contain_text("1280×720")
    expect(member.get_by_text("Use a link")).to_have_count(0)
    member.get_by_label("Remove French (France)").click()
    member.get_by_label("Notes").fill("Say Harbour as in English.")
    expect(member.locator("#save-state")).to_have_text("Saved")
    submit(member, 1)
    finished(member, 2)
    compare(member, first)
    assert_each_was_paid_for_once(portal)


def test_a_draft_changes_its_provider_and_back(member: Page) -> None:
    begin_with(member, "Panjaya")
    member.locator("#id_start").fill("1.5")
    member.locator("#id_source_locale").select_option("en-US")
    choose(member, "bg-BG")
    change(member, "ModelsLab")
    notice = member.locator(".provider .notice")
    expect(notice).to_contain_text("ModelsLab does not support trim or lip sync, so these settings are not sent.")
    expect(notice).to_contain_text("ModelsLab does not dub into Bulgarian (Bulgaria).")
    assert_no_violations(member)
    member.get_by_label("Seed").fill("7")
    expect(member.locator("#save-state")).to_have_text("Saved")
    change(member, "Panjaya")
    expect(notice).to_contain_text("Panjaya does not support choice of voice")
    expect(member.locator("#id_start")).to_have_value("00:00:01.500")
    expect(member.locator("#bg-BG, #srt_bg-BG-slot").first).to_be_visible()


def begin_with(page: Page, provider: str) -> None:
    page.goto("/projects/")
    page.get_by_role("link", name="Sample project").click()
    page.locator("form[action$='/assets/new/'] button").first.click()
    if page.locator("#id_provider option:checked").inner_text() != provider:
        change(page, provider)


def change(page: Page, provider: str) -> None:
    with page.expect_navigation():
        page.get_by_role("combobox", name="Provider", exact=True).select_option(label=provider)
    expect(page.locator("#id_provider option:checked")).to_have_text(provider)


def choose(page: Page, code: str) -> None:
    page.locator("#languages-search").fill(code)
    page.locator("#languages-search").press("Enter")
    expect(page.locator(f'input[name="targets"][value="{code}"]')).to_be_checked()


def bring(page: Page, samples: Path, *codes: str) -> None:
    page.locator("#source-box [data-file]").set_input_files(samples / "sample.mp4")
    expect(page.locator("#source-file")).to_contain_text("1280×720", timeout=30_000)
    page.locator("#id_source_locale").select_option("en-US")
    for code in codes:
        choose(page, code)


def submit(page: Page, languages: int) -> None:
    button = page.get_by_role("button", name=re.compile("^Submit"))
    expect(button).to_contain_text(f"{languages} language")
    button.click()
    expect(page).to_have_url(re.compile(r"/assets/\d+/$"))


def finished(page: Page, badges: int) -> None:
    expect(page.locator("#asset-status").locator(".state", has_text="Done")).to_have_count(badges, timeout=60_000)


def compare(page: Page, first: str) -> None:
    """Both dubs and the source: all run, one is heard, and the address says which."""
    page.get_by_role("link", name="Compare").click()
    expect(page.locator("[data-compare-video]")).to_have_count(3)
    expect(page.locator("[data-clock]")).to_contain_text("0:12")
    assert_no_violations(page)
    page.get_by_role("button", name="Play").click()
    expect(page.locator("[data-clock]")).to_contain_text("0:01 /")
    assert page.evaluate("[...document.querySelectorAll('video')].every((video) => video.currentTime > 0.5)")
    page.keyboard.press("2")
    unmuted = "[...document.querySelectorAll('video')].map((video) => !video.muted)"
    assert page.evaluate(unmuted) == [False, False, True]
    page.keyboard.press("k")
    page.keyboard.press("0")
    assert page.evaluate(unmuted) == [True, False, False]
    times = page.evaluate("[...document.querySelectorAll('video')].map((video) => video.currentTime)")
    assert max(times) - min(times) < 0.3
    expect(page).to_have_url(re.compile(r"listen=0&t="))
    page.get_by_role("link", name="French (France)").click()
    expect(page.locator("[data-compare-video]")).to_have_count(2)
    page.get_by_role("link", name=re.compile("Open the video from .*ModelsLab")).click()
    expect(page).to_have_url(first)


def assert_no_violations(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def assert_each_was_paid_for_once(portal: Portal) -> None:
    jobs = portal.ask("list(m.Submission.objects.order_by('pk').values_list('asset__provider', 'locale', 'status'))")
    expected = [("modelslab", "es-ES"), ("modelslab", "fr-FR"), ("voicechanger", "es-ES")]
    assert sorted(jobs) == [[provider, code, "accepted"] for provider, code in expected]
    assert len(portal.sandbox.ledger()) == 3
