"""Queries that are the same on every page but for a few ids and moments.

Django takes longer to write their SQL, and PostgreSQL to plan it, than to run it. So both happen once: the SQL for each
process, the plan for each connection.
"""

from __future__ import annotations

import re
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.db.models import QuerySet

_FIRST_ID, _FIRST_MOMENT = -2_147_483_000, datetime(1900, 1, 1, tzinfo=UTC)
"""Stand for values while the SQL is written. No row has them; ids fit every column of ids."""


class PreparedQuery:
    """A query whose SQL is written once per database, by ``build`` with a stand-in for each value.

    ``ids``, ``moments``: the names of the values that differ from one use to the next.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], *ids: str, moments: Sequence[str] = ()) -> None:
        self._build = build
        self._stand_ins: dict[str, int | datetime] = {name: _FIRST_ID + at for at, name in enumerate(ids)}
        self._stand_ins |= {name: _FIRST_MOMENT + timedelta(days=at) for at, name in enumerate(moments)}
        self._written: dict[str, tuple[str, list[Any]]] = {}

    def rows(self, **values: int | datetime) -> list[tuple[Any, ...]]:
        """The rows for a value of each name, as the database returns them: JSON is text on SQLite."""
        if connection.vendor not in self._written:
            self._written[connection.vendor] = self._write()
        statement, stand_ins = self._written[connection.vendor]
        given = {_adapted(stand_in): _adapted(values[name]) for name, stand_in in self._stand_ins.items()}
        filled_in = [given.get(value, value) for value in stand_ins]
        if connection.vendor == "postgresql":
            return _planned_rows(statement, filled_in)
        with connection.cursor() as cursor:
            cursor.execute(statement, filled_in)
            return list(cursor.fetchall())

    def _write(self) -> tuple[str, list[Any]]:
        """The SQL and its values.

        On PostgreSQL only those that differ are values: a plan for any status could use no index of one status.
        """
        statement, values = self._build(**self._stand_ins).query.sql_with_params()
        if connection.vendor != "postgresql":
            return statement, list(values)
        operations: Any = connection.ops
        whole: str = operations.compose_sql(statement, values)
        # As they stand in the SQL; a negative number has a space before it.
        texts = {operations.compose_sql("%s", [value]).strip(): _adapted(value) for value in self._stand_ins.values()}
        stand_ins = re.compile("|".join(map(re.escape, texts)))
        return stand_ins.sub("%s", whole.replace("%", "%%")), [texts[found] for found in stand_ins.findall(whole)]


def _adapted(value: int | datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


def _planned_rows(statement: str, values: list[Any]) -> list[tuple[Any, ...]]:
    """The rows, by a plan that PostgreSQL keeps (``prepare_threshold`` in the settings).

    Django's own cursors write the values into each statement, so no two are the same.
    """
    database: Any = connection  # its type is that of any database
    database.close_if_health_check_failed()
    database.ensure_connection()
    with database.Database.Cursor(database.connection) as cursor:
        # Django would ask the cursor what it sent, which this one does not know.
        logging = database.make_debug_cursor(cursor).debug_sql if database.queries_logged else nullcontext
        with logging(statement):
            database.make_cursor(cursor).execute(statement, values)
        return list(cursor.fetchall())
