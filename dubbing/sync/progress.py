"""Derive the statuses of dubbings and of the asset from its versions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from dubbing.models import Asset, Dubbing, Event, Submission, Version
from dubbing.submissions import lateness

if TYPE_CHECKING:
    from django.contrib.auth.models import User

_BY_PROGRESS = [
    Version.Status.COMPLETED,
    Version.Status.GENERATING,
    Version.Status.READY,
    Version.Status.PREPARING,
    Version.Status.FAILED,
]


def settle_statuses(asset: Asset, *, cause: str, alone: Mapping[str, tuple[str, str]] | None = None) -> None:
    """Update every dubbing's and the asset's status from the versions.

    Call it with the asset locked: two results kept at once would otherwise each see the other still open.
    ``alone``: its languages that were sent separately, if the caller has loaded them.
    """
    dubbings = list(asset.dubbings.prefetch_related("versions__results"))
    doubtful = {dubbing.locale for dubbing in dubbings if dubbing.warning}
    if alone is None:
        alone = Submission.objects.sent_alone(asset.pk)
    for dubbing in dubbings:
        # The outcome of the whole asset says nothing about a language that was sent separately.
        failure = alone.get(dubbing.locale, (asset.error_code, asset.error_message))
        _settle_dubbing(asset, dubbing, failure, cause)
    _note_lengths(asset, doubtful, {dubbing.locale for dubbing in dubbings if dubbing.warning})
    outlooks = {outlook(asset, dubbing) for dubbing in dubbings}
    status = asset_status(outlooks)
    _note_waiting(asset, waits=status == Asset.Status.DUBBING and bool(outlooks & FOR_A_PERSON))
    if status != asset.status and asset.status in Asset.MIRRORED:
        Asset.objects.move(asset, status, cause=cause, **_times(asset, status))


def _note_waiting(asset: Asset, *, waits: bool) -> None:
    """Store whether it waits for a person, for lists, which do not load versions. A finished asset's status says it."""
    if waits != asset.waits_for_person:
        Asset.objects.filter(pk=asset.pk).update(waits_for_person=waits)
        asset.waits_for_person = waits


def _note_lengths(asset: Asset, before: set[str], now: set[str]) -> None:
    """Store length warnings, for lists. A person's confirmation of earlier lengths holds until a new warning."""
    check = bool(now) if now - before or not now else asset.check_length
    if check != asset.check_length:
        Asset.objects.filter(pk=asset.pk).update(check_length=check)
        asset.check_length = check


def say_length_is_right(asset: Asset, user: User) -> None:
    """Record that a person watched a result of doubtful length to its end, and that it needs no more attention."""
    with transaction.atomic():
        if Asset.objects.filter(pk=asset.pk, check_length=True).update(check_length=False):
            Event.objects.record(asset, Event.Kind.LENGTH_CHECKED, actor=user, cause="person")


def _times(asset: Asset, status: str) -> dict[str, Any]:
    now = timezone.now()
    if status in Asset.FINAL:
        return {"finished_at": now}
    if asset.status in Asset.FINAL:  # revised, or a language was added: its time starts again
        return {"finished_at": None} | lateness.deadlines(asset, asset.dubbings.count(), now)
    return {}


class Outlook(StrEnum):
    """What can be expected of a language. Pages, the command line and the asset's status all use it."""

    MOVES = "moves"
    """In progress or about to be: the final video is generated automatically if one was requested."""
    EDITING = "editing"
    """Ready to be edited in the studio, as requested."""
    SOMEBODY = "somebody"
    """A final video was requested, and does not come until a person has it generated in the studio."""
    DONE = "done"
    FAILED = "failed"


FOR_A_PERSON = {Outlook.EDITING, Outlook.SOMEBODY}


