"""Check that nothing is lost and nothing exists twice: every request has its remote asset, and every one of ours a row.

Once a day, and by ``manage.py reconcile --check``. Only records what it found.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Q
from django.utils import timezone

from dubbing.backup.matches import Kind, Match
from dubbing.backup.remote_assets import listing_providers, matches
from dubbing.models import Asset, ConsistencyCheck, Hold, PeriodicJob, Submission
from dubbing.providers import base

JOB, EVERY = "consistency", timedelta(days=1)
OVERDUE = timedelta(hours=1)
"""What was sent within this time may still be on its way from one row to the next."""
MOST_RECORDED = 20
_MISSING = {
    Kind.UNBOUND: "is at the provider, but its request does not know it",
    Kind.UNSENT: "is at the provider, but was not sent as far as this database knows",
    Kind.DUPLICATE: "is at the provider a second time",
    Kind.UNKNOWN: "matches nothing here",
}


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """Something that is lost, duplicated or forgotten, in English.

    ``is_certain``: neither another portal with the same account nor a provider that does not answer explains it.
    """

    text: str
    is_certain: bool = True


def check_if_due() -> bool:
    """Check once a day, in one of the schedulers. Return whether this one did."""
    return PeriodicJob.objects.run_if_due(JOB, EVERY, lambda: record_check(list(find_discrepancies())))


def record_check(found: list[Discrepancy]) -> None:
    """Record what a check found, for the health page."""
    certain = [each for each in found if each.is_certain]
    doubtful = [each for each in found if not each.is_certain]
    first = "\n".join(each.text for each in [*certain, *doubtful][:MOST_RECORDED])
    ConsistencyCheck.objects.create(violations=len(certain), doubts=len(doubtful), findings=first)
    ConsistencyCheck.objects.filter(checked_at__lt=timezone.now() - ConsistencyCheck.KEPT).delete()


def find_discrepancies() -> Iterator[Discrepancy]:
    """Everything that is lost, duplicated or forgotten."""
    for texts in (_unbound_requests(), _shared_ids(), _forgotten_rows()):
        yield from map(Discrepancy, texts)
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


def _remote_assets(name: str) -> Iterator[Discrepancy]:
    try:
        for matched in matches(name, None):
            if matched.kind != Kind.OURS and not _is_on_its_way(matched):
                text = f"{name} {matched.remote.remote_id} “{matched.remote.name}” {_MISSING[matched.kind]}."
                yield Discrepancy(text, is_certain=matched.kind != Kind.UNKNOWN)
    except base.ProviderError as error:
        yield Discrepancy(f"The list of {name} could not be read: {error.reason}", is_certain=False)


def _is_on_its_way(matched: Match) -> bool:
    """Whether its request may just be noting it."""
    lately = timezone.now() - OVERDUE
    return matched.asset is not None and matched.asset.submissions.filter(sent_at__gte=lately).exists()
