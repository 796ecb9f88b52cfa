"""The waveform of a result: drawn when it is first shown, and stored with the result."""

from __future__ import annotations

import logging

from dubbing import media
from dubbing.models import Result
from dubbing.platform import storage
from dubbing.uploads import previews

log = logging.getLogger(__name__)


def key_of(result: Result) -> str:
    """Return the key of a result's waveform once it is drawn."""
    return previews.waveform_key(result.key)


def is_drawn(result: Result) -> bool:
    """Return whether it is drawn. Raises storage.Unavailable."""
    return storage.exists(key_of(result))


def draw(pk: int) -> None:
    """Draw it, unless that was done. If there is no sound to draw, it is empty and not tried again. Raises OSError."""
    result = Result.objects.filter(pk=pk).first()
    if result is None or is_drawn(result):
        return
    try:
        with storage.opened(result.key) as path:
            peaks = media.peaks(path).peaks
    except media.MediaRefused as refused:
        log.warning("result %s: its waveform could not be drawn: %s", pk, refused)
        peaks = []
    previews.keep_waveform(result.key, media.Waveform(result.duration, peaks))
    if not Result.objects.filter(pk=pk).exists():  # deleted while it was being drawn
        storage.delete(key_of(result))
