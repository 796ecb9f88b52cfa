"""One paid request: claimed, written ahead, sent, and its answer classified."""

from __future__ import annotations

import hashlib
import secrets
import time
import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from dubbing import pace, storage
from dubbing.models import Asset, Dubbing, Event, Hold, Submission, Upload
from dubbing.providers import base

# A worker that dies is noticed after this; renewed while bytes go out. After the last byte the provider may take
# its time to answer, so the lease outlasts the client's deadline for it. Seconds.
LEASE, LEASE_FOR_ANSWER = 120.0, 400.0
TRIES_BEFORE_HOLD = 5
ATTEMPTS = 3

_HOLD_REASONS: dict[type[base.ProviderError], str] = {
    base.KeyRejected: Hold.Reason.KEY,
    base.AccountLimited: Hold.Reason.ACCOUNT,
    base.Throttled: Hold.Reason.THROTTLED,
}


def send(submission_id: int, *, provider: base.Provider) -> bool:
    """Send a READY submission if nobody else does. True when a request went out.

    The row says SENDING before the first byte leaves, and no transaction is open while the provider is asked.
    """
    due = Submission.objects.filter(
        status=Submission.Status.READY, needs_person=False, next_at__lte=timezone.now(), asset__provider=provider.name
    )
    if not due.filter(pk=submission_id).exists() or not _admitted(submission_id, provider):
        return False
    token = secrets.token_urlsafe(32)
    lease = due.claim(
        submission_id,
        seconds=LEASE,
        status=Submission.Status.SENDING,
        sent_at=timezone.now(),
        sent_bytes=0,
        tries=F("tries") + 1,
        token_hash=hash_token(token),
    )
    if lease is None:
        return False
    _Sender(submission_id, lease, provider).send(token)
    return True


def hash_token(token: str) -> str:
    """What we store of a callback token; the token itself only travels."""
    return hashlib.sha256(token.encode()).hexdigest()


def accept(submission: Submission, remote_id: str, *, cause: str) -> bool:
    """Bind the submission, and the asset it creates, to the provider's id. False when that is not possible.

    Needs no lease: whoever learns the id first, by answer, callback or listing, binds it, and all learn the same one.
    """
    try:
        with transaction.atomic():
            return _bind(submission, remote_id, cause)
    except IntegrityError:
        # Another asset of ours has this remote id: two of our rows cannot share one; a person has to look.
        needs_person(submission, f"remote id {remote_id} belongs to another asset")
        return False


def needs_person(submission: Submission, why: str) -> None:
    """Stop, and have ops decide in the admin."""
    open_rows = Submission.objects.filter(pk=submission.pk, status__in=Submission.OPEN)
    if open_rows.update(needs_person=True, status=Submission.Status.UNKNOWN, error_message=why):
        Event.objects.record(submission.asset, Event.Kind.NEEDS_PERSON, cause="settle", why=why)


def lose(submission: Submission, lease: uuid.UUID | None, why: str, *, cause: str) -> bool:
    """The outcome is unknown from now on: it will be looked for, and nothing is sent meanwhile."""
    rows = Submission.objects.filter(pk=submission.pk, status=Submission.Status.SENDING)
    if lease is not None:
        rows = rows.filter(lease_token=lease)
    with transaction.atomic():
        soon = timezone.now() + pace.next_search(0)
        changes = {"status": Submission.Status.UNKNOWN, "next_at": soon, "lease_token": None, "lease_until": None}
        if not rows.update(error_message=why, **changes):
            return False
        asset = submission.asset
        Event.objects.record(asset, Event.Kind.ANSWER_LOST, cause=cause, reference=submission.reference, why=why)
        if submission.kind == Submission.Kind.CREATE:
            Asset.objects.move(asset, Asset.Status.UNCONFIRMED, cause=cause)
    return True


