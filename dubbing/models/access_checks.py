"""Access checks: whether an address answers and accepts our key, as found by a free call."""

from __future__ import annotations

from typing import TypeAlias

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dubbing.models.leases import Leased, LeasedQuerySet
from dubbing.models.statuses import known

PORTAL = "portal"
"""The subject of the check of PORTAL_URL. All other subjects are names of providers."""


class AccessOutcome(models.TextChoices):
    """What the last check found."""

    NONE = "", _("Not checked yet")
    GOOD = "good", _("Answers")
    KEY = "key", _("The API key is not accepted")
    ACCOUNT = "account", _("The account has reached a limit")
    DOWN = "down", _("No answer")
    OTHER = "other", _("An unexpected answer")


class AccessCheckQuerySet(LeasedQuerySet["AccessCheck"]):
    """Checks by when they are due."""

    def due(self) -> AccessCheckQuerySet:
        """Checks to run now."""
        return self.free().filter(next_at__lte=timezone.now())

    def ask(self) -> None:
        """Make all checks due, because a person is waiting."""
        self.update(next_at=timezone.now(), asked_at=timezone.now())


class AccessCheck(Leased):
    """The last check of one provider, or of the portal's own address. ``beat`` runs it: web may have no key."""

    Outcome: TypeAlias = AccessOutcome

    subject = models.CharField(max_length=20, unique=True)
    outcome = models.CharField(max_length=10, choices=AccessOutcome.choices, blank=True, default=AccessOutcome.NONE)
    problem = models.CharField(max_length=300, blank=True, help_text=_("What went wrong, without secrets."))
    milliseconds = models.PositiveIntegerField(default=0)
    clock_offset = models.FloatField(null=True, help_text=_("Seconds by which the other clock is ahead of ours."))
    checked_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True, help_text=_("When somebody last asked for it."))
    failing_since = models.DateTimeField(null=True)
    next_at = models.DateTimeField(default=timezone.now)

    objects = AccessCheckQuerySet.as_manager()

    class Meta:
        ordering = ["subject"]
        constraints = [known(AccessOutcome, "known_access_outcome", "outcome")]

    def __str__(self) -> str:
        return self.subject

    @property
    def is_awaited(self) -> bool:
        """Whether somebody asked for a check that has not been made yet."""
        return self.asked_at is not None and (self.checked_at is None or self.checked_at < self.asked_at)
