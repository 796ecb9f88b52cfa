"""Signs of life of this process, and what they say of all processes."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from django.conf import settings
from django.db import Error as DatabaseDown
from django.db import connections
from django.utils.translation import gettext, ngettext

from dubbing.models import Process
from dubbing.operation import database
from dubbing.operation.health_lines import HealthLine, failing, good, warning
from dubbing.platform import formatting

log = logging.getLogger(__name__)


class SignOfLife:
    """Records that this process lives. ``also``: called with each sign, to save what the process has measured."""

    def __init__(self, kind: str, *, also: Callable[[], None] = lambda: None) -> None:
        self.kind, self._also = kind, also
        self.host, self.pid = _own_host(), os.getpid()
        self.started_at = datetime.now(UTC)
        self._next = 0.0
        self._stop = threading.Event()

    def give(self) -> None:
        """Record one now. Raises ``DatabaseError``."""
        offset = database.read_time().clock_offset
        values = {"version": settings.VERSION, "clock_offset": offset, "started_at": self.started_at}
        Process.objects.note(self.kind, self.host, self.pid, **values)
        self._also()

    def give_if_due(self) -> None:
        """Record one unless the last is recent: for a loop that has other work. Raises ``DatabaseError``."""
        if time.monotonic() >= self._next:
            self.give()
            self._next = time.monotonic() + Process.SIGN_SECONDS

    def start(self) -> None:
        """Record them from a thread of their own, until ``stop``."""
        threading.Thread(target=self._run, name="signs-of-life", daemon=True).start()

    def stop(self) -> None:
        """End the thread, and remove the row: this process was stopped, not killed."""
        self._stop.set()
        try:
            self._also()
            Process.objects.filter(kind=self.kind, host=self.host, pid=self.pid).delete()
        except DatabaseDown as error:
            log.warning("the end of this process could not be recorded: %s", error)

    def _run(self) -> None:
        failing_already = False
        while not self._stop.is_set():
            try:
                self.give()
                failing_already = False
            except DatabaseDown as error:
                if not failing_already:
                    log.warning("no sign of life could be recorded: %s", error)
                failing_already = True
            connections.close_all()
            self._stop.wait(Process.SIGN_SECONDS)


def _own_host() -> str:
    return socket.gethostname()[:120]


def lives_here(kind: str) -> bool:
    """Whether a process of this kind on this machine, or in this container, has given a sign lately.

    Raises ``DatabaseError``.
    """
    now = database.read_time().now
    return any(process.is_living(now) for process in Process.objects.filter(kind=kind, host=_own_host()))


def process_lines(processes: Iterable[Process], now: datetime) -> list[HealthLine]:
    """The lines of workers and schedulers. ``now``: by the database's clock."""
    rows = list(processes)
    return [_line(kind, [row for row in rows if row.kind == kind], now) for kind in Process.Kind.values]


def _line(kind: str, rows: list[Process], now: datetime) -> HealthLine:
    if not rows:
        return failing(kind, gettext("none"), f"{kind}_none")
    silent = [row for row in rows if not row.is_living(now)]
    newest = max(row.seen_at for row in rows)
    since = formatting.duration(max(0, round((now - newest).total_seconds())))
    living = len(rows) - len(silent)
    if not living:
        return failing(kind, gettext("none; last sign of life %(age)s ago") % {"age": since}, f"{kind}_none")
    text = ngettext("%(count)s, last sign of life %(age)s ago", "%(count)s, last sign of life %(age)s ago", living)
    figure = text % {"count": living, "age": since}
    if silent:
        names = formatting.enumeration(f"{row.host}:{row.pid}" for row in silent[:3])
        figure += gettext("; silent: %(names)s") % {"names": names}
        return warning(kind, figure, f"{kind}_silent")
    return good(kind, figure)
