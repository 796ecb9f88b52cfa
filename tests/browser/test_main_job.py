"""The main job as a person does it: real browser, web, worker, scheduler and sandbox; nothing faked in between."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from dubbing import media
from tests.support.portal import PASSWORD, Portal

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(180)]


@pytest.fixture
def member(browser: Browser, portal: Portal) -> Iterator[Page]:
    """Signed in through the sign-in page; the console has to stay empty."""
    context = browser.new_context(base_url=portal.url, locale="en-GB", accept_downloads=True)
    context.set_default_timeout(30_000)
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


def test_a_video_goes_in_and_a_dubbed_video_comes_out(
    member: Page, portal: Portal, samples: Path, tmp_path: Path
) -> None:
    member.get_by_role("link", name="Projects").click()
    member.get_by_role("link", name="Sample project").click()
    member.locator("form[action$='/assets/new/'] button").first.click()
    bring_and_configure(member, samples)
    member.get_by_role("button", name=re.compile("^Submit")).click()
    expect(member).to_have_url(re.compile(r"/assets/\d+/$"))
    watch_it_move_by_itself(member)
    play_and_compare(member)
    with member.expect_download() as download:
        member.get_by_role("link", name=re.compile("^Download")).first.click()
    dubbed = tmp_path / "dubbed.mp4"
    download.value.save_as(dubbed)
    assert download.value.suggested_filename.endswith(".mp4")
    assert media.probe(dubbed).duration == pytest.approx(8.5, abs=0.1)
    assert_the_provider_was_asked_for_exactly_this(portal)


def bring_and_configure(page: Page, samples: Path) -> None:
    page.locator("#source-box [data-file]").set_input_files(samples / "sample.mp4")
    expect(page.locator("#source-file")).to_contain_text("1280×720", timeout=30_000)
    page.locator("#id_start").fill("1.0")
    page.locator("#id_end").fill("9.5")
    page.locator("#id_source_locale").select_option("en-US")
    for words in ("es-ES", "fr-FR"):
        page.locator("#languages-search").fill(words)
        page.locator("#languages-search").press("Enter")
    page.locator("#srt_es-ES-slot summary").click()
    page.locator("#srt_es-ES-file").set_input_files(samples / "sample.es-ES.srt")
    expect(page.locator("#srt_es-ES-slot")).to_contain_text("cues")
    page.locator('input[name="auto_generate"][value="with_lips"]').check()
    page.locator('input[name="lips_model"][value="real_face_turbo"]').check()
    page.locator('input[name="voice_anonymization"]').last.fill("0.3")
    page.get_by_label("I know how many").check()
    page.locator("#id_speakers").fill("2")
    expect(page.get_by_role("button", name=re.compile("^Submit"))).to_contain_text("2 languages")


def watch_it_move_by_itself(page: Page) -> None:
    """No reload: the page shows that it is being dubbed, and then that it is done."""
    expect(page.locator("#asset-status")).to_be_visible()  # the page before it is gone, and this one is drawn
    page.evaluate("document.body.dataset.sameDocument = 'yes'")
    expect(page.locator("#asset-status").get_by_text("Dubbing").first).to_be_visible()
    expect(page.locator("#asset-status").locator(".state", has_text="Done")).to_have_count(3, timeout=60_000)
    assert page.evaluate("document.body.dataset.sameDocument") == "yes"


def play_and_compare(page: Page) -> None:
    page.locator("#asset-status").get_by_role("link", name="Play Spanish (Spain)").click()
    dub, source = page.locator("[data-video=dub]"), page.locator("[data-video=source]")
    expect(dub).to_have_js_property("paused", True)
    assert dub.evaluate("video => video.play().then(() => true)")
    expect(page.locator("track[srclang='es-ES']")).to_be_attached()
    dub.evaluate("video => { video.pause(); video.currentTime = 4 }")
    assert dub.evaluate("video => video.duration") == pytest.approx(8.5, abs=0.1)
    page.keyboard.press("1")
    expect(source).to_be_visible()
    # The dub starts one second into the source.
    assert source.evaluate("video => video.currentTime") == pytest.approx(5, abs=0.3)
    page.keyboard.press("2")
    expect(dub).to_be_visible()


def assert_the_provider_was_asked_for_exactly_this(portal: Portal) -> None:
    asset = portal.ask("m.Asset.objects.values('remote_id', 'start', 'end', 'lips_model', 'speakers').get()")
    assert (asset["start"], asset["end"], asset["lips_model"], asset["speakers"]) == (1.0, 9.5, "real_face_turbo", 2)
    assert [entry["asset_id"] for entry in portal.sandbox.ledger()] == [asset["remote_id"]]


@pytest.mark.long
def test_a_stranger_finds_nothing(browser: Browser, portal: Portal) -> None:
    context = browser.new_context(base_url=portal.url)
    page = context.new_page()
    page.goto("/")
    page.get_by_label("Username").fill("outsider")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    for address in ("/projects/1/", "/assets/1/", "/versions/1/", "/files/results/1/", "/files/assets/1/source/"):
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 404
    context.close()
