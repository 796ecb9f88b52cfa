"""Rows that one worker at a time may work on, and the token that proves it."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any, Self, TypeVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

M = TypeVar("M", bound="Leased")


class LeasedQuerySet(models.QuerySet[M]):
    """Claiming by compare-and-set: the same statement on SQLite and on PostgreSQL."""

    def free(self) -> Self:
        """Rows nobody works on, or whose worker has gone silent."""
        return self.filter(Q(lease_until=None) | Q(lease_until__lt=timezone.now()))

    def claim(self, pk: int | uuid.UUID, *, seconds: float, **changes: Any) -> uuid.UUID | None:
        """Take the row for that long; None when it does not match this queryset or somebody else has it.

        Filter on the row's own columns only: a join would put the comparison into a subquery, and PostgreSQL does not
        look at that again after it had to wait for somebody else's claim.
        """
        token = uuid.uuid4()
        until = timezone.now() + timedelta(seconds=seconds)
        taken = self.free().filter(pk=pk).update(lease_token=token, lease_until=until, **changes)
        return token if taken else None

    def held(self, pk: int | uuid.UUID, token: uuid.UUID) -> Self:
        """The row, if the lease is still ours: every write by a worker goes through this (fencing)."""
        return self.filter(pk=pk, lease_token=token)

    def renew(self, pk: int | uuid.UUID, token: uuid.UUID, *, seconds: float, **changes: Any) -> bool:
        """Stay the holder for that much longer; False when the row went to somebody else meanwhile."""
        until = timezone.now() + timedelta(seconds=seconds)
        return bool(self.held(pk, token).update(lease_until=until, **changes))

    def release(self, pk: int | uuid.UUID, token: uuid.UUID, **changes: Any) -> bool:
        """Give the row back with these last changes; False when it was no longer ours, and nothing is written."""
        return bool(self.held(pk, token).update(lease_token=None, lease_until=None, **changes))


class Leased(models.Model):
    """A lease that ends by itself: a killed worker holds nothing for long."""

    lease_token = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True
