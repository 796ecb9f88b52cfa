"""Send a version back to editing at the provider. Destroys the provider's result, so ours has to be safe first."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from dubbing import pace
from dubbing.models import Asset, Event, Version
from dubbing.providers import base
from dubbing.services.submit import NotPossible

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LEASE = 120.0
REVISABLE = [Version.Status.COMPLETED, Version.Status.READY, Version.Status.FAILED]


def ask_to_revise(version: Version, user: User) -> None:
    """Note that the version goes back to editing. Raises NotPossible, above all while our copy is not kept."""
    if version.status not in REVISABLE:
        raise NotPossible("This version is being worked on; it can go back to editing once that is through.")
    now = timezone.now()
    rows = Version.objects.filter(pk=version.pk, status=version.status, revise_asked_at=None)
    if version.status == Version.Status.COMPLETED:
        rows = rows.filter(keep=Version.Keep.KEPT)
    with transaction.atomic():
        if not rows.update(revise_asked_at=now, next_keep_at=now):
            raise NotPossible("Our copy of this result is not saved yet; going back would destroy the only one.")
        asset = version.dubbing.asset
        Event.objects.record(asset, Event.Kind.REVISED, actor=user, cause="person", locale=version.dubbing.locale)


def revise(version_id: int, *, provider: base.Provider) -> bool:
    """Carry the wish out. True when the asset should be looked at now.

    Safe to repeat: the version's own status says whether it went through.
    """
    lease = Version.objects.filter(revise_asked_at__isnull=False, provider=provider.name).claim(
        version_id, seconds=LEASE
    )
    if lease is None:
        return False
    version = Version.objects.select_related("dubbing").get(pk=version_id)
    done = {"revise_asked_at": None, "next_keep_at": None, "keep_attempts": 0}
    try:
        if provider.fetch_version(version.remote_id).state is not base.VersionState.READY:
            provider.revise(version.remote_id)
    except base.Rejected as error:
        Version.objects.release(version_id, lease, **done, keep_problem=error.reason[:1000])
    except base.ProviderError:
        again = timezone.now() + pace.next_try(version.keep_attempts) + timedelta(seconds=5)
        Version.objects.release(version_id, lease, next_keep_at=again, keep_attempts=F("keep_attempts") + 1)
        return False
    else:
        Version.objects.release(version_id, lease, **done)
    Asset.objects.mark(version.dubbing.asset_id)
    return True
