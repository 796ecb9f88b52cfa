"""A bucket at an S3-compatible service, in which files are kept if S3_BUCKET is set. ``storage`` is built on it.

An object appears complete or not at all. Its metadata has the SHA-256 of its content, which is compared whenever the
whole object is read.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.utils.translation import gettext_noop

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedMultipartUploadTypeDef, GetObjectRequestTypeDef

log = logging.getLogger(__name__)

BLOCK = 8 * 1024**2
"""Bytes of one request for part of an object."""
PROGRESS_EVERY = 10.0
REST = 5.0
"""Seconds without another attempt once a service did not answer: otherwise every page would wait for it in turn."""
_PART = 32 * 1024**2
# In the calling thread: who waits for a file renews its lease between two parts.
_IN_PARTS = TransferConfig(multipart_threshold=_PART, multipart_chunksize=_PART, use_threads=False)
_SHA256 = "sha256"

UNREACHABLE = gettext_noop("The file storage cannot be reached right now.")
REFUSED = gettext_noop("The file storage refuses access. An administrator has to check its settings.")

OnProgress = Callable[[], object]
"""Called at intervals while bytes move. What it raises ends that."""

# Browsers refuse to play parts of a file from another site that is of no type.
_TYPES = {
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/mp4",
    ".webm": "video/webm",
    ".m4a": "audio/mp4",
    ".wav": "audio/wav",
    ".jpg": "image/jpeg",
    ".json": "application/json",
}

_HINTS = {
    "NoSuchBucket": "Create the bucket, or correct S3_BUCKET, S3_REGION or S3_ENDPOINT_URL.",
    "InvalidAccessKeyId": "Correct S3_ACCESS_KEY_ID.",
    "SignatureDoesNotMatch": "Correct S3_SECRET_ACCESS_KEY, and check the clock of this machine.",
    "AccessDenied": "Allow the key to list the bucket and to read, write and delete objects in it.",
}


def _nobody() -> None:
    """Nobody waits."""


class Unavailable(OSError):
    """The bucket cannot be used now. ``message`` is for people, ``detail`` and ``hint`` for administrators."""

    def __init__(self, message: str, detail: str, code: str = "") -> None:
        super().__init__(0, message)
        self.message, self.detail, self.code = message, detail, code

    @property
    def is_refusal(self) -> bool:
        """Whether the service answered, and will answer the same until somebody changes a setting."""
        return bool(self.code)

    @property
    def hint(self) -> str:
        """What to do about it."""
        return _HINTS.get(self.code, "Check S3_ENDPOINT_URL, and that the service can be reached from here.")


class Damaged(OSError):
    """The content of an object is not the one that was saved."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object. ``sha256``: of its content when it was saved; empty if another program saved it."""

    size: int
    sha256: str


def is_configured() -> bool:
    """Whether there is a bucket."""
    return bool(settings.S3_BUCKET)


def find(key: str) -> StoredObject | None:
    """Return the object; None if there is none. Raises Unavailable."""
    with _problems_named("find", key):
        try:
            head = _client().head_object(Bucket=settings.S3_BUCKET, Key=key)
        except ClientError as error:
            if _status(error) != 404:
                raise
            # Without a body, the answer is the same if the whole bucket is missing.
            _client().head_bucket(Bucket=settings.S3_BUCKET)
            return None
    return StoredObject(head["ContentLength"], head["Metadata"].get(_SHA256, ""))


def put(path: Path, key: str, sha256: str, *, on_progress: OnProgress = _nobody) -> None:
    """Save a file with this SHA-256 as an object. Raises Unavailable, and whatever ``on_progress`` raises."""
    size = path.stat().st_size
    with path.open("rb") as file, _problems_named("save", key):
        # The service checks the signed hash of each part.
        _client().upload_fileobj(
            file,
            settings.S3_BUCKET,
            key,
            ExtraArgs={"Metadata": {_SHA256: sha256}, "ContentType": _type_of(key)},
            Config=_IN_PARTS,
            Callback=Pulse(on_progress),
        )
    if find(key) != StoredObject(size, sha256):
        raise Damaged(f"{key} is not in the bucket as it was saved")


def fetch(key: str, path: Path, *, on_progress: OnProgress = _nobody) -> str:
    """Write the object's content to a file, and return its SHA-256.

    Raises FileNotFoundError, Damaged, Unavailable, OSError, and whatever ``on_progress`` raises.
    """
    with path.open("xb") as file:
        return hash_of(key, on_progress=on_progress, to=file.write)


