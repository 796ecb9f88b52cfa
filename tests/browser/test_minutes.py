"""The price in a real browser: it follows what is chosen, and a question to the owners goes there and back."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from dubbing.models import Asset, Link
from tests.browser.conftest import SignedIn
from tests.support.drafts import a_draft, typed
from tests.support.journey import fresh
from tests.support.minutes import allow
from tests.support.people import People

pytestmark = [pytest.mark.walk, pytest.mark.django_db(transaction=True)]
URL = "https://media.example.com/harbour.mp4"


@pytest.fixture
def draft(people: People) -> Asset:
    """90 seconds into three languages, with ten minutes a month, and owners who approve what is above four."""
    allow(people.project, 10, approval_above=4)
    Link.objects.create(owner=people.editor, kind="video", url=URL, status="good", duration=90.0)
    form = typed(name="Film", source_from="url", media_url=URL, targets=["es-ES", "fr-FR", "de-DE"])
    return a_draft(people.editor, people.project, typed=form | {"auto_generate": "no_lips"}, name="Film")


def test_the_price_follows_what_is_typed_and_the_owners_answer_comes_back(
    page: Page, signed_in: SignedIn, people: People, draft: Asset
) -> None:
    signed_in(page, people.editor).goto(reverse("asset-edit", args=[draft.pk]))
    button = page.locator("#submit")
    expect(button).to_have_text("Request approval: 4.5 min, 3 languages")
    expect(page.locator("#cost")).to_contain_text("10 min left in")
    page.locator("#id_end").fill("60")
    expect(button).to_have_text("Submit: 3 min, 3 languages")
    expect(page.locator("#cost")).to_contain_text("7 min after this")
    page.locator("#id_end").fill("")
    expect(button).to_have_text("Request approval: 4.5 min, 3 languages")
    button.click()
    expect(page.locator(".approval")).to_contain_text("Project owners: owner.")

    signed_in(page, people.owner).goto("/")
    page.get_by_role("link", name="Film", exact=True).click()
    expect(page.get_by_role("button", name="Approve and send: 4.5 min, 3 languages")).to_be_visible()
    page.get_by_text("Request changes from editor").click()
    page.get_by_label("What should change, and why").fill("Spanish first")
    page.get_by_role("button", name="Request changes", exact=True).click()
    expect(page.get_by_text("You requested changes to")).to_be_visible()
    assert fresh(draft).status == Asset.Status.DRAFT

    signed_in(page, people.editor).goto(reverse("asset-edit", args=[draft.pk]))
    expect(page.get_by_text("owner requested changes:")).to_be_visible()
