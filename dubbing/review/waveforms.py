"""The waveform of a result: drawn when somebody first looks at it, and kept beside the result."""

from __future__ import annotations

import logging

from dubbing import media
from dubbing.models import Result
from dubbing.platform import storage
from dubbing.uploads import previews

log = logging.getLogger(__name__)


def key_of(result: Result) -> str:
    """Where the waveform of a result is, once it is drawn."""
    return previews.waveform_key(result.key)


def is_drawn(result: Result) -> bool:
    """Whether it is there."""
    return storage.exists(key_of(result))


def draw(pk: int) -> None:
    """Draw it, unless it is there. One that has no sound to draw is empty, and not tried again. Raises OSError."""
    result = Result.objects.filter(pk=pk).first()
    if result is None or is_drawn(result):
        return
    try:
        peaks = media.peaks(storage.path(result.key)).peaks
    except media.MediaRefused as refused:
        log.warning("result %s: its waveform could not be drawn: %s", pk, refused)
        peaks = []
    previews.keep_waveform(result.key, media.Waveform(result.duration, peaks))
    if not Result.objects.filter(pk=pk).exists():  # deleted while it was drawn
        storage.delete(key_of(result))
