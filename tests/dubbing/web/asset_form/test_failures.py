"""Editing what failed: the page opens at the field that caused it, with the cause and the remedy on top."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dubbing import providers
from dubbing.drafts import failed_fields, saved_drafts
from dubbing.models import Asset
from dubbing.platform import failure_messages
from dubbing.platform.failure_messages import Retry
from tests.support import rows
from tests.support.people import People

pytestmark = pytest.mark.django_db

PROVIDERS = {
    "panjaya": ("PANJAYA_API_URL", "PANJAYA_API_KEY"),
    "modelslab": ("MODELSLAB_API_URL", "MODELSLAB_API_KEY"),
    "voicechanger": ("VOICECHANGER_API_URL", "VOICECHANGER_API_KEY"),
}


@pytest.fixture(autouse=True)
def all_providers(settings: Any) -> None:
    for address, key in PROVIDERS.values():
        setattr(settings, address, "https://api.example.com")
        setattr(settings, key, "key")


def retry(client: Client, asset: Asset, **data: str) -> tuple[str, str]:
    """The address that trying again leads to, and the page there."""
    answer = client.post(reverse("asset-retry", args=[asset.pk]), data)
    address = answer.url  # type: ignore[attr-defined]
    return address, client.get(address.partition("#")[0]).content.decode()


def failed(people: People, code: str, message: str = "", **fields: Any) -> Asset:
    """An asset with a trim that failed as a whole."""
    values: dict[str, Any] = {
        "with_source": True,
        "start": 1.0,
        "end": 50.0,
        "error_code": code,
        "error_message": message,
    } | fields
    asset = rows.make_asset(people.project, people.editor, status="failed", locales=[], **values)
    rows.make_dubbing(asset, "es-ES", status="failed", error_code=code, error_message=message)
    return asset


@pytest.mark.parametrize(
    ("code", "provider", "place"),
    [
        ("invalid_input", "panjaya", "id_start"),
        ("invalid_input", "modelslab", "languages-search"),
        ("time_out_of_range", "panjaya", "id_end"),
        ("unsupported_media", "panjaya", "source-box"),
        ("unsupported_media", "modelslab", "id_media_url"),
        ("missing_audio_track", "panjaya", "source-box"),
        ("empty_transcript", "panjaya", "id_source_locale"),
        ("video_duration_limit_reached", "panjaya", "id_end"),
        ("video_duration_limit_reached", "voicechanger", "source-box"),
        ("video_size_limit_reached", "panjaya", "source-box"),
        ("placeholder", "voicechanger", "id_provider"),
    ],
)
def test_each_code_opens_the_page_at_its_field(
    editor: Client, people: People, code: str, provider: str, place: str
) -> None:
    source: dict[str, Any] = {"with_source": provider != "modelslab"}
    trim: dict[str, Any] = {} if provider == "panjaya" else {"start": None, "end": None}
    asset = failed(people, code, provider=provider, **source, **trim)
    address, page = retry(editor, asset)
    assert address.partition("#")[2] == place
    assert f'id="{place}"' in page
    causes = page[page.index('id="causes"') : page.index('id="asset-form"')]
    assert f'href="#{place}"' in causes
    assert "Who can fix it" in causes
    what = str(failure_messages.explain(code, providers.label(provider)).what)
    assert page.count(what) == 2  # on top and beside the field


def test_every_code_that_asks_for_a_change_has_a_field_or_gets_it_from_the_provider() -> None:
    codes = {code for code in failure_messages.CODES if failure_messages.explain(code, "").retry == Retry.EDIT}
    draft = saved_drafts.as_sent(Asset(media_url="https://media.example.com/film.mp4"))
    without = {code for code in codes if not failed_fields.failed_field("panjaya", draft, code, "")}
    assert without == {"refused"}


@pytest.mark.parametrize(
    "code", ["failed", "version_failed", "version_generate_failed", "processing_failed", "removed"]
)
def test_a_fault_at_the_provider_blames_no_field(editor: Client, people: People, code: str) -> None:
    address, page = retry(editor, failed(people, code, "Internal error"))
    assert address.endswith("#causes")
    assert "Internal error" in page
    assert "Go to:" not in page


@pytest.mark.parametrize(
    ("provider", "message", "field"),
    [
        ("panjaya", "voice_anonymization: Input should be less than or equal to 1", "voice_anonymization"),
        ("panjaya", "end_time must be after start_time", "end"),
        ("panjaya", "languages[0].srt is not a valid SRT", "srt_es-ES"),
        ("panjaya", "source_srt is not valid", "source_srt"),
        ("panjaya", "unsupported 'locale'", "source_locale"),
        ("panjaya", "the name of this thing is unknown", ""),
        ("modelslab", "The output_lang is not supported", "targets"),
        ("modelslab", "seed: must be an integer", "seed"),
        ("voicechanger", "unknown source_language", "source_locale"),
        ("voicechanger", "VoiceChangerAPI takes no subtitles", ""),
    ],
)
def test_a_refusal_that_names_a_field_is_taken_at_its_word(
    people: People, provider: str, message: str, field: str
) -> None:
    asset = rows.make_asset(people.project, people.editor, provider=provider, locales=[], source_srt=rows.SRT)
    rows.make_dubbing(asset, "es-ES", srt=rows.SRT)
    assert failed_fields.failed_field(provider, saved_drafts.as_sent(asset), "refused", message) == field


def test_subtitles_that_failed_one_language_are_marked_in_that_language(editor: Client, people: People) -> None:
    asset = rows.make_asset(people.project, people.editor, status="partly_done", locales=[], with_source=True)
    rows.make_dubbing(asset, "de-DE", status="completed")
    rows.make_dubbing(asset, "es-ES", status="failed", error_code="version_failed")
    rows.make_dubbing(
        asset, "fr-FR", status="failed", srt=rows.SRT, error_code="invalid_input", error_message="Bad cue"
    )
    shown = editor.get(reverse("asset", args=[asset.pk])).content.decode()
    assert 'aria-label="Edit and try French (France) again"' in shown
    address, page = retry(editor, asset, locale="fr-FR")
    assert address.endswith("#id_srt_fr-FR")
    assert "French (France): " in page
    assert "Spanish" not in page[page.index('id="causes"') : page.index('id="asset-form"')]
    assert 'class="form-control slot-text is-invalid"' in page


def test_what_was_changed_is_not_blamed_any_more(editor: Client, people: People) -> None:
    address, page = retry(editor, failed(people, "time_out_of_range"))
    assert re.search(r'id="id_end"[^>]*is-invalid|is-invalid[^>]*id="id_end"', page)
    draft = Asset.objects.get(status="draft")
    saved = editor.post(reverse("asset-autosave", args=[draft.pk]), {"end": "9.5"}).content.decode()
    assert "Changed since: End" in saved
    page = editor.get(address.partition("#")[0]).content.decode()
    assert not re.search(r'id="id_end"[^>]*is-invalid|is-invalid[^>]*id="id_end"', page)
    assert "The trim is outside the video." in page


def test_a_refused_video_opens_at_what_was_refused(editor: Client, people: People) -> None:
    words = "speakers_count must be at least 1"
    asset = rows.make_asset(
        people.project, people.editor, status="refused", error_code="refused", error_message=words, speakers=3
    )
    address = f"{reverse('asset-edit', args=[asset.pk])}#id_speakers"
    assert f'href="{address}"' in editor.get(reverse("asset", args=[asset.pk])).content.decode()
    page = editor.get(address.partition("#")[0]).content.decode()
    assert words in page
    assert "You were not charged." in page
    assert 'href="#id_speakers"' in page


def test_trying_again_twice_continues_the_existing_draft(editor: Client, owner: Client, people: People) -> None:
    asset = failed(people, "time_out_of_range")
    first, again = retry(editor, asset)[0], retry(editor, asset)[0]
    assert first == again
    assert retry(owner, asset)[0] != first


def test_causes_stay_with_those_who_may_see_the_video_that_failed(editor: Client, people: People) -> None:
    asset = failed(people, "time_out_of_range", name="Secret film")
    address, page = retry(editor, asset)
    assert "Secret film" in page
    Asset.objects.filter(pk=asset.pk).update(project=rows.make_project("A third project", owner=people.outsider))
    Asset.objects.filter(status="draft").update(name="Mine")
    page = editor.get(address.partition("#")[0]).content.decode()
    assert "Secret film" not in page
    assert "The trim is outside" not in page
