"""What the versions of an asset mean for its dubbings and for the asset itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from dubbing import pace
from dubbing.models import Asset, Dubbing, Event, Version

_BY_PROGRESS = [
    Version.Status.COMPLETED,
    Version.Status.GENERATING,
    Version.Status.READY,
    Version.Status.PREPARING,
    Version.Status.FAILED,
]


def settle_statuses(asset: Asset, *, cause: str) -> None:
    """Bring every dubbing's and the asset's status in line with the versions.

    Call with the asset locked: two results kept at once would otherwise each see the other still open.
    """
    generates = asset.auto_generate != Asset.AutoGenerate.OFF
    statuses = []
    for dubbing in asset.dubbings.prefetch_related("versions__results"):
        status = _settle_dubbing(asset, dubbing, cause)
        by_itself = generates and status == Dubbing.Status.READY and not _needs_somebody(dubbing)
        statuses.append(Dubbing.Status.PREPARING if by_itself else status)
    status = asset_status(statuses)
    if status != asset.status and asset.status in Asset.MIRRORED:
        Asset.objects.move(asset, status, cause=cause, **_times(asset, status))


def _times(asset: Asset, status: str) -> dict[str, Any]:
    now = timezone.now()
    if status in Asset.FINAL:
        return {"finished_at": now}
    if asset.status in Asset.FINAL:  # revised, or a language was added: its time begins anew
        return {"finished_at": None, "late_at": now + pace.lateness(asset.trimmed_duration)}
    return {}


def _needs_somebody(dubbing: Dubbing) -> bool:
    """Whether there was a final video once, or making it failed: another one is not made without a person."""
    return any(version.error_code or version.results.all() for version in dubbing.versions.all())


def asset_status(dubbings: Iterable[str]) -> str:
    """The asset's status, from its dubbings' statuses."""
    statuses = set(dubbings)
    if not statuses or statuses & set(Dubbing.OPEN):
        return Asset.Status.DUBBING
    if Dubbing.Status.READY in statuses:
        return Asset.Status.READY
    if statuses == {Dubbing.Status.COMPLETED}:
        return Asset.Status.COMPLETED
    return Asset.Status.FAILED if statuses == {Dubbing.Status.FAILED} else Asset.Status.PARTLY_DONE


def _settle_dubbing(asset: Asset, dubbing: Dubbing, cause: str) -> str:
    version = _leading(list(dubbing.versions.all()))
    status, code, message = _dubbing_state(asset, dubbing, version)
    changes = {"status": status, "error_code": code, "error_message": message}
    if changes == {name: getattr(dubbing, name) for name in changes}:
        return status
    Dubbing.objects.filter(pk=dubbing.pk).update(**changes, changed_at=timezone.now())
    if status != dubbing.status:
        data: dict[str, Any] = {"from": dubbing.status, "to": status}
        Event.objects.record(asset, Event.Kind.DUBBING_STATUS, cause=cause, locale=dubbing.locale, **data)
    return status


def _leading(versions: list[Version]) -> Version | None:
    """The version that counts: the one furthest along, since snapshots and parallel edits can exist beside it."""
    return min(
        versions, key=lambda version: (_BY_PROGRESS.index(Version.Status(version.status)), -version.pk), default=None
    )


def _is_being_compared(version: Version) -> bool:
    """Whether we have a result since it was last seen to be generated, and only make sure that it still is the one."""
    return any(result.checked_at > version.changed_at for result in version.results.all())


def _dubbing_state(asset: Asset, dubbing: Dubbing, version: Version | None) -> tuple[str, str, str]:
    if version is not None and version.status == Version.Status.COMPLETED:
        if version.keep == Version.Keep.PLACEHOLDER:
            return Dubbing.Status.FAILED, "placeholder", ""
        kept = version.keep == Version.Keep.KEPT or _is_being_compared(version)
        return (Dubbing.Status.COMPLETED if kept else Dubbing.Status.KEEPING), "", ""
    if version is not None and version.status == Version.Status.FAILED:
        return Dubbing.Status.FAILED, version.error_code or "version_failed", version.error_message
    if asset.error_code:
        return Dubbing.Status.FAILED, asset.error_code, asset.error_message
    if version is None:
        return dubbing.status, dubbing.error_code, dubbing.error_message
    return version.status, version.error_code, version.error_message
