"""The background tasks: each handles one row and enqueues what comes next. The rows hold all state."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from celery import shared_task
from django.db.models import Q, QuerySet
from django.utils import timezone

from dubbing import uploads
from dubbing.assets import bulk
from dubbing.delivery import deliveries
from dubbing.drafts import saved_drafts
from dubbing.minutes import settlement
from dubbing.models import (
    Asset,
    BatchRow,
    BulkAction,
    Delivery,
    Link,
    Mail,
    QualityReport,
    Submission,
    Upload,
    Version,
    Webhook,
    WebhookMessage,
)
from dubbing.notices import consumer, mails
from dubbing.platform import log_scope, measurements
from dubbing.platform.wakeups import WakeUp
from dubbing.providers import open_provider
from dubbing.review import quality_reports, waveforms
from dubbing.submissions import reconciliation, sender
from dubbing.sync import c2pa_manifests, keep_result, revise_requests, sync_asset
from dubbing.uploads import links, previews, reverification
from dubbing.webhooks import consumer as webhook_consumer
from dubbing.webhooks import sending as webhook_sending

log = logging.getLogger(__name__)

BULK_SECONDS = 5.0


@shared_task(base=WakeUp)
def submit(pk: int) -> None:
    """Send a submission that is READY, or find out what became of one that was sent."""
    submission = Submission.objects.select_related("asset").get(pk=pk)
    log_scope.note(submission=submission.reference, asset=submission.asset_id)
    provider = open_provider(submission.asset.provider)
    named = submission.candidate_id and not provider.capabilities.prepares
    if submission.status == Submission.Status.READY and not named:
        sender.send(pk, provider=provider)
    elif submission.status in Submission.UNBOUND:
        reconciliation.reconcile_submission(pk, provider=provider)
    settlement.close_due(submission.asset_id)
    sync.enqueue(submission.asset_id)
    enqueue_notices()


def enqueue_submissions(submissions: Iterable[Submission]) -> None:
    """Enqueue requests that were just written."""
    for submission in submissions:
        submit.enqueue(submission.pk)


# Lower priority than the rest: keeping a finished result comes before polling the next asset. A few assets share one
# message; small groups still spread over the workers.
@shared_task(base=WakeUp, together=4, rank=3)
def sync(pk: int) -> None:
    """Sync an asset with the provider."""
    log_scope.note(asset=pk)
    asset = Asset.objects.get(pk=pk)
    if asset.next_poll_at and asset.next_poll_at <= (now := timezone.now()):
        measurements.observe("sync_delay", (now - asset.next_poll_at).total_seconds())
    if sync_asset(pk, provider=open_provider(asset.provider), cause="sync"):
        sync.enqueue(pk)
    settlement.close_due(pk)
    for version in Version.objects.due_for_keep().filter(dubbing__asset_id=pk):
        keep.enqueue(version.pk)
    enqueue_notices()


@shared_task(base=WakeUp)
def keep(pk: int) -> None:
    """Copy a version's result into our storage."""
    version = Version.objects.select_related("dubbing").get(pk=pk)
    log_scope.note(asset=version.dubbing.asset_id)
    keep_result(pk, provider=open_provider(version.provider))
    settlement.close_due(version.dubbing.asset_id)
    enqueue_notices()
    for report in QualityReport.objects.due().filter(result__version=pk).values_list("pk", flat=True):
        check_quality.enqueue(report)


@shared_task(base=WakeUp)
def revise(pk: int) -> None:
    """Send a version back to editing."""
    version = Version.objects.select_related("dubbing").get(pk=pk)
    log_scope.note(asset=version.dubbing.asset_id)
    if revise_requests.revise(pk, provider=open_provider(version.provider)):
        sync.enqueue(version.dubbing.asset_id)


# Messages in the broker may still carry the earlier names of some tasks, so the registered names stay the same.
@shared_task(base=WakeUp, name="dubbing.tasks.examine")
def verify(pk: UUID | str) -> None:
    """Verify an uploaded file and attach it to the drafts that wait for it."""
    upload = uploads.verify_upload(UUID(str(pk)), settled=saved_drafts.attach_arrived)
    if upload and upload.preview == Upload.Preview.WAITING:
        preview.enqueue(upload.pk)


