"""Notices in a browser: the count in the header moves by itself, and a notice is opened by keyboard."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from dubbing.models import Asset, Event, Notice
from dubbing.notices import consumer
from tests.support.drafts import a_draft, a_person

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ada() -> User:
    return a_person("ada")


def fails(ada: User) -> Asset:
    asset = a_draft(ada, name="Lighthouse", status="failed")
    Event.objects.record(asset, Event.Kind.STATUS, cause="sync", to="failed")
    consumer.take_events()
    return asset


def test_the_count_moves_while_a_page_is_open_that_follows_nothing_else(signed_in: Any, page: Page, ada: User) -> None:
    signed_in(page, ada)
    page.goto("/account/")
    expect(page.get_by_role("link", name="Notices", exact=True)).to_be_visible()
    fails(ada)
    expect(page.get_by_role("link", name="Notices, 1 unread")).to_be_visible(timeout=20_000)


def test_a_notice_is_found_opened_and_read_by_keyboard(signed_in: Any, page: Page, ada: User) -> None:
    asset = fails(ada)
    signed_in(page, ada)
    page.goto("/account/")
    page.keyboard.press("g")
    page.keyboard.press("n")
    expect(page.get_by_role("heading", name="Notices", level=1)).to_be_visible()
    link = page.get_by_role("link", name="Lighthouse")
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/assets/{asset.pk}/")
    assert Notice.objects.get().read_at
    expect(page.get_by_role("link", name="Notices", exact=True)).to_be_visible()


def test_email_settings_are_kept(signed_in: Any, page: Page, ada: User) -> None:
    signed_in(page, ada)
    page.goto("/notices/emails/")
    page.get_by_label("Finished").select_option("Off")
    page.get_by_role("button", name="Save email settings").click()
    expect(page.get_by_text("Email settings saved.")).to_be_visible()
    expect(page.get_by_label("Finished")).to_have_value("off")
