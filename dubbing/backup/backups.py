"""Make a backup while the portal runs: the database at one instant, and the list of the files that it names."""

from __future__ import annotations

import secrets
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from django.db import connection, connections
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from dubbing.backup import media_files, postgresql, sqlite
from dubbing.backup.manifest import Manifest, Refused, parts_of
from dubbing.platform import disk

KINDS: dict[str, ModuleType] = {"sqlite": sqlite, "postgresql": postgresql}
PATTERN = "portal-*Z"
_ABANDONED = 24 * 3600


@dataclass(frozen=True, slots=True)
class Backup:
    """A finished backup, and what became of the copies of its files, if they were asked for."""

    folder: Path
    manifest: Manifest
    copied: media_files.Copied | None


def make_backup(parent: Path, *, with_files: bool = False) -> Backup:
    """Write ``portal-<UTC time>/`` into ``parent``; it appears when it is complete. Raises Refused."""
    if connection.vendor not in KINDS:
        raise Refused(f"A database of the kind {connection.vendor} cannot be backed up.")
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _remove_abandoned(parent)
    temporary = parent / f".portal-{secrets.token_hex(8)}.part"
    temporary.mkdir(mode=0o700)
    try:
        manifest = _write(temporary, KINDS[connection.vendor])
        final = parent / f"portal-{manifest.made_at:%Y%m%dT%H%M%SZ}"
        if final.exists():
            raise Refused(f"{final} exists already.")
        disk.flush_all(temporary)
        temporary.rename(final)
        disk.flush(parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    # The files come last: in this order, every row in the backup finds its file.
    listed = media_files.read_list(final / media_files.FILE)
    copied = media_files.copy_all(listed, parent / media_files.COPIES) if with_files else None
    return Backup(final, manifest, copied)


def newest(parent: Path) -> Manifest | None:
    """The manifest of the newest backup in a folder that can be read; None if there is none."""
    for folder in sorted(parent.glob(PATTERN), reverse=True):
        with suppress(Refused):
            return Manifest.read(folder)
    return None


def _write(folder: Path, kind: ModuleType) -> Manifest:
    with kind.snapshot(folder) as (alias, tables):
        made_at = timezone.now()
        applied = MigrationRecorder(connections[alias]).applied_migrations()
        number, size = media_files.write_list(media_files.in_rows(alias), folder / media_files.FILE)
    manifest = Manifest(
        made_at=made_at,
        database=connection.vendor,
        migrations=tuple(sorted(applied)),
        tables=tuple(tables),
        parts=parts_of(folder, [*kind.part_names(tables), media_files.FILE]),
        media_files=number,
        media_bytes=size,
    )
    manifest.write(folder)
    return manifest


def _remove_abandoned(parent: Path) -> None:
    """Remove what a killed backup left, but not what another one is writing."""
    for folder in parent.glob(".portal-*.part"):
        if folder.stat().st_mtime < time.time() - _ABANDONED:
            shutil.rmtree(folder, ignore_errors=True)
