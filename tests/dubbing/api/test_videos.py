"""Videos through the API: brought, changed, quoted, submitted once, and read."""

from __future__ import annotations

from typing import Any

import pytest

from dubbing.models import Asset, IdempotentRequest, Policy, Submission
from dubbing.web.asset_form import draft_submission
from tests.conftest import WakeUps
from tests.support import rows
from tests.support.people import People
from tests.support.programs import Program, program_of

pytestmark = pytest.mark.django_db
LINK = "https://media.example.com/harbour.mp4"
WANTED: dict[str, Any] = {
    "name": "Harbour tour", "source_url": LINK, "source_language": "en-US", "languages": [{"language": "es-ES"}],
    "auto_generate": "no_lips",
}  # fmt: skip
KEY = {"Idempotency-Key": "b0e4-1"}


@pytest.fixture
def program(people: People) -> Program:
    return program_of(people.editor)


def create(program: Program, people: People, **more: Any) -> Any:
    answer = program.post(f"/projects/{people.project.pk}/assets", WANTED | more)
    assert answer.status_code == 201, answer.content
    return answer.json()


def submit(program: Program, pk: int, **headers: str) -> Any:
    return program.post(f"/assets/{pk}/submit", **headers)


def test_a_draft_holds_what_was_given_and_is_a_draft_of_the_page(program: Program, people: People) -> None:
    made = create(program, people, tags=["sea", "Q4"], due_on="2026-12-24", start=1.5, speakers=2)
    assert (made["status"], made["tags"], made["due_on"]) == ("draft", ["Q4", "sea"], "2026-12-24")
    typed = Asset.objects.get(pk=made["id"]).typed
    assert (typed["media_url"], typed["targets"], typed["start"]) == (LINK, ["es-ES"], "1.5")
    assert (typed["speakers"], typed["source_from"]) == ("2", "url")


def test_every_draft_is_a_new_one_even_beside_an_untouched_one(program: Program, people: People) -> None:
    address = f"/projects/{people.project.pk}/assets"
    made = [program.post(address, {}).json()["id"] for _ in range(2)]
    assert made[0] != made[1]


def test_a_draft_is_changed_field_by_field(program: Program, people: People) -> None:
    pk = create(program, people)["id"]
    program.ask("PATCH", f"/assets/{pk}/draft", {"end": 12.0, "source_url": None})
    typed = Asset.objects.get(pk=pk).typed
    assert (float(typed["end"]), typed["media_url"], typed["name"]) == (12.0, "", "Harbour tour")


def test_subtitles_that_cannot_be_read_are_named_in_the_quote(program: Program, people: People) -> None:
    pk = create(program, people, languages=[{"language": "es-ES", "subtitles": "no subtitles"}])["id"]
    quote = program.get(f"/assets/{pk}/quote").json()
    assert quote["valid"] is False
    assert list(quote["errors"]) == ["languages.es-ES.subtitles"]


def test_a_quote_says_what_a_file_will_use(program: Program, people: People) -> None:
    upload = rows.make_upload(people.editor, duration=90.0)
    pk = create(program, people, source_url=None, source_upload=str(upload.pk))["id"]
    program.ask("PATCH", f"/assets/{pk}/draft", {"languages": [{"language": "es-ES"}, {"language": "fr-FR"}]})
    quote = program.get(f"/assets/{pk}/quote").json()
    assert (quote["valid"], quote["seconds"], quote["languages"], quote["minutes"]) == (True, 90.0, 2, 3.0)


def test_missing_values_are_reported_by_field(program: Program, people: People) -> None:
    pk = program.post(f"/projects/{people.project.pk}/assets", {}).json()["id"]
    answer = submit(program, pk, **KEY)
    assert answer.status_code == 422
    assert set(answer.json()["errors"]) == {"source_upload", "source_language", "languages"}
    assert not IdempotentRequest.objects.exists(), "the key is free again"


