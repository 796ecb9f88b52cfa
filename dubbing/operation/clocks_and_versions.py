"""Whether clocks agree, and which versions run."""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Iterable
from functools import cache

import django
from django.conf import settings
from django.utils.translation import gettext

from dubbing import providers
from dubbing.models import AccessCheck, Process
from dubbing.models.access_checks import PORTAL
from dubbing.operation import database
from dubbing.operation.health_lines import HealthLine, failing, good, warning
from dubbing.platform import formatting

OFF, WRONG = 2.0, 15.0
"""Seconds by which the clock of a process may differ from the database's. Leases last three times the second."""
OTHERS_OFF = 60.0
_FFMPEG = "import av; print(av.ffmpeg_version_info)"


def clock_line(own_offset: float, processes: Iterable[Process], checks: Iterable[AccessCheck]) -> HealthLine:
    """The clock that differs most from the database's; then that of a provider."""
    offsets = {"": own_offset} | {f"{row.kind} {row.host}": row.clock_offset for row in processes}
    worst = max(offsets, key=lambda name: abs(offsets[name]))
    apart = abs(offsets[worst])
    if apart > OFF:
        text = gettext("%(name)s: %(seconds)s s ahead of the database")
        if offsets[worst] < 0:
            text = gettext("%(name)s: %(seconds)s s behind the database")
        figure = text % {"name": worst or gettext("this process"), "seconds": formatting.number(apart)}
        return failing("clock", figure, "clock_off") if apart > WRONG else warning("clock", figure, "clock_off")
    others = {
        check.subject: check.clock_offset
        for check in checks
        if check.clock_offset is not None and check.subject != PORTAL
    }
    for name, offset in others.items():
        if abs(offset) > OTHERS_OFF:
            text = gettext("%(name)s differs by %(age)s")
            figure = text % {"name": providers.label(name), "age": formatting.duration(round(abs(offset)))}
            return warning("clock", figure, "clock_provider")
    text = gettext("within %(seconds)s s of the database’s")
    return good("clock", text % {"seconds": formatting.number(max(apart, 0.001), digits=3)})


def versions_line(processes: Iterable[Process]) -> HealthLine:
    """The versions of everything that matters, and whether all processes run the same portal."""
    parts = {"Portal": settings.VERSION, "Python": platform.python_version(), "Django": django.get_version()}
    figure = ", ".join([*(f"{name} {number}" for name, number in parts.items()), database.version(), _ffmpeg()])
    others = sorted({f"{row.kind} {row.host}: {row.version}" for row in processes if row.version != settings.VERSION})
    if others:
        return warning("versions", f"{figure}; {', '.join(others[:3])}", "versions_mixed")
    return good("versions", figure)


@cache
def _ffmpeg() -> str:
    """The FFmpeg inside the package av. Asked in a process of its own: no process of ours loads a decoder."""
    try:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-c", _FFMPEG], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return gettext("FFmpeg not found")
    return f"FFmpeg {done.stdout.strip()}"
