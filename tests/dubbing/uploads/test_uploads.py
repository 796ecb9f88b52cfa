"""Files on their way in: whole or not at all, and none left behind for good."""

from __future__ import annotations

import hashlib
import os
import threading
import tracemalloc
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from dubbing import media, uploads
from dubbing.models import Project, Result, Upload
from dubbing.platform import storage
from dubbing.uploads import append, cleanup, previews
from tests.support.drafts import a_draft, a_file, a_person, a_row
from tests.support.media import make_film
from tests.support.odd_films import make_odd_film
from tests.support.rows import make_delivery, make_done, make_result

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


@dataclass
class Whole:
    """A body that comes at once."""

    content: bytes
    times: int = 1

    @property
    def length(self) -> int:
        return len(self.content) * self.times

    def pieces(self) -> Iterator[bytes]:
        for _ in range(self.times):
            yield self.content

    def silent_for(self) -> float:
        return 0.0

    def stop(self) -> None:
        raise AssertionError("nobody may disturb this one")


class Silent:
    """A connection on which nothing comes any more, and nobody says so."""

    length = 10**6

    def __init__(self, content: bytes) -> None:
        self.content, self.seconds = content, 0.0
        self.listening, self.stopped = threading.Event(), threading.Event()

    def pieces(self) -> Iterator[bytes]:
        yield self.content
        self.listening.set()
        self.stopped.wait(20)

    def silent_for(self) -> float:
        return self.seconds

    def stop(self) -> None:
        self.stopped.set()


def arrived(user: User, path: Path) -> Upload:
    """All its bytes are here, and nobody has looked into them."""
    upload = uploads.create_upload(user, kind="video", name=path.name, size=path.stat().st_size)
    uploads.append_bytes(upload, Whole(path.read_bytes()), offset=0)
    upload.refresh_from_db()
    assert upload.status == Upload.Status.ARRIVED
    return upload


@contextmanager
def examined_by_somebody_else(upload: Upload) -> Iterator[None]:
    token = Upload.objects.claim(upload.pk, seconds=60)
    assert token
    yield
    Upload.objects.release(upload.pk, token)


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_video_is_kept_with_its_facts(ada: User, film: Path) -> None:
    upload = a_file(ada, film)
    assert upload.status == Upload.Status.COMPLETE
    assert upload.duration == pytest.approx(2.0, abs=0.2)
    assert upload.media["width"] == 64
    assert storage.path(upload.key).read_bytes() == film.read_bytes()
    assert storage.exists(upload.poster_key)


def test_a_file_that_is_not_a_video_is_refused_with_what_to_do(ada: User, tmp_path: Path, storage_folder: Path) -> None:
    page = tmp_path / "film.mp4"
    page.write_text("<html>" * 100)
    upload = a_file(ada, page)
    assert upload.status == Upload.Status.REFUSED
    assert "not a video file" in upload.refusal["message"]
    assert "MP4" in upload.refusal["remedy"]
    assert files_in(storage_folder) == []


def test_a_video_is_verified_once(ada: User, film: Path) -> None:
    upload = arrived(ada, film)
    with examined_by_somebody_else(upload):
        assert uploads.verify_upload(upload.pk) is None
    assert uploads.verify_upload(upload.pk)
    assert uploads.verify_upload(upload.pk) is None


