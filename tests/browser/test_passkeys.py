"""A passkey: set up, asked for, and refused when it is another one. Chromium's own virtual authenticator answers."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import CDPSession, Page, expect
from pytest_django import Settings

from tests.support.people import PASSWORD, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.walk]
KEY = {"protocol": "ctap2", "transport": "internal", "hasUserVerification": True, "isUserVerified": True}
ANSWERS = {"hasResidentKey": True, "automaticPresenceSimulation": True}


def plug_in(page: Page) -> tuple[CDPSession, str]:
    """An authenticator that answers by itself."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    added = session.send("WebAuthn.addVirtualAuthenticator", {"options": KEY | ANSWERS})
    return session, str(added["authenticatorId"])


def enter_password(page: Page) -> None:
    page.goto("/sign-in/")
    page.get_by_label("Username").fill("nina")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_a_passkey_is_set_up_and_opens_the_portal_and_no_other_one_does(page: Page, settings: Settings) -> None:
    settings.PORTAL_HOST = "localhost"
    make_user("nina")
    session, key = plug_in(page)
    enter_password(page)
    page.goto("/account/two-step/")
    page.get_by_label("Name of the passkey").fill("Laptop")
    page.get_by_role("button", name="Add passkey").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    expect(page.get_by_text("Laptop")).to_be_visible()
    assert Authenticator.objects.filter(type="webauthn").count() == 1

    page.context.clear_cookies()
    enter_password(page)
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    page.goto("/projects/")
    expect(page.get_by_label("Password")).to_be_visible()
    enter_password(page)
    page.get_by_role("button", name="Use your passkey").click()
    expect(page.get_by_label("Account of nina")).to_be_visible()

    session.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": key})
    session.send("WebAuthn.addVirtualAuthenticator", {"options": KEY | ANSWERS})
    page.context.clear_cookies()
    enter_password(page)
    page.get_by_role("button", name="Use your passkey").click()
    expect(page.get_by_text("The passkey did not respond.")).to_be_visible(timeout=30_000)
    page.goto("/projects/")
    expect(page.get_by_label("Password")).to_be_visible()
