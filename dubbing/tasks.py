"""Running later: each task fetches one row, calls, and decides what is rung for next. The rows remember the rest."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from celery import shared_task
from django.db.models import Q

from dubbing import uploads
from dubbing.drafts import drafts
from dubbing.minutes import settlement
from dubbing.models import Asset, BatchRow, Link, Submission, Upload, Version
from dubbing.platform.wakeups import Bell
from dubbing.providers import open_provider
from dubbing.submissions import reconciliation, sender
from dubbing.sync import keep_result, revise_requests, sync_asset
from dubbing.uploads import links, previews

log = logging.getLogger(__name__)


@shared_task(base=Bell)
def submit(pk: int) -> None:
    """Send a submission that is READY, or find out what became of one that was sent."""
    submission = Submission.objects.select_related("asset").get(pk=pk)
    provider = open_provider(submission.asset.provider)
    named = submission.candidate_id and not provider.capabilities.prepares
    if submission.status == Submission.Status.READY and not named:
        sender.send(pk, provider=provider)
    elif submission.status in Submission.UNBOUND:
        reconciliation.settle(pk, provider=provider)
    settlement.close_due(submission.asset_id)
    sync.ring(submission.asset_id)


# After what is at hand already: a result that is there comes before a look at the next one. Messages with the lower
# number come first; a few looks share one, and are still shared out among the workers.
@shared_task(base=Bell, together=4, rank=3)
def sync(pk: int) -> None:
    """Look at an asset at the provider."""
    asset = Asset.objects.get(pk=pk)
    if sync_asset(pk, provider=open_provider(asset.provider), cause="sync"):
        sync.ring(pk)
    settlement.close_due(pk)
    for version in Version.objects.due_for_keep().filter(dubbing__asset_id=pk):
        keep.ring(version.pk)


@shared_task(base=Bell)
def keep(pk: int) -> None:
    """Copy a version's result into our storage."""
    version = Version.objects.select_related("dubbing").get(pk=pk)
    keep_result(pk, provider=open_provider(version.provider))
    settlement.close_due(version.dubbing.asset_id)


@shared_task(base=Bell)
def revise(pk: int) -> None:
    """Send a version back to editing."""
    version = Version.objects.select_related("dubbing").get(pk=pk)
    if revise_requests.revise(pk, provider=open_provider(version.provider)):
        sync.ring(version.dubbing.asset_id)


@shared_task(base=Bell)
def examine(pk: UUID | str) -> None:
    """Look into a file that arrived, and give it to the drafts that wait for it."""
    upload = uploads.examine(UUID(str(pk)), settled=drafts.attach_arrived)
    if upload and upload.preview == Upload.Preview.WAITING:
        preview.ring(upload.pk)


@shared_task(base=Bell)
def preview(pk: UUID | str) -> None:
    """Make what pages need to show a film."""
    previews.make(UUID(str(pk)))


@shared_task(base=Bell)
def look_at_links(pk: int) -> None:
    """Have the links of a row of a batch looked at, so that its length is known before it is sent."""
    asset = Asset.objects.select_related("created_by").get(pk=pk)
    for kind, url in links.links_in(asset.typed):
        links.ask(url, kind, asset.created_by, provider=asset.provider)
    BatchRow.objects.filter(asset=pk).update(stale=True)
    ring_for_links()


# Their servers may be slow, or mean harm: the other threads are left to what is urgent.
_looking = threading.BoundedSemaphore(3)


@shared_task(base=Bell)
def look_at_link(pk: int) -> None:
    """See what is behind a link. While others are at it, this one waits until one of those is over."""
    if not _looking.acquire(blocking=False):
        return
    try:
        link = links.look_at(pk)
    finally:
        _looking.release()
    if link:
        rows = BatchRow.objects.exclude(status=BatchRow.Status.SENT).filter(asset__created_by=link.owner_id)
        rows.filter(Q(given__media_url=link.url) | Q(given__background_url=link.url)).update(stale=True)
        ring_for_links()


def ring_for_links() -> None:
    """For the links that somebody waits for."""
    for pk in links.waiting():
        look_at_link.ring(pk)


@dataclass(frozen=True, slots=True)
class Due:
    """Something whose time has come: which task does it, for which row, since when."""

    task: Bell
    pk: int | UUID
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
    of_upload = Q() if asset is None else Q(source_of=asset) | Q(background_of=asset)
    for task, rows, when in (
        (submit, Submission.objects.due().filter(of_asset), "next_at"),
        (sync, Asset.objects.due_for_sync().filter(this), "next_poll_at"),
        (keep, Version.objects.due_for_keep().filter(of_version), "next_keep_at"),
        (revise, Version.objects.due_for_revise().filter(of_version), "next_revise_at"),
        (examine, Upload.objects.due_for_examination().filter(of_upload), "next_at"),
        # Not for one asset: who waits for an asset does not wait for these.
        (preview, Upload.objects.due_for_preview() if asset is None else Upload.objects.none(), "next_at"),
        (look_at_link, Link.objects.due() if asset is None else Link.objects.none(), "next_at"),
    ):
        for pk, since in rows.order_by(when).values_list("pk", when)[:500]:
            yield Due(task, pk, since)
