"""Seeing what was brought, and trimming it by eye and ear, in a real browser with real films."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from dubbing.models import Asset, Upload
from dubbing.uploads import previews
from tests.support.drafts import a_draft, a_file, a_person
from tests.support.odd_films import make_odd_film

pytestmark = [pytest.mark.walk, pytest.mark.django_db(transaction=True)]

QUIET = {"x265-params": "log-level=none"}
START, END = "#id_start", "#id_end"


@pytest.fixture(scope="module")
def hevc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What browsers cannot play: HEVC in Matroska."""
    path = tmp_path_factory.mktemp("films") / "Interview.mkv"
    return make_odd_film(path, seconds=4, video="libx265", audio="libopus", size=(320, 180), options=QUIET)


@pytest.fixture(scope="module")
def long_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of 80 seconds that browsers play as it is."""
    path = tmp_path_factory.mktemp("films") / "Harbour.mp4"
    return make_odd_film(path, seconds=80, size=(160, 90), moments=[at / 5 for at in range(400)])


def opened(page: Page, signed_in: Any, path: Path) -> tuple[Asset, Upload]:
    """The form of a draft whose source is this film, before anything was made for it."""
    user = a_person("ada")
    upload = a_file(user, path)
    assert upload.status == Upload.Status.COMPLETE
    draft = a_draft(user, source=upload, typed={"source": str(upload.pk), "name": "Harbour"})
    signed_in(page, user).goto(f"/assets/{draft.pk}/edit/")
    return draft, upload


def drawn(page: Page, how: str = "with-video") -> None:
    expect(page.locator("#trim-wave")).to_have_attribute("data-drawn", how)


def drag(page: Page, handle: str, by: float) -> None:
    """Move a handle of the region by so many pixels."""
    page.locator("#title-trim").scroll_into_view_if_needed()
    page.locator("#trim-tools").scroll_into_view_if_needed()
    box = page.locator(f'[part~="region-handle-{handle}"]').bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by / 2, y, steps=4)
    page.mouse.move(x + by, y, steps=4)
    page.mouse.up()


def seconds_in(page: Page, field: str) -> float:
    hours, minutes, seconds = page.locator(field).input_value().split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def test_a_video_that_browsers_cannot_play_is_shown_by_a_copy_that_appears_without_a_reload(
    page: Page, signed_in: Any, hevc: Path
) -> None:
    _, upload = opened(page, signed_in, hevc)
    expect(page.locator("#source-facts")).to_contain_text("320×180 · HEVC, Opus · 25 fps")
    expect(page.locator("#trim-video")).to_contain_text("Browsers cannot play this kind of file (HEVC)")
    page.locator(START).fill("1")
    previews.make(upload.pk)

    film = page.locator("#trim-video video")
    expect(film).to_be_visible()
    drawn(page)
    expect(page.locator(START)).to_have_value("1")
    page.get_by_role("button", name="Play selection").click()
    expect(film).to_have_js_property("videoWidth", 320)
    expect(film).to_have_js_property("ended", True)  # it played to its end
    assert film.evaluate("film => film.currentTime") > 3.5
    upload.refresh_from_db()
    assert upload.key.endswith(".mkv")


def test_while_the_copy_is_being_made_the_waveform_alone_is_trimmed(page: Page, signed_in: Any, hevc: Path) -> None:
    _, upload = opened(page, signed_in, hevc)
    assert previews.copying.acquire(blocking=False)  # another film is being copied
    try:
        previews.make(upload.pk)
    finally:
        previews.copying.release()
    drawn(page, "alone")
    expect(page.locator("#trim-video video")).to_have_count(0)
    page.locator("#trim-tools").scroll_into_view_if_needed()
    host = page.locator("[data-wave-host]").bounding_box()
    assert host
    page.mouse.click(host["x"] + host["width"] / 4, host["y"] + host["height"] / 2)
    page.keyboard.press("[")
    assert seconds_in(page, START) == pytest.approx(1, abs=0.1)
    begins = page.locator(START).input_value()

    Upload.objects.filter(pk=upload.pk).update(next_at=timezone.now())
    previews.make(upload.pk)
    drawn(page)
    expect(page.locator("#trim-video video")).to_be_visible()
    expect(page.locator(START)).to_have_value(begins)


def test_the_waveform_is_enlarged_for_a_closer_look(page: Page, signed_in: Any, long_film: Path) -> None:
    _, upload = opened(page, signed_in, long_film)
    previews.make(upload.pk)
    drawn(page)
    width = "host => host.firstElementChild.shadowRoot.querySelector('.scroll').scrollWidth"
    host = page.locator("[data-wave-host]")
    fits = host.evaluate(width)
    less, more = (page.get_by_role("button", name=f"Zoom {way} the waveform") for way in ("out of", "in on"))
    expect(less).to_be_disabled()
    more.click()
    more.click()
    assert host.evaluate(width) == pytest.approx(4 * fits, rel=0.02)
    less.click()
    less.click()
    assert host.evaluate(width) == fits


def test_the_region_and_the_fields_are_one_trim(page: Page, signed_in: Any, long_film: Path) -> None:
    draft, upload = opened(page, signed_in, long_film)
    previews.make(upload.pk)
    drawn(page)
    width = page.locator("[data-wave-host]").bounding_box()["width"]  # type: ignore[index]
    drag(page, "left", width / 4)
    assert seconds_in(page, START) == pytest.approx(20, abs=1.5)
    drag(page, "right", -width / 2)
    assert seconds_in(page, END) == pytest.approx(40, abs=1.5)
    expect(page.locator("#trim-length strong")).to_have_text(re.compile(r"(19|20|21)(\.\d)? s"))
    expect(page.locator("#save-state")).to_have_text("Saved")
    draft.refresh_from_db()
    assert draft.typed["start"] == page.locator(START).input_value()

    page.locator(END).fill("1:10,5")
    page.locator(END).press("Tab")
    expect(page.locator(END)).to_have_value("00:01:10.500")
    right = page.locator('[part~="region-handle-right"]').bounding_box()
    host = page.locator("[data-wave-host]").bounding_box()
    assert right
    assert host
    assert right["x"] + right["width"] == pytest.approx(host["x"] + host["width"] * 70.5 / 80, abs=8)


def test_the_trim_is_set_with_the_keyboard_alone(page: Page, signed_in: Any, long_film: Path) -> None:
    _, upload = opened(page, signed_in, long_film)
    previews.make(upload.pk)
    drawn(page)
    film = page.locator("video")
    film.evaluate("film => { film.currentTime = 30; }")
    page.keyboard.press("[")
    expect(page.locator(START)).to_have_value("00:00:30.000")
    page.keyboard.press("l")
    page.keyboard.press("]")
    expect(page.locator(END)).to_have_value("00:00:35.000")
    expect(page.locator("#trim-length strong")).to_have_text("5 s")
    page.locator(END).focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowUp")
    expect(page.locator(END)).to_have_value("00:00:36.100")
    expect(page.locator("#trim-length strong")).to_have_text("6.1 s")
    page.locator("#title-trim").click()
    page.keyboard.press("k")
    expect(film).to_have_js_property("paused", False)
    page.keyboard.press("Space")
    expect(film).to_have_js_property("paused", True)


def test_the_first_minute_takes_one_click_and_so_does_the_whole_video(
    page: Page, signed_in: Any, long_film: Path
) -> None:
    draft, _ = opened(page, signed_in, long_film)
    page.get_by_role("button", name="First minute").click()
    expect(page.locator(END)).to_have_value("00:01:00.000")
    expect(page.locator("#trim-length strong")).to_have_text("1 min")
    expect(page.locator("#save-state")).to_have_text("Saved")
    draft.refresh_from_db()
    assert (draft.typed["start"], draft.typed["end"]) == ("", "00:01:00.000")
    page.get_by_role("button", name="Whole video").click()
    expect(page.locator(END)).to_have_value("")
    expect(page.locator("#trim-length strong")).to_have_text("1 min 20 s")


def test_the_selection_plays_to_its_end_and_stops_there(page: Page, signed_in: Any, long_film: Path) -> None:
    opened(page, signed_in, long_film)
    page.locator(START).fill("10")
    page.locator(END).fill("10.8")
    page.get_by_role("button", name="Play selection").click()
    film = page.locator("video")
    expect(film).to_have_js_property("paused", False)
    expect(film).to_have_js_property("paused", True)
    assert film.evaluate("film => film.currentTime") == pytest.approx(10.8, abs=0.05)


def test_a_video_that_arrives_is_shown_without_a_reload(page: Page, signed_in: Any, long_film: Path) -> None:
    user = a_person("ada")
    upload = a_file(user, long_film)
    draft = a_draft(user)
    signed_in(page, user).goto(f"/assets/{draft.pk}/edit/")
    expect(page.locator("#trim-video")).to_have_count(0)
    page.locator("#source-file [name=source]").evaluate("(field, id) => { field.value = id; }", str(upload.pk))
    page.locator("#id_name").fill("Harbour")
    expect(page.locator("#trim-video video")).to_be_visible()
    expect(page.locator("#trim-wave")).to_contain_text("Drawing the waveform")
    page.locator("#trim-video video").evaluate("film => { film.currentTime = 7; }")
    previews.make(upload.pk)
    drawn(page)
    assert page.locator("#trim-video video").evaluate("film => film.currentTime") == 7  # it is the same player
