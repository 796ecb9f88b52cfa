"""What became of a paid request: the submission, its asset and the timeline change together, or not at all."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from dubbing.models import Asset, Dubbing, Event, Hold, Submission, Version
from dubbing.platform import backoff
from dubbing.providers import base, capabilities
from dubbing.submissions import turnaround

if TYPE_CHECKING:
    from dubbing.models.submissions import SubmissionQuerySet


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
    with transaction.atomic():
        changes = {"needs_person": True, "error_message": why, **_FREE}
        rows = Submission.objects.filter(pk=submission.pk, status__in=Submission.OPEN)
        if rows.update(status=Submission.Status.UNKNOWN, **changes):
            data: dict[str, Any] = {"reference": submission.reference, "why": why}
            Event.objects.record(submission.asset, Event.Kind.NEEDS_PERSON, cause="settle", **data)
            show(submission, Asset.Status.UNCONFIRMED, cause="settle")


def lose(rows: SubmissionQuerySet, submission: Submission, why: str, *, cause: str, sent_bytes: int) -> bool:
    """The outcome is unknown from now on: it will be looked for, and nothing is sent meanwhile.

    ``rows``: the submission, if it still is in the hands of whom the caller takes it from.
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
    """Somebody says that this id is the submission's asset: that is looked into before anything else happens to it.

    It may well answer what waited for a person.
    """
    changes: dict[str, Any] = {"candidate_id": remote_id, "next_at": timezone.now(), "empty_at": None}
    changes["needs_person"] = False
    Submission.objects.filter(pk=submission.pk, remote_id="", status__in=Submission.UNBOUND).update(**changes)


def lift(provider: base.Provider, *, reasons: Collection[str] = ()) -> None:
    """The provider has shown that it takes requests again (``reasons``: only if that was why it did not)."""
    if Hold.objects.lift(provider.name, reasons=reasons):
        Submission.objects.wake(provider.name)


def show(submission: Submission, status: str, *, cause: str, **changes: Any) -> bool:
    """Have the asset's own step follow its create request. True when that changed it. Call inside a transaction."""
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
    changes |= turnaround.deadlines(asset, asset.dubbings.count(), now)
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
    """A job is a locale's version at the same time. Two of our rows cannot share one: the database refuses that.

    Where a request makes a whole asset, as when one language of several is sent once more, its versions come later.
    """
    if capabilities(asset.provider).several_locales:
        return
    dubbing = asset.dubbings.get(locale=submission.locale)
    Dubbing.objects.filter(pk=dubbing.pk).update(remote_id=remote_id)
    Version.objects.create(dubbing=dubbing, provider=asset.provider, remote_id=remote_id)
