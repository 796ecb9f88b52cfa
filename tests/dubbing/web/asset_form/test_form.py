"""The new-asset form: what it takes, and what it says about what it cannot take."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from dubbing.drafts.draft import FIELDS, SOURCE, field_of
from dubbing.models import Asset
from dubbing.providers.base import Capabilities
from dubbing.web.asset_form.form import AssetForm
from dubbing.web.asset_form.page import DraftPage
from tests.support.drafts import SRT, a_draft, a_person, a_row, typed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def provider(settings: Any) -> None:
    settings.PANJAYA_API_URL, settings.PANJAYA_API_KEY = "https://api.panjaya.ai", "key"


@pytest.fixture
def ada() -> User:
    return a_person("ada")


@pytest.fixture
def asset(ada: User) -> Asset:
    return a_draft(ada)


def form_of(asset: Asset, **changes: Any) -> AssetForm:
    """The form of a ten-second film with these changes."""
    user = asset.created_by
    data = typed(**changes)
    if "media_url" not in changes and "source" not in changes:
        data["source"] = str(a_row(user).pk)
    return AssetForm(data, asset=asset, user=user)


def errors_of(form: AssetForm, name: str) -> str:
    return " ".join(str(error) for error in form.errors.get(name, []))


def test_it_accepts_everything_the_api_has(asset: Asset) -> None:
    background = a_row(asset.created_by, kind="background")
    form = form_of(
        asset,
        **{"srt_es-ES": SRT, "source_srt": "hello there", "start": "1", "end": "0:09,5", "speakers": "2"},
        auto_generate="with_lips",
        lips_model="real_face_turbo",
        voice_anonymization="0,3",
        background=str(background.pk),
    )
    assert form.is_valid(), form.errors
    fields = form.asset_fields()
    assert (fields.start, fields.end, fields.speakers, fields.voice_anonymization) == (1.0, 9.5, 2, 0.3)
    assert (fields.auto_generate, fields.lips_model) == ("with_lips", "real_face_turbo")
    assert [(target.locale, bool(target.srt)) for target in fields.targets] == [("es-ES", True), ("fr-FR", False)]
    assert fields.background == background
    assert fields.source_srt == "hello there\n"
    assert form.trimmed_duration == pytest.approx(8.5)


def test_it_can_be_built_from_plain_values_as_the_command_line_does(asset: Asset) -> None:
    data = {
        "source": a_row(asset.created_by),
        "source_locale": "EN_us",
        "targets": ["es_es"],
        "srt_es-ES": SRT.encode("utf-16"),
        "start": 1,
        "end": 9.5,
        "speakers": 2,
        "voice_anonymization": 0.3,
        "auto_generate": "no_lips",
    }
    form = AssetForm(data, asset=asset, user=asset.created_by)
    assert form.is_valid(), form.errors
    fields = form.asset_fields()
    assert (fields.name, fields.source_locale, fields.targets[0].locale) == ("film", "en-US", "es-ES")
    assert "Adiós, mañana" in fields.targets[0].srt


def test_what_is_left_out_has_the_default_of_a_new_asset(asset: Asset) -> None:
    form = form_of(asset)
    assert form.is_valid(), form.errors
    fields = form.asset_fields()
    assert (fields.start, fields.end, fields.speakers) == (None, None, None)
    assert (fields.auto_generate, fields.lips_model, fields.voice_anonymization) == ("with_lips", "real_face", 0.0)


def test_every_field_is_kept_in_drafts(asset: Asset) -> None:
    assert set(AssetForm.base_fields) - {"targets"} == {*FIELDS, field_of(SOURCE)}


# --- times --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("9.5", 9.5), ("9,5", 9.5), (" 9.5 s ", 9.5), ("0:09.500", 9.5), ("00:00:09,5", 9.5), ("0", 0.0), ("007", 7.0)],
)
def test_a_time_can_be_written_in_many_ways(asset: Asset, text: str, seconds: float) -> None:
    form = form_of(asset, **({"end": text} if seconds else {"start": text}))
    assert form.is_valid(), form.errors
    assert form.cleaned_data["end" if seconds else "start"] == seconds


@pytest.mark.parametrize(
    "text", ["nine", "-1", "1:75", "1:99:00", "1e3", "nan", "inf", "٣", "1:2:3:4", "1.2.3", "9" * 400]
)
def test_an_invalid_time_is_reported(asset: Asset, text: str) -> None:
    assert "is not a time" in errors_of(form_of(asset, start=text), "start")


def test_a_trim_outside_the_video_is_refused_before_anything_is_paid_for(asset: Asset) -> None:
    assert "10 s long" in errors_of(form_of(asset, end="10.01"), "end")
    assert "10 s long" in errors_of(form_of(asset, start="10"), "start")
    assert form_of(asset, start="9", end="10").is_valid()


def test_the_end_comes_after_the_start(asset: Asset) -> None:
    assert "after the start" in errors_of(form_of(asset, start="5", end="5"), "end")
    assert "after the start" in errors_of(form_of(asset, end="0"), "end")


def test_a_link_has_no_known_length_so_only_the_order_is_checked(asset: Asset) -> None:
    form = form_of(asset, media_url="https://example.com/a/My%20film.mp4", start="100", end="4000", name="")
    assert form.is_valid(), form.errors
    assert form.asset_fields().name == "My film"
    assert form.trimmed_duration == 3900
    assert form_of(asset, media_url="https://example.com/film.mp4").trimmed_duration is None


# --- languages ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "targets", "field", "expected"),
    [
        ("en-US", ["en-US"], "targets", "already the source language"),
        ("en-US", ["he-IL"], "targets", "but not a target"),
        ("en-US", ["xx-XX"], "targets", "not a supported target"),
        ("en-US", ["es-ES", "es-es"], "targets", "more than once"),
        ("en-US", ["es"], "targets", "“es” is ambiguous: use es-ES or es-MX."),
        ("en-US", ["fr"], "targets", "“fr” needs its region: fr-FR."),
        ("en-US", ["xx"], "targets", "not a supported target"),
        ("klingon", ["es-ES"], "source_locale", "not a supported source"),
        ("", ["es-ES"], "source_locale", "Choose the language"),
        ("en-US", [], "targets", "at least one language"),
    ],
)
def test_only_legal_locales_go_together(
    asset: Asset, source: str, targets: list[str], field: str, expected: str
) -> None:
    form = form_of(asset, source_locale=source, targets=targets)
    assert expected in errors_of(form, field)


def test_hebrew_can_be_spoken_in_the_source(asset: Asset) -> None:
    assert form_of(asset, source_locale="he-IL").is_valid()


def test_a_longer_list_at_the_provider_needs_a_setting_only(asset: Asset, settings: Any) -> None:
    settings.EXTRA_LOCALES = ["ca-ES"]
    assert form_of(asset, targets=["ca-ES"]).is_valid()


# --- where it comes from ------------------------------------------------------------------------------------------


def test_exactly_one_source_is_needed(asset: Asset) -> None:
    assert "Choose a video file" in errors_of(form_of(asset, source=""), "source")
    both = form_of(asset, source=a_row(asset.created_by), media_url="https://example.com/film.mp4")
    assert "Remove one of them" in errors_of(both, "media_url")


def test_what_was_chosen_counts_when_both_are_there(asset: Asset) -> None:
    both = {"source": a_row(asset.created_by), "media_url": "https://example.com/film.mp4"}
    by_link = form_of(asset, **both, source_from="url")
    assert by_link.is_valid(), by_link.errors
    assert (by_link.asset_fields().source, by_link.asset_fields().media_url) == (None, both["media_url"])
    by_file = form_of(asset, **both, source_from="file")
    assert by_file.is_valid(), by_file.errors
    assert (by_file.asset_fields().source, by_file.asset_fields().media_url) == (both["source"], "")


def test_somebody_elses_upload_does_not_exist(asset: Asset) -> None:
    foreign = a_row(a_person("eve"))
    assert "no longer available" in errors_of(form_of(asset, source=str(foreign.pk)), "source")


def test_the_assets_own_upload_may_be_used_by_whoever_edits_it(asset: Asset) -> None:
    asset.source = a_row(a_person("eve"))
    asset.save()
    assert form_of(asset, source=str(asset.source.pk)).is_valid()


@pytest.mark.parametrize(
    "value", ["", "nonsense", "0", "7f2c1f6e-0000-4000-8000-000000000000", "' OR 1=1", "\0", "9" * 5000]
)
def test_an_invalid_upload_id_is_no_server_error(asset: Asset, value: str) -> None:
    assert form_of(asset, source=value).errors["source"]


def test_an_upload_has_to_be_whole_and_of_the_right_kind(asset: Asset) -> None:
    ada = asset.created_by
    partial = a_row(ada, status="receiving")
    refusal = {"message": "There is no sound in this file.", "remedy": "Export it again."}
    refused = a_row(ada, status="refused", refusal=refusal)
    assert "not fully uploaded" in errors_of(form_of(asset, source=partial), "source")
    assert "no sound in this file. Export it again." in errors_of(form_of(asset, source=refused), "source")
    assert "not uploaded as" in errors_of(form_of(asset, source=a_row(ada, kind="background")), "source")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://example.com/film.mp4", "uses http"),
        ("https://10.0.0.1/film.mp4", "not public"),
        ("https://169.254.169.254/latest", "not public"),
        ("https://user:secret@example.com/film.mp4", "username or password"),
        ("ftp://example.com/film.mp4", "Enter a link"),
        ("javascript:alert(1)", "Enter a link"),
        ("film.mp4", "Enter a link"),
        ("https://example.com/my film.mp4", "an invalid character"),
        ("https://[::1", "Enter a link"),
        ("https://example.com/" + "a" * 2000, "longer than"),
    ],
)
def test_a_link_the_provider_cannot_fetch_is_refused_in_words(asset: Asset, url: str, expected: str) -> None:
    assert expected in errors_of(form_of(asset, media_url=url), "media_url")
    assert expected in errors_of(form_of(asset, background_url=url), "background_url")


def test_a_provider_on_this_machine_may_be_given_a_local_link(asset: Asset, settings: Any) -> None:
    settings.PANJAYA_API_URL = "http://127.0.0.1:8010"
    assert form_of(asset, media_url="http://127.0.0.1:9/film.mp4").is_valid()


def test_a_background_file_goes_with_an_uploaded_video_only(asset: Asset) -> None:
    background = a_row(asset.created_by, kind="background")
    form = form_of(asset, media_url="https://example.com/film.mp4", background=background)
    assert "works only with an uploaded video" in errors_of(form, "background")
    assert form_of(asset, background=background).is_valid()
    left_out = form_of(asset, background=background, background_from="none")
    assert left_out.is_valid(), left_out.errors
    assert left_out.asset_fields().background is None


# --- names and figures --------------------------------------------------------------------------------------------


def test_a_name_is_one_line_without_control_characters(asset: Asset) -> None:
    form = form_of(asset, name="  Wel\x00come\r\n to\u2028the\x1b team ")
    assert form.is_valid(), form.errors
    assert form.asset_fields().name == "Wel come to the team"


def test_a_name_longer_than_the_provider_keeps_is_refused(asset: Asset) -> None:
    assert "256 characters and the limit is 255" in errors_of(form_of(asset, name="ä" * 256), "name")
    assert form_of(asset, name="ä" * 255).is_valid()


@pytest.mark.parametrize(
    ("field", "value"),
    [("speakers", "0"), ("speakers", "1.5"), ("speakers", "many"), ("speakers", "1000"), ("voice_anonymization", "1.1"),
     ("voice_anonymization", "-0,1"), ("voice_anonymization", "nan"), ("voice_anonymization", "a lot")],
)  # fmt: skip
def test_figures_out_of_range_say_the_range(asset: Asset, field: str, value: str) -> None:
    assert "is not valid" in errors_of(form_of(asset, **{field: value}), field)


def test_the_lips_model_counts_only_with_lips(asset: Asset) -> None:
    form = form_of(asset, auto_generate="no_lips", lips_model="real_face_turbo")
    assert form.is_valid()
    assert form.asset_fields().lips_model == "real_face"


@pytest.mark.parametrize("name", ["auto_generate", "lips_model", "source_from", "background_from"])
def test_an_invalid_choice_is_refused(asset: Asset, name: str) -> None:
    assert "valid choice" in errors_of(form_of(asset, **{name: "<script>"}), name)


# --- subtitles ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252"])
def test_subtitles_come_in_many_encodings(asset: Asset, encoding: str) -> None:
    form = form_of(asset, **{"srt_es-ES": SRT.encode(encoding)})
    assert form.is_valid(), form.errors
    assert "Adiós, mañana" in form.asset_fields().targets[0].srt
    named = " ".join(form.reports["srt_es-ES"].notes)
    assert ("Windows-1252" in named) == (encoding == "cp1252")


def test_wrong_subtitles_are_listed_by_line(asset: Asset) -> None:
    form = form_of(asset, **{"srt_es-ES": SRT.replace("00:00:06,000", "00:00:02,000")})
    assert errors_of(form, "srt_es-ES").startswith("Line 6: ")


@pytest.mark.parametrize("text", ["just words", "\ufeff1\n", "WEBVTT\n", "1\n00:00:01,000 --> 00:00:02,000\n\n"])
def test_subtitles_without_a_cue_are_refused(asset: Asset, text: str) -> None:
    assert errors_of(form_of(asset, **{"srt_es-ES": text}), "srt_es-ES")


def test_a_picture_is_refused_as_subtitles(asset: Asset) -> None:
    assert "not a text file" in errors_of(form_of(asset, **{"srt_es-ES": b"\x89PNG\0\0\1\2" * 50}), "srt_es-ES")


def test_subtitles_with_no_cue_inside_the_trim_are_refused(asset: Asset) -> None:
    form = form_of(asset, **{"srt_es-ES": SRT}, start="7", end="9")
    assert "No cue is inside the trim (7–9 s)" in errors_of(form, "srt_es-ES")
    assert "whole video" in errors_of(form, "srt_es-ES")


def test_odd_subtitles_are_warned_about_and_accepted(asset: Asset) -> None:
    form = form_of(asset, **{"srt_es-ES": SRT.replace("00:00:06,000", "00:00:16,000")})
    assert form.is_valid(), form.errors
    (group,) = form.reports["srt_es-ES"].findings
    assert "after the video ends" in group.message


def test_hardly_any_transcript_is_refused(asset: Asset) -> None:
    odd = "1\n00:00:01,000 --> 00:00:01,100\n[…]\n\n2\n00:00:00,500 --> 00:02:00,000\n...\n"
    form = form_of(asset, source_srt=odd)
    assert form.is_valid(), form.errors
    assert {"placeholder", "order"} <= {group.kind for group in form.reports["source_srt"].findings}


def test_subtitles_with_cues_that_nobody_filled_in_are_refused(asset: Asset) -> None:
    form = form_of(asset, **{"srt_es-ES": SRT.replace("Hola", "[…]")})
    assert "Cue 1 at 1.5 s is not filled in." in errors_of(form, "srt_es-ES")


def test_the_projects_terms_are_searched_in_every_text(asset: Asset) -> None:
    asset.project.terms.create(rule="forbidden", source="hola", target="buenos días")
    form = form_of(asset, **{"srt_es-ES": SRT})
    assert form.is_valid(), form.errors
    assert [group.kind for group in form.reports["srt_es-ES"].findings] == ["term_forbidden"]


def test_labels_of_speakers_are_counted(asset: Asset) -> None:
    form = form_of(asset, source_srt=SRT.replace("Hola", "[ANA] Hola").replace("Adiós", "[BEA] Adiós"))
    assert form.is_valid(), form.errors
    assert form.reports["source_srt"].speakers == ("ANA", "BEA")


def test_a_change_of_the_transcript_is_seen_in_what_was_found_before(asset: Asset) -> None:
    english = SRT.replace("Hola", "Hello").replace("Adiós", "Bye")
    same, other = (form_of(asset, source_srt=text, **{"srt_es-ES": SRT}) for text in (SRT, english))
    assert same.is_valid()
    assert other.is_valid()
    assert "same_text" in {group.kind for group in same.reports["srt_es-ES"].findings}
    assert "same_text" not in {group.kind for group in other.reports["srt_es-ES"].findings}


def test_a_transcript_of_the_source_may_be_any_text(asset: Asset) -> None:
    form = form_of(asset, source_srt="Hello.\nWelcome.")
    assert form.is_valid(), form.errors
    assert "plain text" in " ".join(form.reports["source_srt"].notes)


def test_an_unreadable_file_blocks_sending_until_it_is_removed(asset: Asset) -> None:
    refused = {"srt_es-ES": {"name": "cat.png", "problems": ["This is not a text file."]}}
    assert "not a text file" in errors_of(form_of(asset, files=refused), "srt_es-ES")


# --- what the provider can do -------------------------------------------------------------------------------------


def test_a_provider_that_can_do_less_is_asked_less(asset: Asset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dubbing.providers.capabilities", lambda name: Capabilities(uploads=True))
    form = form_of(asset, start="900", lips_model="x", speakers="x", background_url="x", **{"srt_es-ES": "x"})
    assert set(form.fields) == {
        "name",
        "source_from",
        "source",
        "media_url",
        "source_locale",
        "targets",
        "auto_generate",
        "consent",
    }
    assert form.errors == {}
    assert [value for value, _ in form.fields["auto_generate"].choices] == ["no_lips"]  # type: ignore[attr-defined]


# --- the page -----------------------------------------------------------------------------------------------------


def test_the_button_says_the_minutes(asset: Asset) -> None:
    page = DraftPage(form_of(asset, start="1", end="9.5"))
    assert page.button == "Submit: 0.3 min, 2 languages"
    assert DraftPage(form_of(asset, source="")).button == "Submit: 2 languages"
    assert DraftPage(AssetForm({}, asset=asset, user=asset.created_by)).button == "Submit"


def test_what_is_not_filled_in_yet_is_missing_rather_than_an_error(asset: Asset) -> None:
    fresh = DraftPage(AssetForm({"start": "x"}, asset=asset, user=asset.created_by))
    assert set(fresh.form.errors) == {"start"}
    assert len(fresh.missing) == 3
    tried = DraftPage(AssetForm({"start": "x", "checked": True}, asset=asset, user=asset.created_by))
    assert {"source", "source_locale", "targets", "start"} <= set(tried.form.errors)


def test_texts_of_removed_languages_are_kept_hidden(asset: Asset) -> None:
    page = DraftPage(form_of(asset, targets=["fr-FR"], **{"srt_es-ES": SRT}))
    assert [(slot.code, slot.shown, slot.text) for slot in page.slots()] == [
        ("fr-FR", True, ""),
        ("es-ES", False, SRT),
    ]


def test_both_kinds_of_spanish_get_a_hint(asset: Asset) -> None:
    assert DraftPage(form_of(asset, targets=["es-ES", "es-MX"])).twice == [("es-ES", "es-MX")]
    assert not DraftPage(form_of(asset)).twice
