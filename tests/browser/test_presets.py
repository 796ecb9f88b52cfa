"""Presets, sets of languages and explained options in a real browser; the settings pages for a screen reader."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from dubbing.models import Asset, Policy, Preset, Term
from tests.support import rows
from tests.support.drafts import a_draft, a_person

pytestmark = [pytest.mark.walk, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def draft(page: Page, signed_in: Any, settings: Any) -> Asset:
    """A draft in a project with a preset and one earlier asset, open in the browser of its owner."""
    settings.PANJAYA_API_URL = "http://127.0.0.1:9"
    owner = a_person("ada")
    draft = a_draft(owner)
    draft.project.memberships.update(role="owner")
    values = {"targets": ["es-MX", "pt-BR"], "auto_generate": "no_lips", "voice_anonymization": "0.6", "speakers": "2"}
    Preset.objects.create(project=draft.project, name="Latin America", values=values, created_by=owner)
    Term.objects.create(project=draft.project, source="Harbour", target="Puerto")
    rows.make_asset(draft.project, owner, locales=["es-ES", "fr-FR"], name="Harbour tour")
    signed_in(page, owner).goto(f"/assets/{draft.pk}/edit/")
    return draft


def chosen(page: Page) -> list[str]:
    codes: list[str] = page.locator(".picker-item input:checked").evaluate_all("all => all.map((one) => one.value)")
    return sorted(codes)


def test_a_preset_is_applied_and_undone_without_leaving_the_page(page: Page, draft: Asset) -> None:
    page.locator("#id_name").fill("Typed and not saved yet")
    page.get_by_label("Add French (France)").click()
    page.locator("#presets summary").click()
    page.get_by_role("button", name="Latin America 2 languages").click()
    expect(page.locator("#preset-message")).to_contain_text("Portuguese (Brazil) added and French (France) removed")
    expect(page.locator("#chosen > li:visible")).to_have_count(2)
    assert chosen(page) == ["es-MX", "pt-BR"]
    expect(page.locator("#id_voice_anonymization")).to_have_value("0.6")
    expect(page.locator("#id_speakers")).to_have_value("2")
    expect(page.locator("#anonymization-label")).to_have_text("Clearly different")
    expect(page.locator("#language-hint")).to_contain_text("“Harbour tour” in this project uses Spanish (Spain)")
    expect(page.locator("#id_name")).to_have_value("Typed and not saved yet")
    page.get_by_role("button", name="Undo preset").click()
    expect(page.locator("#preset-message")).to_contain_text("undone")
    expect(page.locator("#save-state")).to_have_text("Saved")
    assert chosen(page) == ["fr-FR"]
    page.reload()
    assert chosen(page) == ["fr-FR"]
    expect(page.locator("#id_name")).to_have_value("Typed and not saved yet")


def test_languages_of_a_preset_are_added_without_its_options(page: Page, draft: Asset) -> None:
    page.get_by_label("Add the languages from Latin America").click()
    assert chosen(page) == ["es-MX", "pt-BR"]
    expect(page.locator("#id_voice_anonymization")).to_have_value("0")
    page.get_by_role("button", name="Add all").click()
    assert chosen(page) == ["es-ES", "es-MX", "fr-FR", "pt-BR"]
    expect(page.locator(".picker-set:visible")).to_have_count(0)
    expect(page.locator("#language-hint")).to_contain_text("You chose both Spanish (Spain) and Spanish (Mexico)")


def test_what_is_chosen_is_saved_under_a_name_with_the_keyboard(page: Page, draft: Asset) -> None:
    page.get_by_label("Add French (France)").click()
    page.locator("#presets summary").click()
    page.get_by_label("Save current choices as").fill("French only")
    page.keyboard.press("Enter")
    expect(page.locator("#preset-message")).to_contain_text("Saved as “French only”")
    assert Preset.objects.get(name="French only").values["targets"] == ["fr-FR"]


def test_the_slider_has_named_positions_and_the_search_knows_countries(page: Page, draft: Asset) -> None:
    page.get_by_role("button", name="0.3 Slightly different").click()
    expect(page.locator("#anonymization-label")).to_have_text("Slightly different")
    expect(page.locator("[data-slider]")).to_have_value("0.3")
    for words, code in (("mexico", "es-MX"), ("BR", "pt-BR"), ("deutschland", "de-DE"), ("turkce", "tr-TR")):
        page.get_by_label("Search languages").fill(words)
        expect(page.locator(f'.picker-item[data-code="{code}"]')).to_be_visible()
    expect(page.locator(".picker-item:visible")).to_have_count(1)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_the_settings_pages_are_accessible(page: Page, draft: Asset, scheme: Any, width: int) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    Policy.objects.create(project=draft.project, consent_required=True, no_lips=True, least_anonymization=0.5)
    base = f"/projects/{draft.project_id}"
    term = Term.objects.get()
    for address in (f"{base}/settings/", f"{base}/terms/", f"{base}/terms/{term.pk}/", f"/assets/{draft.pk}/edit/"):
        page.goto(address)
        if "edit" in address:
            page.locator("#presets summary").click()
            page.get_by_text("Override the policy for this video").click()
        found = Axe().run(page).response["violations"]
        assert not found, (address, [(one["id"], one["nodes"][0]["html"]) for one in found])
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, address
