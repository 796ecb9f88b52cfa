"""Look at one asset at the provider, and write down what is there."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Case, F, Max, When
from django.utils import timezone

from dubbing import pace
from dubbing.models import Asset, Callback, Dubbing, Event, Hold, Result, Version
from dubbing.providers import base
from dubbing.sync.progress import lock, settle_statuses

log = logging.getLogger(__name__)

LEASE = 120.0
# A finished asset is still looked at daily for a week: nobody tells us when a version is revised in the studio.
DAILY_FOR = timedelta(days=7)
# A kept result is not asked about again sooner than this, unless a callback names it.
KEPT_LOOK = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Look:
    """What one look brought."""

    asset: base.RemoteAsset
    versions: dict[str, base.RemoteVersion]
    hinted: dict[str, datetime]


def sync_asset(asset_id: int, *, provider: base.Provider, cause: str) -> bool:
    """Fetch the asset and its versions, and make our rows say the same. True when somebody should look again now.

    Single flight: while one looks, the others only leave their mark. The answer counts only if the lease is still
    ours when it is written (an old answer that arrives late changes nothing).
    """
    lease = Asset.objects.exclude(remote_id="").filter(provider=provider.name).claim(asset_id, seconds=LEASE)
    if lease is None:
        return False
    asset = Asset.objects.get(pk=asset_id)
    try:
        look = _look(asset, lease, provider)
    except base.ProviderError as error:
        _could_not(asset, lease, error)
        return False
    if look is None:
        return False
    return _write(asset, lease, look, cause)


def _look(asset: Asset, lease: uuid.UUID, provider: base.Provider) -> Look | None:
    """Ask for the asset, then for each version; None when the lease went to somebody else meanwhile."""
    remote = provider.fetch_asset(asset.remote_id)
    hinted = _hints(asset)
    versions: dict[str, base.RemoteVersion] = {}
    for remote_id in _worth_asking(asset, remote, hinted):
        if not Asset.objects.renew(asset.pk, lease, seconds=LEASE):
            return None
        try:
            versions[remote_id] = provider.fetch_version(remote_id)
        except base.NotFound:
            log.warning("version %s of asset %s is gone at the provider", remote_id, asset.pk)
    Hold.objects.filter(provider=provider.name, reason=Hold.Reason.DOWN).delete()
    return Look(remote, versions, hinted)


def _hints(asset: Asset) -> dict[str, datetime]:
    """Versions that callbacks since the last look call generated, and when."""
    rows = Callback.objects.filter(submission__asset=asset, processed_at=None, event="version_generated")
    named = rows.values_list("remote_version_id").annotate(at=Max("last_received_at"))
    return dict(named)


def _worth_asking(asset: Asset, remote: base.RemoteAsset, hinted: dict[str, datetime]) -> Iterable[str]:
    recent = Version.objects.filter(
        dubbing__asset=asset, keep=Version.Keep.KEPT, looked_at__gt=timezone.now() - KEPT_LOOK
    )
    quiet = set(recent.values_list("remote_id", flat=True)) - set(hinted)
    ids = [remote_id for dubbing in remote.dubbings for remote_id in dubbing.version_ids]
    return [remote_id for remote_id in dict.fromkeys(ids) if remote_id not in quiet]


def _could_not(asset: Asset, lease: uuid.UUID, error: base.ProviderError) -> None:
    wait = timezone.now() + max(pace.next_poll(asset.poll_count), timedelta(seconds=error.retry_after or 0))
    Asset.objects.release(asset.pk, lease, next_poll_at=wait, poll_count=F("poll_count") + 1)
    log.warning("asset %s could not be looked at: %s", asset.pk, error)
    if asset.poll_count == 0:
        Event.objects.record(asset, Event.Kind.SYNC_FAILED, cause="sync", why=error.reason)


def _write(seen: Asset, lease: uuid.UUID, look: Look, cause: str) -> bool:
    with transaction.atomic():
        asset = lock(seen.pk)
        if asset.lease_token != lease:
            return False
        before = _picture(asset)
        _apply_asset(asset, look.asset)
        for remote_dubbing in look.asset.dubbings:
            _apply_dubbing(asset, remote_dubbing, look, cause)
        settle_statuses(asset, cause=cause)
        Callback.objects.filter(
            submission__asset=asset, processed_at=None, last_received_at__lte=timezone.now()
        ).update(processed_at=timezone.now())
        return _release(seen, lease, changed=before != _picture(asset))


def _picture(asset: Asset) -> list[tuple[object, ...]]:
    """What a change would change."""
    versions = Version.objects.filter(dubbing__asset=asset)
    return [(asset.status, asset.remote_status), *versions.values_list("pk", "remote_status", "progress", "keep")]


def _release(seen: Asset, lease: uuid.UUID, *, changed: bool) -> bool:
    """Give the asset back with its next look-at time; at once if it was marked while we looked."""
    now = timezone.now()
    asset = Asset.objects.get(pk=seen.pk)
    looks = 0 if changed else seen.poll_count + 1
    later = _next_look(asset, looks, now)
    Asset.objects.release(
        seen.pk,
        lease,
        done_seq=seen.dirty_seq,
        poll_count=looks,
        last_ok_at=now,
        next_poll_at=Case(When(dirty_seq=seen.dirty_seq, then=later), default=now),
    )
    return bool(Asset.objects.filter(pk=seen.pk, dirty_seq__gt=seen.dirty_seq).exists())


def _next_look(asset: Asset, looks: int, now: datetime) -> datetime | None:
    if asset.status not in Asset.FINAL:
        return now + pace.next_poll(looks)
    finished = asset.finished_at or now
    return now + timedelta(days=1) if now - finished < DAILY_FOR else None


def _apply_asset(asset: Asset, remote: base.RemoteAsset) -> None:
    error = remote.error if remote.failed else None
    changes = {
        "remote_status": remote.status[:40],
        "duration": remote.duration if remote.duration is not None else asset.duration,
        "error_code": error.code[:60] if error else "failed" if remote.failed else "",
        "error_message": error.message if error else "",
    }
    Asset.objects.filter(pk=asset.pk).update(**changes)
    for name, value in changes.items():
        setattr(asset, name, value)


def _apply_dubbing(asset: Asset, remote: base.RemoteDubbing, look: Look, cause: str) -> None:
    dubbing = asset.dubbings.filter(locale__iexact=remote.locale).first()
    if dubbing is None:  # added in the provider's own studio
        dubbing = Dubbing.objects.create(asset=asset, locale=remote.locale[:20], status=Dubbing.Status.PREPARING)
        Event.objects.record(asset, Event.Kind.LOCALES_ADDED, cause=cause, locale=remote.locale)
    elif dubbing.status == Dubbing.Status.PENDING:
        Dubbing.objects.filter(pk=dubbing.pk).update(status=Dubbing.Status.PREPARING)
    if remote.remote_id and remote.remote_id != dubbing.remote_id:
        Dubbing.objects.filter(pk=dubbing.pk).update(remote_id=remote.remote_id)
    for remote_id in remote.version_ids:
        version, _ = Version.objects.get_or_create(
            provider=asset.provider, remote_id=remote_id, defaults={"dubbing": dubbing}
        )
        told = look.versions.get(remote_id)
        if told is not None and version.dubbing_id == dubbing.pk:
            _apply_version(asset, version, told, look.hinted.get(remote_id))


def _apply_version(asset: Asset, version: Version, told: base.RemoteVersion, hinted: datetime | None) -> None:
    if told.state is None and told.status != version.remote_status:
        Event.objects.record(asset, Event.Kind.UNKNOWN_WORD, cause="sync", word=told.status[:40])
    status = told.state.value if told.state else version.status
    now = timezone.now()
    changes: dict[str, object] = {
        "status": status,
        "remote_status": told.status[:40],
        "progress": told.progress,
        "studio_url": (told.studio_url or version.studio_url)[:2000],
        "error_code": told.error.code[:60] if told.error else "",
        "error_message": told.error.message if told.error else "",
        "looked_at": now,
    }
    if status != version.status:
        changes["changed_at"] = now
    Version.objects.filter(pk=version.pk).update(**changes, **_keep_changes(version, status, hinted, now))


def _keep_changes(version: Version, status: str, hinted: datetime | None, now: datetime) -> dict[str, object]:
    """What the new status means for our copy: make one, make a newer one, or stop trying."""
    if status != Version.Status.COMPLETED:
        return {"keep": Version.Keep.NONE, "keep_attempts": 0, "next_keep_at": None, "keep_problem": ""}
    start = {"keep": Version.Keep.WAITING, "keep_attempts": 0, "next_keep_at": now, "keep_problem": ""}
    if version.keep == Version.Keep.NONE:
        return start
    last = Result.objects.filter(version=version).aggregate(at=Max("checked_at"))["at"]
    newer = hinted is not None and last is not None and hinted > last
    return start if version.keep == Version.Keep.KEPT and newer else {}
