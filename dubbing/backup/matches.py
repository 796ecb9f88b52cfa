"""Say whose a remote asset is: which of our rows it belongs to, or why it belongs to none."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dubbing.drafts.saved_drafts import read_draft
from dubbing.models import Asset, Event, Submission, Version
from dubbing.providers import base
from dubbing.submissions.references import asset_number, name_with, references_in

UNSENT = [Asset.Status.DRAFT, Asset.Status.AWAITING, Asset.Status.REFUSED]


class Kind(StrEnum):
    """How a remote asset is related to our rows."""

    OURS = "ours"
    """It is bound to one of our assets."""
    UNBOUND = "unbound"
    """One of our submissions made it, or asks for the same, and does not know it yet."""
    UNSENT = "unsent"
    """It was made from an asset that was not sent, as far as the restored database knows."""
    DUPLICATE = "duplicate"
    """Our submission for it is already bound to something else."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Match:
    """A remote asset, its reference, and whose it is. ``why``: in English, for those that belong to nobody."""

    remote: base.RemoteAsset
    reference: str
    kind: Kind
    asset: Asset | None = None
    submission: Submission | None = None
    why: str = ""


def match(remote: base.RemoteAsset, provider: str, made_at: datetime | None) -> Match | None:
    """Whose a remote asset is; None for one without any reference of ours.

    ``made_at``: when the backup was made from which the database was restored. Only assets from before can have been
    sent since: later ones may have been given the same numbers again.
    """
    references = references_in(remote.name)
    if not references:
        return None
    reference = references[0]
    owner = _owner(remote.remote_id, provider)
    if owner is not None:
        return Match(remote, reference, Kind.OURS, asset=owner)
    known = Submission.objects.filter(reference__in=references).select_related("asset").first()
    if known is not None:
        return _of_submission(remote, known)
    return _of_number(remote, reference, provider, made_at)


def title_of(remote: base.RemoteAsset) -> str:
    """The name of a remote asset without our reference."""
    return re.sub(r"^\[[^\]]*\]\s*", "", remote.name).strip()


def _owner(remote_id: str, provider: str) -> Asset | None:
    """The asset that this remote asset is bound to, as a whole, for one language, or as a known duplicate."""
    whole = Asset.objects.filter(provider=provider, remote_id=remote_id).first()
    if whole is not None:
        return whole
    made = Submission.objects.filter(asset__provider=provider, remote_id=remote_id).select_related("asset").first()
    if made is not None:
        return made.asset
    job = Version.objects.filter(provider=provider, remote_id=remote_id).select_related("dubbing__asset").first()
    if job is not None:
        return job.dubbing.asset
    twice = Event.objects.filter(kind=Event.Kind.DUPLICATE, data__remote_id=remote_id, asset__provider=provider)
    event = twice.select_related("asset").first()
    return event.asset if event else None


def _of_submission(remote: base.RemoteAsset, submission: Submission) -> Match:
    asset = submission.asset
    if submission.status in Submission.UNBOUND and not submission.remote_id:
        return Match(remote, submission.reference, Kind.UNBOUND, asset=asset, submission=submission)
    why = f"video {asset.pk} has another one from the same request"
    return Match(remote, submission.reference, Kind.DUPLICATE, asset=asset, why=why)


def _of_number(remote: base.RemoteAsset, reference: str, provider: str, made_at: datetime | None) -> Match:
    def unknown(why: str, asset: Asset | None = None) -> Match:
        return Match(remote, reference, Kind.UNKNOWN, asset=asset, why=why)

    number = asset_number(reference)
    if number is None:
        return unknown("its reference is not known here, and does not say which video it is")
    asset = Asset.objects.filter(pk=number, provider=provider).first()
    if asset is None or (made_at is not None and asset.created_at > made_at):
        return unknown("it was made from a video that was created after the backup")
    if not _is_named(remote, reference, asset):
        return unknown(f"it would be video {number}, which has another name", asset)
    waiting = _waiting(asset, [dubbing.locale for dubbing in remote.dubbings])
    if waiting is not None:
        return Match(remote, reference, Kind.UNBOUND, asset=asset, submission=waiting)
    if asset.status in UNSENT and asset.trashed_at is None:
        return Match(remote, reference, Kind.UNSENT, asset=asset)
    return unknown(f"video {number} was sent again after the backup, but has this one's place taken", asset)


def _is_named(remote: base.RemoteAsset, reference: str, asset: Asset) -> bool:
    """Whether it has the asset's name: another portal with the same account may have given the number to another."""
    names = {asset.name, read_draft(asset).get("name")}
    return any(" ".join(remote.name.split()) == " ".join(name_with(reference, name).split()) for name in names)


def _waiting(asset: Asset, locales: Iterable[str]) -> Submission | None:
    """A request for the same that was not carried out, as far as we know: it must not be sent as well."""
    requests = asset.submissions.filter(
        kind=Submission.Kind.CREATE, status__in=Submission.OPEN, remote_id="", locale__in=["", *locales]
    )
    return requests.select_related("asset").first()
