"""The waveform of a result: drawn when somebody first looks at it, and kept beside the result."""

from __future__ import annotations

import json
import logging

from dubbing import media
from dubbing.models import Result
from dubbing.platform import storage

log = logging.getLogger(__name__)


def key_of(result: Result) -> str:
    """Where the waveform of a result is, once it is drawn."""
    return storage.twin_key(result.key, storage.Kind.PEAKS, ".json")


def is_drawn(result: Result) -> bool:
    """Whether it is there."""
    return storage.exists(key_of(result))


def draw(pk: int) -> None:
    """Draw it, unless it is there. One that has no sound to draw is empty, and not tried again. Raises OSError."""
    result = Result.objects.filter(pk=pk).first()
    if result is None or is_drawn(result):
        return
    try:
        peaks = [round(peak, 3) for peak in media.peaks(storage.path(result.key)).peaks]
    except media.MediaRefused as refused:
        log.warning("result %s: its waveform could not be drawn: %s", pk, refused)
        peaks = []
    drawn = {"duration": round(result.duration, 3), "peaks": peaks}
    with storage.open_temporary(storage.Kind.PEAKS, ".json") as file:
        file.key = key_of(result)
        file.write(json.dumps(drawn, separators=(",", ":")).encode())
        file.keep()
    if not Result.objects.filter(pk=pk).exists():  # deleted while it was drawn
        storage.delete(key_of(result))
