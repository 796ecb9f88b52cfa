"""Parts of a file over HTTP: the Range header (RFC 9110, section 14) and reading a slice of an open file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

BLOCK = 1024 * 1024

# Positions are bounded because int() refuses thousands of digits, and no file needs them.
_SINGLE = re.compile(r"bytes=[ \t]*([0-9]{0,100})-([0-9]{0,100})[ \t]*", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Range:
    """Bytes `first` to `last`, inclusive, of a file of `size` bytes."""

    first: int
    last: int
    size: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1

    @property
    def content_range(self) -> str:
        """Value of the Content-Range header of a 206."""
        return f"bytes {self.first}-{self.last}/{self.size}"


@dataclass(frozen=True, slots=True)
class Unsatisfiable:
    """A well-formed range outside a file of `size` bytes: answer 416."""

    size: int

    @property
    def content_range(self) -> str:
        """Value of the Content-Range header of a 416."""
        return f"bytes */{self.size}"


def parse_range(header: str | None, size: int) -> Range | Unsatisfiable | None:
    """The requested part of a file of `size` bytes; None: answer with the whole file.

    A missing or malformed header, another unit, and several ranges at once all mean the whole file.
    """
    match = _SINGLE.fullmatch(header.strip()) if header else None
    if match is None:
        return None
    first, last = match.groups()
    if not first:
        return _suffix(int(last), size) if last else None
    return _from(int(first), int(last) if last else None, size)


def _suffix(length: int, size: int) -> Range | Unsatisfiable | None:
    if length == 0:
        return Unsatisfiable(size)
    # An empty file has no byte that Content-Range could name.
    return Range(max(0, size - length), size - 1, size) if size else None


def _from(first: int, last: int | None, size: int) -> Range | Unsatisfiable | None:
    if last is not None and last < first:
        return None
    if first >= size:
        return Unsatisfiable(size)
    return Range(first, size - 1 if last is None else min(last, size - 1), size)


class FileSlice:
    """Iterate over `length` bytes of an open binary file from `first`, a block (1 MiB) at a time.

    Owns the file: `close()` closes it, as does reaching the end. Ends early if the file is shorter than promised.
    """

    def __init__(self, file: BinaryIO, first: int, length: int, *, block: int = BLOCK) -> None:
        self._file = file
        self._close = file.close  # a server that sends the file itself replaces this
        self._left = length
        self._block = block
        file.seek(first)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        data = self._file.read(min(self._block, self._left)) if self._left > 0 else b""
        if not data:
            self.close()
            raise StopIteration
        self._left -= len(data)
        return data

    def close(self) -> None:
        self._left = 0
        self._close()
