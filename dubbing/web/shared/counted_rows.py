"""Rows of a list, and how many there are in all: counted up to a limit, as the first page must not wait for more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from dubbing.platform import formatting

COUNTED = 500
"""Counts are exact up to here."""

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedRows(Generic[Row]):
    """The rows that are shown. ``count``: of all of them, at most one more than ``COUNTED``."""

    rows: list[Row]
    count: int

    @property
    def total(self) -> str:
        """ "43", or "500+" if counting stopped there."""
        return formatting.capped(self.count, COUNTED)

    @property
    def is_cut(self) -> bool:
        """Whether there are more than are shown here."""
        return self.count > len(self.rows)
