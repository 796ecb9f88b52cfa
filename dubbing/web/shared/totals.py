"""Totals of an asset: time taken and minutes used."""

from __future__ import annotations

from dubbing.models import Asset, LedgerEntry, Submission

_PAID = {Submission.Status.ACCEPTED, Submission.Status.DUPLICATE, Submission.Status.SUPERSEDED}


def taken(asset: Asset) -> float | None:
    """Seconds from submitting to the last result; None while it is in progress."""
    if asset.submitted_at is None or asset.finished_at is None:
        return None
    return max(0.0, (asset.finished_at - asset.submitted_at).total_seconds())


def spent(asset: Asset) -> float | None:
    """Weighted seconds used or reserved, over all languages; None if the length is unknown.

    ``asset``: with its submissions and ledger loaded. Assets sent before the ledger existed count with their length.
    """
    lines = list(asset.ledger.all())
    if lines:
        booked = sum(line.milliseconds for line in lines)
        settled = {line.closes_id for line in lines}
        waiting = any(line.kind == LedgerEntry.Kind.RESERVE and line.pk not in settled for line in lines)
        return None if waiting and not booked else booked / 1000
    languages = sum(len(submission.locales) for submission in asset.submissions.all() if submission.status in _PAID)
    if not languages:
        return 0.0
    return asset.trimmed_duration * languages if asset.trimmed_duration is not None else None
