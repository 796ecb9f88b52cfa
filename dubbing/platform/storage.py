"""Where files are stored, by random keys that contain nothing a person typed: in the folder MEDIA_ROOT or in a bucket.

A file is received in the folder, under a temporary name on the same filesystem, is hashed while it is written, and
appears under its key in one step (`keep`). So a file under a key is always complete. STORAGE says where it is kept.

Whoever reads a file asks for it by its key: as a path for a program (`opened`), as bytes (`read`), or as an address
for somebody else (`link`). What is in the folder is read there, and everything else in the bucket, if there is one: so
files can be moved from one to the other while they are used. Files that are still coming in are always in the folder.
"""

import errno
import fcntl
import hashlib
import logging
import os
import re
import secrets
import shutil
import time
import unicodedata
import zlib
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from django.conf import settings

from dubbing.platform import bucket, disk
from dubbing.platform.bucket import Damaged, OnProgress, Unavailable

__all__ = ["Damaged", "Unavailable"]

log = logging.getLogger(__name__)

LOW_WATER_BYTES = 1024**3
NAME_BYTES = 150
BLOCK = 1024**2
"""Bytes that are read at once."""

FOLDER, BUCKET = "local", "s3"
"""Values of STORAGE."""
_INCOMING = "incoming"
_KEY = re.compile(r"[a-z]+(?:/[A-Za-z0-9][A-Za-z0-9_-]*)*/[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[A-Za-z0-9]{1,8})?", re.ASCII)
_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}", re.ASCII)
_NAME_SUFFIX = re.compile(r"(?:\.[A-Za-z0-9][A-Za-z0-9-]{0,15}){1,3}", re.ASCII)
_FORBIDDEN = re.compile(r'[/\\:*?"<>|]')
_WINDOWS_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)", re.IGNORECASE)
# Joiners are invisible too, but Hindi, Persian and emoji are misspelt without them.
_JOINERS = "\u200c\u200d"


class Kind(StrEnum):
    """What a file is; also the folder it is stored in."""

    SOURCE = "sources"
    BACKGROUND = "backgrounds"
    RESULT = "results"
    POSTER = "posters"
    UPLOAD = "uploads"
    PEAKS = "peaks"
    PROXY = "proxies"
    DELIVERY = "deliveries"


def _nobody() -> None:
    """Nobody waits."""


class BadKey(ValueError):
    """The text is not a storage key."""


class NoRoom(OSError):
    """The disk is full, or the quota is used up."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored file: its key, its size in bytes, and the SHA-256 (hex) and CRC-32 of its content."""

    key: str
    size: int
    sha256: str
    crc32: int


def new_key(kind: Kind, suffix: str = "") -> str:
    """A new random key such as `sources/ab/ab12….mp4`. A suffix that is not short and plain is left out."""
    token = secrets.token_hex(16)
    return f"{kind.value}/{token[:2]}/{token}{_plain_suffix(suffix)}"


def path(key: str) -> Path:
    """The path of a key on disk, whether or not the file exists. Raises BadKey if it is not a key."""
    if len(key) > 200 or not _KEY.fullmatch(key):
        raise BadKey(f"not a storage key: {key[:80]!r}")
    return _root() / key


@contextmanager
def opened(key: str, *, on_progress: OnProgress = _nobody) -> Iterator[Path]:
    """The path under which a program can read the file, for the duration of the block.

    ``on_progress`` is called at intervals if it takes a while to get the file. Raises OSError, BadKey.
    """
    if not bucket.is_configured():
        yield path(key)
        return
    try:
        # Another name, so that the file stays if it is moved meanwhile.
        link_name = _beside(key, ".link")
        os.link(path(key), link_name)
    except FileNotFoundError:
        if not _may_be_in_bucket(key):
            raise
    else:
        try:
            yield link_name
        finally:
            link_name.unlink(missing_ok=True)
        return
    with opened_copy(key, on_progress=on_progress) as copy:
        yield copy


@contextmanager
def opened_copy(key: str, *, on_progress: OnProgress = _nobody) -> Iterator[Path]:
    """A copy of the object in the bucket, in the folder for the duration of the block. Raises as ``opened`` does."""
    copy = _beside(key, ".part")
    try:
        if not has_room(size_of(key)):
            raise NoRoom(errno.ENOSPC, "There is not enough disk space.")
        with _full_disk_named():
            bucket.fetch(key, copy, on_progress=on_progress)
        yield copy
    finally:
        copy.unlink(missing_ok=True)


def _beside(key: str, ending: str) -> Path:
    """A temporary name in the same folder."""
    folder, name = path(key).parents[1] / _INCOMING, Path(key)
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name.stem}-{secrets.token_hex(4)}{name.suffix}{ending}"