def hash_of(key: str, *, on_progress: OnProgress = _nobody, to: Callable[[bytes], object] = lambda block: None) -> str:
    """Read the whole object, and return its SHA-256. Raises as ``fetch`` does."""
    found = find(key)
    if found is None:
        raise FileNotFoundError(f"{key} is not in the bucket")
    digest, pulse, came = hashlib.sha256(), Pulse(on_progress), 0
    for block in read(key, 0, found.size):
        to(block)
        digest.update(block)
        came += len(block)
        pulse(len(block))
    if came != found.size or found.sha256 not in ("", digest.hexdigest()):
        raise Damaged(f"{key} is not what was saved")
    return digest.hexdigest()


def read(key: str, offset: int, size: int) -> Iterator[bytes]:
    """Yield ``size`` bytes of the object from ``offset``; fewer if it is shorter.

    One request per block, so that no connection stays open while a reader pauses.

    Raises FileNotFoundError, Unavailable.
    """
    while size > 0:
        last = offset + min(BLOCK, size) - 1
        with _problems_named("read", key):
            answer = _client().get_object(Bucket=settings.S3_BUCKET, Key=key, Range=f"bytes={offset}-{last}")
            block = answer["Body"].read()
        if not block:
            return
        yield block
        offset += len(block)
        size -= len(block)


def delete(key: str) -> None:
    """Delete the object, if there is one. Raises Unavailable."""
    with _problems_named("delete", key):
        _client().delete_object(Bucket=settings.S3_BUCKET, Key=key)


def keys(prefix: str, *, older_than_s: float = 0.0) -> Iterator[str]:
    """Yield the keys with this prefix, last written to at least so long ago. Raises Unavailable."""
    limit = datetime.now(UTC) - timedelta(seconds=older_than_s)
    pages = _client().get_paginator("list_objects_v2").paginate(Bucket=settings.S3_BUCKET, Prefix=prefix)
    with _problems_named("list", prefix):
        for page in pages:
            yield from (item["Key"] for item in page.get("Contents", []) if item["LastModified"] <= limit)


def link(key: str, *, lasts: timedelta, kind: str, disposition: str, cache: str) -> str:
    """A signed address of the object, for anybody who has it. Nothing is asked for this."""
    wanted: GetObjectRequestTypeDef = {"Bucket": settings.S3_BUCKET, "Key": key, "ResponseContentType": kind}
    wanted["ResponseCacheControl"] = cache
    if disposition:
        wanted["ResponseContentDisposition"] = disposition
    seconds = round(lasts.total_seconds())
    with _problems_named("sign", key, asks=False):
        return _client().generate_presigned_url("get_object", Params=dict(wanted), ExpiresIn=seconds)


def begin_parts(key: str) -> str:
    """Begin an object that is sent in parts; return the name of this attempt. Raises Unavailable."""
    with _problems_named("begin", key):
        begun = _client().create_multipart_upload(Bucket=settings.S3_BUCKET, Key=key, ContentType=_type_of(key))
        return begun["UploadId"]


def parts(key: str, attempt: str) -> dict[int, tuple[int, str]]:
    """Size and ETag of each part that is there, by its number. Raises FileNotFoundError if it is over, Unavailable."""
    pages = _client().get_paginator("list_parts").paginate(Bucket=settings.S3_BUCKET, Key=key, UploadId=attempt)
    with _problems_named("list the parts of", key):
        return {part["PartNumber"]: (part["Size"], part["ETag"]) for page in pages for part in page.get("Parts", [])}


def part_link(key: str, attempt: str, number: int, *, lasts: timedelta) -> str:
    """A signed address to which whoever has it can PUT this part. Nothing is asked for this."""
    wanted = {"Bucket": settings.S3_BUCKET, "Key": key, "UploadId": attempt, "PartNumber": number}
    with _problems_named("sign", key, asks=False):
        return _client().generate_presigned_url("upload_part", Params=wanted, ExpiresIn=round(lasts.total_seconds()))


def finish_parts(key: str, attempt: str) -> None:
    """Make the object of all parts that are there. Raises FileNotFoundError if it is over, Unavailable."""
    listed = sorted(parts(key, attempt).items())
    whole: CompletedMultipartUploadTypeDef = {
        "Parts": [{"PartNumber": number, "ETag": etag} for number, (_, etag) in listed]
    }
    with _problems_named("finish", key):
        _client().complete_multipart_upload(Bucket=settings.S3_BUCKET, Key=key, UploadId=attempt, MultipartUpload=whole)


def drop_parts(key: str, attempt: str) -> None:
    """Drop the parts. Raises FileNotFoundError if it is over, Unavailable."""
    with _problems_named("drop the parts of", key):
        _client().abort_multipart_upload(Bucket=settings.S3_BUCKET, Key=key, UploadId=attempt)


