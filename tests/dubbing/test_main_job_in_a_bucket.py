"""The main job with files in a bucket: upload, dub by the sandbox, keep, play, download, deliver; and its faults."""

from __future__ import annotations

import hashlib
import io
import time
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from dubbing import tasks
from dubbing.models import Asset, QualityReport, Result, Submission, Upload, Version
from dubbing.platform import bucket as buckets
from dubbing.platform import storage
from dubbing.providers.base import Provider
from dubbing.uploads import signed_links
from dubbing.uploads.verification import UNAVAILABLE
from tests.support import rows, tus
from tests.support.buckets import BucketService, Door, contents
from tests.support.journey import fresh, keep, look, look_and_keep, make_sent, make_wish, send, touch
from tests.support.people import People
from tests.support.sandbox import SandboxProcess

pytestmark = pytest.mark.django_db


@pytest.fixture
def door(bucket: str, bucket_service: BucketService, settings: Settings) -> Any:
    """The service, as the portal reaches it; it can be made read-only."""
    with Door(bucket_service) as opened:
        settings.S3_ENDPOINT_URL = opened.url
        yield opened


def files(settings: Settings) -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def upload_film(editor: Client, film: Path) -> Upload:
    """The film, uploaded as a browser does it; not verified yet."""
    content = film.read_bytes()
    address = tus.create_upload(editor, len(content))["Location"]
    assert tus.patch(editor, address, content).status_code == 204
    return Upload.objects.get()


def completed(asset: Asset, provider: Provider) -> Asset:
    until = time.monotonic() + 240
    while look_and_keep(asset, provider).status != Asset.Status.COMPLETED:
        assert time.monotonic() < until
    return fresh(asset)


def test_a_video_is_dubbed_and_delivered_byte_for_byte(
    people: People,
    editor: Client,
    film: Path,
    bucket: str,
    bucket_service: BucketService,
    panjaya: Provider,
    sandbox: SandboxProcess,
    settings: Settings,
) -> None:
    upload = upload_film(editor, film)
    assert contents(bucket_service, bucket) == {}
    tasks.verify(upload.pk)
    tasks.preview(upload.pk)
    upload = fresh(upload)
    assert (upload.status, upload.preview) == (Upload.Status.COMPLETE, Upload.Preview.READY)
    assert upload.sha256 == hashlib.sha256(film.read_bytes()).hexdigest()
    assert {upload.key, upload.poster_key, upload.peaks_key} <= set(contents(bucket_service, bucket))
    assert files(settings) == []

    asset = make_sent(people.project, people.editor, panjaya, source=upload, auto_generate="no_lips")
    assert sandbox.ledger()
    completed(asset, panjaya)
    result = Result.objects.get()
    tasks.check_quality(QualityReport.objects.get().pk)
    assert QualityReport.objects.get().status == QualityReport.Status.CHECKED
    tasks.draw_result(result.pk)
    assert files(settings) == []

    content = httpx.get(editor.get(reverse("result-download", args=[result.pk]))["Location"], trust_env=False).content
    assert hashlib.sha256(content).hexdigest() == result.sha256
    played = editor.get(reverse("result-file", args=[result.pk]))["Location"]
    part = httpx.get(played, headers={"Range": "bytes=1000-1999"}, trust_env=False)
    assert (part.status_code, part.content) == (206, content[1000:2000])
    assert body(editor.get(reverse("result-peaks", args=[result.pk]))).startswith(b'{"duration"')

    delivery = rows.make_delivery(people.editor, result, audio=True, multitrack=True)
    assert delivery.entries.exclude(key="").count() == delivery.entries.count()
    with zipfile.ZipFile(io.BytesIO(body(editor.get(reverse("delivery-zip", args=[delivery.pk]))))) as archive:
        assert archive.testzip() is None
        videos = [archive.read(name) for name in archive.namelist() if name.endswith("_es-ES_v1.mp4")]
    assert videos == [content]
    assert files(settings) == []


def test_a_provider_that_fetches_the_source_gets_an_address_in_the_bucket(
    people: People, source: Upload, film: Path, bucket: str
) -> None:
    storage.save(source.key)
    submission = make_wish(people.project, people.editor, source=source)
    address = signed_links.source_link(submission, source)
    assert httpx.get(address, trust_env=False).content == film.read_bytes()
    asked = parse_qs(urlsplit(address).query)
    assert int(asked["X-Amz-Expires"][0]) == signed_links.LASTS.total_seconds()


def test_an_upload_waits_for_a_bucket_that_refuses_it_however_long_and_is_not_lost(
    editor: Client, film: Path, door: Door, bucket: str, bucket_service: BucketService
) -> None:
    upload, door.is_read_only = upload_film(editor, film), True
    for _ in range(10):
        touch(upload, next_at=timezone.now())
        with pytest.raises(storage.Unavailable, match="refuses access"):
            tasks.verify(upload.pk)
    waiting = fresh(upload)
    assert (waiting.status, waiting.tries) == (Upload.Status.ARRIVED, 0)
    assert timezone.now() < waiting.next_at <= timezone.now() + UNAVAILABLE
    door.is_read_only = False
    touch(upload, next_at=timezone.now())
    tasks.verify(upload.pk)
    assert fresh(upload).status == Upload.Status.COMPLETE
    assert fresh(upload).key in contents(bucket_service, bucket)


def test_a_result_that_cannot_be_saved_says_why_and_is_saved_later(
    people: People, source: Upload, panjaya: Provider, door: Door, settings: Settings
) -> None:
    asset = make_sent(people.project, people.editor, panjaya, source=source, auto_generate="no_lips")
    door.is_read_only = True
    until = time.monotonic() + 240
    while not Version.objects.due_for_keep().exists():
        look(asset, panjaya)
        assert time.monotonic() < until
    version = Version.objects.get()
    for _ in range(8):
        version = keep(version, panjaya)
    assert (version.keep, version.keep_problem) == (Version.Keep.WAITING, buckets.REFUSED)
    assert not Result.objects.exists()
    door.is_read_only = False
    assert keep(version, panjaya).keep == Version.Keep.KEPT


@pytest.mark.parametrize("breaks", ["S3_SECRET_ACCESS_KEY", "S3_ENDPOINT_URL"])
def test_a_video_that_cannot_be_read_is_sent_later(
    people: People,
    source: Upload,
    panjaya: Provider,
    bucket: str,
    settings: Settings,
    sandbox: SandboxProcess,
    breaks: str,
) -> None:
    storage.save(source.key)
    submission = make_wish(people.project, people.editor, source=source)
    right = getattr(settings, breaks)
    setattr(settings, breaks, "http://127.0.0.1:9" if "URL" in breaks else "wrong")
    waiting = send(submission, panjaya)
    assert waiting.status == Submission.Status.READY
    assert "file storage" in waiting.error_message
    assert sandbox.ledger() == []
    setattr(settings, breaks, right)
    assert send(waiting, panjaya).status == Submission.Status.ACCEPTED


def test_a_preview_waits_too(people: People, source: Upload, bucket: str, settings: Settings) -> None:
    storage.save(source.key)
    settings.S3_SECRET_ACCESS_KEY = "wrong"
    for _ in range(5):
        touch(source, preview=Upload.Preview.WAITING, peaks_key="", next_at=timezone.now())
        tasks.preview(source.pk)
    assert (fresh(source).preview, fresh(source).tries) == (Upload.Preview.WAITING, 0)
    settings.S3_SECRET_ACCESS_KEY = "test-of-a-secret"
    touch(source, next_at=timezone.now())
    tasks.preview(source.pk)
    assert fresh(source).preview == Upload.Preview.READY
