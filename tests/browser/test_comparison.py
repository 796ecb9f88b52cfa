"""Two videos in step, in a real browser: one is heard, and they stay together whatever somebody does."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from dubbing.models import Result
from dubbing.platform import storage
from tests.support.media import make_film
from tests.support.people import make_people
from tests.support.rows import make_done, make_result

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]

APART = """() => {
  const moments = [...document.querySelectorAll("[data-compare-video]")].map(
    (element) => element.querySelector("video").currentTime + Number(element.dataset.offset));
  return Math.max(...moments) - Math.min(...moments);
}"""
IN_STEP = f"() => ({APART})() < 0.04"
LOUD = "() => [...document.querySelectorAll('video')].filter((video) => !video.muted).length"


@pytest.fixture
def comparison(page: Page, signed_in: Any, tmp_path_factory: pytest.TempPathFactory) -> Page:
    """The source, the final video and an earlier one, half a minute each."""
    people = make_people()
    film = make_film(tmp_path_factory.mktemp("films") / "dub.mp4", seconds=30).read_bytes()
    result = make_done(people.project, people.owner)
    source = result.version.dubbing.asset.source
    assert source is not None
    for key in (source.key, result.key):
        storage.path(key).write_bytes(film)
    make_result(result.version, content=film + b"\0")
    Result.objects.update(duration=30.0)
    signed_in(page, people.owner).goto(f"/assets/{result.version.dubbing.asset_id}/compare/?locale=es-ES")
    expect(page.locator("[data-compare-video]")).to_have_count(3)
    for number in range(3):
        expect(page.locator("video").nth(number)).to_have_js_property("readyState", 4)
    return page


def test_an_earlier_final_video_is_compared_with_the_current_one(comparison: Page) -> None:
    expect(comparison.locator("[data-compare-video] h2").last).to_contain_text("Panjaya, earlier (today")


def test_they_are_within_40_ms_after_every_switch_and_seek(comparison: Page) -> None:
    body = comparison.locator("body")
    body.press("k")
    for key in ("0", "l", "1", "2", "j", "0", "l", "2"):
        body.press(key)
        comparison.wait_for_function(IN_STEP)
        assert comparison.evaluate(LOUD) == 1
    body.press("k")
    expect(comparison.locator("[data-toggle-label]")).to_have_text("Play")


def test_switching_what_is_heard_does_not_interrupt_it(comparison: Page) -> None:
    body = comparison.locator("body")
    body.press("k")
    comparison.wait_for_function("() => document.querySelectorAll('video')[1].currentTime > 0.5")
    comparison.wait_for_function(IN_STEP)
    comparison.evaluate(
        "() => { window.jumps = 0; document.querySelectorAll('video').forEach((video) =>"
        " video.addEventListener('seeking', () => window.jumps++)); }"
    )
    for key in ("0", "2", "1"):
        body.press(key)
    assert comparison.evaluate("window.jumps") == 0
