"""Batches: rows that are drafts, share settings and are sent together, each with its own outcome.

This module does not know the form. Callers pass ``check``, which reads a draft as the form does.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import DatabaseError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from dubbing import uploads
from dubbing.drafts import provider_fit, quota, saved_drafts
from dubbing.drafts.creation import usual_provider
from dubbing.drafts.draft import SOURCE, Draft
from dubbing.drafts.fields import AssetFields
from dubbing.models import Asset, Batch, BatchRow, Event, Project, Submission, Upload
from dubbing.platform import formatting, locales
from dubbing.platform.errors import NotPossible
from dubbing.submissions.submit import submit

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

log = logging.getLogger(__name__)

MOST_ROWS = 500
AT_LEAST = 10  # rows checked in one call, however slow the machine is
SHARED = (
    "source_locale", "targets", "auto_generate", "lips_model", "voice_anonymization", "speakers_from", "speakers",
    "consent", *provider_fit.FIELDS["voice"],
)  # fmt: skip
REMAINDER = [BatchRow.Status.GOOD, BatchRow.Status.REFUSED]
GIVEN_BACK = gettext_noop("A project owner requested changes. Edit this video, or send it again.")
AWAITS = "awaits "
"""Prefix of a column in the results of a check: the subtitle file named there is still missing."""
_SUBTITLES = re.compile(r"(?:srt|subtitles?)_([a-z]{2,3}(?:_[a-z]{4})?_(?:[a-z]{2}|\d{3})|source)", re.IGNORECASE)
_OPEN: tuple[Any, ...] = (None, "", [])
_SETTLED = [Upload.Status.COMPLETE, Upload.Status.REFUSED]

Messages = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Checked:
    """A draft as the form reads it: what can be sent, and errors and warnings as (place, words)."""

    fields: AssetFields | None
    messages: Messages = field(default_factory=list)
    milliseconds: int = 0
    waits_for: UUID | None = None


Check = Callable[[Asset, "User"], Checked]


@dataclass(frozen=True, slots=True)
class AddedFile:
    """The outcome for one dropped file: a row to upload it to, one that already has it (``has_file``), or ``words``."""

    name: str
    row: BatchRow | None = None
    has_file: bool = False
    message: str = ""


def start(project: Project, user: User, *, shared: Mapping[str, Any], name: str = "") -> Batch:
    """Create a batch for several files, or return the person's untouched one."""
    mine = Batch.objects.filter(project=project, created_by=user, kind=Batch.Kind.FILES, rows=None)
    return mine.first() or Batch.objects.create(project=project, created_by=user, shared=dict(shared), name=name)


def is_recent(batch: Batch, within: timedelta = timedelta(minutes=1)) -> bool:
    """Whether the batch was created a moment ago, as by a double click."""
    return batch.created_at > timezone.now() - within


def lock(batch: Batch) -> Batch:
    """The batch as it is now, locked so that nobody else changes several of its rows until the transaction ends.

    To change a single row, lock the draft first, then its row: a fixed order prevents deadlocks.
    """
    return Batch.objects.select_for_update(no_key=True).get(pk=batch.pk)


# --- rows -------------------------------------------------------------------------------------------------------------


def add_files(batch: Batch, user: User, files: Iterable[tuple[str, int]]) -> list[AddedFile]:
    """Create a draft for each file before its first byte arrives. A file that a row waits for goes to that row."""
    with transaction.atomic():
        lock(batch)
        rows = list(batch.rows.select_related("asset", "waits_for"))
        taken: set[int] = set()
        return [_add_file(batch, user, rows, taken, uploads.plain_name(name), size) for name, size in files]


def _add_file(batch: Batch, user: User, rows: list[BatchRow], taken: set[int], name: str, size: int) -> AddedFile:
    free = [row for row in _naming(rows, name, exactly=batch.kind == Batch.Kind.FILES) if row.pk not in taken]
    meant = [row for row in free if row.given.get("size") in (None, size) or _was_refused(row)]
    if batch.kind == Batch.Kind.MANIFEST and len({row.given["file"] for row in meant}) > 1:
        return AddedFile(name, message=_ambiguous(name, meant))
    row = next(iter(meant), None)
    if row is None and batch.kind == Batch.Kind.MANIFEST:
        return AddedFile(name, message=_unnamed(name, bool(free), any(free_row.pk in taken for free_row in rows)))
    if row is None and len(rows) >= MOST_ROWS:
        return AddedFile(name, message=_full())
    if row is None:
        try:
            row = add_rows(batch, user, [({"file": name, "size": size}, {"name": PurePath(name).stem})])[0]
        except quota.DraftsFull as problem:
            return AddedFile(name, message=str(problem))
        rows.append(row)
    elif row.given.get("size") not in (None, size):
        row.given["size"] = size
        BatchRow.objects.filter(pk=row.pk).update(given=row.given)
    taken.add(row.pk)
    return AddedFile(name, row, has_file=not lacks_bytes(row))


