"""Fixes beside the texts of the new-asset form, through the addresses that its buttons ask."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from dubbing import subtitles
from dubbing.drafts import saved_drafts
from dubbing.models import Asset, Term
from dubbing.subtitles import Cue
from tests.support.drafts import a_draft, a_person, a_row, a_text_file
from tests.support.people import client_of

pytestmark = pytest.mark.django_db

SOURCE = [Cue(1000 + 4000 * n, 4000 + 4000 * n, f"This is sentence {n} and we say it to you") for n in range(12)]
GERMAN = [Cue(cue.start, cue.end, f"Das ist Satz {n} und wir sagen ihn nicht") for n, cue in enumerate(SOURCE)]
FRENCH = [Cue(cue.start, cue.end, f"C'est la phrase {n} et nous ne la disons pas") for n, cue in enumerate(SOURCE)]


def late(cues: list[Cue], by: int = 2000) -> str:
    return subtitles.to_srt(Cue(cue.start + by, cue.end + by, cue.text) for cue in cues)


@pytest.fixture
def draft() -> Asset:
    """A draft with a film of a minute, a transcript, and German and French to dub into."""
    user = a_person("ada")
    upload = a_row(user, seconds=60.0)
    made = a_draft(user, source=upload)
    saved_drafts.keep_typed(made, {
        "name": "Sea", "source": str(upload.pk), "source_from": "file", "source_locale": "en-US",
        "targets": ["de-DE", "fr-FR"], "source_srt": subtitles.to_srt(SOURCE),
    }, user)  # fmt: skip
    return made


@pytest.fixture
def browser(draft: Asset) -> Client:
    """The browser of whoever made the draft."""
    return client_of(draft.created_by)


def ask(browser: Client, draft: Asset, slot: str, what: str, **data: Any) -> Any:
    return browser.post(f"/assets/{draft.pk}/subtitles/{slot}/{what}/", data, headers={"HX-Request": "true"})


def text_of(draft: Asset, name: str) -> str:
    draft.refresh_from_db()
    return str(draft.typed.get(name, ""))


def message_of(answer: Any) -> str:
    return str(json.loads(answer["HX-Trigger-After-Settle"])["portal:fixed"]["message"])


def test_a_fix_changes_the_text_and_answers_with_the_updated_slot(browser: Client, draft: Asset) -> None:
    answer = ask(browser, draft, "de-DE", "fix", kind="offset", **{"srt_de-DE": late(GERMAN)})
    assert answer.status_code == 200
    assert text_of(draft, "srt_de-DE") == subtitles.to_srt(GERMAN)
    page = answer.content.decode()
    assert 'id="srt_de-DE-slot"' in page
    assert "00:00:01,000 --&gt; 00:00:04,000" in page
    assert 'id="srt_fr-FR-slot"' not in page  # what somebody types there is not touched
    assert "12 cues changed" in message_of(answer)


def test_the_rest_of_the_form_is_saved_with_it(browser: Client, draft: Asset) -> None:
    ask(
        browser,
        draft,
        "de-DE",
        "fix",
        kind="offset",
        name="Another name",
        **{"srt_de-DE": late(GERMAN), "srt_fr-FR": "Allo"},
    )
    assert text_of(draft, "name") == "Another name"
    assert text_of(draft, "srt_fr-FR") == "Allo"


def test_a_file_chosen_a_moment_ago_is_read_before_the_fix(browser: Client, draft: Asset) -> None:
    ask(browser, draft, "de-DE", "fix", kind="offset", **{"srt_de-DE_file": a_text_file(late(GERMAN))})
    assert text_of(draft, "srt_de-DE") == subtitles.to_srt(GERMAN)


ROLLING = "".join(
    f"{n + 1}\n00:00:{n * 4 + 1:02},000 --> 00:00:{n * 4 + 5:02},000\n{above}{cue.text}\n\n"
    for n, (above, cue) in enumerate(zip(["", *(f"{cue.text}\n" for cue in GERMAN)], GERMAN, strict=False))
)


def test_rolling_captions_are_unrolled_by_a_click_and_rolled_again_by_one_step_back(
    browser: Client, draft: Asset
) -> None:
    answer = ask(browser, draft, "de-DE", "fix", kind="rolling", **{"srt_de-DE": ROLLING})
    assert message_of(answer) == "Keep each line once: 11 cues changed."
    assert [cue.text for cue in subtitles.read(text_of(draft, "srt_de-DE")).cues] == [cue.text for cue in GERMAN]
    ask(browser, draft, "de-DE", "undo")
    assert text_of(draft, "srt_de-DE") == ROLLING


def test_an_encoding_that_does_not_fit_the_language_is_found_and_stays_found_after_a_fix(
    browser: Client, draft: Asset
) -> None:
    russian = [Cue(cue.start + 2000, cue.end + 2000, "Это было очень хорошо для нас") for cue in SOURCE]
    file = a_text_file(subtitles.to_srt(russian).encode("cp1251"), "de.srt")
    first = browser.post(f"/assets/{draft.pk}/autosave/", {"srt_de-DE_file": file}).content.decode()
    assert "The file was read as Windows-1251 (Cyrillic), an encoding that this language does not use." in first
    after = ask(browser, draft, "de-DE", "fix", kind="offset").content.decode()
    assert "The file was read as Windows-1251" in after
    by_hand = browser.post(f"/assets/{draft.pk}/autosave/", {"srt_de-DE": subtitles.to_srt(GERMAN)}).content.decode()
    assert "The file was read as" not in by_hand


def test_a_transcript_with_a_bad_cue_is_refused_by_its_line_and_never_taken_for_plain_text(
    browser: Client, draft: Asset
) -> None:
    broken = subtitles.to_srt(SOURCE).replace("00:00:08,000", "00:00:04,000")
    page = browser.post(f"/assets/{draft.pk}/autosave/", {"source_srt": broken}).content.decode()
    assert "Line 6: The cue ends before it starts." in page
    assert "tone-green" not in page[page.index('id="source_srt-state"') :][:300]


def test_another_format_is_named_beside_the_transcript(browser: Client, draft: Asset) -> None:
    file = a_text_file('{"segments": [{"start": 0.0, "text": "Hello"}]}', "en.srt")
    page = browser.post(f"/assets/{draft.pk}/autosave/", {"source_srt_file": file}).content.decode()
    assert "This is JSON, not SRT or WebVTT." in page


def test_undoing_twice_restores_the_text_and_redoes_the_fix(browser: Client, draft: Asset) -> None:
    ask(browser, draft, "de-DE", "fix", kind="offset", **{"srt_de-DE": late(GERMAN)})
    ask(browser, draft, "de-DE", "undo")
    assert text_of(draft, "srt_de-DE") == late(GERMAN)
    ask(browser, draft, "de-DE", "undo")
    assert text_of(draft, "srt_de-DE") == subtitles.to_srt(GERMAN)


def test_what_was_typed_after_a_fix_is_not_undone(browser: Client, draft: Asset) -> None:
    page = ask(browser, draft, "de-DE", "fix", kind="offset", **{"srt_de-DE": late(GERMAN)}).content.decode()
    assert 'id="srt_de-DE-undo"' in page
    mine = subtitles.to_srt(GERMAN[:5])
    answer = ask(browser, draft, "de-DE", "undo", **{"srt_de-DE": mine})
    assert text_of(draft, "srt_de-DE") == mine
    assert "cannot be undone" in message_of(answer)
    assert 'id="srt_de-DE-undo"' not in answer.content.decode()


def test_only_the_named_cue_is_fixed(browser: Client, draft: Asset) -> None:
    cues = [Cue(0, 2000, "Das Sofa"), Cue(3000, 5000, "Ein Sofa")]
    Term.objects.create(project=draft.project, rule="forbidden", source="Sofa", target="Kanapee")
    ask(browser, draft, "de-DE", "fix", kind="term_forbidden", cue="2", **{"srt_de-DE": subtitles.to_srt(cues)})
    assert [cue.text for cue in subtitles.read(text_of(draft, "srt_de-DE")).cues] == ["Das Sofa", "Ein Kanapee"]


def test_words_of_other_projects_and_languages_do_not_count(browser: Client, draft: Asset) -> None:
    Term.objects.create(project=a_draft(a_person("bob")).project, rule="forbidden", source="Satz", target="x")
    Term.objects.create(project=draft.project, rule="forbidden", source="Satz", target="x", locale="fr-FR")
    answer = ask(browser, draft, "de-DE", "fix", kind="term_forbidden", **{"srt_de-DE": subtitles.to_srt(GERMAN)})
    assert text_of(draft, "srt_de-DE") == subtitles.to_srt(GERMAN)
    assert "nothing to fix" in message_of(answer)


@pytest.mark.parametrize("kind", ["", "nonsense", "__class__"])
def test_an_unknown_fix_changes_nothing(browser: Client, draft: Asset, kind: str) -> None:
    answer = ask(browser, draft, "de-DE", "fix", kind=kind, **{"srt_de-DE": late(GERMAN)})
    assert (answer.status_code, message_of(answer)) == (200, "This fix does not exist.")
    assert text_of(draft, "srt_de-DE") == late(GERMAN)


def test_a_text_that_cannot_be_read_stays_and_the_reason_is_said(browser: Client, draft: Asset) -> None:
    answer = ask(browser, draft, "de-DE", "fix", kind="offset", **{"srt_de-DE": "1\nno times\n"})
    assert text_of(draft, "srt_de-DE") == "1\nno times\n"
    assert "Correct it manually" in message_of(answer)


def test_crossed_texts_are_swapped_with_the_names_of_their_files(browser: Client, draft: Asset) -> None:
    files = {"srt_de-DE_file": a_text_file(subtitles.to_srt(FRENCH), "film.fr.srt"),
             "srt_fr-FR_file": a_text_file(subtitles.to_srt(GERMAN), "film.de.srt")}  # fmt: skip
    page = browser.post(f"/assets/{draft.pk}/autosave/", files).content.decode()
    assert "Swap" in page
    answer = ask(browser, draft, "de-DE", "fix", kind="crossed")
    assert text_of(draft, "srt_de-DE") == subtitles.to_srt(GERMAN)
    assert text_of(draft, "srt_fr-FR") == subtitles.to_srt(FRENCH)
    assert draft.typed["files"]["srt_de-DE"]["name"] == "film.de.srt"
    page = answer.content.decode()
    assert 'id="srt_de-DE-slot"' in page
    assert 'id="srt_fr-FR-slot"' in page
    assert "Swap" not in page.replace("Swapped", "").replace("Swap the texts", "")


def test_a_text_is_moved_to_the_language_it_is_in(browser: Client, draft: Asset) -> None:
    ask(browser, draft, "de-DE", "fix", kind="misplaced", **{"srt_de-DE": subtitles.to_srt(FRENCH)})
    assert (text_of(draft, "srt_de-DE"), text_of(draft, "srt_fr-FR")) == ("", subtitles.to_srt(FRENCH))


def test_a_text_begins_with_the_times_of_the_source_and_is_not_sent_before_it_is_filled_in(
    browser: Client, draft: Asset
) -> None:
    answer = ask(browser, draft, "de-DE", "generate")
    cues = subtitles.read(text_of(draft, "srt_de-DE")).cues
    assert [(cue.start, cue.end) for cue in cues] == [(cue.start, cue.end) for cue in SOURCE]
    assert {cue.text for cue in cues} == {subtitles.PLACEHOLDER}
    assert "12 cues are not filled in" in answer.content.decode()
    sent = browser.post(f"/assets/{draft.pk}/edit/", {"action": "submit"})
    assert sent.status_code == 422
    assert "not filled in" in sent.content.decode()
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_a_region_of_the_same_language_begins_with_the_words_as_well(browser: Client, draft: Asset) -> None:
    data = {"targets": ["pt-BR", "pt-PT", "de-DE"], "srt_pt-BR": subtitles.to_srt(GERMAN)}
    ask(browser, draft, "pt-PT", "generate", like="pt-BR", **data)
    assert text_of(draft, "srt_pt-PT") == subtitles.to_srt(GERMAN)
    ask(browser, draft, "de-DE", "generate", like="pt-BR")
    assert subtitles.PLACEHOLDER in text_of(draft, "srt_de-DE")


def test_an_existing_text_is_never_started_again(browser: Client, draft: Asset) -> None:
    answer = ask(browser, draft, "de-DE", "generate", **{"srt_de-DE": "Something"})
    assert text_of(draft, "srt_de-DE") == "Something"
    assert "already a text here" in message_of(answer)


def test_a_transcript_without_times_cannot_be_started_from(browser: Client, draft: Asset) -> None:
    answer = ask(browser, draft, "de-DE", "generate", source_srt="Only words.")
    assert text_of(draft, "srt_de-DE") == ""
    assert "cannot read the times of the transcript" in message_of(answer)


def test_the_other_timeline_is_shown_before_anything_is_changed(browser: Client, draft: Asset) -> None:
    text = subtitles.to_srt(GERMAN[:4])
    trim = {"start": "30", "end": "50", "srt_de-DE": text}
    page = browser.post(f"/assets/{draft.pk}/autosave/", trim).content.decode()
    assert "Times count from" in page
    shown = ask(browser, draft, "de-DE", "timeline", **{"from_de-DE": "part"}).content.decode()
    assert "0:31" in shown
    assert "Move the times" in shown
    assert text_of(draft, "srt_de-DE") == text
    ask(browser, draft, "de-DE", "timeline", apply="1")
    assert subtitles.read(text_of(draft, "srt_de-DE")).cues[0].start == 31_000
    ask(browser, draft, "de-DE", "undo")
    assert text_of(draft, "srt_de-DE") == text


def test_without_a_script_the_page_comes_again_with_what_was_done(browser: Client, draft: Asset) -> None:
    address = f"/assets/{draft.pk}/subtitles/de-DE/fix/"
    page = browser.post(address, {"kind": "offset", "srt_de-DE": late(GERMAN)}, follow=True).content.decode()
    assert "12 cues changed" in page
    assert text_of(draft, "srt_de-DE") == subtitles.to_srt(GERMAN)


@pytest.mark.parametrize("slot", ["es-ES", "xx", "source_srt"])
def test_a_language_that_is_not_chosen_has_no_text_to_fix(browser: Client, draft: Asset, slot: str) -> None:
    for what in ("fix", "generate", "timeline", "undo"):
        assert ask(browser, draft, slot, what, kind="offset").status_code == 404


def test_texts_that_were_sent_can_no_longer_be_fixed(browser: Client, draft: Asset) -> None:
    Asset.objects.filter(pk=draft.pk).update(status="dubbing")
    answer = ask(browser, draft, "de-DE", "fix", kind="offset", **{"srt_de-DE": late(GERMAN)})
    assert answer["HX-Redirect"] == f"/assets/{draft.pk}/"
    assert text_of(draft, "srt_de-DE") == ""


def test_saving_shows_what_was_found_with_its_cues_and_fixes(browser: Client, draft: Asset) -> None:
    page = browser.post(f"/assets/{draft.pk}/autosave/", {"srt_de-DE": late(GERMAN, 30_000)}).content.decode()
    assert "All cues are 30 s late." in page
    assert f'formaction="/assets/{draft.pk}/subtitles/de-DE/fix/"' in page
    assert f"/assets/{draft.pk}/subtitles/de-DE/edit/?cue=8" in page
    assert "warnings" in page
