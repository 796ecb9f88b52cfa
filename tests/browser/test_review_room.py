"""The review room in a real browser: listen, comment, decide, by mouse and by keyboard, on a screen and on a phone."""

from __future__ import annotations

import os
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from dubbing.models import Comment, Result, Review
from dubbing.platform import storage
from tests.support.media import make_film
from tests.support.people import People, make_people
from tests.support.rows import make_done, make_dubbing, make_result, make_version

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make_film(tmp_path_factory.mktemp("films") / "dub.mp4", seconds=8, size=(320, 180)).read_bytes()


@pytest.fixture
def people() -> People:
    return make_people()


@pytest.fixture
def result(people: People, film: bytes) -> Result:
    """Spanish and French are done, German is not."""
    done = make_done(people.project, people.editor, locale="es-ES")
    source = done.version.dubbing.asset.source
    assert source is not None
    for key in (source.key, done.key):
        storage.path(key).write_bytes(film)
    french = make_dubbing(done.version.dubbing.asset, "fr-FR", status="completed", srt=done.version.dubbing.srt)
    make_result(make_version(french), content=film)
    make_dubbing(done.version.dubbing.asset, "de-DE", status="preparing")
    Result.objects.update(duration=8.0, media={"fps": 10.0})
    return done


@pytest.fixture
def room(page: Page, signed_in: Any, people: People, result: Result) -> Page:
    page.set_viewport_size({"width": 1366, "height": 900})
    signed_in(page, people.owner).goto(f"/versions/{result.version_id}/")
    expect(page.locator("video:visible")).to_have_js_property("readyState", 4)
    return page


def at(room: Page) -> float:
    return float(room.locator("video:visible").evaluate("video => video.currentTime"))


