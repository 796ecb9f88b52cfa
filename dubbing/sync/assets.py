"""Sync one asset: fetch it from the provider and write what has changed."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Collection, Container, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import transaction
from django.db.models import Case, DateTimeField, F, Max, When
from django.utils import timezone
from django.utils.translation import gettext

from dubbing.models import Asset, Callback, Dubbing, Event, Hold, Result, Submission, Version
from dubbing.platform import backoff, locales, measurements
from dubbing.providers import base, capabilities
from dubbing.sync import lengths
from dubbing.sync.progress import settle_statuses

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")

LEASE = 120.0
# A finished asset is synced daily for a week, since no callback says that a version was revised in the studio.
DAILY_FOR = timedelta(days=7)
# A kept result is not checked again sooner than this, unless a callback names it.
KEPT_LOOK = timedelta(seconds=60)
# A result that was generated again between two syncs, with its callbacks lost, looks unchanged: compare it daily.
COMPARE_AFTER = timedelta(hours=12)
# Seconds that one sync may spend on lost answers, so that a hanging provider does not block a worker.
PATIENCE = 100.0
REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Hints:
    """The callbacks that a sync answers: those that were there before it began."""

    rows: tuple[Callback, ...]

    @property
    def about(self) -> set[str]:
        """The ids of the versions they name. An empty text: a callback names none, so it may be about any of them."""
        return {row.remote_version_id for row in self.rows}

    def answered(self, unread: Collection[str]) -> Hints:
        """Without callbacks about what could not be read: the next sync has to answer those."""
        left = [row for row in self.rows if row.remote_version_id in unread or (unread and not row.remote_version_id)]
        return Hints(tuple(row for row in self.rows if row not in left))

    def generated(self, remote_id: str) -> datetime | None:
        """When a callback last said that this version was generated; None if none did."""
        callbacks = (row for row in self.rows if (row.event, row.remote_version_id) == ("version_generated", remote_id))
        return max((row.last_received_at for row in callbacks), default=None)

    def failed(self, remote_id: str) -> str:
        """The event that said that this version, or generating its final video, failed; else an empty text."""
        about = [row.event for row in self.rows if row.remote_version_id == remote_id]
        return next((event for event in ("version_generate_failed", "version_failed") if event in about), "")

    def ahead_of(self, versions: dict[str, base.RemoteVersion]) -> bool:
        """Whether they tell of a final video that the provider does not show yet."""
        done = {version_id for version_id, remote in versions.items() if remote.state is base.VersionState.COMPLETED}
        return any(row.event == "version_generated" and row.remote_version_id not in done for row in self.rows)

    def close(self) -> None:
        """Mark them as answered, except those that came again meanwhile."""
        now = timezone.now()
        for row in self.rows:
            Callback.objects.filter(pk=row.pk, count=row.count).update(processed_at=now)
            measurements.observe("callback_delay", (now - row.last_received_at).total_seconds())


@dataclass(frozen=True, slots=True)
class Look:
    """What one sync read: the remote asset, or the jobs it consists of, by locale ("" for all of them).

    ``missing``: ids that the provider does not know (any more); ``unread``: why nothing is known of these.
    """

    began: datetime
    assets: dict[str, base.RemoteAsset]
    versions: dict[str, base.RemoteVersion]
    hints: Hints
    missing: dict[str, base.NotFound]
    unread: dict[str, base.ProviderError]

    @property
    def listed(self) -> set[str]:
        """The ids of the versions that the answers list."""
        dubbings = (dubbing for remote in self.assets.values() for dubbing in remote.dubbings)
        return {remote_id for dubbing in dubbings for remote_id in dubbing.version_ids}

    @property
    def patience(self) -> timedelta:
        """How long the provider asked us to wait."""
        return timedelta(seconds=max((error.retry_after or 0 for error in self.unread.values()), default=0))


class _LeaseLost(Exception):
    """Another worker is syncing this asset by now."""


class _Questions:
    """The requests of one sync. One that fails does not prevent the others."""

    def __init__(self, asset: Asset, lease: uuid.UUID) -> None:
        self.missing: dict[str, base.NotFound] = {}
        self.unread: dict[str, base.ProviderError] = {}
        self._asset, self._lease = asset, lease
        self._lost = 0.0
        self._end: base.ProviderError | None = None

    def ask(self, call: Callable[[str], Answer], remote_id: str) -> Answer | None:
        """The answer; None if there is none, and then ``missing`` or ``unread`` says why. Raises _LeaseLost."""
        if self._end:
            self.unread.setdefault(remote_id, self._end)
            return None
        if not Asset.objects.renew(self._asset.pk, self._lease, seconds=LEASE):
            raise _LeaseLost
        began = time.monotonic()
        try:
            answer = call(remote_id)
        except base.NotFound as error:
            self.missing[remote_id] = error
            self.unread.pop(remote_id, None)
            return None
        except base.ProviderError as error:
            self._note(remote_id, error, time.monotonic() - began)
            return None
        self.unread.pop(remote_id, None)
        return answer

    def _note(self, remote_id: str, error: base.ProviderError, took: float) -> None:
        """Record a failed request. Errors of the whole provider, and too much time lost, end the sync."""
        log.warning("could not read %s of asset %s: %s", remote_id, self._asset.pk, error)
        self.unread[remote_id] = error
        self._lost += took
        if isinstance(error, base.OnHold | base.NotSent) or self._lost > PATIENCE:
            self._end = error


def sync_asset(asset_id: int, *, provider: base.Provider, cause: str) -> bool:
    """Fetch the asset and its versions, and update our rows. Return True if it should be synced again now.

    Single flight: while one worker syncs, others only leave their mark. The answer counts only if the lease is still
    ours when it is written, so an old answer that arrives late changes nothing.
    """
    due = Asset.objects.due_for_sync().filter(provider=provider.name)
    # A callback repeated during the sync causes another sync, but not at once.
    lease = due.claim(asset_id, seconds=LEASE, next_poll_at=timezone.now() + Asset.BETWEEN_REPEATS)
    if lease is None:
        return False
    asset = Asset.objects.get(pk=asset_id)
    try:
        look = _look(asset, lease, provider)
    except _LeaseLost:
        return False
    troubles: list[base.ProviderError] = [*look.unread.values(), *look.missing.values()]
    if troubles and not look.assets and not look.versions:
        _could_not(asset, lease, troubles[0])
        return False
    if Hold.objects.lift(provider.name, reasons=[Hold.Reason.DOWN]):
        Submission.objects.wake(provider.name)
    return _write(asset, lease, look, cause)


def _look(asset: Asset, lease: uuid.UUID, provider: base.Provider) -> Look:
    """Read the asset, then each version. Raises _LeaseLost."""
    began, hints, questions = timezone.now(), Hints(tuple(_unanswered(asset))), _Questions(asset, lease)
    remotes: dict[str, base.RemoteAsset] = {}
    jobs = asset.submissions.filter(kind=Submission.Kind.CREATE, status=Submission.Status.ACCEPTED)
    for locale, remote_id in jobs.values_list("locale", "remote_id"):
        remote = questions.ask(provider.fetch_asset, remote_id)
        if remote is not None:
            remotes[locale] = remote
    versions: dict[str, base.RemoteVersion] = {}
    wanted = _worth_asking(asset, remotes.values(), hints, questions)
    _read(wanted, versions, provider, questions)
    if versions:  # retry what was lost, unless everything fails
        _read([version_id for version_id in wanted if version_id in questions.unread], versions, provider, questions)
    return Look(began, remotes, versions, hints, questions.missing, questions.unread)


def _unanswered(asset: Asset) -> Iterable[Callback]:
    return Callback.objects.filter(submission__asset=asset, processed_at=None).defer("body").order_by("pk")


def _read(
    ids: Iterable[str], into: dict[str, base.RemoteVersion], provider: base.Provider, questions: _Questions
) -> None:
    for remote_id in ids:
        version = questions.ask(provider.fetch_version, remote_id)
        if version is not None:
            into[remote_id] = version


def _worth_asking(
    asset: Asset, remotes: Iterable[base.RemoteAsset], hints: Hints, questions: _Questions
) -> Collection[str]:
    """The versions that the answers list, and known versions that no answer lists (any more)."""
    versions = Version.objects.filter(dubbing__asset=asset)
    recent = versions.filter(keep=Version.Keep.KEPT, looked_at__gt=timezone.now() - KEPT_LOOK)
    if asset.asked_at is not None:  # a person wants to know, whatever was read before
        recent = recent.filter(looked_at__gt=asset.asked_at)
    quiet = set() if "" in hints.about else set(recent.values_list("remote_id", flat=True))
    quiet |= set(versions.filter(superseded=True).values_list("remote_id", flat=True))
    quiet -= hints.about
    ids = [remote_id for remote in remotes for dubbing in remote.dubbings for remote_id in dubbing.version_ids]
    known = versions.exclude(error_code=REMOVED).order_by("pk").values_list("remote_id", flat=True)
    # A job is its own version, and was read a moment ago.
    asked = {*questions.missing, *questions.unread}
    return [
        version_id
        for version_id in dict.fromkeys([*ids, *known])
        if version_id not in quiet and version_id not in asked
    ]


def _could_not(asset: Asset, lease: uuid.UUID, error: base.ProviderError) -> None:
    wait = timezone.now() + max(_pause(asset, asset.poll_count), timedelta(seconds=error.retry_after or 0))
    Asset.objects.release(asset.pk, lease, next_poll_at=wait, poll_count=F("poll_count") + 1)
    log.warning("could not read asset %s: %s", asset.pk, error)
    if asset.poll_count == 0:
        Event.objects.record(asset, Event.Kind.SYNC_FAILED, cause="sync", why=error.reason)


def _write(seen: Asset, lease: uuid.UUID, look: Look, cause: str) -> bool:
    with transaction.atomic():
        asset = Asset.objects.locked(seen.pk)
        if asset.lease_token != lease:
            return False
        before = _picture(asset)
        if "" in look.assets:
            _apply_asset(asset, look.assets[""])
        alone = Submission.objects.sent_alone(asset.pk)
        for dubbing, remote, is_current in _paired(asset, look, alone, cause):
            _apply_dubbing(asset, dubbing, remote, look, is_current=is_current)
        _apply_alone(asset, look)
        _apply_unlisted(asset, look)
        settle_statuses(asset, cause=cause, alone=alone)
        answered = look.hints.answered(look.unread)
        _record_callbacks(asset, answered)
        answered.close()
        changed = before != _picture(asset) or answered.ahead_of(look.versions)
        return _release(asset, seen, lease, look, changed=changed)


def _record_callbacks(asset: Asset, hints: Hints) -> None:
    """Record in the timeline that the provider called, once for all callbacks that this sync answers."""
    if hints.rows:
        events = sorted({row.event for row in hints.rows})
        Event.objects.record(asset, Event.Kind.CALLBACK, cause="callback", events=events)


def _picture(asset: Asset) -> list[tuple[object, ...]]:
    """The values by which a change is recognised."""
    versions = Version.objects.filter(dubbing__asset=asset)
    return [(asset.status, asset.remote_status), *versions.values_list("pk", "remote_status", "progress", "keep")]


def _release(asset: Asset, seen: Asset, lease: uuid.UUID, look: Look, *, changed: bool) -> bool:
    """Release the asset with its next sync time, or with that of a mark that was made meanwhile."""
    now = timezone.now()
    looks = 0 if changed else seen.poll_count + 1
    next_look = _next_look(asset, looks, now)
    if look.unread and next_look is not None:
        next_look = max(min(next_look, now + _pause(asset, looks)), now + look.patience)
    trouble = next(iter(look.unread.values()), None) or look.missing.get(asset.remote_id)
    if trouble and looks == 1:  # once, and only if nothing else changes
        Event.objects.record(asset, Event.Kind.SYNC_FAILED, cause="sync", why=trouble.reason)
    unmarked = When(dirty_seq=seen.dirty_seq, then=next_look)
    Asset.objects.release(
        seen.pk,
        lease,
        done_seq=seen.dirty_seq,
        poll_count=looks,
        last_ok_at=now,
        next_poll_at=Case(unmarked, default=F("next_poll_at"), output_field=DateTimeField()),
    )
    return Asset.objects.due_for_sync().filter(pk=seen.pk).exists()


def _pause(asset: Asset, looks: int) -> timedelta:
    return backoff.next_poll(looks, has_callbacks=capabilities(asset.provider).promises_callbacks)


def _next_look(asset: Asset, looks: int, now: datetime) -> datetime | None:
    if asset.status not in Asset.FINAL:
        return now + _pause(asset, looks)
    finished = asset.finished_at or now
    return now + timedelta(days=1) if now - finished < DAILY_FOR else None


def _apply_asset(asset: Asset, remote: base.RemoteAsset) -> None:
    changes = {
        "remote_status": remote.status[:40],
        "duration": lengths.compared(asset, remote.duration) or asset.duration,
        **_failure(remote),
    }
    Asset.objects.filter(pk=asset.pk).update(**changes)
    for name, value in changes.items():
        setattr(asset, name, value)


def _failure(remote: base.RemoteAsset) -> dict[str, str]:
    error = remote.error if remote.failed else None
    code = ((error.code[:60] if error else "") or "failed") if remote.failed else ""
    return {"error_code": code, "error_message": error.message if error else ""}


def _paired(
    asset: Asset, look: Look, alone: Container[str], cause: str
) -> Iterator[tuple[Dubbing, base.RemoteDubbing, bool]]:
    """Pair the dubbings in the answers with ours, however their locales are spelled; new ones are created.

    Yields ours, theirs, and whether the answer is about the current attempt: a language that was sent again separately
    is still listed in the answer about all of them, as it was.
    """
    ours = {dubbing.locale: dubbing for dubbing in asset.dubbings.all()}
    by_version = dict(Version.objects.filter(dubbing__asset=asset).values_list("remote_id", "dubbing__locale"))
    for code, answer in look.assets.items():
        # Each answer separately: two of them may contain the same language in different spellings.
        meant = locales.paired([_named(code, answer, answered) for answered in answer.dubbings], ours)
        for remote in answer.dubbings:
            named = _named(code, answer, remote)
            known = [by_version[version_id] for version_id in remote.version_ids if version_id in by_version]
            locale = meant.get(named) or next(iter(known), "") or named[:20]
            if locale not in ours:
                ours[locale] = _added(asset, locale, cause)
            yield ours[locale], remote, bool(code) or locale not in alone


def _named(code: str, remote: base.RemoteAsset, dubbing: base.RemoteDubbing) -> str:
    """The locale that is meant: a request for a single locale made that one, whatever the answer calls it."""
    return code if code and len(remote.dubbings) == 1 else dubbing.locale


def _added(asset: Asset, locale: str, cause: str) -> Dubbing:
    """Create a language that nobody requested here: added in the provider's studio, or spelled unrecognisably."""
    dubbing = Dubbing.objects.create(asset=asset, locale=locale, status=Dubbing.Status.PREPARING)
    Event.objects.record(asset, Event.Kind.LOCALES_ADDED, cause=cause, locale=locale, locales=[locale])
    return dubbing


