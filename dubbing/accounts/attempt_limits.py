"""Limits on attempts by people and strangers, counted in rows so that all processes share them and a restart keeps
them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING

from django.db.models import F
from django.utils import timezone

from dubbing.models import Attempt

if TYPE_CHECKING:
    from django.db.models import QuerySet

_KEPT = timedelta(days=1)
_LONGEST = 254


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``most`` attempts of ``what`` by the same person or address within ``seconds`` of the first."""

    what: str
    most: int
    seconds: int

    def count(self, who: str) -> int:
        """Count an attempt. Returns 0 if it is allowed, or else the seconds until the next one is."""
        now = timezone.now()
        rows = self._rows(who)
        below = rows.filter(begun_at__gt=now - self._span, count__lt=self.most)
        over = rows.filter(begun_at__lte=now - self._span)
        if below.update(count=F("count") + 1) or over.update(begun_at=now, count=1):
            return 0
        _, made = Attempt.objects.get_or_create(what=self.what, who=who[:_LONGEST], defaults={"begun_at": now})
        if made or below.update(count=F("count") + 1):  # another process may have created it just now
            return 0
        return self.wait(who)

    def wait(self, who: str) -> int:
        """Return the same as ``count``, without counting."""
        now = timezone.now()
        full = self._rows(who).filter(begun_at__gt=now - self._span, count__gte=self.most)
        begun_at = full.values_list("begun_at", flat=True).first()
        return 0 if begun_at is None else max(1, ceil((begun_at + self._span - now).total_seconds()))

    @property
    def _span(self) -> timedelta:
        return timedelta(seconds=self.seconds)

    def _rows(self, who: str) -> QuerySet[Attempt]:
        return Attempt.objects.filter(what=self.what, who=who[:_LONGEST])


def forget_old() -> None:
    """Delete old counts."""
    Attempt.objects.filter(begun_at__lt=timezone.now() - _KEPT).delete()
