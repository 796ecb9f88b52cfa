"""Find out what became of a request whose answer was lost, before anything is sent again."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from dubbing.models import Asset, Event, Hold, Submission
from dubbing.models.leases import next_count
from dubbing.platform import backoff, locales
from dubbing.platform.errors import NotPossible
from dubbing.providers import base
from dubbing.submissions.outcomes import accept, lift, lose, name_candidate, needs_person, show
from dubbing.submissions.records import next_attempt
from dubbing.submissions.references import references_in

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

    from dubbing.models.submissions import SubmissionQuerySet

# Longer than it may take to read the provider's whole list twice. Seconds.
LEASE = 780.0
ATTEMPTS = 3
# How many lost requests are looked for in one reading of the list. After an outage there may be hundreds.
TOGETHER = 500
BETWEEN_EMPTY_LOOKS = timedelta(seconds=30)
# If the provider still gives no usable list this long after the window, a person has to look there.
ASK_AFTER = timedelta(days=1)


def reconcile_window(*, upload: bool) -> timedelta:
    """How long after a lost answer the provider may still carry out the request."""
    return timedelta(seconds=settings.SETTLE_UPLOAD_SECONDS if upload else settings.SETTLE_SECONDS)


def reconcile_submission(submission_id: int, *, provider: base.Provider) -> bool:
    """Find out what became of a submission. Return True if that is known.

    Applies to one that is UNKNOWN, that a dead worker left SENDING, or for which somebody named an asset.
    """
    submission = Submission.objects.select_related("asset", "asset__source").get(pk=submission_id)
    _notice_dead_sender(submission)
    try:
        # A prepared id was not named by a person, unless the sender came back after the submission was given up.
        named = not provider.capabilities.prepares or submission.status == Submission.Status.ABANDONED
        if named and take_candidate(submission_id, provider=provider):
            return True
    except base.ProviderError as error:
        _put_off(submission, error.reason)
        return False
    lease = _due().claim(submission_id, seconds=LEASE)
    if lease is None:
        return False
    submission.refresh_from_db()
    return _Search(submission, lease, provider).run()


def take_candidate(submission_id: int, *, provider: base.Provider) -> bool:
    """Check the asset that somebody named for this submission with our key, and bind it. Raises ProviderError."""
    submission = Submission.objects.select_related("asset").get(pk=submission_id)
    candidate = submission.candidate_id
    if not candidate or submission.remote_id or submission.status not in Submission.UNBOUND:
        return False
    by_hand = Event.objects.filter(asset=submission.asset_id, kind=Event.Kind.SETTLED, data__bind_to=candidate).exists()
    references = () if by_hand else (submission.reference,)
    listed = provider.find(base.Sought(references=references, since=_since(submission), candidate_id=candidate)).assets
    if not listed or _names_another(listed[0], submission):
        return _refute(submission)  # not visible to us, so not ours
    return take_found(submission, listed[0].remote_id, cause="callback")


def take_found(submission: Submission, remote_id: str, *, cause: str) -> bool:
    """Bind an asset that certainly was made by this submission. Return False if that is not possible (any more)."""
    if submission.status == Submission.Status.ABANDONED:
        return _accept_late(submission, remote_id, cause=cause)
    return accept(submission, remote_id, cause=cause)


def bind_by_hand(submission: Submission, remote_id: str, user: User) -> None:
    """Bind the asset that ops found at the provider, once it was seen with our key. Raises NotPossible."""
    with transaction.atomic():
        if not Submission.objects.filter(pk=submission.pk, status=Submission.Status.UNKNOWN).exists():
            raise NotPossible(gettext("You can only bind a submission whose outcome is unknown."))
        name_candidate(submission, remote_id)
        Event.objects.record(submission.asset, Event.Kind.SETTLED, actor=user, cause="person", bind_to=remote_id)


def never_created_by_hand(submission: Submission, user: User) -> Submission:
    """Send it again because ops made sure that the provider has no such asset. Raises NotPossible."""
    with transaction.atomic():
        rows = Submission.objects.filter(pk=submission.pk, status=Submission.Status.UNKNOWN).free()
        if not rows.update(status=Submission.Status.ABANDONED, needs_person=False):
            raise NotPossible(
                gettext(
                    "You can only do this when the outcome is unknown and no check is running. Try again in a moment."
                )
            )
        Event.objects.record(submission.asset, Event.Kind.SETTLED, actor=user, cause="person", never_created=True)
        retry = next_attempt(submission, locales=submission.locales)
        show(submission, Asset.Status.SUBMITTING, cause="person")
    return retry


def _notice_dead_sender(submission: Submission) -> None:
    if submission.status == Submission.Status.SENDING:
        # Nobody knows how much was sent: assume the worst.
        whole = submission.asset.source.size if submission.asset.source else 0
        lose(
            Submission.objects.free(),
            submission,
            "the worker that was sending it stopped",
            cause="sweep",
            sent_bytes=whole,
        )


def _due() -> SubmissionQuerySet:
    return Submission.objects.filter(status=Submission.Status.UNKNOWN, needs_person=False, next_at__lte=timezone.now())


class _Search:
    """One search for a lost submission."""

    def __init__(self, submission: Submission, lease: uuid.UUID, provider: base.Provider) -> None:
        self.submission, self.lease, self.provider = submission, lease, provider

    def run(self) -> bool:
        """Search. Return True if the outcome is known now."""
        try:
            if self.submission.kind == Submission.Kind.ADD_LOCALES:
                return self._look_at_asset()
            return self._look_in_list()
        except base.Rejected as error:  # this will not get better: there is no such list, or no such asset
            return self._search_later(error.reason, ask_after=timedelta())
        except base.ProviderError as error:
            return self._search_later(error.reason)

    def _look_at_asset(self) -> bool:
        remote = self.provider.fetch_asset(self.submission.asset.remote_id)
        theirs = [dubbing.locale for dubbing in remote.dubbings]
        meant = locales.paired(theirs, self.submission.asset.dubbings.values_list("locale", flat=True))
        missing = [locale for locale in self.submission.locales if locale not in meant.values()]
        if not missing:
            return accept(self.submission, remote.remote_id, cause="settle")
        unclear = [tag for tag in theirs if tag not in meant and any(locales.may_mean(tag, each) for each in missing)]
        if unclear:  # sending it again could mean paying for it twice
            return self._search_later(f"{', '.join(missing)} may be listed there as {', '.join(unclear)}")
        return self._nothing_found(complete=True, missing=missing)

    def _look_in_list(self) -> bool:
        others = self._others()
        references = _references([self.submission, *others])
        listing = self.provider.find(self._sought(references, others))
        lift(self.provider, reasons=[Hold.Reason.DOWN])
        # Found alone, it need not carry a reference: a named asset is known by its id.
        known = self._conclude(_carrying(listing, references[self.submission.pk]) if others else listing)
        for other in others:
            # Unless somebody looked for it while the list was read.
            unchanged = _due().filter(next_at=other.next_at, looks=other.looks, candidate_id="")
            if lease := unchanged.claim(other.pk, seconds=LEASE):
                _Search(other, lease, self.provider)._conclude(_carrying(listing, references[other.pk]))
        return known

    def _others(self) -> list[Submission]:
        """Other lost requests that the same reading of the list answers, so that hundreds need not read it each."""
        if not self.provider.capabilities.listing or self.submission.candidate_id:
            return []
        due = _due().free().filter(kind=Submission.Kind.CREATE, candidate_id="", asset__provider=self.provider.name)
        due = due.exclude(pk=self.submission.pk).select_related("asset", "asset__source").order_by("next_at")
        conclusive = self._is_conclusive(self.submission)
        return [other for other in due[:TOGETHER] if self._is_conclusive(other) == conclusive]

    def _conclude(self, listing: base.Listing) -> bool:
        hits = listing.assets
        if not hits:
            return self._nothing_found(complete=listing.complete, missing=self.submission.locales)
        best = min(hits, key=lambda remote: remote.failed)
        for extra in hits:
            if extra is not best:
                _record_duplicate(self.submission, extra.remote_id, "settle")
        return accept(self.submission, best.remote_id, cause="settle")

    def _sought(self, references: Mapping[int, tuple[str, ...]], others: Collection[Submission]) -> base.Sought:
        return base.Sought(
            references=tuple(chain.from_iterable(references.values())),
            since=min(map(_since, [self.submission, *others])),
            candidate_id=self.submission.candidate_id,
            conclusive=self._is_conclusive(self.submission),
            every=bool(others),
        )

    def _is_conclusive(self, submission: Submission) -> bool:
        return timezone.now() >= _window_end(submission, self.provider.capabilities)

    def _nothing_found(self, *, complete: bool, missing: list[str]) -> bool:
        now, first = timezone.now(), self.submission.empty_at
        if now < _window_end(self.submission, self.provider.capabilities):
            return self._search_later("not found yet")
        if not complete:
            return self._search_later("the list was not complete")
        if first is None or now < first + BETWEEN_EMPTY_LOOKS:
            first = first or now
            earliest = first + BETWEEN_EMPTY_LOOKS + backoff.next_try(0)
            looked = {"empty_at": first, "looks": next_count("looks"), "next_at": earliest}
            Submission.objects.release(self.submission.pk, self.lease, **looked)
            return False
        return self._give_up(missing)

    def _give_up(self, missing: list[str]) -> bool:
        if self.submission.attempt >= ATTEMPTS:
            needs_person(self.submission, f"sent {ATTEMPTS} times but never found at the provider")
            return True
        with transaction.atomic():
            given_up: dict[str, Any] = {"status": Submission.Status.ABANDONED, "candidate_id": ""}
            if not Submission.objects.release(self.submission.pk, self.lease, **given_up):
                return False
            Event.objects.record(
                self.submission.asset, Event.Kind.ABANDONED, cause="settle", reference=self.submission.reference
            )
            next_attempt(self.submission, locales=missing)
            show(self.submission, Asset.Status.SUBMITTING, cause="settle")
        return True

    def _search_later(self, why: str, *, ask_after: timedelta = ASK_AFTER) -> bool:
        """Search again later. What is still unclear ``ask_after`` the window becomes a question for a person."""
        if timezone.now() > _window_end(self.submission, self.provider.capabilities) + ask_after:
            needs_person(self.submission, f"we cannot tell whether it was carried out: {why}")
            return True
        wait = timezone.now() + backoff.next_search(self.submission.looks)
        changes = {"next_at": wait, "looks": next_count("looks"), "empty_at": None, "error_message": why}
        ours = Submission.objects.release(self.submission.pk, self.lease, **changes)
        if ours and self.submission.looks == 0:
            Event.objects.record(self.submission.asset, Event.Kind.LOOKED_FOR, cause="settle", found=why)
        return False


def _window_end(submission: Submission, capabilities: base.Capabilities) -> datetime:
    """When the provider can no longer carry out a request whose answer was lost."""
    source = submission.asset.source
    since = submission.lost_at or submission.sent_at or submission.created_at
    # A request that was certainly cut short cannot become an asset an hour later.
    whole = source is not None and submission.sent_bytes >= source.size
    if capabilities.prepares or not capabilities.uploads:
        whole = False  # only a small request is in doubt
    return since + reconcile_window(upload=whole)


def _references(submissions: Sequence[Submission]) -> dict[int, tuple[str, ...]]:
    """The references under which each of these may be listed, by its id.

    An earlier attempt that shows up late will do: the asset exists, so nothing is sent again.
    """
    attempts = Submission.objects.filter(asset__in={each.asset_id for each in submissions})
    carried = defaultdict[tuple[int, str, str], list[str]](list)
    for asset, kind, locale, reference in attempts.exclude(status=Submission.Status.SUPERSEDED).values_list(
        "asset_id", "kind", "locale", "reference"
    ):
        carried[asset, kind, locale].append(reference)
    return {each.pk: tuple(carried[each.asset_id, each.kind, each.locale]) for each in submissions}


def _carrying(listing: base.Listing, references: Collection[str]) -> base.Listing:
    """Of what was found, the assets with one of these references in their names."""
    return replace(listing, assets=tuple(filter(base.name_matcher(references), listing.assets)))


def _since(submission: Submission) -> str:
    return ((submission.sent_at or submission.created_at) - timedelta(hours=1)).isoformat()


def _put_off(submission: Submission, why: str) -> None:
    """Check the named asset later, because it could not be read now.

    Nothing else happens to the submission before that.
    """
    wait = timezone.now() + backoff.next_search(submission.looks)
    rows = Submission.objects.filter(pk=submission.pk, remote_id="", candidate_id=submission.candidate_id)
    rows.update(next_at=wait, looks=next_count("looks"), error_message=why)


def _refute(submission: Submission) -> bool:
    rows = Submission.objects.filter(pk=submission.pk, candidate_id=submission.candidate_id)
    if rows.update(candidate_id=""):
        data: dict[str, Any] = {"found": "the id belongs to another asset", "named": submission.candidate_id}
        Event.objects.record(submission.asset, Event.Kind.LOOKED_FOR, cause="settle", **data)
    return False


def _names_another(remote: base.RemoteAsset, submission: Submission) -> bool:
    """Whether the remote asset carries the reference of another asset's submission: callbacks were mixed up."""
    attempts = Submission.objects.filter(asset_id=submission.asset_id, locale=submission.locale)
    attempts = attempts.exclude(status=Submission.Status.SUPERSEDED)  # the one that failed is not the one sent since
    others = Submission.objects.exclude(pk__in=attempts.values("pk"))
    bound = others.filter(remote_id=remote.remote_id, asset__provider=submission.asset.provider).exists()
    return bound or others.filter(reference__in=references_in(remote.name)).exists()


