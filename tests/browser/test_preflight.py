"""What is found in subtitles, and the buttons that mend it, in a real browser and by keyboard."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from dubbing import subtitles, uploads
from dubbing.drafts import saved_drafts
from dubbing.models import Asset
from dubbing.subtitles import Cue
from tests.support.drafts import a_draft, a_person
from tests.support.media import make_film

pytestmark = [pytest.mark.walk, pytest.mark.django_db(transaction=True)]

SOURCE = [
    Cue(1000 + 4000 * n + 90 * (n % 4), 3900 + 4000 * n, f"This is what we say in sentence {n}") for n in range(7)
]
GERMAN = [Cue(cue.start, cue.end, f"Das ist Satz {n} und wir sagen ihn nicht für dich") for n, cue in enumerate(SOURCE)]
LATE = subtitles.to_srt(
    [*(Cue(cue.start + 2000, cue.end + 2000, cue.text) for cue in GERMAN), Cue(40_000, 41_000, "[Musik]")]
)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("films") / "sea.mp4", seconds=30)


@pytest.fixture
def draft(page: Page, signed_in: Any, film: Path) -> Asset:
    """A draft with a film, a transcript and late German subtitles, open in the browser."""
    user = a_person("ada")
    made = a_draft(user)
    upload = uploads.add_file(film, user, kind="video")
    saved_drafts.keep_typed(made, {
        "name": "Sea", "source": str(upload.pk), "source_from": "file", "source_locale": "en-US", "start": "4",
        "targets": ["de-DE", "fr-FR"], "source_srt": subtitles.to_srt(SOURCE), "srt_de-DE": LATE,
    }, user)  # fmt: skip
    signed_in(page, user).goto(f"/assets/{made.pk}/edit/")
    return made


def text_of(draft: Asset, name: str = "srt_de-DE") -> str:
    draft.refresh_from_db()
    return str(draft.typed.get(name, ""))


def shoot(page: Page, name: str) -> None:
    if folder := os.environ.get("SHOTS"):
        page.locator("#srt_de-DE-slot").screenshot(path=f"{folder}/{name}.png")


def test_a_file_dropped_after_its_text_field_was_enlarged_logs_nothing_to_the_console(
    page: Page, draft: Asset, tmp_path: Path
) -> None:
    (tmp_path / "de.srt").write_text(subtitles.to_srt(GERMAN))
    # As dragging its corner does; what is swapped in must not take a style attribute over, which the policy forbids.
    page.evaluate("document.getElementById('id_srt_de-DE').style.height = '300px'")
    page.set_input_files("#srt_de-DE-file", tmp_path / "de.srt")
    expect(page.locator("#srt_de-DE-state")).to_contain_text("no problems")


def test_everything_late_is_moved_by_one_key_and_undone_by_the_next(page: Page, draft: Asset) -> None:
    button = page.get_by_role("button", name="Move all cues by −2 s")
    button.focus()
    page.keyboard.press("Enter")
    undo = page.locator("#srt_de-DE-undo")
    expect(undo).to_be_focused()
    assert text_of(draft).startswith("1\n00:00:01,000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Move all cues by −2 s")).to_be_visible()
    assert text_of(draft) == LATE


def test_unsaved_typing_is_included_and_a_focused_button_sends_nothing_on_its_own(page: Page, draft: Asset) -> None:
    page.locator("#id_name").fill("Sea and sand")
    page.get_by_role("button", name="Move all cues by −2 s").click()
    expect(page.locator("#srt_de-DE-undo")).to_be_visible()
    expect(page.locator("#id_name")).to_have_value("Sea and sand")
    assert text_of(draft, "name") == "Sea and sand"
    page.locator("#id_name").fill("Sea, sand and sun")
    page.locator("#srt_de-DE-undo").focus()  # whatever is saved now, it is not an undo
    expect(page.locator("#save-state")).to_have_text("Saved")
    assert text_of(draft, "name") == "Sea, sand and sun"
    assert text_of(draft).startswith("1\n00:00:01,000")


def test_an_explanation_stays_open_while_something_else_is_typed(page: Page, draft: Asset) -> None:
    words = page.get_by_text("Compared with the times of the source.")
    for name in ("Sea and sand", "Sea, sand and sun"):
        page.locator("#id_name").fill(name)
        expect(page.locator("#save-state")).to_have_text("Saved")
        if not words.is_visible():  # the first saving puts everything in its place
            page.locator("#srt_de-DE-status .finding-why summary").first.click()
    expect(words).to_be_visible()
    page.get_by_role("button", name="Move all cues by −2 s").click()
    expect(page.locator("#srt_de-DE-undo")).to_be_visible()
    expect(words).to_have_count(0)


def test_another_language_begins_with_the_times_of_the_transcript(page: Page, draft: Asset) -> None:
    page.locator("#srt_fr-FR-like-source").click()
    expect(page.locator("#id_srt_fr-FR")).to_have_value(
        subtitles.to_srt(Cue(cue.start, cue.end, subtitles.PLACEHOLDER) for cue in SOURCE)
    )
    expect(page.locator("#srt_fr-FR-state")).to_contain_text("Cannot be used")


def test_the_other_timeline_is_shown_before_it_is_applied(page: Page, draft: Asset) -> None:
    page.locator("#srt_de-DE-slot").get_by_label("the start of the trim").press("Space")
    expect(page.locator("#srt_de-DE-timeline")).to_contain_text("0:07")
    expect(page.locator("#srt_de-DE-from-part")).to_be_focused()
    assert text_of(draft) == LATE
    shoot(page, "timeline")
    page.get_by_role("button", name="Move the times").click()
    expect(page.locator("#srt_de-DE-undo")).to_be_focused()
    assert text_of(draft).startswith("1\n00:00:07,000")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_findings_are_accessible_and_fit_a_phone(page: Page, draft: Asset, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    page.locator(".finding-why summary").first.click()
    shoot(page, f"desktop-{scheme}")
    results = Axe().run(page, context="#srt_de-DE-slot")
    assert results.violations_count == 0, results.generate_report()
    page.set_viewport_size({"width": 360, "height": 740})
    shoot(page, f"phone-{scheme}")
    wider = page.locator("#srt_de-DE-slot").evaluate("slot => slot.scrollWidth - slot.clientWidth")
    assert wider <= 0
