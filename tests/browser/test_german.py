"""German has longer words: no page scrolls sideways for them, no button cuts them off, and scripts speak it, too."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from dubbing.accounts import languages
from tests.browser import test_accessibility
from tests.browser.test_accessibility import DESKTOP, PAGES, PHONE, make_operator_for

pytestmark = pytest.mark.django_db(transaction=True)

places = test_accessibility.places

# Buttons, links that look like them, headings of tables and tabs whose words do not fit into them.
CUT_OFF = """
() => [...document.querySelectorAll("button, .btn, th, .chip, .badge, .topnav-link, label, legend, h1, h2, h3")]
  .filter((element) => element.checkVisibility({ visibilityProperty: true }))
  .filter((element) => !element.closest(".visually-hidden, .skip-link"))
  .filter((element) => getComputedStyle(element).textOverflow !== "ellipsis")
  .filter((element) => element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 1)
  .filter((element) => getComputedStyle(element).display !== "inline")
  .map((element) => element.outerHTML.slice(0, 160))
"""


@pytest.fixture
def german(places: dict[str, int]) -> dict[str, int]:
    """Somebody who reads German."""
    languages.choose_language(User.objects.get(username="ada"), "de")
    return places


@pytest.mark.walk
@pytest.mark.parametrize("name", PAGES)
def test_german_words_fit(page: Page, german: dict[str, int], name: str) -> None:
    make_operator_for(name)
    wrong = []
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)
        page.goto(PAGES[name].format(**german))
        assert page.evaluate("document.documentElement.lang") == "de"
        wide = page.evaluate("document.documentElement.scrollWidth")
        wrong += [f"{size['width']}: the page is {wide} wide"] if wide > size["width"] else []
        wrong += [f"{size['width']}: {element}" for element in page.evaluate(CUT_OFF)]
        if folder := os.environ.get("SHOTS"):
            page.wait_for_load_state("networkidle")
            page.screenshot(path=Path(folder) / f"{name.replace(' ', '-')}-{size['width']}.png", full_page=True)
            if size is DESKTOP:
                page.emulate_media(color_scheme="dark")
                page.screenshot(path=Path(folder) / f"{name.replace(' ', '-')}-dark.png", full_page=True)
                page.emulate_media(color_scheme="light")
    assert not wrong, "\n".join(wrong)


@pytest.mark.long
def test_scripts_speak_german(page: Page, german: dict[str, int]) -> None:
    page.goto(PAGES["subtitle editor"].format(**german))
    expect(page.locator("[data-count]")).to_have_text("2 Untertitel")
    expect(page.locator(".cue-number").first).to_have_attribute("aria-label", "Untertitel 1 abspielen")
    page.goto(PAGES["new asset"].format(**german))
    page.locator("#id_name").fill("Hafen")
    expect(page.locator("#save-state")).to_have_text("Gespeichert")
