"""Whether files can be written, to the folder and to the bucket if there is one, and how much room is left."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext

from dubbing.operation.health_lines import HealthLine, failing, good, warning
from dubbing.platform import bucket, formatting, storage

_PROBE = b"Written by a health check. " * 160
BUCKET_SECONDS = 3.0
SOON = 3
"""With less free space than so many times the low-water mark, it is time to act."""


def find_write_problem() -> str:
    """Write a small file and remove it. Returns why that failed, without the path; empty if it worked."""
    folder = Path(settings.MEDIA_ROOT)
    probe = folder / f".health-{os.getpid()}-{os.urandom(4).hex()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            probe.write_bytes(_PROBE)
        finally:
            probe.unlink(missing_ok=True)
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""


def storage_lines() -> list[HealthLine]:
    """Whether files can be written, and the free space."""
    bucket_lines = [_bucket_line()] if bucket.is_configured() else []
    problem = find_write_problem()
    if problem:
        message = gettext("not writable: %(problem)s") % {"problem": problem}
        return [failing("storage", message, "storage_unwritable"), *bucket_lines]
    return [good("storage", gettext("writable")), _disk_line(), *bucket_lines]


def _bucket_line() -> HealthLine:
    """Write, read and delete an object, for a few seconds at most: a service may accept a connection and be silent."""
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(_try_bucket()), name="bucket-check", daemon=True)
    thread.start()
    thread.join(BUCKET_SECONDS)
    no_answer = gettext("no answer within %(seconds)s s") % {"seconds": formatting.number(BUCKET_SECONDS)}
    problem = found[0] if found else no_answer
    return failing("bucket", problem, "bucket") if problem else good("bucket", gettext("writable"))


def _try_bucket() -> str:
    """What is wrong; empty if nothing is."""
    try:
        bucket.try_out()
    except bucket.Unavailable as error:
        return formatting.one_line(error.detail)
    return ""


def _disk_line() -> HealthLine:
    free, low = storage.free_bytes(), settings.DISK_LOW_WATER_BYTES
    figures = {"free": formatting.size(free), "low": formatting.size(low)}
    figure = gettext("%(free)s free; uploads stop at %(low)s") % figures
    if free < low:
        return failing("disk", figure, "disk_full")
    return warning("disk", figure, "disk_soon") if free < SOON * low else good("disk", figure)
