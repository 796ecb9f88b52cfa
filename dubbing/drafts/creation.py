"""Create drafts: empty ones, or copies of an asset for another attempt."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import transaction

from dubbing.drafts import preset_values, quota
from dubbing.drafts.draft import UNTOUCHED
from dubbing.models import Asset, Dubbing, Event, Project
from dubbing.providers import provider_names

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def usual_provider(project: Project) -> str:
    """The project's provider if it is configured, otherwise the first one that is."""
    configured = provider_names()
    return project.provider if project.provider in configured else next(iter(configured), project.provider)


def create_draft(project: Project, user: User, *, provider: str = "", always_new: bool = False) -> Asset:
    """Return a draft in the project: the person's untouched one if there is one, so that empty drafts do not pile up.

    ``always_new``: for callers that fill it in at once. ``provider``: the project's by default. Raises NotPossible if
    the person's drafts are full.
    """
    mine = Asset.objects.filter(project=project, created_by=user, status=Asset.Status.DRAFT)
    untouched = None if always_new else mine.filter(UNTOUCHED, source=None, name="", copied_from=None).first()
    provider = provider or usual_provider(project)
    columns = preset_values.beginning(project, provider).columns()
    if untouched:
        Asset.objects.filter(pk=untouched.pk).update(provider=provider, **columns)
        untouched.refresh_from_db(fields=["provider", *columns])
        return untouched
    quota.check_quota(user, columns["typed_bytes"])
    asset = Asset.objects.create(project=project, created_by=user, provider=provider, **columns)
    Event.objects.record(asset, Event.Kind.CREATED, actor=user, cause="person")
    return asset


def copy_for_retry(
    asset: Asset, user: User, *, locales: Iterable[str] | None = None, provider: str = "", in_place: bool = False
) -> Asset:
    """Return a new draft with the same source and settings, for these locales (default: all that failed, or all).

    ``in_place``: when sent, it becomes the asset's next attempt rather than an asset of its own. Its settings are those
    that the first of these locales was last sent with.
    Raises NotPossible if the person's drafts are full.
    """
    with transaction.atomic():
        failed = list(asset.dubbings.filter(status=Dubbing.Status.FAILED).values_list("locale", flat=True))
        chosen = set(locales or failed or asset.dubbings.values_list("locale", flat=True))
        wanted = [old for old in asset.dubbings.all() if old.locale in chosen]
        sent = wanted[0].as_sent(asset) if in_place and wanted else asset
        kept = {field: getattr(sent, field) for field in _COPIED} | ({"provider": provider} if provider else {})
        kept["typed_bytes"] = sum(len(text.encode()) for text in (sent.source_srt, *(old.srt for old in wanted)))
        quota.check_quota(user, kept["typed_bytes"])
        copy = Asset.objects.create(
            project_id=asset.project_id, created_by=user, copied_from=asset, in_place=in_place, **kept
        )
        Dubbing.objects.bulk_create(Dubbing(asset=copy, locale=old.locale, srt=old.srt) for old in wanted)
        Event.objects.record(
            copy, Event.Kind.CREATED, actor=user, cause="person", copied_from=asset.pk, provider=provider
        )
        if not in_place:  # within the asset itself, nothing is retried until the draft is sent
            Event.objects.record(asset, Event.Kind.RETRIED, actor=user, cause="person", copy=copy.pk, provider=provider)
    return copy


_COPIED = (
    "provider", "name", "source", "media_url", "source_locale", "source_srt", "background", "background_url",
    "start", "end", "speakers", "auto_generate", "lips_model", "voice_anonymization", "options", "consent",
)  # fmt: skip