def _apply_dubbing(asset: Asset, dubbing: Dubbing, remote: base.RemoteDubbing, look: Look, *, is_current: bool) -> None:
    if is_current and dubbing.status == Dubbing.Status.PENDING:
        Dubbing.objects.filter(pk=dubbing.pk).update(status=Dubbing.Status.PREPARING)
    if is_current and remote.remote_id and remote.remote_id != dubbing.remote_id:
        Dubbing.objects.filter(pk=dubbing.pk).update(remote_id=remote.remote_id)
    for remote_id in remote.version_ids:
        version, _ = Version.objects.get_or_create(
            provider=asset.provider,
            remote_id=remote_id,
            defaults={"dubbing": dubbing, "superseded": not is_current},
        )
        remote_version = look.versions.get(remote_id)
        if remote_version is not None and version.dubbing_id == dubbing.pk:
            _apply_version(asset, version, remote_version, look)


def _apply_alone(asset: Asset, look: Look) -> None:
    """Record why a request for one language failed as a whole, if it made a separate asset at the provider."""
    if not capabilities(asset.provider).several_locales:
        return
    taken = asset.submissions.filter(kind=Submission.Kind.CREATE, status=Submission.Status.ACCEPTED)
    for code, remote in look.assets.items():
        if code:
            taken.filter(locale=code).update(**_failure(remote))


