"""Keep a result: copy it into our storage and check it. Only then is the dubbing done."""

from __future__ import annotations

import logging
import math
import time
import uuid
from dataclasses import asdict
from datetime import timedelta
from functools import cached_property
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from dubbing import media
from dubbing.models import Asset, Event, QualityReport, Result, Review, Version
from dubbing.models.leases import MOST_TRIES
from dubbing.platform import storage
from dubbing.providers import base
from dubbing.sync import c2pa_manifests, lengths
from dubbing.sync.progress import settle_statuses

log = logging.getLogger(__name__)

# Longer than opening or checking the result may take. Renewed in between.
LEASE = 150.0
RENEW_EVERY = 10.0
# Wait before the second attempt, doubled each time up to the longest.
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=10), timedelta(minutes=10)
# After this many attempts it is shown as stuck; we retry hourly, because the provider may still have it.
STUCK_AFTER = 6
# Problems that are not the result's fault count up to here and no further.
MOST_COUNTED = STUCK_AFTER - 1
# A result of unusual length is kept after this many downloads that agree: it has been paid for.
ACCEPT_LENGTH_AFTER = 3
# Maximum bytes per second of a video of known length (200 Mbit/s), plus an allowance for short ones.
MOST_BYTES_A_SECOND = 25_000_000
MOST_BYTES_BESIDES = 500_000_000
TOO_LARGE = gettext_noop("The file is far too large for a video of this length.")


class _Unusable(Exception):
    """The download did not give a result that can be kept."""


class _LeaseLost(Exception):
    """Another worker is keeping this version by now."""


def keep_result(version_id: int, *, provider: base.Provider) -> bool:
    """Copy the version's result into our storage. Return True if it is there and checked."""
    lease = Version.objects.due_for_keep().filter(provider=provider.name).claim(version_id, seconds=LEASE)
    if lease is None:
        return False
    version = Version.objects.select_related("dubbing__asset").get(pk=version_id)
    keeper = _Keeper(version, lease, provider)
    try:
        return keeper.keep()
    except _LeaseLost:
        return False
    except (base.OnHold, base.NotSent, base.AnswerLost) as error:
        keeper.retry_later(error.reason, blame=False)
    except base.ProviderError as error:
        keeper.retry_later(error.reason)
    except _Unusable as error:
        keeper.retry_later(str(error))
    except OSError as error:  # our own disk, most likely full
        keeper.retry_later(error.strerror or str(error), blame=False)
    return False


