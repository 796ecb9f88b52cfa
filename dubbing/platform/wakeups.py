"""Ring for a worker: best effort, after commit, and never in the way of a request."""

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

log = logging.getLogger(__name__)

# Rows that wait for their message. What does not fit is left to the sweep, as after the end of this process.
MOST_WAITING = 50_000
# Between two messages: those who ring meanwhile share the next one. The embedded broker hands out one message each time
# it is looked at: ringing much faster only fills the disk.
PAUSE = max(settings.CELERY_BROKER_TRANSPORT_OPTIONS.get("polling_interval", 0.0) / 2, 0.01)
AFTER_TROUBLE = 1.0


def is_out_of_order() -> bool:
    """Whether the last ring did not even reach the broker: nobody will come, whoever can should do it itself."""
    return _ringer.out_of_order.is_set()


def waiting() -> int:
    """How many rows wait for their message to be handed to the broker."""
    return _ringer.waiting()


class Bell(Task):  # type: ignore[type-arg]
    """A task that takes one row's primary key, and can be rung for.

    ``rank``: a message of a lower one comes first, where the broker can do that.
    ``together``: for how many rows one message may be, when many are waiting; whoever gets it does them one by one.
    """

    abstract = True
    together = 1
    rank = 0

    def delay(self, pk: Any) -> Any:
        """Hand one message to the broker, with the task's place in the queue."""
        return self.apply_async((pk,), priority=self.rank)

    def __call__(self, pk: int | UUID | list[int | UUID]) -> None:
        """What a worker does with a message."""
        if not isinstance(pk, list):
            self.run(pk)
            return
        for one in pk:
            try:
                self.run(one)
            except Exception:  # one row's trouble is not another's
                log.exception("%s of %s failed; it stays due", self.name, one)

    def ring(self, pk: int | UUID) -> None:
        """Have the row looked after soon, once the transaction is committed. Never raises, never waits."""
        transaction.on_commit(partial(self._hand_over, pk), robust=True)

    def _hand_over(self, pk: int | UUID) -> None:
        if getattr(settings, "CELERY_TASK_ALWAYS_EAGER", False):
            self.delay(pk)
        else:
            _ringer.take(self, pk)


class _Ringer:
    """Publishes in a thread of its own: a broker that accepts connections and never answers would hold a request."""

    def __init__(self) -> None:
        self.out_of_order = threading.Event()
        self._waiting: dict[tuple[Bell, int | UUID], None] = {}
        self._lock = threading.Lock()
        self._running = False

    def waiting(self) -> int:
        """How many rows have no message yet, the one that is on its way included."""
        with self._lock:
            return len(self._waiting) + self._running

    def take(self, task: Bell, pk: int | UUID) -> None:
        """One message is enough for a row that already waits for one."""
        with self._lock:
            if len(self._waiting) < MOST_WAITING:
                self._waiting[task, pk] = None
            if self._running:
                return
            self._running = True
        # Not a daemon: what waits when the process ends is still published.
        threading.Thread(target=self._run, name="bell").start()

    def _run(self) -> None:
        while chosen := self._next():
            task, pks = chosen
            heard = self._publish(task, pks)
            if threading.main_thread().is_alive():
                time.sleep(PAUSE if heard else AFTER_TROUBLE)
            elif not heard:
                return  # the sweep of those who live on makes up for it
            if not heard:
                self._put_back(task, pks)

    def _next(self) -> tuple[Bell, list[Any]] | None:
        """The row that waits longest, and others that share its message. None ends the thread: nobody waits."""
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

    def _put_back(self, task: Bell, pks: list[Any]) -> None:
        """To the front, as they came first."""
        with self._lock:
            self._waiting = dict.fromkeys((task, pk) for pk in pks) | self._waiting

    def _publish(self, task: Bell, pks: list[Any]) -> bool:
        try:
            task.delay(pks[0] if len(pks) == 1 else pks)
        except (
            Exception
        ) as error:  # whatever a broker's client raises: it is tried again, and the sweep makes up for it
            self.out_of_order.set()
            log.warning("the bell for %s %s was not heard: %s", task.name, pks, error)
            return False
        self.out_of_order.clear()
        return True


_ringer = _Ringer()
