"""Wake a worker for a row that is due: best effort, after commit, and never in the way of a request.

The database is the truth. A message that is lost, doubled or late does no harm: the sweep finds every row that is due.
"""

from __future__ import annotations

import logging
import threading
import time
from functools import partial
from typing import Any
from uuid import UUID

from celery import Task
from django.conf import settings
from django.db import transaction

from dubbing.platform import log_scope, tracing

log = logging.getLogger(__name__)

# The most rows held in memory until their message is published. Further ones are left to the sweep.
MOST_WAITING = 50_000
# Seconds between two messages; rows enqueued meanwhile share the next one. The embedded broker delivers one message per
# polling interval, so publishing much faster than that only fills the disk.
PUBLISH_INTERVAL = max(settings.CELERY_BROKER_TRANSPORT_OPTIONS.get("polling_interval", 0.0) / 2, 0.01)
RETRY_INTERVAL = 1.0
# How long RabbitMQ may take to confirm a message. It takes none while its memory or disk is short. Seconds.
CONFIRM_SECONDS = 5.0


def is_broker_down() -> bool:
    """Whether the last message did not reach the broker. No worker will come, so callers may do the work themselves."""
    return _publisher.broker_down.is_set()


def count_unpublished() -> int:
    """How many rows wait for their message to be handed to the broker."""
    return _publisher.count_unpublished()


class WakeUp(Task):  # type: ignore[type-arg]
    """A task that takes one row's primary key and can be enqueued for it.

    ``rank``: the priority; messages with a lower one come first, if the broker supports it.
    ``together``: the most rows that share one message when many are waiting; a worker handles them one by one.
    """

    abstract = True
    together = 1
    rank = 0

    def delay(self, pk: Any) -> Any:
        """Publish one message with the task's priority."""
        options: dict[str, Any] = {"priority": _priority(self.rank), "confirm_timeout": CONFIRM_SECONDS}
        return self.apply_async((pk,), **options)

    def __call__(self, pk: int | UUID | list[int | UUID]) -> None:
        """What a worker does with a message."""
        if not isinstance(pk, list):
            self.carry_out(pk)
            return
        for each in pk:
            try:
                self.carry_out(each)
            except Exception:  # an error in one row must not stop the others
                log.exception("%s of %s failed and will be retried", self.name, each)

    def carry_out(self, pk: int | UUID) -> None:
        """Do it for one row, in this process. Log lines that it writes name the task and its row."""
        name = self.name.rpartition(".")[2]
        with log_scope.of_one_job(), tracing.open_span(f"task {name}") as span:
            log_scope.note(task=name, row=pk)
            self.run(pk)
            for each, value in log_scope.current().items():
                span.set_attribute(f"portal.{each}", value)

    def enqueue(self, pk: int | UUID) -> None:
        """Wake a worker for the row once the transaction is committed. Never raises, never blocks."""
        transaction.on_commit(partial(self._hand_over, pk), robust=True)

    def _hand_over(self, pk: int | UUID) -> None:
        if getattr(settings, "CELERY_TASK_ALWAYS_EAGER", False):
            self.delay(pk)
        else:
            _publisher.add(self, pk)


def _priority(rank: int) -> int:
    """The rank as the broker counts: with RabbitMQ, messages with a higher priority come first."""
    return settings.CELERY_TASK_QUEUE_MAX_PRIORITY - rank if settings.RABBITMQ else rank


class _Publisher:
    """Publishes in a thread of its own: a broker that accepts connections but never answers would block a request."""

    def __init__(self) -> None:
        self.broker_down = threading.Event()
        self._waiting: dict[tuple[WakeUp, int | UUID], None] = {}
        self._lock = threading.Lock()
        self._running = False

    def count_unpublished(self) -> int:
        """How many rows have no message yet, counting one for the message being published."""
        with self._lock:
            return len(self._waiting) + self._running

    def add(self, task: WakeUp, pk: int | UUID) -> None:
        """Queue a message for the row, unless one is queued already."""
        with self._lock:
            if len(self._waiting) < MOST_WAITING:
                self._waiting[task, pk] = None
            if self._running:
                return
            self._running = True
        # Not a daemon: what is queued when the process ends is still published.
        threading.Thread(target=self._run, name="wake-ups").start()

    def _run(self) -> None:
        while message := self._next_message():
            task, pks = message
            published = self._publish(task, pks)
            if threading.main_thread().is_alive():
                time.sleep(PUBLISH_INTERVAL if published else RETRY_INTERVAL)
            elif not published:
                return  # the process is ending; the sweep of another one finds the rows
            if not published:
                self._put_back(task, pks)

    def _next_message(self) -> tuple[WakeUp, list[Any]] | None:
        """The row that has waited longest and those that share its message; None ends the thread: no row waits."""
        with self._lock:
            if not self._waiting:
                self._running = False
                return None
            first = next(iter(self._waiting))[0]
            pks = []
            for task, pk in self._waiting:
                if task is first:
                    pks.append(pk)
                if len(pks) == first.together:
                    break
            for pk in pks:
                del self._waiting[first, pk]
            return first, pks

    def _put_back(self, task: WakeUp, pks: list[Any]) -> None:
        """Return rows to the front of the queue, in their order."""
        with self._lock:
            self._waiting = dict.fromkeys((task, pk) for pk in pks) | self._waiting

    def _publish(self, task: WakeUp, pks: list[Any]) -> bool:
        try:
            task.delay(pks[0] if len(pks) == 1 else pks)
        except Exception as error:  # broker clients raise anything; we retry, and the sweep covers what is lost
            self.broker_down.set()
            log.warning("could not enqueue %s for %s, retrying: %s", task.name, pks, error)
            return False
        self.broker_down.clear()
        return True


_publisher = _Publisher()