@shared_task(base=WakeUp, rank=3)
def verify_again(pk: UUID | str) -> None:
    """Verify a file again that an older version of the portal verified."""
    pk = UUID(str(pk))
    reverification.verify_again(pk, settled=saved_drafts.attach_arrived)
    if Upload.objects.due_for_preview().filter(pk=pk).exists():
        preview.enqueue(pk)


def enqueue_older_files() -> None:
    """Enqueue a few files that an older version of the portal verified."""
    for pk in reverification.waiting():
        verify_again.enqueue(pk)


@shared_task(base=WakeUp)
def preview(pk: UUID | str) -> None:
    """Make the poster, the waveform and the browser copy of a video."""
    previews.make(UUID(str(pk)))


# It takes seconds of a whole processor, and nobody waits for it as for a result: its messages come last.
@shared_task(base=WakeUp, rank=6)
def check_quality(pk: int) -> None:
    """Check a kept result. If another one is being checked in this process, do nothing: that one enqueues the next."""
    if quality_reports.check(pk):
        for following in quality_reports.waiting():
            check_quality.enqueue(following)


@shared_task(base=WakeUp, rank=5)
def draw_result(pk: int) -> None:
    """Draw the waveform of a result that somebody is viewing."""
    waveforms.draw(pk)


# Somebody waits for it, and it may read hundreds of gigabytes.
@shared_task(base=WakeUp, rank=4)
def prepare_delivery(pk: int) -> None:
    """Prepare a delivery for download."""
    deliveries.prepare(pk)


@shared_task(base=WakeUp, rank=6)
def read_c2pa_manifest(pk: int) -> None:
    """Read the C2PA manifest of a result that an older version of the portal kept."""
    c2pa_manifests.read(pk)


def enqueue_older_results() -> None:
    """Enqueue a few results that were kept before checks existed, or before C2PA manifests were read."""
    for pk in quality_reports.ask_for_older():
        check_quality.enqueue(pk)
    for pk in c2pa_manifests.waiting():
        read_c2pa_manifest.enqueue(pk)


@shared_task(base=WakeUp, name="dubbing.tasks.look_at_links")
def check_row_links(pk: int) -> None:
    """Have the links of a batch row checked, so that its length is known before it is sent."""
    asset = Asset.objects.select_related("created_by").get(pk=pk)
    for kind, url in links.links_in(saved_drafts.read_draft(asset).form_data()):
        links.ask(url, kind, asset.created_by, provider=asset.provider)
    BatchRow.objects.filter(asset=pk).update(stale=True)
    enqueue_link_checks()


# The servers behind links may be slow or hostile: the other threads stay free for urgent work.
_link_checks = threading.BoundedSemaphore(3)


@shared_task(base=WakeUp, name="dubbing.tasks.look_at_link")
def check_link(pk: int) -> None:
    """Check what is behind a link. If three checks are running, do nothing: the first to end enqueues the rest."""
    if not _link_checks.acquire(blocking=False):
        return
    try:
        link = links.check_due(pk)
    finally:
        _link_checks.release()
    if link:
        rows = BatchRow.objects.exclude(status=BatchRow.Status.SENT).filter(asset__created_by=link.owner_id)
        rows.filter(Q(given__media_url=link.url) | Q(given__background_url=link.url)).update(stale=True)
        enqueue_link_checks()


def enqueue_link_checks() -> None:
    """Enqueue a check of each link that somebody is waiting for."""
    for pk in links.waiting():
        check_link.enqueue(pk)


@shared_task(base=WakeUp, rank=3)
def carry_on_bulk_action(pk: int) -> None:
    """Continue a bulk action, a little at a time: others are waiting for this worker too."""
    if bulk.carry_on(pk, seconds=BULK_SECONDS):
        carry_on_bulk_action.enqueue(pk)
    enqueue_notices()


# Nobody waits for these as for a result: their messages come last.
@shared_task(base=WakeUp, rank=6)
def take_events(pk: int) -> None:
    """Write the notices of unread events."""
    consumer.take_events()


@shared_task(base=WakeUp, rank=6)
def send_mail(pk: int) -> None:
    """Send an email with notices."""
    mails.send(pk)


