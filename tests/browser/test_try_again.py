"""Editing what failed: the field that caused it has the focus and a mark until it is changed."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from dubbing.models import Asset
from tests.support import rows
from tests.support.drafts import a_draft, a_person, a_row

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]


def failed(**fields: Any) -> Asset:
    ada = a_person("ada")
    asset = a_draft(ada, status="failed", source=a_row(ada, seconds=60.0), source_locale="en-US", **fields)
    rows.make_dubbing(asset, "es-ES", status="failed", srt=rows.SRT, error_code=asset.error_code)
    return asset


def test_the_field_that_made_it_fail_is_focused_and_marked_until_it_is_changed(page: Page, signed_in: Any) -> None:
    asset = failed(name="Lighthouse", start=1.0, end=50.0, error_code="time_out_of_range")
    signed_in(page, asset.created_by).goto(f"/assets/{asset.pk}/")
    page.get_by_role("button", name="Edit and try again").click()
    end = page.get_by_label("End", exact=True)
    expect(end).to_be_focused()
    expect(end).to_be_in_viewport()
    expect(end).to_have_class("form-control is-invalid")
    expect(page.locator("#causes")).to_contain_text("Set the trim within the length of the video")
    result = Axe().run(page)
    assert result.violations_count == 0, result.generate_report()
    end.fill("9.5")
    end.press("Tab")
    expect(page.locator("#causes")).to_contain_text("Changed since: End")
    expect(end).not_to_have_class("form-control is-invalid")


def test_the_cause_leads_to_subtitles_that_are_folded(page: Page, signed_in: Any) -> None:
    asset = failed(name="Lighthouse", error_code="invalid_input")
    signed_in(page, asset.created_by).goto(f"/assets/{asset.pk}/")
    page.get_by_role("button", name="Edit and try again").click()
    text = page.locator("[id='id_srt_es-ES']")
    expect(text).to_be_focused()
    page.locator("[id='srt_es-ES-slot'] .slot-more > summary").click()
    expect(text).not_to_be_visible()
    page.locator("#causes").get_by_role("link", name="Go to: Subtitles in Spanish (Spain)").click()
    expect(text).to_be_focused()
