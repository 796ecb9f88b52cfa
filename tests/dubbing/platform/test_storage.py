import errno
import hashlib
import os
import shutil
import unicodedata
from collections import namedtuple
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from dubbing.platform import storage
from dubbing.platform.storage import Kind


@pytest.fixture(autouse=True)
def root(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


def files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def test_a_key_is_random_and_names_only_the_kind() -> None:
    key = storage.new_key(Kind.SOURCE, ".MP4")
    folder, prefix, name = key.split("/")
    assert (folder, prefix, name[32:]) == ("sources", name[:2], ".mp4")
    assert storage.new_key(Kind.SOURCE, ".mp4") != key


@pytest.mark.parametrize(
    "suffix", ["", ".", "mp4", "./x", ".mp4/..", ".tar.gz", ".waytoolongone", ".m p", ".ä", ".mp4\n"]
)
def test_a_suffix_that_is_not_plain_is_left_out(suffix: str) -> None:
    assert "." not in storage.new_key(Kind.RESULT, suffix)


def test_a_key_lies_under_the_media_root(root: Path) -> None:
    assert storage.path("sources/ab/abcdef.mp4") == root / "sources/ab/abcdef.mp4"


@pytest.mark.parametrize(
    "key",
    [
        "",
        "sources",
        "/etc/passwd",
        "../secret",
        "sources/../../etc/passwd",
        "sources/./x",
        "sources//x",
        "sources/.hidden",
        "sources/ab/x.mp4/",
        "sources/ab/x\0.mp4",
        "sources/ab/x.mp4\n",
        "sources\\ab\\x",
        "~/x",
        "sources/ab/ä.mp4",
        "sources/" + "a" * 300,
    ],
)
def test_an_invalid_key_has_no_path(key: str) -> None:
    with pytest.raises(storage.BadKey):
        storage.path(key)
    with pytest.raises(storage.BadKey):
        storage.delete(key)


@given(st.text(max_size=60))
def test_no_key_leads_out_of_the_media_root(key: str) -> None:
    try:
        found = storage.path(key)
    except storage.BadKey:
        return
    assert Path(os.path.normpath(found)).is_relative_to(storage.path("a/b").parents[1])


def test_a_file_appears_only_when_it_is_kept(root: Path) -> None:
    with storage.open_temporary(Kind.SOURCE, ".mp4") as incoming:
        incoming.write(b"first ")
        incoming.write(b"second")
        assert not storage.path(incoming.key).exists()
        stored = incoming.keep()
    assert storage.path(stored.key).read_bytes() == b"first second"
    assert stored.size == 12
    assert stored.sha256 == hashlib.sha256(b"first second").hexdigest()
    assert storage.exists(stored.key)
    assert files(root) == [storage.path(stored.key)]


def test_an_empty_file_may_be_kept() -> None:
    with storage.open_temporary(Kind.SOURCE) as incoming:
        stored = incoming.keep()
    assert (stored.size, stored.sha256) == (0, hashlib.sha256(b"").hexdigest())


def test_a_file_that_is_not_kept_leaves_nothing(root: Path) -> None:
    with storage.open_temporary(Kind.SOURCE, ".mp4") as incoming:
        incoming.write(b"half")
    assert files(root) == []


def test_a_failure_on_the_way_leaves_nothing(root: Path) -> None:
    def fail_half_way() -> None:
        with storage.open_temporary(Kind.RESULT) as incoming:
            incoming.write(b"half")
            raise ConnectionError

    with pytest.raises(ConnectionError):
        fail_half_way()
    assert files(root) == []


def test_a_full_disk_has_a_name_and_leaves_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def keep_on_a_full_disk() -> None:
        with storage.open_temporary(Kind.RESULT) as incoming:
            incoming.write(b"much")
            monkeypatch.setattr(os, "fsync", full)
            incoming.keep()

    with pytest.raises(storage.NoRoom, match="not enough disk space"):
        keep_on_a_full_disk()
    assert files(root) == []


def test_another_failure_of_the_disk_keeps_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with storage.open_temporary(Kind.RESULT) as incoming:
        monkeypatch.setattr(os, "fsync", broken)
        with pytest.raises(OSError, match="Input/output") as caught:
            incoming.keep()
    assert not isinstance(caught.value, storage.NoRoom)


def test_a_file_comes_in_pieces_and_is_moved_in_one_step(root: Path) -> None:
    key = storage.new_key(Kind.UPLOAD, ".mp4")
    with storage.Partial(key, create=True) as partial:
        assert partial.lock()
        partial.append(b"a whole")
        partial.append(memoryview(b" film and more"))
        partial.cut(12)
        partial.flush()
        assert partial.size == storage.size_of(key) == 12
    final = storage.twin_key(key, Kind.SOURCE)
    storage.move(key, final)
    assert final == key.replace("uploads/", "sources/")
    assert storage.path(final).read_bytes() == b"a whole film"
    assert files(root) == [storage.path(final)]
    assert storage.size_of(key) == 0


def test_one_at_a_time_writes_to_a_file_that_comes_in_pieces() -> None:
    key = storage.new_key(Kind.UPLOAD)
    with storage.Partial(key, create=True) as one, storage.Partial(key) as other:
        assert one.lock()
        assert not other.lock()
    with storage.Partial(key) as later:
        assert later.lock()


def test_what_was_removed_cannot_be_written_to() -> None:
    key = storage.new_key(Kind.UPLOAD)
    with storage.Partial(key, create=True) as partial:
        storage.delete(key)
        with pytest.raises(FileNotFoundError):
            partial.lock()
    with pytest.raises(FileNotFoundError):
        storage.Partial(key)
    with pytest.raises(FileNotFoundError):
        storage.move(key, storage.twin_key(key, Kind.SOURCE))


@pytest.mark.parametrize(
    ("key", "suffix", "twin"),
    [
        ("uploads/ab/abc.mp4", None, "posters/ab/abc.mp4"),
        ("uploads/ab/abc.mp4", ".jpg", "posters/ab/abc.jpg"),
        ("uploads/ab/abc", ".jpg", "posters/ab/abc.jpg"),
        ("uploads/ab/abc", None, "posters/ab/abc"),
    ],
)
def test_a_twin_key_is_always_the_same(key: str, suffix: str | None, twin: str) -> None:
    assert storage.twin_key(key, Kind.POSTER, suffix) == twin


def test_old_files_are_found_and_what_is_being_written_is_not(root: Path) -> None:
    key = storage.new_key(Kind.UPLOAD, ".mp4")
    with storage.Partial(key, create=True):
        pass
    assert list(storage.old_keys(Kind.UPLOAD, 100)) == []
    os.utime(storage.path(key), (1, 1))
    with storage.open_temporary(Kind.UPLOAD, ".mp4") as incoming:
        os.utime(incoming.temporary, (1, 1))
        assert list(storage.old_keys(Kind.UPLOAD, 100)) == [key]


def test_deleting_twice_does_no_harm() -> None:
    with storage.open_temporary(Kind.POSTER, ".jpg") as incoming:
        stored = incoming.keep()
    assert storage.delete(stored.key)
    assert not storage.delete(stored.key)
    assert not storage.exists(stored.key)


def test_free_space_is_what_is_above_the_low_water_mark(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10_000, 9_000, 1_000))
    settings.DISK_LOW_WATER_BYTES = 400
    assert storage.free_bytes() == 1_000
    assert storage.has_room(600)
    assert not storage.has_room(601)