def read(key: str, offset: int, size: int) -> Iterator[bytes]:
    """Yield ``size`` bytes of the file from ``offset``; fewer if the file is shorter. Raises OSError, BadKey."""
    try:
        file = path(key).open("rb")
    except FileNotFoundError:
        if not _may_be_in_bucket(key):
            raise
        yield from bucket.read(key, offset, size)
        return
    with file:
        file.seek(offset)
        while size > 0 and (block := file.read(min(BLOCK, size))):
            size -= len(block)
            yield block


def save(key: str, *, sha256: str = "", on_progress: OnProgress = _nobody) -> None:
    """Bring a file that was completed in the folder to where files are kept; ``on_progress`` as in ``opened``.

    ``sha256``: its hash, if it is known. Repeatable. Raises OSError, BadKey.
    """
    if settings.STORAGE == BUCKET and path(key).is_file():
        _put(path(key), key, sha256 or hash_of(path(key), on_progress=on_progress), on_progress=on_progress)
        path(key).unlink()


def link(key: str, *, lasts: timedelta, kind: str, disposition: str = "", cache: str = "no-cache") -> str:
    """An address under which whoever has it can fetch the file for a while, with these headers.

    Empty if the file is in the folder: only we can send it. Raises Unavailable, BadKey.
    """
    if is_in_folder(key):
        return ""
    return bucket.link(key, lasts=lasts, kind=kind, disposition=disposition, cache=f"private, {cache}")


def place_of(key: str) -> str:
    """Where the file is, for whoever runs the portal. Raises BadKey."""
    return str(path(key)) if is_in_folder(key) else f"s3://{settings.S3_BUCKET}/{key}"


def is_local() -> bool:
    """Whether every file is in the folder, so that none has to be asked for over a network."""
    return not bucket.is_configured()


def is_in_folder(key: str) -> bool:
    """Whether the file is in the folder, or can be nowhere else. Raises BadKey."""
    return path(key).is_file() or not _may_be_in_bucket(key)


def exists(key: str) -> bool:
    """Whether a file exists under the key. Raises BadKey, Unavailable."""
    return path(key).is_file() or (_may_be_in_bucket(key) and bucket.find(key) is not None)


def delete(key: str) -> bool:
    """Remove the file. Returns False if there was none. Raises BadKey.

    If the bucket is unavailable, the file stays there without a row, until housekeeping finds it.
    """
    was_local, may_be_in_bucket = True, _may_be_in_bucket(key)
    try:
        path(key).unlink()
    except FileNotFoundError:
        was_local = False
    if may_be_in_bucket:
        with suppress(Unavailable):  # logged
            bucket.delete(key)
    return was_local or may_be_in_bucket


class Checksums:
    """Checksums of a content: SHA-256 for people and programs, CRC-32 because archives contain it."""

    def __init__(self) -> None:
        self._hash, self.crc32 = hashlib.sha256(), 0

    def update(self, chunk: bytes | memoryview) -> None:
        """Add the next bytes of the content."""
        self._hash.update(chunk)
        self.crc32 = zlib.crc32(chunk, self.crc32)

    @property
    def sha256(self) -> str:
        """The SHA-256 in hex."""
        return self._hash.hexdigest()


class Incoming:
    """A file being written. `size` in bytes and `sha256` in hex are of what was written so far."""

    def __init__(self, kind: Kind, suffix: str) -> None:
        self.key = new_key(kind, suffix)
        self.temporary = _root() / kind.value / _INCOMING / f"{Path(self.key).name}.part"
        self.size = 0
        self.kept = False
        self._sums = Checksums()
        # Hashing takes as long as everything else: it has a thread of its own, and is at most one piece behind.
        self._hasher = ThreadPoolExecutor(1, thread_name_prefix="hash")
        self._hashing = self._hasher.submit(self._sums.update, b"")
        self.temporary.parent.mkdir(parents=True, exist_ok=True)
        with _full_disk_named():
            # Unbuffered, so that a full disk is reported by the write that hit it and never by close().
            self._file = self.temporary.open("xb", buffering=0)

    @property
    def sha256(self) -> str:
        self._hashing.result()
        return self._sums.sha256

    def write(self, chunk: bytes) -> None:
        """Append bytes. Raises NoRoom."""
        self._hashing.result()
        self._hashing = self._hasher.submit(self._sums.update, chunk)
        with _full_disk_named():
            rest = memoryview(chunk)
            while rest:
                rest = rest[self._file.write(rest) :]
        self.size += len(chunk)

    def keep(self, *, on_progress: OnProgress = _nobody) -> Stored:
        """Flush to disk and make the file appear under its key, in one step. ``on_progress`` as in ``opened``.

        Raises NoRoom, Unavailable, and whatever ``on_progress`` raises.
        """
        with _full_disk_named():
            os.fsync(self._file.fileno())
            self._file.close()
            if settings.STORAGE == BUCKET:
                _put(self.temporary, self.key, self._of_what_is_there(), on_progress=on_progress)
                self.temporary.unlink()
                # A file of the same name would be read instead.
                path(self.key).unlink(missing_ok=True)
            else:
                _move(self.temporary, path(self.key))
        self.kept = True
        return Stored(self.key, self.size, self.sha256, self._sums.crc32)

    def _of_what_is_there(self) -> str:
        """The SHA-256 of the file, of which another program may have written everything."""
        return self.sha256 if self.size else hash_of(self.temporary)

    def discard(self) -> None:
        """Discard what was written, unless it was kept."""
        self._hasher.shutdown()
        self._file.close()
        if not self.kept:
            self.temporary.unlink(missing_ok=True)


