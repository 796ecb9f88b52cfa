"""Assign dropped subtitle files to rows: by the names in the manifest, or by the name of the video."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext

from dubbing import uploads
from dubbing.batches import batches
from dubbing.drafts import saved_drafts
from dubbing.drafts.draft import FILES_FIELD, SOURCE, file_field_of, slot_of_file
from dubbing.models import Asset, Batch, BatchRow
from dubbing.platform import formatting, locales
from dubbing.platform.errors import NotPossible
from dubbing.subtitles import file_names

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@dataclass(frozen=True, slots=True)
class AddedSubtitles:
    """The outcome for one file: the ``row`` and the ``slot`` it went to; or ``words`` about what is left to do."""

    name: str
    row: BatchRow | None = None
    slot: str = ""
    message: str = ""

    @property
    def language(self) -> str:
        """The name of the slot's language."""
        return gettext("Transcript of the video") if self.slot == SOURCE else locales.display_name(self.slot)


def add(batch: Batch, user: User, files: Iterable[UploadedFile[Any]]) -> list[AddedSubtitles]:
    """Put each file where the manifest or its name says. An unsure or unreadable one does not block the others."""
    rows = [
        row
        for row in batch.rows.select_related("asset")
        if row.asset and row.asset.status == Asset.Status.DRAFT and row.status != BatchRow.Status.SENT
    ]
    added: list[AddedSubtitles] = []
    named: dict[int, MultiValueDict[str, UploadedFile[Any]]] = defaultdict(MultiValueDict)
    for file in files:
        name = PurePath(file.name or "").name
        asked = _asked_for(rows, name)
        for row, slot in asked:
            named[row.pk].appendlist(file_field_of(slot), file)
        meant = [] if asked else _rows_called(rows, name)
        if len(meant) == 1:
            named[meant[0].pk].appendlist(FILES_FIELD, file)
        elif not asked:
            added.append(AddedSubtitles(name, message=_no_row(name, meant)))
    for row in rows:
        if row.pk in named:
            added += _keep(row, named[row.pk], user)
    return added


def _asked_for(rows: list[BatchRow], name: str) -> list[tuple[BatchRow, str]]:
    """The cells of a manifest that name this file."""
    key = uploads.name_key(name)
    return [
        (row, slot)
        for row in rows
        for column, given in row.given.items()
        if (slot := batches.subtitle_slot(column)) and uploads.name_key(str(given)) == key
    ]


def _rows_called(rows: list[BatchRow], name: str) -> list[BatchRow]:
    """The rows whose video has the file's name without its language."""
    stems = file_names.language_in(name).stems
    if not stems and len(rows) == 1:
        return rows
    for stem in stems:
        if meant := [row for row in rows if stem in _titles(row)]:
            return meant
    return []


def _titles(row: BatchRow) -> set[str]:
    file = str(row.given.get("file") or row.given.get("media_url") or "").partition("?")[0]
    stem = PurePath(file.replace("\\", "/")).stem
    return {file_names.stem_key(title) for title in (stem, row.asset.name if row.asset else "") if title}


def _no_row(name: str, meant: list[BatchRow]) -> str:
    if meant:
        numbers = ", ".join(str(row.number) for row in meant[:5])
        message = gettext("Rows %(numbers)s have a video with this name. Add the file in the row it is for.")
        return message % {"numbers": numbers}
    stems = file_names.language_in(name).stems
    if not stems:
        return gettext("The file name does not say which video it is for. Add it in the row it is for.")
    message = gettext("No video in this batch is called “%(name)s”. Rename the file, or add it in the row it is for.")
    return message % {"name": formatting.isolated(stems[0])}


def _keep(row: BatchRow, files: MultiValueDict[str, UploadedFile[Any]], user: User) -> list[AddedSubtitles]:
    names = {file.name: field for field in files for file in files.getlist(field)}
    try:
        assert row.asset
        draft = saved_drafts.keep_typed(row.asset, {}, user, files=files)
    except NotPossible as problem:
        return [AddedSubtitles(name or "", row, message=str(problem)) for name in names]
    added = []
    for field in files:
        if slot := slot_of_file(field):
            file = draft.files[slot]
            added.append(AddedSubtitles(file.name, row, "" if file.problems else slot, " ".join(file.problems)))
    came = {file.name for file in files.getlist(FILES_FIELD)}
    for dropped in draft.dropped.files:
        if dropped.file.name in came:
            unsure = gettext("The file name does not say its language. Choose it in the row.")
            message = " ".join(dropped.file.problems) or ("" if dropped.slot else unsure)
            added.append(AddedSubtitles(dropped.file.name, row, dropped.slot, message))
    return added
