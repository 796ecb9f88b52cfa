"""Queries that are the same on every page but for a few ids and moments.

Django takes longer to write their SQL, and PostgreSQL to plan it, than to run it. So both happen once: the SQL for each
process, the plan for each connection.
"""

from __future__ import annotations

import copy
import re
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from django.db import NotSupportedError, connection
from django.db.models.query import ModelIterable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from django.db.models import QuerySet

    Value: TypeAlias = int | datetime | Sequence[int]

_FIRST_ID, _FIRST_MOMENT = -2_147_483_000, datetime(1900, 1, 1, tzinfo=UTC)
"""Stand for values while the SQL is written. No row has them; ids fit every column of ids."""
_LAST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class _Written:
    """A query for one database. ``stand_ins``: a value for each parameter; ``compiler``: knows what each column is."""

    statement: str
    stand_ins: list[Any]
    compiler: Any


class PreparedQuery:
    """A query whose SQL is written once per database, by ``build`` with a stand-in for each value.

    ``ids``, ``moments``: the names of the values that differ from one use to the next. ``lists``: the names of lists of
    ids, with the most that each can have.
    """

    def __init__(
        self,
        build: Callable[..., QuerySet[Any, Any]],
        *ids: str,
        moments: Sequence[str] = (),
        lists: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        self._build, self._lists = build, lists
        self._single = [*ids, *moments]
        places = [*ids, *(place for name in lists for place in self._places(name))]
        self._stand_ins: dict[str, int | datetime] = {name: _FIRST_ID + at for at, name in enumerate(places)}
        self._stand_ins |= {name: _FIRST_MOMENT + timedelta(days=at) for at, name in enumerate(moments)}
        self._written: dict[str, _Written] = {}

    def rows(self, **values: Value) -> list[tuple[Any, ...]]:
        """The rows for a value of each name, as the database returns them: JSON is text on SQLite.

        There are none for an empty list. Raises ValueError for one that is too long.
        """
        if any(map(_is_impossible, values.values())):
            return []
        written, by_place = self._for_database(), self._by_place(values)
        given = {_adapted(stand_in): _adapted(by_place[name]) for name, stand_in in self._stand_ins.items()}
        filled_in = [given.get(value, value) for value in written.stand_ins]
        if connection.vendor == "postgresql":
            return _planned_rows(written.statement, filled_in)
        with connection.cursor() as cursor:
            cursor.execute(written.statement, filled_in)
            return list(cursor.fetchall())

    def objects(self, **values: Value) -> list[Any]:
        """The model's objects for a value of each name, with what ``select_related`` names.

        ``prefetch_related`` has no effect here.
        """
        answer: Any = _Answer(self._for_database().compiler, self.rows(**values))
        return list(ModelIterable(answer))

    def first(self, **values: Value) -> Any:
        """The first of these objects, or None."""
        return next(iter(self.objects(**values)), None)

    def _places(self, name: str) -> list[str]:
        return [f"{name} {at}" for at in range(self._lists[name])]

    def _by_place(self, values: Mapping[str, Value]) -> dict[str, int | datetime]:
        """The value of each parameter. The last id of a list fills the places that are left."""
        by_place: dict[str, int | datetime] = {}
        for name, value in values.items():
            if isinstance(value, int | datetime):
                by_place[name] = value
            else:
                places = self._places(name)
                filled = [*value, *[value[-1]] * (len(places) - len(value))]
                by_place |= dict(zip(places, filled, strict=True))
        return by_place

    def _for_database(self) -> _Written:
        if connection.vendor not in self._written:
            self._written[connection.vendor] = self._write()
        return self._written[connection.vendor]

    def _write(self) -> _Written:
        """The SQL and its values.

        On PostgreSQL only those that differ are values: a plan for any status could use no index of one status.
        """
        lists = {name: [self._stand_ins[place] for place in self._places(name)] for name in self._lists}
        single = {name: self._stand_ins[name] for name in self._single}
        compiler: Any = self._build(**single, **lists).query.get_compiler(connection=connection)
        statement, values = compiler.as_sql()
        if connection.vendor != "postgresql":
            return _Written(statement, list(values), compiler)
        operations: Any = connection.ops
        whole: str = operations.compose_sql(statement, values)
        # As they stand in the SQL; a negative number has a space before it.
        texts = {operations.compose_sql("%s", [value]).strip(): _adapted(value) for value in self._stand_ins.values()}
        pattern = re.compile("|".join(map(re.escape, texts)))
        stand_ins = [texts[found] for found in pattern.findall(whole)]
        return _Written(pattern.sub("%s", whole.replace("%", "%%")), stand_ins, compiler)


class _Answer:
    """Stands for a queryset where Django makes objects of rows: with the rows that are there instead of its own."""

    def __init__(self, compiler: Any, rows: list[tuple[Any, ...]]) -> None:
        self.db = connection.alias
        self._known_related_objects: dict[Any, Any] = {}
        self._compiler = copy.copy(compiler)
        self._compiler.execute_sql = lambda **_options: [rows]

    @property
    def query(self) -> _Answer:
        """Itself, which is asked for the compiler."""
        return self

    def get_compiler(self, using: str) -> Any:
        """The compiler, which executes nothing."""
        return self._compiler


def _is_impossible(value: Value) -> bool:
    """Whether no row can have it: one of no ids, or a number that databases refuse."""
    return value > _LAST_ID if isinstance(value, int) else not value


def _adapted(value: int | datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


def _planned_rows(statement: str, values: list[Any]) -> list[tuple[Any, ...]]:
    """The rows, by a plan that PostgreSQL keeps (``prepare_threshold`` in the settings).

    Django's own cursors write the values into each statement, so no two are the same.
    """
    try:
        return _rows_of(statement, values)
    except NotSupportedError:  # a migration changed a column since it was planned
        if connection.in_atomic_block:
            raise
        connection.close()
        return _rows_of(statement, values)


def _rows_of(statement: str, values: list[Any]) -> list[tuple[Any, ...]]:
    database: Any = connection  # its type is that of any database
    # Otherwise the type of a number depends on its size, and PostgreSQL has a plan for each type.
    int8 = database.Database.types.numeric.Int8  # importing it takes long where there is no PostgreSQL
    typed = [int8(value) if isinstance(value, int) else value for value in values]
    database.close_if_health_check_failed()
    database.ensure_connection()
    with database.Database.Cursor(database.connection) as cursor:
        # Django would ask the cursor what it sent, which this one does not know.
        logging = database.make_debug_cursor(cursor).debug_sql if database.queries_logged else nullcontext
        with logging(statement):
            database.make_cursor(cursor).execute(statement, typed)
        return list(cursor.fetchall())
