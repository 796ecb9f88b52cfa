"""The life of a delivery: created from chosen results, prepared once, downloaded many times, and over after a while."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext

from dubbing import media, subtitles
from dubbing.delivery import deliverables as choosing
from dubbing.delivery import labels, manifest, multitrack, names, passports
from dubbing.delivery.deliverables import Deliverable
from dubbing.delivery.multitrack import Multitrack
from dubbing.models import Delivery, DeliveryDownload, DeliveryEntry, DeliveryPolicy, Project, Result
from dubbing.models.leases import next_count
from dubbing.platform import archives, formatting, storage
from dubbing.platform.errors import NotPossible

if TYPE_CHECKING:
    from django.contrib.auth.models import User

log = logging.getLogger(__name__)

MOST_RESULTS = 1000
"""Maximum number of results in one delivery."""
MOST_OPEN = 100
"""Maximum number of a person's deliveries that are not over."""
KEPT_DAYS = (1, 7, 30)
LONGEST_RECIPIENTS = 500
LEASE_SECONDS = 600.0
UNAVAILABLE = timedelta(seconds=30)
"""When to try again if files cannot be read or kept right now."""
_REPORT_EVERY = 1.0
_TRIES = 5
_BLOCK = 4 * 1024**2
_AT_ONCE = 100

_TEXTS = {"srt": "srt", "vtt": "vtt", "imsc": "ttml"}
"""Names of text formats in a form, and the endings of their files."""
GONE, DAMAGED, NO_ROOM, TOO_OFTEN, NO_SOUND, NO_IMSC = "gone", "damaged", "no_room", "too_often", "no_sound", "no_imsc"
NO_MULTITRACK = "no_multitrack"
LARGE = (DeliveryEntry.Kind.RESULT, DeliveryEntry.Kind.AUDIO, DeliveryEntry.Kind.MULTITRACK)
"""Files that take a while to prepare, each with bytes of its own in storage."""
_MADE = (DeliveryEntry.Kind.AUDIO, DeliveryEntry.Kind.MULTITRACK)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is delivered with the results."""

    srt: bool = False
    vtt: bool = False
    imsc: bool = False
    audio: bool = False
    multitrack: bool = False
    passport: bool = False

    @property
    def texts(self) -> list[str]:
        """The endings of subtitle files."""
        return [ending for name, ending in _TEXTS.items() if getattr(self, name)]

    def endings(self, *, has_subtitles: bool, sound: str) -> list[str]:
        """The endings of all files delivered with a final video. ``sound``: that of its sound as a separate file."""
        texts = self.texts if has_subtitles else []
        return [*texts, *([sound] if self.audio else []), *([passports.ENDING] if self.passport else [])]


class _Failed(Exception):
    """The delivery cannot be prepared. ``code``: why; ``name``: because of which file."""

    def __init__(self, code: str, name: str = "") -> None:
        super().__init__(code)
        self.code, self.name = code, name


def pattern_of(project: Project) -> str:
    """The project's pattern for names of delivered files."""
    policy = DeliveryPolicy.objects.filter(project=project).first()
    return policy.pattern if policy else DeliveryPolicy.DEFAULT_PATTERN


def keep_pattern(project: Project, pattern: str) -> None:
    """Save a pattern for the project's future deliveries. Raises NotPossible."""
    DeliveryPolicy.objects.update_or_create(project=project, defaults={"pattern": names.check(pattern)})


