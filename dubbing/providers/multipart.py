"""A multipart/form-data body streamed from disk, with its length known beforehand and constant memory.

https://www.rfc-editor.org/rfc/rfc7578, names escaped as browsers do: https://html.spec.whatwg.org/#multipart-form-data
"""

from __future__ import annotations

import os
import re
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import IO, Self

from dubbing.providers.base import LocalFile, Progress

READ_SIZE = 1024 * 1024
REPORT_BYTES = 8 * 1024 * 1024
REPORT_SECONDS = 1.0
_CONTENT_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+")
_ESCAPES = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})


class Multipart:
    """Fields, then files, as an iterable of bytes. Use inside ``with``; iterate once.

    Opening raises ``OSError`` for a file that cannot be opened; iterating does for one that has shrunk since.
    """

    def __init__(
        self, fields: Mapping[str, str], files: Mapping[str, LocalFile], *, progress: Progress | None = None
    ) -> None:
        """``progress`` is called every 8 MiB or second or so, and at the end; not at 0."""
        self._boundary = secrets.token_hex(16)
        self._fields, self._files = fields, files
        self._progress = progress or (lambda sent: None)
        self._opened: list[tuple[bytes, IO[bytes], int]] = []
        self._stack = ExitStack()
        self.length = 0

    @property
    def content_type(self) -> str:
        return f"multipart/form-data; boundary={self._boundary}"

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            for name, file in self._files.items():
                opened = stack.enter_context(open(file.path, "rb", buffering=0))
                self._opened.append((self._file_head(name, file), opened, os.fstat(opened.fileno()).st_size))
            self._stack = stack.pop_all()
        parts = sum(len(head) + size + 2 for head, _, size in self._opened)
        self.length = len(self._head()) + parts + len(self._tail())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.close()

    def __iter__(self) -> Iterator[bytes]:
        sent, reported, when = 0, 0, time.monotonic()
        for piece in self._pieces():
            yield piece
            sent += len(piece)
            if sent - reported >= REPORT_BYTES or time.monotonic() - when >= REPORT_SECONDS:
                self._progress(sent)
                reported, when = sent, time.monotonic()
        self._progress(sent)

    def _pieces(self) -> Iterator[bytes]:
        yield self._head()
        for head, file, size in self._opened:
            yield head
            yield from _exactly(file, size)
            yield b"\r\n"
        yield self._tail()

    def _head(self) -> bytes:
        return b"".join(self._part(name) + b"\r\n" + value.encode() + b"\r\n" for name, value in self._fields.items())

    def _file_head(self, name: str, file: LocalFile) -> bytes:
        known = _CONTENT_TYPE.fullmatch(file.content_type)
        kind = file.content_type if known else "application/octet-stream"
        return self._part(name, f'; filename="{escaped(file.name)}"') + f"Content-Type: {kind}\r\n\r\n".encode()

    def _part(self, name: str, more: str = "") -> bytes:
        head = f'--{self._boundary}\r\nContent-Disposition: form-data; name="{escaped(name)}"{more}\r\n'
        return head.encode()

    def _tail(self) -> bytes:
        return f"--{self._boundary}--\r\n".encode()


def escaped(name: str) -> str:
    """``name`` escaped for the quotes in a part's header."""
    return name.encode("utf-8", "replace").decode().translate(_ESCAPES)


def _exactly(file: IO[bytes], size: int) -> Iterator[bytes]:
    while size:
        piece = file.read(min(size, READ_SIZE))
        if not piece:
            raise OSError("the file became shorter while it was sent")
        size -= len(piece)
        yield piece
