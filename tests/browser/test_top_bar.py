"""The bar above every page, where everything in it can be reached on any screen."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.support import rows
from tests.support.drafts import a_person

pytestmark = [pytest.mark.django_db(transaction=True)]


def test_operators_find_the_admin_site_in_the_bar_and_on_a_phone_in_the_menu(page: Page, signed_in: Any) -> None:
    ada = a_person("ada")
    ada.is_staff = True
    ada.save()
    signed_in(page, ada)
    page.goto("/")
    bar, admin = page.locator(".topnav"), page.get_by_role("link", name="Admin", exact=True)
    expect(bar.locator(admin)).to_be_visible()
    page.set_viewport_size(ViewportSize(width=390, height=844))
    expect(bar.locator(admin)).to_be_hidden()
    assert bar.evaluate("(bar) => bar.scrollWidth <= bar.clientWidth")
    page.get_by_label("Account of ada").click()
    admin.click()
    expect(page).to_have_url(re.compile(r"/admin/$"))


def test_counts_in_the_bar_and_beside_tabs_move_while_a_page_is_open_that_follows_nothing_else(
    page: Page, signed_in: Any
) -> None:
    ada = a_person("ada")
    project = rows.make_project("Harbour", owner=ada)
    signed_in(page, ada)
    page.goto(f"/projects/{project.pk}/members/")
    expect(page.get_by_role("link", name="Reviews", exact=True)).to_have_count(2)
    rows.make_review(rows.make_done(project, ada).version.dubbing, reviewer=ada)
    expect(page.get_by_role("link", name="Reviews 1 waiting for you", exact=True)).to_be_visible(timeout=40_000)
    expect(page.get_by_role("link", name="Reviews 1", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Members 1", exact=True)).to_be_visible()


def test_on_a_phone_the_row_of_tabs_shows_the_current_one(page: Page, signed_in: Any) -> None:
    ada = a_person("ada")
    project = rows.make_project("Harbour", owner=ada)
    page.set_viewport_size(ViewportSize(width=390, height=844))
    signed_in(page, ada)
    page.goto(f"/projects/{project.pk}/settings/")
    expect(page.locator(".tab[aria-current]")).to_be_in_viewport(ratio=0.9)
    page.goto(f"/projects/{project.pk}/grid/")
    expect(page.locator(".tab[aria-current]")).to_be_in_viewport(ratio=0.9)


def test_keys_lead_to_every_place_that_the_list_of_shortcuts_names(page: Page, signed_in: Any) -> None:
    signed_in(page, a_person("ada"))
    page.goto("/account/")
    for key, place in (("w", "My work"), ("p", "Projects"), ("r", "Reviews"), ("n", "Notices")):
        page.wait_for_load_state()  # with its scripts
        page.keyboard.press("g")
        page.keyboard.press(key)
        expect(page.get_by_role("heading", level=1)).to_have_text(place)
