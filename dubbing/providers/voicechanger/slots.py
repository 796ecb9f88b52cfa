"""A slot for the video: a signed link to storage that is not the provider's, filled before anything is paid for.

https://voicechanger.co/ar/voice-changer-api/dubbing; the fields are those of its twin, "speech to text":
https://voicechanger.co/de/voice-changer-api/speech-to-text
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from dubbing.providers import http
from dubbing.providers.addresses import acceptable, allowed
from dubbing.providers.base import BadAnswer, LocalFile, NotSent, Progress, ProviderError, Rejected, Throttled
from dubbing.providers.multipart import READ_SIZE, REPORT_BYTES, REPORT_SECONDS
from dubbing.providers.network import Call, transport
from dubbing.providers.voicechanger import objects

WHAT = "PUT upload_url"
_METHODS = ("PUT", "POST")
_NAME, _VALUE = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"), re.compile(r"[ -~\t]*")
_OURS = {"host", "content-length", "transfer-encoding", "connection"}
"""Headers that are determined by the link and the file."""
_GONE = {401, 403, 404, 410}
_LATER = {408, 409, 425}


class SlotGone(NotSent):
    """The slot can no longer be used, but nothing is lost: another one is free."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Where the video of one job is uploaded, and the headers that belong to it."""

    job_id: str
    url: str = field(repr=False)
    method: str
    headers: Mapping[str, str] = field(repr=False)


@contextmanager
def unpaid() -> Iterator[None]:
    """Make failures inside safe to retry: a slot, used or not, costs nothing."""
    try:
        yield
    except ProviderError as error:
        if not error.outcome_unknown:
            raise
        raise NotSent(error.reason, call=error.call, status=error.status) from None


def read(data: Any, call: str, *, content_type: str, near: str, key: str) -> Slot:
    """The slot in an answer; raises ``BadAnswer`` for one that we do not use: incomplete or not trustworthy."""
    if not isinstance(data, dict):
        raise BadAnswer("the answer is not a slot", call=call)
    job_id, url = objects.job_id(data) or "", data.get("upload_url")
    method, headers = str(data.get("upload_method") or "PUT").upper(), data.get("headers")
    headers = {"Content-Type": content_type} if headers is None else headers
    if not (objects.is_id(job_id) and isinstance(url, str) and method in _METHODS and _usable(headers)):
        raise BadAnswer("the slot lacks an id, a link or its headers", call=call)
    if not acceptable(url, near=near) or objects.repeats(key, " ".join((url, *headers, *headers.values()))):
        raise BadAnswer("the slot leads to an address that we do not connect to", call=call)
    return Slot(job_id, url, method, {name: value for name, value in headers.items() if name.lower() not in _OURS})


def fill(slot: Slot, video: LocalFile, on_progress: Progress, *, near: str) -> int:
    """Upload the video with exactly the slot's headers and without the key. Return its size, confirmed by the storage.

    Raises ``SlotGone``, ``Rejected``, ``Throttled`` or ``NotSent``, and what ``on_progress`` raises.
    """
    call = Call(http.SLACK, before_first_byte=partial(on_progress, 0))
    pool = transport(lambda address: allowed(address, near=near), keep=False)
    try:
        with pool, http.translated(call, WHAT), _Body(video.path, on_progress) as body:
            call.deadline += body.length / http.SLOWEST
            headers = {**slot.headers, "Content-Length": str(body.length)}
            http.deliver(pool, slot.method, slot.url, headers, body, WHAT, secrets=_signatures(slot.url))
            return body.length
    except ProviderError as error:
        raise _judged(error) from None


def _usable(headers: Any) -> bool:
    return isinstance(headers, dict) and all(
        _NAME.fullmatch(name) and name.lower() != "x-api-key" and isinstance(value, str) and _VALUE.fullmatch(value)
        for name, value in headers.items()
    )


def _signatures(url: str) -> tuple[str, ...]:
    """The parts of a signed link that must not be repeated."""
    query = urlsplit(url).query
    return tuple(value for value in (query, *(value for _, value in parse_qsl(query))) if len(value) >= 8)


def _judged(error: ProviderError) -> ProviderError:
    """The storage's refusal as our error: its 401 and 403 are about the link, not about our key or account."""
    status = error.status or 0
    kind: type[ProviderError] = NotSent
    if status in _GONE or (status == 400 and "expired" in error.reason.lower()):
        kind = SlotGone
    elif status == 429:
        kind = Throttled
    elif 400 <= status < 500 and status not in _LATER:
        kind = Rejected
    return kind(error.reason, call=WHAT, status=error.status, retry_after=error.retry_after)


class _Body:
    """A file in pieces of 1 MiB. Use inside ``with``; iterate once. Raises ``OSError``."""

    def __init__(self, path: Path, on_progress: Progress) -> None:
        self._path, self._on_progress = path, on_progress

    def __enter__(self) -> Self:
        self._file = open(self._path, "rb", buffering=0)
        self.length = os.fstat(self._file.fileno()).st_size
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def __iter__(self) -> Iterator[bytes]:
        sent, reported, when = 0, 0, time.monotonic()
        while sent < self.length:
            piece = self._file.read(min(self.length - sent, READ_SIZE))
            if not piece:
                raise OSError("the file became shorter while it was sent")
            yield piece
            sent += len(piece)
            if sent - reported >= REPORT_BYTES or time.monotonic() - when >= REPORT_SECONDS:
                self._on_progress(sent)
                reported, when = sent, time.monotonic()
        self._on_progress(sent)
