"""How far a batch is, and how long comparable videos took."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dubbing.models import Asset, Batch, BatchRow, Dubbing, Project
from tests.support.people import client_of

pytestmark = pytest.mark.django_db

RUNNING, DONE, FAILED = Asset.Status.DUBBING, Asset.Status.COMPLETED, Asset.Status.FAILED


@pytest.fixture(autouse=True)
def _no_history_from_before() -> None:
    cache.clear()


@pytest.fixture
def client(user: User) -> Client:
    return client_of(user)


def a_batch(project: Project, user: User, *statuses: Asset.Status, took: float = 300) -> Batch:
    """A batch whose videos were sent five minutes ago; those that are done took so many seconds."""
    batch = Batch.objects.create(project=project, created_by=user)
    sent = timezone.now() - timedelta(minutes=5)
    for number, status in enumerate(statuses, 1):
        finished = sent + timedelta(seconds=took) if status == DONE else None
        asset = Asset.objects.create(
            project=project, created_by=user, name=f"Film {number}", status=status, source_locale="en-US",
            submitted_at=sent - timedelta(seconds=0 if status == RUNNING else 3600), finished_at=finished, duration=60,
        )  # fmt: skip
        if finished:
            Asset.objects.filter(pk=asset.pk).update(submitted_at=sent)
        Dubbing.objects.create(asset=asset, locale="es-ES")
        BatchRow.objects.create(batch=batch, number=number, asset=asset, status="sent", stale=False)
    return batch


def page(client: Client, batch: Batch) -> str:
    return client.get(f"/batches/{batch.pk}/").content.decode()


def test_a_batch_says_how_many_are_done_how_long_is_usual_and_how_long_it_has_been(
    client: Client, project: Project, user: User
) -> None:
    text = " ".join(page(client, a_batch(project, user, *[DONE] * 6, RUNNING, RUNNING, FAILED, took=240)).split())
    assert '<strong class="figure">6 of 9 done</strong> · usually 4 min, now <span class="figure" data-since=' in text


def test_without_a_history_it_says_no_usual_time(client: Client, project: Project, user: User) -> None:
    text = " ".join(page(client, a_batch(project, user, DONE, RUNNING)).split())
    assert "1 of 2 done</strong> · in progress for <span" in text
    assert "usually" not in text


def test_a_batch_that_is_over_has_no_progress(client: Client, project: Project, user: User) -> None:
    assert "batch-now" not in page(client, a_batch(project, user, DONE, FAILED))


def test_so_many_queries_however_many_rows_are_running(client: Client, project: Project, user: User) -> None:
    def queries(rows: int) -> int:
        batch = a_batch(project, user, *[RUNNING] * rows)
        page(client, batch)  # what is remembered for a minute is there by now
        with CaptureQueriesContext(connection) as found:
            page(client, batch)
        return len(found)

    assert queries(3) == queries(30)


def test_settings_fold_once_they_are_used_and_say_what_they_are(client: Client, project: Project) -> None:
    client.post(f"/projects/{project.pk}/batches/new/")
    batch = Batch.objects.get()
    assert 'id="settings" open' in page(client, batch)
    settings = {"source_locale": "en-US", "targets": ["es-ES"], "auto_generate": "no_lips", "speakers": "2"}
    said = client.post(f"/batches/{batch.pk}/settings/", settings, headers={"HX-Request": "true"}).content.decode()
    assert 'id="settings" open' not in said
    assert "en-US → es-ES · Finished video, lip sync off · 2 speakers" in said
    assert "Applied to every row" in said
    wrong = client.post(f"/batches/{batch.pk}/settings/", settings | {"speakers": "x"}, headers={"HX-Request": "true"})
    assert 'id="settings" open' in wrong.content.decode()