def create_delivery(
    project: Project,
    user: User,
    chosen: Sequence[Deliverable],
    wanted: Wanted,
    *,
    pattern: str,
    recipients: str = "",
    days: int = KEPT_DAYS[0],
) -> Delivery:
    """Record what is delivered, for ``prepare``. Raises NotPossible."""
    pattern = names.check(pattern)
    if not chosen:
        raise NotPossible(gettext("There are no final videos to deliver. Select others."))
    if len(chosen) > MOST_RESULTS:
        message = gettext("You can deliver up to %(most)s final videos at a time. Select fewer.")
        raise NotPossible(message % {"most": f"{MOST_RESULTS:,}"})
    if Delivery.objects.filter(created_by=user).exclude(status=Delivery.Status.EXPIRED).count() >= MOST_OPEN:
        message = gettext("You have %(most)s active deliveries. Delete some, then try again.")
        raise NotPossible(message % {"most": MOST_OPEN})
    with transaction.atomic():
        delivery = Delivery.objects.create(
            project=project,
            created_by=user,
            pattern=pattern,
            wanted=asdict(wanted),
            label_left_out=labels.left_out_of(project.pk),
            recipients=formatting.one_line(recipients)[:LONGEST_RECIPIENTS],
            expires_at=timezone.now() + timedelta(days=days),
        )
        DeliveryEntry.objects.bulk_create(_entries(delivery, chosen, wanted), batch_size=500)
    return delivery


def is_ready_at_once(delivery: Delivery) -> bool:
    """Whether it can be prepared while a page loads: no large file has to be read for it."""
    unread = Q(kind=DeliveryEntry.Kind.RESULT, result__crc32=None)
    return storage.is_local() and not delivery.entries.filter(unread | Q(kind__in=_MADE)).exists()


def prepare(pk: int) -> None:
    """Prepare a delivery: checksums of the results, texts, lists. Starts again from the beginning after a crash."""
    token = Delivery.objects.due().claim(pk, seconds=LEASE_SECONDS, tries=next_count("tries"))
    if token is None:
        return
    delivery = Delivery.objects.select_related("project").get(pk=pk)
    try:
        if delivery.tries > _TRIES:
            raise _Failed(TOO_OFTEN)
        _Preparation(delivery, token).run()
    except _Failed as failed:
        problem = {"code": failed.code, "name": failed.name}
        Delivery.objects.release(pk, token, status=Delivery.Status.FAILED, problem=problem)
    except storage.NoRoom:
        Delivery.objects.release(pk, token, status=Delivery.Status.FAILED, problem={"code": NO_ROOM})
    except storage.Unavailable as error:
        log.warning("delivery %s waits: %s", pk, error)
        Delivery.objects.release(pk, token, next_at=timezone.now() + UNAVAILABLE, tries=delivery.tries - 1)
    except OSError as error:  # the disk, perhaps only for a moment
        log.warning("delivery %s could not be prepared: %s", pk, error)
        Delivery.objects.release(pk, token, next_at=timezone.now() + timedelta(seconds=10 * 2**delivery.tries))


def archive_of(delivery: Delivery) -> archives.Archive:
    """The archive of a delivery that is ready. Raises NotPossible if one of its files is gone."""
    return archives.archive(
        [archives.Member(entry.name, piece_of(entry), entry.crc32 or 0, entry.sha256) for entry in _whole(delivery)],
        timezone.localtime(delivery.created_at, timezone.get_default_timezone()),
    )


def piece_of(entry: DeliveryEntry) -> archives.Piece:
    """Where the bytes of a prepared file are."""
    return archives.Piece(storage.path(entry.key), entry.offset, entry.size, key=entry.key)


def note_download(delivery: Delivery, user: User, *, entry: DeliveryEntry | None = None, goes_on: bool) -> None:
    """Record that somebody downloaded it. A download resumed after a break is still the same one."""
    if goes_on:
        latest = delivery.downloads.filter(user=user, entry=entry).values("pk")[:1]
        if DeliveryDownload.objects.filter(pk__in=list(latest.values_list("pk", flat=True))).update(
            resumed=F("resumed") + 1
        ):
            return
    DeliveryDownload.objects.create(delivery=delivery, user=user, entry=entry)


def expire_old() -> int:
    """Delete the files of deliveries whose time is over. Returns how many deliveries there were. Their lists stay."""
    expired = 0
    while some := list(Delivery.objects.expired().order_by("expires_at")[:_AT_ONCE]):
        for delivery in some:
            end(delivery)
        expired += len(some)
    return expired


