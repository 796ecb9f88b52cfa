"""Providers that take one locale per job, step by step: for tests with the sandbox or a witness on the other end."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import time_machine
from django.contrib.auth.models import User
from django.utils import timezone

from dubbing import tasks
from dubbing.drafts.fields import AssetFields, TargetText
from dubbing.models import Asset, Hold, Project, Submission, Version
from dubbing.submissions.submit import submit
from tests.support.journey import fresh, touch

THREE = ("es-ES", "fr-FR", "it-IT")


def order(project: Project, user: User, provider: str, *, locales: Iterable[str] = THREE, **fields: Any) -> Asset:
    """An asset that was submitted: a submission for each locale, none of them sent."""
    asset = Asset.objects.create(project=project, created_by=user, provider=provider)
    values: dict[str, Any] = {"name": "Harbour tour", "source_locale": "en-US", "auto_generate": "no_lips"} | fields
    submit(asset, AssetFields(targets=tuple(map(TargetText, locales)), **values), user)
    return fresh(asset)


def work(asset: Asset, *, rounds: int = 1) -> Asset:
    """Have everything done now that is open, whatever it waits for."""
    for _ in range(rounds):
        now = timezone.now()
        asset.submissions.filter(status__in=Submission.UNBOUND).update(next_at=now)
        Hold.objects.all().delete()
        Asset.objects.filter(pk=asset.pk, status__in=Asset.MIRRORED).update(next_poll_at=now)
        Version.objects.filter(dubbing__asset=asset).exclude(next_keep_at=None).update(next_keep_at=now)
        for _ in range(3):
            for item in tasks.due(asset=asset):
                item.task.run(item.pk)
    return fresh(asset)


def work_until(asset: Asset, *statuses: str, rounds: int = 60) -> Asset:
    """Go on until it has one of these statuses."""
    for _ in range(rounds):
        if work(asset).status in statuses:
            break
    found = fresh(asset)
    assert found.status in statuses, (found.status, outcomes(asset), dubbings(asset))
    return found


def work_later(asset: Asset, hours: float, *, rounds: int = 3) -> Asset:
    """Go on after so much time, with pauses longer than those between two looks."""
    with time_machine.travel(timezone.now() + timedelta(hours=hours)) as clock:
        for _ in range(rounds):
            work(asset)
            clock.shift(40)
    return fresh(asset)


def of(asset: Asset, locale: str) -> Submission:
    """The newest submission for the locale."""
    return asset.submissions.filter(locale=locale).latest("pk")


def outcomes(asset: Asset) -> dict[str, str]:
    """What became of the newest submission for each locale."""
    return {one.locale: one.status for one in asset.submissions.order_by("pk")}


def dubbings(asset: Asset) -> dict[str, str]:
    """The dubbings' statuses; of failed ones the code."""
    return {one.locale: one.error_code or one.status for one in asset.dubbings.all()}


def die_while_sending(submission: Submission) -> None:
    """Its worker is gone, and nobody wrote down how far it got."""
    gone = timezone.now() - timedelta(seconds=1)
    touch(submission, status=Submission.Status.SENDING, lease_until=gone)
