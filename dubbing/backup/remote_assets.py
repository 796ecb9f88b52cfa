"""Find at a provider what was sent after the backup, and record it instead of sending it again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from django.utils import timezone

from dubbing import providers
from dubbing.backup.adoption import CAUSE, adopt, record_sent
from dubbing.backup.matches import Kind, Match, match
from dubbing.drafts.fields import AssetFields
from dubbing.models import Asset, Hold, Project, Submission
from dubbing.providers import base
from dubbing.providers.dates import moment
from dubbing.submissions.reconciliation import reconcile_window, take_found
from dubbing.submissions.references import PREFIX

MARGIN = timedelta(days=1)
"""How far the provider's clock, in whatever time zone, may be off when it says that something is from before."""
_TRIES = 3

ReadFields = Callable[[Asset], AssetFields | None]
"""The checked form of a draft; None if it does not pass."""


class Outcome(StrEnum):
    """What became of a remote asset. The value is what people read."""

    OURS = "known"
    BOUND = "bound to its request"
    RECORDED = "recorded as sent"
    ADOPTED = "added to the project"
    DUPLICATE = "sent twice"
    UNOWNED = "matches nothing here"
    OLD = "older than the backup"


NOBODYS = {Outcome.DUPLICATE, Outcome.UNOWNED}


@dataclass(frozen=True, slots=True)
class Finding:
    """One remote asset with our reference: what became of it, and which asset of ours it is."""

    match: Match
    outcome: Outcome
    asset: Asset | None = None

    @property
    def remote(self) -> base.RemoteAsset:
        """The asset at the provider."""
        return self.match.remote


@dataclass(slots=True)
class Reading:
    """What was matched at one provider. ``problem``: why its list could not be read, or not all of it."""

    provider: str
    findings: list[Finding] = field(default_factory=list)
    problem: str = ""

    @property
    def unowned(self) -> int:
        """How many remote assets nobody here owns."""
        return sum(finding.outcome in NOBODYS for finding in self.findings)


def listing_providers() -> list[str]:
    """The configured providers that list their assets."""
    return [name for name in providers.provider_names() if providers.capabilities(name).listing]


def held() -> dict[str, Hold]:
    """The holds that a restore left, by provider."""
    return {hold.provider: hold for hold in Hold.objects.filter(reason=Hold.Reason.RESTORED)}


def matches(name: str, made_at: datetime | None) -> Iterator[Match]:
    """Read the whole list of a provider: the assets with our references. Raises ProviderError, also for half a list."""
    provider = providers.open_provider(name)
    since = (made_at or timezone.now()) - MARGIN
    sought = base.Sought(references=(PREFIX,), since=since.isoformat(), conclusive=True, every=True)
    listing = provider.find(sought)
    if not listing.complete:
        raise base.BadAnswer("not all of its list could be read, or it changed while it was read: try again")
    # Of two from the same request, the one that did not fail comes first and is bound.
    for remote in sorted(listing.assets, key=lambda remote: (remote.failed, remote.created_at or "")):
        matched = match(remote, name, made_at)
        if matched is not None:
            yield matched


def reconcile(name: str, *, made_at: datetime | None, into: Project | None, read_fields: ReadFields) -> Reading:
    """Settle everything that the provider lists with our references. Sends nothing; repeat it as often as you like."""
    reading = Reading(name)
    try:
        for matched in matches(name, made_at):
            reading.findings.append(_settle(matched, name, made_at, into, read_fields))
    except base.ProviderError as error:
        reading.problem = error.reason
    return reading


def lift_if_settled(reading: Reading, hold: Hold) -> str:
    """End the hold after a restore if nothing can turn up any more. Returns why not; else an empty text."""
    if reading.problem:
        return "its list could not be read"
    if reading.unowned:
        return f"{reading.unowned} of its videos match nothing here"
    until = hold.since + reconcile_window(upload=True)
    if timezone.now() < until:
        return f"a request from just before the restore may still turn up. Run this again after {until:%H:%M:%S} UTC"
    lift(reading.provider)
    return ""


def lift(name: str) -> bool:
    """End the hold after a restore. Returns False if there is none."""
    lifted = Hold.objects.lift(name, reasons=[Hold.Reason.RESTORED])
    if lifted:
        Submission.objects.wake(name)
    return lifted


def _settle(
    matched: Match, name: str, made_at: datetime | None, into: Project | None, read_fields: ReadFields
) -> Finding:
    for _ in range(_TRIES):
        finding = _try(matched, name, made_at, into, read_fields)
        if finding is not None:
            return finding
        # Somebody sent or bound it at this very moment: look again.
        matched = match(matched.remote, name, made_at) or matched
    return Finding(matched, Outcome.UNOWNED)


def _try(
    matched: Match, name: str, made_at: datetime | None, into: Project | None, read_fields: ReadFields
) -> Finding | None:
    remote = matched.remote
    if matched.kind == Kind.OURS and matched.asset is not None:
        Asset.objects.mark(matched.asset.pk)  # what happened to it after the backup is not known here
        return Finding(matched, Outcome.OURS, matched.asset)
    if matched.submission is not None:
        _take_reference(matched.submission, matched.reference)
        bound = take_found(matched.submission, remote.remote_id, cause=CAUSE)
        return Finding(matched, Outcome.BOUND, matched.asset) if bound else None
    if matched.kind == Kind.UNSENT and matched.asset is not None:
        whole = _with_languages(name, remote)
        recorded = record_sent(matched.asset, whole, matched.reference, read_fields(matched.asset))
        return Finding(matched, Outcome.RECORDED, Asset.objects.get(pk=matched.asset.pk)) if recorded else None
    if matched.kind == Kind.DUPLICATE:
        return Finding(matched, Outcome.DUPLICATE, matched.asset)
    if into is not None and not _is_old(remote, made_at):
        return Finding(matched, Outcome.ADOPTED, adopt(_with_languages(name, remote), name, matched.reference, into))
    return Finding(matched, Outcome.OLD if _is_old(remote, made_at) else Outcome.UNOWNED)


def _take_reference(submission: Submission, reference: str) -> None:
    """Give a request that was not sent the reference that the provider has, so that it is recognised from now on."""
    if submission.reference != reference:
        waiting = Submission.objects.filter(pk=submission.pk, status=Submission.Status.READY, remote_id="")
        if waiting.update(reference=reference):
            submission.reference = reference


def _is_old(remote: base.RemoteAsset, made_at: datetime | None) -> bool:
    """Whether it is certainly from before the backup: another portal's, or from an earlier restore."""
    created = moment(remote.created_at)
    return made_at is not None and created is not None and created < made_at - MARGIN


def _with_languages(name: str, remote: base.RemoteAsset) -> base.RemoteAsset:
    """The asset with its languages, which a list may leave out."""
    return remote if remote.dubbings else providers.open_provider(name).fetch_asset(remote.remote_id)