@shared_task(base=WakeUp, rank=6)
def take_webhook_events(pk: int) -> None:
    """Write the webhook messages of unread events, and send them."""
    webhook_consumer.take_events()
    for message in WebhookMessage.objects.due().order_by("pk").values_list("pk", flat=True)[:100]:
        send_webhook.enqueue(message)


@shared_task(base=WakeUp, rank=6)
def send_webhook(pk: int) -> None:
    """Send a message to a webhook, then the next one about the same video."""
    if following := webhook_sending.send(pk):
        send_webhook.enqueue(following)


def enqueue_notices() -> None:
    """Wake the consumers of events if there is anything to read."""
    if consumer.waiting_since():
        take_events.enqueue(consumer.CURSOR)
    if webhook_consumer.waiting_since():
        take_webhook_events.enqueue(webhook_consumer.CURSOR)


@dataclass(frozen=True, slots=True)
class Due:
    """A row that is due: its task, its primary key, and since when."""

    task: WakeUp
    pk: int | UUID
    since: datetime

    def run(self) -> None:
        """Run the task in this process. An error is logged, so that it does not stop the other rows."""
        try:
            self.task.carry_out(self.pk)
        except Exception:
            log.exception("%s of %s failed and will be retried", self.task.name, self.pk)


@dataclass(frozen=True, slots=True)
class DueRows:
    """All rows that are due for one task, and the column that says since when."""

    task: WakeUp
    rows: QuerySet[Any]
    when: str

    @property
    def kind(self) -> str:
        """The name of the task's function."""
        return str(self.task.run.__name__)


def due_rows(*, asset: Asset | None = None, calls: bool = True) -> list[DueRows]:
    """The rows that are due (of one asset, if given), one entry for each kind. ``calls``: a webhook may be active."""
    of_asset = Q() if asset is None else Q(asset=asset)
    of_version = Q() if asset is None else Q(dubbing__asset=asset)
    this = Q() if asset is None else Q(pk=asset.pk)
    of_upload = Q() if asset is None else Q(source_of=asset) | Q(background_of=asset)
    # Not if one asset is given: nobody who waits for an asset waits for most of these.
    return [
        DueRows(submit, Submission.objects.due().filter(of_asset), "next_at"),
        DueRows(sync, Asset.objects.due_for_sync().filter(this), "next_poll_at"),
        DueRows(keep, Version.objects.due_for_keep().filter(of_version), "next_keep_at"),
        DueRows(revise, Version.objects.due_for_revise().filter(of_version), "next_revise_at"),
        DueRows(verify, Upload.objects.due_for_examination().filter(of_upload), "next_at"),
        DueRows(preview, Upload.objects.due_for_preview() if asset is None else Upload.objects.none(), "next_at"),
        DueRows(check_link, Link.objects.due() if asset is None else Link.objects.none(), "next_at"),
        DueRows(
            carry_on_bulk_action, BulkAction.objects.due() if asset is None else BulkAction.objects.none(), "next_at"
        ),
        DueRows(
            check_quality, QualityReport.objects.due() if asset is None else QualityReport.objects.none(), "next_at"
        ),
        DueRows(prepare_delivery, Delivery.objects.due() if asset is None else Delivery.objects.none(), "next_at"),
        DueRows(send_mail, Mail.objects.due() if asset is None else Mail.objects.none(), "next_at"),
        DueRows(
            send_webhook,
            WebhookMessage.objects.due() if calls and asset is None else WebhookMessage.objects.none(),
            "next_at",
        ),
    ]


def unread_events(*, calls: bool = True) -> Iterator[Due]:
    """The consumers of events that have something to read. ``calls``: a webhook may be active."""
    if happened := consumer.waiting_since():
        yield Due(take_events, consumer.CURSOR, happened)
    if calls and (happened := webhook_consumer.waiting_since()):
        yield Due(take_webhook_events, webhook_consumer.CURSOR, happened)


def due(*, asset: Asset | None = None) -> Iterator[Due]:
    """All rows that are due (of one asset, if given), oldest first in each kind."""
    calls = asset is None and Webhook.objects.live().exists()
    for each in due_rows(asset=asset, calls=calls):
        for pk, since in each.rows.order_by(each.when).values_list("pk", each.when)[:500]:
            yield Due(each.task, pk, since)
    if asset is None:
        yield from unread_events(calls=calls)
