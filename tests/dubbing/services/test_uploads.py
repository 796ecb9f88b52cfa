"""Files on their way in: whole or not at all, and none left behind for good."""

from __future__ import annotations

import os
import time
import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from dubbing import storage
from dubbing.models import Upload
from dubbing.services import uploads
from dubbing.services.submit import NotPossible
from tests.support.drafts import a_draft, a_file, a_person, a_row
from tests.support.media import make_film

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("films") / "film.mp4")


@pytest.fixture(autouse=True)
def storage_folder(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT, settings.DISK_LOW_WATER_BYTES = tmp_path / "media", 1
    return tmp_path / "media"


@pytest.fixture
def ada() -> User:
    return a_person("ada")


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_film_is_kept_with_its_facts(ada: User, film: Path) -> None:
    upload = a_file(ada, film)
    assert upload.status == Upload.Status.COMPLETE
    assert upload.duration == pytest.approx(2.0, abs=0.2)
    assert upload.media["width"] == 64
    assert storage.path(upload.key).read_bytes() == film.read_bytes()
    assert storage.exists(upload.poster_key)


def test_what_is_no_film_is_refused_with_what_to_do(ada: User, tmp_path: Path, storage_folder: Path) -> None:
    page = tmp_path / "film.mp4"
    page.write_text("<html>" * 100)
    upload = a_file(ada, page)
    assert upload.status == Upload.Status.REFUSED
    assert "not a video file" in upload.refusal["message"]
    assert "MP4" in upload.refusal["remedy"]
    assert files_in(storage_folder) == []


@pytest.mark.parametrize("size", [-1, +1])
def test_a_wrong_number_of_bytes_leaves_nothing_and_can_be_tried_again(
    ada: User, film: Path, size: int, storage_folder: Path
) -> None:
    content = film.read_bytes()
    upload = uploads.announce(ada, kind="video", name="film.mp4", size=len(content) - size)
    with pytest.raises(uploads.Interrupted):
        uploads.receive(upload, [content])
    upload.refresh_from_db()
    assert upload.status == Upload.Status.RECEIVING
    assert files_in(storage_folder) == []


def test_of_two_requests_with_the_same_file_one_counts(ada: User, film: Path, storage_folder: Path) -> None:
    content = film.read_bytes()
    upload = uploads.announce(ada, kind="video", name="film.mp4", size=len(content))

    def while_the_other_finishes() -> Iterator[bytes]:
        uploads.receive(Upload.objects.get(pk=upload.pk), [content])
        yield content

    with pytest.raises(uploads.Gone):
        uploads.receive(upload, while_the_other_finishes())
    upload.refresh_from_db()
    assert files_in(storage_folder) == sorted([Path(upload.key).name, Path(upload.poster_key).name])


def test_a_file_whose_row_was_removed_meanwhile_is_not_kept(ada: User, film: Path, storage_folder: Path) -> None:
    content = film.read_bytes()
    upload = uploads.announce(ada, kind="video", name="film.mp4", size=len(content))
    uploads.remove(Upload.objects.get(pk=upload.pk))
    with pytest.raises(uploads.Gone):
        uploads.receive(upload, [content])
    assert files_in(storage_folder) == []


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("C:\\films\\intro.mp4", "intro.mp4"),
        ("../../etc/passwd", "passwd"),
        ("a\0b\r\nc.mp4", "abc.mp4"),
        ("\ud800.mp4", ".mp4"),
        ("..", ".."),
        ("/", "video"),
        ("", "video"),
        ("прив\u200bет 👩\u200d💻.mp4", "прив\u200bет 👩\u200d💻.mp4"),
        ("x" * 300, "x" * 255),
    ],
)
def test_a_name_is_only_ever_a_name(ada: User, name: str, kept: str) -> None:
    upload = uploads.announce(ada, kind="video", name=name, size=1)
    upload.refresh_from_db()
    assert upload.name == kept


def test_sizes_that_cannot_be_taken_are_refused_at_once(ada: User, settings: Any) -> None:
    for size, said in ((0, "empty"), (-5, "empty"), (settings.UPLOAD_MAX_BYTES + 1, "larger than")):
        with pytest.raises(NotPossible, match=said):
            uploads.announce(ada, kind="video", name="film.mp4", size=size)
    settings.DISK_LOW_WATER_BYTES = 2**62
    with pytest.raises(uploads.NoSpace):
        uploads.announce(ada, kind="video", name="film.mp4", size=1)


def test_an_upload_that_an_asset_uses_is_not_removed(ada: User, film: Path) -> None:
    upload = a_file(ada, film)
    a_draft(ada, source=upload)
    assert not uploads.remove(upload)
    assert storage.exists(upload.key)


def test_the_sweep_takes_what_was_abandoned_and_nothing_else(ada: User, film: Path, storage_folder: Path) -> None:
    def aged(upload: Upload, **age: float) -> Upload:
        Upload.objects.filter(pk=upload.pk).update(created_at=timezone.now() - timedelta(**age))
        return upload

    used = aged(a_file(ada, film), days=30)
    a_draft(ada, source=used)
    unused = aged(a_file(ada, film), days=8)
    fresh = aged(a_file(ada, film), days=6)
    aged(a_row(ada, status="receiving"), hours=49)
    waiting = aged(a_row(ada, status="receiving"), hours=47)
    aged(a_row(ada, status="refused"), days=8)
    leftover = storage_folder / "sources" / "incoming" / "x.part"
    leftover.write_bytes(b"x")
    three_days_ago = time.time() - 3 * 86400
    os.utime(leftover, (three_days_ago, three_days_ago))

    assert uploads.sweep_abandoned() == 3
    assert set(Upload.objects.all()) == {used, fresh, waiting}
    assert storage.exists(used.key)
    assert not storage.exists(unused.key)
    assert not storage.exists(unused.poster_key)
    assert not leftover.exists()
    assert uploads.sweep_abandoned() == 0


def test_memory_stays_flat_while_a_large_file_comes_in(ada: User, storage_folder: Path) -> None:
    chunk, pieces = b"x" * uploads.CHUNK, 64
    upload = uploads.announce(ada, kind="video", name="film.mp4", size=len(chunk) * pieces)
    tracemalloc.start()
    uploads.receive(upload, (chunk for _ in range(pieces)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * uploads.CHUNK
