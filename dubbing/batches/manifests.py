"""Manifests: read a table of videos to dub, and write the outcomes as a table.

What the cells say is checked as the new-asset form checks it (``dubbing/web/asset_form/form_checks.py``), by way of
``dubbing/web/batch/row_forms.py``.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dubbing import subtitles, uploads
from dubbing.batches import batches
from dubbing.drafts import saved_drafts
from dubbing.drafts.draft import field_of
from dubbing.models import Asset, Batch, BatchRow, Project, Upload, status_badges
from dubbing.platform import formatting, tables, workbooks
from dubbing.platform.errors import NotPossible
from dubbing.subtitles import decoding

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MAX_BYTES = 1_000_000
MOST_ROWS = batches.MOST_ROWS
LONGEST_CELL = 2_000
MOST_COLUMNS, MOST_CODES = 100, 100
_MOST_FILES = 5_000
COLUMNS = (
    "name", "media_url", "file", "source_locale", "targets", "start", "end", "speakers", "auto_generate",
    "lips_model", "voice_anonymization", "background_url", "consent", "preset",
)  # fmt: skip
TEMPLATE = (*COLUMNS, "srt_es-ES")
EXAMPLE = {
    "name": _("Harbour tour, part 1"),
    "file": "harbour-1.mp4",
    "source_locale": "en-US",
    "targets": "es-ES fr-FR",
    "start": "0:05",
    "end": "2:30",
    "speakers": "2",
    "auto_generate": "with_lips",
    "lips_model": "real_face",
    "voice_anonymization": "0",
    "consent": _("Contract 2024-117"),
    "srt_es-ES": "harbour-1.es-ES.srt",
}
_SAME_FILE = _(
    "Row %(row)s names the same file. Put all its languages in one row, or upload a copy under another name."
)
_LIKE_FILE = _(
    "Row %(row)s names a file that differs only in its folder or in upper and lower case, which we ignore. "
    "If it is the same video, put all its languages in one row. If not, rename the file."
)
_UNCLOSED = _("A cell has an opening quotation mark without a closing one. Save the table as CSV again.")
_LONG = _("A cell has more than 100,000 characters. It may be missing a closing quotation mark.")
_BETWEEN_CODES = re.compile(r"[,;|\s]+")
_UNSURE = {"not sure", "unsure", "?", "unknown"}


@dataclass(slots=True)
class ManifestLine:
    """One row of the table. ``number``: from 1, the first below the header."""

    number: int
    cells: dict[str, str]
    messages: batches.Messages = field(default_factory=list)

    @property
    def called(self) -> str:
        """The name that the video will have."""
        given = self.cells.get("name") or self.cells.get("file") or self.cells.get("media_url", "").split("?")[0]
        if self.cells.get("name"):
            return " ".join(given.split())
        return " ".join(PurePath(given.replace("\\", "/")).stem.split())


@dataclass(slots=True)
class Manifest:
    """A table that was read. If it has ``problems``, none of its rows can be used."""

    text: str = ""
    columns: list[str] = field(default_factory=list)
    lines: list[ManifestLine] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


# --- reading ----------------------------------------------------------------------------------------------------------


def read(data: bytes | str) -> Manifest:
    """Read the table from a file or a text, with any separator."""
    size = len(data if isinstance(data, bytes) else data.encode("utf-8", "replace"))
    if size > MAX_BYTES:
        message = gettext("This manifest is %(size)s MB and the limit is %(limit)s MB. Split it.")
        sizes = {"size": formatting.number(size / 1e6), "limit": formatting.number(MAX_BYTES / 1e6)}
        return Manifest(problems=[message % sizes])
    try:
        if isinstance(data, bytes) and workbooks.is_workbook(data):
            data = workbooks.as_csv(data)
        text, _, notes = decoding.decode(data, MAX_BYTES * 3, "en")
    except workbooks.WorkbookProblem as problem:
        return Manifest(problems=[str(problem)])
    except subtitles.SubtitleError as error:
        return Manifest(problems=[str(problem) for problem in error.problems])
    manifest = Manifest(text=text.lstrip(tables.BOM), notes=[str(note) for note in notes])
    try:
        records = [cells for _, cells in tables.rows(manifest.text, columns=COLUMNS)]
    except csv.Error as problem:
        too_long = "field larger" in str(problem)
        manifest.problems = [str(_LONG if too_long else _UNCLOSED)]
        return manifest
    _take(manifest, records)
    return manifest


def changed(text: str, cells: Mapping[tuple[int, str], str]) -> str:
    """Return the table with other texts in some cells, by row number and column name."""
    try:
        records = [list(record) for _, record in tables.rows(text, columns=COLUMNS)]
    except csv.Error:
        return text
    columns = [_column(name) for name in records[0]] if records else []
    for (number, column), new in cells.items():
        if column in columns and 0 < number < len(records):
            record, at = records[number], columns.index(column)
            record.extend([""] * (at + 1 - len(record)))
            record[at] = new[: LONGEST_CELL + 1]
    return "".join(tables.written(map(tables.harmless, record) for record in records)).lstrip(tables.BOM)


def with_language(cell: str, code: str, instead: str) -> str:
    """Return a cell of languages with ``code`` replaced by another one."""
    parts = re.split(f"({_BETWEEN_CODES.pattern})", cell)
    return "".join(instead if part.casefold() == code.casefold() else part for part in parts)


def languages_of(column: str, cells: Mapping[str, str]) -> list[str]:
    """Return the languages in a cell, or none if the cell holds something else."""
    if column == "targets":
        return _codes(cells)
    return [cells["source_locale"]] if column == "source_locale" and cells.get("source_locale") else []


def _take(manifest: Manifest, filled: list[list[str]]) -> None:
    if not filled:
        manifest.problems.append(gettext("This manifest is empty. Start with the template."))
        return
    manifest.columns = [_column(name) for name in filled[0]]
    while manifest.columns and not manifest.columns[-1]:
        manifest.columns.pop()
    if len(manifest.columns) > MOST_COLUMNS:
        message = gettext("This manifest has %(count)s columns and the limit is %(limit)s. Start with the template.")
        manifest.problems.append(message % {"count": len(manifest.columns), "limit": len(COLUMNS)})
        return
    manifest.problems += _wrong_columns(manifest.columns)
    if not filled[1:] and not manifest.problems:
        manifest.problems.append(gettext("This manifest has a header but no rows. Add a row for each video."))
    if len(filled) - 1 > MOST_ROWS:
        message = gettext("This manifest has %(count)s rows and the limit is %(limit)s. Split it.")
        manifest.problems.append(message % {"count": len(filled) - 1, "limit": MOST_ROWS})
    if not manifest.problems:
        manifest.lines = [_line(number, manifest.columns, record) for number, record in enumerate(filled[1:], start=1)]
        _mark_doubles(manifest.lines)


def is_column(name: str) -> bool:
    """Whether a manifest may have this column."""
    return name in COLUMNS or batches.subtitle_slot(name) is not None


def _column(name: str) -> str:
    """The column that a header cell names; "Subtitles es-ES" is another way to write "srt_es-ES"."""
    slot = batches.subtitle_slot(tables.named(name))
    return field_of(slot) if slot else tables.named(name)


def _wrong_columns(columns: list[str]) -> Iterator[str]:
    known = [name for name in columns if is_column(name)]
    if not known:
        message = gettext("The first row must name the columns, for example %(columns)s. Start with the template.")
        yield message % {"columns": ", ".join(COLUMNS[:5])}
        return
    for name in dict.fromkeys(columns):
        if not name:
            yield gettext("A column has no name in the header. Name it, or delete the column.")
        elif re.match(r"(srt|subtitles?)(_|$)", name) and not is_column(name):
            message = gettext("The column “%(name)s” needs a language with its region, such as “srt_es-ES”.")
            yield message % {"name": name[:40]}
        elif not is_column(name):
            near = get_close_matches(name[:40], COLUMNS, n=1)
            message = gettext("The column “%(name)s” is unknown. Delete it, or use a name from the template.")
            if near:
                message = gettext("The column “%(name)s” is unknown. Did you mean “%(known)s”?")
            yield message % {"name": name[:40], "known": "".join(near)}
    double = gettext("The column “%(name)s” appears %(count)s times. Keep one.")
    yield from (double % {"name": name, "count": count} for name, count in Counter(known).items() if count > 1)
    if not {"media_url", "file"} & set(known):
        yield gettext(
            "There is no column for the videos. Add “file” for files that you upload next, or “media_url” for links."
        )


def _line(number: int, columns: list[str], record: list[str]) -> ManifestLine:
    cells = {name: _clean(text) for name, text in zip(columns, record, strict=False) if text}
    line = ManifestLine(number, cells)
    if any(record[len(columns) :]):
        message = gettext(
            "This row has %(cells)s cells, but there are %(columns)s columns. "
            "Put cells that contain a separator in quotes."
        )
        line.messages.append(("", message % {"cells": len(record), "columns": len(columns)}))
    for name, text in cells.items():
        if len(text) > LONGEST_CELL:
            message = gettext("This cell has %(length)s characters and the limit is %(limit)s. Shorten it.")
            line.messages.append((name, message % {"length": len(text), "limit": LONGEST_CELL}))
    if (count := len(_codes(cells))) > MOST_CODES:
        message = gettext("This cell has %(count)s languages and the limit is %(limit)s. Remove some.")
        line.messages.append(("targets", message % {"count": count, "limit": MOST_CODES}))
    return line


def _codes(cells: Mapping[str, str]) -> list[str]:
    return [code for code in _BETWEEN_CODES.split(cells.get("targets", "")) if code]


def _clean(text: str) -> str:
    return text.replace("\0", "").strip()


def _mark_doubles(lines: list[ManifestLine]) -> None:
    """Mark duplicate rows, names and files: the later one gets the problem."""
    rows: dict[tuple[tuple[str, str], ...], int] = {}
    names: dict[str, int] = {}
    files: dict[str, int] = {}
    for line in lines:
        same = rows.setdefault(tuple(sorted(line.cells.items())), line.number)
        if same != line.number:
            message = gettext("This row is the same as row %(row)s. Delete one of them.")
            line.messages.append(("", message % {"row": same}))
            continue
        file = uploads.name_key(line.cells.get("file", ""))
        if file and (first := files.setdefault(file, line.number)) != line.number:
            same = line.cells["file"] == lines[first - 1].cells["file"]
            line.messages.append(("file", (_SAME_FILE if same else _LIKE_FILE) % {"row": first}))
        elif line.called and (first := names.setdefault(line.called.casefold(), line.number)) != line.number:
            message = gettext("Row %(row)s has the same name. Give each row its own name.")
            line.messages.append(("name", message % {"row": first}))


def typed_of(cells: Mapping[str, str], presets: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The values of a row by the new-asset form's names: its preset, overlaid with its own cells."""
    elsewhere = {"file", "preset", "targets"}
    own: dict[str, Any] = {
        name: text for name, text in cells.items() if name not in elsewhere and not batches.subtitle_slot(name)
    }
    if "targets" in cells:
        own["targets"] = _codes(cells)[:MOST_CODES]
    for name in ("auto_generate", "lips_model"):
        if name in own:
            own[name] = re.sub(r"[\s-]+", "_", own[name].lower())
    if own.get("speakers", "").lower() in _UNSURE:
        own["speakers"] = ""
    if "speakers" in own:
        own["speakers_from"] = "count" if own["speakers"] else "unsure"
    own["source_from"] = "url" if own.get("media_url") else "file"
    if own.get("background_url"):
        own["background_from"] = "url"
    return dict(presets.get(cells.get("preset", "").casefold(), {})) | own