def test_submitting_twice_with_the_same_key_is_one_paid_request_and_one_answer(
    program: Program, people: People, wake_ups: WakeUps
) -> None:
    pk = create(program, people)["id"]
    answers = [submit(program, pk, **KEY) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert [answer["Idempotency-Replayed"] for answer in answers] == ["false", "true"]
    assert Submission.objects.count() == 1
    assert answers[0].json()["submissions"][0]["languages"] == ["es-ES"]
    assert answers[0].json()["asset"]["status"] == "submitting"


def test_submitting_again_with_another_key_is_refused_and_not_paid(program: Program, people: People) -> None:
    pk = create(program, people)["id"]
    submit(program, pk, **KEY)
    answer = submit(program, pk, **{"Idempotency-Key": "another"})
    assert (answer.status_code, answer.json()["who_can_fix"]) == (409, "you")
    assert Submission.objects.count() == 1


def test_a_key_that_was_used_for_another_request_is_refused(program: Program, people: People) -> None:
    first, second = (create(program, people)["id"] for _ in range(2))
    submit(program, first, **KEY)
    answer = submit(program, second, **KEY)
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("#idempotency-key-reused")
    assert Submission.objects.count() == 1


def test_keys_of_two_people_are_two_keys(people: People) -> None:
    for person in (people.editor, people.owner):
        program = program_of(person)
        assert submit(program, create(program, people)["id"], **KEY).status_code == 200
    assert Submission.objects.count() == 2


def test_a_paid_request_without_a_key_is_refused(program: Program, people: People) -> None:
    answer = submit(program, create(program, people)["id"])
    assert (answer.status_code, "Idempotency-Key" in answer.json()["title"]) == (422, True)


def test_a_request_whose_process_died_before_it_did_anything_is_carried_out_by_the_next(
    program: Program, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    pk = create(program, people)["id"]
    with monkeypatch.context() as patch:
        patch.setattr(draft_submission, "send", lambda form: 1 / 0)
        assert submit(program, pk, **KEY).status_code == 500
    assert IdempotentRequest.objects.get().status is None
    assert submit(program, pk, **KEY).status_code == 200
    assert Submission.objects.count() == 1


def test_minutes_that_do_not_suffice_are_a_problem_for_an_owner(program: Program, people: People) -> None:
    people.project.monthly_minutes = 1
    people.project.save()
    upload = rows.make_upload(people.editor, duration=600.0)
    pk = create(program, people, source_url=None, source_upload=str(upload.pk))["id"]
    answer = submit(program, pk, **KEY)
    assert (answer.status_code, answer.json()["who_can_fix"]) == (409, "project owner")
    assert not Submission.objects.exists()
    assert program.get(f"/projects/{people.project.pk}/minutes").json()["left"] == 1.0


def test_above_the_limit_an_owner_has_to_approve(program: Program, people: People) -> None:
    Policy.objects.create(project=people.project, approval_above=1)
    upload = rows.make_upload(people.editor, duration=600.0)
    pk = create(program, people, source_url=None, source_upload=str(upload.pk))["id"]
    assert program.get(f"/assets/{pk}/quote").json()["needs_approval"] is True
    answer = submit(program, pk, **KEY).json()
    assert (answer["waits_for_approval"], answer["submissions"], answer["asset"]["status"]) == (True, [], "awaiting")


def test_languages_are_added_once_to_a_video_that_the_provider_has(program: Program, people: People) -> None:
    asset = rows.make_asset(people.project, people.editor)
    body = {"languages": [{"language": "fr-FR", "subtitles": rows.SRT}]}
    for _ in range(2):
        answer = program.post(f"/assets/{asset.pk}/languages", body, **KEY)
        assert answer.status_code == 200, answer.content
    assert Submission.objects.count() == 1
    assert "Hola." in asset.dubbings.get(locale="fr-FR").srt
    unknown = {"languages": [{"language": "xx-XX"}]}
    again = program.post(f"/assets/{asset.pk}/languages", unknown, **{"Idempotency-Key": "2"})
    assert again.status_code == 422


def test_languages_that_failed_are_sent_again(program: Program, people: People) -> None:
    asset = rows.make_asset(people.project, people.editor, status="failed")
    answer = program.post(f"/assets/{asset.pk}/resend", **KEY)
    assert (answer.status_code, len(answer.json()["submissions"])) == (200, 1)


def test_a_finished_video_names_its_final_video_which_comes_in_ranges(program: Program, people: People) -> None:
    result = rows.make_done(people.project, people.owner)
    video = program.get(f"/assets/{result.version.dubbing.asset_id}").json()
    shown = video["languages"][0]["result"]
    assert (shown["size"], shown["sha256"]) == (result.size, result.sha256)
    address = shown["download"].removeprefix("http://testserver")
    whole = program.ask_outside("GET", address)
    assert b"".join(whole) == rows.BYTES
    part = program.ask_outside("GET", address, Range="bytes=10-19")
    assert (part.status_code, b"".join(part)) == (206, rows.BYTES[10:20])
    beyond = program.ask_outside("GET", address, Range="bytes=999999-")
    assert (beyond.status_code, beyond["Content-Type"]) == (416, "application/problem+json")
    srt = program.get(f"/languages/{video['languages'][0]['id']}/subtitles.srt")
    assert "Hola." in srt.content.decode()


def test_a_list_is_paged_and_filtered_as_on_the_page(program: Program, people: People) -> None:
    made = [rows.make_asset(people.project, people.owner, name=f"Pier {n}").pk for n in range(5)]
    rows.make_asset(people.project, people.owner, status="failed", name="Quay")
    rows.make_asset(people.project, people.owner, status="draft")
    address, seen, cursor = f"/projects/{people.project.pk}/assets?status=running&limit=2", [], ""
    while True:
        page = program.get(address + (f"&cursor={cursor}" if cursor else "")).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert seen == made[::-1]
    assert [item["name"] for item in program.get(f"{address}&q=Pier 3").json()["items"]] == ["Pier 3"]


def test_tags_dates_names_and_the_archive_change_together(program: Program, people: People) -> None:
    asset = rows.make_asset(people.project, people.owner)
    change = {"name": "Pier", "tags": ["sea"], "due_on": "2026-12-01", "archived": True}
    shown = program.ask("PATCH", f"/assets/{asset.pk}", change).json()
    assert {name: shown[name] for name in change} == change
    shown = program.ask("PATCH", f"/assets/{asset.pk}", {"tags": [], "due_on": None}).json()
    assert (shown["tags"], shown["due_on"], shown["name"]) == ([], None, "Pier")


def test_what_did_not_change_is_not_sent_again(program: Program, people: People) -> None:
    asset = rows.make_asset(people.project, people.owner)
    first = program.get(f"/assets/{asset.pk}")
    again = program.get(f"/assets/{asset.pk}", **{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    Asset.objects.filter(pk=asset.pk).update(name="Pier")
    assert program.get(f"/assets/{asset.pk}", **{"If-None-Match": first["ETag"]}).status_code == 200


def test_other_peoples_drafts_do_not_exist(program: Program, people: People) -> None:
    draft = rows.make_asset(people.project, people.owner, status="draft")
    assert program.get(f"/assets/{draft.pk}").status_code == 404
