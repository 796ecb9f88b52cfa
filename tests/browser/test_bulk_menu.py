"""The menu of what can be done with selected videos: whole on a phone, and left by the keyboard."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.support import rows
from tests.support.people import People

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("show", ["drafts", "failed"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_the_menu_stays_inside_of_the_screen_and_gives_the_focus_back(
    page: Page, people: People, signed_in: Any, show: str, width: int
) -> None:
    status = {"drafts": "draft", "failed": "refused"}[show]
    for number in range(3):
        rows.make_asset(people.project, people.editor, status=status, name=f"Harbour {number}")
    page.set_viewport_size({"width": width, "height": 844})
    signed_in(page, people.editor).goto(f"/?show={show}")
    button = page.locator("#bulk-more > summary")
    button.focus()
    page.keyboard.press("Enter")
    panel = page.locator("#bulk-more .menu-panel")
    expect(panel).to_be_visible()
    box = panel.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    result = Axe().run(page)
    assert result.violations_count == 0, result.generate_report()
    page.keyboard.press("Escape")
    expect(panel).not_to_be_visible()
    expect(button).to_be_focused()
