"""Queries that are the same on every page but for a few ids.

Django takes longer to write their SQL, and PostgreSQL to plan it, than to run it. So both happen once: the SQL for each
process, the plan for each connection.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.backends.utils import CursorWrapper
    from django.db.models import QuerySet

_FIRST_STAND_IN = -2_147_483_000
"""Stands for an id while the SQL is written. No row has it, and it fits every column of ids."""


class PreparedQuery:
    """A query whose SQL is written once per database, by ``build`` with a stand-in for each of its ``names``."""

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], *names: str) -> None:
        self._build, self._stand_ins = build, {_FIRST_STAND_IN + at: name for at, name in enumerate(names)}
        self._written: dict[str, tuple[str, list[Any]]] = {}

    def rows(self, **ids: int) -> list[tuple[Any, ...]]:
        """The rows for an id of each name, as the database returns them: JSON is text on SQLite."""
        if connection.vendor not in self._written:
            self._written[connection.vendor] = self._write()
        statement, values = self._written[connection.vendor]
        given = {stand_in: ids[name] for stand_in, name in self._stand_ins.items()}
        with _preparing_cursor() as cursor:
            cursor.execute(statement, [given.get(value, value) for value in values])
            return list(cursor.fetchall())

    def _write(self) -> tuple[str, list[Any]]:
        """The SQL and its values.

        On PostgreSQL only ids are values: a plan for whatever status could use no index of one status.
        """
        query = self._build(**{name: stand_in for stand_in, name in self._stand_ins.items()}).query
        statement, values = query.sql_with_params()
        if connection.vendor != "postgresql":
            return statement, list(values)
        operations: Any = connection.ops
        whole: str = operations.compose_sql(statement, values)
        stand_ins = re.compile("|".join(map(str, self._stand_ins)))
        return stand_ins.sub("%s", whole.replace("%", "%%")), [int(found) for found in stand_ins.findall(whole)]


def _preparing_cursor() -> CursorWrapper:
    """A cursor that lets PostgreSQL keep the plans of its statements, by ``prepare_threshold`` in the settings.

    Django's own cursors write the values into each statement, so no two are the same.
    """
    if connection.vendor != "postgresql":
        return connection.cursor()
    from django.db.backends.postgresql.base import ServerBindingCursor  # imports psycopg

    connection.ensure_connection()
    cursor: Any = ServerBindingCursor(connection.connection)  # type: ignore[call-arg]  # its base is psycopg's
    return connection.make_debug_cursor(cursor) if connection.queries_logged else connection.make_cursor(cursor)