def _naming(rows: list[BatchRow], name: str, *, exactly: bool) -> list[BatchRow]:
    """The rows that name this file, by exactly this name; unless ``exactly``, also as another system writes it."""
    key, plain = uploads.name_key(name), uploads.plain_name(name)
    named = [row for row in rows if uploads.name_key(str(row.given.get("file", ""))) == key]
    return [row for row in named if uploads.plain_name(str(row.given["file"])) == plain] or ([] if exactly else named)


def _ambiguous(name: str, rows: list[BatchRow]) -> str:
    listed = ", ".join(f"{row.number} (“{formatting.isolated(row.given['file'])}”)" for row in rows[:5])
    return gettext(
        "“%(file)s” matches several rows: %(rows)s. Rename the file, and change the name in the row it belongs to."
    ) % {"file": formatting.isolated(name), "rows": listed}


def _full() -> str:
    return gettext("A batch can have at most %(limit)s videos. Send these first, then add the others.") % {
        "limit": MOST_ROWS
    }


def _was_refused(row: BatchRow) -> bool:
    """Whether the row's file was refused: another one of this name is better then."""
    return bool(row.waits_for and row.waits_for.status == Upload.Status.REFUSED and lacks_bytes(row))


def _unnamed(name: str, another_size: bool, added: bool) -> str:
    message = gettext(
        "No row of this manifest names “%(file)s”. Add it to the “file” column, or add it as a new video."
    )
    if another_size:
        message = gettext(
            "A row names “%(file)s”, but an upload of a different size was started for it. Upload that file, "
            "or remove the row."
        )
    return message % {"file": formatting.isolated(name)}


def lacks_bytes(row: BatchRow) -> bool:
    """Whether the row's file is missing or not fully uploaded."""
    asset = row.asset
    if asset is None or asset.status != Asset.Status.DRAFT or asset.source_id or not row.given.get("file"):
        return False
    return row.waits_for is None or row.waits_for.status in (Upload.Status.RECEIVING, Upload.Status.REFUSED)


def add_rows(batch: Batch, user: User, rows: list[tuple[dict[str, Any], dict[str, Any]]]) -> list[BatchRow]:
    """Add drafts and rows, given as (cells, their values for the form); the shared settings fill what is left open.

    Raises NotPossible if the person's drafts are full; then none is created.
    """
    provider = usual_provider(batch.project)
    number = batch.rows.count() and (batch.rows.order_by("-number").values_list("number", flat=True)[0])
    made = []
    for at, (given, own) in enumerate(rows, start=number + 1):
        draft = provider_fit.fit_draft(Draft.of(batch.shared | own), provider)
        asset = Asset(project_id=batch.project_id, created_by=user, provider=provider, **draft.columns())
        asset.name = formatting.one_line(draft.get("name"))[:255]
        made.append(BatchRow(batch=batch, number=at, asset=asset, given=given))
    quota.check_quota(user, sum(row.asset.typed_bytes for row in made if row.asset))
    with transaction.atomic():
        Asset.objects.bulk_create([row.asset for row in made if row.asset])
        Event.objects.bulk_create(_created(row, user) for row in made if row.asset)
        for row in made:
            row.asset_id = row.asset.pk if row.asset else None
        BatchRow.objects.bulk_create(made)
    return made


def _created(row: BatchRow, user: User) -> Event:
    return Event(
        asset=row.asset, kind=Event.Kind.CREATED, actor=user, cause="person", data={"batch": row.batch_id}
    )  # in bulk, what ``Event.objects.record`` does


def with_links(batch: Batch) -> list[int]:
    """Drafts whose videos are links that have not been measured yet."""
    unknown = batch.rows.exclude(status=BatchRow.Status.SENT).filter(milliseconds=0)
    return list(unknown.filter(given__media_url__isnull=False).values_list("asset_id", flat=True))


