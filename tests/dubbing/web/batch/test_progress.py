"""How far a batch is, and how long comparable videos took."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dubbing.models import Asset, Batch, BatchRow, DefaultReviewer, Dubbing, Project
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


def test_the_number_of_queries_does_not_depend_on_running_rows(client: Client, project: Project, user: User) -> None:
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


def a_batch_to_send(project: Project, user: User, *lengths: int) -> Batch:
    """A batch whose drafts, of so many seconds, are ready to be sent in two languages."""
    batch = Batch.objects.create(project=project, created_by=user)
    choices = {"targets": ["es-ES", "fr-FR"], "auto_generate": "no_lips", "lips_model": "real_face_turbo"}
    for number, seconds in enumerate(lengths, 1):
        draft = Asset.objects.create(project=project, created_by=user, name=f"Draft {number}", typed=choices)
        values = {"status": BatchRow.Status.GOOD, "stale": False, "milliseconds": 2000 * seconds}
        BatchRow.objects.create(batch=batch, number=number, asset=draft, **values)
    return batch


NOON = datetime(2026, 6, 10, 12, tzinfo=UTC)


def a_history(project: Project, user: User, seconds: int, *took: int) -> None:
    for each in took:
        asset = Asset.objects.create(
            project=project, created_by=user, status=DONE, source_locale="en-US", auto_generate="no_lips",
            submitted_at=NOON, finished_at=NOON + timedelta(seconds=each), duration=seconds, media_url="https://a.example",
        )  # fmt: skip
        for locale in ("es-ES", "fr-FR"):
            Dubbing.objects.create(asset=asset, locale=locale, status="completed")


def test_a_batch_says_when_its_longest_video_is_usually_ready_before_it_is_sent(
    client: Client, project: Project, user: User
) -> None:
    batch = a_batch_to_send(project, user, 60, 3600)
    assert "No estimate yet: too few comparable videos." in page(client, batch)
    a_history(project, user, 60, *[60] * 5)
    a_history(project, user, 3600, 2400, 2400, 3000, 3000, 3600)
    cache.clear()
    with time_machine.travel(NOON, tick=False):
        client.force_login(user)
        client.cookies["zone"] = "Europe/Berlin"
        text = page(client, batch)
    assert "Usually ready in 50–60 min, by about 3 p.m." in text
    batch.rows.update(status=BatchRow.Status.PROBLEM)
    assert "Usually ready" not in page(client, batch)


def test_a_batch_of_unknown_length_promises_nothing(client: Client, project: Project, user: User) -> None:
    text = page(client, a_batch_to_send(project, user, 0))
    assert "Usually ready" not in text
    assert "No estimate" not in text


def test_a_batch_says_which_languages_nobody_reviews_before_it_is_sent(
    client: Client, project: Project, user: User
) -> None:
    DefaultReviewer.objects.create(project=project, locale="es-ES", reviewer=user)
    batch = a_batch_to_send(project, user, 60)
    assert "No reviewer for French (France) yet." in page(client, batch)
    DefaultReviewer.objects.create(project=project, locale="fr-FR", reviewer=user)
    assert "No reviewer for" not in page(client, batch)


def test_predictions_take_as_many_queries_for_thirty_rows_as_for_three(
    client: Client, project: Project, user: User
) -> None:
    def queries(rows: int) -> int:
        batch = a_batch_to_send(project, user, *[60] * rows)
        page(client, batch)
        with CaptureQueriesContext(connection) as asked:
            page(client, batch)
        return len(asked)

    assert queries(3) == queries(30)
