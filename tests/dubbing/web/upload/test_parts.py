"""Uploads that a browser sends to the bucket itself: in parts, resumed by what the bucket has, verified by a worker."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from dubbing import tasks
from dubbing.models import Upload
from dubbing.platform import storage
from dubbing.uploads import cleanup, direct
from tests.conftest import WakeUps
from tests.support import tus
from tests.support.buckets import BucketService, contents
from tests.support.journey import fresh, touch

pytestmark = pytest.mark.django_db

PART = 10_000


@pytest.fixture(autouse=True)
def _direct(bucket: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.S3_DIRECT_UPLOADS = True
    monkeypatch.setattr(direct, "SMALLEST_PART", PART)
    monkeypatch.setattr(direct, "AT_ONCE", 2)


@pytest.fixture
def content(film: Path) -> bytes:
    return film.read_bytes()


@pytest.fixture
def address(editor: Client, content: bytes) -> str:
    """Of an upload of which nothing is there."""
    return str(tus.create_upload(editor, len(content))["Location"])


def ask(page: Client, address: str) -> Any:
    return page.post(f"{address}parts/")


def put(parts: list[dict[str, Any]], content: bytes) -> None:
    for part in parts:
        piece = content[part["first"] :][: part["size"]]
        assert httpx.put(part["address"], content=piece, trust_env=False).status_code == 200


def send_all(page: Client, address: str, content: bytes) -> None:
    for _ in range(100):
        answer = ask(page, address).json()
        if answer["status"] != "receiving":
            return
        put(answer["parts"], content)
    raise AssertionError("it never arrives")


def test_a_file_arrives_in_parts_and_is_verified_by_a_worker(
    editor: Client,
    address: str,
    content: bytes,
    bucket: str,
    bucket_service: BucketService,
    committed: Callable[[], Any],
    wake_ups: WakeUps,
) -> None:
    with committed():
        send_all(editor, address, content)
    upload = Upload.objects.get()
    assert len(content) > 2 * PART
    assert upload.status == Upload.Status.ARRIVED
    assert ("examine", upload.pk) in wake_ups
    tasks.verify(upload.pk)
    upload = fresh(upload)
    assert (upload.status, upload.sha256) == (Upload.Status.COMPLETE, hashlib.sha256(content).hexdigest())
    assert contents(bucket_service, bucket)[upload.key] == len(content)
    assert ask(editor, address).json() == {"status": "complete", "sent": len(content), "parts": []}


def test_it_goes_on_with_what_is_missing(editor: Client, address: str, content: bytes) -> None:
    first, second = ask(editor, address).json()["parts"]
    put([second], content)
    answer = ask(editor, address).json()
    assert (answer["sent"], [part["number"] for part in answer["parts"]]) == (second["size"], [1, 3])
    assert first["number"] == 1


def test_a_part_that_came_only_half_is_sent_again(editor: Client, address: str, content: bytes) -> None:
    part = ask(editor, address).json()["parts"][0]
    httpx.put(part["address"], content=content[:100], trust_env=False)
    assert ask(editor, address).json()["parts"][0]["number"] == 1
    send_all(editor, address, content)
    assert Upload.objects.get().status == Upload.Status.ARRIVED


def test_a_process_killed_after_the_last_part_is_made_up_for(editor: Client, address: str, content: bytes) -> None:
    send_all(editor, address, content)
    touch(Upload.objects.get(), status=Upload.Status.RECEIVING)
    assert ask(editor, address).json()["status"] == "arrived"


def test_parts_that_are_gone_are_begun_anew(
    editor: Client, address: str, content: bytes, bucket: str, bucket_service: BucketService
) -> None:
    put(ask(editor, address).json()["parts"], content)
    upload = Upload.objects.get()
    storage.drop_parts(cleanup.final_key(upload), upload.multipart_id)
    assert ask(editor, address).json()["sent"] == 0
    send_all(editor, address, content)
    assert Upload.objects.get().status == Upload.Status.ARRIVED


def test_the_portal_takes_the_file_as_well(editor: Client, address: str, content: bytes) -> None:
    put(ask(editor, address).json()["parts"], content)
    assert tus.patch(editor, address, content).status_code == 204
    upload = Upload.objects.get()
    tasks.verify(upload.pk)
    assert fresh(upload).status == Upload.Status.COMPLETE


def test_what_came_to_another_machine_is_not_taken_for_the_file(
    editor: Client, address: str, content: bytes, bucket: str
) -> None:
    send_all(editor, address, content)
    upload = Upload.objects.get()
    storage.path(upload.key).write_bytes(content[:100])
    tasks.verify(upload.pk)
    assert fresh(upload).status == Upload.Status.COMPLETE


def test_what_is_no_video_is_deleted_from_the_bucket(
    editor: Client, bucket: str, bucket_service: BucketService
) -> None:
    address = tus.create_upload(editor, 30_000)["Location"]
    send_all(editor, address, b"x" * 30_000)
    upload = Upload.objects.get()
    tasks.verify(upload.pk)
    assert fresh(upload).status == Upload.Status.REFUSED
    assert contents(bucket_service, bucket) == {}


def test_a_deleted_upload_leaves_no_parts(
    editor: Client, address: str, content: bytes, bucket: str, bucket_service: BucketService
) -> None:
    put(ask(editor, address).json()["parts"], content)
    editor.delete(address, headers=tus.TUS)
    assert not bucket_service.client.list_multipart_uploads(Bucket=bucket).get("Uploads")
    assert ask(editor, address).status_code == 404


def test_housekeeping_leaves_an_upload_alone_that_is_still_coming_in(
    editor: Client, address: str, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(ask(editor, address).json()["parts"], content)
    monkeypatch.setattr(cleanup, "UNFINISHED_FOR", timedelta(days=-1))
    cleanup.sweep_abandoned()
    assert ask(editor, address).json()["sent"] == 2 * PART


def test_an_upload_that_expired_says_so(editor: Client, address: str) -> None:
    touch(Upload.objects.get(), expires_at=timezone.now() - timedelta(seconds=1))
    assert ask(editor, address).status_code == 410


def test_while_the_bucket_is_down_it_waits(editor: Client, address: str, settings: Settings) -> None:
    settings.S3_ENDPOINT_URL = "http://127.0.0.1:9"
    answer = ask(editor, address)
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert "cannot be reached" in answer.json()["message"]


def test_only_its_owner_gets_addresses(owner: Client, address: str) -> None:
    assert ask(owner, address).status_code == 404


def test_a_portal_that_takes_files_itself_gives_no_addresses(editor: Client, address: str, settings: Settings) -> None:
    settings.S3_DIRECT_UPLOADS = False
    assert ask(editor, address).status_code == 409