def test_a_worker_that_died_at_any_point_loses_nothing(
    ada: User, film: Path, storage_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = arrived(ada, film)

    def die(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt  # as abrupt as a test can have it: nothing of ours catches it

    def move_and_die(old: str, new: str) -> None:
        move(old, new)
        die()

    move = storage.move
    for module, name, killer in ((media, "probe", die), (storage, "move", move_and_die), (media, "poster", die)):
        with monkeypatch.context() as dying:
            dying.setattr(module, name, killer)
            with pytest.raises(KeyboardInterrupt):
                uploads.verify_upload(upload.pk)
        assert uploads.verify_upload(upload.pk) is None  # its lease has to end first
        Upload.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    done = uploads.verify_upload(upload.pk)
    assert done
    assert done.status == Upload.Status.COMPLETE
    assert storage.path(done.key).read_bytes() == film.read_bytes()
    assert files_in(storage_folder) == sorted([Path(done.key).name, Path(done.poster_key).name])


def test_a_failing_disk_is_retried_later_and_not_for_ever(
    ada: User, film: Path, storage_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = arrived(ada, film)

    def fail(*args: Any, **kwargs: Any) -> None:
        raise OSError("input/output error")

    monkeypatch.setattr(media, "probe", fail)
    for _ in range(6):
        with pytest.raises(OSError, match="input/output"):
            uploads.verify_upload(upload.pk)
        assert uploads.verify_upload(upload.pk) is None
        Upload.objects.update(next_at=timezone.now())
    refused = uploads.verify_upload(upload.pk)
    assert refused
    assert (refused.status, refused.refusal["code"]) == (Upload.Status.REFUSED, "unreadable")
    assert files_in(storage_folder) == []


def test_a_file_that_vanished_is_refused_with_what_to_do(ada: User, film: Path) -> None:
    upload = arrived(ada, film)
    storage.delete(upload.key)
    refused = uploads.verify_upload(upload.pk)
    assert refused
    assert "no longer in the portal’s storage" in refused.refusal["message"]


def test_a_file_removed_during_its_verification_leaves_nothing(
    ada: User, film: Path, storage_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = arrived(ada, film)
    look = media.probe

    def remove_and_look(path: Path) -> media.MediaInfo:
        info = look(path)
        other = storage.path(upload.key).read_bytes()
        uploads.remove(Upload.objects.get(pk=upload.pk))
        storage.path(upload.key).write_bytes(other)  # the removal came a moment too early to see it
        return info

    monkeypatch.setattr(media, "probe", remove_and_look)
    assert uploads.verify_upload(upload.pk) is None
    assert files_in(storage_folder) == []


OTHER = "0" * 64


@pytest.mark.parametrize("step", ["probe", "poster"])
def test_a_different_hash_that_comes_during_the_verification_counts(
    ada: User, film: Path, storage_folder: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    upload = arrived(ada, film)
    look = getattr(media, step)

    def announce_and_look(*args: Any, **options: Any) -> Any:
        uploads.declare_sha256(Upload.objects.get(pk=upload.pk), OTHER)
        return look(*args, **options)

    monkeypatch.setattr(media, step, announce_and_look)
    settled: list[Upload] = []
    done = uploads.verify_upload(upload.pk, settled=settled.append)
    assert done
    assert (done.status, done.refusal["code"], done.key, settled) == (Upload.Status.REFUSED, "damaged", "", [])
    assert files_in(storage_folder) == []


def test_a_matching_hash_that_comes_during_the_verification_does_no_harm(
    ada: User, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = arrived(ada, film)
    look = media.probe

    def announce_and_look(path: Path) -> media.MediaInfo:
        uploads.declare_sha256(Upload.objects.get(pk=upload.pk), hashlib.sha256(film.read_bytes()).hexdigest())
        return look(path)

    monkeypatch.setattr(media, "probe", announce_and_look)
    settled: list[Upload] = []
    done = uploads.verify_upload(upload.pk, settled=settled.append)
    assert done
    assert (done.status, len(settled)) == (Upload.Status.COMPLETE, 1)


def test_a_worker_that_was_overtaken_writes_nothing(ada: User, film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = arrived(ada, film)
    look = media.probe

    def sleep_and_look(path: Path) -> media.MediaInfo:
        monkeypatch.setattr(media, "probe", look)
        Upload.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        assert uploads.verify_upload(upload.pk)
        return look(storage.path(Upload.objects.get().key))

    monkeypatch.setattr(media, "probe", sleep_and_look)
    with pytest.raises(FileNotFoundError):
        uploads.verify_upload(upload.pk)
    done = Upload.objects.get()
    assert done.status == Upload.Status.COMPLETE
    assert storage.path(done.key).read_bytes() == film.read_bytes()


def test_a_file_with_more_or_fewer_bytes_than_received_is_refused(ada: User, film: Path, storage_folder: Path) -> None:
    """What follows the film does not keep it from being played; it is not what was sent all the same."""
    upload = arrived(ada, film)
    with storage.path(upload.key).open("ab") as file:
        file.write(bytes(8))
    done = uploads.verify_upload(upload.pk)
    assert done
    assert (done.status, done.refusal["code"]) == (Upload.Status.REFUSED, "damaged")
    assert files_in(storage_folder) == []


def test_a_worker_that_was_overtaken_deletes_no_file(ada: User, film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = arrived(ada, film)

    def lose_and_refuse(path: Path) -> media.MediaInfo:
        Upload.objects.filter(pk=upload.pk).update(lease_token=uuid.uuid4())
        raise media.MediaRefused("truncated")

    monkeypatch.setattr(media, "probe", lose_and_refuse)
    uploads.verify_upload(upload.pk)
    upload.refresh_from_db()
    assert (upload.status, upload.refusal) == (Upload.Status.ARRIVED, {})
    assert storage.path(upload.key).read_bytes() == film.read_bytes()


def test_playback_files_are_deleted_with_the_video_even_if_no_row_names_them(
    ada: User, film: Path, storage_folder: Path
) -> None:
    """Whoever made it was killed before the row named it."""
    upload = a_file(ada, film)
    made = [
        storage.path(storage.twin_key(upload.key, kind, suffix))
        for kind, suffix in ((storage.Kind.PEAKS, ".json"), (storage.Kind.PROXY, ".mp4"))
    ]
    for path in made:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    assert uploads.remove(upload)
    assert files_in(storage_folder) == []


def test_a_newer_connection_takes_over_from_a_silent_one(ada: User, film: Path) -> None:
    upload = uploads.create_upload(ada, kind="video", name="film.mp4", size=film.stat().st_size)
    silent, content = Silent(film.read_bytes()[:100]), film.read_bytes()
    failed: list[Exception] = []

    def listen() -> None:
        try:
            with append._alone(upload, silent) as file:
                append._write(upload, file, silent, None)
        except uploads.Interrupted as error:
            failed.append(error)

    thread = threading.Thread(target=listen)
    thread.start()
    assert silent.listening.wait(5)
    silent.seconds = 60
    assert uploads.append_bytes(upload, Whole(content[100:]), offset=100) == len(content)
    thread.join(5)
    assert len(failed) == 1
    assert storage.path(upload.key).read_bytes() == content


def test_a_connection_that_is_heard_is_not_disturbed(ada: User, film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(append, "PATIENCE", 0.1)
    upload = uploads.create_upload(ada, kind="video", name="film.mp4", size=1000)
    with storage.Partial(upload.key) as other:
        other.lock()
        with pytest.raises(uploads.Busy):
            uploads.append_bytes(upload, Whole(b"x"), offset=0)
    assert storage.size_of(upload.key) == 0


def test_a_file_that_comes_back_from_a_backup_without_its_bytes_begins_again(ada: User, film: Path) -> None:
    content = film.read_bytes()
    upload = uploads.create_upload(ada, kind="video", name="film.mp4", size=len(content))
    storage.delete(upload.key)
    assert uploads.offset_of(upload) == 0
    assert uploads.append_bytes(upload, Whole(content), offset=0) == len(content)


def test_bytes_for_an_upload_that_was_removed_are_not_kept(ada: User, storage_folder: Path) -> None:
    upload = uploads.create_upload(ada, kind="video", name="film.mp4", size=10)
    uploads.remove(Upload.objects.get(pk=upload.pk))
    with pytest.raises(uploads.Gone):
        uploads.append_bytes(upload, Whole(b"x"), offset=0)
    assert files_in(storage_folder) == []


def test_removing_a_file_ends_its_upload(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """As by another process, which cannot end this connection."""
    monkeypatch.setattr(append, "LOOK_EVERY_SECONDS", 0.0)
    upload = uploads.create_upload(ada, kind="video", name="film.mp4", size=10)
    came: list[bytes] = []

    class Removed(Whole):
        def pieces(self) -> Iterator[bytes]:
            for piece in (b"12345", b"67890"):
                Upload.objects.filter(pk=upload.pk).delete()
                came.append(piece)
                yield piece

    with pytest.raises(uploads.Gone):
        uploads.append_bytes(upload, Removed(b"1234567890"), offset=0)
    assert came == [b"12345"]


def test_a_file_that_grows_while_it_is_added_is_refused(ada: User, film: Path, tmp_path: Path) -> None:
    class Growing(type(film)):  # type: ignore[misc]
        def stat(self, **kwargs: Any) -> Any:
            real = super().stat(**kwargs)
            return SimpleNamespace(st_size=real.st_size - 1)

    with pytest.raises(uploads.Interrupted):
        uploads.add_file(Growing(film), ada, kind="video")
    assert Upload.objects.get().status == Upload.Status.RECEIVING


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
    upload = uploads.create_upload(ada, kind="video", name=name, size=1)
    upload.refresh_from_db()
    assert upload.name == kept


def test_unacceptable_sizes_are_refused_at_once(ada: User, settings: Any) -> None:
    for size, said in ((0, "empty"), (-5, "empty"), (settings.UPLOAD_MAX_BYTES + 1, "and the limit is")):
        with pytest.raises(uploads.UploadRefused, match=said):
            uploads.create_upload(ada, kind="video", name="film.mp4", size=size)
    settings.UPLOAD_MAX_BYTES = 1000
    assert uploads.create_upload(ada, kind="video", name="film.mp4", size=1000).size == 1000
    settings.DISK_LOW_WATER_BYTES = 2**62
    with pytest.raises(uploads.NoSpace):
        uploads.create_upload(ada, kind="video", name="film.mp4", size=1)


def test_an_upload_that_an_asset_uses_is_not_removed(ada: User, film: Path) -> None:
    upload = a_file(ada, film)
    a_draft(ada, source=upload)
    assert not uploads.remove(upload)
    assert storage.exists(upload.key)


def test_the_sweep_deletes_abandoned_uploads_and_nothing_else(ada: User, film: Path, storage_folder: Path) -> None:
    def aged(upload: Upload, **age: float) -> Upload:
        Upload.objects.filter(pk=upload.pk).update(created_at=timezone.now() - timedelta(**age))
        return upload

    def expiring(name: str, **left: float) -> Upload:
        upload = uploads.create_upload(ada, kind="video", name=name, size=film.stat().st_size)
        uploads.append_bytes(upload, Whole(film.read_bytes()[:50]), offset=0)
        Upload.objects.filter(pk=upload.pk).update(expires_at=timezone.now() + timedelta(**left))
        return aged(upload, days=30)

    used = aged(a_file(ada, film), days=30)
    a_draft(ada, source=used)
    unused = aged(a_file(ada, film), days=8)
    fresh = aged(a_file(ada, film), days=6)
    expired, waiting, whole = expiring("a.mp4", hours=-1), expiring("b.mp4", hours=1), expiring("c.mp4", hours=-1)
    storage.path(whole.key).write_bytes(film.read_bytes())
    aged(a_row(ada, status="receiving"), hours=49)
    old = aged(a_row(ada, status="receiving"), hours=47)
    aged(a_row(ada, status="refused"), days=8)

    assert uploads.sweep_abandoned() == 4
    assert set(Upload.objects.all()) == {used, fresh, waiting, old, whole}
    whole.refresh_from_db()
    assert whole.status == Upload.Status.ARRIVED  # it was all there, only nobody had said so
    assert storage.exists(used.key)
    assert not storage.exists(unused.key)
    assert not storage.exists(unused.poster_key)
    assert not storage.exists(expired.key)
    assert uploads.sweep_abandoned() == 0


def test_the_sweep_deletes_files_that_have_lost_their_rows(ada: User, film: Path, storage_folder: Path) -> None:
    def old_file(key: str) -> Path:
        path = storage.path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
        os.utime(path, (1, 1))
        return path

    whole = a_file(ada, film)
    os.utime(storage.path(whole.key), (1, 1))
    moving = arrived(ada, film)  # moved already, and the process was killed before the row said so
    moved = old_file(storage.twin_key(moving.key, storage.Kind.SOURCE))
    orphans = [
        old_file(storage.new_key(kind, ".mp4"))
        for kind in ("uploads", "sources", "backgrounds", "results")
        for kind in [storage.Kind(kind)]
    ]
    fresh = old_file(storage.new_key(storage.Kind.SOURCE))
    os.utime(fresh)
    leftover = storage_folder / "sources" / "incoming" / "x.part"
    leftover.parent.mkdir(parents=True)
    leftover.write_bytes(b"x")
    os.utime(leftover, (1, 1))
    uploads.sweep_abandoned()
    assert [path.exists() for path in (*orphans, leftover)] == [False] * 5
    assert [path.exists() for path in (storage.path(whole.key), moved, fresh)] == [True] * 3


def test_no_file_that_a_row_names_is_ever_swept_however_old(ada: User, film: Path, storage_folder: Path) -> None:
    mkv = a_file(ada, make_odd_film(storage_folder.parent / "film.mkv", seconds=2))  # with a waveform, and a copy
    previews.make(mkv.pk)
    a_file(ada, film, kind="background")
    arrived(ada, film)
    uploads.create_upload(ada, kind="video", name="film.mp4", size=1000)
    project = Project.objects.create(name="Films")
    project.memberships.create(user=ada, role="owner")
    done = make_done(project, ada)
    make_result(done.version, content=b"the same, made again")
    make_delivery(ada, done, imsc=True)
    files = [path for path in storage_folder.rglob("*") if path.is_file()]
    # Results, sources, a background, what is still coming in, and all that players need.
    assert {path.relative_to(storage_folder).parts[0] for path in files} == {kind.value for kind in storage.Kind}
    for path in files:
        os.utime(path, (1, 1))
    uploads.sweep_abandoned(unused_for=timedelta(days=7))
    assert [path for path in files if not path.exists()] == []


def test_a_thousand_results_are_kept_and_one_lost_file_goes(ada: User) -> None:
    done = make_done(Project.objects.create(name="Films"), ada)
    keys = [storage.new_key(storage.Kind.RESULT, ".mp4") for _ in range(1000)]
    Result.objects.bulk_create(
        Result(version=done.version, key=key, sha256=f"{number:064}", size=1, duration=1.0)
        for number, key in enumerate(keys)
    )
    lost = storage.new_key(storage.Kind.RESULT, ".mp4")
    for key in (*keys, lost):
        path = storage.path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
        os.utime(path, (1, 1))
    uploads.sweep_abandoned()
    assert not storage.exists(lost)
    assert all(storage.exists(key) for key in keys)


@pytest.mark.parametrize("rows", [0, 3])
def test_the_sweep_does_not_empty_a_disk_whose_database_is_another_one(ada: User, rows: int) -> None:
    for _ in range(rows):
        a_row(ada, key=storage.new_key(storage.Kind.SOURCE))
    files = [storage.path(storage.new_key(storage.Kind.RESULT, ".mp4")) for _ in range(6 if rows else 1)]
    for path in files:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"paid for")
        os.utime(path, (1, 1))
    uploads.sweep_abandoned()
    assert all(path.exists() for path in files)


def test_the_sweep_reads_a_few_at_a_time_and_deletes_all(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleanup, "_AT_ONCE", 2)
    uploads_of_old = [a_row(ada, status="complete", key=storage.new_key(storage.Kind.SOURCE)) for _ in range(5)]
    a_row(ada, status="complete", key=storage.new_key(storage.Kind.SOURCE))
    Upload.objects.filter(pk__in=[one.pk for one in uploads_of_old]).update(created_at="2020-01-01T00:00Z")
    lost = [storage.path(storage.new_key(storage.Kind.RESULT, ".mp4")) for _ in range(5)]
    for path in lost:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
        os.utime(path, (1, 1))
    assert uploads.sweep_abandoned() == 5
    assert Upload.objects.count() == 1
    assert not any(path.exists() for path in lost)


def test_memory_stays_flat_while_a_large_file_comes_in(ada: User) -> None:
    piece = b"x" * 1024**2
    upload = uploads.create_upload(ada, kind="video", name="film.mp4", size=len(piece) * 64)
    tracemalloc.start()
    uploads.append_bytes(upload, Whole(piece, times=64), offset=0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * len(piece)
