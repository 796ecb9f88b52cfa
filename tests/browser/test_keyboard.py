"""A whole job without a mouse: from signing in to the downloaded video, with the focus in sight all the way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from dubbing import media
from tests.support.portal import PASSWORD, Portal

pytestmark = [pytest.mark.walk, pytest.mark.xdist_group("browser"), pytest.mark.timeout(240)]

MOST_STEPS = 90
# What has the focus, or what stands for it (a drop zone for its hidden file input), is in sight and shows the focus.
FOCUS = """
async () => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const element = document.activeElement;
  if (!element || element === document.body) return "nothing has the focus";
  const name = element.outerHTML.slice(0, 160);
  const marked = (one) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
    return (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
  };
  const shown = [element, element.nextElementSibling, element.closest("label"), element.parentElement].filter(Boolean);
  // A player shows the focus on its own buttons.
  if (element.tagName !== "VIDEO" && !shown.some(marked)) return `the focus is not to be seen: ${name}`;
  const isInSight = () => {
    const box = (element.closest("label.dropzone") || element).getBoundingClientRect();
    return box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  };
  const until = performance.now() + 1500; // the browser scrolls to it meanwhile
  while (!isInSight() && performance.now() < until) await frame();
  return isInSight() ? "" : `the focus is out of sight: ${name}`;
}
"""
PLACE = "() => { const { top, left } = document.activeElement.getBoundingClientRect(); return top + scrollY; }"


@pytest.fixture
def page(browser: Browser, portal: Portal) -> Iterator[Page]:
    """A window in which nobody is signed in."""
    context = browser.new_context(base_url=portal.url, locale="en-GB", accept_downloads=True)
    context.set_default_timeout(30_000)
    page = context.new_page()
    page.on("filechooser", lambda _chooser: None)  # or a dialog that opens before somebody waits for it is lost
    yield page
    context.close()


def tab_to(page: Page, target: Locator, *, key: str = "Tab") -> None:
    """Press the key until the target has the focus, which is in sight at every step on the way."""
    target.wait_for(state="attached")
    for _step in range(MOST_STEPS):
        page.keyboard.press(key)
        problem = page.evaluate(FOCUS)
        if problem != "nothing has the focus":  # the browser's own buttons come between the last and the first
            assert not problem
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"not reached within {MOST_STEPS} steps: {target}")


def choose_file(page: Page, path: Path) -> None:
    """In the browser's own dialog, which the focused field opens."""
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(path)


def wait_for_saving(page: Page) -> None:
    """What the server answers moves what is below it: a test is quicker than that, a person is not."""
    expect(page.locator("#save-state")).to_have_text("Saved", timeout=30_000)
    page.wait_for_load_state("networkidle")


def test_a_whole_job_needs_no_mouse(page: Page, samples: Path, tmp_path: Path) -> None:
    sign_in(page)
    open_a_new_video(page)
    add_the_video(page, samples)
    choose_languages(page, samples)
    tab_to(page, page.get_by_role("button", name=re.compile("^Submit")))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/assets/\d+/$"))
    expect(page.locator("#asset-status .state", has_text="Done")).to_have_count(3, timeout=90_000)
    watch(page)
    tab_to(page, page.get_by_role("link", name=re.compile("^Download")).first)
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    download.value.save_as(tmp_path / "dubbed.mp4")
    assert media.probe(tmp_path / "dubbed.mp4").duration == pytest.approx(8.5, abs=0.1)


def sign_in(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_label("Username")).to_be_focused()
    page.keyboard.type("member")
    tab_to(page, page.get_by_label("Password"))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("My work")


def open_a_new_video(page: Page) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").strip() == "Skip to content"
    page.keyboard.press("g")
    page.keyboard.press("p")
    expect(page.get_by_role("heading", level=1)).to_have_text("Projects")
    tab_to(page, page.get_by_role("link", name="Sample project", exact=True).first)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Sample project")
    page.keyboard.press("n")
    expect(page.get_by_role("heading", level=1)).to_have_text("New video")
    expect(page.locator("#save-state")).to_be_visible()  # the page's script is there


def add_the_video(page: Page, samples: Path) -> None:
    tab_to(page, page.get_by_label("Video file"))
    choose_file(page, samples / "sample.mp4")
    expect(page.locator("#source-file")).to_contain_text("1280×720", timeout=30_000)
    expect(page.locator("#trim-wave .wave")).to_be_visible(timeout=30_000)  # what comes later moves what is below it
    start, end = page.get_by_label("Start", exact=True), page.get_by_label("End", exact=True)
    tab_to(page, start)
    above = page.evaluate(PLACE)
    page.keyboard.type("1.0")
    tab_to(page, end)
    page.keyboard.type("9.5")
    tab_to(page, page.get_by_label("Language spoken in the video"))
    assert page.evaluate(PLACE) > above, "what stands below comes later"
    page.keyboard.type("English (United States)")
    expect(page.get_by_label("Language spoken in the video")).to_have_value("en-US")
    wait_for_saving(page)


def choose_languages(page: Page, samples: Path) -> None:
    tab_to(page, page.get_by_label("Search languages"))
    for code in ("es-ES", "fr-FR"):
        page.keyboard.type(code)
        page.keyboard.press("Enter")
        page.keyboard.press("Control+a")
    page.wait_for_timeout(300)  # saving begins a moment after a choice
    wait_for_saving(page)
    tab_to(page, page.locator("#srt_es-ES-slot .slot-more > summary"))
    page.keyboard.press("Enter")
    tab_to(page, page.locator("[id='srt_es-ES-file']"))
    choose_file(page, samples / "sample.es-ES.srt")
    expect(page.locator("#srt_es-ES-slot")).to_contain_text("cues")
    expect(page.get_by_role("button", name=re.compile("^Submit"))).to_contain_text("2 languages")


def watch(page: Page) -> None:
    tab_to(page, page.get_by_role("link", name="Play Spanish (Spain)"))
    page.keyboard.press("Enter")
    dub = page.locator("[data-video=dub]")
    expect(dub).to_have_js_property("paused", True)
    page.wait_for_load_state("networkidle")  # its script is there
    page.keyboard.press("k")
    expect(dub).to_have_js_property("paused", False)
    page.keyboard.press("k")
    expect(dub).to_have_js_property("paused", True)
