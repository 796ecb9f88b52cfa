"""What lets somebody in until it expires or is revoked: tokens of programs, and share links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dubbing.models.audit import AuditEvent, AuditKind

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

R = TypeVar("R", bound="Revocable")


class RevocableQuerySet(models.QuerySet[R]):
    """Rows that can be revoked."""

    def revoke(self, actor: User | None) -> int:
        """Revoke them, each with an audit event, and return how many there were.

        ``actor`` None: not revoked individually.
        """
        kind, word = self.model.REVOKED
        with transaction.atomic():
            # Locked, so that of two people who revoke the same row at once, one does.
            locked = self.filter(revoked_at=None).select_for_update(of=("self",))
            ended: list[Any] = list(locked.select_related("project"))
            self.filter(pk__in=[row.pk for row in ended]).update(revoked_at=timezone.now(), revoked_by=actor)
            for row in ended:
                AuditEvent.objects.record(kind, subject=row.name, actor=actor, project=row.project, **{word: row.pk})
        return len(ended)


class Revocable(models.Model):
    """A row with a name and a project. Only the hash of its token is stored.

    ``REVOKED``: the kind of audit event when it is revoked, and what the event calls it.
    """

    REVOKED: ClassVar[tuple[AuditKind, str]]

    hash = models.CharField(max_length=64, unique=True, help_text=_("SHA-256 of the token."))
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        abstract = True

    @property
    def is_over(self) -> bool:
        """Whether it is revoked or expired."""
        return self.revoked_at is not None or self.expires_at <= timezone.now()

    @property
    def ended_at(self) -> datetime:
        """When it ended or will end."""
        return min(filter(None, (self.revoked_at, self.expires_at)))
