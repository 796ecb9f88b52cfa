"""From a draft to the intention to pay for it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from dubbing import pace
from dubbing.models import Asset, Dubbing, Event, Project, Submission, Upload, Version
from dubbing.providers import capabilities, provider_names

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

# Without letters and digits that are mistaken for one another: people read references out to ops.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


class NotPossible(Exception):
    """What was asked does not fit the state of things; the message is for people."""


@dataclass(frozen=True, slots=True)
class TargetText:
    """A locale somebody wants, with the strict SRT to be spoken, if any."""

    locale: str
    srt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetFields:
    """A checked form: everything an asset needs before it can be submitted."""

    name: str
    source_locale: str
    targets: tuple[TargetText, ...]
    source: Upload | None = None
    media_url: str = ""
    source_srt: str = ""
    background: Upload | None = None
    background_url: str = ""
    start: float | None = None
    end: float | None = None
    speakers: int | None = None
    auto_generate: str = "off"
    lips_model: str = "real_face"
    voice_anonymization: float = 0.0
    options: dict[str, str | int | float] = field(default_factory=dict)


def new_reference() -> str:
    """A short text that nobody else uses, to recognise our asset by at the provider."""
    return "DUB-" + "".join(secrets.choice(_ALPHABET) for _ in range(10))


def usual_provider(project: Project) -> str:
    """The project's provider while that is configured, else the first that is."""
    configured = provider_names()
    return project.provider if project.provider in configured else next(iter(configured), project.provider)


def create_draft(project: Project, user: User) -> Asset:
    """A draft in the project; the person's untouched one if there is one, so that empty ones do not pile up."""
    mine = Asset.objects.filter(project=project, created_by=user, status=Asset.Status.DRAFT)
    untouched = mine.filter(typed={}, source=None, name="").first()
    provider = usual_provider(project)
    if untouched:
        Asset.objects.filter(pk=untouched.pk).update(provider=provider)
        untouched.provider = provider
        return untouched
    asset = Asset.objects.create(project=project, created_by=user, provider=provider)
    Event.objects.record(asset, Event.Kind.CREATED, actor=user, cause="person")
    return asset


def submit(asset: Asset, fields: AssetFields, user: User) -> list[Submission]:
    """Write the fields down and the intention to send them. Raises NotPossible when it was sent already.

    One submission for all locales, or one for each where the provider takes one per job.
    """
    with transaction.atomic():
        before, now = asset.status, timezone.now()
        sendable = [Asset.Status.DRAFT, Asset.Status.REFUSED]
        columns = _columns(fields)
        late_at = now + pace.lateness(Asset(**columns).trimmed_duration)
        changes = columns | {"submitted_at": now, "late_at": late_at, "error_code": "", "error_message": ""}
        if before not in sendable or not Asset.objects.move(
            asset, Asset.Status.SUBMITTING, cause="person", actor=user, **changes
        ):
            raise NotPossible("This asset was sent already.")
        asset.dubbings.all().delete()
        _add_dubbings(asset, fields.targets)
        return _intend_creation(asset, [target.locale for target in fields.targets], user)


def add_locales(asset: Asset, targets: Iterable[TargetText], user: User) -> list[Submission]:
    """Ask for more locales of an asset the provider has. Raises NotPossible."""
    wanted = tuple(targets)
    with transaction.atomic():
        asset = Asset.objects.locked(asset.pk)
        _check_addition(asset, wanted)
        codes = [target.locale for target in wanted]
        one_by_one = not capabilities(asset.provider).several_locales
        anew = _never_begun(asset)
        (anew.filter(locale__in=codes) if one_by_one else anew).delete()
        _add_dubbings(asset, wanted)
        if one_by_one:
            return _intend_creation(asset, codes, user)
        submission = _intend(asset, Submission.Kind.ADD_LOCALES, user, codes)
        _record_submitted(asset, submission, user)
        return [submission]