def _apply_unlisted(asset: Asset, look: Look) -> None:
    """Apply what the provider says about versions that no answer lists, as happens while it is not ready to list them.

    If others are listed instead, they took its place: it cannot get any further, but a result that it has still counts.
    """
    listed = look.listed
    known = Version.objects.filter(dubbing__asset=asset, superseded=False).select_related("dubbing")
    for version in known.exclude(remote_id__in=listed):
        remote_version = look.versions.get(version.remote_id)
        replaced = version.dubbing.versions.filter(remote_id__in=listed, superseded=False).exists()
        if remote_version is not None and (not replaced or remote_version.state is base.VersionState.COMPLETED):
            _apply_version(asset, version, remote_version, look)
        elif replaced and (remote_version is not None or version.remote_id in look.missing):
            _end_removed(version)


def _end_removed(version: Version) -> None:
    """End a version that cannot get any further; what we kept of it stays."""
    removed = Version.objects.filter(pk=version.pk).exclude(keep=Version.Keep.KEPT)
    removed.exclude(status=Version.Status.FAILED).update(
        status=Version.Status.FAILED,
        error_code=REMOVED,
        error_message=gettext("The provider no longer has this version."),
        keep=Version.Keep.NONE,
        next_keep_at=None,
        changed_at=timezone.now(),
    )


