"""Light or dark: as the system has it, or as somebody chose."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.drafts import a_draft, a_person

pytestmark = [pytest.mark.django_db(transaction=True)]


def test_a_chosen_theme_stays_until_another_is_chosen(page: Page, signed_in: Any) -> None:
    ada = a_person("ada")
    draft = a_draft(ada)
    signed_in(page, ada)
    page.goto(f"/assets/{draft.pk}/edit/")
    html = page.locator("html")
    expect(html).to_have_attribute("data-bs-theme", "light")
    page.get_by_label("Account of ada").click()
    page.get_by_text("Dark", exact=True).click()
    expect(html).to_have_attribute("data-bs-theme", "dark")
    page.keyboard.press("Escape")
    # What is typed elsewhere is no theme.
    page.locator("#id_name").fill("A film")
    page.locator("#id_name").blur()
    expect(html).to_have_attribute("data-bs-theme", "dark")
    page.reload()
    expect(html).to_have_attribute("data-bs-theme", "dark")
    page.get_by_label("Account of ada").click()
    expect(page.get_by_role("radio", name="Dark")).to_be_checked()
    page.get_by_text("System", exact=True).click()
    expect(html).to_have_attribute("data-bs-theme", "light")
