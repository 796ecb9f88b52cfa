"""Tables for spreadsheets: CSV that they read correctly, and in which no cell is a formula they would run.

``rows`` reads back what ``written`` makes of ``harmless`` cells unchanged: separators, quotation marks, line breaks and
apostrophes included.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator

BOM = "\ufeff"
"""Starts a file. Without it, spreadsheets read "é" as two other characters."""
SEPARATORS = ",;\t|"
_LONGEST_HEADER = 10_000
_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def written(rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """The rows as CSV, piece by piece. Cells that people typed must have been made ``harmless`` before."""
    writer = csv.writer(_Echo())
    yield BOM
    for row in rows:
        yield str(writer.writerow(row))


def rows(text: str, *, columns: Collection[str]) -> Iterator[tuple[int, list[str]]]:
    """The rows of a table that are not blank, each with the number of its first line; cells as somebody typed them.

    ``columns``: possible names in a header, by which the separator is detected. Raises csv.Error if quotation marks do
    not match, after yielding the rows before that.
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
    """A header cell as the name of a column: " Source-locale" gives "source_locale"."""
    return re.sub(r"[\s-]+", "_", cell.strip().strip('"').strip().lower())


def _given_separator(text: str) -> tuple[str | None, str]:
    """The separator that some spreadsheets state on a line of its own (blank if it is invalid), and the rest."""
    line, _, rest = text.partition("\n")
    match = re.fullmatch(r'"?sep=([^\r]?)"?\r?', line, re.IGNORECASE)
    if match is None:
        return None, text
    return ("" if match[1].isalnum() or match[1] == '"' else match[1]), rest


def _separator(text: str, columns: Collection[str]) -> str:
    """The separator that splits the first line into most known names, or else occurs most in it, preferring commas."""
    header = next((line for line in text.split("\n") if line.strip()), "")[:_LONGEST_HEADER]
    known = {mark: len(set(map(named, header.split(mark))) & set(columns)) for mark in SEPARATORS}
    return max(SEPARATORS, key=lambda mark: (known[mark], header.count(mark), mark == ","))


def harmless(cell: str) -> str:
    """A typed text as a cell that stays text. Not needed for our own figures: "-1.5" would become text."""
    # A formula behind apostrophes gets one more: one is removed when it is read back.
    return f"'{cell}" if _is_formula(cell.lstrip("'")) else cell


def harmless_rows(rows: Iterable[Iterable[str]]) -> Iterator[list[str]]:
    """Rows with cells that somebody typed, made safe for ``written``."""
    return ([harmless(cell) for cell in row] for row in rows)


def as_typed(cell: str) -> str:
    """A cell, whether made by ``harmless`` or not, as somebody typed it."""
    return cell[1:] if cell[:1] == "'" and _is_formula(cell.lstrip("'")) else cell


def _is_formula(cell: str) -> bool:
    return cell.startswith(_BEGINS_FORMULA) or cell.lstrip().startswith(_BEGINS_FORMULA)


class _Echo:
    """A file for ``csv.writer`` that returns what is written to it instead of storing it."""

    def write(self, text: str) -> str:
        return text
