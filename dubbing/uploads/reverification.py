"""Verify files again that an older version of the portal verified, so that its mistakes do not stay.

A few at a time, and only files that were not sent: what was paid for stays as it was stated before the click.
"""

from __future__ import annotations

import logging
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from dubbing import media
from dubbing.models import Asset, Upload
from dubbing.platform import storage
from dubbing.uploads.cleanup import delete_files
from dubbing.uploads.verification import LEASE, VERSION, Settled, draw_poster, look_into

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path
    from uuid import UUID

    from dubbing.models.uploads import UploadQuerySet

log = logging.getLogger(__name__)

AT_ONCE = 3
_SKIMMED = 500
# What the poster, the waveform and the browser copy are derived from.
_SHOWN = ("duration", "width", "height", "rotation", "video_codec", "audio_codec")
# Possibly the machine's fault, so no reason to take away a file that was good before.
_DOUBTFUL = {"unreadable", "empty"}


def waiting() -> list[UUID]:
    """Return a few files to verify again. Those that were sent are marked as done."""
    older = list(_older().order_by("verification", "pk").values_list("pk", flat=True)[:_SKIMMED])
    sent = _sent(older)
    if sent:
        _older().filter(pk__in=sent).update(verification=VERSION)
    return [pk for pk in older if pk not in sent][:AT_ONCE]


def verify_again(pk: UUID, *, settled: Settled) -> None:
    """Verify the upload again and correct what is known about it. It is not repeated, whatever the outcome.

    ``settled`` is called with an upload that changed, in the transaction that records the change.
    """
    token = _older().claim(pk, seconds=LEASE)
    if token is None:
        return
    upload = Upload.objects.get(pk=pk)
    try:
        values = _look_again(upload)
    except OSError as problem:
        log.warning("upload %s could not be verified again: %s", pk, problem)
        values = {}
    with transaction.atomic():
        # A submission of one of these waits here, or was faster.
        list(Asset.objects.select_for_update(no_key=True).filter(Q(source=pk) | Q(background=pk)).order_by("pk"))
        if _sent([pk]):
            values = {}
        if not Upload.objects.release(pk, token, verification=VERSION, **values):
            return
        if values:
            log.info("upload %s is not what an older portal took it for: %s", pk, values)
            settled(Upload.objects.get(pk=pk))
    if values.get("status") == Upload.Status.REFUSED:
        delete_files(upload)


def _older() -> UploadQuerySet:
    return Upload.objects.free().filter(status=Upload.Status.COMPLETE, verification__lt=VERSION)


def _sent(pks: Collection[UUID]) -> set[UUID]:
    assets = Asset.objects.exclude(status=Asset.Status.DRAFT).filter(Q(source__in=pks) | Q(background__in=pks))
    return {pk for pair in assets.values_list("source", "background") for pk in pair if pk in pks}


def _look_again(upload: Upload) -> dict[str, Any]:
    """Return the columns that have to change. Raises OSError."""
    if not upload.key or not storage.exists(upload.key):
        return {}
    with storage.opened(upload.key) as path:
        try:
            return _changes(upload, path, look_into(upload, path))
        except media.MediaRefused as refused:
            return {} if refused.code in _DOUBTFUL else _refused(refused)


def _changes(upload: Upload, path: Path, info: media.MediaInfo) -> dict[str, Any]:
    described = asdict(info)
    if all(upload.media.get(name) == value for name, value in described.items()) and upload.duration == info.duration:
        return {}
    values: dict[str, Any] = {"media": upload.media | described, "duration": info.duration}
    if upload.kind == Upload.Kind.VIDEO and any(upload.media.get(name) != described[name] for name in _SHOWN):
        poster = draw_poster(path, upload.key, at=min(1.0, info.duration / 2))
        values |= {"poster_key": poster, "peaks_key": "", "proxy_key": "", "tries": 0}
        values |= {"preview": Upload.Preview.WAITING, "next_at": timezone.now()}
    return values


def _refused(refused: media.MediaRefused) -> dict[str, Any]:
    texts = refused.texts(gettext)
    gone = dict.fromkeys(("key", "poster_key", "peaks_key", "proxy_key"), "")
    return {"status": Upload.Status.REFUSED, "refusal": texts, "preview": Upload.Preview.NONE, **gone}
