"""The audit log: who did what, in an order that nobody can rewrite unnoticed.

Each event carries a hash of itself and of the one before it. Triggers in the database refuse to change or remove events
(``audit_triggers``); ``dubbing.audit.chain`` finds what was changed around them.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC
from typing import TYPE_CHECKING, Any, TypeAlias

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dubbing.models.events import AppendOnlyQuerySet
from dubbing.models.projects import Project
from dubbing.models.statuses import known
from dubbing.platform import request_scope

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class AuditKind(models.TextChoices):
    """What was done."""

    REQUEST = "request", _("Change")
    DOWNLOAD = "download", _("Download")
    SIGNED_IN = "signed_in", _("Signed in")
    SIGN_IN_FAILED = "sign_in_failed", _("Sign-in failed")
    SIGNED_OUT = "signed_out", _("Signed out")
    TOKEN_CREATED = "token_created", _("Token created")
    TOKEN_REVOKED = "token_revoked", _("Token revoked")
    WEBHOOK_CREATED = "webhook_created", _("Webhook created")
    WEBHOOK_CHANGED = "webhook_changed", _("Webhook changed")
    WEBHOOK_SECRET = "webhook_secret", _("Webhook secret replaced")
    WEBHOOK_DELETED = "webhook_deleted", _("Webhook deleted")
    WEBHOOK_DISABLED = "webhook_disabled", _("Webhook turned off")
    SHARING_ON = "sharing_on", _("Share links turned on")
    SHARING_OFF = "sharing_off", _("Share links turned off")
    LINK_CREATED = "link_created", _("Share link created")
    LINK_REVOKED = "link_revoked", _("Share link revoked")


class AuditEventQuerySet(AppendOnlyQuerySet["AuditEvent"]):
    """Audit events can be added and read."""

    def record(
        self, kind: str, *, subject: str, actor: User | None, project: Project | None = None, **data: Any
    ) -> AuditEvent:
        """Record what ``actor`` did (None: the portal itself, or somebody unknown). ``data`` never holds a secret.

        Call it last in a transaction: until that ends, no other event can be recorded.
        """
        scope = request_scope.current()
        if scope and scope.changes:
            data |= {"changes": scope.changes}
        with transaction.atomic():
            head, _created = AuditHead.objects.select_for_update().get_or_create(pk=AuditHead.ONLY)
            event = AuditEvent(
                position=head.position + 1,
                previous=head.hash,
                kind=kind,
                subject=_storable(subject)[:200],
                actor=actor,
                actor_name=actor.get_username() if actor else "",
                project=project,
                project_name=project.name if project else "",
                address=scope.address if scope else "",
                request_id=scope.request_id if scope else "",
                details=_storable(json.dumps(data, sort_keys=True, ensure_ascii=False, default=str)),
                at=timezone.now(),
            )
            event.hash = event.digest()
            event.save(force_insert=True)
            AuditHead.objects.filter(pk=AuditHead.ONLY).update(position=event.position, hash=event.hash)
        if scope:
            scope.recorded += 1
        return event


class AuditEvent(models.Model):
    """Something that somebody did, in the past tense. Never changed or removed, whatever becomes of what it names.

    People and projects are named as they were called then; their ids stay when they are deleted. ``details``: JSON.
    ``hash``: SHA-256 over everything else here, including the hash of the event before.
    """

    Kind: TypeAlias = AuditKind

    position = models.BigIntegerField(unique=True, help_text=_("Its place in the log, counted from 1."))
    kind = models.CharField(max_length=20, choices=AuditKind.choices)
    subject = models.CharField(max_length=200)
    project = models.ForeignKey(
        Project, on_delete=models.DO_NOTHING, db_constraint=False, null=True, blank=True, related_name="+"
    )
    project_name = models.CharField(_("project"), max_length=200, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.DO_NOTHING, db_constraint=False, null=True, blank=True,
        related_name="+",
    )  # fmt: skip
    actor_name = models.CharField(_("person"), max_length=150, blank=True)
    address = models.CharField(max_length=45, blank=True, help_text=_("The network address it came from."))
    request_id = models.CharField(max_length=32, blank=True)
    details = models.TextField(default="{}")
    at = models.DateTimeField(db_index=True)
    previous = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        ordering = ["-position"]
        constraints = [known(AuditKind, "known_audit_kind", "kind")]
        indexes = [
            models.Index(fields=[name, "-position"], name=f"audit_by_{name}")
            for name in ("actor_name", "project_name", "address", "request_id")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.subject}"

    @property
    def data(self) -> dict[str, Any]:
        """The details, decoded; empty if they are not what the portal wrote."""
        try:
            found = json.loads(self.details)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def facts(self) -> dict[str, Any]:
        """Everything that the hash covers, as it is hashed and exported."""
        return {
            "position": self.position,
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "kind": self.kind,
            "subject": self.subject,
            "actor": self.actor_id,
            "actor_name": self.actor_name,
            "project": self.project_id,
            "project_name": self.project_name,
            "address": self.address,
            "request_id": self.request_id,
            "details": self.details,
            "previous": self.previous,
        }

    def digest(self) -> str:
        """The hash that belongs to these facts."""
        text = json.dumps(self.facts(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


class AuditHead(models.Model):
    """The end of the log: position and hash of its last event. The only row; locked while an event is added."""

    ONLY = 1

    position = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"{self.position} {self.hash}"


def _storable(text: str) -> str:
    """Without what PostgreSQL keeps in no text: zeros and halves of characters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
