"""What stands beside a paid button: what is left to do, what is worth a look, and what pressing really costs."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from dubbing import subtitles
from dubbing.models import Asset, DefaultReviewer, Project
from tests.support import rows
from tests.support.drafts import SRT, a_draft, a_row, a_text_file, typed
from tests.support.minutes import allow
from tests.support.people import People
from tests.support.sentences import KITCHEN

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(project: Project, user: User) -> Asset:
    return a_draft(user, project)


@pytest.fixture
def form(user: User) -> dict[str, Any]:
    """All that is needed: ten minutes into two languages."""
    return typed(source_from="file", source=str(a_row(user, seconds=600.0).pk), auto_generate="no_lips")


def typing(client: Client, draft: Asset, form: dict[str, Any]) -> str:
    return unescape(client.post(reverse("asset-autosave", args=[draft.pk]), form).content.decode())


def part(page: str, name: str) -> str:
    """The piece of the answer that goes to this place, up to the next one."""
    found = re.search(rf'<div [^>]*id="{name}".*?(?=<div [^>]*hx-swap-oob|<span id=|\Z)', page, re.S)
    assert found, name
    return found[0]


# --- what is left to do ---------------------------------------------------------------------------------------------


def test_a_form_with_everything_in_it_is_ready(editor: Client, draft: Asset, form: dict[str, Any]) -> None:
    page = typing(editor, draft, form)
    assert "data-stops" not in page
    assert "Not ready" not in page


def test_missing_values_are_counted_and_named(editor: Client, draft: Asset, form: dict[str, Any]) -> None:
    page = typing(editor, draft, form | {"source": "", "targets": []})
    assert 'data-stops="2"' in part(page, "readiness")
    assert "2 things to do first" in part(page, "readiness")
    assert "Choose a video file" in part(page, "summary")
    assert "Choose at least one language" in part(page, "summary")


@pytest.mark.parametrize(
    ("status", "expected"),
    [("refused", "There is no sound in it."), ("arrived", "is being checked"), ("receiving", "is not fully uploaded")],
)
def test_an_unusable_video_is_in_the_checklist(
    editor: Client, draft: Asset, form: dict[str, Any], user: User, status: str, expected: str
) -> None:
    refusal = {"message": "There is no sound in it.", "remedy": "Export it with sound."} if status == "refused" else {}
    film = a_row(user, status=status, refusal=refusal)
    page = typing(editor, draft, form | {"source": str(film.pk)})
    assert 'data-stops="1"' in part(page, "readiness")
    assert expected in part(page, "summary")


def test_unusable_subtitles_are_in_the_checklist(editor: Client, draft: Asset, form: dict[str, Any]) -> None:
    page = typing(editor, draft, form | {"srt_es-ES": "These are no subtitles."})
    assert 'data-stops="1"' in part(page, "readiness")
    assert "Subtitles in Spanish (Spain)" in part(page, "summary")
    assert 'data-stops="1"' in typing(editor, draft, form | {"srt_es-ES_file": a_text_file(b"\xff\xfe\x00junk")})


def test_insufficient_minutes_are_in_the_checklist(
    editor: Client, project: Project, draft: Asset, form: dict[str, Any]
) -> None:
    allow(project, 4)
    page = typing(editor, draft, form)
    assert 'data-stops="1"' in part(page, "readiness")
    assert "This needs 20 min" in part(page, "summary")


def test_a_page_that_is_opened_says_the_same(editor: Client, draft: Asset, form: dict[str, Any], user: User) -> None:
    film = a_row(user, status="refused", refusal={"message": "There is no sound in it."})
    typing(editor, draft, form | {"source": str(film.pk)})
    page = editor.get(reverse("asset-edit", args=[draft.pk])).content.decode()
    assert 'id="readiness" data-stops="1"' in page


# --- what was wrong -------------------------------------------------------------------------------------------------


def test_the_banner_shrinks_as_things_are_corrected(editor: Client, draft: Asset, form: dict[str, Any]) -> None:
    wrong = form | {"start": "700", "targets": []}
    refused = editor.post(reverse("asset-edit", args=[draft.pk]), wrong | {"action": "submit"})
    assert refused.status_code == 422
    assert "Not sent yet: 2 problems to fix" in refused.content.decode()
    page = typing(editor, draft, wrong | {"targets": ["es-ES"]})
    assert "Not sent yet: 1 problem to fix" in part(page, "form-problems")
    page = typing(editor, draft, form | {"start": ""})
    assert "Not sent yet" not in page
    assert 'id="form-problems" hx-swap-oob' in page


# --- what is worth a look -------------------------------------------------------------------------------------------


def test_findings_in_subtitles_are_shown_at_the_button(editor: Client, draft: Asset, form: dict[str, Any]) -> None:
    assert "in the subtitles" not in typing(editor, draft, form | {"srt_es-ES": SRT})
    hurried = "1\n00:00:01,000 --> 00:00:01,400\n" + "Esto no se puede decir tan deprisa como aquí. " * 4 + "\n"
    beside = part(typing(editor, draft, form | {"srt_es-ES": hurried}), "readiness")
    assert "warning in the subtitles" in beside
    assert '<a href="#srt_es-ES-status">Subtitles in Spanish (Spain)</a>' in beside
    assert "data-stops" not in beside


def test_subtitles_in_another_language_are_named_at_the_button_before_they_are_paid_for(
    editor: Client, draft: Asset, form: dict[str, Any]
) -> None:
    german = subtitles.to_srt(
        subtitles.Cue(at * 5000, at * 5000 + 4500, text) for at, text in enumerate(KITCHEN["de-DE"])
    )
    beside = part(typing(editor, draft, form | {"srt_es-ES": german}), "readiness")
    assert "The text looks like German, but this slot is for Spanish (Spain)." in beside
    short = "1\n00:00:01,000 --> 00:00:02,400\nNein, danke.\n"
    assert "looks like" not in typing(editor, draft, form | {"srt_es-ES": short})


# --- pilots ---------------------------------------------------------------------------------------------------------


def test_a_pilot_of_a_long_video_says_what_it_takes(editor: Client, draft: Asset, form: dict[str, Any]) -> None:
    page = typing(editor, draft, form)
    assert "A pilot dubs the first minute of your trim" in part(page, "pilot-part")
    assert "Send a pilot: 2 min" in page


def test_a_pilot_that_costs_as_much_as_the_whole_video_says_so_before_it_is_sent(
    editor: Client, draft: Asset, form: dict[str, Any], user: User
) -> None:
    short = form | {"source": str(a_row(user, seconds=45.0).pk)}
    words = part(typing(editor, draft, short), "pilot-part")
    assert "This video is only 45 s long, so a pilot covers all of it and costs 1.5 min." in words
    assert "afterwards costs 1.5 min again" in words
    assert "This video is only" in part(typing(editor, draft, form | {"start": "60", "end": "2:30"}), "pilot-part")
    assert "This video is only" in editor.get(reverse("asset-edit", args=[draft.pk])).content.decode()


def test_the_pilots_button_is_disabled_while_the_same_pilot_is_in_progress(
    editor: Client, draft: Asset, form: dict[str, Any]
) -> None:
    sent = editor.post(reverse("asset-pilot", args=[draft.pk]), form, follow=True).content.decode()
    pilot = draft.pilots.get()
    assert re.search(r'<button [^>]*id="pilot"[^>]* disabled>', sent)
    assert f'<a href="/assets/{pilot.pk}/">view it</a>' in sent
    other = typing(editor, draft, form | {"start": "5"})
    assert "data-under-way" not in other
    assert "Send another pilot: 2 min" in other
    assert "data-under-way" in typing(editor, draft, form | {"start": ""})
    Asset.objects.filter(pk=pilot.pk).update(status="failed")
    assert "data-under-way" not in typing(editor, draft, form)


def test_the_pilots_of_a_draft_are_polled_until_none_changes(
    editor: Client, draft: Asset, form: dict[str, Any]
) -> None:
    editor.post(reverse("asset-pilot", args=[draft.pk]), form)
    address = reverse("asset-pilots", args=[draft.pk])
    assert f'data-poll="{address}"' in editor.get(reverse("asset-edit", args=[draft.pk])).content.decode()
    answer = editor.get(address)
    assert (answer.status_code, "Sending" in answer.content.decode()) == (200, True)
    draft.pilots.update(status="completed")
    answer = editor.get(address)
    assert (answer.status_code, "Done" in answer.content.decode()) == (286, True)


def test_the_whole_video_is_sent_with_a_note_on_its_subtitles(
    editor: Client, draft: Asset, form: dict[str, Any]
) -> None:
    hurried = "1\n00:00:01,000 --> 00:00:01,400\n" + "Esto no se puede decir tan deprisa como aquí. " * 4 + "\n"
    typing(editor, draft, form | {"srt_es-ES": hurried})
    address = reverse("asset-promote", args=[draft.pk])
    assert "Check the subtitles before you send" not in editor.get(address).content.decode()  # nothing is ticked yet
    pilot = rows.make_asset(draft.project, draft.created_by, status="completed", pilot_of=draft)
    assert pilot.dubbings.get().status == "completed"
    page = editor.get(address).content.decode()
    assert "Check the subtitles before you send" in page
    assert f"/assets/{draft.pk}/edit/#srt_es-ES-status" in page


def test_the_page_that_asks_which_languages_passed_follows_their_pilots(
    editor: Client, draft: Asset, form: dict[str, Any]
) -> None:
    typing(editor, draft, form)
    pilot = rows.make_asset(draft.project, draft.created_by, pilot_of=draft)
    address = reverse("asset-promote", args=[draft.pk])
    page = editor.get(address).content.decode()
    assert f'data-poll="{address}?part=states"' in page
    assert "No pilot is finished yet" in page
    moving = editor.get(f"{address}?part=states")
    assert (moving.status_code, "Dubbing" in moving.content.decode()) == (200, True)
    rows.make_result(rows.make_version(pilot.dubbings.get()))
    pilot.dubbings.update(status="completed")
    done = editor.get(f"{address}?part=states")
    said = done.content.decode()
    assert (done.status_code, "Done" in said, "Play the pilot in" in said) == (286, True, True)
    assert "No pilot is finished yet" not in said  # beside it the page says that it is
    Asset.objects.filter(pk=draft.pk).update(status="submitting")
    assert editor.get(f"{address}?part=states").status_code == 286  # and not the way to another page


def test_a_button_that_only_creates_a_draft_says_so_and_the_paid_one_confirms(
    editor: Client, project: Project, user: User
) -> None:
    asset = rows.make_asset(project, user, status="partly_done")
    rows.make_dubbing(asset, "fr-FR", status="failed")
    page = editor.get(reverse("asset", args=[asset.pk])).content.decode()
    assert "Edit and try again" in page
    assert 'data-open-dialog="send-missing"' in page


def test_a_language_without_a_reviewer_is_named_before_it_is_paid_for(editor: Client, people: People) -> None:
    DefaultReviewer.objects.create(project=people.project, locale="fr-FR", reviewer=people.viewer)
    draft = rows.make_asset(
        people.project, people.editor, status="draft", locales=[], typed={"targets": ["de-DE", "fr-FR"]}
    )
    html = editor.get(reverse("asset-edit", args=[draft.pk])).content.decode()
    assert "No reviewer for German (Germany) yet." in html
    DefaultReviewer.objects.create(project=people.project, locale="", reviewer=people.viewer)
    assert "No reviewer for" not in editor.get(reverse("asset-edit", args=[draft.pk])).content.decode()


def test_a_language_without_a_reviewer_is_named_before_the_whole_video_is_paid_for(
    editor: Client, draft: Asset, form: dict[str, Any]
) -> None:
    typing(editor, draft, form)
    DefaultReviewer.objects.create(project=draft.project, locale="fr-FR", reviewer=draft.created_by)
    rows.make_asset(draft.project, draft.created_by, status="completed", pilot_of=draft)
    page = editor.get(reverse("asset-promote", args=[draft.pk])).content.decode()
    assert "No reviewer for Spanish (Spain) yet." in page
