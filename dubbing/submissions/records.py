"""Write the rows of paid requests: before anything is sent, and again after a lost request was never carried out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from dubbing.models import Asset, Event, Submission, sent_settings
from dubbing.providers import capabilities
from dubbing.submissions import lateness
from dubbing.submissions.references import new_reference

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def begun_now(asset: Asset, languages: int) -> dict[str, Any]:
    """Columns of an asset that is sent from now on, in this many languages."""
    now = timezone.now()
    return {"submitted_at": now, "error_code": "", "error_message": ""} | lateness.deadlines(asset, languages, now)


def create(
    asset: Asset,
    locales: list[str],
    user: User,
    *,
    apart: bool = False,
    settings: Mapping[str, Any] | None = None,
    draft_number: int | None = None,
) -> list[Submission]:
    """Create the submissions for an asset: one for all locales, or one for each.

    It is one for each if the provider makes one job per locale. ``apart``: one for each although the provider takes
    several, since another request has already made the asset. ``settings``: for these locales alone
    (``sent_settings``); ``draft_number``: of the draft that became this attempt.
    """
    together = capabilities(asset.provider).several_locales and not apart
    portions = [locales] if together else [[code] for code in locales]
    own: dict[str, Any] = {"sent_settings": dict(settings or {}), "draft_number": draft_number}
    made = [
        _intend(asset, Submission.Kind.CREATE, user, codes, "" if together else codes[0], **own) for codes in portions
    ]
    for submission in made:
        _record(asset, submission, Event.Kind.SUBMITTED, user)
    return made


def add(asset: Asset, locales: list[str], user: User) -> list[Submission]:
    """Create the submissions for more locales of an asset that the provider has."""
    if not capabilities(asset.provider).several_locales:
        return create(asset, locales, user)
    submission = _intend(asset, Submission.Kind.ADD_LOCALES, user, locales)
    _record(asset, submission, Event.Kind.LOCALES_ADDED, user)
    return [submission]


def create_found(asset: Asset, locales: list[str], user: User, reference: str) -> Submission:
    """Create the submission for a request that was found at the provider, and that no row of ours knows."""
    submission = _intend(asset, Submission.Kind.CREATE, user, locales, reference=reference)
    _record(asset, submission, Event.Kind.SUBMITTED, user)
    return submission


def next_attempt(old: Submission, *, locales: list[str]) -> Submission:
    """Create the next submission for the same request, after it was found that the old one was never carried out."""
    return Submission.objects.create(
        asset_id=old.asset_id,
        kind=old.kind,
        asked_by_id=old.asked_by_id,
        attempt=old.attempt + 1,
        reference=new_reference(old.asset_id),
        locales=locales,
        locale=old.locale,
        auto_generate=old.auto_generate,
        sent_settings=old.sent_settings,
        background_id=old.background_id,
        draft_number=old.draft_number,
        candidate_id=old.candidate_id if capabilities(old.asset.provider).prepares else "",
    )


def _intend(asset: Asset, kind: str, user: User, locales: list[str], locale: str = "", **own: Any) -> Submission:
    sent = sent_settings.applied(asset, own.get("sent_settings", {}))
    return Submission.objects.create(
        asset=asset,
        kind=kind,
        asked_by=user,
        reference=own.pop("reference", "") or new_reference(asset.pk),
        locales=locales,
        locale=locale,
        auto_generate=sent.auto_generate,
        background_id=sent.background_id if sent is not asset else None,
        **own,
    )


def _record(asset: Asset, submission: Submission, kind: str, user: User) -> None:
    data = {"locales": submission.locales, "reference": submission.reference}
    Event.objects.record(asset, kind, actor=user, cause="person", **data)
