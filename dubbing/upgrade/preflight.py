"""The checks before an upgrade, each with what it found."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.core.management.base import SystemCheckError
from django.db import NotSupportedError, connection
from django.utils import timezone

from dubbing import checks
from dubbing.backup import backups
from dubbing.platform import formatting, storage
from dubbing.upgrade import migration_risks

YOUNG = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found, in English, and whether it stands in the way of the upgrade."""

    text: str
    is_problem: bool = False


def findings(folder: Path | None, *, stopped: bool = False) -> Iterator[Finding]:
    """Everything to know before ``migrate``. ``folder``: where the backups are; ``stopped``: no process runs."""
    yield from _settings()
    yield from _database_version()
    yield from _space()
    yield _backup(folder)
    yield from _migrations(stopped)


def _settings() -> Iterator[Finding]:
    try:
        checks.refuse_wrong_start()
    except SystemCheckError as error:
        yield Finding(f"The settings are wrong: {error}", is_problem=True)
    else:
        yield Finding("The settings pass their checks.")


def _database_version() -> Iterator[Finding]:
    version = ".".join(str(part) for part in connection.get_database_version())
    try:
        connection.check_database_version_supported()
    except NotSupportedError as error:
        yield Finding(f"{connection.display_name} {version} is too old: {error}", is_problem=True)
    else:
        yield Finding(f"{connection.display_name} {version} is supported.")


def _space() -> Iterator[Finding]:
    free = storage.free_bytes()
    text = f"{formatting.size(free)} are free where the media files are"
    yield Finding(f"{text}.", is_problem=not storage.has_room(0))
    if connection.vendor == "sqlite":
        yield from _space_for_sqlite(Path(connection.settings_dict["NAME"]))


def _space_for_sqlite(path: Path) -> Iterator[Finding]:
    """A migration that changes a column copies its table, and a journal holds what was there before."""
    if not path.is_file():
        return
    free, needed = shutil.disk_usage(path.parent).free, 2 * path.stat().st_size
    text = f"{formatting.size(free)} are free where the database is; a migration may need {formatting.size(needed)}."
    yield Finding(text, is_problem=free < needed)


def _backup(folder: Path | None) -> Finding:
    if folder is None:
        return Finding("No backup was looked for: name its folder with --backups.", is_problem=True)
    newest = backups.newest(folder)
    if newest is None:
        return Finding(f"There is no backup in {folder}. Run: manage.py backup {folder}", is_problem=True)
    made = f"{newest.made_at:%Y-%m-%d %H:%M} UTC"
    if timezone.now() - newest.made_at > YOUNG:
        return Finding(f"The newest backup is of {made}. Run: manage.py backup {folder}", is_problem=True)
    if newest.database != connection.vendor:
        return Finding(f"The backup of {made} is of another kind of database.", is_problem=True)
    return Finding(f"The newest backup is of {made}.")


def _migrations(stopped: bool) -> Iterator[Finding]:
    pending = migration_risks.pending()
    if not pending:
        yield Finding("No migration is pending.")
    for migration in pending:
        if not migration.risks:
            yield Finding(f"{migration.name}: can be applied while the portal runs.")
            continue
        reasons = "; ".join(migration.risks)
        advice = "the portal is stopped" if stopped else "stop the portal first"
        yield Finding(f"{migration.name}: {advice}. {reasons}.", is_problem=not stopped)
