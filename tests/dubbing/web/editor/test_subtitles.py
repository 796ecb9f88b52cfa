"""The subtitle editor's addresses: who may read and change, what is kept, what is refused, and what is exported."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from dubbing import subtitles
from dubbing.drafts import saved_drafts, subtitle_documents
from dubbing.models import Asset, Term
from tests.support import rows
from tests.support.drafts import a_draft, a_person, a_row, typed
from tests.support.people import People, client_of

pytestmark = pytest.mark.django_db

SRT = "1\n00:00:01,500 --> 00:00:03,000\nHola\n\n2\n00:00:04,000 --> 00:00:06,000\nAdiós, mañana\n"
SOURCE = "1\n00:00:01,500 --> 00:00:03,000\nHello\n\n2\n00:00:04,000 --> 00:00:06,000\nSee you tomorrow\n"
HOLA = {"start": 1500, "end": 3000, "text": "Hola"}
ADIOS = {"start": 4000, "end": 6000, "text": "Adiós, mañana"}


@pytest.fixture
def ada() -> User:
    return a_person("ada")


@pytest.fixture
def draft(ada: User) -> Asset:
    draft = a_draft(ada)
    texts = {"srt_es-ES": SRT, "source_srt": SOURCE}
    saved_drafts.keep_typed(draft, typed(**texts, source=str(a_row(ada).pk)), ada)
    return draft


@pytest.fixture
def client(ada: User) -> Client:
    return client_of(ada)


def page(client: Client, asset: Asset, slot: str = "es-ES", query: str = "") -> Any:
    return client.get(reverse("subtitles-edit", args=[asset.pk, slot]) + query)


def sent_to_script(answer: Any) -> dict[str, Any]:
    """The JSON that stands in the page for its script."""
    words = answer.content.decode().partition('<script id="editor-data" type="application/json">')[2]
    found: dict[str, Any] = json.loads(words.partition("</script>")[0])
    return found


def keep(client: Client, asset: Asset, cues: Any, seen: str | None = None, slot: str = "es-ES", **more: Any) -> Any:
    if seen is None:
        asset.refresh_from_db()
        seen = subtitle_documents.fingerprint(subtitle_documents.text_of(asset, slot))
    address = reverse("subtitles-cues", args=[asset.pk, slot])
    return client.post(address, json.dumps({"cues": cues, "seen": seen} | more), content_type="application/json")


def text_now(asset: Asset, slot: str = "es-ES") -> str:
    asset.refresh_from_db()
    return subtitle_documents.text_of(asset, slot)


# --- who may ---------------------------------------------------------------------------------------------------------


def test_a_draft_is_edited_by_its_owner_and_does_not_exist_for_others(client: Client, draft: Asset) -> None:
    assert page(client, draft).status_code == 200
    other = client_of(a_person("eve", draft.project, "owner"))
    assert page(other, draft).status_code == 404
    assert keep(other, draft, [HOLA]).status_code == 404
    assert text_now(draft) == SRT


def test_a_refused_asset_is_changed_by_editors_and_read_by_viewers(people: People) -> None:
    asset = rows.make_asset(people.project, people.owner, status="refused")
    saved_drafts.keep_typed(asset, {"targets": ["es-ES"], "srt_es-ES": SRT}, people.owner)
    assert sent_to_script(page(client_of(people.editor), asset))["mayEdit"] is True
    assert keep(client_of(people.editor), asset, [HOLA]).status_code == 200
    read = page(client_of(people.viewer), asset)
    assert sent_to_script(read)["mayEdit"] is False
    assert "You can read this text" in read.content.decode()
    assert keep(client_of(people.viewer), asset, [ADIOS]).status_code == 404


def test_what_was_sent_is_read_only_and_offers_the_way_to_a_new_asset(people: People) -> None:
    asset = rows.make_done(people.project, people.owner, srt=SRT, source_srt=SOURCE).version.dubbing.asset
    answer = page(client_of(people.editor), asset)
    words = answer.content.decode()
    assert "This text was already sent" in words
    assert reverse("asset-retry", args=[asset.pk]) in words
    assert "Adiós, mañana" in words
    assert "<textarea" not in words
    refused = keep(client_of(people.editor), asset, [HOLA])
    assert (refused.status_code, refused.json()["sent"]) == (409, True)
    form = {"text": "x", "seen": ""}
    client_of(people.editor).post(reverse("subtitles-edit", args=[asset.pk, "es-ES"]), form)
    assert text_now(asset) == SRT
    assert "asset-retry" not in page(client_of(people.viewer), asset).content.decode()


def test_a_slot_that_the_asset_lacks_is_not_found(client: Client, draft: Asset, people: People) -> None:
    for slot in ("xx-XX", "es", "ES-es", "srt_es-ES", "..", "sources"):
        assert page(client, draft, slot).status_code == 404, slot
    sent = rows.make_asset(people.project, people.owner)
    assert page(client_of(people.owner), sent, "fr-FR").status_code == 404


def test_a_language_chosen_a_moment_ago_can_be_opened_already(client: Client, draft: Asset) -> None:
    assert page(client, draft, "de-DE").status_code == 200


# --- what the page has ------------------------------------------------------------------------------------------------


def test_the_page_has_the_cues_the_source_and_where_to_open(client: Client, draft: Asset) -> None:
    answer = page(client, draft, query="?cue=2")
    data = sent_to_script(answer)
    assert data["cues"] == [[1500, 3000, "Hola"], [4000, 6000, "Adiós, mañana"]]
    assert [text for _, _, text in data["source"]] == ["Hello", "See you tomorrow"]
    assert (data["openAt"], data["duration"], data["mayEdit"]) == (2, 10_000, True)
    assert "Adiós, mañana" in answer.content.decode(), "letters are sent as they are"
    assert "Subtitles in Spanish (Spain)" in answer.content.decode()


@pytest.mark.parametrize("query", ["?cue=0", "?cue=-3", "?cue=x", "?cue=٣", "?cue=99999999999", "?cue="])
def test_a_strange_cue_number_opens_the_page_all_the_same(client: Client, draft: Asset, query: str) -> None:
    assert page(client, draft, query=query).status_code == 200


def test_text_from_right_to_left_says_so(client: Client, draft: Asset, ada: User) -> None:
    arabic = "1\n00:00:01,000 --> 00:00:02,000\nمرحبا بكم\n"
    saved_drafts.keep_typed(draft, {"targets": ["ar-AE"], "srt_ar-AE": arabic}, ada)
    words = page(client, draft, "ar-AE").content.decode()
    assert 'lang="ar-AE" dir="rtl"' in words
    assert 'lang="en-US" dir="ltr"' in words, "the source beside it keeps its own direction"
    assert sent_to_script(page(client, draft, "ar-AE"))["cues"][0][2] == "مرحبا بكم"


def test_markup_in_a_cue_stays_text(client: Client, draft: Asset) -> None:
    evil = "</script><script>alert(1)</script>"
    assert keep(client, draft, [HOLA | {"text": evil}]).status_code == 200
    answer = page(client, draft)
    assert "<script>alert" not in answer.content.decode()
    assert sent_to_script(answer)["cues"][0][2] == evil


def test_a_transcript_without_times_is_a_text_that_cues_can_be_made_of(client: Client, draft: Asset, ada: User) -> None:
    saved_drafts.keep_typed(draft, {"source_srt": "Hello there. How are you?\nFine."}, ada)
    words = page(client, draft, "source").content.decode()
    assert "This transcript has no times." in words
    assert "Create cues" in words
    address = reverse("subtitles-edit", args=[draft.pk, "source"])
    seen = subtitle_documents.fingerprint(text_now(draft, "source"))
    form = {"text": text_now(draft, "source"), "seen": seen, "action": "begin"}
    assert client.post(address, form).status_code == 302
    cues = subtitles.read(text_now(draft, "source")).cues
    assert [cue.text for cue in cues] == ["Hello there.", "How are you?", "Fine."]
    assert (cues[0].start, cues[-1].end) == (0, 10_000)


def test_subtitles_that_cannot_be_read_are_shown_as_text_with_the_reason(
    client: Client, draft: Asset, ada: User
) -> None:
    saved_drafts.keep_typed(draft, {"srt_es-ES": "1\n00:00:03,000 --> 00:00:01,000\nHola\n"}, ada)
    words = page(client, draft).content.decode()
    assert "Line 2: The cue ends before it starts." in words
    assert "00:00:03,000 --&gt; 00:00:01,000" in words


# --- saving -----------------------------------------------------------------------------------------------------------


def test_cues_are_kept_as_strict_srt_and_nothing_else_changes(client: Client, draft: Asset) -> None:
    before = saved_drafts.read_draft(draft).stored()
    answer = keep(client, draft, [HOLA | {"text": "Buenas\r\n\r\ntardes "}, ADIOS])
    assert answer.status_code == 200
    assert text_now(draft).startswith("1\n00:00:01,500 --> 00:00:03,000\nBuenas\ntardes\n\n2\n")
    after = saved_drafts.read_draft(draft).stored()
    changed = {name for name in before | after if before.get(name) != after.get(name)}
    assert changed - {"files"} == {"srt_es-ES"}
    assert answer.json()["seen"] == subtitle_documents.fingerprint(text_now(draft))


def test_a_cue_without_a_text_keeps_its_times(client: Client, draft: Asset) -> None:
    assert keep(client, draft, [HOLA, ADIOS | {"text": "  "}]).status_code == 200
    assert sent_to_script(page(client, draft))["cues"][1] == [4000, 6000, subtitles.PLACEHOLDER]


def test_what_somebody_else_saved_meanwhile_is_not_written_over(client: Client, draft: Asset) -> None:
    seen = sent_to_script(page(client, draft))["seen"]
    first = keep(client, draft, [HOLA | {"text": "Primera"}], seen)
    second = keep(client, draft, [HOLA | {"text": "Segunda"}], seen)
    assert (first.status_code, second.status_code) == (200, 409)
    assert second.json()["cues"] == [[1500, 3000, "Primera"]]
    assert "Primera" in text_now(draft)
    again = keep(client, draft, [HOLA | {"text": "Segunda"}], second.json()["seen"])
    assert again.status_code == 200
    assert "Segunda" in text_now(draft)


def test_a_text_changed_on_the_asset_page_counts_as_somebody_else(client: Client, draft: Asset, ada: User) -> None:
    seen = sent_to_script(page(client, draft))["seen"]
    saved_drafts.keep_typed(draft, {"srt_es-ES": SRT.replace("Hola", "Buenas")}, ada)
    assert keep(client, draft, [HOLA], seen).status_code == 409


def test_the_same_save_twice_is_no_conflict(client: Client, draft: Asset) -> None:
    seen = sent_to_script(page(client, draft))["seen"]
    answers = [keep(client, draft, [HOLA], seen) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json()["seen"] == answers[1].json()["seen"]


@pytest.mark.parametrize(
    ("cues", "number"),
    [
        ([HOLA, ADIOS | {"end": 4000}], 2),
        ([HOLA | {"end": 1000}], 1),
        ([HOLA | {"start": -1}], 1),
        ([HOLA | {"start": "1.5"}], 1),
        ([HOLA | {"start": 1.5}], 1),
        ([HOLA | {"start": True}], 1),
        ([HOLA | {"end": 10**12}], 1),
        ([HOLA | {"text": None}], 1),
        ([HOLA | {"text": "x" * 6000}], 1),
        (["Hola"], 1),
        ({"start": 1}, None),
        (None, None),
        ([HOLA] * (subtitle_documents.MOST_CUES + 1), None),
    ],
    ids=str,
)
def test_bad_cues_are_refused_by_number_and_nothing_is_kept(
    client: Client, draft: Asset, cues: Any, number: int | None
) -> None:
    answer = keep(client, draft, cues)
    assert answer.status_code == 422
    assert answer.json()["problems"][0][0] == number
    assert text_now(draft) == SRT


@pytest.mark.parametrize(
    ("body", "status"), [("", 400), ("{", 400), ("[]", 422), ('"x"', 422), ("\xff", 400), ("[" * 100_000, 400)]
)
def test_a_body_that_is_not_json_is_refused(client: Client, draft: Asset, body: str, status: int) -> None:
    address = reverse("subtitles-cues", args=[draft.pk, "es-ES"])
    answer = client.post(address, body.encode("latin-1"), content_type="application/json")
    assert answer.status_code == status
    assert answer.json()["problems"][0][1]
    assert text_now(draft) == SRT


def test_half_a_character_does_not_break_the_text(client: Client, draft: Asset) -> None:
    assert keep(client, draft, [HOLA | {"text": "Ho\ud83dla"}]).status_code == 200
    assert subtitles.read(text_now(draft)).cues[0].text == "Hola"


def test_more_text_than_subtitles_may_have_is_refused(client: Client, draft: Asset) -> None:
    many = [{"start": n * 1000, "end": n * 1000 + 900, "text": "á" * 2000} for n in range(600)]
    answer = keep(client, draft, many)
    assert answer.status_code == 422
    assert "too large" in answer.json()["problems"][0][1]
    assert text_now(draft) == SRT


def test_a_body_too_large_to_be_read_is_refused(client: Client, draft: Asset, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    assert keep(client, draft, [HOLA | {"text": "x" * 3000}]).status_code == 413


# --- findings and fixes -----------------------------------------------------------------------------------------------


def test_findings_come_with_every_save_and_name_their_cue(client: Client, draft: Asset) -> None:
    late = {"start": 12_000, "end": 13_000, "text": "Demasiado tarde"}
    answer = keep(client, draft, [HOLA, ADIOS, late]).json()
    assert [row[0] for row in answer["findings"] if row[1] == "past_end"] == [3]
    kinds = {kind["kind"]: kind for kind in answer["kinds"]}
    assert kinds["past_end"]["why"]
    assert kinds["past_end"]["fix"] == subtitles.FIXES["past_end"]
    looked = client.get(reverse("subtitles-cues", args=[draft.pk, "es-ES"])).json()
    assert looked["findings"] == answer["findings"]


def test_with_very_many_cues_saving_comes_first_and_findings_are_asked_for(client: Client, draft: Asset) -> None:
    many = [{"start": n * 10, "end": n * 10 + 9, "text": f"Cue {n}"} for n in range(600)]
    answer = keep(client, draft, many).json()
    assert answer["later"] is True
    assert "findings" not in answer
    looked = client.get(reverse("subtitles-cues", args=[draft.pk, "es-ES"]) + "?only=findings").json()
    assert looked["seen"] == answer["seen"]
    assert looked["findings"]
    assert "cues" not in looked


def test_of_very_many_findings_the_first_come_and_all_their_cues_are_counted(client: Client, draft: Asset) -> None:
    keep(client, draft, [{"start": n * 10, "end": n * 10 + 9, "text": f"Cue {n}"} for n in range(1500)])
    looked = client.get(reverse("subtitles-cues", args=[draft.pk, "es-ES"]) + "?only=findings").json()
    assert len(looked["findings"]) == 2000
    assert looked["total"] == 1500
    assert next(kind for kind in looked["kinds"] if kind["kind"] == "too_short")["count"] == 1500


def test_without_a_script_the_page_has_a_form_with_the_whole_text(client: Client, draft: Asset) -> None:
    pieces = page(client, draft).content.decode().split("<noscript>")[1:]
    forms = [
        piece.partition("</noscript>")[0] for piece in pieces if 'name="text"' in piece.partition("</noscript>")[0]
    ]
    assert len(forms) == 1
    assert "00:00:04,000 --&gt; 00:00:06,000\nAdiós, mañana" in forms[0]


def test_the_trim_of_the_form_counts_and_one_that_is_no_time_does_not(client: Client, draft: Asset, ada: User) -> None:
    saved_drafts.keep_typed(draft, {"start": "3.5", "end": "0:07"}, ada)
    kinds = {row[1] for row in keep(client, draft, [HOLA, ADIOS]).json()["findings"]}
    assert "outside_trim" in kinds
    saved_drafts.keep_typed(draft, {"start": "three"}, ada)
    assert keep(client, draft, [HOLA, ADIOS]).status_code == 200


def test_the_terms_of_the_project_are_searched(client: Client, draft: Asset) -> None:
    Term.objects.create(project=draft.project, rule="forbidden", source="Adiós", target="Hasta luego", locale="es-ES")
    found = keep(client, draft, [HOLA, ADIOS]).json()["findings"]
    assert [row[0] for row in found if row[1] == "term_forbidden"] == [2]


def test_a_fix_says_what_it_would_make_of_the_cues_and_saves_nothing(client: Client, draft: Asset) -> None:
    cues = [HOLA | {"end": 4500}, ADIOS]
    answer = keep(client, draft, cues, fix={"kind": "overlap", "cue": 2})
    assert answer.json()["cues"] == [[1500, 4000, "Hola"], [4000, 6000, "Adiós, mañana"]]
    assert text_now(draft) == SRT


@pytest.mark.parametrize("fix", [{"kind": "magic"}, {"kind": "overlap", "cue": 9}, {"kind": [], "cue": 1}, "overlap"])
def test_an_unknown_fix_is_refused(client: Client, draft: Asset, fix: Any) -> None:
    assert keep(client, draft, [HOLA], fix=fix).status_code == 422


# --- without a script -------------------------------------------------------------------------------------------------


def test_without_a_script_the_text_is_saved_as_one_piece(client: Client, draft: Asset) -> None:
    address = reverse("subtitles-edit", args=[draft.pk, "es-ES"])
    changed = SRT.replace("Hola", "Buenas")
    seen = subtitle_documents.fingerprint(SRT)
    assert client.post(address, {"text": changed.replace("\n", "\r\n"), "seen": seen}).status_code == 302
    assert text_now(draft).strip() == changed.strip()


def test_without_a_script_a_conflict_shows_both_texts_and_keeps_what_was_typed(client: Client, draft: Asset) -> None:
    keep(client, draft, [HOLA | {"text": "Primera"}])
    address = reverse("subtitles-edit", args=[draft.pk, "es-ES"])
    answer = client.post(address, {"text": "1\n00:00:01,000 --> 00:00:02,000\nSegunda", "seen": "old"})
    words = answer.content.decode()
    assert answer.status_code == 409
    assert "Primera" in words
    assert "Segunda" in words
    assert "Primera" in text_now(draft)


def test_without_a_script_a_text_that_is_too_large_stays_in_the_form(client: Client, draft: Asset) -> None:
    address = reverse("subtitles-edit", args=[draft.pk, "es-ES"])
    answer = client.post(
        address, {"text": "x" * (subtitles.MAX_BYTES + 1), "seen": subtitle_documents.fingerprint(SRT)}
    )
    assert answer.status_code == 422
    assert "too large" in answer.content.decode()


# --- export -----------------------------------------------------------------------------------------------------------


def export(client: Client, asset: Asset, slot: str, kind: str, query: str = "") -> Any:
    return client.get(reverse("subtitles-export", args=[asset.pk, slot, kind]) + query)


def test_it_is_exported_under_the_name_of_video_and_language(client: Client, draft: Asset) -> None:
    srt, vtt = (export(client, draft, "es-ES", kind) for kind in ("srt", "vtt"))
    assert 'filename="Welcome.es-ES.srt"' in srt["Content-Disposition"]
    assert 'filename="Welcome.es-ES.vtt"' in vtt["Content-Disposition"]
    assert srt.content.decode() == subtitles.to_srt(subtitles.read(SRT).cues)
    assert vtt.content.decode().startswith("WEBVTT\n\n00:00:01.500 --> 00:00:03.000\nHola")
    assert 'filename="Welcome.en-US.srt"' in export(client, draft, "source", "srt")["Content-Disposition"]


def test_it_is_exported_on_the_timeline_of_the_trim(client: Client, draft: Asset, ada: User) -> None:
    saved_drafts.keep_typed(draft, {"start": "2", "end": "5"}, ada)
    answer = export(client, draft, "es-ES", "srt", "?on=trim")
    cues = subtitles.read(answer.content).cues
    assert [(cue.start, cue.end) for cue in cues] == [(0, 1000), (2000, 3000)]
    assert "Welcome.es-ES.trim.srt" in answer["Content-Disposition"]
    saved_drafts.keep_typed(draft, {"start": "8", "end": "9"}, ada)
    assert export(client, draft, "es-ES", "srt", "?on=trim").status_code == 302


def test_there_is_nothing_to_export_without_cues(client: Client, draft: Asset) -> None:
    assert export(client, draft, "fr-FR", "srt").status_code == 404
    assert export(client, draft, "es-ES", "exe").status_code == 404
