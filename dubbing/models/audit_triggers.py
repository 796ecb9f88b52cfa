"""Database triggers that refuse to change or remove audit events, on both databases.

They are set up after each ``migrate``, because SQLite drops the triggers of a table that a migration rebuilds.
"""

from __future__ import annotations

from typing import Any

from django.db import connections, transaction

_TABLE = "dubbing_auditevent"
_SQLITE = {
    f"{_TABLE}_no_{word}": (
        f"CREATE TRIGGER IF NOT EXISTS {_TABLE}_no_{word} BEFORE {word.upper()} ON {_TABLE} "
        "BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END"
    )
    for word in ("update", "delete")
}
_REFUSE = f"""CREATE OR REPLACE FUNCTION {_TABLE}_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN RAISE EXCEPTION 'audit events are append-only'; END$$"""
_POSTGRESQL = {
    f"{_TABLE}_no_change": f"BEFORE UPDATE OR DELETE ON {_TABLE} FOR EACH ROW",
    f"{_TABLE}_no_truncate": f"BEFORE TRUNCATE ON {_TABLE} FOR EACH STATEMENT",
}


def install(sender: object = None, using: str = "default", **_: Any) -> None:
    """Create the triggers that are missing, where there is a table. Receives Django's ``post_migrate``."""
    connection = connections[using]
    if _TABLE not in connection.introspection.table_names():
        return
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for statement in _SQLITE.values():
                cursor.execute(statement)
            return
        cursor.execute(_REFUSE)
        for name, when in _POSTGRESQL.items():
            cursor.execute(f"CREATE OR REPLACE TRIGGER {name} {when} EXECUTE FUNCTION {_TABLE}_refuse()")


def remove(using: str = "default") -> None:
    """Drop the triggers: tests empty their tables, and some break the log on purpose."""
    connection = connections[using]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for name in _SQLITE:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
            return
        for name in _POSTGRESQL:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name} ON {_TABLE}")