# --- creating ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A row to create a draft from, or to correct one with (``row``); ``upload``: its file, if already uploaded."""

    cells: dict[str, str]
    typed: dict[str, Any]
    row: BatchRow | None = None
    upload: Upload | None = None


def make(project: Project, user: User, wanted: list[PlannedRow], *, batch: Batch | None, name: str = "") -> Batch:
    """Create drafts from these rows, in a new batch or in this one. Repeated within a minute, it creates them once."""
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        if batch is None:
            twin = _just_made(project, user, wanted)
            if twin:
                return twin
            new = Batch(project=project, created_by=user, kind=Batch.Kind.MANIFEST, name=name[:120])
            new.save()
            batch = new
        batches.lock(batch)
        _correct(wanted, user)
        fresh = [manifest_row for manifest_row in wanted if manifest_row.row is None]
        if batch.rows.count() + len(fresh) > MOST_ROWS:
            message = gettext("A batch can have at most %(limit)s rows. Upload these as a separate manifest.")
            raise NotPossible(message % {"limit": MOST_ROWS})
        rows = batches.add_rows(batch, user, [(dict(manifest_row.cells), manifest_row.typed) for manifest_row in fresh])
        for row, manifest_row in zip(rows, fresh, strict=True):
            if manifest_row.upload and row.asset:
                saved_drafts.attach(row.asset, manifest_row.upload, user)
    return batch


