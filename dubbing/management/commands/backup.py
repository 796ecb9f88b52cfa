"""The command ``backup``: write a backup of the database, and of the files if wanted."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dubbing.backup.backups import make_backup
from dubbing.backup.manifest import Refused
from dubbing.platform import formatting


class Command(BaseCommand):
    """Works while the portal runs."""

    help = (
        "Write portal-<UTC time>/ into FOLDER: the database as it is at one instant, and the list of its media files. "
        "The portal may keep running. Exit status: 0 written, 2 refused."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--with-files``: the files too."""
        parser.add_argument("folder", type=Path, metavar="FOLDER")
        parser.add_argument(
            "--with-files",
            action="store_true",
            help="also copy the media files to FOLDER/files, as hard links where possible; what is there stays",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command."""
        try:
            backup = make_backup(options["folder"], with_files=options["with_files"])
        except (Refused, OSError) as problem:
            raise CommandError(str(problem), returncode=2) from problem
        manifest = backup.manifest
        rows = sum(table.rows for table in manifest.tables)
        size = formatting.size(sum(part.size for part in manifest.parts))
        self.stdout.write(str(backup.folder))
        self.stdout.write(f"{len(manifest.tables)} tables, {rows} rows, {size}; {manifest.media_files} media files.")
        if backup.copied:
            did = backup.copied
            self.stdout.write(f"Files: {did.copied} copied, {did.present} there already, {did.missing} missing.")
