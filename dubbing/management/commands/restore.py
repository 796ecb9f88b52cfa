"""The command ``restore``: restore a backup into an empty database."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dubbing.backup.manifest import Refused
from dubbing.backup.media_files import Check
from dubbing.backup.restores import restore


class Command(BaseCommand):
    """All or nothing: killed halfway, it can be started again."""

    help = (
        "Restore a backup into the empty database that DATABASE_URL names, and check the media files. Afterwards every "
        "provider is on hold until `reconcile` has found what was sent after the backup. Exit status: 0 restored, 1 "
        "restored, but files are missing: stdout names them, 2 refused: nothing was changed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The backup."""
        parser.add_argument("folder", type=Path, metavar="FOLDER/portal-TIME")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command."""
        try:
            restored = restore(options["folder"])
        except Refused as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        made_at = restored.manifest.made_at
        self.stdout.write(f"Restored: the portal as it was at {made_at:%Y-%m-%d %H:%M:%S} UTC.")
        self.stdout.write(
            f"{restored.doubted} requests may have been sent since; they are looked for before anything is sent."
        )
        self._report(restored.media)
        self.stdout.write("Every provider is on hold. Start the portal, then run: manage.py reconcile")
        if restored.media.wrong:
            raise CommandError("Media files are missing.", returncode=1)

    def _report(self, media: Check) -> None:
        self.stdout.write(
            f"Media files: {media.files} named by rows, {media.copied} copied from the backup, {media.wrong} missing."
        )
        for key, problem in media.problems:
            self.stdout.write(f"  {key}: {problem}")
        if media.wrong > len(media.problems):
            self.stdout.write(f"  and {media.wrong - len(media.problems)} more")
