"""A request whose answer was lost: find out what became of it, and only then go on."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from dubbing import pace
from dubbing.models import Asset, Event, Hold, Submission
from dubbing.providers import base
from dubbing.services.sending import ATTEMPTS, accept, lose, needs_person
from dubbing.services.submit import NotPossible, next_attempt

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LEASE = 180.0
BETWEEN_EMPTY_LOOKS = timedelta(seconds=30)
EMPTY_LOOKS_NEEDED = 2


def settle(submission_id: int, *, provider: base.Provider) -> bool:
    """Look for the outcome of a submission that is UNKNOWN, or that a dead worker left SENDING. True when settled."""
    left_behind = Submission.objects.filter(status=Submission.Status.SENDING).free().filter(pk=submission_id).first()
    if left_behind:
        lose(left_behind, left_behind.lease_token, "the worker that sent it is gone", cause="sweep")
    lease = Submission.objects.filter(
        status=Submission.Status.UNKNOWN, needs_person=False, next_at__lte=timezone.now()
    ).claim(submission_id, seconds=LEASE)
    if lease is None:
        return False
    submission = Submission.objects.select_related("asset").get(pk=submission_id)
    try:
        return _Search(submission, lease, provider).run()
    except base.ProviderError as error:
        _look_again(submission, lease, error.reason)
        return False


def take_candidate(submission_id: int, *, provider: base.Provider) -> bool:
    """A callback on the submission's own address named an asset: ask for it with our key, and bind it."""
    submission = Submission.objects.select_related("asset").get(pk=submission_id)
    candidate = submission.candidate_id
    if not candidate or submission.remote_id:
        return False
    try:
        remote = provider.fetch_asset(candidate)
    except base.NotFound:
        return False  # not ours to see, so not ours
    if _names_another(remote, submission):
        return False
    if submission.status in Submission.OPEN:
        return accept(submission, candidate, cause="callback")
    return _found_late(submission, candidate, cause="callback")


def bind_by_hand(submission: Submission, remote_id: str, user: User) -> None:
    """Ops found the asset at the provider: bind it once it has been seen with our key. Raises NotPossible."""
    changes = {"candidate_id": remote_id, "needs_person": False, "next_at": timezone.now()}
    if not Submission.objects.filter(pk=submission.pk, status=Submission.Status.UNKNOWN).update(**changes):
        raise NotPossible("Only a submission whose outcome is unknown can be bound by hand.")
    Event.objects.record(submission.asset, Event.Kind.SETTLED, actor=user, cause="person", bind_to=remote_id)


def never_created_by_hand(submission: Submission, user: User) -> Submission:
    """Ops made sure that the provider has no such asset: send it again. Raises NotPossible."""
    with transaction.atomic():
        rows = Submission.objects.filter(pk=submission.pk, status=Submission.Status.UNKNOWN).free()
        if not rows.update(status=Submission.Status.ABANDONED, needs_person=False):
            raise NotPossible("Only a submission whose outcome is unknown can be sent again by hand.")
        Event.objects.record(submission.asset, Event.Kind.SETTLED, actor=user, cause="person", never_created=True)
        again = next_attempt(submission, locales=submission.locales)
        _show_sending(submission, cause="person")
    return again


