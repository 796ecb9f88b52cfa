"""Holds: providers that accept no requests at the moment."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TypeAlias

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dubbing.models.statuses import known


class HoldReason(models.TextChoices):
    """Why a provider accepts no requests."""

    KEY = "key", _("The API key is not accepted")
    ACCOUNT = "account", _("The account has reached a limit")
    THROTTLED = "throttled", _("Too many requests")
    DOWN = "down", _("The provider is not responding")
    RESTORED = "restored", _("The portal was restored from a backup")


class HoldQuerySet(models.QuerySet["Hold"]):
    """Opening and closing the way to a provider."""

    def admits(self, provider: str) -> bool:
        """Whether a request may be sent now. During a hold, one caller at a time is let through to probe."""
        hold = self.filter(provider=provider).first()
        if hold is None:
            return True
        now = timezone.now()
        if hold.reason == Hold.Reason.RESTORED:  # a request that was carried out since the backup would be paid twice
            self.filter(pk=hold.pk).update(next_try_at=now + timedelta(seconds=Hold.TRY_EVERY_SECONDS))
            return False
        throttled = hold.reason == Hold.Reason.THROTTLED
        wait = timedelta(seconds=Hold.TRY_THROTTLED_SECONDS if throttled else Hold.TRY_EVERY_SECONDS)
        return bool(self.filter(provider=provider, next_try_at__lte=now).update(next_try_at=now + wait))

    def put(self, provider: str, reason: str, reason_text: str, *, seconds: float | None = None) -> None:
        """Stop sending to the provider. Try again after ``seconds``, or later if an earlier call said so."""
        next_try = timezone.now() + timedelta(seconds=Hold.TRY_EVERY_SECONDS if seconds is None else seconds)
        with transaction.atomic():
            hold, made = self.select_for_update().get_or_create(
                provider=provider, defaults={"reason": reason, "message": reason_text[:500], "next_try_at": next_try}
            )
            if not made and hold.reason != Hold.Reason.RESTORED:
                hold.reason, hold.message, hold.next_try_at = reason, reason_text[:500], max(next_try, hold.next_try_at)
                hold.save(update_fields=["reason", "message", "next_try_at"])

    def put_restored(self, provider: str, made_at: datetime) -> None:
        """Stop sending to the provider after a restore. Only ``lift`` with this reason, or a person, ends the hold."""
        with transaction.atomic():
            self.filter(provider=provider).delete()
            self.create(
                provider=provider, reason=Hold.Reason.RESTORED, restored_from=made_at, next_try_at=timezone.now()
            )

    def lift(self, provider: str, *, reasons: Collection[str] = ()) -> bool:
        """Resume sending to the provider (with ``reasons``: only if that was why). Return True if there was a hold.

        A hold after a restore stays unless its reason is named: no answer of the provider says that all was found.
        """
        held = self.filter(provider=provider)
        held = held.filter(reason__in=reasons) if reasons else held.exclude(reason=Hold.Reason.RESTORED)
        # Called after every answer, and there is hardly ever a hold: a read takes no lock.
        return held.exists() and bool(held.delete()[0])


class Hold(models.Model):
    """A provider that accepts no requests at the moment. Its submissions wait; none of them fails."""

    TRY_EVERY_SECONDS = 60
    # A provider that throttles us says for how long.
    TRY_THROTTLED_SECONDS = 5

    Reason: TypeAlias = HoldReason

    provider = models.CharField(max_length=20, unique=True)
    reason = models.CharField(max_length=12, choices=Reason.choices)
    message = models.CharField(max_length=500, blank=True, db_column="words", help_text=_("The provider’s message."))
    since = models.DateTimeField(auto_now_add=True)
    next_try_at = models.DateTimeField()
    restored_from = models.DateTimeField(
        null=True, help_text=_("When the backup was made from which the portal was restored.")
    )

    objects = HoldQuerySet.as_manager()

    class Meta:
        constraints = [known(HoldReason, "known_hold_reason", "reason")]

    def __str__(self) -> str:
        return f"{self.provider}: {self.get_reason_display()}"
