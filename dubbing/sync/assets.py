"""Look at one asset at the provider, and write down what is there."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Case, DateTimeField, F, Max, When
from django.utils import timezone

from dubbing import pace
from dubbing.models import Asset, Callback, Dubbing, Event, Hold, Result, Submission, Version
from dubbing.providers import base, capabilities
from dubbing.sync.progress import settle_statuses

log = logging.getLogger(__name__)

LEASE = 120.0
# A finished asset is still looked at daily for a week: nobody tells us when a version is revised in the studio.
DAILY_FOR = timedelta(days=7)
# A kept result is not asked about again sooner than this, unless a callback names it.
KEPT_LOOK = timedelta(seconds=60)
# Made again between two looks, with its callbacks lost, a result looks as if nothing had happened: compared daily.
COMPARE_AFTER = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Hints:
    """The callbacks that a look answers: those that were there before it began."""

    rows: tuple[Callback, ...]

    @property
    def about(self) -> set[str]:
        """The versions they name. An empty text among them: one that names none, so it may be about any."""
        return {row.remote_version_id for row in self.rows}

    def generated(self, remote_id: str) -> datetime | None:
        """When we were last told that this version was generated."""
        told = (row for row in self.rows if (row.event, row.remote_version_id) == ("version_generated", remote_id))
        return max((row.last_received_at for row in told), default=None)

    def failed(self, remote_id: str) -> bool:
        """Whether we were told that making this version's final video failed."""
        told = ("version_generate_failed", remote_id)
        return any((row.event, row.remote_version_id) == told for row in self.rows)

    def ahead_of(self, versions: dict[str, base.RemoteVersion]) -> bool:
        """Whether they tell of a final video that the provider does not show yet."""
        done = {one for one, told in versions.items() if told.state is base.VersionState.COMPLETED}
        return any(row.event == "version_generated" and row.remote_version_id not in done for row in self.rows)

    def close(self) -> None:
        """Note that they were looked into, but for those that came once more meanwhile."""
        for row in self.rows:
            Callback.objects.filter(pk=row.pk, count=row.count).update(processed_at=timezone.now())


@dataclass(frozen=True, slots=True)
class Look:
    """What one look brought: the remote asset, or the jobs it is made of, by locale ("" for all of them)."""

    assets: dict[str, base.RemoteAsset]
    versions: dict[str, base.RemoteVersion]
    hints: Hints


def sync_asset(asset_id: int, *, provider: base.Provider, cause: str) -> bool:
    """Fetch the asset and its versions, and make our rows say the same. True when somebody should look again now.

    Single flight: while one looks, the others only leave their mark. The answer counts only if the lease is still
    ours when it is written (an old answer that arrives late changes nothing).
    """
    due = Asset.objects.due_for_sync().filter(provider=provider.name)
    # What is told again while we look is looked into once more, but not at once.
    lease = due.claim(asset_id, seconds=LEASE, next_poll_at=timezone.now() + Asset.BETWEEN_REPEATS)
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
    hints = Hints(tuple(_unanswered(asset)))
    remotes: dict[str, base.RemoteAsset] = {}
    jobs = asset.submissions.filter(kind=Submission.Kind.CREATE, status=Submission.Status.ACCEPTED)
    for locale, remote_id in jobs.values_list("locale", "remote_id"):
        if not Asset.objects.renew(asset.pk, lease, seconds=LEASE):
            return None
        with _by_itself(asset, remote_id, one_of_several=bool(locale)):
            remotes[locale] = provider.fetch_asset(remote_id)
    versions: dict[str, base.RemoteVersion] = {}
    for remote_id in _worth_asking(asset, remotes.values(), hints):
        if not Asset.objects.renew(asset.pk, lease, seconds=LEASE):
            return None
        with suppress(base.NotFound), _by_itself(asset, remote_id, one_of_several="" not in remotes):
            versions[remote_id] = provider.fetch_version(remote_id)
    if Hold.objects.lift(provider.name, reasons=[Hold.Reason.DOWN]):
        Submission.objects.wake(provider.name)
    return Look(remotes, versions, hints)