def _just_made(project: Project, user: User, wanted: list[PlannedRow]) -> Batch | None:
    """After a double click: the batch that the first click created; None if there is none."""
    newest = Batch.objects.filter(project=project, created_by=user, kind=Batch.Kind.MANIFEST).first()
    if newest is None or not batches.is_recent(newest):
        return None
    rows = list(newest.rows.values_list("given", flat=True))
    return newest if rows == [manifest_row.cells for manifest_row in wanted] else None


def _correct(wanted: list[PlannedRow], user: User) -> None:
    for manifest_row in wanted:
        if manifest_row.row is None or manifest_row.row.asset is None:
            continue
        blank: dict[str, Any] = {
            name: "" for name in manifest_row.row.given if is_column(name) and name not in manifest_row.cells
        }
        blank = {name: text for name, text in blank.items() if not batches.subtitle_slot(name)}
        blank |= {"targets": []} if "targets" in blank else {}
        kept = {name: text for name, text in manifest_row.row.given.items() if name == "size"}
        saved_drafts.keep_typed(manifest_row.row.asset, blank | manifest_row.typed, user)
        BatchRow.objects.filter(pk=manifest_row.row.pk).update(given=manifest_row.cells | kept)
        if manifest_row.upload:
            saved_drafts.attach(manifest_row.row.asset, manifest_row.upload, user)


