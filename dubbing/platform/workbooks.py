"""XLSX workbooks as tables of text. Formulas are never run: the value last shown is read."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import date, time
from xml.etree.ElementTree import ParseError

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.utils.exceptions import InvalidFileException

from dubbing.platform import tables

MOST_ROWS, MOST_COLUMNS, MOST_CHARACTERS = 10_000, 100, 4_000_000
MOST_UNPACKED, MOST_PARTS = 64 * 1024**2, 500
"""Maximum total bytes and number of parts: a workbook is a ZIP, and a small one can unpack to any size."""
_MAIN_PART = "xl/workbook.xml"
_NOT_READABLE = _("We could not read this workbook. Save it again as XLSX or CSV, without a password.")
_PROBLEMS = (
    zipfile.BadZipFile, zlib.error, InvalidFileException, ParseError, OSError, EOFError, RuntimeError,
    ValueError, TypeError, LookupError, AttributeError,
)  # fmt: skip


class WorkbookProblem(Exception):
    """The workbook cannot be read; the message tells people why."""


def is_workbook(data: bytes) -> bool:
    """Whether this is an XLSX file, whatever its name."""
    return data[:4] == b"PK\x03\x04"


def as_csv(data: bytes) -> str:
    """The first sheet as CSV for ``tables.rows``. Raises WorkbookProblem."""
    try:
        _check_size(data)
        return "".join(tables.written(_rows(data)))
    except _PROBLEMS:
        raise WorkbookProblem(_NOT_READABLE) from None


def written(rows: Iterable[Iterable[str]], *, title: str) -> bytes:
    """The rows as a workbook with one sheet, the first row as its heading. Every cell is text, none a formula."""
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(title)
    sheet.freeze_panes = "B2"
    for row in rows:
        sheet.append([_written(sheet, cell) for cell in row])
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def _written(sheet: object, text: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", text))
    cell.data_type = "s"
    return cell


def _check_size(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
    if not any(part.filename == _MAIN_PART for part in parts):
        raise WorkbookProblem(_NOT_READABLE)
    # Nothing unpacks to more than the size announced here.
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise WorkbookProblem(gettext("This workbook is too large. Keep only the sheet with the table."))


def _rows(data: bytes) -> Iterator[list[str]]:
    workbook = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    sheet = workbook.worksheets[0]
    sheet.reset_dimensions()
    characters = 0
    for number, cells in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True)):
        if number >= MOST_ROWS:
            message = gettext("This workbook has more than %(limit)s rows. Split it.")
            raise WorkbookProblem(message % {"limit": f"{MOST_ROWS:,}"})
        row = [_text(cell) for cell in cells]
        while row and not row[-1]:
            row.pop()
        characters += sum(map(len, row))
        if characters > MOST_CHARACTERS:
            raise WorkbookProblem(gettext("This workbook has too much text. Split it."))
        yield [tables.harmless(cell) for cell in row]


def _text(cell: object) -> str:
    """The cell roughly as people see it: "3" for 3.0, "2026-05-01" for a date."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, date | time):
        return cell.isoformat().removesuffix("T00:00:00")
    return str(cell)