@contextmanager
def _by_itself(asset: Asset, remote_id: str, *, one_of_several: bool) -> Iterator[None]:
    """One job's trouble is not that of its siblings; what concerns the whole provider is, and goes on."""
    try:
        yield
    except base.ProviderError as error:
        log.warning("%s of asset %s could not be looked at: %s", remote_id, asset.pk, error)
        if not one_of_several or isinstance(error, base.OnHold | base.NotSent):
            raise


def _unanswered(asset: Asset) -> Iterable[Callback]:
    return Callback.objects.filter(submission__asset=asset, processed_at=None).defer("body").order_by("pk")


def _worth_asking(asset: Asset, remotes: Iterable[base.RemoteAsset], hints: Hints) -> Iterable[str]:
    recent = Version.objects.filter(
        dubbing__asset=asset, keep=Version.Keep.KEPT, looked_at__gt=timezone.now() - KEPT_LOOK
    )
    quiet = set() if "" in hints.about else set(recent.values_list("remote_id", flat=True)) - hints.about
    ids = [remote_id for remote in remotes for dubbing in remote.dubbings for remote_id in dubbing.version_ids]
    return [remote_id for remote_id in dict.fromkeys(ids) if remote_id not in quiet]


def _could_not(asset: Asset, lease: uuid.UUID, error: base.ProviderError) -> None:
    wait = timezone.now() + max(_pause(asset, asset.poll_count), timedelta(seconds=error.retry_after or 0))
    Asset.objects.release(asset.pk, lease, next_poll_at=wait, poll_count=F("poll_count") + 1)
    log.warning("asset %s could not be looked at: %s", asset.pk, error)
    if asset.poll_count == 0:
        Event.objects.record(asset, Event.Kind.SYNC_FAILED, cause="sync", why=error.reason)


def _write(seen: Asset, lease: uuid.UUID, look: Look, cause: str) -> bool:
    with transaction.atomic():
        asset = Asset.objects.locked(seen.pk)
        if asset.lease_token != lease:
            return False
        before = _picture(asset)
        for locale, remote in look.assets.items():
            if not locale:
                _apply_asset(asset, remote)
            for remote_dubbing in remote.dubbings:
                _apply_dubbing(asset, remote_dubbing, remote_dubbing.locale or locale, look, cause)
        settle_statuses(asset, cause=cause)
        _tell(asset, look.hints)
        look.hints.close()
        changed = before != _picture(asset) or look.hints.ahead_of(look.versions)
        return _release(asset, seen, lease, changed=changed)


def _tell(asset: Asset, hints: Hints) -> None:
    """Have the timeline say that the provider called, once for all calls that this look answers."""
    if hints.rows:
        events = sorted({row.event for row in hints.rows})
        Event.objects.record(asset, Event.Kind.CALLBACK, cause="callback", events=events)


def _picture(asset: Asset) -> list[tuple[object, ...]]:
    """What a change would change."""
    versions = Version.objects.filter(dubbing__asset=asset)
    return [(asset.status, asset.remote_status), *versions.values_list("pk", "remote_status", "progress", "keep")]


def _release(asset: Asset, seen: Asset, lease: uuid.UUID, *, changed: bool) -> bool:
    """Give the asset back with its next look-at time, or with that of a mark that was made while we looked."""
    now = timezone.now()
    looks = 0 if changed else seen.poll_count + 1
    unmarked = When(dirty_seq=seen.dirty_seq, then=_next_look(asset, looks, now))
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
    return pace.next_poll(looks, told=capabilities(asset.provider).promises_callbacks)


def _next_look(asset: Asset, looks: int, now: datetime) -> datetime | None:
    if asset.status not in Asset.FINAL:
        return now + _pause(asset, looks)
    finished = asset.finished_at or now
    return now + timedelta(days=1) if now - finished < DAILY_FOR else None


