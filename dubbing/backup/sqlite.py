"""Copy a SQLite database while the portal uses it, and put the copy in its place."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from django.db import connection, connections

from dubbing.backup.manifest import Table
from dubbing.platform import disk

FILE = "database.sqlite3"
_ALIAS = "backup"


@contextmanager
def snapshot(folder: Path) -> Iterator[tuple[str, list[Table]]]:
    """Copy the database into ``folder`` as it is at one instant. Yields an alias to query the copy, and its tables.

    One step of the backup API is one read transaction: much faster than ``VACUUM INTO``, and the same byte for byte.
    """
    path = folder / FILE
    path.touch(mode=0o600)
    connection.ensure_connection()
    with closing(sqlite3.connect(path)) as copy:
        connection.connection.backup(copy)
    # Read only, and without the settings of the portal: those would change the copy.
    address = f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1"
    connections.settings[_ALIAS] = connection.settings_dict | {"NAME": address, "OPTIONS": {}, "CONN_MAX_AGE": 0}
    try:
        yield _ALIAS, _tables(_ALIAS)
    finally:
        connections[_ALIAS].close()
        del connections[_ALIAS], connections.settings[_ALIAS]


def part_names(tables: list[Table]) -> list[str]:
    """The files that hold the database."""
    return [FILE]


@contextmanager
def replacing(folder: Path) -> Iterator[None]:
    """Inside the block, the portal's database is a copy of the one in ``folder``; it appears in place at the end.

    Whoever is killed before that leaves no database, only a file that the next attempt replaces.
    """
    target = Path(connection.settings_dict["NAME"])
    temporary = target.with_name(f"{target.name}.restoring")
    for leftover in (temporary, *_beside(temporary)):
        leftover.unlink(missing_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary.touch(mode=0o600)
    shutil.copyfile(folder / FILE, temporary)
    connection.close()
    connection.settings_dict["NAME"] = str(temporary)
    try:
        yield
    finally:
        connection.close()  # writes a write-ahead log back into the file
        connection.settings_dict["NAME"] = str(target)
    disk.flush(temporary)
    temporary.replace(target)
    disk.flush(target.parent)


def _tables(alias: str) -> list[Table]:
    with connections[alias].cursor() as cursor:
        names = sorted(connections[alias].introspection.table_names(cursor))
        counts = []
        for name in names:
            cursor.execute(f"SELECT count(*) FROM {connections[alias].ops.quote_name(name)}")  # noqa: S608
            counts.append(Table(name, cursor.fetchone()[0]))
        return counts


def _beside(path: Path) -> list[Path]:
    return [path.with_name(path.name + suffix) for suffix in ("-journal", "-wal", "-shm")]