def remove(row: BatchRow, user: User) -> None:
    """Delete a row with its draft. Raises NotPossible if it was sent."""
    with transaction.atomic():
        if row.asset:
            saved_drafts.discard(row.asset, user)
        BatchRow.objects.filter(pk=row.pk).exclude(status=BatchRow.Status.SENT).delete()


def subtitle_slot(column: str) -> str | None:
    """The slot that a manifest column names files for ("srt_es-ES"); None for any other column."""
    match = _SUBTITLES.fullmatch(column.replace("-", "_"))
    if match is None:
        return None
    return SOURCE if match[1].lower() == SOURCE else locales.canonical(match[1])


def subtitles_awaited(row: BatchRow) -> dict[str, str]:
    """The subtitle files that the row names and that are still missing: file name by column."""
    asked = {name: str(text) for name, text in row.given.items() if text and subtitle_slot(name)}
    if not asked or row.asset is None:
        return {}
    draft = saved_drafts.read_draft(row.asset)
    return {name: text for name, text in asked.items() if not draft.text(subtitle_slot(name) or "").strip()}


def _look_at(row: BatchRow, asset: Asset, user: User, check: Check) -> Checked:
    """Check the row's draft as the form does. Also reports the subtitle files that it still waits for."""
    checked, awaited = check(asset, user), subtitles_awaited(row)
    if not awaited:
        return checked
    message = gettext("Waiting for the subtitles “%(name)s”.")
    missing = [(AWAITS + name, message % {"name": formatting.isolated(file)}) for name, file in awaited.items()]
    return Checked(None, [*checked.messages, *missing], checked.milliseconds, checked.waits_for)


# --- settings ---------------------------------------------------------------------------------------------------------


def share(batch: Batch, user: User, shared: Mapping[str, Any]) -> None:
    """Apply other settings to all rows. Changes made in a single row are kept."""
    new = {name: shared[name] for name in SHARED if name in shared}
    with transaction.atomic():
        old = lock(batch).shared
        for row in batch.rows.exclude(status=BatchRow.Status.SENT).select_related("asset"):
            changes = _changes(Draft.read(row.asset.typed), old, new) if row.asset else {}
            try:
                if row.asset and changes:
                    saved_drafts.keep_typed(row.asset, changes, user)
            except NotPossible:
                log.info("row %s was sent while the settings of its batch changed, so its own stay", row.pk)
        batch.shared = old | new
        batch.save(update_fields=["shared"])


