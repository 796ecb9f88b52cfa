"""Send one paid request: claim it, record the attempt, send it, and classify the answer."""

from __future__ import annotations

import hashlib
import secrets
import time
import uuid
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from dubbing.models import Asset, Dubbing, Event, Hold, Submission, Upload, sent_settings
from dubbing.models.leases import next_count
from dubbing.platform import backoff, formatting, locales, storage
from dubbing.providers import base
from dubbing.submissions import references
from dubbing.submissions.outcomes import accept, lift, lose, name_candidate, show
from dubbing.uploads.signed_links import source_link

# How long a worker may be silent while bytes go out. After the last byte the provider may take its time to answer, so
# the lease outlasts the client's deadline for it. A killed worker is noticed sooner (`models.heartbeat`). Seconds.
LEASE, LEASE_FOR_ANSWER = 120.0, 400.0
# After this many failed requests in a row, the provider is considered down.
TRIES_BEFORE_HOLD = 5
IN_A_ROW = timedelta(minutes=10)

_HOLD_REASONS: dict[type[base.ProviderError], str] = {
    base.KeyRejected: Hold.Reason.KEY,
    base.AccountLimited: Hold.Reason.ACCOUNT,
    base.Throttled: Hold.Reason.THROTTLED,
}
# A provider that reads a request and refuses it is up and accepts our key.
_DISPROVED_BY_REFUSAL = [Hold.Reason.KEY, Hold.Reason.THROTTLED, Hold.Reason.DOWN]


def send(submission_id: int, *, provider: base.Provider) -> bool:
    """Send a READY submission unless somebody else is sending it. Return True if a request went out.

    The row says SENDING before the first byte leaves, and no transaction is open during the request.
    """
    ready = Submission.objects.filter(status=Submission.Status.READY, needs_person=False)
    if not provider.capabilities.prepares:
        ready = ready.filter(candidate_id="")
    if not ready.filter(pk=submission_id, asset__provider=provider.name, next_at__lte=timezone.now()).exists():
        return False
    admitted = _admitted(submission_id, provider)
    if admitted is None:
        return False
    token = secrets.token_urlsafe(32)
    lease = ready.claim(
        admitted,
        seconds=LEASE,
        status=Submission.Status.SENDING,
        sent_at=timezone.now(),
        sent_bytes=0,
        tries=next_count("tries"),
        token_hash=hash_token(token),
    )
    if lease is None or not _has_room(admitted, lease, provider):
        return False
    _Sender(admitted, lease, provider).send(token)
    return True


def hash_token(token: str) -> str:
    """The hash of a callback token, which is all we store of it."""
    return hashlib.sha256(token.encode()).hexdigest()


def _admitted(submission_id: int, provider: base.Provider) -> int | None:
    """The submission to send now. During a hold, that is at most one a minute, and the one with the smallest upload."""
    hold = Hold.objects.filter(provider=provider.name).first()
    if hold is None:
        return submission_id
    if Hold.objects.admits(provider.name):
        lightest = None if hold.reason == Hold.Reason.THROTTLED else Submission.objects.lightest(provider)
        return lightest or submission_id
    waiting = Submission.objects.free().filter(pk=submission_id, status=Submission.Status.READY)
    with transaction.atomic():
        if waiting.update(next_at=hold.next_try_at + backoff.next_try(2)):
            _show_held(Submission.objects.get(pk=submission_id), hold.reason)
    if not Hold.objects.filter(provider=provider.name).exists():
        Submission.objects.wake(provider.name)  # the hold was lifted meanwhile, before there was anything to wake
    return None


def _has_room(submission_id: int, lease: uuid.UUID, provider: base.Provider) -> bool:
    """Whether it is among the first ``SENDS_AT_ONCE`` requests in progress; if not, it waits for its turn again.

    Each worker claims first and counts afterwards, so several that claim at once never exceed the limit together.
    """
    sending = Submission.objects.filter(status=Submission.Status.SENDING, lease_until__gte=timezone.now())
    first = sending.filter(asset__provider=provider.name).order_by("sent_at", "pk").values_list("pk", flat=True)
    if submission_id in first[: settings.SENDS_AT_ONCE]:
        return True
    turn: dict[str, Any] = {"status": Submission.Status.READY, "sent_at": None, "tries": F("tries") - 1}
    Submission.objects.release(submission_id, lease, **turn, next_at=timezone.now() + backoff.next_try(1))
    return False


def _show_held(submission: Submission, reason: str) -> None:
    if show(submission, Asset.Status.HELD, cause="send"):
        hold = Hold.objects.filter(provider=submission.asset.provider).values_list("pk", flat=True).first()
        Event.objects.record(submission.asset, Event.Kind.HELD, cause="send", reason=reason, hold=hold)