def _bind(submission: Submission, remote_id: str, cause: str) -> bool:
    rows = Submission.objects.filter(pk=submission.pk, status__in=Submission.OPEN)
    won = rows.update(
        status=Submission.Status.ACCEPTED, remote_id=remote_id, needs_person=False, lease_token=None, lease_until=None
    )
    if not won:
        return False
    asset = Asset.objects.get(pk=submission.asset_id)
    now = timezone.now()
    changes: dict[str, Any] = {"next_poll_at": now, "poll_count": 0, "finished_at": None}
    changes["late_at"] = now + pace.lateness(asset.trimmed_duration)
    if not asset.remote_id:
        changes["remote_id"] = remote_id
    Dubbing.objects.filter(asset=asset, locale__in=submission.locales, status=Dubbing.Status.PENDING).update(
        status=Dubbing.Status.PREPARING, changed_at=now
    )
    data: dict[str, Any] = {"reference": submission.reference, "remote_id": remote_id}
    Event.objects.record(asset, Event.Kind.ACCEPTED, cause=cause, **data)
    Asset.objects.move(asset, Asset.Status.DUBBING, cause=cause, **changes)
    return True


def _admitted(submission_id: int, provider: base.Provider) -> bool:
    if Hold.objects.admits(provider.name):
        return True
    hold = Hold.objects.filter(provider=provider.name).first()
    if hold:
        Submission.objects.free().filter(pk=submission_id, status=Submission.Status.READY).update(
            next_at=hold.next_try_at + pace.next_try(2)
        )
        submission = Submission.objects.select_related("asset").get(pk=submission_id)
        _show_held(submission, hold.reason)
    return False


def _show_held(submission: Submission, reason: str) -> None:
    if submission.kind == Submission.Kind.CREATE and submission.asset.status == Asset.Status.SUBMITTING:
        Event.objects.record(submission.asset, Event.Kind.HELD, cause="send", reason=reason)
        Asset.objects.move(submission.asset, Asset.Status.HELD, cause="send")


