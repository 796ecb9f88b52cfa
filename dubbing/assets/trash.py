"""The trash: hide assets, restore them for a while, then delete their files.

The row of an asset is never removed: its events and its ledger entries say what was done and paid.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from dubbing import uploads
from dubbing.assets import obstacles
from dubbing.models import Asset, Dubbing, Event, LedgerEntry, Result, Submission, Upload, Version, text_search
from dubbing.platform import storage
from dubbing.platform.errors import NotPossible
from dubbing.uploads import previews

if TYPE_CHECKING:
    from django.contrib.auth.models import User

log = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=30)
"""How long something in the trash can be restored."""
_AT_ONCE = 100


def trash(asset: Asset, user: User | None, *, cause: str = "person") -> None:
    """Move the asset to trash. ``user`` None: the portal does it.

    Raises NotPossible while the asset is being sent, dubbed or saved.
    """
    with transaction.atomic():
        locked = Asset.objects.locked(asset.pk)
        if locked.trashed_at is not None:
            return
        if reason := obstacles.to_trash(locked):
            raise NotPossible(reason)
        locked.trashed_at = timezone.now()
        locked.save(update_fields=["trashed_at"])
        Event.objects.record(locked, Event.Kind.TRASHED, actor=user, cause=cause)


def restore(asset: Asset, user: User) -> None:
    """Restore the asset from trash. Raises NotPossible once its files are deleted."""
    with transaction.atomic():
        locked = Asset.objects.locked(asset.pk)
        if locked.purged_at is not None:
            raise NotPossible(gettext("This video was deleted for good. It cannot be restored."))
        if locked.trashed_at is None:
            return
        locked.trashed_at = None
        locked.save(update_fields=["trashed_at"])
        Event.objects.record(locked, Event.Kind.RESTORED, actor=user, cause="person")


def purge_old(kept_for: timedelta = KEPT_FOR) -> int:
    """Delete the files and texts of assets that have been in the trash that long. Return how many assets there were.

    Assets that are in progress after all, or not settled yet, wait for the next time.
    """
    purged, last = 0, 0
    old = Asset.objects.filter(trashed_at__lt=timezone.now() - kept_for, purged_at=None).order_by("pk")
    while some := list(old.filter(pk__gt=last).values_list("pk", flat=True)[:_AT_ONCE]):
        purged += sum(_purge(pk, kept_for) for pk in some)
        last = some[-1]
    return purged


def _purge(pk: int, kept_for: timedelta) -> bool:
    with transaction.atomic():
        asset = Asset.objects.locked(pk)
        trashed = asset.trashed_at is not None and asset.trashed_at < timezone.now() - kept_for
        if not trashed or asset.purged_at is not None or _is_under_way(asset):
            return False
        results = Result.objects.filter(version__dubbing__asset=asset)
        keys = list(results.values_list("key", flat=True))
        files = [upload for upload in (asset.source, asset.background) if upload is not None]
        files += Upload.objects.filter(background_of_submissions__asset=asset).distinct()
        results.delete()
        Dubbing.objects.filter(asset=asset).update(srt="", sent_settings={})
        asset.submissions.update(sent_settings={}, background=None)
        asset.source = asset.background = None
        asset.source_srt, asset.typed, asset.typed_bytes = "", {}, 0
        asset.purged_at, asset.next_poll_at = timezone.now(), None
        asset.save(
            update_fields=[
                "source", "background", "source_srt", "typed", "typed_bytes", "purged_at", "next_poll_at",
            ]
        )  # fmt: skip
        text_search.refresh(asset.pk)
        Event.objects.record(asset, Event.Kind.PURGED, cause="housekeeping", results=len(keys))
    # After the rows: if the process is killed in between, files without rows remain, which cleanup finds.
    for key in keys:
        storage.delete(key)
        storage.delete(previews.waveform_key(key))
    for upload in files:
        _remove_if_unused(upload)
    return True


def _remove_if_unused(upload: Upload) -> None:
    """Delete the source unless another copy of its asset still uses it."""
    if not uploads.remove(upload):
        log.info("the file of upload %s is used by another asset, and stays", upload.pk)


def _is_under_way(asset: Asset) -> bool:
    """Whether anything may still change what was paid for, or what there is to keep."""
    unsettled = LedgerEntry.objects.open_reservations().filter(asset=asset).exists()
    unknown = asset.submissions.filter(status__in=Submission.OPEN).exists()
    unkept = Version.objects.filter(dubbing__asset=asset, keep__in=Version.UNKEPT).exists()
    return bool(obstacles.to_trash(asset)) or unsettled or unknown or unkept