def _apply_asset(asset: Asset, remote: base.RemoteAsset) -> None:
    error = remote.error if remote.failed else None
    changes = {
        "remote_status": remote.status[:40],
        "duration": remote.duration if remote.duration is not None else asset.duration,
        "error_code": ((error.code[:60] if error else "") or "failed") if remote.failed else "",
        "error_message": error.message if error else "",
    }
    Asset.objects.filter(pk=asset.pk).update(**changes)
    for name, value in changes.items():
        setattr(asset, name, value)


def _apply_dubbing(asset: Asset, remote: base.RemoteDubbing, named: str, look: Look, cause: str) -> None:
    locale = named[:20]
    dubbing = asset.dubbings.filter(locale__iexact=locale).first()
    if dubbing is None:  # added in the provider's own studio
        dubbing = Dubbing.objects.create(asset=asset, locale=locale, status=Dubbing.Status.PREPARING)
        Event.objects.record(asset, Event.Kind.LOCALES_ADDED, cause=cause, locale=locale, locales=[locale])
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
            _apply_version(asset, version, told, look.hints)
    if remote.version_ids:  # none at all only means that the provider is not ready to list them
        _end_removed(dubbing, remote.version_ids)


def _end_removed(dubbing: Dubbing, remote_ids: tuple[str, ...]) -> None:
    """Versions that others took the place of can never get any further; what we kept of them stays."""
    removed = dubbing.versions.exclude(remote_id__in=remote_ids).exclude(keep=Version.Keep.KEPT)
    removed.exclude(status=Version.Status.FAILED).update(
        status=Version.Status.FAILED,
        error_code="removed",
        error_message="The provider does not have this version any more.",
        keep=Version.Keep.NONE,
        next_keep_at=None,
        changed_at=timezone.now(),
    )


def _apply_version(asset: Asset, version: Version, told: base.RemoteVersion, hints: Hints) -> None:
    if told.state is None and told.status[:40] != version.remote_status:
        Event.objects.record(asset, Event.Kind.UNKNOWN_WORD, cause="sync", word=told.status[:40])
    status = told.state.value if told.state else version.status
    now = timezone.now()
    changes: dict[str, object] = {
        "status": status,
        "remote_status": told.status[:40],
        "progress": told.progress,
        "studio_url": (told.studio_url or version.studio_url)[:2000],
        **_error(version, told, status, hints),
        "looked_at": now,
    }
    if status != version.status:
        changes["changed_at"] = now
    hinted = hints.generated(version.remote_id)
    Version.objects.filter(pk=version.pk).update(**changes, **_keep_changes(version, status, hinted, now))


def _error(version: Version, told: base.RemoteVersion, status: str, hints: Hints) -> dict[str, object]:
    """What went wrong: as the version says, as a callback said, or as we knew while nothing has moved since."""
    if told.error:
        usual = "version_generate_failed" if status == Version.Status.READY else "version_failed"
        return {"error_code": told.error.code[:60] or usual, "error_message": told.error.message}
    if hints.failed(version.remote_id) and status in (Version.Status.READY, Version.Status.FAILED):
        return {"error_code": "version_generate_failed", "error_message": ""}
    return {} if status == version.status else {"error_code": "", "error_message": ""}


def _keep_changes(version: Version, status: str, hinted: datetime | None, now: datetime) -> dict[str, object]:
    """What the new status means for our copy: make one, make a newer one, or stop trying."""
    if status != Version.Status.COMPLETED:
        return {"keep": Version.Keep.NONE, "keep_attempts": 0, "next_keep_at": None, "keep_problem": ""}
    start = {"keep": Version.Keep.WAITING, "keep_attempts": 0, "next_keep_at": now, "keep_problem": ""}
    if version.keep == Version.Keep.NONE:
        return start
    last = Result.objects.filter(version=version).aggregate(at=Max("checked_at"))["at"]
    if version.keep != Version.Keep.KEPT or last is None:
        return {}
    told_since = hinted is not None and hinted > last
    return start if told_since or now - last > COMPARE_AFTER else {}
