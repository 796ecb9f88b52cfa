"""Find assets by a part of their name, however many assets there are: an index of every three letters of each name.

There are two: one of all names, and one of names by project, so that a search in a project never touches the names of
others. PostgreSQL maintains and chooses them on its own; migrations create them (``pg_trgm``, and a function that puts
the project in front of every three letters). SQLite has tables for full-text search that triggers keep up to date.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.apps import AppConfig
from django.db import connections, transaction
from django.db.models import BooleanField, Func, Q, QuerySet, Value
from django.db.models.expressions import RawSQL

# Shorter words have no three letters in a row, and cannot be found in the index.
LEAST = 3
# In SQLite's index by project, a row's number is the project's id followed by the asset's, which takes this many bits.
_BITS = 40


@dataclass(frozen=True, slots=True)
class _Index:
    """One SQLite index: how it is created and filled, its triggers, and how it is queried."""

    table: str
    made: str
    filled: tuple[str, ...]
    triggers: dict[str, str]
    matching: str


_ALL = _Index(
    table="dubbing_asset_names",
    made="""CREATE VIRTUAL TABLE dubbing_asset_names
USING fts5(name, content='dubbing_asset', content_rowid='id', tokenize='trigram')""",
    filled=("INSERT INTO dubbing_asset_names(dubbing_asset_names) VALUES ('rebuild')",),
    triggers={
        "dubbing_asset_named": """AFTER INSERT ON dubbing_asset BEGIN
  INSERT INTO dubbing_asset_names(rowid, name) VALUES (new.id, new.name); END""",
        "dubbing_asset_renamed": """AFTER UPDATE OF name ON dubbing_asset BEGIN
  INSERT INTO dubbing_asset_names(dubbing_asset_names, rowid, name) VALUES ('delete', old.id, old.name);
  INSERT INTO dubbing_asset_names(rowid, name) VALUES (new.id, new.name); END""",
        "dubbing_asset_unnamed": """AFTER DELETE ON dubbing_asset BEGIN
  INSERT INTO dubbing_asset_names(dubbing_asset_names, rowid, name) VALUES ('delete', old.id, old.name); END""",
    },
    matching="SELECT rowid - %s FROM dubbing_asset_names AS found WHERE dubbing_asset_names MATCH %s",
)
_BY_PROJECT = _Index(
    table="dubbing_project_names",
    made="CREATE VIRTUAL TABLE dubbing_project_names USING fts5(name, content='', tokenize='trigram')",
    filled=(
        "INSERT INTO dubbing_project_names(dubbing_project_names) VALUES ('delete-all')",
        """INSERT INTO dubbing_project_names(rowid, name)
  SELECT (project_id << 40) + id, name FROM dubbing_asset ORDER BY project_id, id""",
    ),
    triggers={
        "dubbing_asset_named_in_project": """AFTER INSERT ON dubbing_asset BEGIN
  INSERT INTO dubbing_project_names(rowid, name) VALUES ((new.project_id << 40) + new.id, new.name); END""",
        "dubbing_asset_renamed_in_project": """AFTER UPDATE OF name, project_id ON dubbing_asset BEGIN
  INSERT INTO dubbing_project_names(dubbing_project_names, rowid, name)
    VALUES ('delete', (old.project_id << 40) + old.id, old.name);
  INSERT INTO dubbing_project_names(rowid, name) VALUES ((new.project_id << 40) + new.id, new.name); END""",
        "dubbing_asset_unnamed_in_project": """AFTER DELETE ON dubbing_asset BEGIN
  INSERT INTO dubbing_project_names(dubbing_project_names, rowid, name)
    VALUES ('delete', (old.project_id << 40) + old.id, old.name); END""",
    },
    matching="SELECT rowid - %s FROM dubbing_project_names AS found WHERE dubbing_project_names MATCH %s",
)
_WORDS = _Index(
    table="dubbing_words_by_project",
    made="CREATE VIRTUAL TABLE dubbing_words_by_project USING fts5(words, content='', detail='none')",
    filled=(
        "INSERT INTO dubbing_words_by_project(dubbing_words_by_project) VALUES ('delete-all')",
        """INSERT INTO dubbing_words_by_project(rowid, words)
  SELECT (project_id << 40) + asset_id, words FROM dubbing_subtitlewords ORDER BY project_id, asset_id""",
    ),
    triggers={
        "dubbing_words_kept": """AFTER INSERT ON dubbing_subtitlewords BEGIN
  INSERT INTO dubbing_words_by_project(rowid, words)
    VALUES ((new.project_id << 40) + new.asset_id, new.words); END""",
        "dubbing_words_changed": """AFTER UPDATE ON dubbing_subtitlewords BEGIN
  INSERT INTO dubbing_words_by_project(dubbing_words_by_project, rowid, words)
    VALUES ('delete', (old.project_id << 40) + old.asset_id, old.words);
  INSERT INTO dubbing_words_by_project(rowid, words)
    VALUES ((new.project_id << 40) + new.asset_id, new.words); END""",
        "dubbing_words_gone": """AFTER DELETE ON dubbing_subtitlewords BEGIN
  INSERT INTO dubbing_words_by_project(dubbing_words_by_project, rowid, words)
    VALUES ('delete', (old.project_id << 40) + old.asset_id, old.words); END""",
    },
    matching="",
)
_INDEXES = (_ALL, _BY_PROJECT, _WORDS)


_TABLES = {"dubbing_asset", "dubbing_subtitlewords"}


def install(sender: AppConfig, using: str, **_: Any) -> None:
    """Have SQLite index the names, and the words of subtitles (``text_search``).

    Called after every ``migrate``: a migration that recreates a table drops its triggers.
    """
    connection = connections[using]
    if connection.vendor != "sqlite" or _TABLES - set(connection.introspection.table_names()):
        return
    with transaction.atomic(using=using), connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'trigger')")
        there = {name for (name,) in cursor.fetchall()}
        for statement in (each for index in _INDEXES for each in _missing(index, there)):
            cursor.execute(statement)


def uninstall(using: str) -> None:
    """Have SQLite index nothing until it is installed again."""
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        for index in _INDEXES:
            for name in index.triggers:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def _missing(index: _Index, there: set[str]) -> list[str]:
    """The statements still needed for the index to exist and to hold every name."""
    missing = [name for name in index.triggers if name not in there]
    made = [] if index.table in there else [index.made]
    triggers = [f"CREATE TRIGGER {name} {index.triggers[name]}" for name in missing]
    return [*made, *triggers, *(index.filled if made or missing else ())]


def named(query: str, using: str) -> Q:
    """Assets whose names contain ``query``, for checking assets one by one."""
    if query.isascii() or connections[using].vendor != "sqlite":
        return Q(name__icontains=query)
    # SQLite itself can only change the case of English letters.
    return Q(name__iregex=re.escape(query))


def newest_near(assets: QuerySet[Any], query: str, most: int, near: int) -> list[int]:
    """The ids of those among the newest ``near`` assets whose names contain ``query``; at most ``most`` ids."""
    newest = assets.order_by("-pk").values("pk")[:near]
    matching = assets.model._default_manager.filter(named(query, assets.db), pk__in=newest).order_by("-pk")
    return list(matching.values_list("pk", flat=True)[:most])


def newest_named(
    assets: QuerySet[Any], query: str, most: int, *, project: int | None = None, before: int | None = None
) -> list[int]:
    """The ids of the newest of ``assets`` whose names contain ``query`` (three letters or more).

    ``project`` and ``before`` repeat the project that all of ``assets`` are in and the id that they are all below.
    """
    connection = connections[assets.db]
    if connection.vendor != "sqlite":
        having = assets.filter(name__icontains=query)
        if project is not None:
            having = having.filter(_in_project(project, query))
        return list(having.order_by("-id").values_list("pk", flat=True)[:most])
    index, first = (_ALL, 0) if project is None else (_BY_PROJECT, project << _BITS)
    end = first + (before or 1 << _BITS)
    # Walk the index from its end and look each match up, so that nothing is collected before it is known to count.
    this = RawSQL("found.rowid - %s", [first])
    wanted, values = assets.filter(pk=this).order_by().values("pk").query.sql_with_params()
    statement = f"{index.matching} AND rowid > %s AND rowid < %s AND EXISTS ({wanted}) ORDER BY rowid DESC LIMIT %s"
    with connection.cursor() as cursor:
        cursor.execute(statement, [first, _phrase(query), first, end, *values, most])
        return [pk for (pk,) in cursor.fetchall()]


def _in_project(project: int, query: str) -> Func:
    """Whether PostgreSQL's index by project has all letters of these words for the project."""
    sides = (("project_id", "name"), (Value(project), Value(query)))
    trigrams = (Func(*side, function="dubbing_project_trigrams") for side in sides)
    return Func(*trigrams, template="%(expressions)s", arg_joiner=" @> ", output_field=BooleanField())


def _phrase(query: str) -> str:
    return '"' + query.replace('"', '""') + '"'