def _apply_version(asset: Asset, version: Version, remote: base.RemoteVersion, look: Look) -> None:
    if remote.state is None and remote.status[:40] != version.remote_status:
        Event.objects.record(asset, Event.Kind.UNKNOWN_WORD, cause="sync", word=remote.status[:40])
    status = remote.state.value if remote.state else version.status
    now = timezone.now()
    changes: dict[str, object] = {
        "status": status,
        "remote_status": remote.status[:40],
        "progress": remote.progress,
        "studio_url": (remote.studio_url or version.studio_url)[:2000],
        "by_hand": _by_hand(version, remote, status, look.hints),
        **_error(version, remote, status, look.hints),
        "looked_at": look.began,
    }
    if status != version.status:
        changes["changed_at"] = now
    hinted = look.hints.generated(version.remote_id)
    wanted = max((moment for moment in (hinted, asset.asked_at) if moment is not None), default=None)
    Version.objects.filter(pk=version.pk).update(**changes, **_keep_changes(version, status, wanted, now))


_MADE = (Version.Status.GENERATING, Version.Status.COMPLETED)


def _by_hand(version: Version, remote: base.RemoteVersion, status: str, hints: Hints) -> bool:
    """Whether from here on only a person can have the final video generated: it was sent back, or generating failed.

    What a callback said about that is remembered until the video is being generated after all: the version itself may
    say so late, or never.
    """
    if status in _MADE:
        return False
    back = status == Version.Status.READY and version.status in (*_MADE, Version.Status.FAILED)
    return version.by_hand or back or bool(remote.error) or bool(hints.failed(version.remote_id))


