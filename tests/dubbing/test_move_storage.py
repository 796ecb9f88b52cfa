"""Moving all files between the folder and the bucket: pages read them from either, and nothing is lost on the way."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from dubbing.models import Result
from dubbing.platform import bucket as buckets
from dubbing.platform import storage, storage_moves
from dubbing.platform.storage import Kind
from dubbing.uploads import cleanup
from tests.support import rows
from tests.support.buckets import BucketService, Door, contents
from tests.support.people import People
from tests.support.rows import BYTES, make_file

pytestmark = pytest.mark.django_db


@pytest.fixture
def results(people: People, bucket: str, settings: Settings) -> list[Result]:
    """Two finished videos with their sources and pictures, in the folder."""
    settings.STORAGE = "local"
    made = [rows.make_done(people.project, people.owner, name=name) for name in ("Harbour tour", "Night boats")]
    settings.STORAGE = "s3"
    return made


def move(to: str) -> str:
    out = io.StringIO()
    call_command("move_storage", to=to, stdout=out, stderr=out)
    return out.getvalue()


def files(settings: Settings) -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def content(key: str) -> bytes:
    return b"".join(storage.read(key, 0, storage.size_of(key)))


def test_everything_is_moved_and_back_again(
    results: list[Result], settings: Settings, bucket: str, bucket_service: BucketService
) -> None:
    before = {path.relative_to(settings.MEDIA_ROOT).as_posix(): path.read_bytes() for path in files(settings)}
    assert len(before) == 6
    assert "Moved 6 files" in move("s3")
    assert files(settings) == []
    assert set(contents(bucket_service, bucket)) == set(before)
    assert {key: content(key) for key in before} == before
    assert "Moved 0 files" in move("s3")
    settings.STORAGE = "local"
    assert "Moved 6 files" in move("local")
    assert contents(bucket_service, bucket) == {}
    assert {path.relative_to(settings.MEDIA_ROOT).as_posix(): path.read_bytes() for path in files(settings)} == before


def test_pages_read_from_either_place(results: list[Result], viewer: Client) -> None:
    here, there = results
    storage_moves.to_bucket(there.key, there.sha256)
    assert viewer.get(reverse("result-file", args=[there.pk])).status_code == 302
    answer = viewer.get(reverse("result-file", args=[here.pk]))
    assert b"".join(answer.streaming_content) == BYTES  # type: ignore[attr-defined]


def test_a_program_that_reads_a_file_keeps_it_while_it_is_moved(results: list[Result]) -> None:
    key = results[0].key
    with storage.opened(key) as path:
        storage_moves.to_bucket(key, "")
        assert path.read_bytes() == BYTES
    assert not storage.is_in_folder(key)


def test_a_copy_that_a_killed_process_left_is_used(results: list[Result], settings: Settings) -> None:
    key, sha256 = results[0].key, results[0].sha256
    buckets.put(storage.path(key), key, sha256)
    move("s3")
    assert files(settings) == []
    settings.STORAGE = "local"
    with storage.opened_copy(key) as copy:
        storage.adopt(copy, key)
    move("local")
    assert buckets.find(key) is None
    assert content(key) == BYTES


def test_a_damaged_file_stays_where_it_is_and_is_named(results: list[Result], settings: Settings) -> None:
    key = results[0].key
    storage.path(key).write_bytes(BYTES[::-1])
    with pytest.raises(CommandError, match="1 could not be moved"):
        move("s3")
    assert files(settings) == [storage.path(key)]
    assert buckets.find(key) is None


def test_a_copy_that_is_not_the_file_does_not_replace_it(
    results: list[Result], settings: Settings, bucket_service: BucketService
) -> None:
    key, sha256 = results[0].key, results[0].sha256
    with Door(bucket_service) as door:
        settings.S3_ENDPOINT_URL, door.garbles = door.url, True
        with pytest.raises(storage.Damaged):
            storage_moves.to_bucket(key, sha256)
        assert storage.path(key).read_bytes() == BYTES
        door.garbles = False
        storage_moves.to_bucket(key, sha256)
    assert content(key) == BYTES


def test_a_damaged_copy_that_is_there_is_replaced(
    results: list[Result], bucket: str, bucket_service: BucketService
) -> None:
    key, sha256 = results[0].key, results[0].sha256
    bucket_service.client.put_object(Bucket=bucket, Key=key, Body=BYTES[::-1], Metadata={"sha256": sha256})
    storage_moves.to_bucket(key, sha256)
    assert content(key) == BYTES


def test_a_damaged_object_stays_where_it_is(
    results: list[Result], settings: Settings, bucket: str, bucket_service: BucketService
) -> None:
    move("s3")
    key = results[0].key
    bucket_service.client.put_object(Bucket=bucket, Key=key, Body=b"other")
    settings.STORAGE = "local"
    with pytest.raises(CommandError, match="1 could not be moved"):
        move("local")
    assert contents(bucket_service, bucket) == {key: 5}


def test_a_preview_made_again_meanwhile_is_the_one_that_stays(bucket: str, settings: Settings) -> None:
    key = make_file(Kind.PEAKS, b"old").key
    settings.STORAGE = "local"
    with storage.open_temporary(Kind.PEAKS) as file:
        file.key = key
        file.write(b"new")
        file.keep()
    move("local")
    assert content(key) == b"new"
    assert buckets.find(key) is None


def test_a_bucket_that_refuses_stops_it_with_the_reason(
    results: list[Result], settings: Settings, bucket_service: BucketService
) -> None:
    before = files(settings)
    with Door(bucket_service) as door:
        settings.S3_ENDPOINT_URL, door.is_read_only = door.url, True
        with pytest.raises(CommandError, match="write and delete objects in it"):
            move("s3")
    assert sorted(files(settings)) == sorted(before)


def test_new_files_have_to_go_there_first(results: list[Result], settings: Settings) -> None:
    with pytest.raises(CommandError, match="Set STORAGE=local"):
        move("local")
    settings.S3_BUCKET = ""
    with pytest.raises(CommandError, match="S3_BUCKET is not set"):
        move("s3")


def test_files_without_a_row_are_found_in_both_places(
    people: People, results: list[Result], settings: Settings
) -> None:
    storage_moves.to_bucket(results[0].key, "")
    lost = make_file(Kind.RESULT).key
    known = {key for result in results for key in (result.key,)}
    assert set(cleanup._without_rows(storage.old_keys(Kind.RESULT, 0))) == {lost}
    assert set(storage.old_keys(Kind.RESULT, 0)) == known | {lost}
