"""Files in a bucket: the same functions as for files in the folder, on a service that checks every signature."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pytest_django.fixtures import Settings

from dubbing.platform import bucket as buckets
from dubbing.platform import storage
from dubbing.platform.storage import Kind
from tests.support.buckets import BucketService, Door, contents
from tests.support.rows import BYTES, make_file

HOUR = timedelta(hours=1)


def files(settings: Settings) -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def content(key: str) -> bytes:
    return b"".join(storage.read(key, 0, storage.size_of(key)))


def test_a_kept_file_is_in_the_bucket_alone(bucket: str, bucket_service: BucketService, settings: Settings) -> None:
    stored = make_file(Kind.RESULT)
    assert contents(bucket_service, bucket) == {stored.key: len(BYTES)}
    assert files(settings) == []
    assert storage.exists(stored.key)
    assert storage.size_of(stored.key) == stored.size == len(BYTES)
    assert not storage.is_in_folder(stored.key)


def test_a_file_that_another_program_wrote_is_kept_with_its_own_hash(bucket: str) -> None:
    with storage.open_temporary(Kind.PROXY, ".mp4") as file:
        file.temporary.write_bytes(BYTES)
        key = file.keep().key
    found = buckets.find(key)
    assert found
    assert (found.size, found.sha256) == (len(BYTES), hashlib.sha256(BYTES).hexdigest())


def test_a_program_gets_a_copy_that_is_gone_afterwards(bucket: str, settings: Settings) -> None:
    key = make_file(Kind.RESULT).key
    with storage.opened(key) as path:
        assert path.read_bytes() == BYTES
    assert files(settings) == []


def test_a_large_file_is_saved_in_parts(
    bucket: str, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(buckets._IN_PARTS, "multipart_threshold", 5 * 1024**2)
    monkeypatch.setattr(buckets._IN_PARTS, "multipart_chunksize", 5 * 1024**2)
    film = os.urandom(17 * 1024**2)
    key = make_file(Kind.SOURCE, film).key
    with storage.opened(key) as path:
        assert path.read_bytes() == film
    assert b"".join(storage.read(key, 7, 2 * buckets.BLOCK)) == film[7:][: 2 * buckets.BLOCK]


def test_any_part_can_be_read(bucket: str) -> None:
    key = make_file(Kind.RESULT).key
    assert b"".join(storage.read(key, 100, 50)) == BYTES[100:150]
    assert b"".join(storage.read(key, len(BYTES) - 5, 5)) == BYTES[-5:]


def test_a_deleted_file_is_gone(bucket: str, bucket_service: BucketService) -> None:
    key = make_file(Kind.RESULT).key
    assert storage.delete(key)
    assert not storage.exists(key)
    assert storage.size_of(key) == 0
    assert contents(bucket_service, bucket) == {}
    with pytest.raises(FileNotFoundError), storage.opened(key):
        pass


def test_files_are_listed_by_kind_and_age(bucket: str) -> None:
    key = make_file(Kind.RESULT).key
    make_file(Kind.PEAKS)
    assert list(storage.old_keys(Kind.RESULT, 0)) == [key]
    assert list(storage.old_keys(Kind.RESULT, 3600)) == []


def test_an_address_gives_the_file_to_whoever_has_it_and_nobody_may_change_it(bucket: str) -> None:
    stored = make_file(Kind.RESULT)
    address = storage.link(stored.key, lasts=HOUR, kind="video/mp4", disposition='attachment; filename="a.mp4"')
    answer = httpx.get(address, headers={"Range": "bytes=10-19"}, trust_env=False)
    assert (answer.status_code, answer.content) == (206, BYTES[10:20])
    asked = parse_qs(urlsplit(address).query)
    assert asked["response-content-type"] == ["video/mp4"]
    assert asked["response-content-disposition"] == ['attachment; filename="a.mp4"']
    assert asked["X-Amz-Expires"] == ["3600"]
    other = make_file(Kind.RESULT)
    for forged in (address.replace(stored.key, other.key), address.replace("a.mp4", "b.mp4"), address[:-4] + "0000"):
        assert httpx.get(forged, trust_env=False).status_code == 403


def test_a_file_in_the_folder_is_used_before_the_one_in_the_bucket(bucket: str, settings: Settings) -> None:
    settings.STORAGE = "local"
    key = make_file(Kind.RESULT, b"in the folder").key
    assert storage.link(key, lasts=HOUR, kind="video/mp4") == ""
    settings.STORAGE = "s3"
    assert content(key) == b"in the folder"
    storage.save(key)
    assert files(settings) == []
    assert content(key) == b"in the folder"
    storage.save(key)  # again, as after a crash


def test_a_file_made_again_replaces_the_one_in_the_folder(bucket: str, settings: Settings) -> None:
    settings.STORAGE = "local"
    key = make_file(Kind.PEAKS, b"old").key
    settings.STORAGE = "s3"
    with storage.open_temporary(Kind.PEAKS) as file:
        file.key = key
        file.write(b"new")
        file.keep()
    assert content(key) == b"new"


def test_an_upload_that_is_coming_in_stays_in_the_folder(bucket: str) -> None:
    key = storage.new_key(Kind.UPLOAD)
    with storage.Partial(key, create=True) as file:
        file.append(b"half")
    assert storage.size_of(key) == 4
    assert storage.is_in_folder(key)


def test_a_damaged_object_is_noticed(bucket: str, bucket_service: BucketService, settings: Settings) -> None:
    stored = make_file(Kind.RESULT)
    bucket_service.client.put_object(
        Bucket=bucket, Key=stored.key, Body=BYTES[::-1], Metadata={"sha256": stored.sha256}
    )
    with pytest.raises(storage.Damaged), storage.opened(stored.key):
        pass
    assert files(settings) == []


def test_a_bucket_that_refuses_to_save_says_so_and_leaves_nothing_here(
    bucket: str, bucket_service: BucketService, settings: Settings
) -> None:
    with Door(bucket_service) as door:
        settings.S3_ENDPOINT_URL, door.is_read_only = door.url, True
        with pytest.raises(storage.Unavailable) as refused:
            make_file(Kind.RESULT)
        assert refused.value.strerror == buckets.REFUSED
        assert refused.value.is_refusal
        assert files(settings) == []
        door.is_read_only = False
        assert storage.exists(make_file(Kind.RESULT).key)


def test_a_wrong_secret_is_refused(bucket: str, settings: Settings) -> None:
    key = make_file(Kind.RESULT).key
    settings.S3_SECRET_ACCESS_KEY = "another"
    with pytest.raises(storage.Unavailable):
        storage.exists(key)
    with pytest.raises(storage.Unavailable, match="refuses access"):
        next(storage.read(key, 0, 1))
    assert storage.delete(key)  # later, by housekeeping
    settings.S3_SECRET_ACCESS_KEY = "test-of-a-secret"
    assert storage.exists(key)


def test_a_missing_bucket_is_not_a_missing_file(bucket: str, settings: Settings) -> None:
    key = make_file(Kind.RESULT).key
    settings.S3_BUCKET = "no-such-bucket"
    with pytest.raises(storage.Unavailable):
        storage.exists(key)


@contextmanager
def without_requests(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No request may be made."""
    with monkeypatch.context() as patched:
        patched.setattr(buckets, "_client", None)
        yield