def _error(version: Version, remote: base.RemoteVersion, status: str, hints: Hints) -> dict[str, object]:
    """What went wrong: as the version says, as a callback said, or as we knew if nothing has changed since."""
    if remote.error:
        usual = "version_generate_failed" if status == Version.Status.READY else "version_failed"
        return {"error_code": remote.error.code[:60] or usual, "error_message": remote.error.message}
    failed = hints.failed(version.remote_id)
    if failed and status not in _MADE:
        return {"error_code": failed, "error_message": ""}
    is_early = version.status == Version.Status.PREPARING and status not in _MADE
    return {} if status == version.status or is_early else {"error_code": "", "error_message": ""}


def _keep_changes(version: Version, status: str, wanted: datetime | None, now: datetime) -> dict[str, object]:
    """What the new status means for our copy: make one, make a newer one, or stop trying.

    ``wanted``: when a callback last announced a new one, or a person last asked.
    """
    if status != Version.Status.COMPLETED:
        return {"keep": Version.Keep.NONE, "keep_attempts": 0, "next_keep_at": None, "keep_problem": ""}
    start = {"keep": Version.Keep.WAITING, "keep_attempts": 0, "next_keep_at": now, "keep_problem": ""}
    if version.keep == Version.Keep.NONE:
        return start
    last = Result.objects.filter(version=version).aggregate(at=Max("checked_at"))["at"]
    if version.keep != Version.Keep.KEPT or last is None:
        return {}
    wanted_since = wanted is not None and wanted > last
    return start if wanted_since or now - last > COMPARE_AFTER else {}
