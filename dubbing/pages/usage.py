"""What an asset took: time, and minutes that are paid for."""

from __future__ import annotations

from dubbing.models import Asset, Submission

_PAID = {Submission.Status.ACCEPTED, Submission.Status.DUPLICATE, Submission.Status.SUPERSEDED}


def taken(asset: Asset) -> float | None:
    """Seconds from pressing the button to the last result; None while it is under way."""
    if asset.submitted_at is None or asset.finished_at is None:
        return None
    return max(0.0, (asset.finished_at - asset.submitted_at).total_seconds())


def spent(asset: Asset) -> float | None:
    """Seconds of video that were sent to be dubbed, each language counted; None when the length is not known.

    ``asset``: with its submissions read.
    """
    languages = sum(len(one.locales) for one in asset.submissions.all() if one.status in _PAID)
    if not languages:
        return 0.0
    return asset.trimmed_duration * languages if asset.trimmed_duration is not None else None
