"""ZIP archives of files whose sizes and CRC-32 are known: the position of every byte follows from that alone.

Nothing is compressed, as videos do not get smaller. So an archive is a few headers between whole files: its length is
known before it is sent, it is the same each time, and any part of it can be sent without reading what comes before. A
writer that computes the CRC-32 while reading (zipstream-ng, for one) has to read everything up to the requested part,
on every attempt: 200 GB for the last byte of 200 GB. Here it is stored with each file.

Sizes and positions beyond 4 GiB, and more than 65,535 files, are written as ZIP64.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s4B4H3L5H2L")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_END = struct.Struct("<4s4H2LH")

_PLAIN, _ZIP64 = 20, 45
_MADE_ON_UNIX = 3
_NAME_IS_UTF8 = 1 << 11
_STORED = 0
_FULL, _FULL_COUNT = 0xFFFFFFFF, 0xFFFF
_READABLE_FILE = 0o100644 << 16
_FORM = b"1"
"""Part of the ETag: change it with the way archives are written, or broken downloads resume in a different archive."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes of a file on disk. ``key``: its key in storage, if it has one."""

    path: Path
    offset: int
    size: int
    key: str = ""


Part = bytes | Piece


@dataclass(frozen=True, slots=True)
class Member:
    """A file of the archive: ``piece`` is where its bytes are."""

    name: str
    piece: Piece
    crc32: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Archive:
    """The parts in order, their total size in bytes, and the ETag."""

    parts: tuple[Part, ...]
    size: int
    etag: str

    def part(self, first: int, length: int) -> Iterator[Part]:
        """Yield ``length`` bytes of the archive from position ``first``."""
        at, end = 0, first + length
        for part in self.parts:
            size = size_of(part)
            low, high = max(first - at, 0), min(end - at, size)
            if low < high:
                yield part[low:high] if isinstance(part, bytes) else _cut(part, low, high)
            at += size
            if at >= end:
                return


def size_of(part: Part) -> int:
    """The size of a part in bytes."""
    return len(part) if isinstance(part, bytes) else part.size


def archive(members: Sequence[Member], made_at: datetime) -> Archive:
    """The archive of these files, in order. Names must differ. ``made_at``: the modification time of all of them."""
    clock = _dos_clock(made_at)
    parts: list[Part] = []
    offsets, at = [], 0
    for member in members:
        header = _local_header(member, clock)
        offsets.append(at)
        parts += [header, member.piece]
        at += len(header) + member.piece.size
    directory = b"".join(
        _central_header(member, offset, clock) for member, offset in zip(members, offsets, strict=True)
    )
    parts.append(directory + _end(len(members), len(directory), at))
    return Archive(tuple(parts), at + size_of(parts[-1]), _etag(members, clock))


def _etag(members: Iterable[Member], clock: tuple[int, int]) -> str:
    """An ETag of everything that determines the bytes: names, sizes, hashes and their order."""
    sums = hashlib.sha256(_FORM + repr(clock).encode())
    for member in members:
        # A name contains no line break, and a hash no space.
        sums.update(f"{member.piece.size} {member.crc32} {member.sha256} {member.name}\n".encode())
    return sums.hexdigest()


def _cut(piece: Piece, low: int, high: int) -> Piece:
    return replace(piece, offset=piece.offset + low, size=high - low)


def _dos_clock(at: datetime) -> tuple[int, int]:
    """Time and date in ZIP format, with a precision of two seconds, in the time zone of ``at``."""
    year = min(max(at.year, 1980), 2107)
    return at.hour << 11 | at.minute << 5 | at.second // 2, (year - 1980) << 9 | at.month << 5 | at.day


def _local_header(member: Member, clock: tuple[int, int]) -> bytes:
    name, size = member.name.encode(), member.piece.size
    extra = struct.pack("<2H2Q", 1, 16, size, size) if size >= _FULL else b""
    shown = _FULL if extra else size
    version = _ZIP64 if extra else _PLAIN
    fields = (version, _NAME_IS_UTF8, _STORED, *clock, member.crc32, shown, shown, len(name), len(extra))
    return _LOCAL.pack(b"PK\3\4", *fields) + name + extra


def _central_header(member: Member, offset: int, clock: tuple[int, int]) -> bytes:
    name, size = member.name.encode(), member.piece.size
    # Only what does not fit in its usual place goes here: the sizes first, then the position.
    large = [*([size, size] if size >= _FULL else []), *([offset] if offset >= _FULL else [])]
    extra = struct.pack(f"<2H{len(large)}Q", 1, 8 * len(large), *large) if large else b""
    version = _ZIP64 if extra else _PLAIN
    shown = min(size, _FULL)
    fields = (
        *(version, _MADE_ON_UNIX, version, 0, _NAME_IS_UTF8, _STORED, *clock, member.crc32, shown, shown),
        *(len(name), len(extra), 0, 0, 0, _READABLE_FILE, min(offset, _FULL)),
    )
    return _CENTRAL.pack(b"PK\1\2", *fields) + name + extra


def _end(count: int, size: int, offset: int) -> bytes:
    shown = (min(count, _FULL_COUNT), min(size, _FULL), min(offset, _FULL))
    end = _END.pack(b"PK\5\6", 0, 0, shown[0], *shown, 0)
    if shown == (count, size, offset) and count < _FULL_COUNT and max(size, offset) < _FULL:
        return end
    fields = (_END64.size - 12, _ZIP64, _ZIP64, 0, 0, count, count, size, offset)
    return _END64.pack(b"PK\6\6", *fields) + _LOCATOR.pack(b"PK\6\7", 0, offset + size, 1) + end
