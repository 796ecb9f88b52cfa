"""Why an asset cannot be moved to another project or to trash right now, as messages for people."""

from __future__ import annotations

from django.utils.translation import gettext

from dubbing.models import Asset, BatchRow, Dubbing, Submission

_SENDING = [Asset.Status.SUBMITTING, Asset.Status.HELD, Asset.Status.UNCONFIRMED]


def to_move(asset: Asset) -> str:
    """Return why the asset cannot be moved to another project right now, or an empty string if it can."""
    if asset.status == Asset.Status.DRAFT:
        return _to_move_draft(asset)
    if asset.status == Asset.Status.AWAITING:
        return gettext("This video is awaiting approval. Withdraw the request first.")
    if asset.status in _SENDING or asset.submissions.filter(status__in=Submission.OPEN).exists():
        return gettext("This video is being sent. Try again when that is done.")
    return ""


def _to_move_draft(draft: Asset) -> str:
    """Return why a draft cannot be moved.

    A batch sends all its rows in its own project, and pilots are judged where they were sent.
    """
    if BatchRow.objects.filter(asset=draft).exists():
        return gettext("This draft is a row of a batch, so it has to stay in the batch’s project.")
    if draft.pilots.exists():
        return gettext("This draft has pilots, so it has to stay in their project.")
    return ""


def to_trash(asset: Asset) -> str:
    """Return why the asset cannot be moved to trash right now, or an empty string if it can."""
    if asset.status == Asset.Status.DRAFT:
        return gettext("This is a draft. Delete it instead.")
    if reason := to_move(asset):
        return reason
    under_way = set(asset.dubbings.values_list("status", flat=True))
    if Dubbing.Status.KEEPING in under_way:
        return gettext("A final video is being saved. Try again when that is done.")
    dubbing = under_way & {Dubbing.Status.PREPARING, Dubbing.Status.GENERATING}
    if dubbing or asset.status == Asset.Status.DUBBING:
        return gettext("This video is being dubbed. Try again when that is done.")
    return ""