def end(delivery: Delivery) -> None:
    """Make it unavailable for download."""
    keys = set(delivery.entries.exclude(key="").values_list("key", flat=True)) | {delivery.texts_key}
    Delivery.objects.filter(pk=delivery.pk).update(
        status=Delivery.Status.EXPIRED,
        texts_key="",
        expires_at=min(delivery.expires_at, timezone.now()),
        lease_token=None,  # a worker preparing it notices that
    )
    for key in keys:
        if key.startswith(f"{storage.Kind.DELIVERY}/"):
            storage.delete(key)


def _whole(delivery: Delivery) -> list[DeliveryEntry]:
    entries = list(delivery.entries.all())
    for entry in entries:
        # A bucket is not asked about each of a thousand files before the first byte.
        if not entry.key or (storage.is_in_folder(entry.key) and not storage.exists(entry.key)):
            message = gettext("“%(name)s” no longer exists. Create a new delivery without it.")
            raise NotPossible(message % {"name": formatting.isolated(entry.name)})
    return entries


def _entries(delivery: Delivery, chosen: Sequence[Deliverable], wanted: Wanted) -> list[DeliveryEntry]:
    multitracks = [each for each in multitrack.of_each(chosen) if each.included] if wanted.multitrack else []
    stems = choosing.stems([*chosen, *multitracks], delivery.pattern)
    entries = []
    for deliverable, stem in zip(chosen, stems, strict=False):
        about = {
            "delivery": delivery,
            "asset": deliverable.asset,
            "result": deliverable.result,
            "locale": deliverable.dubbing.locale,
            "version": deliverable.number,
            "approved": deliverable.approved,
        }
        entries.append(DeliveryEntry(kind=DeliveryEntry.Kind.RESULT, name=stem.with_ending("mp4"), **about))
        if deliverable.has_subtitles:
            entries += [
                DeliveryEntry(kind=DeliveryEntry.Kind.SUBTITLES, name=stem.with_ending(ending), **about)
                for ending in wanted.texts
            ]
        if wanted.audio:
            name = stem.with_ending(deliverable.sound)
            entries.append(DeliveryEntry(kind=DeliveryEntry.Kind.AUDIO, name=name, **about))
        if wanted.passport:
            name = stem.with_ending(passports.ENDING)
            entries.append(DeliveryEntry(kind=DeliveryEntry.Kind.PASSPORT, name=name, **about))
    for whole, stem in zip(multitracks, stems[len(chosen) :], strict=True):
        entries.append(_multitrack_entry(delivery, whole, stem.with_ending("mp4")))
    if len(entries) > 1:
        names_of_lists = [manifest.JSON_NAME, manifest.CSV_NAME, *([passports.SCHEMA_NAME] if wanted.passport else [])]
        entries += [
            DeliveryEntry(kind=DeliveryEntry.Kind.MANIFEST, name=name, delivery=delivery) for name in names_of_lists
        ]
    for position, entry in enumerate(entries):
        entry.position = position
    return entries


def _multitrack_entry(delivery: Delivery, whole: Multitrack, name: str) -> DeliveryEntry:
    return DeliveryEntry(
        delivery=delivery,
        kind=DeliveryEntry.Kind.MULTITRACK,
        name=name,
        asset=whole.asset,
        locale=multitrack.LANGUAGE,
        version=whole.number,
        approved=whole.is_approved,
        languages=whole.languages,
    )