@contextmanager
def open_temporary(kind: Kind, suffix: str = "") -> Iterator[Incoming]:
    """Write a file, then call `keep()`; leaving the block without that, or with an error, leaves nothing behind."""
    incoming = Incoming(kind, suffix)
    try:
        yield incoming
    finally:
        incoming.discard()


class Partial:
    """A file that comes in pieces, under its key from the first one; its size on disk is all that is known of it.

    One writer at a time. The lock is the kernel's, so it works across threads and processes, and ends with them.
    """

    def __init__(self, key: str, *, create: bool = False) -> None:
        """Raises FileNotFoundError, BadKey."""
        self._path = path(key)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(self._path, os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT if create else 0), 0o640)

    def __enter__(self) -> "Partial":
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    def lock(self) -> bool:
        """Become the only writer. Returns False if there is another one.

        Raises FileNotFoundError if the file was removed.
        """
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        if not os.path.samestat(os.fstat(self._file), self._path.stat()):
            raise FileNotFoundError(errno.ENOENT, "The file was replaced while it was read.")
        return True

    @property
    def size(self) -> int:
        return os.fstat(self._file).st_size

    def append(self, piece: bytes | memoryview) -> None:
        """Append a piece. Raises NoRoom; what fitted stays."""
        os.lseek(self._file, 0, os.SEEK_END)
        with _full_disk_named():
            rest = memoryview(piece)
            while rest:
                rest = rest[os.write(self._file, rest) :]

    def cut(self, size: int) -> None:
        """Discard everything after the first ``size`` bytes."""
        os.ftruncate(self._file, size)

    def flush(self) -> None:
        """Wait until the data is on disk. Raises NoRoom."""
        with _full_disk_named():
            os.fsync(self._file)


def size_of(key: str) -> int:
    """Bytes of the file under the key; 0 if there is none. Raises BadKey, Unavailable."""
    try:
        return path(key).stat().st_size
    except FileNotFoundError:
        found = bucket.find(key) if _may_be_in_bucket(key) else None
        return found.size if found else 0


def hash_of(file: Path, *, on_progress: OnProgress = _nobody) -> str:
    """The SHA-256 of a file on disk, in hex; ``on_progress`` as in ``opened``. Raises OSError."""
    digest, pulse = hashlib.sha256(), bucket.Pulse(on_progress)
    with file.open("rb", buffering=0) as content:
        while block := content.read(BLOCK):
            digest.update(block)
            pulse(len(block))
    return digest.hexdigest()


def twin_key(key: str, kind: Kind, suffix: str | None = None) -> str:
    """The key of the same name in another folder, so that a new attempt after a crash finds what exists already."""
    old = Path(key)
    return Path(kind.value, old.parent.name, old.stem + (old.suffix if suffix is None else suffix)).as_posix()


def move(old: str, new: str) -> None:
    """Give a complete file another key, in one step. Raises FileNotFoundError, BadKey."""
    _move(path(old), path(new))


def adopt(file: Path, key: str) -> None:
    """Keep a complete file of the same disk in the folder, under this key, in one step. Raises OSError, BadKey."""
    with file.open("rb") as content:
        os.fsync(content)
    _move(file, path(key))


def old_keys(kind: Kind, older_than_s: float) -> Iterator[str]:
    """The keys of one kind whose files were last written to at least ``older_than_s`` seconds ago.

    Raises Unavailable.
    """
    yield from keys_in_folder(kind, older_than_s)
    if bucket.is_configured() and kind != Kind.UPLOAD:
        yield from keys_in_bucket(kind, older_than_s)


def keys_in_bucket(kind: Kind, older_than_s: float = 0.0) -> Iterator[str]:
    """The same, of the objects in the bucket alone."""
    found = bucket.keys(f"{kind.value}/", older_than_s=older_than_s)
    yield from (key for key in found if _KEY.fullmatch(key))