def _changes(draft: Draft, old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The shared settings that this draft follows: those left open in it, or equal to the previous shared ones."""
    following = [name for name in new if draft.value(name) in _OPEN or _same(draft.value(name), old.get(name))]
    return {name: new[name] for name in following if not _same(draft.value(name), new[name])}


def _same(mine: Any, other: Any) -> bool:
    if isinstance(mine, list) or isinstance(other, list):
        return sorted(mine or []) == sorted(other or [])
    return str("" if mine is None else mine) == str("" if other is None else other)


# --- checking ---------------------------------------------------------------------------------------------------------


def refresh(batch: Batch, user: User, check: Check, *, seconds: float = 0.05) -> bool:
    """Update the stored check results: a few rows, and more within ``seconds``. Return True if all are current."""
    rows = list(
        batch.rows.values_list("pk", "status", "stale", "asset_id", "asset__status", "waits_for__status")
    )  # one query, and no write while nothing changed
    _note_moves(rows)
    stale = [
        pk
        for pk, status, stale, asset_id, asset_status, upload in rows
        if asset_id and asset_status == Asset.Status.DRAFT and (stale or upload in _SETTLED)
        if status != BatchRow.Status.SENT
    ]
    deadline = time.monotonic() + seconds
    if stale:
        with transaction.atomic():
            lock(batch)
            for done, pk in enumerate(stale):
                if done >= AT_LEAST and time.monotonic() > deadline:
                    return False
                _check_again(pk, user, check)
    return True


def _note_moves(rows: list[tuple[Any, ...]]) -> None:
    """Update rows whose drafts were sent, returned or deleted elsewhere."""
    sent, back, gone = [], [], []
    for pk, status, _, asset_id, asset_status, _ in rows:
        was_sent = status == BatchRow.Status.SENT
        if asset_id is None and not was_sent:
            gone.append(pk)
        elif asset_id and not was_sent and asset_status != Asset.Status.DRAFT:
            sent.append(pk)
        elif asset_id and was_sent and asset_status == Asset.Status.DRAFT:
            back.append(pk)
    if sent:
        BatchRow.objects.filter(pk__in=sent).update(status=BatchRow.Status.SENT, problems=[], stale=False)
    if back:
        refusal = {"status": BatchRow.Status.REFUSED, "problems": [("", GIVEN_BACK)], "stale": False}
        BatchRow.objects.filter(pk__in=back, asset__status=Asset.Status.DRAFT).update(**refusal)
    if gone:
        BatchRow.objects.filter(pk__in=gone, asset=None).delete()


def _check_again(pk: int, user: User, check: Check) -> None:
    """Claimed before it is read: if the draft changes meanwhile, the row is marked as stale again."""
    row = _rows().filter(pk=pk).first()
    if row is None or not _has_its_video(row, user):
        return
    if (
        not BatchRow.objects.filter(pk=pk)
        .exclude(status=BatchRow.Status.SENT)
        .update(stale=False, checks=F("checks") + 1)
    ):
        return
    row = _rows().get(pk=pk)
    if row.asset and row.asset.status == Asset.Status.DRAFT:
        _write(row, _look_at(row, row.asset, user, check))


def _has_its_video(row: BatchRow, user: User) -> bool:
    """Attach the video that the draft was waiting for. Return False if there is nothing left to check."""
    if row.asset and row.waits_for and row.waits_for.status == Upload.Status.COMPLETE and not row.asset.source_id:
        try:
            saved_drafts.attach(row.asset, row.waits_for, user)
        except (NotPossible, Asset.DoesNotExist):
            return False  # sent or deleted at this very moment
    return True


def _write(row: BatchRow, checked: Checked) -> None:
    status = BatchRow.Status.GOOD if checked.fields else BatchRow.Status.PROBLEM
    outcome = {"problems": checked.messages, "milliseconds": checked.milliseconds, "waits_for": checked.waits_for}
    BatchRow.objects.filter(pk=row.pk).exclude(status=BatchRow.Status.SENT).update(status=status, **outcome)


def _rows() -> QuerySet[BatchRow]:
    return BatchRow.objects.select_related("asset__project", "asset__source", "asset__background", "waits_for")


# --- sending ----------------------------------------------------------------------------------------------------------


def send(batch: Batch, user: User, check: Check, *, seconds: float = 20.0) -> Iterator[Submission]:
    """Send what is ready and what was refused before, each row separately, for at most ``seconds``.

    Each row is sent once: a second click, another tab, or another attempt after a crash finds it sent.
    """
    deadline = time.monotonic() + seconds
    for pk in list(batch.rows.filter(status__in=REMAINDER).values_list("pk", flat=True)):
        if time.monotonic() > deadline:
            return
        try:
            yield from _send(pk, user, check)
        except DatabaseError:
            log.exception("could not send row %s of batch %s; it can be sent again", pk, batch.pk)


def _send(pk: int, user: User, check: Check) -> list[Submission]:
    row = _rows().filter(pk=pk).first()
    if row is None or row.status not in REMAINDER or row.asset is None:
        return []  # removed, or sent, while earlier rows were being sent
    if row.asset.status != Asset.Status.DRAFT:
        return _settle(row, BatchRow.Status.SENT)
    checked = _look_at(row, row.asset, user, check)
    if checked.fields is None:
        _write(row, checked)
        return []
    try:
        with transaction.atomic():
            made = submit(row.asset, checked.fields, user)
            _settle(row, BatchRow.Status.SENT, milliseconds=checked.milliseconds)
            return made
    except NotPossible as problem:
        now = Asset.objects.filter(pk=row.asset.pk).values_list("status", flat=True).first()
        if now is None or now != Asset.Status.DRAFT:
            return _settle(row, BatchRow.Status.SENT) if now else []
        return _settle(row, BatchRow.Status.REFUSED, problems=[("", str(problem))])


def _settle(row: BatchRow, status: str, **values: Any) -> list[Submission]:
    changes = {"problems": [], "stale": False} | values
    BatchRow.objects.filter(pk=row.pk).exclude(status=BatchRow.Status.SENT).update(status=status, **changes)
    return []
