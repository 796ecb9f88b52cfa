"""Check a file behind a person's link: its server's headers, and both ends of the file. Nothing is trusted.

Every redirect is judged like the link itself, and every address when connecting to it (see ``network``).
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from dubbing.platform import numbers
from dubbing.providers.addresses import is_local_address, is_public_address
from dubbing.providers.downloads import moved_to
from dubbing.providers.network import Call, ForbiddenAddressError, transport

HEAD_BYTES, TAIL_BYTES = 2 * 1024**2, 4 * 1024**2
PIECE = 64 * 1024
REDIRECTS = 5
_HEADERS = {"User-Agent": "dubbing-portal", "Accept": "*/*", "Accept-Encoding": "identity"}
_TIMEOUT = {"connect": 4.0, "read": 6.0, "write": 4.0, "pool": 4.0}
_LARGEST_SPARSE = 2**40
_TOTAL = re.compile(r"bytes \d+-\d+/(\d+)", re.ASCII)

Reachable = Callable[[str], bool]


class NoLook(Exception):
    """The check failed. ``code``: ``forbidden``, ``redirects``, ``unreachable``, ``slow``, ``tls`` or ``status``."""

    def __init__(self, code: str, status: int = 0) -> None:
        super().__init__(f"{code} {status or ''}".strip())
        self.code, self.status = code, status


@dataclass(slots=True)
class Peeked:
    """What was found. ``size`` in bytes, if stated; ``ends`` are the parts written, as (from, to)."""

    content_type: str
    size: int | None
    ends: list[tuple[int, int]] = field(default_factory=list)
    start: bytes = b""

    @property
    def whole(self) -> bool:
        """Whether the whole file was written."""
        reached = 0
        for begin, end in self.ends:
            reached = end if begin <= reached else reached
        return self.size is not None and reached >= self.size


def peek(url: str, into: Path, *, reachable: Reachable, seconds: float) -> Peeked:
    """Read the file's headers, and write its two ends into a sparse file of its size. Raises NoLook."""
    # Only a provider on this machine or network may fetch from there, so only for such a provider do we.
    local = reachable("http://127.0.0.1/")
    pool = transport(lambda address: is_public_address(address) or (local and is_local_address(address)), keep=False)
    call = Call(seconds)
    try:
        with pool, call.running():
            return _Look(pool, reachable, into).taken(url)
    except ForbiddenAddressError as error:
        raise NoLook("forbidden") from error
    except httpx.TimeoutException as error:
        raise NoLook("slow") from error
    except (httpx.TransportError, httpx.InvalidURL, OSError, ValueError) as error:
        raise NoLook("tls" if _is_about_certificates(error) else "unreachable") from error


class _Look:
    def __init__(self, pool: httpx.BaseTransport, reachable: Reachable, into: Path) -> None:
        self._pool, self._reachable, self._into = pool, reachable, into

    def taken(self, url: str) -> Peeked:
        sizes = self._asked_for_facts(url)
        if sizes and (sizes.content_type.startswith("text/") or sizes.size == 0):
            return sizes
        with closing(self._opened("GET", url, f"bytes=0-{HEAD_BYTES - 1}")) as response:
            if response.status_code not in (200, 206):
                raise NoLook("status", response.status_code)
            facts = _facts(response)
            facts.size = sizes.size if sizes and facts.size is None else facts.size
            _make_sparse(self._into, min(facts.size or 0, _LARGEST_SPARSE))
            self._read(response, facts, 0, HEAD_BYTES)
            ranges = response.status_code == 206
        if ranges and facts.size and facts.size > HEAD_BYTES:
            self._read_tail(url, facts, facts.size)
        return facts

    def _asked_for_facts(self, url: str) -> Peeked | None:
        """The headers by HEAD; None if the server does not answer it, as signed links often do not."""
        with closing(self._opened("HEAD", url)) as response:
            if response.status_code in (404, 410):
                raise NoLook("status", response.status_code)
            return _facts(response) if response.status_code == 200 else None

    def _read_tail(self, url: str, peeked: Peeked, size: int) -> None:
        begin = max(HEAD_BYTES, size - TAIL_BYTES)
        with closing(self._opened("GET", url, f"bytes={begin}-{size - 1}")) as response:
            if response.status_code == 206:
                self._read(response, peeked, begin, size - begin)

    def _read(self, response: httpx.Response, peeked: Peeked, begin: int, count: int) -> None:
        at = begin
        with self._into.open("r+b") as file:
            file.seek(begin)
            for piece in response.iter_raw(PIECE):
                part = piece[: begin + count - at]
                file.write(part)
                peeked.start = peeked.start or part[:512]
                at += len(part)
                if at >= begin + count:
                    break
        peeked.ends.append((begin, at))

    def _opened(self, method: str, url: str, part: str = "") -> httpx.Response:
        headers = _HEADERS | ({"Range": part} if part else {})
        for _ in range(REDIRECTS + 1):
            if not self._reachable(url):
                raise NoLook("forbidden")
            request = httpx.Request(method, url, headers=headers, extensions={"timeout": _TIMEOUT})
            response = self._pool.handle_request(request)
            location = moved_to(url, response)
            if location is None:
                return response
            response.close()
            url = location
        raise NoLook("redirects")


def _facts(response: httpx.Response) -> Peeked:
    content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    total = _TOTAL.fullmatch(response.headers.get("content-range", ""))
    whole = response.status_code != 206
    length = response.headers.get("content-length") if whole else total and total[1]
    return Peeked(content_type[:100], numbers.whole(length))


def _make_sparse(path: Path, size: int) -> None:
    with path.open("wb") as file:
        file.truncate(size)


def _is_about_certificates(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
