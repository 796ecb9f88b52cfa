"""Archives: what Python reads back, in any part, however large."""

from __future__ import annotations

import hashlib
import io
import shutil
import subprocess
import zipfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dubbing.platform.archives import Archive, Member, Piece, archive, size_of

AT = datetime(2026, 11, 28, 22, 4, 6, tzinfo=UTC)
NAMES = ("harbour_es-ES_v1.mp4", "Größe_hi-IN_v2.mp4", "हिन्दी.srt")


def member(folder: Path, name: str, content: bytes) -> Member:
    path = folder / hashlib.sha256(name.encode()).hexdigest()
    path.write_bytes(b"before" + content + b"after")
    return Member(name, Piece(path, 6, len(content)), zlib.crc32(content), hashlib.sha256(content).hexdigest())


def sparse(folder: Path, name: str, size: int) -> Member:
    """Zeros that take no room on disk; their CRC-32 is computed as it is for any file."""
    path = folder / name
    with path.open("wb") as file:
        file.truncate(size)
    return Member(name, Piece(path, 0, size), crc_of_zeros(size), "")


def crc_of_zeros(size: int) -> int:
    crc, block = 0, bytes(2**24)
    for _ in range(size // len(block)):
        crc = zlib.crc32(block, crc)
    return zlib.crc32(bytes(size % len(block)), crc)


def read(made: Archive, first: int = 0, length: int | None = None) -> bytes:
    return b"".join(pieces(made, first, made.size - first if length is None else length))


def pieces(made: Archive, first: int, length: int) -> Iterator[bytes]:
    for part in made.part(first, length):
        if isinstance(part, bytes):
            yield part
            continue
        with part.path.open("rb") as file:
            file.seek(part.offset)
            yield file.read(part.size)


@pytest.fixture
def made(tmp_path: Path) -> Archive:
    return archive([member(tmp_path, name, name.encode() * 99) for name in NAMES], AT)


def test_an_archive_has_every_file_under_its_name(made: Archive) -> None:
    whole = read(made)
    assert len(whole) == made.size
    with zipfile.ZipFile(io.BytesIO(whole)) as opened:
        assert opened.testzip() is None
        assert opened.namelist() == list(NAMES)
        assert [opened.read(name) for name in NAMES] == [name.encode() * 99 for name in NAMES]
        assert {info.date_time for info in opened.infolist()} == {(2026, 11, 28, 22, 4, 6)}


def test_an_empty_archive_is_valid(tmp_path: Path) -> None:
    assert zipfile.ZipFile(io.BytesIO(read(archive([], AT)))).namelist() == []
    empty = archive([member(tmp_path, "empty.srt", b"")], AT)
    assert zipfile.ZipFile(io.BytesIO(read(empty))).read("empty.srt") == b""


@given(cuts=st.lists(st.floats(0, 1), max_size=12))
def test_any_consecutive_parts_add_up_to_the_whole_archive(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[float]
) -> None:
    folder = tmp_path_factory.mktemp("parts")
    made = archive([member(folder, name, name.encode() * 9) for name in NAMES], AT)
    at = sorted({0, made.size, *(round(cut * made.size) for cut in cuts)})
    assert b"".join(read(made, low, high - low) for low, high in pairwise(at)) == read(made)


def test_another_name_content_or_order_makes_another_archive(tmp_path: Path) -> None:
    first, second = (member(tmp_path, name, b"1") for name in ("a", "b"))
    other = member(tmp_path, "a", b"2")
    lists = ([first, second], [second, first], [first], [other, second])
    assert len({archive(members, AT).etag for members in lists}) == len(lists)
    assert archive([first, second], AT).etag == archive([first, second], AT).etag


def test_more_files_than_an_old_archive_holds_are_all_there(tmp_path: Path) -> None:
    single = member(tmp_path, "x", b"x")
    many = [Member(f"{number}", single.piece, single.crc32, single.sha256) for number in range(70_000)]
    with zipfile.ZipFile(io.BytesIO(read(archive(many, AT)))) as opened:
        assert len(opened.infolist()) == 70_000
        assert opened.read("69999") == b"x"


@pytest.mark.long
@pytest.mark.parametrize("tool", ["python", "unzip", "bsdtar", "7z"])
def test_files_and_positions_beyond_four_gigabytes_are_read_by_every_tool(tmp_path: Path, tool: str) -> None:
    if tool != "python" and shutil.which(tool) is None:
        pytest.skip(f"no {tool} on this machine")
    large = sparse(tmp_path, "large.mp4", 2**32 + 5)
    made = archive([large, member(tmp_path, "behind.srt", b"Hola."), large_copy(large)], AT)
    whole = tmp_path / "whole.zip"
    write_sparsely(made, whole)
    if tool == "python":
        with zipfile.ZipFile(whole) as opened:
            assert opened.testzip() is None
            assert opened.read("behind.srt") == b"Hola."
        return
    # What stands behind the large file. Reading that as well takes most of them a minute, and Python has done it.
    command = {"unzip": ["unzip", "-p"], "bsdtar": ["bsdtar", "-xOf"], "7z": ["7z", "x", "-so"]}[tool]
    read = subprocess.run([*command, str(whole), "behind.srt"], capture_output=True, check=True)
    assert read.stdout == b"Hola."


def large_copy(large: Member) -> Member:
    return Member("copy.mp4", large.piece, large.crc32, large.sha256)


def write_sparsely(made: Archive, to: Path) -> None:
    with to.open("wb") as out:
        for part in made.parts:
            if isinstance(part, bytes) or size_of(part) < 100:
                out.write(part if isinstance(part, bytes) else part.path.read_bytes()[part.offset :][: part.size])
            else:
                out.seek(part.size, 1)
