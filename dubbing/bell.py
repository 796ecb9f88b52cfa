"""Ring for a worker: best effort, after commit, and never in the way of a request."""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from uuid import UUID

from celery import Task
from django.conf import settings
from django.db import transaction

log = logging.getLogger(__name__)

# A broker that accepts connections and never answers would hold a request for seconds. One thread waits instead, and
# what does not fit in its queue is dropped: the sweep finds the row.
_ringer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="bell")
_room = threading.BoundedSemaphore(200)
# The embedded broker hands out one message each time it is looked at: ringing much faster only fills the disk.
_PAUSE = settings.CELERY_BROKER_TRANSPORT_OPTIONS.get("polling_interval", 0.0) / 2
_out_of_order = threading.Event()


def is_out_of_order() -> bool:
    """Whether the last ring did not even reach the broker: nobody will come, whoever can should do it itself."""
    return _out_of_order.is_set()


class Bell(Task):  # type: ignore[type-arg]
    """A task that takes one row's primary key, and can be rung for."""

    abstract = True

    def ring(self, pk: int | UUID) -> None:
        """Have the row looked after soon, once the transaction is committed. Never raises, never waits."""
        transaction.on_commit(partial(self._hand_over, pk), robust=True)

    def _hand_over(self, pk: int | UUID) -> None:
        if getattr(settings, "CELERY_TASK_ALWAYS_EAGER", False):
            self.delay(pk)
        elif _room.acquire(blocking=False):
            _ringer.submit(self._publish, pk)

    def _publish(self, pk: Any) -> None:
        try:
            self.delay(pk)
            _out_of_order.clear()
        except Exception as error:  # whatever a broker's client raises, the sweep makes up for it
            _out_of_order.set()
            log.warning("the bell for %s %s was not heard: %s", self.name, pk, error)
        finally:
            if threading.main_thread().is_alive():  # else the process is ending, and waits for what is left here
                time.sleep(_PAUSE)
            _room.release()
