"""Files in a bucket: players and downloads are sent there once they are allowed; everything else comes from us."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from dubbing import media
from dubbing.models import AuditEvent, DeliveryDownload, Result, ShareVisit, Upload
from dubbing.models.audit import AuditKind
from dubbing.platform import storage
from dubbing.review import waveforms
from dubbing.uploads import previews
from tests.conftest import WakeUps
from tests.support import rows
from tests.support.blind import make_comparison
from tests.support.buckets import BucketService, Door
from tests.support.people import People, client_of
from tests.support.rows import BYTES
from tests.support.sharing import everything, guest

pytestmark = pytest.mark.django_db


@pytest.fixture
def result(people: People, bucket: str) -> Result:
    made = rows.make_done(people.project, people.owner, name="Hafen: Tür „A“")
    Upload.objects.update(media={"playable": True})
    return made


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def fetched(answer: Any, **headers: str) -> httpx.Response:
    """What a browser gets where it is sent to."""
    assert answer.status_code == 302
    return httpx.get(answer["Location"], headers=headers, trust_env=False)


def test_a_player_gets_its_parts_from_the_bucket(viewer: Client, result: Result) -> None:
    answer = viewer.get(reverse("result-file", args=[result.pk]))
    assert fetched(answer).content == BYTES
    part = fetched(answer, Range="bytes=100-199")
    assert (part.status_code, part.content) == (206, BYTES[100:200])
    assert answer["Cache-Control"].startswith("private, no-cache")


def test_a_download_has_its_name_and_soon_no_address_any_more(viewer: Client, result: Result) -> None:
    answer = viewer.get(reverse("result-download", args=[result.pk]))
    asked = parse_qs(urlsplit(answer["Location"]).query)
    assert asked["response-content-type"] == ["video/mp4"]
    assert asked["response-content-disposition"][0].startswith('attachment; filename="Hafen- T')
    assert asked["response-content-disposition"][0].endswith(".es-ES.mp4")
    assert int(asked["X-Amz-Expires"][0]) <= 300
    with time_machine.travel(timezone.now() - timedelta(hours=1)):
        old = viewer.get(reverse("result-download", args=[result.pk]))
    assert fetched(old).status_code == 403


def test_a_download_is_in_the_audit_log(viewer: Client, result: Result) -> None:
    viewer.get(reverse("result-file", args=[result.pk]))
    viewer.get(reverse("result-download", args=[result.pk]))
    assert AuditEvent.objects.get(kind=AuditKind.DOWNLOAD).data["route"] == "result-download"


def test_strangers_are_sent_nowhere(people: People, result: Result) -> None:
    for name in ("result-file", "result-download"):
        assert client_of(people.outsider).get(reverse(name, args=[result.pk])).status_code == 404


def test_the_length_is_known_without_a_download(viewer: Client, result: Result) -> None:
    answer = viewer.head(reverse("result-download", args=[result.pk]))
    assert (answer.status_code, answer["Content-Length"]) == (200, str(len(BYTES)))
    assert answer["ETag"] == f'"{result.sha256}"'


def test_what_a_program_has_is_not_sent_again(viewer: Client, result: Result) -> None:
    answer = viewer.get(reverse("result-file", args=[result.pk]), headers={"if-none-match": f'"{result.sha256}"'})
    assert answer.status_code == 304


def test_sources_and_pictures_are_sent_from_the_bucket_too(viewer: Client, result: Result) -> None:
    asset = result.version.dubbing.asset
    for name, content in (("source-file", BYTES), ("preview-file", BYTES), ("poster-file", b"no real picture")):
        assert fetched(viewer.get(reverse(name, args=[asset.pk]))).content == content
    poster = viewer.get(reverse("poster-file", args=[asset.pk]))
    assert poster["Cache-Control"] == "private, max-age=3600"


def test_waveforms_come_from_us_as_scripts_read_them(viewer: Client, result: Result, wake_ups: WakeUps) -> None:
    address = reverse("result-peaks", args=[result.pk])
    assert viewer.get(address).status_code == 202
    previews.keep_waveform(result.key, media.Waveform(8.5, [0.5]))
    assert waveforms.is_drawn(result)
    answer = viewer.get(address)
    assert json.loads(body(answer)) == {"duration": 8.5, "peaks": [0.5]}
    assert answer["Content-Type"] == "application/json"


def test_voters_see_no_key_by_which_they_could_tell_candidates(people: People, viewer: Client, bucket: str) -> None:
    comparison = make_comparison(people.project, people.editor, [people.viewer, people.owner])
    address = reverse("blind-media", args=[comparison.pk, "A"])
    answer = viewer.get(address, headers={"range": "bytes=0-9"})
    assert (answer.status_code, len(body(answer))) == (206, 10)
    size = int(answer["Content-Range"].partition("/")[2])
    assert len(body(viewer.get(address))) == size


def test_guests_are_sent_there_and_it_is_recorded(people: People, result: Result) -> None:
    token = everything(people.owner, result)
    for name in ("guest-video", "guest-download", "guest-source"):
        assert fetched(guest().get(reverse(name, args=[token]))).content == BYTES
    kinds = set(ShareVisit.objects.values_list("kind", flat=True))
    assert kinds >= {ShareVisit.Kind.PLAYED, ShareVisit.Kind.DOWNLOADED}


def test_an_archive_is_put_together_from_the_bucket_and_can_be_resumed(people: People, result: Result) -> None:
    delivery = rows.make_delivery(people.owner, result, srt=True)
    owner, address = client_of(people.owner), reverse("delivery-zip", args=[delivery.pk])
    answer = owner.get(address)
    whole = body(answer)
    assert len(whole) == int(answer["Content-Length"])
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert archive.testzip() is None
        videos = [archive.read(name) for name in archive.namelist() if name.endswith(".mp4")]
    assert videos == [BYTES]
    rest = owner.get(address, headers={"range": "bytes=1000-", "if-range": answer["ETag"]})
    assert (rest.status_code, body(rest)) == (206, whole[1000:])
    assert DeliveryDownload.objects.get().resumed == 1


def test_files_of_a_delivery_can_be_downloaded_one_by_one(people: People, result: Result) -> None:
    delivery = rows.make_delivery(people.owner, result, srt=True)
    owner = client_of(people.owner)
    for entry in delivery.entries.all():
        answer = owner.get(reverse("delivery-file", args=[delivery.pk, entry.pk]))
        content = fetched(answer).content if entry.name.endswith(".mp4") else body(answer)
        assert len(content) == entry.size
    assert DeliveryDownload.objects.count() == delivery.entries.count()


def test_an_archive_is_the_same_wherever_its_files_are(people: People, result: Result, settings: Settings) -> None:
    settings.STORAGE = "local"
    second = rows.make_done(people.project, people.owner, name="Night boats")
    delivery = rows.make_delivery(people.owner, result, second, srt=True)
    owner, address = client_of(people.owner), reverse("delivery-zip", args=[delivery.pk])
    before = body(owner.get(address))
    settings.STORAGE = "s3"
    for entry in delivery.entries.all():
        storage.save(entry.key)
    assert not storage.is_in_folder(second.key)
    assert body(owner.get(address)) == before


def test_while_the_bucket_cannot_be_used_pages_say_so(
    viewer: Client, result: Result, settings: Settings, bucket_service: BucketService
) -> None:
    settings.S3_ENDPOINT_URL = "http://127.0.0.1:9"
    answer = viewer.get(reverse("result-peaks", args=[result.pk]))
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert "cannot be reached" in body(answer).decode()
    assert viewer.get(reverse("version", args=[result.version_id])).status_code == 200
    # Browsers may reach it, or will soon.
    assert viewer.get(reverse("result-file", args=[result.pk])).status_code == 302


def test_housekeeping_goes_on_and_deletes_files_later(
    people: People, result: Result, settings: Settings, bucket_service: BucketService
) -> None:
    with Door(bucket_service) as door:
        settings.S3_ENDPOINT_URL, door.is_read_only = door.url, True
        assert storage.delete(result.key)
        door.is_read_only = False
        assert storage.exists(result.key)
