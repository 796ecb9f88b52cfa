"""The command ``preflight``: what to know before an upgrade."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dubbing.upgrade import preflight


class Command(BaseCommand):
    """Run it with the new version, before ``migrate``. Changes nothing."""

    help = (
        "Before `migrate`: which migrations are pending, whether the running portal survives them, free disk, the "
        "version of the database, the newest backup, and the settings. Exit status: 0 go ahead, 1 there are problems."
    )
    # They are one of the findings.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where the backups are, and whether anything runs."""
        parser.add_argument("--backups", type=Path, metavar="FOLDER", help="where `backup` writes to")
        parser.add_argument("--stopped", action="store_true", help="no process of the portal is running")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command."""
        problems = 0
        for finding in preflight.findings(options["backups"], stopped=options["stopped"]):
            problems += finding.is_problem
            self.stdout.write(f"{'PROBLEM ' if finding.is_problem else 'ok      '} {finding.text}")
        if problems:
            raise CommandError(f"{problems} problems.", returncode=1)
