"""Check that nothing is lost and nothing exists twice: every request has its remote asset, and every one of ours a row.

Reads only.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Count, Q
from django.utils import timezone

from dubbing.backup.matches import Kind
from dubbing.backup.remote_assets import listing_providers, matches
from dubbing.models import Asset, Hold, Submission
from dubbing.providers import base

OVERDUE = timedelta(hours=1)
_MISSING = {
    Kind.UNBOUND: "is at the provider, but its request does not know it",
    Kind.UNSENT: "is at the provider, but was not sent as far as this database knows",
    Kind.DUPLICATE: "is at the provider a second time",
    Kind.UNKNOWN: "matches nothing here",
}


def violations() -> Iterator[str]:
    """Everything that is lost, doubled or forgotten, in English."""
    yield from _unbound_requests()
    yield from _shared_ids()
    yield from _forgotten_rows()
    for name in listing_providers():
        yield from _remote_assets(name)


def _unbound_requests() -> Iterator[str]:
    accepted = Submission.objects.filter(status=Submission.Status.ACCEPTED)
    lost = accepted.filter(Q(remote_id="") | Q(kind=Submission.Kind.CREATE, locale="", asset__remote_id=""))
    for reference in lost.values_list("reference", flat=True):
        yield f"{reference} was accepted, but is bound to nothing."


def _shared_ids() -> Iterator[str]:
    accepted = Submission.objects.filter(status=Submission.Status.ACCEPTED, kind=Submission.Kind.CREATE)
    named = accepted.exclude(remote_id="").order_by().values("asset__provider", "remote_id")
    for row in named.annotate(number=Count("pk")).filter(number__gt=1):
        yield f"{row['asset__provider']} {row['remote_id']} is bound to {row['number']} requests."


def _forgotten_rows() -> Iterator[str]:
    """Rows past their time of which nobody was told."""
    now = timezone.now()
    late = Asset.objects.filter(status__in=Asset.OPEN)
    untold = late.filter(Q(late_at__lt=now - OVERDUE, lateness=0) | Q(stuck_at__lt=now - OVERDUE, lateness__lt=2))
    for pk in untold.values_list("pk", flat=True):
        yield f"Video {pk} is past its deadline, and nobody was told."
    for pk in Asset.objects.due_for_sync().filter(next_poll_at__lt=now - OVERDUE).values_list("pk", flat=True):
        yield f"Video {pk} should have been checked with the provider over an hour ago."
    waiting = Submission.objects.due().filter(next_at__lt=now - OVERDUE)
    for reference in waiting.exclude(asset__provider__in=Hold.objects.values("provider")).values_list(
        "reference", flat=True
    ):
        yield f"{reference} should have been sent or looked for over an hour ago."


def _remote_assets(name: str) -> Iterator[str]:
    try:
        for matched in matches(name, None):
            if matched.kind != Kind.OURS:
                yield f"{name} {matched.remote.remote_id} “{matched.remote.name}” {_MISSING[matched.kind]}."
    except base.ProviderError as error:
        yield f"The list of {name} could not be read: {error.reason}"
