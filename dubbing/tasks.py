"""Running later: each task fetches one row, calls, and decides what is rung for next. The rows remember the rest."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from celery import shared_task
from django.db.models import Q

from dubbing.bell import Bell
from dubbing.models import Asset, Submission, Version
from dubbing.providers import open_provider
from dubbing.services import revising, sending, settling
from dubbing.sync import keep_result, sync_asset

log = logging.getLogger(__name__)


@shared_task(base=Bell)
def submit(pk: int) -> None:
    """Send a submission that is READY, or find out what became of one that was sent."""
    submission = Submission.objects.select_related("asset").get(pk=pk)
    provider = open_provider(submission.asset.provider)
    named = submission.candidate_id and not provider.capabilities.prepares
    if submission.status == Submission.Status.READY and not named:
        sending.send(pk, provider=provider)
    elif submission.status in Submission.UNBOUND:
        settling.settle(pk, provider=provider)
    sync.ring(submission.asset_id)


@shared_task(base=Bell)
def sync(pk: int) -> None:
    """Look at an asset at the provider."""
    asset = Asset.objects.get(pk=pk)
    if sync_asset(pk, provider=open_provider(asset.provider), cause="sync"):
        sync.ring(pk)
    for version in Version.objects.due_for_keep().filter(dubbing__asset_id=pk):
        keep.ring(version.pk)


@shared_task(base=Bell)
def keep(pk: int) -> None:
    """Copy a version's result into our storage."""
    keep_result(pk, provider=open_provider(Version.objects.get(pk=pk).provider))


@shared_task(base=Bell)
def revise(pk: int) -> None:
    """Send a version back to editing."""
    version = Version.objects.select_related("dubbing").get(pk=pk)
    if revising.revise(pk, provider=open_provider(version.provider)):
        sync.ring(version.dubbing.asset_id)


@dataclass(frozen=True, slots=True)
class Due:
    """Something whose time has come: which task does it, for which row, since when."""

    task: Bell
    pk: int
    since: datetime

    def run(self) -> None:
        """Do it here and now; one row's trouble is not another's."""
        try:
            self.task.run(self.pk)
        except Exception:
            log.exception("%s of %s failed; it stays due", self.task.name, self.pk)


def due(*, asset: Asset | None = None) -> Iterator[Due]:
    """Everything whose time has come (of one asset), the oldest first in each kind."""
    of_asset = Q() if asset is None else Q(asset=asset)
    of_version = Q() if asset is None else Q(dubbing__asset=asset)
    this = Q() if asset is None else Q(pk=asset.pk)
    for task, rows, when in (
        (submit, Submission.objects.due().filter(of_asset), "next_at"),
        (sync, Asset.objects.due_for_sync().filter(this), "next_poll_at"),
        (keep, Version.objects.due_for_keep().filter(of_version), "next_keep_at"),
        (revise, Version.objects.due_for_revise().filter(of_version), "next_revise_at"),
    ):
        for pk, since in rows.order_by(when).values_list("pk", when)[:500]:
            yield Due(task, pk, since)
