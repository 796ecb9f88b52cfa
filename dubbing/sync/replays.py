"""Process stored callbacks again: each only causes another sync."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from dubbing.models import Asset, Callback, Event

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def replay(callback: Callback, user: User) -> None:
    """Answer the callback again with a sync of its asset. Safe to repeat: a sync only changes what differs."""
    asset = callback.submission.asset
    with transaction.atomic():
        Callback.objects.filter(pk=callback.pk).update(processed_at=None)
        Asset.objects.mark(asset.pk)
        Event.objects.record(
            asset, Event.Kind.REPLAYED, actor=user, cause="person", callback=callback.pk, event=callback.event
        )
