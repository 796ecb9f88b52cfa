"""Several subtitle files dropped at once, in a real browser."""

from __future__ import annotations

import os
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from dubbing import subtitles
from dubbing.drafts import saved_drafts
from dubbing.drafts.draft import Draft
from dubbing.models import Asset
from dubbing.subtitles import Cue
from tests.support.drafts import a_draft, a_person, typed

pytestmark = [pytest.mark.walk, pytest.mark.django_db(transaction=True)]

DROP = """([place, names, text]) => {
    const dataTransfer = new DataTransfer();
    names.forEach((name) => dataTransfer.items.add(new File([text + name], name)));
    const event = new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true });
    document.querySelector(place).dispatchEvent(event);
}"""
TEXT = subtitles.to_srt([Cue(1000, 3000, "From ")]).rstrip()


@pytest.fixture
def draft(page: Page, signed_in: Any) -> Asset:
    """A draft from English into Spanish (Spain) and French, open in the browser."""
    user = a_person("ada")
    made = a_draft(user)
    saved_drafts.keep_typed(made, typed(), user)
    signed_in(page, user).goto(f"/assets/{made.pk}/edit/")
    return made


def drop(page: Page, *names: str, on: str = "h1") -> None:
    page.evaluate(DROP, [on, list(names), TEXT])


def of(draft: Asset) -> Draft:
    draft.refresh_from_db()
    return saved_drafts.read_draft(draft)


def shoot(page: Page, name: str) -> None:
    if folder := os.environ.get("SHOTS"):
        page.locator("#step-languages").screenshot(path=f"{folder}/{name}.png")


def test_dropped_files_find_their_languages_and_the_unsure_one_is_reported(page: Page, draft: Asset) -> None:
    drop(page, "harbour.es-ES.srt", "harbour_fr.srt", "harbour.de-DE.srt", "en.srt", "harbour.srt")
    outcome = page.locator("#subtitle_files-outcome")
    expect(outcome).to_contain_text("4 files added, 1 unclear: choose its language. Language added: German (Germany).")
    expect(page.locator("#id_srt_es-ES")).to_have_value(f"{TEXT}harbour.es-ES.srt")
    expect(page.locator("#id_srt_de-DE")).to_have_value(f"{TEXT}harbour.de-DE.srt")
    expect(page.locator("#id_source_srt")).to_have_value(f"{TEXT}en.srt")
    expect(page.get_by_role("checkbox", name="German")).to_be_checked()
    expect(page.locator("#summary")).to_contain_text("3 with subtitles")
    shoot(page, "files-unsure")

    page.get_by_label("harbour.srt", exact=True).select_option("it-IT")
    expect(outcome).to_contain_text("5 files added.")
    expect(page.locator("#id_srt_it-IT")).to_have_value(f"{TEXT}harbour.srt")
    expect(page.get_by_role("button", name="Undo all of these files")).to_be_focused()
    page.locator("#id_name").fill("Harbour")  # what is saved next has the languages in it
    expect(page.locator("#save-state")).to_have_text("Saved")
    assert set(of(draft).targets) == {"es-ES", "fr-FR", "de-DE", "it-IT"}
    assert of(draft).text("it-IT") == f"{TEXT}harbour.srt"

    page.get_by_role("button", name="Undo all of these files").click()
    expect(outcome).to_have_count(0)
    expect(page.get_by_role("checkbox", name="German")).not_to_be_checked()
    expect(page.locator("#id_srt_es-ES")).to_have_value("")
    expect(page.locator("#srt_de-DE-slot")).to_have_count(0)
    page.locator("#id_name").fill("Harbour tour")
    expect(page.locator("#save-state")).to_have_text("Saved")
    assert set(of(draft).targets) == {"es-ES", "fr-FR"}
    assert of(draft).text("es-ES") == ""


def test_one_file_dropped_on_a_language_is_for_that_language(page: Page, draft: Asset) -> None:
    drop(page, "harbour.es-ES.srt", on="#srt_fr-FR-slot summary")
    expect(page.locator("#id_srt_fr-FR")).to_have_value(f"{TEXT}harbour.es-ES.srt")
    assert of(draft).text("es-ES") == ""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_became_of_the_files_is_accessible_and_fits_a_phone(page: Page, draft: Asset, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 390, "height": 844})
    drop(page, "harbour.es-ES.srt", "The Spanish Prisoner, with a long name that goes on and on.srt")
    expect(page.locator("#subtitle_files-outcome")).to_contain_text("1 unclear")
    shoot(page, f"files-phone-{scheme}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    found = Axe().run(page, "#step-languages")
    assert found.violations_count == 0, found.generate_report()
