"""Rows that one worker at a time may work on, and the token that proves it."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Self, TypeVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Least
from django.utils import timezone

from dubbing.models.heartbeat import LEASE_SECONDS, heartbeat

MOST_TRIES = 30_000
"""Counters of tries go no higher: their columns hold little more, and what is tried each minute gets there in weeks."""
M = TypeVar("M", bound="Leased")


def next_count(name: str) -> Least:
    """The counter in this column, and one more."""
    return Least(F(name) + 1, MOST_TRIES)


class LeasedQuerySet(models.QuerySet[M]):
    """Claiming by compare-and-set: the same statement on SQLite and on PostgreSQL.

    ``seconds`` is how long a worker may go on without saying anything: until then its lease is renewed by itself while
    its process lives and it has its token. The lease in the row is short, so that a killed worker is soon noticed.
    """

    def free(self) -> Self:
        """Rows nobody works on, or whose worker has gone silent."""
        return self.filter(Q(lease_until=None) | Q(lease_until__lt=timezone.now()))

    def claim(self, pk: int | uuid.UUID, *, seconds: float, **changes: Any) -> uuid.UUID | None:
        """Take the row for that long; None when it does not match this queryset or somebody else has it.

        Filter on the row's own columns only: a join would put the comparison into a subquery, and PostgreSQL does not
        look at that again after it had to wait for somebody else's claim.
        """
        token = uuid.uuid4()
        if not self.free().filter(pk=pk).update(lease_token=token, lease_until=_until(seconds), **changes):
            return None
        self._keep_alive(pk, token, seconds)
        return token

    def held(self, pk: int | uuid.UUID, token: uuid.UUID) -> Self:
        """The row, if the lease is still ours: every write by a worker goes through this (fencing)."""
        return self.filter(pk=pk, lease_token=token)

    def renew(self, pk: int | uuid.UUID, token: uuid.UUID, *, seconds: float, **changes: Any) -> bool:
        """Stay the holder for that much longer; False when the row went to somebody else meanwhile."""
        if not self.held(pk, token).update(lease_until=_until(seconds), **changes):
            heartbeat.forget(token)
            return False
        self._keep_alive(pk, token, seconds)
        return True

    def release(self, pk: int | uuid.UUID, token: uuid.UUID, **changes: Any) -> bool:
        """Give the row back with these last changes; False when it was no longer ours, and nothing is written."""
        heartbeat.forget(token)
        return bool(self.held(pk, token).update(lease_token=None, lease_until=None, **changes))

    def _keep_alive(self, pk: int | uuid.UUID, token: uuid.UUID, seconds: float) -> None:
        # A token of its own: the worker's is watched, and has to be in nobody else's hand.
        renew = partial(_renew, self.model, pk, uuid.UUID(int=token.int))
        heartbeat.watch(token, renew, seconds=seconds)


def _until(seconds: float) -> datetime:
    return timezone.now() + timedelta(seconds=min(seconds, LEASE_SECONDS))


def _renew(model: type[models.Model], pk: int | uuid.UUID, token: uuid.UUID, seconds: float) -> bool:
    held = model._default_manager.filter(pk=pk, lease_token=token, lease_until__isnull=False)
    return bool(held.update(lease_until=_until(seconds)))


class Leased(models.Model):
    """A lease that ends by itself: a killed worker holds nothing for long."""

    lease_token = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True
