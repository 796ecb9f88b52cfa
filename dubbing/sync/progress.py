"""What the versions of an asset mean for its dubbings and for the asset itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from dubbing.models import Asset, Dubbing, Event, Version

_BY_PROGRESS = [
    Version.Status.COMPLETED,
    Version.Status.GENERATING,
    Version.Status.READY,
    Version.Status.PREPARING,
    Version.Status.FAILED,
]


def lock(asset_id: int) -> Asset:
    """The asset, with its row locked until the transaction ends.

    On PostgreSQL two results kept at once would otherwise each see the other still open. On SQLite the transaction
    itself is the lock.
    """
    return Asset.objects.select_for_update().get(pk=asset_id)


def settle_statuses(asset: Asset, *, cause: str) -> None:
    """Bring every dubbing's and the asset's status in line with the versions. Call inside a transaction, locked."""
    for dubbing in asset.dubbings.prefetch_related("versions"):
        _settle_dubbing(asset, dubbing, cause)
    statuses = set(asset.dubbings.values_list("status", flat=True))
    status = asset_status(statuses, generates=asset.auto_generate != Asset.AutoGenerate.OFF)
    if status != asset.status and asset.status in Asset.MIRRORED:
        finished = timezone.now() if status in Asset.FINAL else None
        Asset.objects.move(asset, status, cause=cause, finished_at=finished)


def asset_status(dubbings: Iterable[str], *, generates: bool) -> str:
    """The asset's status, from its dubbings' statuses. ``generates``: final videos are made without a person."""
    statuses = set(dubbings)
    waiting = set(Dubbing.OPEN) | ({Dubbing.Status.READY} if generates else set())
    if not statuses or statuses & waiting:
        return Asset.Status.DUBBING
    if Dubbing.Status.READY in statuses:
        return Asset.Status.READY
    if statuses == {Dubbing.Status.COMPLETED}:
        return Asset.Status.COMPLETED
    return Asset.Status.FAILED if statuses == {Dubbing.Status.FAILED} else Asset.Status.PARTLY_DONE


def _settle_dubbing(asset: Asset, dubbing: Dubbing, cause: str) -> None:
    version = _leading(list(dubbing.versions.all()))
    status, code, message = _dubbing_state(asset, dubbing, version)
    changes = {"status": status, "error_code": code, "error_message": message}
    if changes == {name: getattr(dubbing, name) for name in changes}:
        return
    Dubbing.objects.filter(pk=dubbing.pk).update(**changes, changed_at=timezone.now())
    if status != dubbing.status:
        data: dict[str, Any] = {"from": dubbing.status, "to": status}
        Event.objects.record(asset, Event.Kind.DUBBING_STATUS, cause=cause, locale=dubbing.locale, **data)


def _leading(versions: list[Version]) -> Version | None:
    """The version that counts: the one furthest along, since snapshots and parallel edits can exist beside it."""
    return min(
        versions, key=lambda version: (_BY_PROGRESS.index(Version.Status(version.status)), -version.pk), default=None
    )


def _dubbing_state(asset: Asset, dubbing: Dubbing, version: Version | None) -> tuple[str, str, str]:
    if version is not None and version.status == Version.Status.COMPLETED:
        kept = version.keep == Version.Keep.KEPT
        return (Dubbing.Status.COMPLETED if kept else Dubbing.Status.KEEPING), "", ""
    if version is not None and version.status == Version.Status.FAILED:
        return Dubbing.Status.FAILED, version.error_code or "version_failed", version.error_message
    if asset.error_code and asset.remote_status == "Failed":
        return Dubbing.Status.FAILED, asset.error_code, asset.error_message
    if version is None:
        return dubbing.status, dubbing.error_code, dubbing.error_message
    return version.status, "", ""
