"""Subtitle files of a whole batch: by their names, by the columns of a manifest, and what the page says of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dubbing.drafts import saved_drafts
from dubbing.models import Asset, Batch, BatchRow, Project
from dubbing.platform import workbooks
from tests.support.drafts import SRT, a_person, a_row, a_text_file
from tests.support.people import client_of

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
SETTINGS = {"source_locale": "en-US", "targets": ["es-ES", "fr-FR"], "auto_generate": "no_lips"}
TABLE = (
    "file,source_locale,targets,srt_es-ES,Subtitles fr-FR\nHarbour 1.mp4,en-US,es-ES fr-FR,h1-spanish.srt,h1-f.vtt\n"
)


@pytest.fixture
def client(user: User) -> Client:
    return client_of(user)


@pytest.fixture
def batch(client: Client, project: Project) -> Batch:
    """Three videos that are dubbed into Spanish and French."""
    client.post(f"/projects/{project.pk}/batches/new/")
    batch = Batch.objects.get()
    files = [{"name": name, "size": 1000} for name in ("Harbour 1.mp4", "Harbour 2.mp4", "pier.mov")]
    client.post(f"/batches/{batch.pk}/files/", json.dumps({"files": files}), content_type="application/json")
    client.post(f"/batches/{batch.pk}/settings/", SETTINGS)
    return batch


def add(client: Client, batch: Batch, *names: str, script: bool = True) -> str:
    files = [a_text_file(SRT, name) for name in names]
    answer = client.post(f"/batches/{batch.pk}/subtitles/", {"subtitle_files": files}, headers=HTMX if script else {})
    assert answer.status_code == 200
    return str(answer.content.decode())


def texts(batch: Batch, number: int) -> set[str]:
    asset = batch.rows.get(number=number).asset
    assert asset
    return {slot for slot, text in saved_drafts.read_draft(asset).texts.items() if text.strip()}


def check(client: Client, project: Project, table: str, **data: Any) -> str:
    return str(client.post(f"/projects/{project.pk}/manifest/", {"text": table, **data}).content.decode())


def made_from(client: Client, project: Project, table: str) -> Batch:
    client.post(f"/projects/{project.pk}/manifest/", {"text": table, "action": "good"})
    return Batch.objects.get(kind="manifest")


def test_files_go_to_the_video_and_the_language_in_their_names(client: Client, batch: Batch) -> None:
    said = add(client, batch, "harbour_1.es-ES.srt", "HARBOUR-1.fr.vtt", "Harbour 2 (Spanish).srt", "pier.en.srt")
    assert "4 subtitle files added." in said
    assert texts(batch, 1) == {"es-ES", "fr-FR"}
    assert texts(batch, 2) == {"es-ES"}
    assert texts(batch, 3) == {"source"}
    assert "row 2, Spanish (Spain)" in said


def test_what_is_unsure_is_listed_and_loses_none_of_the_others(client: Client, batch: Batch) -> None:
    said = add(client, batch, "pier.es-ES.srt", "pier.srt", "quay.es-ES.srt", "es-ES.srt")
    assert "1 subtitle file added, 3 need attention." in said
    assert "does not say its language. Choose it in the row." in said
    assert "No video in this batch is called" in said
    assert "does not say which video it is for" in said
    row = batch.rows.get(number=3)
    assert f"/assets/{row.asset_id}/edit/#subtitle_files-slot" in said
    assert 'name="subtitle_slot_1"' in client.get(f"/assets/{row.asset_id}/edit/").content.decode()


def test_an_unreadable_file_is_reported_with_its_row(client: Client, batch: Batch) -> None:
    files = [a_text_file(b"\x00\x01\x02" * 90, "pier.fr.srt"), a_text_file(SRT, "pier.es.srt")]
    said = client.post(f"/batches/{batch.pk}/subtitles/", {"subtitle_files": files}, headers=HTMX).content.decode()
    assert "1 subtitle file added, 1 needs attention." in said
    assert texts(batch, 3) == {"es-ES"}


def test_without_a_script_the_page_says_what_was_placed(client: Client, batch: Batch) -> None:
    said = add(client, batch, "pier.es-ES.srt", script=False)
    assert "1 subtitle file added." in said
    assert "Settings for all rows" in said


def test_sent_rows_accept_no_more_subtitles(client: Client, batch: Batch) -> None:
    Asset.objects.filter(batch_row__batch=batch, batch_row__number=3).update(status=Asset.Status.DUBBING)
    assert "No video in this batch is called" in add(client, batch, "pier.es-ES.srt")


def test_a_manifest_names_subtitles_and_its_row_waits_for_them(client: Client, project: Project, user: User) -> None:
    a_row(user, name="Harbour 1.mp4", seconds=60.0)
    batch = made_from(client, project, TABLE)
    page = client.get(f"/batches/{batch.pk}/").content.decode()
    row = batch.rows.get()
    assert row.status == BatchRow.Status.PROBLEM
    assert "h1-spanish.srt" in page
    assert "h1-f.vtt" in page
    client.post(f"/batches/{batch.pk}/send/")
    assert row.asset
    assert Asset.objects.get(pk=row.asset.pk).status == Asset.Status.DRAFT

    assert "2 subtitle files added." in add(client, batch, "H1-Spanish.srt", "h1-f.vtt")
    assert texts(batch, 1) == {"es-ES", "fr-FR"}
    client.get(f"/batches/{batch.pk}/")
    assert batch.rows.get().status == BatchRow.Status.GOOD


def test_the_same_manifest_again_changes_nothing(client: Client, project: Project, user: User) -> None:
    a_row(user, name="Harbour 1.mp4", seconds=60.0)
    batch = made_from(client, project, TABLE)
    assert "1 row is already in the batch" in check(client, project, TABLE, batch=str(batch.pk))


def test_a_column_of_subtitles_is_checked_as_every_other_one(client: Client, project: Project) -> None:
    assert "needs a language with its region" in check(client, project, "file,srt_es\na.mp4,a.srt\n")
    said = check(client, project, "file,source_locale,targets,srt_de-DE\na.mp4,en-US,es-ES,a.srt\n")
    assert "This row is not dubbed into de-DE." in said
    said = check(client, project, "file,source_locale,targets,srt_es-ES\na.mp4,en-US,es-ES,a.docx\n")
    assert "Enter the name of an SRT or WebVTT file" in said


def test_template_and_outcome_are_workbooks_too(client: Client, project: Project, batch: Batch) -> None:
    template = client.get(f"/projects/{project.pk}/manifest/template.xlsx").content
    assert workbooks.as_csv(template).lstrip("\ufeff").splitlines()[0].endswith("preset,srt_es-ES")
    outcome = workbooks.as_csv(client.get(f"/batches/{batch.pk}/outcome.xlsx").content)
    assert "pier" in outcome
    assert "Choose a video file" in outcome


def test_queries_are_bounded_per_row_and_zero_for_rows_without_files(client: Client, batch: Batch) -> None:
    def queries(*names: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            add(client, batch, *names)
        return len(found)

    add(client, batch, "harbour 1.fr.srt")
    one = queries("pier.es-ES.srt")
    assert queries("pier.fr.srt", "pier.es-ES.srt", "pier.en.srt") <= one
    for number in range(4, 10):
        files = [{"name": f"Episode {number}.mp4", "size": 1000}]
        client.post(f"/batches/{batch.pk}/files/", json.dumps({"files": files}), content_type="application/json")
    assert queries("pier.es-ES.srt") <= one


def test_strangers_and_other_members_add_nothing(batch: Batch) -> None:
    for person in (a_person("stranger"), a_person("eve", batch.project, role="owner")):
        assert client_of(person).post(f"/batches/{batch.pk}/subtitles/").status_code == 404


def test_subtitle_and_background_files_count_as_missing_until_they_are_there(
    client: Client, project: Project, user: User
) -> None:
    batch = made_from(client, project, TABLE)
    page = client.get(f"/batches/{batch.pk}/").content.decode()
    assert "3 files are missing" in page
    for name in ("Harbour 1.mp4", "h1-spanish.srt", "h1-f.vtt"):
        assert f"<bdi>{name}</bdi>" in page
    asset = batch.rows.get().asset
    assert asset
    saved_drafts.attach(asset, a_row(user, name="Harbour 1.mp4", seconds=60), user)
    add(client, batch, "h1-spanish.srt")
    assert "1 file is missing" in client.get(f"/batches/{batch.pk}/").content.decode()
    assert "1 video lacks files" in client.get("/").content.decode()
    add(client, batch, "h1-f.vtt")
    assert "batch-missing" not in client.get(f"/batches/{batch.pk}/").content.decode()
    assert "lacks files" not in client.get("/").content.decode()
    saved_drafts.keep_typed(asset, {"background_from": "file"}, user)
    BatchRow.objects.update(stale=True)
    client.get(f"/batches/{batch.pk}/status/")
    page = client.get(f"/batches/{batch.pk}/").content.decode()
    assert "1 background file is missing" in page
    assert f'href="/assets/{asset.pk}/edit/#background-box"' in page
    assert "1 video lacks files" in client.get("/").content.decode()


def test_a_row_whose_video_is_in_the_trash_says_so(client: Client, batch: Batch) -> None:
    row = batch.rows.get(number=1)
    assert row.asset_id
    BatchRow.objects.filter(pk=row.pk).update(status="sent")
    etag = client.get(f"/batches/{batch.pk}/status/")["ETag"]
    now = timezone.now()
    Asset.objects.filter(pk=row.asset_id).update(status="completed", submitted_at=now, trashed_at=now)
    answer = client.get(f"/batches/{batch.pk}/status/", headers={"If-None-Match": etag})
    assert "In trash" in answer.content.decode()
    assert f'href="/assets/{row.asset_id}/"' in answer.content.decode()
    Asset.objects.filter(pk=row.asset_id).update(purged_at=now)
    page = client.get(f"/batches/{batch.pk}/").content.decode()
    assert "Deleted for good" in page
    assert f'href="/assets/{row.asset_id}/"' not in page