def look(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_a_comment_is_written_by_keyboard_at_the_moment_that_is_shown(room: Page, people: People) -> None:
    room.locator("video:visible").evaluate("video => { video.currentTime = 4.5; }")
    room.locator("body").press("c")
    expect(room.locator("#comment-start")).to_have_value("00:00:04.500")
    room.keyboard.type("The name is wrong.")
    room.keyboard.press("Control+Enter")
    comment = room.locator("#comments .comment")
    expect(comment).to_contain_text("The name is wrong.")
    expect(comment.locator(".comment-moment")).to_have_text("0:04.5")
    assert (Comment.objects.get().start, Comment.objects.get().author) == (4.5, people.owner)
    expect(room.locator("#comment-text")).to_have_value("")
    room.locator("video:visible").evaluate("video => { video.currentTime = 1; }")
    comment.locator(".comment-moment").click()
    room.wait_for_function("document.querySelector('video:not([hidden])').currentTime > 4.4")
    look(room, "room-desktop")
    room.emulate_media(color_scheme="dark")
    look(room, "room-dark")
    room.set_viewport_size({"width": 390, "height": 844})
    look(room, "room-phone-dark")
    room.emulate_media(color_scheme="light")
    look(room, "room-phone")


def test_what_is_being_written_survives_a_reload(room: Page) -> None:
    room.locator("#comment-text").fill("Half a thought")
    room.locator("#comment-issue summary").click()
    room.locator("[name=kind]").select_option("voice")
    room.reload()
    expect(room.locator("#comment-text")).to_have_value("Half a thought")
    expect(room.locator("[name=kind]")).to_have_value("voice")
    room.locator("#comment-new").get_by_role("button", name="Add comment").click()
    expect(room.locator("#comments .comment")).to_contain_text("Voice or delivery · Minor")
    room.reload()
    expect(room.locator("#comment-text")).to_have_value("")


def test_a_comment_that_is_refused_keeps_what_was_typed(room: Page) -> None:
    room.locator("#comment-text").fill("Where?")
    room.locator("#comment-start").fill("soon")
    room.locator("#comment-new").get_by_role("button", name="Add comment").click()
    expect(room.get_by_role("alert")).to_contain_text("“soon” is not a time")
    expect(room.locator("#comment-text")).to_have_value("Where?")
    expect(room.locator("#comment-start")).to_have_value("soon")


def test_the_next_comments_are_there_when_the_keyboard_comes_to_the_end_of_the_first(
    room: Page, result: Result, people: People
) -> None:
    Comment.objects.bulk_create(
        Comment(dubbing=result.version.dubbing, result=result, author=people.owner, text=f"Word {at}", start=at / 10)
        for at in range(1, 15)
    )
    room.reload()
    expect(room.get_by_role("button", name="Keyboard shortcuts")).to_be_visible()  # the script has run
    shown = room.locator("#comments .comment")
    expect(shown).to_have_count(8)
    for number in range(1, 9):
        room.keyboard.press("n")
        expect(room.locator("#comments .comment:focus")).to_contain_text(f"Word {number}")
    expect(shown).to_have_count(14, timeout=30_000)
    expect(room.locator("#comments .comment:focus")).to_contain_text("Word 8")
    expect(room.locator("[data-more]")).to_have_count(0)
    room.keyboard.press("n")
    expect(room.locator("#comments .comment:focus")).to_contain_text("Word 9")


def test_replies_and_resolving_leave_the_video_playing(room: Page, result: Result, people: People) -> None:
    Comment.objects.create(dubbing=result.version.dubbing, result=result, author=people.editor, text="Louder?", start=2)
    room.reload()
    expect(room.locator("video:visible")).to_have_js_property("readyState", 4)
    room.locator("video:visible").evaluate("video => { video.muted = true; video.loop = true; return video.play(); }")
    comment = room.locator("#comments .comment")
    comment.get_by_role("link", name="Reply").click()
    comment.locator(".comment-form textarea").fill("Yes.")
    comment.locator(".comment-form").get_by_role("button", name="Reply").click()
    expect(comment.locator(".replies")).to_contain_text("Yes.")
    comment.get_by_role("button", name="Resolve").click()
    expect(room.locator(".comments-empty")).to_have_text("All comments are resolved.")
    assert room.locator("video:visible").evaluate("video => !video.paused")


def test_frames_speed_and_loop_follow_the_keyboard(room: Page) -> None:
    body = room.locator("body")
    room.locator("video:visible").evaluate("video => { video.currentTime = 2.05; }")
    for _ in range(3):
        body.press(".")
    room.wait_for_function("Math.abs(document.querySelector('video:not([hidden])').currentTime - 2.35) < 0.001")
    body.press(",")
    room.wait_for_function("Math.abs(document.querySelector('video:not([hidden])').currentTime - 2.25) < 0.001")
    body.press(">")
    expect(room.locator("video:visible")).to_have_js_property("playbackRate", 1.25)
    body.press("i")
    room.locator("video:visible").evaluate("video => { video.currentTime = 2.75; }")
    body.press("o")
    expect(room.locator("[data-selected]")).to_have_text("2.25–2.75 s")
    room.locator("video:visible").evaluate("video => { video.muted = true; }")
    body.press("r")
    expect(room.locator("[data-loop]")).to_have_attribute("aria-pressed", "true")
    room.wait_for_timeout(1500)
    assert 2.0 < at(room) < 3.0
    room.reload()
    expect(room.locator("[data-selected]")).to_have_text("2.25–2.75 s")


def test_the_subtitle_that_is_spoken_is_marked(room: Page) -> None:
    room.locator("video:visible").evaluate("video => { video.currentTime = 4.5; }")
    expect(room.locator(".cue-line[aria-current]")).to_contain_text("¿Qué tal?")
    room.locator(".cue-line").first.locator("a").click()
    expect(room.locator(".cue-line[aria-current]")).to_contain_text("Hola.")


def test_approving_leads_to_the_next_language(room: Page, result: Result, people: People) -> None:
    room.get_by_role("button", name="Approve").click()
    expect(room.locator("#decision .state")).to_have_text("Approved")
    assert Review.objects.get(dubbing=result.version.dubbing).decided_by == people.owner
    room.locator("body").press("]")
    expect(room.locator(".room-languages [aria-current]")).to_contain_text("French")
    room.locator("#request-changes summary").click()
    room.locator("#return-reason").fill("The last line is missing.")
    room.locator("#request-changes").get_by_role("button", name="Request changes").click()
    expect(room.locator("#decision .state")).to_have_text("Changes requested")
    expect(room.locator(".decision-reason")).to_have_text("The last line is missing.")


def test_a_result_that_is_made_again_between_play_and_approve_is_not_approved(
    room: Page, result: Result, film: bytes
) -> None:
    make_result(result.version, content=film + b"again", duration=8.0)
    room.get_by_role("button", name="Approve").click()
    expect(room.locator(".notices")).to_contain_text("Not approved. There is a newer final video.")
    expect(room.locator("#decision .state")).not_to_have_text("Approved")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible(room: Page, result: Result, people: People, scheme: Any) -> None:
    said = {"dubbing": result.version.dubbing, "result": result, "author": people.owner}
    first = Comment.objects.create(**said, text="Too fast", start=2, kind="sync", severity="major", suggestion="Hola")
    Comment.objects.create(**said | {"author": people.editor}, text="Yes", parent=first)
    Comment.objects.create(**said, text="All of it is fine otherwise.")
    room.emulate_media(color_scheme=scheme)
    room.reload()
    look(room, f"room-comments-{scheme}")
    found = Axe().run(room)
    assert found.violations_count == 0, found.generate_report()
    room.set_viewport_size({"width": 390, "height": 844})
    assert room.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    look(room, f"room-phone-comments-{scheme}")
