"""Pages of lists: each starts after the last row seen, so that nothing is skipped or repeated when rows change."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from ninja import Schema
from pydantic import Field

M = TypeVar("M", bound=Model)
MOST = 100


class Paging(Schema):
    """Where to continue, and how many rows at a time."""

    cursor: str | None = Field(None, pattern=r"^[0-9]{1,18}$", description="The next_cursor of the page before.")
    limit: int = Field(30, ge=1, le=MOST)

    @property
    def position(self) -> int:
        """The last id that was seen; 0 at the beginning."""
        return int(self.cursor or 0)

    def after(self, rows: QuerySet[M, Any]) -> list[M]:
        """The next rows by ascending ids, and one more if there is one."""
        return list(rows.filter(pk__gt=self.position)[: self.limit + 1])

    def before(self, rows: QuerySet[M, Any]) -> list[M]:
        """The next rows by descending ids, and one more if there is one."""
        return list((rows.filter(pk__lt=self.position) if self.position else rows)[: self.limit + 1])