def outlook(asset: Asset, dubbing: Dubbing) -> Outlook:
    """What comes next for a language loaded with its versions and their results."""
    if dubbing.status == Dubbing.Status.COMPLETED:
        return Outlook.DONE
    if dubbing.status == Dubbing.Status.FAILED:
        return Outlook.FAILED
    if dubbing.status != Dubbing.Status.READY:
        return Outlook.MOVES
    if dubbing.as_sent(asset).auto_generate == Asset.AutoGenerate.OFF:
        return Outlook.EDITING
    return Outlook.SOMEBODY if _needs_somebody(dubbing) else Outlook.MOVES


def _needs_somebody(dubbing: Dubbing) -> bool:
    """Whether there was a final video, or generating it failed: then only a person can have another generated."""
    versions = [live for live in dubbing.versions.all() if not live.superseded]
    version = leading(versions)
    made = any(live.results.all() for live in versions)
    return made or (version is not None and (version.by_hand or bool(version.error_code)))


def asset_status(languages: Iterable[Outlook]) -> str:
    """The asset's status, from what can be expected of its languages."""
    outlooks = set(languages)
    if not outlooks or Outlook.MOVES in outlooks:
        return Asset.Status.DUBBING
    if outlooks & FOR_A_PERSON:
        return Asset.Status.READY
    if outlooks == {Outlook.DONE}:
        return Asset.Status.COMPLETED
    return Asset.Status.FAILED if outlooks == {Outlook.FAILED} else Asset.Status.PARTLY_DONE


def _settle_dubbing(asset: Asset, dubbing: Dubbing, failure: tuple[str, str], cause: str) -> None:
    version = leading(list(dubbing.versions.all()))
    status, code, message = _dubbing_state(dubbing, version, failure)
    warning = _warning(version) if status == Dubbing.Status.COMPLETED else ""
    changes = {"status": status, "error_code": code, "error_message": message, "warning": warning}
    before = {name: getattr(dubbing, name) for name in changes}
    if changes == before:
        return
    Dubbing.objects.filter(pk=dubbing.pk).update(**changes, changed_at=timezone.now())
    for name, value in changes.items():
        setattr(dubbing, name, value)
    if status != before["status"]:
        data: dict[str, Any] = {"from": before["status"], "to": status} | ({"warning": warning} if warning else {})
        Event.objects.record(asset, Event.Kind.DUBBING_STATUS, cause=cause, locale=dubbing.locale, **data)


def _warning(version: Version | None) -> str:
    """What people should check about the newest result; empty for nothing."""
    results = sorted(version.results.all(), key=lambda result: result.pk) if version else []
    return str(next(iter(results[-1].warnings), ""))[:40] if results else ""


def leading(versions: list[Version]) -> Version | None:
    """The version that counts: the one furthest along, since snapshots and parallel edits can exist beside it.

    Versions of earlier attempts do not count. Returns None if there is none.
    """
    current = [version for version in versions if not version.superseded]
    return min(
        current, key=lambda version: (_BY_PROGRESS.index(Version.Status(version.status)), -version.pk), default=None
    )


def _is_being_compared(version: Version) -> bool:
    """Whether we have a result from after it was last generated, and only check that it is still the same."""
    return any(result.checked_at > version.changed_at for result in version.results.all())


def _dubbing_state(dubbing: Dubbing, version: Version | None, failure: tuple[str, str]) -> tuple[str, str, str]:
    """Status, error code and message. ``failure``: code and message of the request that it was part of."""
    if version is not None and version.status == Version.Status.COMPLETED:
        if version.keep == Version.Keep.PLACEHOLDER:
            return Dubbing.Status.FAILED, "placeholder", ""
        kept = version.keep == Version.Keep.KEPT or _is_being_compared(version)
        return (Dubbing.Status.COMPLETED if kept else Dubbing.Status.KEEPING), "", ""
    if version is not None and version.status == Version.Status.FAILED:
        return Dubbing.Status.FAILED, version.error_code or "version_failed", version.error_message
    if failure[0]:
        return Dubbing.Status.FAILED, *failure
    if version is None:
        return dubbing.status, dubbing.error_code, dubbing.error_message
    return version.status, version.error_code, version.error_message
