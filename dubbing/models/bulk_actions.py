"""Bulk actions and their items: one change to many assets, and the outcome for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dubbing.models.assets import Asset
from dubbing.models.leases import Leased, LeasedQuerySet
from dubbing.models.projects import Project
from dubbing.models.statuses import known

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


class BulkKind(models.TextChoices):
    """What a bulk action does."""

    TAG = "tag", _("Add tag")
    UNTAG = "untag", _("Remove tag")
    MOVE = "move", _("Move")
    ARCHIVE = "archive", _("Archive")
    UNARCHIVE = "unarchive", _("Unarchive")
    TRASH = "trash", _("Move to trash")
    RESTORE = "restore", _("Restore")


class BulkActionQuerySet(LeasedQuerySet["BulkAction"]):
    """Bulk actions by who may see them and what they are waiting for."""

    def visible_to(self, user: User | AnonymousUser) -> BulkActionQuerySet:
        """This person's own: nobody else sees which videos they chose."""
        return self.filter(user_id=user.pk) if user.is_authenticated else self.none()

    def due(self) -> BulkActionQuerySet:
        """Bulk actions that have assets left and that no worker holds."""
        return self.free().filter(next_at__lte=timezone.now(), finished_at=None)


class BulkAction(Leased):
    """What one person requested. ``tag``: which tag; ``target``: which project to move to."""

    Kind: TypeAlias = BulkKind

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, null=True, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    tag = models.CharField(max_length=40, blank=True)
    target = models.ForeignKey(Project, on_delete=models.CASCADE, null=True, related_name="+")
    undoes = models.OneToOneField("self", on_delete=models.SET_NULL, null=True, related_name="undone_by")
    query = models.CharField(max_length=500, blank=True, help_text=_("The list it was started from."))
    created_at = models.DateTimeField(auto_now_add=True)
    next_at = models.DateTimeField(default=timezone.now, null=True)
    finished_at = models.DateTimeField(null=True)

    objects = BulkActionQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["next_at"], condition=models.Q(finished_at=None), name="bulk_action_by_due"),
            models.Index(fields=["created_at"], name="bulk_action_by_age"),
        ]
        constraints = [known(BulkKind, "known_bulk_kind", "kind")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.pk}"


class BulkItemStatus(models.TextChoices):
    """The outcome for one asset."""

    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Done")
    UNCHANGED = "unchanged", _("Unchanged")
    REFUSED = "refused", _("Not done")


class BulkItem(models.Model):
    """One asset of a bulk action. ``reason``: why it was left unchanged."""

    Status: TypeAlias = BulkItemStatus

    action = models.ForeignKey(BulkAction, on_delete=models.CASCADE, related_name="items")
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["position"]
        indexes = [models.Index(fields=["action", "status", "position"], name="bulk_item_by_status")]
        constraints = [
            models.UniqueConstraint(fields=["action", "position"], name="one_bulk_item_per_position"),
            known(BulkItemStatus, "known_bulk_item_status"),
        ]

    def __str__(self) -> str:
        return f"{self.action_id} · {self.position}"