class _Preparation:
    """The holder of one delivery's lease."""

    def __init__(self, delivery: Delivery, token: UUID) -> None:
        self.delivery, self.token = delivery, token
        dubbing = "result__version__dubbing"
        related = (
            "asset__source",
            "result__quality",
            f"{dubbing}__review__decided_by",
            f"{dubbing}__review__reviewed_by",
        )
        of_asset = (f"{dubbing}__asset__{name}" for name in ("source", "background", "created_by"))
        entries = delivery.entries.select_related(*related, *of_asset)
        self.entries = list(entries.prefetch_related(f"{dubbing}__asset__submissions__asked_by"))
        self._reported_at, self._done = time.monotonic(), 0

    def run(self) -> None:
        """Prepare everything, then mark the delivery as ready."""
        for entry in self._of(DeliveryEntry.Kind.RESULT):
            self._add_result(entry)
            self._done += 1
            self._report()
        for kind in _MADE:
            for entry in self._of(kind):
                # Made once: if the worker is killed afterwards, the next one uses it.
                if not entry.key:
                    self._make(entry)
                self._done += 1
                self._report()
        key = self._write_texts()
        fields = ["key", "offset", "size", "sha256", "crc32", "passport"]
        with transaction.atomic():
            released = Delivery.objects.release(
                self.delivery.pk,
                self.token,
                status=Delivery.Status.READY,
                texts_key=key,
                size=sum(entry.size for entry in self.entries),
                done=self._done,
            )
            if released:
                DeliveryEntry.objects.bulk_update(self.entries, fields, batch_size=200)
        if not released and key:  # another worker prepares it by now
            storage.delete(key)

    def _of(self, kind: str) -> list[DeliveryEntry]:
        return [entry for entry in self.entries if entry.kind == kind]

    def _report(self) -> None:
        if time.monotonic() - self._reported_at > _REPORT_EVERY:
            self._reported_at = time.monotonic()
            if not Delivery.objects.renew(self.delivery.pk, self.token, seconds=LEASE_SECONDS, done=self._done):
                raise _Failed(TOO_OFTEN)

    def _add_result(self, entry: DeliveryEntry) -> None:
        result = entry.result
        if result is None or storage.size_of(result.key) != result.size:
            raise _Failed(GONE if result is None or not storage.exists(result.key) else DAMAGED, entry.name)
        entry.key, entry.size, entry.sha256 = result.key, result.size, result.sha256
        entry.crc32 = result.crc32 if result.crc32 is not None else self._read(entry, result)

    def _read(self, entry: DeliveryEntry, result: Result) -> int:
        """Read an older result for its checksum, which also shows whether it is still what was kept."""
        sums = storage.Checksums()
        for chunk in storage.read(result.key, 0, result.size):
            sums.update(chunk)
            self._report()
        if sums.sha256 != result.sha256:
            raise _Failed(DAMAGED, entry.name)
        Result.objects.filter(pk=result.pk).update(crc32=sums.crc32)
        return sums.crc32

    def _make(self, entry: DeliveryEntry) -> None:
        with storage.open_temporary(storage.Kind.DELIVERY, Path(entry.name).suffix) as file:
            if entry.kind == DeliveryEntry.Kind.AUDIO:
                self._write_sound(entry, file.temporary)
            else:
                self._write_multitrack(entry, file.temporary)
            sums = storage.Checksums()
            with file.temporary.open("rb") as made:
                while chunk := made.read(_BLOCK):
                    sums.update(chunk)
                    self._report()
            entry.size, entry.sha256, entry.crc32 = file.temporary.stat().st_size, sums.sha256, sums.crc32
            entry.key = file.keep(on_progress=self._is_mine).key
        entry.save(update_fields=["key", "size", "sha256", "crc32"])

    def _write_sound(self, entry: DeliveryEntry, out: Path) -> None:
        result = entry.result
        assert result is not None
        with storage.opened(result.key, on_progress=self._is_mine) as path:
            written = media.write_sound(
                path,
                out,
                form=Path(entry.name).suffix.removeprefix("."),
                duration=result.duration,
                tags=labels.tags(self.delivery.label_left_out),
                still_wanted=self._is_mine,
            )
        if not written:
            raise _Failed(NO_SOUND, entry.name)

    def _write_multitrack(self, entry: DeliveryEntry, out: Path) -> None:
        asset = entry.asset
        assert asset is not None
        if asset.source is None or storage.size_of(asset.source.key) != asset.source.size:
            raise _Failed(GONE, asset.source.name if asset.source else str(asset))
        dubs = [other.result for other in self._of(DeliveryEntry.Kind.RESULT) if _is_in(other, entry) and other.result]
        chosen = [(result.version.dubbing, result) for result in dubs]
        left_out = self.delivery.label_left_out
        if not multitrack.write(asset, chosen, out, label_left_out=left_out, still_wanted=self._is_mine):
            raise _Failed(NO_MULTITRACK, entry.name)

    def _is_mine(self) -> bool:
        return bool(Delivery.objects.renew(self.delivery.pk, self.token, seconds=LEASE_SECONDS, done=self._done))

    def _write_texts(self) -> str:
        """Write all small files one after the other into a single file. Returns its key; empty if there are none."""
        if all(entry.kind in LARGE for entry in self.entries):
            return ""
        with storage.open_temporary(storage.Kind.DELIVERY) as file:
            for entry, content in self._texts():
                sums = storage.Checksums()
                sums.update(content)
                entry.key, entry.offset, entry.size = file.key, file.size, len(content)
                entry.sha256, entry.crc32 = sums.sha256, sums.crc32
                file.write(content)
            return file.keep().key

    def _texts(self) -> Iterator[tuple[DeliveryEntry, bytes]]:
        """Yield them in an order in which each can refer to those before it."""
        for entry in self._of(DeliveryEntry.Kind.SUBTITLES):
            yield entry, _subtitles(entry)
        for entry in self._of(DeliveryEntry.Kind.PASSPORT):
            yield entry, self._passport(entry)
        lists = self._of(DeliveryEntry.Kind.MANIFEST)
        listed = [entry for entry in self.entries if entry not in lists]
        for entry in lists:
            yield entry, _list(self.delivery, entry, listed)

    def _passport(self, entry: DeliveryEntry) -> bytes:
        """The passport of the final video with the same result, and of what is delivered with it."""
        same = [other for other in self.entries if other.result_id == entry.result_id]
        video = next(other for other in same if other.kind == DeliveryEntry.Kind.RESULT)
        beside = [other for other in same if other.kind in (DeliveryEntry.Kind.SUBTITLES, DeliveryEntry.Kind.AUDIO)]
        beside += [other for other in self._of(DeliveryEntry.Kind.MULTITRACK) if _is_in(entry, other)]
        entry.passport = passports.sealed(passports.content_of(self.delivery, video, beside))
        return passports.write(entry.passport)