def test_a_service_that_is_down_may_be_up_again(
    bucket: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = make_file(Kind.RESULT).key
    address, settings.S3_ENDPOINT_URL = settings.S3_ENDPOINT_URL, "http://127.0.0.1:9"
    with pytest.raises(storage.Unavailable) as down:
        storage.exists(key)
    assert (down.value.strerror, down.value.is_refusal) == (buckets.UNREACHABLE, False)
    with pytest.raises(storage.Unavailable, match="cannot be reached"), without_requests(monkeypatch):
        storage.exists(key)
    settings.S3_ENDPOINT_URL = address
    assert storage.exists(key)


def test_whoever_waits_for_a_file_can_stop_it(bucket: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buckets, "PROGRESS_EVERY", 0)

    class Lost(Exception):
        pass

    def lose() -> None:
        raise Lost

    key = make_file(Kind.RESULT).key
    with pytest.raises(Lost), storage.opened(key, on_progress=lose):
        pass
    assert files(settings) == []
    with storage.open_temporary(Kind.RESULT) as file:
        file.write(BYTES)
        with pytest.raises(Lost):
            file.keep(on_progress=lose)
    assert files(settings) == []


def test_parts_that_a_killed_process_left_are_dropped(bucket: str, bucket_service: BucketService) -> None:
    client = bucket_service.client
    begun = client.create_multipart_upload(Bucket=bucket, Key="results/ab/abcd.mp4")
    client.upload_part(
        Bucket=bucket, Key="results/ab/abcd.mp4", UploadId=begun["UploadId"], PartNumber=1, Body=b"x" * 100
    )
    storage.drop_unfinished_parts(3600)
    storage.drop_unfinished_parts(-1, but=[begun["UploadId"]])
    assert client.list_multipart_uploads(Bucket=bucket).get("Uploads")
    storage.drop_unfinished_parts(-1)
    assert not client.list_multipart_uploads(Bucket=bucket).get("Uploads")