def _accept_late(submission: Submission, remote_id: str, *, cause: str) -> bool:
    """Use the asset of an attempt that was given up for lost, if no other attempt was sent yet."""
    others = submission.asset.submissions.filter(kind=submission.kind, locale=submission.locale)
    if others.filter(Q(remote_id=remote_id) | Q(candidate_id=remote_id)).exclude(pk=submission.pk).exists():
        return _refute(submission)  # another attempt has taken it or is about to
    with transaction.atomic():
        rows = Submission.objects.filter(pk=submission.pk, status=Submission.Status.ABANDONED)
        anew = _asked_anew(submission, others)
        if not anew:
            others.filter(status=Submission.Status.READY).update(status=Submission.Status.ABANDONED)
        unwanted = anew or not submission.asset.dubbings.filter(locale__in=submission.locales).exists()
        if unwanted or others.filter(status__in=[*Submission.OPEN, Submission.Status.ACCEPTED]).exists():
            if rows.update(status=Submission.Status.DUPLICATE, remote_id=remote_id):
                _record_duplicate(submission, remote_id, cause)
        elif rows.update(status=Submission.Status.UNKNOWN):
            return accept(submission, remote_id, cause=cause)
    return True


def _asked_anew(submission: Submission, others: QuerySet[Submission]) -> bool:
    """Whether a person changed the asset since and sent it, or asked to: what turns up now is not what they want."""
    asked = submission.asset.events.filter(kind=Event.Kind.APPROVAL_ASKED, at__gt=submission.created_at)
    return others.filter(pk__gt=submission.pk, attempt=1).exists() or asked.exists()


def _record_duplicate(submission: Submission, remote_id: str, cause: str) -> None:
    data: dict[str, Any] = {"reference": submission.reference, "remote_id": remote_id}
    Event.objects.record(submission.asset, Event.Kind.DUPLICATE, cause=cause, **data)
