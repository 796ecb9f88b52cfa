"""The pages of a batch and of a manifest, through the doors people use."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dubbing import subtitles
from dubbing.batches import batches
from dubbing.drafts import saved_drafts
from dubbing.models import Asset, Batch, BatchRow, Policy, Preset, Project, Submission
from tests.conftest import WakeUps
from tests.support.drafts import a_person, a_row
from tests.support.people import client_of
from tests.support.sentences import KITCHEN

pytestmark = pytest.mark.django_db

SETTINGS = {"source_locale": "en-US", "targets": ["es-ES", "fr-FR"], "auto_generate": "no_lips"}


@pytest.fixture
def client(user: User) -> Client:
    return client_of(user)


@pytest.fixture
def batch(client: Client, project: Project) -> Batch:
    client.post(f"/projects/{project.pk}/batches/new/")
    return Batch.objects.get()


def add_files(client: Client, batch: Batch, *names: str, size: int = 1000) -> Any:
    body = json.dumps({"files": [{"name": name, "size": size} for name in names]})
    return client.post(f"/batches/{batch.pk}/files/", body, content_type="application/json").json()


def arrive(batch: Batch, user: User, *, seconds: float = 60) -> None:
    for row in batch.rows.select_related("asset").filter(asset__source=None):
        assert row.asset
        saved_drafts.attach(row.asset, a_row(user, name=row.given["file"], seconds=seconds), user)


def share(client: Client, batch: Batch, **changes: Any) -> Any:
    return client.post(f"/batches/{batch.pk}/settings/", SETTINGS | changes)


def page(client: Client, batch: Batch) -> str:
    return client.get(f"/batches/{batch.pk}/").content.decode()


def test_files_are_announced_and_each_row_says_what_it_needs(client: Client, batch: Batch) -> None:
    told = add_files(client, batch, "harbour.mp4", "pier.mp4")
    assert [one["has_file"] for one in told["files"]] == [False, False]
    assert [one["asset"] for one in told["files"]] == list(batch.rows.values_list("asset_id", flat=True))
    shown = page(client, batch)
    assert "2 files are missing" in shown
    assert "Waiting for “harbour.mp4”" in shown
    assert "Choose the language spoken in the video." in shown
    assert "disabled" in shown.partition('id="send"')[2][:60]


def test_a_row_shows_findings_in_its_subtitles_before_all_rows_are_sent(
    client: Client, batch: Batch, user: User
) -> None:
    add_files(client, batch, "harbour.mp4")
    share(client, batch)
    arrive(batch, user)
    german = subtitles.to_srt(
        subtitles.Cue(at * 5000, at * 5000 + 4500, text) for at, text in enumerate(KITCHEN["de-DE"])
    )
    asset = batch.rows.get().asset
    assert asset
    saved_drafts.keep_typed(asset, {"targets": ["es-ES"], "srt_es-ES": german}, user)
    shown = page(client, batch)
    assert "The text looks like German, but this slot is for Spanish (Spain)." in shown
    assert batch.rows.get().status == BatchRow.Status.GOOD
    saved_drafts.keep_typed(asset, {"srt_es-ES": ""}, user)
    assert "looks like German" not in page(client, batch)


def test_a_reloaded_page_knows_an_upload_that_was_begun(client: Client, batch: Batch, user: User) -> None:
    asset = Asset.objects.get(pk=add_files(client, batch, "harbour.mp4")["files"][0]["asset"])
    upload = a_row(user, name="harbour.mp4", status="receiving")
    saved_drafts.attach(asset, upload, user)
    assert "(partly uploaded)" in page(client, batch)
    again = add_files(client, batch, "harbour.mp4")["files"][0]
    assert again["asset"] == asset.pk
    assert str(upload.pk) in again["url"]
    assert Asset.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    ["", "[]", "{}", '{"files": 3}', '{"files": []}', '{"files": [{"name": 1, "size": 2}]}',
     '{"files": [{"name": "a"}]}', '{"files": [{"name": "a", "size": -1}]}', '{"files": [{"name": "a", "size": true}]}',
     "[" * 5000],
)  # fmt: skip
def test_nonsense_is_not_announced(client: Client, batch: Batch, body: str) -> None:
    answer = client.post(f"/batches/{batch.pk}/files/", body, content_type="application/json")
    assert answer.status_code == 400
    assert not Asset.objects.exists()


def test_all_is_sent_with_one_press_and_the_outcome_stays(
    client: Client, batch: Batch, user: User, project: Project, wake_ups: WakeUps, committed: Any
) -> None:
    project.monthly_minutes = 5
    project.save()
    add_files(client, batch, "a.mp4", "b.mp4", "c.mp4")
    share(client, batch)
    arrive(batch, user)
    assert "Send 3 videos: 6 min" in page(client, batch)
    with committed():
        client.post(f"/batches/{batch.pk}/send/")
    assert [name for name, _ in wake_ups] == ["submit", "submit"]
    for _ in range(2):
        shown = page(client, batch)
        assert "2 sent, 1 refused." in shown
        assert "Send the remaining 1: 2 min" in shown
    project.monthly_minutes = None
    project.save()
    client.post(f"/batches/{batch.pk}/send/")
    client.post(f"/batches/{batch.pk}/send/")
    assert Submission.objects.count() == 3
    assert "All rows are sent." in page(client, batch)


def test_rows_that_an_owner_has_to_approve_are_marked(
    client: Client, batch: Batch, user: User, project: Project
) -> None:
    Policy.objects.create(project=project, approval_above=3)
    add_files(client, batch, "a.mp4", "b.mp4")
    share(client, batch)
    arrive(batch, user)
    row = batch.rows.select_related("asset").get(number=2)
    assert row.asset
    saved_drafts.keep_typed(row.asset, {"targets": ["es-ES", "fr-FR", "it-IT", "de-DE"]}, user)
    assert "Send 2 videos: 6 min" in page(client, batch)
    client.post(f"/batches/{batch.pk}/send/")
    shown = page(client, batch)
    assert "2 sent (1 awaiting approval)." in shown
    assert "Awaiting approval" in shown


def test_a_row_with_a_mistake_links_to_its_field_and_stays_behind(client: Client, batch: Batch, user: User) -> None:
    add_files(client, batch, "a.mp4", "b.mp4")
    share(client, batch)
    arrive(batch, user)
    row = batch.rows.select_related("asset").get(number=2)
    assert row.asset
    saved_drafts.keep_typed(row.asset, {"start": "soon"}, user)
    shown = page(client, batch)
    assert f'href="/assets/{row.asset_id}/edit/#id_start"' in shown
    assert "Needs fixing" in shown
    client.post(f"/batches/{batch.pk}/send/")
    assert list(batch.rows.values_list("status", flat=True)) == ["sent", "problem"]


def test_invalid_settings_are_reported_beside_the_field_and_not_saved(client: Client, batch: Batch) -> None:
    answer = share(client, batch, targets=["en-US"], speakers="many")
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "already the source language" in shown
    assert "whole number" in shown
    batch.refresh_from_db()
    assert batch.shared["targets"] == []


def test_a_preset_sets_all_rows(client: Client, batch: Batch, project: Project, user: User) -> None:
    add_files(client, batch, "a.mp4")
    values = {"source_locale": "en-US", "targets": ["it-IT"], "lips_model": "real_face_turbo"}
    preset = Preset.objects.create(project=project, name="Italy", values=values, created_by=user)
    client.post(f"/batches/{batch.pk}/settings/", {"action": "preset", "preset": preset.pk})
    row = batch.rows.select_related("asset").get()
    assert row.asset
    assert row.asset.typed["targets"] == ["it-IT"]
    assert row.asset.typed["lips_model"] == "real_face_turbo"


def test_a_preset_of_another_project_is_not_there(client: Client, batch: Batch, user: User) -> None:
    other = Project.objects.create(name="Other")
    preset = Preset.objects.create(project=other, name="X", values={"targets": ["it-IT"]}, created_by=user)
    client.post(f"/batches/{batch.pk}/settings/", {"action": "preset", "preset": preset.pk})
    batch.refresh_from_db()
    assert batch.shared["targets"] == []


def test_a_row_is_deleted_with_its_draft(client: Client, batch: Batch) -> None:
    add_files(client, batch, "a.mp4", "b.mp4")
    row = batch.rows.first()
    assert row
    client.post(f"/batches/{batch.pk}/rows/{row.pk}/remove/")
    assert list(batch.rows.values_list("number", flat=True)) == [2]
    assert Asset.objects.count() == 1
    assert add_files(client, batch, "c.mp4")["files"][0]["has_file"] is False
    assert list(batch.rows.values_list("number", flat=True)) == [2, 3]


def test_a_row_of_another_batch_cannot_be_removed_through_this_one(client: Client, batch: Batch, user: User) -> None:
    other = Batch.objects.create(project=batch.project, created_by=a_person("mallory", batch.project))
    row = batches.add_rows(other, other.created_by, [({"file": "x.mp4"}, {"name": "x"})])[0]
    assert client.post(f"/batches/{batch.pk}/rows/{row.pk}/remove/").status_code == 404
    assert Asset.objects.count() == 1


def test_the_changing_part_takes_no_more_queries_for_many_rows(client: Client, batch: Batch, user: User) -> None:
    def asked() -> int:
        etag = client.get(f"/batches/{batch.pk}/status/")["ETag"]
        with CaptureQueriesContext(connection) as queries:
            same = client.get(f"/batches/{batch.pk}/status/", headers={"If-None-Match": etag})
        assert same.status_code == 304
        return len(queries)

    add_files(client, batch, "a.mp4")
    few = asked()
    add_files(client, batch, *(f"{number}.mp4" for number in range(8)))
    assert asked() == few


def test_a_row_whose_languages_change_elsewhere_is_updated(client: Client, batch: Batch, user: User) -> None:
    add_files(client, batch, "a.mp4")
    share(client, batch)
    before = client.get(f"/batches/{batch.pk}/status/")
    row = batch.rows.select_related("asset").get()
    assert row.asset
    saved_drafts.keep_typed(row.asset, {"targets": ["ja-JP"]}, user)
    after = client.get(f"/batches/{batch.pk}/status/", headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 200
    assert "ja-JP" in after.content.decode()


def test_the_changing_part_is_not_sent_again_while_nothing_changed(client: Client, batch: Batch, user: User) -> None:
    add_files(client, batch, "a.mp4")
    share(client, batch)
    first = client.get(f"/batches/{batch.pk}/status/")
    assert first.status_code == 200  # another window may bring the file
    same = client.get(f"/batches/{batch.pk}/status/", headers={"If-None-Match": first["ETag"]})
    assert same.status_code == 304
    with CaptureQueriesContext(connection) as queries:
        client.get(f"/batches/{batch.pk}/status/", headers={"If-None-Match": first["ETag"]})
    assert len(queries) <= 4  # the session, the person, the batch, and one for all that moves
    arrive(batch, user)
    moved = client.get(f"/batches/{batch.pk}/status/", headers={"If-None-Match": first["ETag"]})
    assert moved.status_code == 200  # another window may send it
    assert "Ready to send" in moved.content.decode()
    client.post(f"/batches/{batch.pk}/send/")
    for status, code in (("submitting", 200), ("ready", 200), ("awaiting", 200), ("completed", 286), ("failed", 286)):
        Asset.objects.update(status=status)
        assert client.get(f"/batches/{batch.pk}/status/").status_code == code, status


def test_rows_come_in_pages_of_fifty_in_a_fixed_number_of_queries(
    client: Client, batch: Batch, user: User, django_assert_max_num_queries: Any
) -> None:
    batches.add_rows(batch, user, [({"file": f"{n}.mp4", "size": 1}, {"name": f"Film {n}"}) for n in range(120)])
    while not batches.refresh(batch, user, lambda *_: batches.Checked(None, [("source", "Missing")]), seconds=9):
        pass
    with django_assert_max_num_queries(16):
        shown = page(client, batch)
    assert "Film 49" in shown
    assert "Film 50" not in shown
    last = client.get(f"/batches/{batch.pk}/?page=3").content.decode()
    assert "Film 119" in last
    assert "Page 3 of 3" in last
    assert client.get(f"/batches/{batch.pk}/?page=99999999999").status_code == 200


# --- manifests -------------------------------------------------------------------------------------------------------

TABLE = "name,file,source_locale,targets\nPier,pier.mp4,en-US,es-ES\nQuay,quay.mp4,en-US,xx-XX\n"


def test_a_manifest_is_checked_and_made_into_drafts(client: Client, project: Project) -> None:
    url = f"/projects/{project.pk}/manifest/"
    file = SimpleUploadedFile("films.csv", ("\ufeff" + TABLE).encode("utf-16"))
    tried = client.post(url, {"file": file}).content.decode()
    assert "1 of 2 rows are ready, 1 has errors" in tried
    assert "“xx-XX” is not a supported target language" in tried
    assert "Create draft from 1 row" in tried
    assert not Asset.objects.exists()
    answer = client.post(url, {"text": TABLE, "action": "good"}, follow=True)
    batch = Batch.objects.get()
    assert answer.redirect_chain[-1][0] == f"/batches/{batch.pk}/"
    assert "1 of 2 rows were skipped" in answer.content.decode()
    assert [row.given["name"] for row in batch.rows.all()] == ["Pier"]


def test_a_manifest_without_a_good_row_keeps_its_content(client: Client, project: Project) -> None:
    answer = client.post(
        f"/projects/{project.pk}/manifest/", {"text": TABLE.replace("es-ES", "yy-YY"), "action": "good"}
    )
    assert answer.status_code == 422
    assert "yy-YY</textarea>" not in answer.content.decode()
    assert "Pier,pier.mp4,en-US,yy-YY" in answer.content.decode()


def test_rows_with_mistakes_become_drafts_to_be_corrected(client: Client, project: Project) -> None:
    client.post(f"/projects/{project.pk}/manifest/", {"text": TABLE, "action": "all"})
    assert Asset.objects.count() == 2
    assert "is not a supported target language" in page(client, Batch.objects.get())


def test_a_manifest_cannot_be_added_to_somebody_elses_batch(client: Client, project: Project) -> None:
    theirs = Batch.objects.create(project=project, created_by=a_person("mallory", project), kind="manifest")
    for where in ({"text": TABLE, "action": "all", "batch": theirs.pk}, {"text": TABLE, "batch": "x"}):
        assert client.post(f"/projects/{project.pk}/manifest/", where).status_code == 404
    assert client.get(f"/projects/{project.pk}/manifest/?batch={theirs.pk}").status_code == 404
    assert not theirs.rows.exists()


def test_what_a_manifest_says_is_shown_as_text(client: Client, project: Project) -> None:
    evil = "name,file,targets\n<script>alert(1)</script>,</textarea><b>,<i>\n"
    shown = client.post(f"/projects/{project.pk}/manifest/", {"text": evil}).content.decode()
    assert "<script>alert" not in shown
    assert "</textarea><b>" not in shown


def test_the_template_and_the_outcome_are_downloads(client: Client, project: Project, batch: Batch) -> None:
    add_files(client, batch, "=cmd.mp4")
    template = client.get(f"/projects/{project.pk}/manifest/template.csv")
    outcome = client.get(f"/batches/{batch.pk}/outcome.csv")
    for answer in (template, outcome):
        assert answer["Content-Type"].startswith("text/csv")
        assert answer["Content-Disposition"].startswith("attachment")
    asset = Asset.objects.get()
    assert f"'=cmd,{asset.pk},http://testserver/assets/{asset.pk}/," in outcome.content.decode()
