"""Leases: rows that only one worker at a time may work on, and the token that proves it."""

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
"""Counters of attempts stop here: their columns hold little more, and one attempt a minute gets there in weeks."""
FRESH = timedelta(seconds=LEASE_SECONDS / 15)
"""A lease is not written again if a new one would end at most this much later."""
M = TypeVar("M", bound="Leased")


def next_count(name: str) -> Least:
    """The counter in this column plus one, up to ``MOST_TRIES``."""
    return Least(F(name) + 1, MOST_TRIES)


class LeasedQuerySet(models.QuerySet[M]):
    """Claiming by compare-and-set: the same statement on SQLite and PostgreSQL.

    ``seconds`` is how long a worker may be silent: until then its lease is renewed automatically while its process
    lives and the worker holds its token. The lease in the row is short, so that a killed worker is soon noticed.
    """

    def free(self) -> Self:
        """Rows that no worker holds, or whose worker has gone silent."""
        return self.filter(Q(lease_until=None) | Q(lease_until__lt=timezone.now()))

    def claim(self, pk: int | uuid.UUID, *, seconds: float, **changes: Any) -> uuid.UUID | None:
        """Claim the row for ``seconds``. Return None if it does not match this queryset or somebody else holds it.

        Filter on the row's own columns only: a join would put the comparison into a subquery, which PostgreSQL does not
        evaluate again after waiting for somebody else's claim.
        """
        token = uuid.uuid4()
        if not self.free().filter(pk=pk).update(lease_token=token, lease_until=_until(seconds), **changes):
            return None
        self._keep_alive(pk, token, seconds)
        return token

    def held(self, pk: int | uuid.UUID, token: uuid.UUID) -> Self:
        """The row, if the lease is still ours. Every write by a worker goes through this (fencing)."""
        return self.filter(pk=pk, lease_token=token)

    def renew(self, pk: int | uuid.UUID, token: uuid.UUID, *, seconds: float, **changes: Any) -> bool:
        """Extend the lease by ``seconds``. Return False if the row went to somebody else meanwhile.

        A lease renewed a moment ago is only read, unless there are changes: on SQLite, writers queue.
        """
        until = _until(seconds)
        held = self.held(pk, token)
        fresh = not changes and held.filter(lease_until__gt=until - FRESH).exists()
        if not fresh and not held.update(lease_until=until, **changes):
            heartbeat.forget(token)
            return False
        self._keep_alive(pk, token, seconds)
        return True

    def release(self, pk: int | uuid.UUID, token: uuid.UUID, **changes: Any) -> bool:
        """Give the row back with these last changes. If it was no longer ours, write nothing and return False."""
        heartbeat.forget(token)
        return bool(self.held(pk, token).update(lease_token=None, lease_until=None, **changes))

    def _keep_alive(self, pk: int | uuid.UUID, token: uuid.UUID, seconds: float) -> None:
        # A copy of the token: the heartbeat watches the worker's own, which nothing else may refer to.
        renew = partial(_renew, self.model, pk, uuid.UUID(int=token.int))
        heartbeat.watch(token, renew, seconds=seconds)


def _until(seconds: float) -> datetime:
    return timezone.now() + timedelta(seconds=min(seconds, LEASE_SECONDS))


def _renew(model: type[models.Model], pk: int | uuid.UUID, token: uuid.UUID, seconds: float) -> bool:
    held = model._default_manager.filter(pk=pk, lease_token=token, lease_until__isnull=False)
    return bool(held.update(lease_until=_until(seconds)))


class Leased(models.Model):
    """A lease that expires on its own, so that a killed worker does not hold a row for long."""

    lease_token = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True
