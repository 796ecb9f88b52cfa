"""A blind comparison in a real browser: an organizer starts it, two voters judge, and the winner becomes a preset."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from dubbing.models import Asset, BlindComparison, Preset, Result, Upload
from dubbing.platform import storage
from tests.support.blind import make_results
from tests.support.media import make_film
from tests.support.people import People, make_people

pytestmark = [pytest.mark.walk, pytest.mark.django_db(transaction=True)]

IN_STEP = """() => {
  const moments = [...document.querySelectorAll("[data-compare-video]")].map(
    (element) => element.querySelector("video").currentTime + Number(element.dataset.offset));
  return Math.max(...moments) - Math.min(...moments) < 0.04;
}"""
LOUD = "() => [...document.querySelectorAll('video')].filter((video) => !video.muted).length"


@pytest.fixture
def people() -> People:
    return make_people()


@pytest.fixture
def results(people: People, tmp_path_factory: pytest.TempPathFactory) -> list[Result]:
    """Three final videos of one source, all of them films."""
    film = make_film(tmp_path_factory.mktemp("films") / "dub.mp4", seconds=12).read_bytes()
    made = make_results(people.project, people.editor)
    for number, result in enumerate(made):
        storage.path(result.key).write_bytes(film + b"\0" * number)
    source = Upload.objects.get()
    storage.path(source.key).write_bytes(film)
    Upload.objects.update(media={"playable": True})
    Result.objects.update(duration=12.0)
    Asset.objects.update(name="Harbour tour")
    return made


@pytest.fixture
def window(browser: Browser, live_server: Any, signed_in: Any, people: People) -> Iterator[Any]:
    """``window("viewer")``: a browser of this person, whose console has to stay empty."""
    opened: list[Page] = []
    trouble: list[str] = []

    def open_window(name: str, **options: Any) -> Page:
        page = browser.new_context(base_url=live_server.url, locale="en-GB", **options).new_page()
        page.set_default_timeout(30_000)
        page.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: trouble.append(str(error)))
        opened.append(page)
        return signed_in(page, people.everybody()[name])  # type: ignore[no-any-return]

    yield open_window
    for page in opened:
        page.context.close()
    assert not trouble


def check_for_a_screen_reader(page: Page) -> None:
    """No violations, light and dark, on a desktop and a phone."""
    size = page.viewport_size
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        expect(page.locator("html")).to_have_attribute("data-bs-theme", scheme)  # a script applies it a moment later
        for width, height in ((1280, 900), (390, 844)):
            page.set_viewport_size({"width": width, "height": height})
            found = Axe().run(page).response["violations"]
            assert not found, [(each["id"], each["nodes"][0]["html"][:200]) for each in found]
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.emulate_media(color_scheme="light")
    if size:
        page.set_viewport_size(size)


def letter_of(name: str, position: int) -> str:
    """What this person calls the candidate."""
    order = BlindComparison.objects.get().ballots.get(user__username=name).order
    return "ABC"[order.index(position)]


def start(page: Page, results: list[Result]) -> None:
    """From the page of a video to a comparison that two people are asked for."""
    page.goto(f"/assets/{results[0].version.dubbing.asset_id}/")
    page.get_by_text("More", exact=True).click()
    page.get_by_role("link", name="Compare settings blind…").click()
    expect(page.get_by_role("checkbox", name="Anonymization 0.3")).to_be_checked()
    page.get_by_label("Name").fill("Which voice?")
    page.get_by_role("checkbox", name="editor").uncheck()
    check_for_a_screen_reader(page)
    page.get_by_role("button", name="Ask for votes").click()
    expect(page.locator(".notices")).to_contain_text("2 people are asked to vote.")
    expect(page.locator(".compare-video h2").nth(2)).to_contain_text("Anonymization 0.3")
    check_for_a_screen_reader(page)


def vote_by_keyboard(page: Page, letter: str) -> None:
    """From My work; listen to all of them in step, and vote without a mouse."""
    page.goto("/")
    page.get_by_role("link", name="Which voice?").click()
    expect(page.locator(".compare-video h2")).to_have_text(["Source", "A", "B", "C"])
    for number in range(4):
        expect(page.locator("video").nth(number)).to_have_js_property("readyState", 4)
    body = page.locator("body")
    body.press("k")
    for key in ("2", "l", "3", "0", "1"):
        body.press(key)
        page.wait_for_function(IN_STEP)
        assert page.evaluate(LOUD) == 1
    body.press("k")
    assert "listen=1" in page.url
    check_for_a_screen_reader(page)
    page.locator(f"input[value={letter}]").focus()
    page.keyboard.press("Space")  # chooses, and does not play
    expect(page.locator(f"input[value={letter}]")).to_be_checked()
    page.get_by_label("Why").focus()
    page.keyboard.type("Closest to the original.")
    page.keyboard.press("Enter")
    expect(page.locator(".blind-vote")).to_contain_text(f"You voted for {letter}.")


def vote_on_a_phone(page: Page, wrong: str, letter: str) -> None:
    """Vote, and change it."""
    page.goto(f"/blind/{BlindComparison.objects.get().pk}/")
    for chosen in (wrong, letter):
        page.locator(".blind-letter", has_text=chosen).click()
        page.locator(".blind-vote button").click()
        expect(page.locator(".blind-vote")).to_contain_text(f"You voted for {chosen}.")


def test_two_people_judge_blind_and_the_winner_becomes_a_preset(
    window: Any, people: People, results: list[Result]
) -> None:
    organizer, first = window("editor"), window("viewer")
    second = window("owner", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    start(organizer, results)
    vote_by_keyboard(first, letter_of("viewer", 1))
    vote_on_a_phone(second, letter_of("owner", 0), letter_of("owner", 1))

    organizer.reload()
    expect(organizer.locator("#voters + .quiet")).to_have_text("2 of 2 voted")
    organizer.get_by_role("button", name="Close voting…").click()
    organizer.get_by_role("button", name="Close voting", exact=True).click()
    expect(organizer.locator(".notice.tone-green").last).to_contain_text("won with 2 of 2 votes")
    check_for_a_screen_reader(organizer)
    organizer.get_by_label("Name of the new preset").fill("House voice")
    organizer.get_by_role("button", name="Save preset").click()
    expect(organizer.locator("#main")).to_contain_text("The winner’s settings are saved as the preset House voice.")
    assert Preset.objects.get(name="House voice").values["voice_anonymization"] == "0.3"

    first.reload()
    expect(first.locator("#voters ~ *, .blind-reason").last).to_contain_text("Closest to the original.")
    expect(first.locator(".blind-tally")).to_contain_text("for you")
