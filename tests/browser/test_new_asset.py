"""The new-asset page in a real browser: bringing a file, choosing languages by keyboard, losing nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import APIResponse, Page, Route, expect

from dubbing.accounts import languages
from dubbing.models import Asset, Upload
from tests.support.drafts import SRT, a_draft, a_person
from tests.support.media import make_film
from tests.support.uploads import examine_all

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("films") / "Summer film.mp4", seconds=6)


@pytest.fixture
def draft(page: Page, signed_in: Any, settings: Any) -> Asset:
    """An empty draft, open in the browser."""
    settings.PANJAYA_API_URL = "http://127.0.0.1:9"
    draft = a_draft(a_person("ada"))
    signed_in(page, draft.created_by).goto(f"/assets/{draft.pk}/edit/")
    return draft


def bring(page: Page, film: Path) -> None:
    page.locator("#source-box [data-file]").set_input_files(film)
    expect(page.locator("#source-box [data-figures]")).to_contain_text("Upload complete")
    examine_all()
    expect(page.locator("#source-file > :is(.file-facts, .notice:not([data-upload-status]))")).to_contain_text(
        film.name
    )


def saved(page: Page) -> None:
    state = page.locator("#save-state")
    expect(state).to_be_visible()
    expect(state).to_have_text("Saved")


def test_a_video_is_uploaded_and_its_facts_are_shown(page: Page, draft: Asset, film: Path) -> None:
    bring(page, film)
    facts = page.locator("#source-file")
    expect(facts).to_contain_text("6 s")
    expect(facts).to_contain_text("64×48")
    expect(page.locator("#id_name")).to_have_value("Summer film")
    expect(page.locator("video")).to_be_visible()
    saved(page)
    draft.refresh_from_db()
    assert draft.source is not None
    assert draft.source.status == Upload.Status.COMPLETE


@pytest.mark.long
def test_cancelling_keeps_the_file_that_was_there(page: Page, draft: Asset, film: Path, tmp_path: Path) -> None:
    bring(page, film)
    saved(page)
    other = tmp_path / "other.mp4"
    other.write_bytes(b"\0" * 5_000_000)
    page.route("**/uploads/*/**", lambda route: None if route.request.method == "PATCH" else route.continue_())
    page.locator("#source-box [data-file]").set_input_files(other)
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#source-file")).to_contain_text(film.name)
    expect(page.locator("#source-file")).not_to_contain_text("other.mp4")
    saved(page)
    draft.refresh_from_db()
    assert draft.source is not None
    assert draft.source.name == film.name


@pytest.mark.long
def test_cancelling_before_the_server_has_answered_keeps_the_file_that_was_there(
    page: Page, draft: Asset, film: Path, tmp_path: Path
) -> None:
    bring(page, film)
    saved(page)
    other = tmp_path / "other.mp4"
    other.write_bytes(b"\0" * 5_000_000)
    held: list[tuple[Route, APIResponse]] = []
    page.route("**/uploads/", lambda route: held.append((route, route.fetch())))
    page.locator("#source-box [data-file]").set_input_files(other)
    with page.expect_request(lambda request: request.method == "DELETE"):
        page.get_by_role("button", name="Cancel").click()
        page.locator("#id_name").fill("Typed meanwhile")
        saved(page)
        while not held:  # the server's answer may take longer than all of that
            page.wait_for_timeout(50)
        created, answer = held[0]
        created.fulfill(response=answer)
    saved(page)
    expect(page.locator("#source-file")).to_contain_text(film.name)
    expect(page.locator("#source-box [data-panel]")).to_be_hidden()
    draft.refresh_from_db()
    assert draft.source is not None
    assert (draft.source.name, draft.typed["source"]) == (film.name, str(draft.source.pk))


@pytest.mark.long
@pytest.mark.parametrize(("language", "late"), [("en-gb", "**/js/pages/asset-form*.js"), ("de", "**/texts/de/*")])
def test_no_control_is_offered_before_its_script_has_run(page: Page, draft: Asset, language: str, late: str) -> None:
    languages.choose_language(draft.created_by, language)
    held: list[Route] = []
    page.route(late, lambda route: held.append(route))
    with page.expect_request(late), page.expect_response("**/js/pages/shell*.js"):
        page.goto(f"/assets/{draft.pk}/edit/", wait_until="commit")
    expect(page.locator("#step-languages")).to_be_visible()
    expect(page.locator("#languages-search")).to_be_hidden()
    held[0].continue_()
    page.locator("#languages-search").fill("bg-BG")
    page.locator("#languages-search").press("Enter")
    expect(page.locator("input[name=targets][value=bg-BG]")).to_be_checked()


def test_what_is_typed_before_the_script_has_run_is_saved(page: Page, draft: Asset) -> None:
    held: list[Route] = []
    page.route("**/js/draft/form*.js", lambda route: held.append(route))
    with page.expect_request("**/js/draft/form*.js"):
        page.goto(f"/assets/{draft.pk}/edit/", wait_until="commit")
    page.locator("#id_name").fill("Typed early")
    held[0].continue_()
    saved(page)
    draft.refresh_from_db()
    assert draft.name == "Typed early"


@pytest.mark.long
def test_a_page_that_is_only_opened_saves_nothing(page: Page, draft: Asset) -> None:
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    page.goto(f"/assets/{draft.pk}/edit/")
    expect(page.locator("#save-state")).to_be_visible()
    page.wait_for_timeout(1500)
    assert not posts
    expect(page.locator("#save-state")).to_have_text("Saved automatically")


@pytest.mark.long
def test_signing_in_again_in_another_tab_continues(
    page: Page, draft: Asset, signed_in: Any, console: list[str]
) -> None:
    page.context.clear_cookies()
    page.locator("#id_name").fill("Spring")
    expect(page.locator("#save-state")).to_contain_text("sign in again in another tab")
    signed_in(page, draft.created_by)
    other = page.context.new_page()
    other.goto("/projects/")
    expect(page.locator("#save-state")).to_have_text("Saved", timeout=15_000)
    draft.refresh_from_db()
    assert draft.name == "Spring"
    console.clear()


@pytest.mark.long
def test_a_file_that_is_not_a_video_is_refused_beside_the_box(page: Page, draft: Asset, tmp_path: Path) -> None:
    letter = tmp_path / "letter.mp4"
    letter.write_text("Dear all, " * 100)
    bring(page, letter)
    expect(page.locator("#source-file")).to_contain_text("not a video file we can read")
    page.reload()
    expect(page.locator("#source-file")).to_contain_text("not a video file we can read")


def test_languages_are_chosen_with_the_keyboard_alone(page: Page, draft: Asset) -> None:
    page.locator("#id_source_locale").select_option("en-US")
    page.locator("#languages-search").focus()
    page.keyboard.type("espanol")
    expect(page.locator(".picker-item:visible")).to_have_count(2)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    page.keyboard.type("fr-fr")
    page.keyboard.press("Enter")
    chosen = page.locator("#chosen > li:visible")
    expect(chosen).to_have_count(2)
    expect(chosen.nth(0)).to_contain_text("Spanish (Spain)")
    expect(chosen.nth(1)).to_contain_text("French (France)")
    expect(page.locator("#submit")).to_have_text("Submit: 2 languages")
    page.get_by_role("button", name="Remove French (France)").focus()
    page.keyboard.press("Enter")
    expect(chosen).to_have_count(1)
    saved(page)
    draft.refresh_from_db()
    assert (draft.typed["targets"], draft.status) == (["es-ES"], "draft")


def test_the_language_of_the_source_is_not_offered_as_target(page: Page, draft: Asset) -> None:
    page.locator("#id_source_locale").select_option("es-ES")
    expect(page.locator('.picker-item[data-code="es-ES"]')).to_be_hidden()
    expect(page.locator('.picker-item[data-code="he-IL"]')).to_have_count(0)


def test_wrong_subtitles_are_reported_by_line_and_nothing_typed_is_lost(
    page: Page, draft: Asset, film: Path, tmp_path: Path
) -> None:
    wrong = tmp_path / "es.srt"
    wrong.write_text(SRT.replace("00:00:06,000", "00:00:02,000"))
    bring(page, film)
    page.locator("#id_source_locale").select_option("en-US")
    page.locator('[name=targets][value="es-ES"]').check()
    page.locator("#srt_es-ES-slot summary").click()
    page.locator('[name="srt_es-ES_file"]').set_input_files(wrong)
    expect(page.locator("#srt_es-ES-status")).to_contain_text("Line 6: The cue ends before it starts.")
    page.locator("#id_start").fill("1")
    page.locator("#id_end").fill("5,5")
    page.get_by_role("button", name="Submit").click()

    expect(page.locator("#problems")).to_be_focused()
    expect(page.locator("#problems")).to_contain_text("Line 6")
    expect(page.locator("#id_end")).to_have_value("00:00:05.500")
    expect(page.locator("#source-file")).to_contain_text(film.name)
    page.locator("#id_srt_es-ES").fill(SRT)
    expect(page.locator("#srt_es-ES-state")).to_contain_text("1 warning")
    expect(page.locator("#srt_es-ES-status")).to_contain_text("is cut by the trim")
    expect(page.locator("#submit")).to_have_text("Submit: 0.1 min, 1 language")


def test_a_reload_shows_what_was_typed(page: Page, draft: Asset) -> None:
    page.locator("#id_name").fill("Autumn")
    page.locator("#id_start").fill("later")
    page.locator('[name=targets][value="de-DE"]').check()
    expect(page.locator("#id_start_error")).to_contain_text("is not a time")
    expect(page.locator("#id_start")).to_have_attribute("aria-invalid", "true")
    saved(page)
    page.reload()
    expect(page.locator("#id_name")).to_have_value("Autumn")
    expect(page.locator("#id_start")).to_have_value("later")
    expect(page.locator("#id_start_error")).to_contain_text("is not a time")
    expect(page.locator("#chosen > li:visible")).to_have_count(1)


@pytest.mark.long
def test_enter_in_a_field_does_not_submit(page: Page, draft: Asset) -> None:
    page.locator("#id_name").fill("Winter")
    page.keyboard.press("Enter")
    saved(page)
    expect(page).to_have_url(re.compile(r"/edit/$"))
    draft.refresh_from_db()
    assert (draft.name, draft.status) == ("Winter", "draft")


def test_the_trim_is_set_from_the_player(page: Page, draft: Asset, film: Path) -> None:
    bring(page, film)
    page.locator("video").evaluate("film => { film.currentTime = 2.5; }")
    page.get_by_role("button", name="Start here").click()
    expect(page.locator("#id_start")).to_have_value("00:00:02.500")
    expect(page.locator("#trim-length")).to_contain_text("3.5 s of 6 s")


def test_a_whole_asset_is_submitted(page: Page, draft: Asset, film: Path) -> None:
    bring(page, film)
    page.locator("#id_source_locale").select_option("en-US")
    page.locator('[name=targets][value="es-ES"]').check()
    page.locator('[name=targets][value="fr-FR"]').check()
    page.locator("#srt_es-ES-slot summary").click()
    page.locator("#id_srt_es-ES").fill(SRT)
    page.locator("#id_start").fill("1")
    page.locator("#id_end").fill("5.9")
    page.get_by_text("Faster", exact=True).click()
    page.locator("#id_voice_anonymization").fill("0.3")
    page.get_by_label("I know how many").check()
    page.locator("#id_speakers").fill("2")
    button = page.get_by_role("button", name="Submit: 0.2 min, 2 languages")
    expect(button).to_be_visible()
    button.click()
    expect(page).to_have_url(re.compile(rf"/assets/{draft.pk}/$"))
    draft.refresh_from_db()
    assert (draft.status, draft.lips_model, draft.speakers) == ("submitting", "real_face_turbo", 2)
    assert (draft.start, draft.end, draft.voice_anonymization) == (1.0, 5.9, 0.3)


@pytest.mark.long
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible(page: Page, draft: Asset, film: Path, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    bring(page, film)
    page.locator('[name=targets][value="es-ES"]').check()
    page.locator("#srt_es-ES-slot summary").click()
    page.locator("#id_srt_es-ES").fill("nonsense")
    page.locator("#id_end").fill("99")
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("#problems")).to_be_visible()
    found = Axe().run(page).response["violations"]
    assert not [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]


@pytest.mark.long
def test_it_does_not_scroll_sideways_on_a_phone(page: Page, draft: Asset, film: Path) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    bring(page, film)
    page.locator('[name=targets][value="ar-AE"]').check()
    page.locator("#srt_ar-AE-slot summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    expect(page.get_by_role("button", name="Submit")).to_be_in_viewport()


@pytest.mark.long
def test_a_press_that_lasts_longer_than_a_save_still_submits(page: Page, draft: Asset, film: Path) -> None:
    bring(page, film)
    saved(page)
    page.locator("#submit").hover()
    page.mouse.down()
    # The page begins to save only now: nothing has moved between the aim and the press.
    page.locator("#id_end").evaluate(
        "field => { field.value = 99; field.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    page.wait_for_timeout(1_500)
    page.mouse.up()
    expect(page.locator("#problems")).to_be_visible()
