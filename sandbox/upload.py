"""Reading a multipart upload straight into its files: each byte is written once, memory stays flat."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

_FLUSH = 1 << 20
_FIELD_LIMIT = 8 << 20
_FILES = ("video", "background")


class UploadError(ValueError):
    """The multipart body is not what the API takes."""


class UploadReader:
    """Collects the `request` text and writes `video` and `background` to files."""

    def __init__(self, content_type: str, paths: dict[str, Path]) -> None:
        """Prepare for a body with this content type; `paths` says where each file part goes."""
        kind, options = parse_options_header(content_type)
        if kind != b"multipart/form-data" or b"boundary" not in options:
            raise UploadError("multipart/form-data with a boundary was expected")
        self._paths, self.seen, self.request = paths, set[str](), bytearray()
        self._pending: list[memoryview] = []
        self._waiting = 0
        self._file: BinaryIO | None = None
        self._header, self._value = bytearray(), bytearray()
        self._disposition = b""
        self._part = ""
        self._ended = False
        self._parser = MultipartParser(
            options[b"boundary"],
            {
                "on_part_begin": self._begin_part,
                "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                "on_header_end": self._end_header,
                "on_headers_finished": self._open_part,
                "on_part_data": self._take,
                "on_part_end": self._end_part,
                "on_end": self._end,
            },
        )

    async def read(self, stream: AsyncIterator[bytes]) -> None:
        """Read the whole body. On any failure the files are removed."""
        try:
            async for chunk in stream:
                self._parser.write(chunk)
                if self._waiting >= _FLUSH:
                    await asyncio.to_thread(self._flush)
            self._finish()
        except FormParserError as error:
            self._give_up()
            raise UploadError(f"malformed multipart body: {error}") from error
        except BaseException:
            self._give_up()
            raise

    def _finish(self) -> None:
        if not self._ended:
            raise UploadError("the multipart body ends too early")
        for name in ("request", "video"):
            if name not in self.seen:
                raise UploadError(f"part {name!r} is missing")

    def _give_up(self) -> None:
        self._pending.clear()
        if self._file:
            self._file.close()
        for path in self._paths.values():
            path.unlink(missing_ok=True)

    def _begin_part(self) -> None:
        self._disposition = b""

    def _end_header(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._header.clear()
        self._value.clear()

    def _open_part(self) -> None:
        name = parse_options_header(self._disposition)[1].get(b"name", b"").decode(errors="replace")
        if name not in ("request", *_FILES) or name in self.seen:
            raise UploadError(f"unexpected part {name!r}")
        self._part = name
        self.seen.add(name)
        if name in _FILES:
            self._file = self._paths[name].open("wb", buffering=0)

    def _take(self, data: bytes, start: int, end: int) -> None:
        if self._file:
            self._pending.append(memoryview(data)[start:end])
            self._waiting += end - start
            return
        self.request += data[start:end]
        if len(self.request) > _FIELD_LIMIT:
            raise UploadError("part 'request' is too large")

    def _end_part(self) -> None:
        if self._file:
            self._flush()
            self._file.close()
            self._file = None

    def _end(self) -> None:
        self._ended = True

    def _flush(self) -> None:
        assert self._file
        for piece in self._pending:
            self._file.write(piece)
        self._pending.clear()
        self._waiting = 0
