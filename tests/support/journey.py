"""The journey of an asset from submission to results, in steps that a test can stop between."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, TypeVar

from django.contrib.auth.models import User
from django.db.models import Model
from django.utils import timezone

from dubbing.drafts.fields import AssetFields, TargetText
from dubbing.models import Asset, Event, Project, Submission, Upload, Version
from dubbing.providers.base import Provider
from dubbing.submissions import reconciliation, sender
from dubbing.submissions.submit import submit
from dubbing.sync import keep_result, sync_asset

Row = TypeVar("Row", bound=Model)


def make_wish(
    project: Project, user: User, *, locales: Iterable[str] = ("es-ES",), source: Upload | None = None, **fields: Any
) -> Submission:
    """A draft that was submitted: the intention stands, nothing is sent."""
    where = {"source": source} if source else {"media_url": "https://media.example.com/harbour.mp4"}
    values: dict[str, Any] = {"name": "Harbour tour", "source_locale": "en-US", "auto_generate": "with_lips"}
    values |= where | fields
    asset = Asset.objects.create(project=project, created_by=user)
    return submit(asset, AssetFields(targets=tuple(map(TargetText, locales)), **values), user)[0]


def make_sent(project: Project, user: User, provider: Provider, **fields: Any) -> Asset:
    """An asset that the provider has."""
    submission = make_wish(project, user, **fields)
    sender.send(submission.pk, provider=provider)
    return Asset.objects.get(pk=submission.asset_id)


def send(submission: Submission, provider: Provider) -> Submission:
    """Send it now, whatever it waits for."""
    touch(submission, next_at=timezone.now())
    sender.send(submission.pk, provider=provider)
    return fresh(submission)


def reconcile(submission: Submission, provider: Provider) -> Submission:
    """Look for it now, whatever it waits for."""
    touch(submission, next_at=timezone.now())
    reconciliation.reconcile_submission(submission.pk, provider=provider)
    return fresh(submission)


def reconcile_for_good(submission: Submission, provider: Provider) -> Submission:
    """Look for it twice, half a minute apart, long after the window."""
    touch(submission, lost_at=timezone.now() - timedelta(hours=2))
    reconcile(submission, provider)
    if fresh(submission).empty_at:
        touch(submission, empty_at=timezone.now() - timedelta(seconds=31))
        reconcile(submission, provider)
    return fresh(submission)


def look(asset: Asset, provider: Provider) -> Asset:
    """Sync it now."""
    Asset.objects.mark(asset.pk)
    sync_asset(asset.pk, provider=provider, cause="test")
    return fresh(asset)


def keep(version: Version, provider: Provider) -> Version:
    """Try to keep its result now."""
    Version.objects.filter(pk=version.pk).exclude(next_keep_at=None).update(next_keep_at=timezone.now())
    keep_result(version.pk, provider=provider)
    return fresh(version)


def look_and_keep(asset: Asset, provider: Provider) -> Asset:
    """Sync it, and keep what there is to keep."""
    look(asset, provider)
    for version in Version.objects.due_for_keep().filter(dubbing__asset=asset):
        keep_result(version.pk, provider=provider)
    return fresh(asset)


def touch(row: Any, **changes: Any) -> None:
    """Change columns behind everybody's back, as time or another process would."""
    type(row).objects.filter(pk=row.pk).update(**changes)


def expire_lease(row: Any) -> None:
    """Whoever holds the row has gone silent."""
    touch(row, lease_until=timezone.now() - timedelta(seconds=1))


def fresh(row: Row) -> Row:
    """The row as it is now."""
    return type(row)._default_manager.get(pk=row.pk)


def events(asset: Asset) -> list[str]:
    """What happened to it, in order."""
    return list(Event.objects.filter(asset=asset).order_by("id").values_list("kind", flat=True))


def only_version(asset: Asset) -> Version:
    """Its one version."""
    return Version.objects.get(dubbing__asset=asset)
