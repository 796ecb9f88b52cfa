"""The running processes of the portal, by their signs of life."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from dubbing.models.statuses import known

if TYPE_CHECKING:
    from datetime import datetime


class ProcessKind(models.TextChoices):
    """What a process does."""

    WORKER = "worker", _("Worker")
    BEAT = "beat", _("Scheduler (beat)")


class ProcessQuerySet(models.QuerySet["Process"]):
    """Processes by when they last gave a sign of life."""

    def note(self, kind: str, host: str, pid: int, **values: object) -> None:
        """Record a sign of life. Its time is the database's: the clocks of machines differ."""
        current = {"seen_at": Now(), **values}
        if not self.filter(kind=kind, host=host, pid=pid).update(**current):
            self.update_or_create(kind=kind, host=host, pid=pid, defaults=current, create_defaults=current)

    def forget_old(self, now: datetime) -> None:
        """Forget processes that have been silent for long: others have taken over from them."""
        self.filter(seen_at__lt=now - Process.FORGOTTEN_AFTER).delete()


class Process(models.Model):
    """A process of one machine. It removes its row when it is stopped, and leaves it behind when it is killed."""

    SIGN_SECONDS = 15.0
    SILENT_AFTER = timedelta(seconds=60)
    FORGOTTEN_AFTER = timedelta(hours=1)

    Kind: TypeAlias = ProcessKind

    kind = models.CharField(max_length=10, choices=ProcessKind.choices)
    host = models.CharField(max_length=120)
    pid = models.PositiveBigIntegerField()
    version = models.CharField(max_length=40, blank=True, help_text=_("The portal’s version that it runs."))
    clock_offset = models.FloatField(default=0.0, help_text=_("Seconds by which its clock is ahead of the database’s."))
    started_at = models.DateTimeField(help_text=_("By its own clock."))
    seen_at = models.DateTimeField(help_text=_("Its last sign of life, by the database’s clock."))

    objects = ProcessQuerySet.as_manager()

    class Meta:
        verbose_name_plural = _("processes")
        ordering = ["kind", "host", "pid"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "host", "pid"], name="one_row_per_process"),
            known(ProcessKind, "known_process_kind", "kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.host}:{self.pid}"

    def is_living(self, now: datetime) -> bool:
        """Whether it has given a sign of life lately. ``now``: by the database's clock."""
        return now - self.seen_at <= self.SILENT_AFTER
