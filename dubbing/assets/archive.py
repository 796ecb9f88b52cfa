"""Archive assets: lists leave them out, and everything else continues as before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from dubbing.models import Asset, Event

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def archive(asset: Asset, user: User) -> None:
    """Hide the asset from lists. A draft is hidden until it is submitted."""
    with transaction.atomic():
        if Asset.objects.filter(pk=asset.pk, archived_at=None).update(archived_at=timezone.now()):
            Event.objects.record(asset, Event.Kind.ARCHIVED, actor=user, cause="person")


def unarchive(asset: Asset, user: User) -> None:
    """Show the asset in lists again."""
    with transaction.atomic():
        if Asset.objects.filter(pk=asset.pk, archived_at__isnull=False).update(archived_at=None):
            Event.objects.record(asset, Event.Kind.UNARCHIVED, actor=user, cause="person")
