"""Move kept files between the folder and the bucket while they are used, one at a time.

What is in the folder is what everybody reads. So a file that comes from the folder leaves it only after its copy in the
bucket was read back, and one that comes from the bucket is complete in the folder before it leaves the bucket. Whatever
kills this process, the next one starts again and finds what is done.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import suppress

from dubbing.platform import bucket, storage
from dubbing.platform.storage import Kind

_KEPT = [kind for kind in Kind if kind != Kind.UPLOAD]
_MADE_AGAIN = tuple(f"{kind}/" for kind in (Kind.PEAKS, Kind.PROXY, Kind.POSTER))


class Different(OSError):
    """A file has not the content that it should have. Nothing was deleted."""


def keys_in_folder() -> Iterator[str]:
    """The keys of the files that are kept in the folder."""
    for kind in _KEPT:
        yield from storage.keys_in_folder(kind)


def keys_in_bucket() -> Iterator[str]:
    """The keys of the objects that are ours. Raises Unavailable."""
    for kind in _KEPT:
        yield from storage.keys_in_bucket(kind)


def to_bucket(key: str, expected: str) -> int:
    """Move a file from the folder to the bucket; return its size. ``expected``: its SHA-256, if a row has it.

    Raises Different, Unavailable, FileNotFoundError if it was deleted meanwhile, OSError.
    """
    path = storage.path(key)
    local = bucket.StoredObject(path.stat().st_size, storage.hash_of(path))
    _compare(key, local.sha256, expected)
    if not _is_there(key, local):
        bucket.put(path, key, local.sha256)
        _compare(key, bucket.hash_of(key), local.sha256)
    path.unlink()
    return local.size


def to_folder(key: str, expected: str) -> int:
    """Move an object from the bucket to the folder; return its size. The rest as for ``to_bucket``."""
    path = storage.path(key)
    # If it was made again, the new one is in the folder.
    if not (path.is_file() and key.startswith(_MADE_AGAIN)):
        with storage.opened_copy(key) as copy:
            sha256 = storage.hash_of(copy)
            _compare(key, sha256, expected)
            if path.is_file():
                _compare(key, storage.hash_of(path), sha256)
            else:
                storage.adopt(copy, key)
    size = path.stat().st_size
    bucket.delete(key)
    return size


def _is_there(key: str, local: bucket.StoredObject) -> bool:
    """Whether the copy that a killed process left is whole."""
    with suppress(storage.Damaged):
        return bucket.find(key) == local and bucket.hash_of(key) == local.sha256
    return False


def _compare(key: str, sha256: str, expected: str) -> None:
    if expected and sha256 != expected:
        raise Different(errno.EIO, f"{key} has the SHA-256 {sha256[:12]}…, and should have {expected[:12]}…")
