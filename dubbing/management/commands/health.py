"""The command ``health``: the lines of the health page on the command line, or one process alone."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error as DatabaseDown

from dubbing.models import Process
from dubbing.operation import health, signs_of_life
from dubbing.operation.health_lines import HealthLine, State


class Command(BaseCommand):
    """Prints every line; exit status 1 if there is a problem."""

    help = "Show the health of the portal, and what to do about each problem. Exit status 1 if there is one."
    # It says itself what is wrong, and has to run when much is.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--live``: for the health check of a container."""
        parser.add_argument(
            "--live",
            choices=Process.Kind.values,
            help="only whether such a process on this machine has lived in the last minute; exit status 1 if not",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command."""
        if options["live"]:
            self._tell_living(options["live"])
            return
        groups = health.read_groups()
        for line in health.lines_of(groups):
            self._print(line)
        if any(line.state == State.PROBLEM for line in health.lines_of(groups)):
            sys.exit(1)

    def _tell_living(self, kind: str) -> None:
        try:
            living = signs_of_life.lives_here(kind)
        except DatabaseDown as error:
            # Nobody can give a sign without it, and a new process could not either.
            self.stdout.write(f"Not known: the database does not answer ({type(error).__name__}).")
            return
        self.stdout.write(f"{kind}: {'lives' if living else 'no sign of life in the last minute'}.")
        if not living:
            sys.exit(1)

    def _print(self, line: HealthLine) -> None:
        self.stdout.write(f"{line.state.label:<10} {line.name:<34} {line.figure}")
        if line.problem and line.state != State.GOOD:
            self.stdout.write(f"{'':10} {line.meaning}\n{'':10} {line.remedy}")
