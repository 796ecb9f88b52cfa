"""Pilots at several settings in a real browser: the quote follows the ticks, and one press sends all of them once."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from dubbing.drafts import saved_drafts
from tests.support.drafts import a_draft, a_person, a_row, typed

pytestmark = [pytest.mark.walk, pytest.mark.django_db(transaction=True)]


def test_the_quote_follows_the_ticks_and_a_double_click_sends_once(page: Page, signed_in: Any) -> None:
    ada = a_person("ada")
    draft = a_draft(ada)
    film = a_row(ada, seconds=600.0)
    saved_drafts.keep_typed(draft, typed(source=str(film.pk), source_from="file", name="Harbour"), ada)
    signed_in(page, ada).goto(f"/assets/{draft.pk}/edit/")
    page.get_by_role("button", name="Compare settings…").click()
    expect(page.get_by_text("Choose at least 2 settings.")).to_be_visible()
    for title in ("Anonymization 0.3", "Lip sync: faster"):
        page.get_by_role("checkbox", name=re.compile(title)).check()
    button = page.get_by_role("button", name="Send 3 pilots: 6 min")
    expect(button).to_be_visible()
    page.reload()  # the choice is in the address
    button.dblclick()
    expect(page.get_by_role("heading", name="3 pilots sent")).to_be_visible()
    expect(page.get_by_role("status").get_by_text("Sent", exact=True)).to_have_count(3)
    assert draft.pilots.count() == 3
