"""Three reviewers, six languages, two rounds: one works with the keyboard alone, one on a phone, one with a mouse."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from dubbing.models import Comment, Dubbing, Membership, Result, Review
from dubbing.models.reviews import ReviewStatus
from dubbing.platform import storage
from dubbing.review import assignments
from dubbing.review.assignments import Assignment
from tests.support.media import make_film
from tests.support.people import People, make_people, make_user
from tests.support.rows import make_done, make_dubbing, make_result, make_version

pytestmark = [pytest.mark.walk, pytest.mark.django_db(transaction=True)]

LOCALES = ("de-DE", "es-ES", "fr-FR", "it-IT", "ja-JP", "pt-BR")


@pytest.fixture
def people() -> People:
    people = make_people()
    for name in ("keyboard", "phone", "mouse"):
        Membership.objects.create(project=people.project, user=make_user(name), role=Membership.Role.VIEWER)
    return people


@pytest.fixture
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make_film(tmp_path_factory.mktemp("films") / "dub.mp4", seconds=8).read_bytes()


@pytest.fixture
def results(people: People, film: bytes) -> dict[str, Result]:
    """A video dubbed into six languages, two for each reviewer."""
    first = make_done(people.project, people.editor, locale=LOCALES[0])
    source = first.version.dubbing.asset.source
    assert source is not None
    for key in (source.key, first.key):
        storage.path(key).write_bytes(film)
    made = {LOCALES[0]: first}
    for locale in LOCALES[1:]:
        dubbing = make_dubbing(first.version.dubbing.asset, locale, status="completed", srt=first.version.dubbing.srt)
        made[locale] = make_result(make_version(dubbing), content=film)
    Result.objects.update(duration=8.0, media={"fps": 10.0})
    names = ("keyboard", "phone", "mouse")
    for at, result in enumerate(made.values()):
        reviewer = people.project.members.get(username=names[at // 2])
        assignments.assign(result.version.dubbing, Assignment(reviewer), people.owner)
    return made


def status(result: Result) -> str:
    return Review.objects.get(dubbing=result.version.dubbing).status


def open_room(page: Page, result: Result) -> None:
    page.goto(f"/versions/{result.version_id}/")
    expect(page.locator("video:visible")).to_have_js_property("readyState", 4)


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what has this name has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        words = page.evaluate("(document.activeElement.innerText || document.activeElement.ariaLabel || '').trim()")
        if words == name:
            return
    raise AssertionError(f"{name} cannot be reached with the keyboard")


def use_keyboard(page: Page, first: Result, second: Result) -> None:
    """Comment on the first, request changes, go on to the second and approve it, without a mouse."""
    open_room(page, first)
    page.keyboard.press("l")
    page.keyboard.press("c")
    page.keyboard.type("Too quiet from here.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#comments .comment")).to_contain_text("Too quiet from here.")
    page.keyboard.press("Escape")
    page.locator("body").evaluate("() => document.activeElement.blur()")
    tab_to(page, "Request changes…")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Too quiet.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#decision .state")).to_have_text("Changes requested")
    page.keyboard.press("]")
    expect(page).to_have_url(re.compile(f"/versions/{second.version_id}/"))
    tab_to(page, "Approve")
    page.keyboard.press("Enter")
    expect(page.locator("#decision .state")).to_have_text("Approved")


def approve(page: Page, result: Result) -> None:
    open_room(page, result)
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("#decision .state")).to_have_text("Approved")


def test_three_reviewers_take_six_languages_through_two_rounds(
    browser: Browser, live_server: Any, signed_in: Any, people: People, results: dict[str, Result], film: bytes
) -> None:
    german, spanish, french, italian, japanese, portuguese = results.values()

    def window(name: str, **options: Any) -> Page:
        page = browser.new_context(base_url=live_server.url, locale="en-GB", **options).new_page()
        page.set_default_timeout(15_000)
        signed_in(page, people.project.members.get(username=name))
        return page

    keyboard = window("keyboard")
    phone = window("phone", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    mouse = window("mouse")
    use_keyboard(keyboard, german, spanish)
    approve(phone, french)
    open_room(phone, italian)
    phone.locator("#comment-text").fill("Wrong name at the end.")
    phone.get_by_role("button", name="Add comment").click()
    expect(phone.locator("#comments .comment")).to_have_count(1)
    phone.locator("#request-changes summary").click()
    phone.locator("#return-reason").fill("The name is wrong.")
    phone.locator("#request-changes").get_by_role("button", name="Request changes").click()
    expect(phone.locator("#decision .state")).to_have_text("Changes requested")
    approve(mouse, japanese)

    # Behind the back of who is about to approve, Portuguese is made again.
    open_room(mouse, portuguese)
    make_result(portuguese.version, content=film + b"again", duration=8.0)
    mouse.get_by_role("button", name="Approve").click()
    expect(mouse.locator(".notices")).to_contain_text("Not approved. There is a newer final video.")
    approve(mouse, portuguese)

    # The second round: what was sent back comes again.
    for result in (german, italian):
        make_result(result.version, content=film + b"second", duration=8.0)
        Review.objects.open_for(Dubbing.objects.get(pk=result.version.dubbing_id))
        assert status(result) == ReviewStatus.TO_REVIEW
    open_room(keyboard, german)
    expect(keyboard.locator("#comments .comment")).to_contain_text("On an earlier final video")
    tab_to(keyboard, "Resolve")
    keyboard.keyboard.press("Enter")
    expect(keyboard.locator(".comments-empty")).to_have_text("All comments are resolved.")
    approve(keyboard, german)
    approve(phone, italian)
    assert {status(result) for result in results.values()} == {ReviewStatus.APPROVED}
    assert Comment.objects.filter(resolved_at=None).count() == 1
    for page in (keyboard, phone, mouse):
        page.context.close()
