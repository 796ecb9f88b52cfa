"""The command ``audit``: verify the audit log, print its head, or export it."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive, make_aware

from dubbing.audit import chain


class Command(BaseCommand):
    """``verify``, ``head`` and ``export``."""

    help = (
        "The audit log: who did what. Exit status of verify: 0 the log is whole, 1 it is not: stdout says where, 2 the "
        "head that you gave cannot be read."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the three subcommands."""
        what = parser.add_subparsers(dest="what", required=True)
        verify = what.add_parser("verify", help="find events that were changed, removed or added")
        verify.add_argument("--head", default="", metavar="HEAD", help="an earlier head, kept outside of the database")
        what.add_parser("head", help="print the position and the hash of the last event, to be kept elsewhere")
        export = what.add_parser("export", help="print one line of JSON for each event")
        export.add_argument("--since", default="", metavar="DATE", help="a date, or a date and time (ISO 8601)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the subcommand."""
        if options["what"] == "head":
            self.stdout.write(str(chain.current_head()))
        elif options["what"] == "verify":
            self._verify(options["head"])
        else:
            for line in chain.export(_moment(options["since"])):
                self.stdout.write(line)

    def _verify(self, text: str) -> None:
        try:
            known = chain.read_head(text) if text else None
        except ValueError as error:
            raise CommandError(str(error), returncode=2) from error
        breaks = 0
        for found in chain.find_breaks(known):
            breaks += 1
            self.stdout.write(f"{found.position}: {found.text}")
        if breaks:
            raise CommandError("The audit log is not as the portal wrote it.", returncode=1)
        self.stdout.write(f"The audit log is whole. Its head: {chain.current_head()}")


def _moment(text: str) -> datetime | None:
    """A date or a time as typed; without a zone, in that of the portal. Raises CommandError."""
    if not text:
        return None
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError(f"“{text}” is not a date. Write it like 2026-05-31 or 2026-05-31T14:00.", returncode=2)
    return make_aware(moment) if is_naive(moment) else moment