def send_missing(asset: Asset, user: User) -> list[Submission]:
    """Send the locales that failed once more, and no others, on the same asset. Raises NotPossible."""
    with transaction.atomic():
        asset = Asset.objects.locked(asset.pk)
        if capabilities(asset.provider).several_locales:
            raise NotPossible("This provider does a language of an asset only once. Try it again as a new asset.")
        failed = asset.dubbings.filter(status=Dubbing.Status.FAILED)
        codes = list(failed.values_list("locale", flat=True))
        if not codes or asset.status not in Asset.MIRRORED:
            raise NotPossible("No language of this asset is missing.")
        retired = asset.submissions.filter(locale__in=codes, status=Submission.Status.ACCEPTED)
        retired.update(status=Submission.Status.SUPERSEDED)
        Version.objects.filter(dubbing__in=failed, results=None).delete()  # else the old job's end would stay theirs
        anew = {"status": Dubbing.Status.PENDING, "remote_id": "", "error_code": "", "error_message": ""}
        asset.dubbings.filter(locale__in=codes).update(**anew, changed_at=timezone.now())
        # A look that is under way has seen the old jobs: it counts no more.
        changes: dict[str, Any] = {"finished_at": None, "lease_token": None, "lease_until": None}
        late_at = timezone.now() + pace.lateness(asset.trimmed_duration)
        Asset.objects.move(asset, Asset.Status.DUBBING, cause="person", actor=user, late_at=late_at, **changes)
        return _intend_creation(asset, codes, user)


def copy_for_retry(asset: Asset, user: User, *, locales: Iterable[str] | None = None, provider: str = "") -> Asset:
    """A new draft with the same source and settings, for these locales (default: all that failed, or all)."""
    with transaction.atomic():
        failed = list(asset.dubbings.filter(status=Dubbing.Status.FAILED).values_list("locale", flat=True))
        chosen = set(locales or failed or asset.dubbings.values_list("locale", flat=True))
        kept = {field: getattr(asset, field) for field in _COPIED} | ({"provider": provider} if provider else {})
        copy = Asset.objects.create(project_id=asset.project_id, created_by=user, copied_from=asset, **kept)
        Dubbing.objects.bulk_create(
            Dubbing(asset=copy, locale=old.locale, srt=old.srt) for old in asset.dubbings.all() if old.locale in chosen
        )
        Event.objects.record(
            copy, Event.Kind.CREATED, actor=user, cause="person", copied_from=asset.pk, provider=provider
        )
        Event.objects.record(asset, Event.Kind.RETRIED, actor=user, cause="person", copy=copy.pk, provider=provider)
    return copy


_COPIED = (
    "provider", "name", "source", "media_url", "source_locale", "source_srt", "background", "background_url",
    "start", "end", "speakers", "auto_generate", "lips_model", "voice_anonymization", "options",
)  # fmt: skip


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


def _columns(fields: AssetFields) -> dict[str, object]:
    names = [name for name in AssetFields.__slots__ if name != "targets"]
    return {name: getattr(fields, name) for name in names}


def _add_dubbings(asset: Asset, targets: Iterable[TargetText]) -> None:
    Dubbing.objects.bulk_create(Dubbing(asset=asset, locale=target.locale, srt=target.srt) for target in targets)


def _intend_creation(asset: Asset, locales: list[str], user: User) -> list[Submission]:
    together = capabilities(asset.provider).several_locales
    portions = [locales] if together else [[code] for code in locales]
    made = [_intend(asset, Submission.Kind.CREATE, user, codes, "" if together else codes[0]) for codes in portions]
    for submission in made:
        _record_submitted(asset, submission, user)
    return made


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


def _check_addition(asset: Asset, wanted: tuple[TargetText, ...]) -> None:
    if asset.status not in Asset.MIRRORED:
        raise NotPossible("The provider does not have this asset yet; add languages once it does.")
    together = capabilities(asset.provider).several_locales
    if together and (asset.error_code or asset.status == Asset.Status.FAILED):
        raise NotPossible("This asset failed at the provider, which takes no more languages for it. Try it again.")
    if together and asset.submissions.filter(kind=Submission.Kind.ADD_LOCALES, status__in=Submission.OPEN).exists():
        raise NotPossible("Languages are being added already; wait until that is through.")
    if not wanted:
        raise NotPossible("Choose at least one language.")
    begun = asset.dubbings.exclude(pk__in=_never_begun(asset).values("pk"))
    present = {locale.casefold() for locale in begun.values_list("locale", flat=True)}
    for target in wanted:
        if target.locale.casefold() in present:
            raise NotPossible(f"{target.locale} is there already.")
        present.add(target.locale.casefold())


def _never_begun(asset: Asset) -> QuerySet[Dubbing]:
    """Dubbings that the provider refused to begin: they can be asked for again."""
    return asset.dubbings.filter(status=Dubbing.Status.FAILED, remote_id="", versions=None)


def _record_submitted(asset: Asset, submission: Submission, user: User) -> None:
    kind = Event.Kind.SUBMITTED if submission.kind == Submission.Kind.CREATE else Event.Kind.LOCALES_ADDED
    data = {"locales": submission.locales, "reference": submission.reference}
    Event.objects.record(asset, kind, actor=user, cause="person", **data)
