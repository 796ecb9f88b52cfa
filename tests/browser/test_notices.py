"""Notices in a browser: the count in the header moves by itself, and a notice is opened by keyboard."""

from __future__ import annotations

from typing import Any, cast

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from dubbing.models import Asset, Event, Notice, Project
from dubbing.notices import consumer
from tests.support.drafts import a_draft, a_person

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ada() -> User:
    return a_person("ada")


def fails(ada: User) -> Asset:
    asset = a_draft(ada, Project.objects.first(), name="Lighthouse", status="failed")
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


# --- notifications of the browser -------------------------------------------------------------------------------------

# Keeps what the browser is asked to show; it shows it as well.
RECORDED = """
const Real = window.Notification;
window.shown = [];
window.opened = [];
window.open = (url) => { window.opened.push(url); return null; };
window.Notification = class extends Real {
  constructor(title, options) { super(title, options); window.shown.push(this); }
};
"""
SHOWN = "() => window.shown.map((one) => [one.title, one.body])"


@pytest.fixture
def granted(signed_in: Any, page: Page, ada: User) -> Page:
    """Ada's browser may show notifications, and its clock stands still."""
    page.context.grant_permissions(["notifications"])
    page.context.add_init_script(RECORDED)
    page.clock.install()
    return cast(Page, signed_in(page, ada))


def turn_on(page: Page) -> None:
    page.goto("/notices/emails/")
    with page.expect_response("**/notices/new/"):
        page.get_by_role("button", name="Turn on browser notifications").click()
    expect(page.get_by_text("Browser notifications are on in this browser.")).to_be_visible()
    expect(page.get_by_role("button", name="Turn off")).to_be_focused()


def look_again(*pages: Page) -> None:
    """Time passes in these tabs until whichever looks has looked or shown something. Answers are good for a second."""
    before = len(shown(*pages))
    for _time in range(5):
        for each in pages:
            each.clock.fast_forward(34_000)
        pages[0].wait_for_timeout(400)
        if len(shown(*pages)) > before:
            return


def shown(*pages: Page) -> list[list[str]]:
    return [one for each in pages for one in each.evaluate(SHOWN)]


def test_a_new_notice_is_shown_once_however_many_tabs_are_open(granted: Page, ada: User) -> None:
    fails(ada)
    turn_on(granted)
    other = granted.context.new_page()
    other.clock.install()
    other.goto("/account/")
    look_again(granted, other)
    assert shown(granted, other) == [], "what was there before is not new"
    asset = fails(ada)
    look_again(granted, other)
    assert [title for title, _text in shown(granted, other)] == ["Lighthouse"]
    look_again(granted, other)
    assert len(shown(granted, other)) == 1
    granted.evaluate("() => window.shown[0].dispatchEvent(new Event('click'))")
    notice = Notice.objects.get(asset=asset)
    assert granted.evaluate("() => window.opened") == [f"/notices/{notice.pk}/"]


def test_the_next_tab_takes_over_when_the_polling_one_is_closed(granted: Page, ada: User) -> None:
    turn_on(granted)
    other = granted.context.new_page()
    other.clock.install()
    other.goto("/account/")
    granted.goto("about:blank")
    fails(ada)
    look_again(other)
    assert [title for title, _text in shown(other)] == ["Lighthouse"]


def test_many_at_once_are_one_notification(granted: Page, ada: User) -> None:
    turn_on(granted)
    for _number in range(5):
        fails(ada)
    look_again(granted)
    assert shown(granted) == [["5 new notices", ""]]


def test_notifications_that_are_turned_off_are_not_polled(granted: Page, ada: User) -> None:
    turn_on(granted)
    granted.get_by_role("button", name="Turn off").click()
    expect(granted.get_by_role("button", name="Turn on browser notifications")).to_be_focused()
    fails(ada)
    look_again(granted)
    assert shown(granted) == []


def test_a_browser_that_blocks_them_is_explained(signed_in: Any, page: Page, ada: User) -> None:
    page.context.add_init_script("Object.defineProperty(Notification, 'permission', { get: () => 'denied' });")
    signed_in(page, ada)
    page.goto("/notices/emails/")
    expect(page.get_by_text("Your browser blocks notifications from the portal.")).to_be_visible()
    expect(page.get_by_role("button", name="Turn on browser notifications")).not_to_be_visible()
