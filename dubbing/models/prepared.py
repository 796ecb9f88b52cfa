"""Queries that are the same on every page but for a few ids. Django takes longer to write their SQL than to run it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet

_FIRST_STAND_IN = -2_147_483_000
"""Stands for an id while the SQL is written. No row has it, and it fits every column of ids."""


class PreparedQuery:
    """A query whose SQL is written once per database, by ``build`` with a stand-in for each of its ``names``."""

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], *names: str) -> None:
        self._build, self._stand_ins = build, {name: _FIRST_STAND_IN + at for at, name in enumerate(names)}
        self._written: dict[str, tuple[str, tuple[Any, ...]]] = {}

    def rows(self, **ids: int) -> list[tuple[Any, ...]]:
        """The rows for an id of each name, as the database returns them: JSON is text on SQLite."""
        if connection.vendor not in self._written:
            self._written[connection.vendor] = self._build(**self._stand_ins).query.sql_with_params()
        statement, values = self._written[connection.vendor]
        given = {stand_in: ids[name] for name, stand_in in self._stand_ins.items()}
        with connection.cursor() as cursor:
            cursor.execute(statement, [given.get(value, value) for value in values])
            return list(cursor.fetchall())
