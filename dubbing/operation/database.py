"""The database: whether it answers, its clock, its version, and whether its schema is that of this code."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext, ngettext

from dubbing.operation.health_lines import HealthLine, failing, good
from dubbing.platform import formatting

_NOW = {"postgresql": "SELECT clock_timestamp()", "sqlite": "SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')"}
Migration = tuple[str, str]
"""An app and a migration's name."""


@dataclass(frozen=True, slots=True)
class DatabaseTime:
    """The time by the database's clock, the seconds it took to ask, and those by which our clock is ahead."""

    now: datetime
    took: float
    clock_offset: float


def read_time() -> DatabaseTime:
    """Ask the database for the time. Raises ``DatabaseError`` if it does not answer."""
    before, begun = datetime.now(UTC), time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute(_NOW[connection.vendor])
        answer = cursor.fetchone()[0]
    took = time.monotonic() - begun
    now = answer if isinstance(answer, datetime) else datetime.fromisoformat(answer)
    now = now if now.tzinfo else now.replace(tzinfo=UTC)
    return DatabaseTime(now, took, (before - now).total_seconds() + took / 2)


def version() -> str:
    """The database and its version."""
    if connection.vendor == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}"
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return f"PostgreSQL {cursor.fetchone()[0]}"


def database_line(answer: DatabaseTime) -> HealthLine:
    """The line of a database that has answered."""
    figures = {"version": version(), "milliseconds": formatting.number(answer.took * 1000)}
    return good("database", gettext("%(version)s, answered in %(milliseconds)s ms") % figures)


def schema_line() -> HealthLine:
    """Whether all migrations of this code were applied, and no others."""
    known, replaced = migrations_of_code()
    applied = set(MigrationRecorder(connection).applied_migrations())
    done = applied | {squashed for squashed, parts in replaced.items() if set(parts) <= applied}
    missing = sorted(known - done)
    if missing:
        count = len(missing)
        text = ngettext(
            "%(count)s migration is missing, first %(name)s", "%(count)s migrations are missing, first %(name)s", count
        )
        return failing("schema", text % {"count": count, "name": ".".join(missing[0])}, "schema_behind")
    parts = {part for squashed in replaced.values() for part in squashed}
    newer = sorted(name for app, name in applied - known - parts if app == "dubbing")
    if newer:
        return failing("schema", gettext("unknown migration %(name)s") % {"name": newer[-1]}, "schema_ahead")
    newest = max((name for app, name in known if app == "dubbing"), default="")
    return good("schema", gettext("up to date: %(name)s") % {"name": newest})


@cache
def migrations_of_code() -> tuple[set[Migration], dict[Migration, list[Migration]]]:
    """The migrations of this code, and for each squashed one those that it replaces. Read from disk once."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    on_disk = {key: value for key, value in loader.disk_migrations.items() if apps.is_installed(_module(key[0]))}
    replaced = {key: list(migration.replaces) for key, migration in on_disk.items() if migration.replaces}
    parts = {part for squashed in replaced.values() for part in squashed}
    return set(on_disk) - parts, replaced


def _module(label: str) -> str:
    return apps.get_app_config(label).name
