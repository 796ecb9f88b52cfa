"""The life of an uploaded file: created, appended to piece by piece, verified, and only then usable.

``creation`` makes the row and reserves the space, ``append`` writes the bytes, ``verification`` hashes and probes the
file, ``cleanup`` removes what nobody uses.
"""

from dubbing.uploads.append import Busy, Damaged, Gone, Interrupted, TooMuch, WrongOffset, append_bytes, offset_of
from dubbing.uploads.cleanup import remove, sweep_abandoned
from dubbing.uploads.creation import (
    InvalidUpload,
    NoSpace,
    TooLarge,
    TooManyUploads,
    UploadRefused,
    create_upload,
    name_key,
    plain_name,
    twin_of,
)
from dubbing.uploads.verification import ComparedAlready, add_file, declare_sha256, verify_upload

__all__ = [
    "Busy",
    "ComparedAlready",
    "Damaged",
    "Gone",
    "Interrupted",
    "InvalidUpload",
    "NoSpace",
    "TooLarge",
    "TooManyUploads",
    "TooMuch",
    "UploadRefused",
    "WrongOffset",
    "add_file",
    "append_bytes",
    "create_upload",
    "declare_sha256",
    "name_key",
    "offset_of",
    "plain_name",
    "remove",
    "sweep_abandoned",
    "twin_of",
    "verify_upload",
]