def keys_in_folder(kind: Kind, older_than_s: float = 0.0) -> Iterator[str]:
    """The same, of the files in the folder alone."""
    limit = time.time() - older_than_s
    for folder in (_root() / kind.value).glob("*/"):
        if folder.name == _INCOMING:
            continue
        with suppress(FileNotFoundError), os.scandir(folder) as files:
            for file in files:
                key = f"{kind.value}/{folder.name}/{file.name}"
                if _KEY.fullmatch(key) and _is_old(file, limit):
                    yield key


def _is_old(file: os.DirEntry[str], limit: float) -> bool:
    try:
        return file.is_file() and file.stat().st_mtime < limit
    except FileNotFoundError:
        return False


def free_bytes() -> int:
    """Bytes still available to us on the disk that holds MEDIA_ROOT."""
    root = _root()
    root.mkdir(parents=True, exist_ok=True)
    return shutil.disk_usage(root).free


def has_room(size: int) -> bool:
    """Whether `size` more bytes leave the low-water mark (DISK_LOW_WATER_BYTES) untouched."""
    return free_bytes() - size >= int(getattr(settings, "DISK_LOW_WATER_BYTES", LOW_WATER_BYTES))


def sweep_leftovers(older_than_s: float) -> int:
    """Remove temporary files untouched for that many seconds, as left by killed processes. Returns how many."""
    limit = time.time() - older_than_s
    removed = 0
    for kind in Kind:
        for leftover in (_root() / kind.value / _INCOMING).glob("*.*"):
            # Its writer may keep or discard it at this very moment.
            with suppress(FileNotFoundError):
                status = leftover.stat()
                # Another name of an old file is as old as when it was given.
                if (status.st_ctime if leftover.suffix == ".link" else status.st_mtime) < limit:
                    leftover.unlink()
                    removed += 1
    return removed


def begin_parts(key: str) -> str:
    """Begin an object in the bucket that somebody else sends in parts; return the name of this attempt.

    Raises Unavailable, BadKey.
    """
    path(key)  # raises BadKey
    return bucket.begin_parts(key)


def parts_there(key: str, attempt: str) -> dict[int, int]:
    """The size of each part that is there, by its number. Raises FileNotFoundError if it is over, Unavailable."""
    return {number: size for number, (size, _) in bucket.parts(key, attempt).items()}


def part_link(key: str, attempt: str, number: int, *, lasts: timedelta) -> str:
    """An address to which whoever has it can PUT this part for a while. Raises Unavailable."""
    return bucket.part_link(key, attempt, number, lasts=lasts)


def finish_parts(key: str, attempt: str) -> None:
    """Make the object of all parts that are there. Raises FileNotFoundError if it is over, Unavailable."""
    bucket.finish_parts(key, attempt)


def drop_parts(key: str, attempt: str) -> None:
    """Drop the parts. If the bucket is unavailable, housekeeping does so later."""
    with suppress(Unavailable, FileNotFoundError):
        bucket.drop_parts(key, attempt)


def drop_unfinished_parts(older_than_s: float, *, but: Collection[str] = ()) -> None:
    """Drop parts that were never made into an object, as left by killed processes, except for these attempts."""
    if bucket.is_configured():
        with suppress(Unavailable):  # logged
            bucket.drop_unfinished(older_than_s, but=but)


def safe_download_name(title: str, suffix: str = "") -> str:
    """A file name for people, from a title: at most 150 bytes, safe for file systems and headers."""
    text = unicodedata.normalize("NFC", _FORBIDDEN.sub("-", title))
    text = " ".join("".join(_harmless(character) for character in text).split())
    end = suffix if _NAME_SUFFIX.fullmatch(suffix) else ""
    name = _clipped(text.strip(" ."), NAME_BYTES - len(end) - 1).strip(" .") or "download"
    return ("_" if _WINDOWS_DEVICE.match(name) else "") + name + end


def _harmless(character: str) -> str:
    category = unicodedata.category(character)
    if category in {"Zs", "Zl", "Zp"} or character in "\t\n\r":
        return " "
    return "" if category.startswith("C") and character not in _JOINERS else character


def _clipped(text: str, limit: int) -> str:
    return text.encode()[:limit].decode(errors="ignore")


def _plain_suffix(suffix: str) -> str:
    lowered = suffix.lower()
    return lowered if _SUFFIX.fullmatch(lowered) else ""


def _may_be_in_bucket(key: str) -> bool:
    return bucket.is_configured() and not key.startswith(f"{Kind.UPLOAD}/")


def _put(file: Path, key: str, sha256: str, *, on_progress: OnProgress) -> None:
    path(key)  # raises BadKey
    bucket.put(file, key, sha256, on_progress=on_progress)


def _root() -> Path:
    return Path(settings.MEDIA_ROOT)


def _move(old: Path, new: Path) -> None:
    new.parent.mkdir(parents=True, exist_ok=True)
    old.rename(new)
    disk.flush(new.parent)


@contextmanager
def _full_disk_named() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoRoom(error.errno, "There is not enough disk space.") from error
        raise