class _Search:
    """One look for a lost submission."""

    def __init__(self, submission: Submission, lease: uuid.UUID, provider: base.Provider) -> None:
        self.submission, self.lease, self.provider = submission, lease, provider

    def run(self) -> bool:
        """True when the outcome is known now."""
        if self.submission.kind == Submission.Kind.ADD_LOCALES:
            return self._look_at_asset()
        if take_candidate(self.submission.pk, provider=self.provider):
            return True
        return self._look_in_list()

    def _look_at_asset(self) -> bool:
        remote = self.provider.fetch_asset(self.submission.asset.remote_id)
        present = {dubbing.locale for dubbing in remote.dubbings}
        missing = [locale for locale in self.submission.locales if locale not in present]
        if not missing:
            return accept(self.submission, remote.remote_id, cause="settle")
        return self._nothing_found(complete=True, missing=missing)

    def _look_in_list(self) -> bool:
        sent_at = self.submission.sent_at or self.submission.created_at
        listing = self.provider.list_assets(since=(sent_at - timedelta(hours=1)).isoformat())
        Hold.objects.lift(self.provider.name)
        hits = self._hits(listing)
        if not hits:
            return self._nothing_found(complete=listing.complete, missing=self.submission.locales)
        best = min(hits, key=lambda remote: remote.failed)
        for extra in hits:
            if extra is not best:
                _record_duplicate(self.submission, extra.remote_id, "settle")
        return accept(self.submission, best.remote_id, cause="settle")

    def _hits(self, listing: base.Listing) -> list[base.RemoteAsset]:
        # An earlier attempt that shows up late is just as good: the asset exists, so nothing is sent again.
        references = self.submission.asset.submissions.filter(kind=self.submission.kind)
        wanted = [reference.casefold() for reference in references.values_list("reference", flat=True)]
        return [remote for remote in listing.assets if any(name in remote.name.casefold() for name in wanted)]

    def _nothing_found(self, *, complete: bool, missing: list[str]) -> bool:
        if not complete or timezone.now() < self._window_ends():
            _look_again(self.submission, self.lease, "not there yet" if complete else "the list was not complete")
            return False
        empty = self.submission.empty_looks + 1
        if empty < EMPTY_LOOKS_NEEDED:
            again = timezone.now() + BETWEEN_EMPTY_LOOKS + pace.next_try(0)
            looks = {"empty_looks": empty, "looks": self.submission.looks + 1, "next_at": again}
            Submission.objects.release(self.submission.pk, self.lease, **looks)
            return False
        return self._give_up(missing)

    def _window_ends(self) -> datetime:
        asset, sent_at = self.submission.asset, self.submission.sent_at or self.submission.created_at
        # A request that certainly was cut short cannot become an asset an hour later.
        whole = asset.source is not None and self.submission.sent_bytes >= asset.source.size
        return sent_at + pace.settle_window(upload=whole)

    def _give_up(self, missing: list[str]) -> bool:
        if self.submission.attempt >= ATTEMPTS:
            needs_person(self.submission, f"sent {ATTEMPTS} times, never found at the provider")
            return True
        with transaction.atomic():
            if not Submission.objects.release(
                self.submission.pk, self.lease, status=Submission.Status.ABANDONED, empty_looks=EMPTY_LOOKS_NEEDED
            ):
                return False
            Event.objects.record(
                self.submission.asset, Event.Kind.ABANDONED, cause="settle", reference=self.submission.reference
            )
            next_attempt(self.submission, locales=missing)
            _show_sending(self.submission, cause="settle")
        return True


def _show_sending(submission: Submission, *, cause: str) -> None:
    if submission.kind == Submission.Kind.CREATE:
        Asset.objects.move(submission.asset, Asset.Status.SUBMITTING, cause=cause)


def _look_again(submission: Submission, lease: uuid.UUID, why: str) -> None:
    wait = timezone.now() + pace.next_search(submission.looks)
    changes = {"next_at": wait, "looks": submission.looks + 1, "empty_looks": 0, "error_message": why}
    if Submission.objects.release(submission.pk, lease, **changes) and submission.looks == 0:
        Event.objects.record(submission.asset, Event.Kind.LOOKED_FOR, cause="settle", found=why)


def _names_another(remote: base.RemoteAsset, submission: Submission) -> bool:
    """The asset carries the reference of a submission of another asset: a callback crossed over."""
    others = Submission.objects.exclude(asset_id=submission.asset_id)
    bound = others.filter(remote_id=remote.remote_id).exists()
    return bound or any(
        part.startswith("DUB-") and others.filter(reference=part).exists()
        for part in remote.name.upper().replace("[", " ").replace("]", " ").split()
    )


def _found_late(submission: Submission, remote_id: str, *, cause: str) -> bool:
    """An attempt given up for lost did create an asset. Use it if its successor was not sent yet."""
    asset = submission.asset
    with transaction.atomic():
        waiting = asset.submissions.filter(kind=submission.kind, status=Submission.Status.READY)
        successor = waiting.first()
        if successor and waiting.filter(pk=successor.pk).update(status=Submission.Status.ABANDONED):
            Submission.objects.filter(pk=submission.pk).update(status=Submission.Status.UNKNOWN)
            return accept(submission, remote_id, cause=cause)
        if asset.remote_id == remote_id:
            return False
        rows = Submission.objects.filter(pk=submission.pk, status=Submission.Status.ABANDONED)
        if rows.update(status=Submission.Status.DUPLICATE, remote_id=remote_id):
            _record_duplicate(submission, remote_id, cause)
    return True


def _record_duplicate(submission: Submission, remote_id: str, cause: str) -> None:
    data: dict[str, Any] = {"reference": submission.reference, "remote_id": remote_id}
    Event.objects.record(submission.asset, Event.Kind.DUPLICATE, cause=cause, **data)
