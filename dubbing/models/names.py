"""Finding assets by a part of their name, whatever their number: an index of every three letters of it.

On PostgreSQL it is one that the database maintains and chooses by itself (``pg_trgm``, made by a migration). SQLite has
a table for full-text search, which triggers keep in step with the names.
"""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db import connections, transaction
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

# Shorter words have no three letters in a row, and are in no such index.
LEAST = 3

_TABLE = """
CREATE VIRTUAL TABLE dubbing_asset_names
USING fts5(name, content='dubbing_asset', content_rowid='id', tokenize='trigram')
"""
_TRIGGERS = {
    "dubbing_asset_named": """AFTER INSERT ON dubbing_asset BEGIN
  INSERT INTO dubbing_asset_names(rowid, name) VALUES (new.id, new.name); END""",
    "dubbing_asset_renamed": """AFTER UPDATE OF name ON dubbing_asset BEGIN
  INSERT INTO dubbing_asset_names(dubbing_asset_names, rowid, name) VALUES ('delete', old.id, old.name);
  INSERT INTO dubbing_asset_names(rowid, name) VALUES (new.id, new.name); END""",
    "dubbing_asset_unnamed": """AFTER DELETE ON dubbing_asset BEGIN
  INSERT INTO dubbing_asset_names(dubbing_asset_names, rowid, name) VALUES ('delete', old.id, old.name); END""",
}
_REBUILD = "INSERT INTO dubbing_asset_names(dubbing_asset_names) VALUES ('rebuild')"
_MATCHING = "SELECT rowid FROM dubbing_asset_names WHERE dubbing_asset_names MATCH %s"


def install(sender: AppConfig, using: str, **_: Any) -> None:
    """Have SQLite index the names. After every ``migrate``: one that makes the table anew drops its triggers."""
    connection = connections[using]
    if connection.vendor != "sqlite" or "dubbing_asset" not in connection.introspection.table_names():
        return
    with transaction.atomic(using=using), connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE tbl_name IN ('dubbing_asset', 'dubbing_asset_names')")
        there = {name for (name,) in cursor.fetchall()}
        if "dubbing_asset_names" not in there:
            cursor.execute(_TABLE)
        missing = _TRIGGERS.keys() - there
        for name in missing:
            cursor.execute(f"CREATE TRIGGER {name} {_TRIGGERS[name]}")
        if missing:
            cursor.execute(_REBUILD)


def newest_named(assets: QuerySet[Any], words: str, most: int) -> list[int]:
    """The ids of the newest of ``assets`` that have ``words`` (three letters or more) in their names."""
    connection = connections[assets.db]
    if connection.vendor != "sqlite":
        return list(assets.filter(name__icontains=words).order_by("-id").values_list("pk", flat=True)[:most])
    # The index is walked from its end, and each find looked up: nothing is gathered before it is known to count.
    this = RawSQL("dubbing_asset_names.rowid", [])
    wanted, values = assets.filter(pk=this).order_by().values("pk").query.sql_with_params()
    statement = f"{_MATCHING} AND EXISTS ({wanted}) ORDER BY rowid DESC LIMIT %s"
    with connection.cursor() as cursor:
        cursor.execute(statement, [_phrase(words), *values, most])
        return [pk for (pk,) in cursor.fetchall()]


def _phrase(words: str) -> str:
    return '"' + words.replace('"', '""') + '"'