class _Sender:
    """The holder of one submission's lease, while it talks to the provider."""

    def __init__(self, submission_id: int, lease: uuid.UUID, provider: base.Provider) -> None:
        self.submission = Submission.objects.select_related(
            "asset", "asset__source", "asset__background", "asset__project"
        ).get(pk=submission_id)
        self.asset = self.submission.asset
        self.lease = lease
        self.provider = provider
        self.total = self.asset.source.size if self.asset.source and provider.capabilities.uploads else 0
        self._sent = 0
        self._renewed = time.monotonic()

    def send(self, token: str) -> None:
        """Send the request and record the outcome."""
        try:
            with ExitStack() as files:
                remote = self._ask(token, files)
        except base.SendAborted:
            return  # somebody else settles it now
        except base.Rejected as error:
            self._refuse(error)
        except (storage.Unavailable, storage.NoRoom) as error:
            self._no_file(error)
        except base.OnHold as error:
            self._hold(error, _HOLD_REASONS[type(error)])
        except base.NotSent as error:
            self._not_sent(error)
        except base.ProviderError as error:
            self._lost(error)
        else:
            lift(self.provider)
            if not accept(self.submission, remote.remote_id, cause="send"):
                # Settled without us meanwhile. If it was given up for lost, the asset must not be forgotten.
                name_candidate(self.submission, remote.remote_id)

    def _ask(self, token: str, files: ExitStack) -> base.RemoteAsset:
        if self.submission.kind == Submission.Kind.CREATE:
            order = self._order(token, files)
            return self.provider.create_asset(order, progress=self._progress, prepared=self._prepared)
        # The natural key of an addition is (asset, locale): a locale that is already there is not requested again.
        remote = self._asset_before()
        theirs = [dubbing.locale for dubbing in remote.dubbings]
        present = locales.paired(theirs, self.asset.dubbings.values_list("locale", flat=True)).values()
        targets = tuple(target for target in self._targets() if target.locale not in present)
        if not targets:
            return remote
        return self.provider.add_locales(
            self.asset.remote_id, targets, auto_generate=self.submission.auto_generate, progress=self._progress
        )

    def _asset_before(self) -> base.RemoteAsset:
        try:
            return self.provider.fetch_asset(self.asset.remote_id)
        except (base.AnswerLost, base.BadAnswer) as error:
            # Only a read was lost: nothing that costs was requested yet.
            raise base.NotSent(error.reason, call=error.call, status=error.status) from None

    def _order(self, token: str, files: ExitStack) -> base.AssetOrder:
        """What to request. ``files`` stay open until it was sent."""
        asset = sent_settings.applied(self.asset, self.submission.sent_settings)
        can = self.provider.capabilities
        callback_url = f"{settings.PORTAL_URL}/callbacks/{self.provider.name}/{token}/"
        able = can.callbacks and self.provider.reachable(callback_url)
        lips = can.lips and asset.auto_generate == Asset.AutoGenerate.WITH_LIPS
        _check_file(asset.source)
        return base.AssetOrder(
            name=references.name_with(self.submission.reference, asset.name),
            reference=self.submission.reference,
            locale=asset.source_locale,
            targets=self._targets(),
            media_url=asset.media_url or self._link(),
            video=self._local_file(asset.source, files) if can.uploads else None,
            background_url=asset.background_url or None,
            background=self._local_file(asset.background, files),
            callback_url=callback_url if able else None,
            speakers=asset.speakers,
            start=asset.start,
            end=asset.end,
            auto_generate=asset.auto_generate,
            lips_model=asset.lips_model if lips else None,
            voice_anonymization=asset.voice_anonymization if can.voice_anonymization else None,
            source_srt=asset.source_srt or None,
            options=asset.options,
            prepared_id=self.submission.candidate_id if can.prepares else "",
        )

    def _local_file(self, upload: Upload | None, files: ExitStack) -> base.LocalFile | None:
        if upload is None:
            return None
        _check_file(upload)
        try:
            path = files.enter_context(storage.opened(upload.key, on_progress=self._renew))
        except (FileNotFoundError, storage.Damaged) as error:
            raise _gone(upload) from error
        return base.LocalFile(path, upload.name, upload.content_type or "application/octet-stream")

    def _renew(self) -> None:
        if not Submission.objects.renew(self.submission.pk, self.lease, seconds=LEASE):
            raise base.SendAborted

    def _link(self) -> str | None:
        """The address from which the provider fetches our file, if it does not accept uploads."""
        source = self.asset.source
        return source_link(self.submission, source) if source and not self.provider.capabilities.uploads else None

    def _prepared(self, remote_id: str) -> None:
        """Record what the paid step is about to request, so that its outcome can be determined by reading."""
        if not Submission.objects.renew(self.submission.pk, self.lease, seconds=LEASE, candidate_id=remote_id):
            raise base.SendAborted

    def _targets(self) -> tuple[base.Target, ...]:
        rows = self.asset.dubbings.filter(locale__in=self.submission.locales)
        return tuple(base.Target(row.locale, row.srt or None) for row in rows)

    def _progress(self, sent: int) -> None:
        """Check that the lease is still ours, right before the first byte and while bytes go out."""
        self._sent = sent
        finished = self.total > 0 and sent >= self.total
        if sent and not finished and time.monotonic() - self._renewed < 2:
            return
        seconds = LEASE_FOR_ANSWER if finished else LEASE
        with transaction.atomic():
            if not Submission.objects.renew(self.submission.pk, self.lease, seconds=seconds, sent_bytes=sent):
                raise base.SendAborted
            if sent:
                show(self.submission, Asset.Status.SUBMITTING, cause="send")
        self._renewed = time.monotonic()

    def _refuse(self, error: base.ProviderError) -> None:
        error_fields = {"error_status": error.status, "error_message": error.reason, "error_code": "refused"}
        with transaction.atomic():
            if not Submission.objects.release(
                self.submission.pk, self.lease, status=Submission.Status.REFUSED, **error_fields
            ):
                return
            data = {"words": error.reason, "http_status": error.status, "locales": self.submission.locales}
            Event.objects.record(self.asset, Event.Kind.REFUSED, cause="send", **data)
            if self._is_part_of_more():
                self._drop_refused_locales(error.reason)
            if not self._others_are_alive():
                shown: dict[str, Any] = {"error_code": "refused", "error_message": error.reason}
                show(self.submission, Asset.Status.REFUSED, cause="send", **shown)
        if error.status is not None:
            lift(self.provider, reasons=_DISPROVED_BY_REFUSAL)

    def _is_part_of_more(self) -> bool:
        """Whether the asset can exist without what this request asks for."""
        submission = self.submission
        is_resent = self.asset.status in Asset.MIRRORED  # all its languages failed and were sent again
        return bool(submission.locale) or submission.kind == Submission.Kind.ADD_LOCALES or is_resent

    def _others_are_alive(self) -> bool:
        """Whether another locale of the asset may still be dubbed."""
        others = self.asset.submissions.filter(kind=Submission.Kind.CREATE).exclude(pk=self.submission.pk)
        return others.filter(status__in=[*Submission.OPEN, Submission.Status.ACCEPTED]).exists()

    def _drop_refused_locales(self, reason: str) -> None:
        Asset.objects.locked(self.asset.pk)
        pending = self.asset.dubbings.filter(locale__in=self.submission.locales, status=Dubbing.Status.PENDING)
        pending.update(status=Dubbing.Status.FAILED, error_code="refused", error_message=reason)
        Asset.objects.mark(self.asset.pk)

    def _hold(self, error: base.ProviderError, reason: str) -> None:
        """Put the provider on hold: nothing is wrong with this submission, and everything for this provider waits."""
        Hold.objects.put(self.provider.name, reason, error.reason, seconds=error.retry_after)
        wait = max(error.retry_after or 0, 1 if reason == Hold.Reason.THROTTLED else Hold.TRY_EVERY_SECONDS)
        self._send_later(timedelta(seconds=wait) + backoff.next_try(0), error, held=reason)

    def _no_file(self, error: OSError) -> None:
        """Wait until we can read the file to send. The provider has nothing to do with it."""
        self._send_later(backoff.next_try(self.submission.tries), base.NotSent(error.strerror or str(error)), held="")

    def _not_sent(self, error: base.ProviderError) -> None:
        down = self.submission.tries >= TRIES_BEFORE_HOLD
        if down:
            Hold.objects.put(self.provider.name, Hold.Reason.DOWN, error.reason)
        self._send_later(backoff.next_try(self.submission.tries), error, held=Hold.Reason.DOWN if down else "")

    def _send_later(self, wait: timedelta, error: base.ProviderError, *, held: str) -> None:
        error_fields: dict[str, Any] = {"error_status": error.status, "error_message": error.reason}
        error_fields["next_at"] = timezone.now() + wait
        with transaction.atomic():
            ours = Submission.objects.release(
                self.submission.pk, self.lease, status=Submission.Status.READY, **error_fields
            )
            if ours and held:
                _show_held(self.submission, held)

    def _lost(self, error: base.ProviderError) -> None:
        ours = Submission.objects.held(self.submission.pk, self.lease)
        lose(ours, self.submission, str(error), cause="send", sent_bytes=self._sent)
        if self._nothing_works():
            Hold.objects.put(self.provider.name, Hold.Reason.DOWN, error.reason)

    def _nothing_works(self) -> bool:
        """Whether none of the last few requests got an answer, no matter who sent them."""
        recent = Submission.objects.filter(asset__provider=self.provider.name, sent_at__gt=timezone.now() - IN_A_ROW)
        over = recent.exclude(status=Submission.Status.SENDING).order_by("-sent_at")
        last = list(over.values_list("status", flat=True)[:TRIES_BEFORE_HOLD])
        vain = {Submission.Status.UNKNOWN, Submission.Status.READY}
        return len(last) == TRIES_BEFORE_HOLD and set(last) <= vain


def _check_file(upload: Upload | None) -> None:
    """Raise Rejected if the file is not what was verified: sending it would cost minutes."""
    if upload is not None and storage.size_of(upload.key) != upload.size:
        raise _gone(upload)


def _gone(upload: Upload) -> base.Rejected:
    return base.Rejected(f"“{formatting.isolated(upload.name)}” is no longer in the portal's storage. Upload it again.")
