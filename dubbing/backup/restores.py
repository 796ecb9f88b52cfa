"""Restore a backup into an empty database: all of it or nothing, at its own migrations, and then forward to ours."""

from __future__ import annotations

import os
import pwd
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.graph import MigrationGraph
from django.db.migrations.loader import MigrationLoader

from dubbing.backup import backups, media_files, postgresql, safeguards, sqlite
from dubbing.backup.manifest import Manifest, Refused
from dubbing.models import AuditEvent


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored: how many requests have to be looked for, and what the check of the files found."""

    manifest: Manifest
    doubted: int
    media: media_files.Check


def restore(folder: Path) -> Restored:
    """Restore the backup in ``folder``. Raises Refused, and then nothing was changed."""
    manifest = Manifest.read(folder)
    _check_kind(manifest)
    manifest.check_parts(folder)
    _check_migrations(manifest)
    _check_empty()
    with _filled(folder, manifest):
        call_command("migrate", interactive=False, verbosity=0)
        doubted = safeguards.apply(manifest.made_at)
        _record(folder, manifest)
    listed = media_files.read_list(folder / media_files.FILE)
    return Restored(manifest, doubted, media_files.check_all(listed, folder.resolve().parent / media_files.COPIES))


def _record(folder: Path, manifest: Manifest) -> None:
    """Leave an event: whatever happened after the backup is gone, and somebody decided that."""
    AuditEvent.objects.record(
        AuditEvent.Kind.REQUEST,
        subject="manage.py restore",
        actor=None,
        operator=_operator(),
        backup=folder.resolve().name,
        made_at=manifest.made_at.isoformat(),
    )


def _operator() -> str:
    """The account on this machine that runs the command; behind sudo, the one that asked for it."""
    if name := os.environ.get("SUDO_USER"):
        return name
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # as in containers
        return str(os.getuid())


@contextmanager
def _filled(folder: Path, manifest: Manifest) -> Iterator[None]:
    """Inside the block, the database is as it was; it stays when the block ends without an error."""
    if manifest.database == "sqlite":
        with sqlite.replacing(folder):
            yield
        return
    with postgresql.one_transaction():
        _migrate_to(manifest)
        postgresql.load(folder, manifest.tables)
        yield


def _migrate_to(manifest: Manifest) -> None:
    """Create the tables as they were at the time of the backup."""
    executor = MigrationExecutor(connection)
    graph = executor.loader.graph
    # Those that a squashed one replaces are not in the graph, but it is applied as well.
    applied = {node for node in manifest.migrations if node in graph.nodes}
    # The last ones of each app; those before them come with them.
    executor.migrate([node for node in sorted(applied) if not _after(graph, node) & applied])


def _after(graph: MigrationGraph, node: tuple[str, str]) -> set[tuple[str, str]]:
    """The migrations of the same app that directly follow this one."""
    return {child.key for child in graph.node_map[node].children if child.key[0] == node[0]}


def _check_kind(manifest: Manifest) -> None:
    if manifest.database not in backups.KINDS or manifest.database != connection.vendor:
        raise Refused(
            f"This backup is of another kind of database: {manifest.database}. DATABASE_URL names {connection.vendor}."
        )


def _check_migrations(manifest: Manifest) -> None:
    known = MigrationLoader(None).disk_migrations
    missing = defaultdict(list)
    for app, name in manifest.migrations:
        if (app, name) not in known and app in apps.app_configs:
            missing[app].append(name)
    if missing:
        names = "; ".join(f"{app} {', '.join(sorted(some))}" for app, some in sorted(missing.items()))
        raise Refused(f"This backup was made by a newer portal: this one does not know the migrations {names}.")


def _check_empty() -> None:
    tables = sorted(connection.introspection.table_names())
    if tables:
        named = ", ".join(tables[:3])
        raise Refused(
            f"The database is not empty: it has {len(tables)} tables ({named}, …). Name a new, empty one in "
            "DATABASE_URL, or move this one away."
        )
