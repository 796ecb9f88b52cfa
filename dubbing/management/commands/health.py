"""The command ``health``: the lines of the health page on the command line."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from dubbing.operation import health
from dubbing.operation.health_lines import HealthLine, State


class Command(BaseCommand):
    """Prints every line; exit status 1 if there is a problem."""

    help = "Show the health of the portal, and what to do about each problem. Exit status 1 if there is one."
    # It says itself what is wrong, and has to run when much is.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command."""
        groups = health.read_groups()
        for line in health.lines_of(groups):
            self._print(line)
        if any(line.state == State.PROBLEM for line in health.lines_of(groups)):
            sys.exit(1)

    def _print(self, line: HealthLine) -> None:
        self.stdout.write(f"{line.state.label:<10} {line.name:<34} {line.figure}")
        if line.problem and line.state != State.GOOD:
            self.stdout.write(f"{'':10} {line.meaning}\n{'':10} {line.remedy}")