def uploads_called(names: Iterable[str], user: User) -> dict[str, list[Upload]]:
    """This person's uploaded videos that no asset uses, by the names in the manifest that match them, newest first.

    Several are different videos, and it is unclear which one is meant. Exact names take precedence.
    """
    files = Upload.objects.owned_by(user).unused().filter(kind=Upload.Kind.VIDEO, status=Upload.Status.COMPLETE)
    uploads_by_name: dict[str, list[Upload]] = {}
    for upload in files.order_by("-created_at")[:_MOST_FILES]:
        uploads_by_name.setdefault(uploads.name_key(upload.name), []).append(upload)
    return {
        name: _different(uploads_by_name.get(uploads.name_key(name), []), uploads.plain_name(name))
        for name in set(names)
    }


def _different(candidates: list[Upload], name: str) -> list[Upload]:
    exact = [upload for upload in candidates if upload.name == name]
    distinct = {(upload.sha256 or upload.pk, upload.size): upload for upload in reversed(exact or candidates)}
    return list(distinct.values())[::-1]


# --- writing ----------------------------------------------------------------------------------------------------------


def template() -> str:
    """Return an empty manifest with one example row, as CSV."""
    return "".join(tables.written(template_rows()))


def template_rows() -> list[list[str]]:
    """Return the template as rows."""
    return [list(TEMPLATE), [str(EXAMPLE.get(name, "")) for name in TEMPLATE]]


def outcome(batch: Batch, link: str) -> str:
    """Return the outcome of each row as CSV."""
    return "".join(tables.written(map(tables.harmless, row) for row in outcome_rows(batch, link)))


def outcome_rows(batch: Batch, link: str) -> list[list[str]]:
    """The outcome, or the problems, of each row. ``link``: the address of an asset, with ``{}`` for its number."""
    rows = batch.rows.select_related("asset").prefetch_related("asset__dubbings")
    return [["row", "name", "asset id", "link", "state", "reason"], *(_outcome_cells(row, link) for row in rows)]


def _outcome_cells(row: BatchRow, link: str) -> list[str]:
    asset = row.asset
    sent = asset and asset.status != Asset.Status.DRAFT
    state = str(BatchRow.Status(row.status).label)
    if asset and sent:
        state = str(status_badges.of_asset(asset.status, doubtful=asset.is_doubtful).word)
    reasons = [formatting.translated(message) for _, message in row.problems]
    if not reasons and asset and asset.error_message:
        reasons = [asset.error_message]
    number = str(asset.pk) if asset else ""
    named = str(asset) if asset else str(row.given.get("name") or row.given.get("file") or "")
    return [str(row.number), named, number, link.format(number) if number else "", state, " ".join(reasons)]
