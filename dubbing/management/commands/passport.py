"""The command ``passport``: verify a passport, or show the public key that verifies it."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dubbing.delivery import passport_seals, passports


class Command(BaseCommand):
    """``verify`` and ``key``."""

    help = (
        "Check passports of delivered videos. Exit status of verify: 0 everything fits, 1 something does not: stdout "
        "names it, 2 the file is no passport or cannot be read."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the two subcommands."""
        what = parser.add_subparsers(dest="what", required=True)
        verify = what.add_parser("verify", help="check a passport, and the video it lies beside")
        verify.add_argument("passport", type=Path, metavar="FILE")
        verify.add_argument("--media", type=Path, metavar="VIDEO", help="the video that the passport is of")
        verify.add_argument("--key", default="", metavar="PUBLIC_KEY", help="of another portal, or an earlier one")
        what.add_parser("key", help="print the public key of this portal")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the subcommand."""
        if options["what"] == "key":
            self.stdout.write(passport_seals.public_key())
        else:
            self._verify(options["passport"], options["media"], options["key"])

    def _verify(self, passport: Path, media: Path | None, key: str) -> None:
        if key and not passport_seals.is_key(key):
            raise CommandError("The key is not 32 bytes in base64. `passport key` prints one.", returncode=2)
        try:
            with passport.open("rb") as file:
                checks = passports.check(file.read(passports.LARGEST + 1), media=media, key=key)
        except (OSError, ValueError) as error:
            raise CommandError(str(error), returncode=2) from error
        for check in checks:
            self.stdout.write(f"{'fits     ' if check.fits else 'DOES NOT:'} {check.text}")
        if not all(check.fits for check in checks):
            raise CommandError("This is not what the portal delivered.", returncode=1)
