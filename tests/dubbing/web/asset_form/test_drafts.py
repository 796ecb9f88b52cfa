"""The new-asset page over HTTP: nothing typed is lost, nothing is paid twice, nobody else gets in."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from dubbing.drafts import saved_drafts
from dubbing.drafts.subtitle_documents import fingerprint
from dubbing.models import Asset, Submission, Upload
from dubbing.platform import locales, storage
from tests.support import rows
from tests.support.drafts import SRT, a_draft, a_person, a_row, a_text_file, typed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def surroundings(settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PANJAYA_API_URL, settings.PANJAYA_API_KEY = "https://api.panjaya.ai", "key"
    settings.MEDIA_ROOT, settings.SAMPLES_DIR = tmp_path / "media", tmp_path / "samples"
    settings.SAMPLES_DIR.mkdir()


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Submissions that a worker was woken for."""
    heard: list[int] = []
    monkeypatch.setattr("dubbing.tasks.submit.enqueue", heard.append)
    return heard


@pytest.fixture
def ada() -> User:
    return a_person("ada")


@pytest.fixture
def page(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


@pytest.fixture
def draft(ada: User) -> Asset:
    return a_draft(ada)


def filled(user: User, **changes: Any) -> dict[str, Any]:
    return typed(source=str(a_row(user).pk), source_from="file", targets_shown="1", action="submit", **changes)


def edit_url(asset: Asset) -> str:
    return f"/assets/{asset.pk}/edit/"


def save(page: Client, asset: Asset, **data: Any) -> Any:
    return page.post(f"/assets/{asset.pk}/autosave/", data, headers={"HX-Request": "true"})


# --- starting -----------------------------------------------------------------------------------------------------


def test_a_draft_is_made_in_a_project(page: Client, draft: Asset) -> None:
    url = f"/projects/{draft.project_id}/assets/new/"
    assert "Create draft" in page.get(url).content.decode()
    assert Asset.objects.count() == 1
    answer = page.post(url)
    assert answer["Location"] == edit_url(Asset.objects.latest("pk"))


def test_pressing_it_twice_makes_one_draft(page: Client, draft: Asset) -> None:
    url = f"/projects/{draft.project_id}/assets/new/"
    assert page.post(url)["Location"] == page.post(url)["Location"]


def test_the_page_offers_only_what_is_legal(page: Client, draft: Asset) -> None:
    html = page.get(edit_url(draft)).content.decode()
    assert 'type="checkbox" name="targets" value="es-ES"' in html
    assert 'name="targets" value="he-IL"' not in html
    assert '<option value="he-IL">' in html


def test_samples_are_offered_when_there_are_any(page: Client, draft: Asset, settings: Any) -> None:
    assert "our sample" not in page.get(edit_url(draft)).content.decode()
    for name in ("sample.mp4", "sample.es-ES.srt", "notes.txt"):
        (settings.SAMPLES_DIR / name).touch()
    html = page.get(edit_url(draft)).content.decode()
    assert "/files/samples/sample.mp4" in html
    assert "/files/samples/sample.es-ES.srt" in html
    assert "notes.txt" not in html


# --- saving -------------------------------------------------------------------------------------------------------


def test_what_is_typed_is_saved_and_shown_again_later(page: Client, draft: Asset) -> None:
    save(page, draft, **typed(name="Spring <film>", start="nine", speakers="2", **{"srt_es-ES": "not\nan srt"}))
    html = page.get(edit_url(draft)).content.decode()
    assert 'value="Spring &lt;film&gt;"' in html
    assert 'value="nine"' in html
    assert "is not a time" in html
    assert "not\nan srt" in html
    assert "Line 1: " in html
    assert "Choose the language" not in html.split('id="summary"')[0]


def test_saving_answers_with_the_pieces_that_changed(page: Client, ada: User, draft: Asset) -> None:
    upload = a_row(ada)
    html = save(page, draft, **typed(source=str(upload.pk), start="1", end="9.5")).content.decode()
    assert "Submit: 0.3 min, 2 languages" in html
    assert 'id="source-file"' in html
    assert "0.3 min" in html
    again = save(page, draft, **typed(source=str(upload.pk), shown_source=f"{upload.pk}:complete")).content.decode()
    assert 'id="source-file"' not in again


def test_a_file_that_becomes_usable_while_its_draft_is_saved_has_its_player(
    page: Client, ada: User, draft: Asset, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = a_row(ada, status="arrived")
    save(page, draft, **typed(source=str(upload.pk)))
    keep = saved_drafts.keep_typed

    def keep_and_verify(*args: Any, **options: Any) -> None:
        keep(*args, **options)
        Upload.objects.filter(pk=upload.pk).update(status="complete")
        saved_drafts.attach_arrived(Upload.objects.get(pk=upload.pk))

    monkeypatch.setattr(saved_drafts, "keep_typed", keep_and_verify)
    html = save(page, draft, **typed(source=str(upload.pk), shown_source=f"{upload.pk}:arrived")).content.decode()
    assert f'name="shown_source" value="{upload.pk}:complete"' in html
    assert 'id="trim-video"' in html


def test_missing_values_are_no_errors_before_somebody_submits(page: Client, draft: Asset) -> None:
    html = save(page, draft, name="A", targets_shown="1").content.decode()
    assert 'field-error"' not in html
    page.post(edit_url(draft), {"action": "submit", "targets_shown": "1"})
    assert "at least one language" in save(page, draft, name="A", targets_shown="1").content.decode()


def test_a_subtitle_file_comes_back_as_text_with_its_errors(page: Client, draft: Asset) -> None:
    wrong = SRT.replace("00:00:06,000", "00:00:02,000").encode("cp1252")
    html = save(page, draft, targets=["es-ES"], **{"srt_es-ES_file": a_text_file(wrong)}).content.decode()
    assert 'id="srt_es-ES-slot"' in html
    assert "mañana" in html
    assert "Windows-1252" in html
    assert "Line 6: " in html


def test_saving_what_was_sent_meanwhile_leads_to_the_asset(page: Client, draft: Asset) -> None:
    Asset.objects.filter(pk=draft.pk).update(status="submitting")
    answer = save(page, draft, name="late")
    assert answer["HX-Redirect"] == f"/assets/{draft.pk}/"
    assert Asset.objects.get(pk=draft.pk).name == ""


def test_a_draft_can_be_saved_without_a_script(page: Client, draft: Asset) -> None:
    answer = page.post(edit_url(draft), {"name": "By hand", "action": "save"})
    assert answer["Location"] == edit_url(draft)
    assert Asset.objects.get(pk=draft.pk).name == "By hand"


# --- submitting ---------------------------------------------------------------------------------------------------


def test_submitting_writes_everything_down_and_wakes_a_worker(
    page: Client, ada: User, draft: Asset, woken: list[int]
) -> None:
    data = filled(ada, start="1", end="9,5", speakers="2", voice_anonymization="0.3", lips_model="real_face_turbo")
    answer = page.post(edit_url(draft), data | {"srt_es-ES": SRT, "auto_generate": "with_lips"})
    assert answer["Location"] == f"/assets/{draft.pk}/"
    draft.refresh_from_db()
    assert (draft.status, draft.start, draft.end, draft.speakers) == ("submitting", 1.0, 9.5, 2)
    assert (draft.lips_model, draft.voice_anonymization) == ("real_face_turbo", 0.3)
    assert {row.locale: bool(row.srt) for row in draft.dubbings.all()} == {"es-ES": True, "fr-FR": False}
    assert woken == [draft.submissions.get().pk]


def test_a_link_can_be_submitted_without_a_script(page: Client, draft: Asset, woken: list[int]) -> None:
    url = "https://example.com/film.mp4"
    data = typed(media_url=url, source_from="url", action="submit", **{"srt_es-ES_file": a_text_file()})
    assert page.post(edit_url(draft), data).status_code == 302
    assert Asset.objects.get(pk=draft.pk).media_url == url
    assert draft.dubbings.get(locale="es-ES").srt


def test_a_wrong_form_keeps_everything_and_says_what_to_do(page: Client, ada: User, draft: Asset) -> None:
    data = filled(ada, end="99", speakers="0", **{"srt_es-ES": "nonsense"})
    answer = page.post(edit_url(draft), data)
    html = answer.content.decode()
    assert answer.status_code == 422
    for said in (
        "Not sent yet: 3 problems",
        "10 s long",
        "“0” is not valid",
        "Line 1: ",
        "nonsense",
        'value="00:01:39.000"',
    ):
        assert said in html
    draft.refresh_from_db()
    assert (draft.status, draft.typed["end"], draft.submissions.count()) == ("draft", "99", 0)


def test_an_empty_form_says_what_is_missing(page: Client, draft: Asset) -> None:
    html = page.post(edit_url(draft), {"action": "submit"}).content.decode()
    for said in ("Choose a video file", "Choose the language", "at least one language"):
        assert said in html


def test_submitting_twice_pays_once(page: Client, ada: User, draft: Asset, woken: list[int]) -> None:
    data = filled(ada)
    page.post(edit_url(draft), data)
    second = page.post(edit_url(draft), data | {"name": "Other"}, follow=False)
    assert second["Location"] == f"/assets/{draft.pk}/"
    assert (Submission.objects.count(), len(woken)) == (1, 1)
    assert Asset.objects.get(pk=draft.pk).name == "Welcome"


def test_two_tabs_that_submit_at_once_pay_once(
    page: Client, ada: User, draft: Asset, woken: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    from dubbing.submissions import submit as service
    from dubbing.web.asset_form import draft_submission

    def as_in_the_other_tab(asset: Asset, fields: Any, user: User) -> list[Submission]:
        service.submit(Asset.objects.get(pk=asset.pk), fields, user)
        return service.submit(asset, fields, user)

    monkeypatch.setattr(draft_submission, "submit", as_in_the_other_tab)
    answer = page.post(edit_url(draft), filled(ada))
    assert answer["Location"] == f"/assets/{draft.pk}/"
    assert (Submission.objects.count(), woken) == (1, [])


def test_a_refused_asset_is_changed_and_sent_again(page: Client, ada: User, draft: Asset, woken: list[int]) -> None:
    page.post(edit_url(draft), filled(ada, end="9"))
    draft.submissions.update(status="refused")
    Asset.objects.filter(pk=draft.pk).update(status="refused", error_message="Name too funny.")
    html = page.get(edit_url(draft)).content.decode()
    assert "Name too funny." in html
    assert 'value="00:00:09.000"' in html
    assert page.post(edit_url(draft), filled(ada, name="Serious")).status_code == 302
    assert Asset.objects.get(pk=draft.pk).status == "submitting"


def test_another_editor_may_change_what_was_refused(draft: Asset, woken: list[int]) -> None:
    olga = a_person("olga", draft.project)
    draft.source = a_row(draft.created_by)
    draft.status = "refused"
    draft.save()
    page = Client()
    page.force_login(olga)
    data = typed(source=str(draft.source.pk), source_from="file", action="submit")
    assert page.post(edit_url(draft), data).status_code == 302
    assert Asset.objects.get(pk=draft.pk).source == draft.source


@pytest.mark.parametrize("status", ["submitting", "dubbing", "completed", "failed"])
def test_what_was_sent_is_shown_and_not_edited(page: Client, draft: Asset, status: str) -> None:
    Asset.objects.filter(pk=draft.pk).update(status=status)
    assert page.get(edit_url(draft))["Location"] == f"/assets/{draft.pk}/"


# --- discarding ---------------------------------------------------------------------------------------------------


def test_discarding_asks_once_and_says_what_is_lost(page: Client, ada: User, draft: Asset) -> None:
    draft.source = a_row(ada, name="intro.mp4")
    draft.save()
    url = f"/assets/{draft.pk}/discard/"
    assert "intro.mp4" in page.get(url).content.decode()
    assert Asset.objects.exists()
    assert page.post(url)["Location"] == f"/projects/{draft.project_id}/"
    assert not Asset.objects.exists()
    assert page.post(url).status_code == 404


def test_what_was_sent_is_not_discarded(page: Client, draft: Asset) -> None:
    Asset.objects.filter(pk=draft.pk).update(status="dubbing")
    assert page.post(f"/assets/{draft.pk}/discard/")["Location"] == f"/assets/{draft.pk}/"
    assert Asset.objects.exists()


# --- who may --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "role"), [("olga", "owner"), ("mo", "editor"), ("vic", "viewer"), ("eve", "")])
def test_a_draft_does_not_exist_for_anybody_else(draft: Asset, name: str, role: str) -> None:
    page = Client()
    page.force_login(a_person(name, draft.project if role else None, role))
    answers = [page.get(edit_url(draft)), page.post(edit_url(draft)), save(page, draft)]
    answers += [page.get(f"/assets/{draft.pk}/discard/"), page.post(f"/assets/{draft.pk}/discard/")]
    assert [answer.status_code for answer in answers] == [404] * 5
    may_bring = role in ("owner", "editor")
    assert page.get(f"/projects/{draft.project_id}/assets/new/").status_code == (200 if may_bring else 404)
    assert page.post(f"/projects/{draft.project_id}/assets/new/").status_code == (302 if may_bring else 404)


def test_a_viewer_cannot_change_what_was_refused(draft: Asset) -> None:
    Asset.objects.filter(pk=draft.pk).update(status="refused")
    page = Client()
    page.force_login(a_person("vic", draft.project, "viewer"))
    assert [page.get(edit_url(draft)).status_code, save(page, draft).status_code] == [404, 404]


def test_a_stranger_is_sent_to_sign_in(draft: Asset) -> None:
    assert "/sign-in/" in Client().get(edit_url(draft))["Location"]


@pytest.mark.parametrize("field", ["name", "source", "media_url", "start", "targets", "srt_es-ES", "source_locale"])
@pytest.mark.parametrize("value", ["\x01", "x" * 100_000, "<script>alert(1)</script>", "%00%ff", "𝔘𝔫𝔦" * 99, "../../x"])
def test_no_input_breaks_the_page(page: Client, draft: Asset, field: str, value: str) -> None:
    data = typed(**{field: value}, action="submit", source_from="url" if field == "media_url" else "file")
    answer = page.post(edit_url(draft), data)
    assert answer.status_code == 422
    assert "<script>alert" not in answer.content.decode()


def test_two_tabs_of_one_draft_never_write_over_each_other(page: Client, ada: User, draft: Asset) -> None:
    first, second = (tab_of(page.get(edit_url(draft)).content.decode()) for _ in range(2))
    assert page.post(f"/assets/{draft.pk}/autosave/", filled(ada, name="Of the first") | first).status_code == 200
    assert page.post(f"/assets/{draft.pk}/autosave/", filled(ada, name="Of the second") | second).status_code == 409
    page.post(edit_url(draft), filled(ada, name="Of the second") | second | {"action": "submit"})
    draft.refresh_from_db()
    assert (draft.name, draft.status) == ("Of the first", "draft")
    assert page.post(f"/assets/{draft.pk}/autosave/", filled(ada, name="Again the first") | first).status_code == 200
    reloaded = tab_of(page.get(edit_url(draft)).content.decode())
    assert page.post(f"/assets/{draft.pk}/autosave/", filled(ada, name="Reloaded") | reloaded).status_code == 200


def tab_of(html: str) -> dict[str, str]:
    """What the page says of itself."""
    return dict(re.findall(r'name="(tab|tab_seen)" value="([^"]*)"', html))


# --- other people's files ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["source", "background"])
def test_somebody_elses_file_is_not_deleted_with_ones_own_draft(page: Client, draft: Asset, field: str) -> None:
    kind = {"source": "video", "background": "background"}[field]
    key = rows.make_file(storage.Kind.SOURCE).key
    theirs = a_row(a_person("eve"), kind=kind, key=key)
    save(page, draft, **{field: str(theirs.pk), f"{field}_from": "file"})
    draft.refresh_from_db()
    assert (draft.typed[field], getattr(draft, field)) == (str(theirs.pk), None)
    assert page.post(f"/assets/{draft.pk}/discard/").status_code == 302
    assert not Asset.objects.filter(pk=draft.pk).exists()
    assert Upload.objects.filter(pk=theirs.pk).exists()
    assert storage.exists(key)


# --- what a draft may hold --------------------------------------------------------------------------------------------

ROADS = [
    "autosave",
    "edit",
    "preset",
    "pilot",
    "subtitles/es-ES/fix",
    "subtitles/es-ES/undo",
    "subtitles/es-ES/timeline",
]


@pytest.mark.parametrize("road", ROADS)
@pytest.mark.parametrize("slot", ["srt_xx-XX", "srt_", "srt_es-es", "srt_aaa", "srt_es-ES\u200b", "srt_x_file"])
def test_subtitles_for_an_unknown_language_are_refused(page: Client, draft: Asset, road: str, slot: str) -> None:
    data = typed(**{slot: a_text_file() if slot.endswith("_file") else SRT})
    answer = page.post(f"/assets/{draft.pk}/{road}/", data, headers={"HX-Request": "true"})
    assert (answer.status_code, "is not a language that you can add subtitles for" in answer.content.decode()) == (
        413,
        True,
    )
    draft.refresh_from_db()
    assert draft.typed == {}


@pytest.mark.parametrize("road", ROADS)
def test_a_draft_has_a_maximum_size(page: Client, draft: Asset, road: str) -> None:
    codes = [code for code in locales.LOCALES if code != "he-IL"][:8]
    data = typed(targets=codes, **{f"srt_{code}": "é" * 600_000 for code in codes})
    answer = page.post(f"/assets/{draft.pk}/{road}/", data, headers={"HX-Request": "true"})
    assert answer.status_code == 413
    assert "add up to 9.6 MB and the limit is 8 MB. Remove subtitles" in answer.content.decode()
    draft.refresh_from_db()
    assert draft.typed == {}


def test_unknown_fields_are_not_kept(page: Client, draft: Asset) -> None:
    save(
        page,
        draft,
        **typed(**{"srt-es": "x", "colour": "x" * 1000, "files": "x", "undo": "x", "aside": "x", "Name": "x"}),
    )
    draft.refresh_from_db()
    assert not {"srt-es", "colour", "Name"} & set(draft.typed)
    assert [draft.typed[name] == "x" for name in ("files", "undo", "aside")] == [False, False, False]


def test_without_a_script_the_page_comes_back_with_what_was_typed(page: Client, draft: Asset) -> None:
    codes = ["es-ES", "fr-FR", "de-DE", "it-IT", "ja-JP"]
    answer = page.post(edit_url(draft), typed(targets=codes, **{f"srt_{code}": "日" * 600_000 for code in codes}))
    html = answer.content.decode()
    assert (answer.status_code, "Nothing was saved" in html, html.count("日" * 600_000)) == (413, True, 5)


def test_the_editor_says_that_the_draft_is_full(page: Client, draft: Asset) -> None:
    codes = ["fr-FR", "de-DE", "it-IT", "ja-JP"]
    save(page, draft, **typed(targets=codes, **{f"srt_{code}": "é" * 990_000 for code in codes}))
    cues = [{"start": n * 1000, "end": n * 1000 + 900, "text": "á" * 400} for n in range(150)]
    body, address = json.dumps({"cues": cues, "seen": fingerprint("")}), f"/assets/{draft.pk}/subtitles/es-ES"
    answer = page.post(f"{address}/cues/", body, content_type="application/json")
    assert (answer.status_code, "add up to" in answer.json()["problems"][0][1]) == (413, True)
    answer = page.post(f"{address}/edit/", {"text": "á" * 60_000, "seen": fingerprint("")})
    assert (answer.status_code, "Not saved." in answer.content.decode()) == (413, True)


def test_a_draft_that_is_too_large_already_can_be_made_smaller(page: Client, draft: Asset) -> None:
    codes = ["es-ES", "fr-FR", "de-DE"]
    Asset.objects.filter(pk=draft.pk).update(typed=typed(**{f"srt_{code}": "x" * 4_000_000 for code in codes}))
    assert save(page, draft, **{"srt_es-ES": "x" * 3_000_000}).status_code == 200
    assert save(page, draft, **{"srt_es-ES": "x" * 3_000_001}).status_code == 413
