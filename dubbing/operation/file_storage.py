"""Whether files can be written, and how much room is left."""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext

from dubbing.operation.health_lines import HealthLine, failing, good, warning
from dubbing.platform import formatting, storage

_PROBE = b"Written by a health check. " * 160
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
    problem = find_write_problem()
    if problem:
        return [failing("storage", gettext("not writable: %(problem)s") % {"problem": problem}, "storage_unwritable")]
    return [good("storage", gettext("writable")), _disk_line()]


def _disk_line() -> HealthLine:
    free, low = storage.free_bytes(), settings.DISK_LOW_WATER_BYTES
    figures = {"free": formatting.size(free), "low": formatting.size(low)}
    figure = gettext("%(free)s free; uploads stop at %(low)s") % figures
    if free < low:
        return failing("disk", figure, "disk_full")
    return warning("disk", figure, "disk_soon") if free < SOON * low else good("disk", figure)