class _Sender:
    """The holder of one submission's lease, while it talks to the provider."""

    def __init__(self, submission_id: int, lease: uuid.UUID, provider: base.Provider) -> None:
        self.submission = Submission.objects.select_related(
            "asset", "asset__source", "asset__background", "asset__project"
        ).get(pk=submission_id)
        self.asset = self.submission.asset
        self.lease = lease
        self.provider = provider
        self.total = self.asset.source.size if self.asset.source else 0
        self._renewed = time.monotonic()

    def send(self, token: str) -> None:
        """Ask, and write the outcome down."""
        Asset.objects.move(self.asset, Asset.Status.SUBMITTING, cause="send")
        try:
            remote = self._ask(token)
        except base.SendAborted:
            return  # somebody else settles it by now
        except base.Rejected as error:
            self._refuse(error)
        except base.OnHold as error:
            self._hold(error, _HOLD_REASONS[type(error)])
        except base.NotSent as error:
            self._not_sent(error)
        except base.ProviderError as error:
            lose(self.submission, self.lease, str(error), cause="send")
        else:
            Hold.objects.lift(self.provider.name)
            accept(self.submission, remote.remote_id, cause="send")

    def _ask(self, token: str) -> base.RemoteAsset:
        if self.submission.kind == Submission.Kind.CREATE:
            return self.provider.create_asset(self._order(token), progress=self._progress)
        # The natural key of an addition is (asset, locale): what is there already is not asked for again.
        remote = self.provider.fetch_asset(self.asset.remote_id)
        present = {dubbing.locale for dubbing in remote.dubbings}
        targets = tuple(target for target in self._targets() if target.locale not in present)
        if not targets:
            return remote
        return self.provider.add_locales(
            self.asset.remote_id, targets, auto_generate=self.submission.auto_generate, progress=self._progress
        )

    def _order(self, token: str) -> base.AssetOrder:
        asset = self.asset
        callback_url = f"{settings.PORTAL_URL}/callbacks/{self.provider.name}/{token}/"
        able = self.provider.capabilities.callbacks and self.provider.reachable(callback_url)
        lips = asset.auto_generate == Asset.AutoGenerate.WITH_LIPS
        return base.AssetOrder(
            # The reference comes first: whatever a provider does to long names, the start survives.
            name=f"[{self.submission.reference}] {asset.name}"[:200],
            locale=asset.source_locale,
            targets=self._targets(),
            media_url=asset.media_url or None,
            video=_local_file(asset.source),
            background_url=asset.background_url or None,
            background=_local_file(asset.background),
            callback_url=callback_url if able else None,
            speakers=asset.speakers,
            start=asset.start,
            end=asset.end,
            auto_generate=asset.auto_generate,
            lips_model=asset.lips_model if lips else None,
            voice_anonymization=asset.voice_anonymization,
            source_srt=asset.source_srt or None,
        )

    def _targets(self) -> tuple[base.Target, ...]:
        rows = self.asset.dubbings.filter(locale__in=self.submission.locales)
        return tuple(base.Target(row.locale, row.srt or None) for row in rows)

    def _progress(self, sent: int) -> None:
        """Prove that the lease is still ours, right before the first byte and while bytes go out."""
        finished = self.total > 0 and sent >= self.total
        if sent and not finished and time.monotonic() - self._renewed < 2:
            return
        seconds = LEASE_FOR_ANSWER if finished else LEASE
        if not Submission.objects.renew(self.submission.pk, self.lease, seconds=seconds, sent_bytes=sent):
            raise base.SendAborted
        self._renewed = time.monotonic()

    def _refuse(self, error: base.ProviderError) -> None:
        with transaction.atomic():
            told = {"error_status": error.status, "error_message": error.reason, "error_code": "refused"}
            if not Submission.objects.release(self.submission.pk, self.lease, status=Submission.Status.REFUSED, **told):
                return
            Event.objects.record(
                self.asset, Event.Kind.REFUSED, cause="send", words=error.reason, http_status=error.status
            )
            if self.submission.kind == Submission.Kind.CREATE:
                shown: dict[str, Any] = {"error_code": "refused", "error_message": error.reason}
                Asset.objects.move(self.asset, Asset.Status.REFUSED, cause="send", **shown)
            else:
                self._drop_refused_locales(error.reason)

    def _drop_refused_locales(self, words: str) -> None:
        pending = self.asset.dubbings.filter(locale__in=self.submission.locales, status=Dubbing.Status.PENDING)
        pending.update(status=Dubbing.Status.FAILED, error_code="refused", error_message=words)
        Asset.objects.mark(self.asset.pk)

    def _hold(self, error: base.ProviderError, reason: str) -> None:
        """Nothing is wrong with this submission: everything to this provider waits."""
        Hold.objects.put(self.provider.name, reason, error.reason, seconds=error.retry_after)
        wait = max(error.retry_after or 0, 1 if reason == Hold.Reason.THROTTLED else Hold.TRY_EVERY_SECONDS)
        self._again(timedelta(seconds=wait) + pace.next_try(0), error)
        _show_held(self.submission, reason)

    def _not_sent(self, error: base.ProviderError) -> None:
        if self.submission.tries >= TRIES_BEFORE_HOLD:
            Hold.objects.put(self.provider.name, Hold.Reason.DOWN, error.reason)
            _show_held(self.submission, Hold.Reason.DOWN)
        self._again(pace.next_try(self.submission.tries), error)

    def _again(self, wait: timedelta, error: base.ProviderError) -> None:
        told = {"error_status": error.status, "error_message": error.reason, "next_at": timezone.now() + wait}
        Submission.objects.release(self.submission.pk, self.lease, status=Submission.Status.READY, **told)


def _local_file(upload: Upload | None) -> base.LocalFile | None:
    if upload is None:
        return None
    return base.LocalFile(storage.path(upload.key), upload.name, upload.content_type or "application/octet-stream")
