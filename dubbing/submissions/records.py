"""Paid requests as they are meant: written before anything is sent, and once more after one was found lost."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from dubbing.models import Asset, Event, Submission
from dubbing.providers import capabilities
from dubbing.submissions import turnaround

if TYPE_CHECKING:
    from django.contrib.auth.models import User

# Without letters and digits that are mistaken for one another: people read references out to ops.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_reference() -> str:
    """A short text that nobody else uses, to recognise our asset by at the provider."""
    return "DUB-" + "".join(secrets.choice(_ALPHABET) for _ in range(10))


def begun_now(asset: Asset, languages: int) -> dict[str, Any]:
    """Columns of an asset that is sent from now on, in so many languages."""
    now = timezone.now()
    return {"submitted_at": now, "error_code": "", "error_message": ""} | turnaround.deadlines(asset, languages, now)


def create(asset: Asset, locales: list[str], user: User, *, apart: bool = False) -> list[Submission]:
    """Have the asset made: one request for all locales, or one for each where the provider takes one per job.

    ``apart``: one for each although the provider takes several, since another request has made the asset already.
    """
    together = capabilities(asset.provider).several_locales and not apart
    portions = [locales] if together else [[code] for code in locales]
    made = [_intend(asset, Submission.Kind.CREATE, user, codes, "" if together else codes[0]) for codes in portions]
    for submission in made:
        _record(asset, submission, Event.Kind.SUBMITTED, user)
    return made


def add(asset: Asset, locales: list[str], user: User) -> list[Submission]:
    """Have more locales made of an asset that the provider has."""
    if not capabilities(asset.provider).several_locales:
        return create(asset, locales, user)
    submission = _intend(asset, Submission.Kind.ADD_LOCALES, user, locales)
    _record(asset, submission, Event.Kind.LOCALES_ADDED, user)
    return [submission]


def next_attempt(old: Submission, *, locales: list[str]) -> Submission:
    """The same intention once more, after the old one was found never to have been carried out."""
    return Submission.objects.create(
        asset_id=old.asset_id,
        kind=old.kind,
        asked_by_id=old.asked_by_id,
        attempt=old.attempt + 1,
        reference=new_reference(),
        locales=locales,
        locale=old.locale,
        auto_generate=old.auto_generate,
        candidate_id=old.candidate_id if capabilities(old.asset.provider).prepares else "",
    )


def _intend(asset: Asset, kind: str, user: User, locales: list[str], locale: str = "") -> Submission:
    return Submission.objects.create(
        asset=asset,
        kind=kind,
        asked_by=user,
        reference=new_reference(),
        locales=locales,
        locale=locale,
        auto_generate=asset.auto_generate,
    )


def _record(asset: Asset, submission: Submission, kind: str, user: User) -> None:
    data = {"locales": submission.locales, "reference": submission.reference}
    Event.objects.record(asset, kind, actor=user, cause="person", **data)