def _is_in(entry: DeliveryEntry, whole: DeliveryEntry) -> bool:
    """Whether this language of this video is in that video with all languages."""
    return entry.asset_id == whole.asset_id and entry.locale in whole.languages_included


def _subtitles(entry: DeliveryEntry) -> bytes:
    """The subtitles on the timeline of the result; an empty file if the stored text cannot be read."""
    assert entry.result is not None
    dubbing = entry.result.version.dubbing
    sent = dubbing.as_sent(dubbing.asset)
    shown = subtitles.shift_and_clip(subtitles.cues_of(dubbing.srt), sent.start, sent.end)
    if entry.name.endswith(".ttml"):
        try:
            return subtitles.to_imsc(shown, dubbing.locale)
        except subtitles.SubtitleError as error:
            raise _Failed(NO_IMSC, entry.name) from error
    write = subtitles.to_srt if entry.name.endswith(".srt") else subtitles.to_webvtt
    return write(shown).encode()


def _list(delivery: Delivery, entry: DeliveryEntry, listed: Iterable[DeliveryEntry]) -> bytes:
    """A file about the other files."""
    if entry.name == passports.SCHEMA_NAME:
        return passports.SCHEMA_PATH.read_bytes()
    return manifest.as_json(delivery, listed) if entry.name == manifest.JSON_NAME else manifest.as_csv(listed)
