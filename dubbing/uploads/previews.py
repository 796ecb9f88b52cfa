"""What a page needs to show a video: its waveform, and a copy that browsers play if they cannot play the video itself.

Each is made beside the video, under a key derived from the video's own: if a process is killed while making one, the
next attempt writes to the same place, and nothing is left over.
"""

from __future__ import annotations

import json
import logging
import threading
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import F
from django.utils import timezone

from dubbing import media
from dubbing.models import Upload
from dubbing.platform import storage

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

log = logging.getLogger(__name__)

LEASE = 90.0
"""Seconds a worker may be silent; it reports three times as often while making something."""
TRIES = 3
WAITS = (timedelta(minutes=1), timedelta(minutes=10))
BUSY = timedelta(seconds=10)

copying = threading.Lock()
"""A copy takes a whole processor for minutes. One at a time per process leaves the other threads to urgent work."""


class _NotMade(Exception):
    """The attempt failed."""


class _Busy(Exception):
    """Another copy is being made in this process."""


def want(upload: Upload) -> bool:
    """Request the previews that an older video lacks. Return True if the caller has to wake a worker."""
    waiting = {"preview": Upload.Preview.WAITING, "next_at": timezone.now(), "tries": 0}
    if upload.preview != Upload.Preview.NONE or upload.status != Upload.Status.COMPLETE or not upload.key:
        return False
    videos = Upload.objects.filter(pk=upload.pk, kind=Upload.Kind.VIDEO, status=upload.status, preview=upload.preview)
    return bool(videos.update(**waiting))


def want_again(upload: Upload) -> bool:
    """Request all previews again, unless they are being made. Return True if the caller has to wake a worker."""
    settled = [Upload.Preview.NONE, Upload.Preview.READY, Upload.Preview.FAILED]
    videos = Upload.objects.filter(pk=upload.pk, kind=Upload.Kind.VIDEO, status=Upload.Status.COMPLETE)
    waiting = {"preview": Upload.Preview.WAITING, "next_at": timezone.now(), "tries": 0}
    return bool(videos.filter(preview__in=settled).exclude(key="").update(**waiting, peaks_key="", proxy_key=""))


def make(pk: UUID) -> None:
    """Make what is missing. Do nothing if it is not due or somebody else is making it."""
    token = Upload.objects.due_for_preview().claim(pk, seconds=LEASE, tries=F("tries") + 1)
    if token is None:
        return
    upload = Upload.objects.get(pk=pk)
    work = _Work(upload, token)
    try:
        work.done()
    except _Busy:
        Upload.objects.release(pk, token, next_at=timezone.now() + BUSY, tries=upload.tries - 1)
    except storage.Unavailable as problem:
        log.warning("upload %s: its preview waits: %s", pk, problem)
        Upload.objects.release(pk, token, next_at=timezone.now() + WAITS[0], tries=upload.tries - 1)
    except (_NotMade, media.MediaRefused, OSError) as problem:
        log.warning("upload %s: attempt %s to create its preview failed: %s", pk, upload.tries, problem)
        Upload.objects.release(pk, token, **_after_failure(upload.tries))
    else:
        Upload.objects.release(pk, token, preview=Upload.Preview.READY, tries=0)
    work.tidy()


def waveform_key(key: str) -> str:
    """Return the key of the waveform of a video or result with this key."""
    return storage.twin_key(key, storage.Kind.PEAKS, ".json")


def keep_waveform(key: str, waveform: media.Waveform) -> str:
    """Write the waveform for this key in the form that pages read, and return its own key. Raises OSError."""
    drawn = {"duration": round(waveform.duration, 3), "peaks": [round(peak, 3) for peak in waveform.peaks]}
    with storage.open_temporary(storage.Kind.PEAKS, ".json") as file:
        file.key = waveform_key(key)
        file.write(json.dumps(drawn, separators=(",", ":")).encode())
        file.keep()
    return waveform_key(key)


def _after_failure(tries: int) -> dict[str, Any]:
    if tries >= TRIES:
        return {"preview": Upload.Preview.FAILED}
    return {"next_at": timezone.now() + WAITS[tries - 1]}


class _Work:
    """Makes the previews, for whoever holds the lease."""

    def __init__(self, upload: Upload, token: UUID) -> None:
        self.upload, self.token = upload, token

    def done(self) -> None:
        """Make the previews. Raises _NotMade, _Busy, MediaRefused, OSError."""
        if self.upload.tries > TRIES:
            raise _NotMade("the process that creates it was ended several times")
        with storage.opened(self.upload.key, on_progress=self._renew) as path:
            self._make(path)

    def _make(self, path: Path) -> None:
        if "playable" not in self.upload.media:  # the upload is older than this check
            self._save(media=asdict(media.probe(path, deep=False)))
        if not self.upload.peaks_key:
            self._draw(path)
        if not self.upload.media["playable"] and not self.upload.proxy_key:
            if not copying.acquire(blocking=False):
                raise _Busy
            try:
                self._copy(path)
            finally:
                copying.release()

    def tidy(self) -> None:
        """Delete the files if the video was removed meanwhile."""
        if not Upload.objects.filter(pk=self.upload.pk, status=Upload.Status.COMPLETE).exists():
            for key in self._keys():
                storage.delete(key)

    def _draw(self, path: Path) -> None:
        waveform = media.peaks(path, still_wanted=self._renew)
        loudest = max(waveform.peaks, default=0.0)
        key = keep_waveform(self.upload.key, waveform)
        self._save(peaks_key=key, media=self.upload.media | {"loudest": loudest})

    def _copy(self, path: Path) -> None:
        duration = self.upload.duration or 0.0
        if not storage.has_room(media.copy_bytes(duration)):
            raise _NotMade("there is not enough disk space")
        _, key = self._keys()
        with storage.open_temporary(storage.Kind.PROXY, ".mp4") as file:
            file.key = key
            if not media.browser_copy(path, file.temporary, duration=duration, still_wanted=self._renew):
                raise _NotMade("it could not be encoded")
            file.keep(on_progress=self._renew)
        self._save(proxy_key=key)

    def _keys(self) -> tuple[str, str]:
        key = self.upload.key
        return waveform_key(key), storage.twin_key(key, storage.Kind.PROXY, ".mp4")

    def _renew(self) -> bool:
        return Upload.objects.renew(self.upload.pk, self.token, seconds=LEASE)

    def _save(self, **values: Any) -> None:
        """Save each as soon as it is ready, so that pages show it."""
        if not Upload.objects.renew(self.upload.pk, self.token, seconds=LEASE, **values):
            raise _NotMade("it was removed, or another worker is creating it")
        for name, value in values.items():
            setattr(self.upload, name, value)
