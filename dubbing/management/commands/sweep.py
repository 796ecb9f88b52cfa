"""The command ``sweep``: do everything that is due. It runs in ``beat``, and works without a broker."""

from __future__ import annotations

import logging
import signal
import threading
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand
from django.db import Error as DatabaseDown
from django.db import close_old_connections, connection
from django.utils import timezone

from dubbing import uploads
from dubbing.accounts import attempt_limits, sessions
from dubbing.api import idempotency
from dubbing.assets import bulk, retention, trash
from dubbing.backup import consistency
from dubbing.checks import refuse_wrong_start
from dubbing.delivery import deliveries
from dubbing.minutes import settlement
from dubbing.models import Process
from dubbing.operation import access_checks, alerts, database, metric_totals
from dubbing.operation.signs_of_life import SignOfLife
from dubbing.platform import wakeups
from dubbing.sharing import visits
from dubbing.sign_in import attempts
from dubbing.submissions import lateness
from dubbing.tasks import Due, due, enqueue_older_files, enqueue_older_results
from dubbing.uploads import links
from dubbing.webhooks import endpoints
from portal import observability

log = logging.getLogger(__name__)

# No worker has taken a row for this long: the sweep handles it itself.
UNANSWERED = timedelta(seconds=20)
HOUSEKEEPING_EVERY = 3600.0
CONSISTENCY_EVERY = 600.0
CLOSING_EVERY = 60.0
OLDER_FILES_EVERY = 60.0
OLDER_RESULTS_EVERY = 60.0
# Each check says itself when it is due; somebody may be waiting for one.
ACCESS_EVERY = 5.0
TOTALS_EVERY = 60.0
# How often each scheduler asks whether it is its turn: one of them evaluates once a minute.
ALERTS_EVERY = 10.0
THREADS = 4


class Command(BaseCommand):
    """One pass by default; with ``--every`` a process that never ends."""

    help = "Do everything that is due. Needs no broker and no worker; you can run several at the same time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--every``: seconds between two passes; rows are enqueued for workers first."""
        parser.add_argument("--every", type=float, metavar="SECONDS", help="repeat until stopped")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command."""
        if options["every"]:
            refuse_wrong_start()
            observability.start("beat")
            _Scheduler(options["every"]).run()
        else:
            self.stdout.write(f"{sweep_once()} done")


def sweep_once(rounds: int = 5) -> int:
    """Do what is due, then what became due because of that, in this process. Returns how many things were done."""
    done: Counter[tuple[str, int | UUID]] = Counter()
    for _ in range(rounds):
        items = [item for item in due() if done[(item.task.name, item.pk)] < 2]
        if not items:
            break
        for item in items:
            item.run()
            done[(item.task.name, item.pk)] += 1
    settlement.close_due()
    return done.total()


def close_reservations() -> None:
    """Close reservations. Tasks do so themselves when they finish: this is for tasks that were killed before that."""
    settlement.close_due()


def note_lateness() -> None:
    """Record which assets take longer than they should."""
    lateness.note_lateness()


def check_access() -> None:
    """Check providers and our own address, as far as that is due."""
    access_checks.run_due_checks()


def update_totals() -> None:
    """Keep the totals of metrics up to date."""
    metric_totals.update_totals()


def evaluate_alerts() -> None:
    """Open and clear alerts, if no other scheduler does."""
    alerts.evaluate_if_due()


def check_consistency() -> None:
    """Check that nothing is lost and nothing exists twice, if no other scheduler did so today."""
    consistency.check_if_due()


def tidy_up() -> None:
    """Delete what nobody will need any more."""
    retention.apply_policies()
    trash.purge_old()
    bulk.forget_old()
    deliveries.expire_old()
    uploads.sweep_abandoned()
    links.forget_old()
    attempt_limits.forget_old()
    attempts.forget_old()
    idempotency.forget_old()
    endpoints.forget_old()
    visits.forget_old()
    sessions.forget_expired()
    Process.objects.forget_old(database.read_time().now)


@dataclass(eq=False)
class _Chore:
    """Something that is done at intervals, besides everything else."""

    name: str
    every: float
    do: Callable[[], None]
    begun: float
    running: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Run it. Errors are logged, and it runs again at its next time."""
        try:
            self.do()
        except Exception:
            log.exception("sweep: %s failed", self.name)
        finally:
            self.running.clear()
            connection.close()


class _Scheduler:
    """Enqueues what is due, and does what no worker picked up."""

    def __init__(self, every: float) -> None:
        self.every = every
        self.stop = threading.Event()
        self.pool = ThreadPoolExecutor(THREADS, thread_name_prefix="sweep")
        self.running: set[tuple[str, int | UUID]] = set()
        self.sign_of_life = SignOfLife("beat", also=metric_totals.save_measurements)
        # However long these take, what is due does not wait for them.
        self.chores = [
            _Chore("closing of reservations", CLOSING_EVERY, close_reservations, 0.0),
            _Chore("verifying older files again", OLDER_FILES_EVERY, enqueue_older_files, time.monotonic()),
            _Chore("checking older results", OLDER_RESULTS_EVERY, enqueue_older_results, time.monotonic()),
            _Chore("lateness", CLOSING_EVERY, note_lateness, 0.0),
            _Chore("access checks", ACCESS_EVERY, check_access, 0.0),
            _Chore("totals", TOTALS_EVERY, update_totals, 0.0),
            _Chore("alerts", ALERTS_EVERY, evaluate_alerts, time.monotonic()),
            _Chore("housekeeping", HOUSEKEEPING_EVERY, tidy_up, time.monotonic()),
            _Chore("consistency check", CONSISTENCY_EVERY, check_consistency, time.monotonic()),
        ]
        self.chore_pool = ThreadPoolExecutor(len(self.chores), thread_name_prefix="chores")

    def run(self) -> None:
        """Run until SIGTERM or SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop.set())
        while not self.stop.wait(self.every):
            try:
                self._pass()
            except DatabaseDown as error:
                log.warning("sweep: the database is not responding: %s", error)
            except OSError as error:
                log.warning("sweep: the disk failed: %s", error)
            close_old_connections()
        for pool in (self.pool, self.chore_pool):
            pool.shutdown(cancel_futures=True)
        self.sign_of_life.stop()

    def _pass(self) -> None:
        # Not from a thread: a scheduler whose passes hang is not alive.
        self.sign_of_life.give_if_due()
        overdue = timezone.now() - UNANSWERED
        for item in due():
            fresh = item.since > overdue
            if fresh:
                item.task.enqueue(item.pk)
            if not fresh or wakeups.is_broker_down():
                self._do(item)
        for chore in self.chores:
            if time.monotonic() - chore.begun > chore.every and not chore.running.is_set():
                chore.begun = time.monotonic()
                chore.running.set()
                self.chore_pool.submit(chore.run)

    def _do(self, item: Due) -> None:
        key = (item.task.name, item.pk)
        if key not in self.running:
            self.running.add(key)
            self.pool.submit(self._in_thread, item, key)

    def _in_thread(self, item: Due, key: tuple[str, int | UUID]) -> None:
        try:
            item.run()
        finally:
            self.running.discard(key)
            connection.close()
