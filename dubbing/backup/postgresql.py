"""Read all tables of a PostgreSQL database at one instant, and load them into another one.

With ``COPY`` instead of ``pg_dump``, which would have to be installed in the version of the server.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from psycopg import sql

from dubbing.backup.manifest import Refused, Table

FOLDER = "tables"
_CHUNK = 1024**2
# A backup may take longer than any statement of the portal.
_WITHOUT_LIMITS = (
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL idle_in_transaction_session_timeout = 0",
    "SET LOCAL datestyle = 'ISO, YMD'",
    "SET LOCAL intervalstyle = 'postgres'",
)
_TABLES = """SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname = current_schema() ORDER BY c.relname"""
_COLUMNS = """SELECT a.attname, pg_get_serial_sequence(quote_ident(c.relname), a.attname)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = current_schema() AND c.relname = %s AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
ORDER BY a.attnum"""


@contextmanager
def snapshot(folder: Path) -> Iterator[tuple[str, list[Table]]]:
    """Copy all tables into ``folder`` as they are at one instant. Inside the block, queries see that instant."""
    (folder / FOLDER).mkdir(mode=0o700)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        for statement in _WITHOUT_LIMITS:
            cursor.execute(statement)
        cursor.execute(_TABLES)
        names = [name for (name,) in cursor.fetchall()]
        yield "default", [_dump(cursor, name, folder / part_name(name)) for name in names]


def part_name(table: str) -> str:
    """The file with the rows of a table."""
    return f"{FOLDER}/{table}.copy"


def part_names(tables: list[Table]) -> list[str]:
    """The files that hold the database."""
    return [part_name(table.name) for table in tables]


@contextmanager
def one_transaction() -> Iterator[None]:
    """Everything in the block happens at once or not at all, however long it takes."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            for statement in _WITHOUT_LIMITS:
                cursor.execute(statement)
        yield


def load(folder: Path, tables: Iterable[Table]) -> None:
    """Replace the rows of all tables, which have to exist. Raises Refused."""
    with connection.cursor() as cursor:
        # Tables refer to each other, and migrations had some of these checks made at once.
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for table in tables:
            _load(cursor, table, folder / part_name(table.name))
        # From here on at once: a table with checks still to be made cannot be altered by a migration.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _dump(cursor: Any, name: str, path: Path) -> Table:
    cursor.execute(_COLUMNS, [name])
    columns = cursor.fetchall()
    sequences = {column: _last_value(cursor, sequence) for column, sequence in columns if sequence}
    rows = 0
    statement = sql.SQL("COPY {} ({}) TO STDOUT").format(sql.Identifier(name), _listed(name for name, _ in columns))
    path.touch(mode=0o600)
    with path.open("wb") as file, cursor.copy(statement) as copy:
        for chunk in copy:
            file.write(chunk)
            rows += bytes(chunk).count(b"\n")  # each row ends with one; those in values are written as \n
    return Table(name, rows, tuple(column for column, _ in columns), sequences)


def _last_value(cursor: Any, sequence: str) -> int | None:
    """The last number that was given out; None if none was."""
    cursor.execute("SELECT pg_sequence_last_value(%s::regclass)", [sequence])
    value: int | None = cursor.fetchone()[0]
    return value


def _load(cursor: Any, table: Table, path: Path) -> None:
    cursor.execute(_COLUMNS, [table.name])
    present = {column for column, _ in cursor.fetchall()}
    if not set(table.columns) <= present:
        raise Refused(f"The table {table.name} of the backup does not fit the migrations that it names.")
    name = sql.Identifier(table.name)
    cursor.execute(sql.SQL("DELETE FROM {}").format(name))  # what migrations put there
    with (
        path.open("rb") as file,
        cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(name, _listed(table.columns))) as copy,
    ):
        while chunk := file.read(_CHUNK):
            copy.write(chunk)
    for column, value in table.sequences.items():
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence(quote_ident(%s), %s), %s, %s)",
            [table.name, column, 1 if value is None else value, value is not None],
        )


def _listed(columns: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))
