"""Record the outcome of a paid request: submission, asset and timeline change together or not at all."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from dubbing.models import Asset, Dubbing, Event, Hold, Submission, Version
from dubbing.platform import backoff
from dubbing.providers import base, capabilities
from dubbing.submissions import lateness

if TYPE_CHECKING:
    from dubbing.models.submissions import SubmissionQuerySet


def accept(submission: Submission, remote_id: str, *, cause: str) -> bool:
    """Bind the submission, and the asset it creates, to the provider's id. Return False if that is not possible.

    Needs no lease: whoever learns the id first, from an answer, a callback or the list, binds it, and all learn the
    same one.
    """
    try:
        with transaction.atomic():
            return _bind(submission, remote_id, cause)
    except IntegrityError:
        # Another asset of ours has this remote id: two of our rows cannot share one, so a person has to look.
        needs_person(submission, f"remote id {remote_id} belongs to another asset")
        return False


def needs_person(submission: Submission, why: str) -> None:
    """Stop all processing, and have ops decide in the admin."""
    with transaction.atomic():
        changes = {"needs_person": True, "error_message": why, **_FREE}
        rows = Submission.objects.filter(pk=submission.pk, status__in=Submission.OPEN)
        if rows.update(status=Submission.Status.UNKNOWN, **changes):
            data: dict[str, Any] = {"reference": submission.reference, "why": why}
            Event.objects.record(submission.asset, Event.Kind.NEEDS_PERSON, cause="settle", **data)
            show(submission, Asset.Status.UNCONFIRMED, cause="settle")


def lose(rows: SubmissionQuerySet, submission: Submission, why: str, *, cause: str, sent_bytes: int) -> bool:
    """Mark the outcome as unknown: it will be looked for, and nothing is sent meanwhile. Return whether that was done.

    ``rows``: matches the submission only while its holder is still the one that the caller expects.
    """
    now = timezone.now()
    changes = {"next_at": now + backoff.next_search(0), "lost_at": now, "sent_bytes": sent_bytes, "looks": 0, **_FREE}
    with transaction.atomic():
        sending = rows.filter(pk=submission.pk, status=Submission.Status.SENDING)
        if not sending.update(status=Submission.Status.UNKNOWN, error_message=why, empty_at=None, **changes):
            return False
        data: dict[str, Any] = {"reference": submission.reference, "why": why}
        Event.objects.record(submission.asset, Event.Kind.ANSWER_LOST, cause=cause, **data)
        show(submission, Asset.Status.UNCONFIRMED, cause=cause)
    return True


def name_candidate(submission: Submission, remote_id: str) -> None:
    """Record that somebody says this id is the submission's asset, to be checked before anything else happens to it.

    It may answer the question that was waiting for a person.
    """
    changes: dict[str, Any] = {"candidate_id": remote_id, "next_at": timezone.now(), "empty_at": None}
    changes["needs_person"] = False
    Submission.objects.filter(pk=submission.pk, remote_id="", status__in=Submission.UNBOUND).update(**changes)


def lift(provider: base.Provider, *, reasons: Collection[str] = ()) -> None:
    """Lift a hold because the provider accepts requests again (``reasons``: only a hold for one of these reasons)."""
    if Hold.objects.lift(provider.name, reasons=reasons):
        Submission.objects.wake(provider.name)


def show(submission: Submission, status: str, *, cause: str, **changes: Any) -> bool:
    """Make the asset's own status follow its create request. Return True if it changed. Call inside a transaction."""
    asset = Asset.objects.locked(submission.asset_id)
    follows = submission.kind == Submission.Kind.CREATE and asset.status not in Asset.MIRRORED
    if not follows or (asset.status == status and not changes):
        return False
    return Asset.objects.move(asset, status, cause=cause, **changes)


_FREE: dict[str, uuid.UUID | None] = {"lease_token": None, "lease_until": None}


def _bind(submission: Submission, remote_id: str, cause: str) -> bool:
    rows = Submission.objects.filter(pk=submission.pk, status__in=Submission.OPEN)
    if not rows.update(status=Submission.Status.ACCEPTED, remote_id=remote_id, needs_person=False, **_FREE):
        return False
    asset = Asset.objects.locked(submission.asset_id)
    now = timezone.now()
    changes: dict[str, Any] = {"next_poll_at": now, "poll_count": 0, "finished_at": None}
    changes |= lateness.deadlines(asset, asset.dubbings.count(), now)
    if submission.locale:
        _bind_job(asset, submission, remote_id)
    elif not asset.remote_id:
        changes["remote_id"] = remote_id
    pending = Dubbing.objects.filter(asset=asset, locale__in=submission.locales, status=Dubbing.Status.PENDING)
    pending.update(status=Dubbing.Status.PREPARING, changed_at=now)
    data: dict[str, Any] = {"reference": submission.reference, "remote_id": remote_id}
    Event.objects.record(asset, Event.Kind.ACCEPTED, cause=cause, **data)
    Asset.objects.move(asset, Asset.Status.DUBBING, cause=cause, **changes)
    return True


def _bind_job(asset: Asset, submission: Submission, remote_id: str) -> None:
    """Bind a job, which is also a locale's version. Two of our rows cannot share one: the database refuses that.

    If a request makes a whole asset, as when one of several languages is sent again, its versions come later.
    """
    if capabilities(asset.provider).several_locales:
        return
    dubbing = asset.dubbings.get(locale=submission.locale)
    Dubbing.objects.filter(pk=dubbing.pk).update(remote_id=remote_id)
    Version.objects.create(dubbing=dubbing, provider=asset.provider, remote_id=remote_id)