def drop_unfinished(older_than_s: float, *, but: Collection[str]) -> None:
    """Drop parts that nobody finishes, except for these attempts: they are paid for. Raises Unavailable."""
    limit = datetime.now(UTC) - timedelta(seconds=older_than_s)
    client, name = _client(), settings.S3_BUCKET
    with _problems_named("list", "unfinished objects"):
        for page in client.get_paginator("list_multipart_uploads").paginate(Bucket=name):
            for begun in page.get("Uploads", []):
                if begun["Initiated"] < limit and begun["UploadId"] not in but:
                    client.abort_multipart_upload(Bucket=name, Key=begun["Key"], UploadId=begun["UploadId"])


def try_out() -> None:
    """Write, read and delete a small object. Raises Unavailable."""
    key, content = f"trial/{secrets.token_hex(8)}", b"Can be deleted."
    with _problems_named("write to", "the bucket"):
        # Listed first: a refusal has a body that says why, and there is no request body that might be left unread.
        _client().list_objects_v2(Bucket=settings.S3_BUCKET, MaxKeys=1)
        _client().put_object(Bucket=settings.S3_BUCKET, Key=key, Body=content)
    for _ in read(key, 0, len(content)):
        delete(key)


def _type_of(key: str) -> str:
    """The type under which a service sends the object if it ignores the one that an address asks for."""
    return _TYPES.get(Path(key).suffix.lower(), "application/octet-stream")


class Pulse:
    """Calls a function at intervals, while bytes move."""

    def __init__(self, on_progress: OnProgress) -> None:
        self._on_progress, self._called_at = on_progress, time.monotonic()

    def __call__(self, count: int) -> None:
        if time.monotonic() - self._called_at >= PROGRESS_EVERY:
            self._on_progress()
            self._called_at = time.monotonic()


def _client() -> S3Client:
    return _client_for(
        settings.S3_ENDPOINT_URL,
        settings.S3_REGION,
        settings.S3_ADDRESSING,
        settings.S3_ACCESS_KEY_ID,
        settings.S3_SECRET_ACCESS_KEY,
    )


@lru_cache(maxsize=4)
def _client_for(endpoint: str, region: str, addressing: str, key_id: str, secret: str) -> S3Client:
    """A client, which threads may share. Without a key, it uses the role of the machine."""
    config = Config(
        signature_version="s3v4",
        # Other services than Amazon's refuse checksums that they do not know.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": "virtual" if addressing == "virtual" else "path"},
        connect_timeout=3,
        read_timeout=30,
        retries={"mode": "standard", "total_max_attempts": 3},
        max_pool_connections=32,
    )
    session = boto3.session.Session(aws_access_key_id=key_id or None, aws_secret_access_key=secret or None)
    return session.client("s3", endpoint_url=endpoint, region_name=region, config=config)


_silent_until: dict[str, float] = {}


@contextmanager
def _problems_named(verb: str, key: str, *, asks: bool = True) -> Iterator[None]:
    """Raise what the libraries raise as FileNotFoundError or Unavailable. ``asks``: whether the service is asked."""
    if asks and time.monotonic() < _silent_until.get(settings.S3_ENDPOINT_URL, 0.0):
        raise Unavailable(UNREACHABLE, f"{settings.S3_ENDPOINT_URL} did not answer a moment ago.")
    try:
        yield
    except ClientError as error:
        status, code = _status(error), str(error.response.get("Error", {}).get("Code", ""))
        if code in {"NoSuchKey", "NoSuchUpload"}:
            raise FileNotFoundError(f"{key} is not in the bucket") from error
        # An answer to HEAD has no body, so the code is the status.
        code = {"403": "AccessDenied", "404": "NoSuchBucket"}.get(code, code)
        detail = _detail(verb, key, f"{status} {code}")
        is_ours = status < 500 and code not in {"SlowDown", "RequestTimeout"}
        raise Unavailable(REFUSED if is_ours else UNREACHABLE, detail, code if is_ours else "") from error
    except BotoCoreError as error:
        _silent_until[settings.S3_ENDPOINT_URL] = time.monotonic() + REST
        raise Unavailable(UNREACHABLE, _detail(verb, key, str(error))) from error


def _detail(verb: str, key: str, why: str) -> str:
    detail = f"The bucket “{settings.S3_BUCKET}” at {settings.S3_ENDPOINT_URL}: could not {verb} {key}: {why}."
    log.warning(detail)
    return detail


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
