"""Tables for spreadsheets: CSV that they read as it is meant, and in which no cell is a formula they would run.

What ``written`` makes of cells that are ``harmless`` comes back from ``rows`` as it was: separators, quotation marks,
line breaks and apostrophes included.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator

BOM = "\ufeff"
"""Begins a file. Without it, spreadsheets take "é" for two other characters."""
SEPARATORS = ",;\t|"
_LONGEST_HEADER = 10_000
_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def written(rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """The rows as CSV, piece by piece. Cells that people typed have to be ``harmless`` already."""
    writer = csv.writer(_Echo())
    yield BOM
    for row in rows:
        yield str(writer.writerow(row))


def rows(text: str, *, columns: Collection[str]) -> Iterator[tuple[int, list[str]]]:
    """The rows of a table that are not blank, each with the number of its first line; cells as somebody typed them.

    ``columns``: names that a header may have, by which its separator is told. Raises csv.Error where quotation marks
    do not match, after the rows before that.
    """
    text = text.lstrip(BOM).replace("\0", "")
    separator, body = _given_separator(text)
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=separator or _separator(body, columns), strict=True)
    skipped, number = (1 if separator is not None else 0), 0
    for cells in reader:
        first, number = number + 1 + skipped, reader.line_num
        if any(cell.strip() for cell in cells):
            yield first, [as_typed(cell.strip()) for cell in cells]


def lines(text: str, *, columns: Collection[str]) -> Iterator[tuple[int, list[str]]]:
    """The same, with every line a row: for a table whose quotation marks do not match."""
    given_separator, body = _given_separator(text.lstrip(BOM).replace("\0", ""))
    separator = given_separator or _separator(body, columns)
    for number, line in enumerate(body.splitlines(), 1 if given_separator is None else 2):
        cells = [as_typed(cell.strip()) for cell in next(csv.reader([line], delimiter=separator), [])]
        if any(cells):
            yield number, cells


def named(cell: str) -> str:
    """The cell of a header as the name of a column: " Source-locale" gives "source_locale"."""
    return re.sub(r"[\s-]+", "_", cell.strip().strip('"').strip().lower())


def _given_separator(text: str) -> tuple[str | None, str]:
    """The separator that some spreadsheets say in a line of its own, blank for none that can be; and the rest."""
    line, _, rest = text.partition("\n")
    match = re.fullmatch(r'"?sep=([^\r]?)"?\r?', line, re.IGNORECASE)
    if match is None:
        return None, text
    return ("" if match[1].isalnum() or match[1] == '"' else match[1]), rest


def _separator(text: str, columns: Collection[str]) -> str:
    """What divides the first line into most known names; else what is in it most, commas before others."""
    header = next((line for line in text.split("\n") if line.strip()), "")[:_LONGEST_HEADER]
    known = {mark: len(set(map(named, header.split(mark))) & set(columns)) for mark in SEPARATORS}
    return max(SEPARATORS, key=lambda mark: (known[mark], header.count(mark), mark == ","))


def harmless(cell: str) -> str:
    """What somebody typed, as a cell that stays a text. Figures of our own need not be made so: "-1.5" is one."""
    # A formula behind apostrophes gets one more: of those that come back, one is taken away.
    return f"'{cell}" if _is_formula(cell.lstrip("'")) else cell


def harmless_rows(rows: Iterable[Iterable[str]]) -> Iterator[list[str]]:
    """Rows with cells that somebody typed, for ``written``."""
    return ([harmless(cell) for cell in row] for row in rows)


def as_typed(cell: str) -> str:
    """A cell that ``harmless`` made, or any other, as somebody typed it."""
    return cell[1:] if cell[:1] == "'" and _is_formula(cell.lstrip("'")) else cell


def _is_formula(cell: str) -> bool:
    return cell.startswith(_BEGINS_FORMULA) or cell.lstrip().startswith(_BEGINS_FORMULA)


class _Echo:
    """A file for ``csv.writer`` that hands out what is written to it, instead of keeping it."""

    def write(self, text: str) -> str:
        return text
