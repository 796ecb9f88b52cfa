"""Stored callbacks once more: each is a hint, and only ever causes a look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from dubbing.models import Asset, Callback, Event

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def replay(callback: Callback, user: User) -> None:
    """Have the callback answered again by a look at its asset. However often: a look changes what differs alone."""
    asset = callback.submission.asset
    with transaction.atomic():
        Callback.objects.filter(pk=callback.pk).update(processed_at=None)
        Asset.objects.mark(asset.pk)
        Event.objects.record(
            asset, Event.Kind.REPLAYED, actor=user, cause="person", callback=callback.pk, event=callback.event
        )