def test_a_gibibyte_is_left_free_by_default(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(0, 0, 1024**3 + 5))
    if hasattr(settings, "DISK_LOW_WATER_BYTES"):
        del settings.DISK_LOW_WATER_BYTES
    assert storage.has_room(5)
    assert not storage.has_room(6)


def test_leftovers_are_swept_when_they_are_old(root: Path) -> None:
    with storage.open_temporary(Kind.SOURCE) as kept:
        kept.write(b"kept")
        stored = kept.keep()
    abandoned, fresh = storage.Incoming(Kind.SOURCE, ""), storage.Incoming(Kind.RESULT, "")
    os.utime(abandoned.temporary, (0, 0))
    os.utime(storage.path(stored.key), (0, 0))
    assert storage.sweep_leftovers(3600) == 1
    assert sorted(files(root)) == sorted([storage.path(stored.key), fresh.temporary])
    for incoming in (abandoned, fresh):
        incoming.discard()


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("My film", "My film.mp4"),
        ("Ärger in Zürich – Teil 2", "Ärger in Zürich – Teil 2.mp4"),
        ("हिन्दी क्‍षेत्र 👩‍🚀", "हिन्दी क्‍षेत्र 👩‍🚀.mp4"),
        ("../../etc/passwd", "-..-etc-passwd.mp4"),
        ("a\r\nSet-Cookie: x=1", "a Set-Cookie- x=1.mp4"),
        ('say "hi" <b>|?*\\', "say -hi- -b-----.mp4"),
        ("invoice\u202e4pm.exe", "invoice4pm.exe.mp4"),
        ("\0\x07\x1b", "download.mp4"),
        ("  ...  ", "download.mp4"),
        ("", "download.mp4"),
        ("con", "_con.mp4"),
        ("NUL.txt", "_NUL.txt.mp4"),
        ("constant", "constant.mp4"),
        ("\ud800x", "x.mp4"),
    ],
)
def test_a_title_becomes_a_harmless_file_name(title: str, name: str) -> None:
    assert storage.safe_download_name(title, ".mp4") == name


def test_a_file_name_may_end_in_a_locale() -> None:
    assert storage.safe_download_name("My film", ".pt-BR.srt") == "My film.pt-BR.srt"


@pytest.mark.parametrize("suffix", ["mp4", "./../x", '.mp4"', ".mp4\n", "." + "a" * 50, "."])
def test_a_suffix_that_is_not_plain_does_not_end_a_name(suffix: str) -> None:
    assert storage.safe_download_name("x", suffix) == "x"


@given(st.text(max_size=300), st.sampled_from(["", ".mp4", ".pt-BR.srt"]))
def test_no_title_makes_a_name_that_is_long_or_tricky(title: str, suffix: str) -> None:
    name = storage.safe_download_name(title, suffix)
    assert len(name.encode()) <= 150
    assert name.endswith(suffix)
    assert not set(name) & set('/\\:*?"<>|')
    assert not name.startswith((".", " "))
    assert all(unicodedata.category(character)[0] != "C" or character in "\u200c\u200d" for character in name)
