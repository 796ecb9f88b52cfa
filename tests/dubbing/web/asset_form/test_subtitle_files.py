"""Several subtitle files at once on the new-asset page: placed by their names, said by hand, and taken back."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from dubbing import subtitles
from dubbing.drafts import saved_drafts
from dubbing.drafts.draft import Draft
from dubbing.models import Asset
from dubbing.subtitles import Cue
from tests.support.drafts import a_draft, a_person, a_text_file, typed
from tests.support.people import client_of

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def a_text(words: str) -> str:
    return subtitles.to_srt([Cue(1000, 3000, words)])


@pytest.fixture
def draft() -> Asset:
    """A draft from English into Spanish (Spain) and French."""
    user = a_person("ada")
    made = a_draft(user)
    saved_drafts.keep_typed(made, typed(), user)
    return made


@pytest.fixture
def browser(draft: Asset) -> Client:
    """The browser of whoever made the draft."""
    return client_of(draft.created_by)


def add(browser: Client, draft: Asset, *names: str, **data: Any) -> str:
    files = [a_text_file(a_text(f"From {name}"), name) for name in names]
    answer = browser.post(f"/assets/{draft.pk}/autosave/", {"subtitle_files": files, **data}, headers=HTMX)
    assert answer.status_code == 200
    return str(answer.content.decode())


def of(draft: Asset) -> Draft:
    draft.refresh_from_db()
    return saved_drafts.read_draft(draft)


def test_files_go_to_the_languages_in_their_names(browser: Client, draft: Asset) -> None:
    page = add(browser, draft, "harbour.es-ES.srt", "harbour_fr.srt", "harbour.en-US.srt", "harbour.srt")
    now = of(draft)
    assert "From harbour.es-ES.srt" in now.text("es-ES")
    assert "From harbour_fr.srt" in now.text("fr-FR")
    assert "From harbour.en-US.srt" in now.text("source")
    assert "3 files added, 1 unclear: choose its language" in page
    assert 'id="srt_es-ES-slot"' in page


def test_a_whole_tag_chooses_its_language_and_says_so(browser: Client, draft: Asset) -> None:
    page = add(browser, draft, "harbour.de-DE.srt", "Italian.srt")
    assert of(draft).targets == ("es-ES", "fr-FR", "de-DE")  # of Italian nobody said where
    assert "Language added: German (Germany)" in page
    assert 'data-chosen="es-ES fr-FR de-DE"' in page


def test_one_file_that_cannot_be_read_does_not_lose_the_others(browser: Client, draft: Asset) -> None:
    files = [a_text_file(b"\x00\x01\x02\x03" * 50, "harbour.fr.srt"), a_text_file(a_text("Hola"), "harbour.es.srt")]
    page = browser.post(f"/assets/{draft.pk}/autosave/", {"subtitle_files": files}, headers=HTMX).content.decode()
    assert "Hola" in of(draft).text("es-ES")
    assert of(draft).text("fr-FR") == ""
    assert "1 file added, 1 cannot be used" in page
    assert "harbour.fr.srt" in page


def test_two_files_of_one_language_are_both_unsure(browser: Client, draft: Asset) -> None:
    page = add(browser, draft, "a.es-ES.srt", "b.es-ES.srt", "fr.srt")
    assert of(draft).text("es-ES") == ""
    assert "1 file added, 2 unclear: choose their languages" in page


def test_a_language_is_chosen_for_an_unsure_file_which_is_then_placed(browser: Client, draft: Asset) -> None:
    add(browser, draft, "harbour.srt", "other.srt")
    browser.post(f"/assets/{draft.pk}/autosave/", {"subtitle_slot_0": "pt-BR", "subtitle_slot_1": "none"}, headers=HTMX)
    now = of(draft)
    assert "From harbour.srt" in now.text("pt-BR")
    assert now.targets == ("es-ES", "fr-FR", "pt-BR")
    assert not now.dropped.unsure
    assert now.dropped.added == ("pt-BR",)


def test_an_unknown_slot_leaves_the_file_unsure(browser: Client, draft: Asset) -> None:
    add(browser, draft, "harbour.srt")
    browser.post(
        f"/assets/{draft.pk}/autosave/", {"subtitle_slot_0": "xx-XX", "subtitle_slot_7": "es-ES"}, headers=HTMX
    )
    assert [one.file.name for one in of(draft).dropped.unsure] == ["harbour.srt"]


def test_undo_restores_texts_and_languages_and_leaves_later_changes(browser: Client, draft: Asset) -> None:
    saved_drafts.keep_typed(draft, {"srt_es-ES": a_text("Antes")}, draft.created_by)
    add(browser, draft, "harbour.es-ES.srt", "harbour_fr.srt", "harbour.de-DE.srt")
    edited = {"srt_fr-FR": a_text("Après")}
    answer = browser.post(f"/assets/{draft.pk}/subtitle-files/undo/", edited, headers=HTMX)
    now = of(draft)
    assert "Antes" in now.text("es-ES")
    assert "Après" in now.text("fr-FR")
    assert now.text("de-DE") == ""
    assert now.targets == ("es-ES", "fr-FR")
    assert not now.dropped.files
    assert 'data-chosen="es-ES fr-FR"' in answer.content.decode()


def test_without_a_script_the_page_saves_files_and_shows_what_became_of_them(browser: Client, draft: Asset) -> None:
    files = [a_text_file(a_text("Hola"), "harbour.es.srt"), a_text_file(a_text("Hallo"), "harbour.srt")]
    fields = {"action": "save", "targets": ["es-ES", "fr-FR"], "targets_shown": "1", "subtitle_files": files}
    page = browser.post(f"/assets/{draft.pk}/edit/", fields, follow=True).content.decode()
    assert "1 file added, 1 unclear: choose its language" in page
    assert 'name="subtitle_slot_1"' in page
    page = browser.post(f"/assets/{draft.pk}/subtitle-files/undo/", follow=True).content.decode()
    assert "1 file added" not in page
    assert of(draft).text("es-ES") == ""


def test_files_that_do_not_fit_are_left_out_one_by_one(
    browser: Client, draft: Asset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved_drafts, "MOST_BYTES", of(draft).size + 1000)
    files = [a_text_file(a_text("Hola"), "es-ES.srt"), a_text_file(a_text("Bonjour " * 500), "fr.srt")]
    page = browser.post(f"/assets/{draft.pk}/autosave/", {"subtitle_files": files}, headers=HTMX).content.decode()
    assert "Hola" in of(draft).text("es-ES")
    assert "1 file added, 1 cannot be used" in page


def test_strangers_and_viewers_cannot_take_files_back(draft: Asset) -> None:
    for user in (a_person("stranger"), a_person("eve", draft.project, role="viewer")):
        assert client_of(user).post(f"/assets/{draft.pk}/subtitle-files/undo/").status_code == 404
