"""Periodic jobs: what one scheduler at a time does, however many there are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.db import models
from django.utils import timezone

from dubbing.models.leases import Leased, LeasedQuerySet


class PeriodicJobQuerySet(LeasedQuerySet["PeriodicJob"]):
    """Jobs by when they are due."""

    def run_if_due(self, name: str, every: timedelta, do: Callable[[], None]) -> bool:
        """Do it, unless another process does or it is not due yet. Return whether it was done here.

        After an error it is due again at its next time.
        """
        job, _made = self.get_or_create(name=name)
        token = self.filter(next_at__lte=timezone.now()).claim(job.pk, seconds=every.total_seconds())
        if token is None:
            return False
        try:
            do()
        finally:
            self.release(job.pk, token, next_at=timezone.now() + every)
        return True


class PeriodicJob(Leased):
    """A job, and when it is due next. The lease is that of the process which does it."""

    name = models.CharField(max_length=40, unique=True)
    next_at = models.DateTimeField(default=timezone.now)

    objects = PeriodicJobQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name