class _Keeper:
    """The holder of one version's lease, while its result comes in."""

    def __init__(self, version: Version, lease: uuid.UUID, provider: base.Provider) -> None:
        self.version, self.lease, self.provider = version, lease, provider
        self.asset: Asset = version.dubbing.asset
        self.sent = version.dubbing.as_sent(self.asset)

    def keep(self) -> bool:
        """Download with a fresh link, and once more if the link has already expired."""
        for last_chance in (False, True):
            self._renew()
            remote = self.provider.fetch_version(self.version.remote_id)
            if remote.state is not None and remote.state is not base.VersionState.COMPLETED:
                return self._gone()
            self._renew()
            try:
                return self._download(remote)
            except base.LinkExpired:
                if last_chance:
                    raise
        return False

    def retry_later(self, why: str, *, blame: bool = True) -> None:
        """Schedule another attempt. After several, it is shown as stuck if the result itself is to ``blame``.

        ``why``: English sentences, one per line, translated for each reader.
        """
        attempts = min(self.version.keep_attempts + 1, MOST_TRIES)
        if not blame:
            attempts = min(attempts, max(self.version.keep_attempts, MOST_COUNTED))
        stuck = attempts >= STUCK_AFTER
        wait = timedelta(hours=1) if stuck else min(FIRST_WAIT * 2 ** (attempts - 1), LONGEST_WAIT)
        log.warning("result of version %s could not be kept: %s", self.version.pk, why.replace("\n", " "))
        released = Version.objects.release(
            self.version.pk,
            self.lease,
            keep=Version.Keep.STUCK if stuck else Version.Keep.WAITING,
            keep_attempts=attempts,
            next_keep_at=timezone.now() + wait,
            keep_problem=why[:1000],
        )
        if released and attempts != self.version.keep_attempts and attempts in (1, STUCK_AFTER):
            locale = self.version.dubbing.locale
            Event.objects.record(self.asset, Event.Kind.KEEP_FAILED, cause="keep", locale=locale, why=why[:300])

    def _gone(self) -> bool:
        """Handle a version that was revised meanwhile: there is nothing to keep, and the asset needs a sync."""
        Version.objects.release(self.version.pk, self.lease, keep=Version.Keep.NONE, next_keep_at=None)
        Asset.objects.mark(self.asset.pk)
        return False

    def _download(self, remote: base.RemoteVersion) -> bool:
        with self.provider.open_result(remote) as stream:
            known = self.version.results.order_by("checked_at").last()
            if known and stream.size == known.size and known.checked_at > self.version.changed_at:
                return self._same_as(known)
            with storage.open_temporary(storage.Kind.RESULT, ".mp4") as incoming:
                self._receive(stream, incoming)
                self._renew()
                if self._is_the_source(incoming):
                    return self._placeholder()
                self._renew()
                report = self._examine(incoming)
                warnings = self._judge(report)
                manifest = c2pa_manifests.values_of(incoming.temporary, still_wanted=self._is_mine)
                self._renew()
                return self._record(incoming.keep(on_progress=self._renew), report.info, warnings, manifest)

    def _receive(self, stream: base.ResultStream, incoming: storage.Incoming) -> None:
        self._make_sure_of(stream.size or 0, stream.size or 0)
        renewed = time.monotonic()
        for chunk in stream:
            # Checked for each chunk: not every result states its size, and others fill the disk meanwhile.
            self._make_sure_of(incoming.size + len(chunk), len(chunk))
            incoming.write(chunk)
            if time.monotonic() - renewed > RENEW_EVERY:
                self._renew()
                renewed = time.monotonic()

    def _make_sure_of(self, size: int, more: int) -> None:
        """Check that a result of this size is plausible and that the disk has room for ``more`` bytes."""
        if size > self._most_bytes:
            raise _Unusable(TOO_LARGE)
        if not storage.has_room(more):
            raise storage.NoRoom(gettext_noop("There is not enough disk space for this result."))

    @cached_property
    def _most_bytes(self) -> float:
        wanted, source = lengths.expected(self.sent), self.asset.source
        if not wanted:
            return math.inf  # the provider client's own limit on a download remains
        return max(MOST_BYTES_BESIDES + max(wanted) * MOST_BYTES_A_SECOND, 3 * source.size if source else 0)

    def _renew(self) -> None:
        if not self._is_mine():
            raise _LeaseLost

    def _is_mine(self) -> bool:
        return bool(Version.objects.renew(self.version.pk, self.lease, seconds=LEASE))

    def _judge(self, report: media.ResultReport) -> list[str]:
        """The problems in spite of which we keep the result; raises _Unusable for others."""
        if not report.problems:
            return []
        message = "\n".join(report.sentences)
        only_length = set(report.problems) <= {"too_short", "too_long"}
        if (
            only_length
            and self.version.keep_attempts + 1 >= ACCEPT_LENGTH_AFTER
            and message == self.version.keep_problem
        ):
            return list(report.problems)
        raise _Unusable(message)

    def _examine(self, incoming: storage.Incoming) -> media.ResultReport:
        """Check the file.

        If nobody could measure the source, its length comes from the provider, with or without the trim.
        """
        wanted: list[float | None] = [*lengths.expected(self.sent)] or [None]
        report = media.check_result(incoming.temporary, expected=wanted[0])
        for seconds in wanted[1:] if report.info else []:
            if not report.problems:
                break
            self._renew()
            other = media.check_result(incoming.temporary, expected=seconds)
            report = other if other.ok else report
        return report

    def _is_the_source(self, incoming: storage.Incoming) -> bool:
        """Whether the result sounds exactly like the source: then nobody dubbed it."""
        source = self.asset.source
        if source is None or not self.provider.capabilities.may_return_placeholder:
            return False
        if incoming.sha256 == source.sha256:
            return True
        with storage.opened(source.key, on_progress=self._renew) as path:
            return media.sounds_like(path, incoming.temporary)

    def _placeholder(self) -> bool:
        """Handle a version that the provider calls completed although there is nothing worth keeping."""
        with transaction.atomic():
            asset = Asset.objects.locked(self.asset.pk)
            changes = {"keep": Version.Keep.PLACEHOLDER, "next_keep_at": None, "keep_problem": ""}
            if Version.objects.release(self.version.pk, self.lease, **changes):
                settle_statuses(asset, cause="keep")
        return False

    def _same_as(self, known: Result) -> bool:
        """Handle a result that was downloaded again and is the copy we already have."""
        Result.objects.filter(pk=known.pk).update(checked_at=timezone.now())
        return self._finish()

    def _record(
        self, stored: storage.Stored, info: media.MediaInfo | None, warnings: list[str], manifest: dict[str, Any]
    ) -> bool:
        details: dict[str, Any] = {
            "size": stored.size,
            "duration": info.duration if info else 0.0,
            "warnings": warnings,
        }
        with transaction.atomic():
            asset = Asset.objects.locked(self.asset.pk)
            known = self.version.results.filter(sha256=stored.sha256).first()
            if known:
                storage.delete(stored.key)
                Result.objects.filter(pk=known.pk).update(checked_at=timezone.now())
            else:
                values = {"media": asdict(info) if info else {}, "crc32": stored.crc32, **manifest, **details}
                result = Result.objects.create(version=self.version, key=stored.key, sha256=stored.sha256, **values)
                QualityReport.objects.ask(result)
                Event.objects.record(
                    self.asset, Event.Kind.KEPT, cause="keep", locale=self.version.dubbing.locale, **details
                )
                Review.objects.open_for(self.version.dubbing)
                # There is something to compare the provider's length with now.
                Asset.objects.filter(pk=asset.pk).update(duration=lengths.compared(asset, asset.duration))
            return self._finish()

    def _finish(self) -> bool:
        with transaction.atomic():
            asset = Asset.objects.locked(self.asset.pk)
            kept = {"keep": Version.Keep.KEPT, "keep_attempts": 0, "next_keep_at": None, "keep_problem": ""}
            if not Version.objects.release(self.version.pk, self.lease, **kept):
                return False
            settle_statuses(asset, cause="keep")
        return True
