"""A share link in a real browser: an owner turns them on, an editor shares, a guest on a phone plays and comments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from dubbing.models import Result, ShareVisit, Upload
from dubbing.platform import storage
from tests.support import rows
from tests.support.media import make_film
from tests.support.people import People, make_people

pytestmark = [pytest.mark.walk, pytest.mark.django_db(transaction=True)]

PHONE = {"width": 390, "height": 844}
SMALL = {"width": 320, "height": 640}
DESKTOP = {"width": 1280, "height": 900}
EVERY_SIZE = (DESKTOP, PHONE, SMALL)
AT_REST = "() => document.getAnimations().every((one) => one.playState !== 'running')"
PASSWORD = "salt and sea"
_REFUSALS = ("422", "404")
"""What a page that says no answers with; browsers write it to the console."""


@pytest.fixture
def people() -> People:
    return make_people()


@pytest.fixture
def result(people: People, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """A final video that plays, of a source that plays."""
    made = rows.make_done(people.project, people.editor)
    film = make_film(tmp_path_factory.mktemp("films") / "dub.mp4", seconds=8).read_bytes()
    for key in (made.key, Upload.objects.get().key):
        storage.path(key).write_bytes(film)
    Upload.objects.update(media={"playable": True})
    Result.objects.update(size=len(film))
    return made


@pytest.fixture
def window(browser: Browser, live_server: Any, signed_in: Any, people: People) -> Iterator[Any]:
    """``window("editor")``: a browser of this person; ``window()``: of somebody without an account."""
    opened: list[Page] = []
    trouble: list[str] = []

    def open_window(name: str = "", **options: Any) -> Page:
        page = browser.new_context(base_url=live_server.url, locale="en-GB", **options).new_page()
        page.set_default_timeout(30_000)
        page.on("console", lambda message: trouble.append(message.text) if _is_trouble(message) else None)
        page.on("pageerror", lambda error: trouble.append(str(error)))
        opened.append(page)
        return signed_in(page, people.everybody()[name]) if name else page

    yield open_window
    for page in opened:
        page.context.close()
    assert not trouble


def _is_trouble(message: Any) -> bool:
    refused = any(f"responded with a status of {status}" in message.text for status in _REFUSALS)
    return message.type == "error" and not refused


def check_for_a_screen_reader(page: Page, sizes: tuple[dict[str, int], ...] = (DESKTOP, PHONE)) -> None:
    """No violations and nothing too wide, light and dark, on a desktop and on phones."""
    before = page.viewport_size
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for size in sizes:
            page.set_viewport_size(size)  # type: ignore[arg-type]
            page.wait_for_function(AT_REST)  # colours that are still changing are no colours of the page
            found = Axe().run(page).response["violations"]
            assert not found, [(each["id"], each["nodes"][0]["html"][:200]) for each in found]
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(before)  # type: ignore[arg-type]


def test_a_version_is_shared_played_and_commented_on_until_the_link_is_revoked(
    window: Any, people: People, result: Result
) -> None:
    owner = window("owner")
    owner.goto(f"/projects/{people.project.pk}/settings/")
    owner.get_by_role("button", name="Turn on share links").click()
    expect(owner.locator(".notices")).to_contain_text("Share links are on.")

    editor = window("editor")
    editor.goto(f"/versions/{result.version_id}/")
    editor.get_by_role("link", name="Share", exact=True).click()
    editor.get_by_label("Recipient").fill("Harbour Films")
    editor.get_by_label("Guests may comment").check()
    editor.get_by_label("Password").fill(PASSWORD)
    check_for_a_screen_reader(editor)
    editor.get_by_role("button", name="Create link").click()
    address = editor.get_by_label("The new link").input_value()
    editor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    editor.get_by_role("button", name="Copy").click()
    expect(editor.get_by_role("button", name="Copied")).to_be_visible()
    assert editor.evaluate("() => navigator.clipboard.readText()") == address
    check_for_a_screen_reader(editor)

    guest = window(viewport=PHONE, has_touch=True)
    guest.goto(address)
    expect(guest.get_by_text("Harbour tour")).to_have_count(0)
    check_for_a_screen_reader(guest, EVERY_SIZE)
    guest.locator("[name=password]").fill("salt and see")
    guest.get_by_role("button", name="Open").click()
    expect(guest.get_by_text("Wrong password.")).to_be_visible()
    guest.locator("[name=password]").fill(PASSWORD)
    guest.get_by_role("button", name="Open").click()
    expect(guest.get_by_role("heading", name="Harbour tour")).to_be_visible()
    check_for_a_screen_reader(guest, EVERY_SIZE)

    video = guest.locator("video")
    video.evaluate("video => { video.muted = true; return video.play(); }")
    guest.wait_for_function("() => document.querySelector('video').currentTime > 1.2")
    video.evaluate("video => video.pause()")
    assert guest.evaluate("() => document.querySelector('video').textTracks[0].cues.length") == 2
    guest.get_by_role("button", name="Now").click()
    expect(guest.locator("[name=start]")).to_have_value("0:01")
    guest.get_by_label("Your name").fill("Jo")
    guest.get_by_label("Comment", exact=True).fill("The bell is too loud.")
    guest.get_by_role("button", name="Add comment").click()
    expect(guest.locator(".comment")).to_contain_text("Jo (guest)")
    expect(guest.get_by_label("Your name")).to_have_value("Jo")
    check_for_a_screen_reader(guest, EVERY_SIZE)
    guest.locator("[data-seek]").click()
    guest.wait_for_function("() => document.querySelector('video').currentTime >= 1")

    editor.goto(f"/versions/{result.version_id}/")
    expect(editor.locator(".comment")).to_contain_text("The bell is too loud.")
    expect(editor.locator(".comment")).to_contain_text("Jo (guest)")
    editor.goto(f"/projects/{people.project.pk}/links/")
    check_for_a_screen_reader(editor)
    editor.get_by_role("link", name="Harbour Films").click()
    for words in ("Opened", "Played", "Commented", "Wrong password"):
        expect(editor.locator("#main")).to_contain_text(words)
    check_for_a_screen_reader(editor)
    editor.get_by_role("button", name="Revoke").click()
    editor.get_by_role("button", name="Revoke link").click()
    expect(editor.locator(".notices")).to_contain_text("It no longer works.")

    guest.goto(address)
    expect(guest.get_by_role("heading", name="This link does not work")).to_be_visible()
    expect(guest.get_by_text("Harbour tour")).to_have_count(0)
    check_for_a_screen_reader(guest, EVERY_SIZE)
    assert guest.request.get(f"{address}video/").status == 404
    assert set(ShareVisit.objects.values_list("kind", flat=True)) == set(ShareVisit.Kind.values) - {"downloaded"}


def test_a_delivery_is_shared_and_downloaded_by_a_guest(window: Any, people: People, result: Result) -> None:
    delivery = rows.make_delivery(people.editor, result, srt=True)
    owner = window("owner")
    owner.goto(f"/projects/{people.project.pk}/settings/")
    owner.get_by_role("button", name="Turn on share links").click()
    owner.goto(f"/deliveries/{delivery.pk}/")
    owner.get_by_role("link", name="Share", exact=True).click()
    owner.get_by_label("Recipient").fill("Harbour Films")
    expect(owner.get_by_label("Guests may download")).to_be_checked()
    owner.get_by_role("button", name="Create link").click()
    address = owner.get_by_label("The new link").input_value()

    guest = window(viewport=PHONE, accept_downloads=True)
    guest.goto(address)
    check_for_a_screen_reader(guest, EVERY_SIZE)
    with guest.expect_download() as taken:
        guest.get_by_role("link", name="Download ZIP").click()
    assert taken.value.suggested_filename.startswith("delivery_")
    assert taken.value.path().read_bytes()[:2] == b"PK"
    assert ShareVisit.objects.get(kind="downloaded").what == taken.value.suggested_filename
