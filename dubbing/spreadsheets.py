"""Tables for spreadsheets: CSV that they read as it is meant, and in which no cell is a formula they would run."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator

BOM = "\ufeff"
"""Begins a file. Without it, spreadsheets take "é" for two other characters."""
_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def written(rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """The rows as CSV, piece by piece. Cells that people typed have to be ``harmless`` already."""
    writer = csv.writer(_Echo())
    yield BOM
    for row in rows:
        yield str(writer.writerow(row))


def harmless(cell: str) -> str:
    """What somebody typed, as a cell that stays a text. Figures of our own need not be made so: "-1.5" is one."""
    return f"'{cell}" if _is_formula(cell) else cell


def as_typed(cell: str) -> str:
    """A cell that ``harmless`` made, or any other, as somebody typed it."""
    return cell[1:] if cell[:1] == "'" and _is_formula(cell[1:]) else cell


def _is_formula(cell: str) -> bool:
    return cell.startswith(_BEGINS_FORMULA) or cell.lstrip().startswith(_BEGINS_FORMULA)


class _Echo:
    """A file for ``csv.writer`` that hands out what is written to it, instead of keeping it."""

    def write(self, text: str) -> str:
        return text
