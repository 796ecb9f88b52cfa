"""The command ``reconcile``: after a restore, find at the providers what was sent after the backup."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dubbing import providers
from dubbing.backup import consistency, remote_assets
from dubbing.backup.remote_assets import NOBODYS, Finding, Outcome, Reading
from dubbing.drafts.fields import AssetFields
from dubbing.drafts.saved_drafts import read_draft
from dubbing.models import Asset, Hold, Project
from dubbing.platform.errors import NotPossible
from dubbing.web.asset_form.form import AssetForm

MOST, UNREADABLE = 200, 250


class Command(BaseCommand):
    """Sends nothing, and may be stopped and repeated."""

    help = (
        "Find at the providers what was sent after the backup from which the database was restored, and record it. A "
        "provider whose whole list was read, and all of whose videos have been matched, is no longer on hold. Exit "
        f"status: how many videos at the providers match nothing here ({MOST} at most), {UNREADABLE} if a list "
        "could not be read. With --check: how many violations there are."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to do with those that belong to nobody, and which holds to end."""
        parser.add_argument("--into", metavar="PROJECT", help="add videos that match nothing here to this project")
        parser.add_argument(
            "--lift", action="append", default=[], metavar="PROVIDER", help="end the hold after you checked yourself"
        )
        parser.add_argument(
            "--check", action="store_true", help="send and change nothing: check that nothing is lost or double"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command."""
        if options["check"]:
            self._check()
            return
        into = _project(options["into"])
        for name in options["lift"]:
            self._lift(name)
        try:
            readings = [self._reconcile(name, into) for name in remote_assets.listing_providers()]
        except NotPossible as problem:
            raise CommandError(str(problem), returncode=UNREADABLE) from problem
        for name, hold in remote_assets.held().items():
            if not providers.capabilities(name).listing:
                self._explain(name, hold)
        self._exit(readings)

    def _check(self) -> None:
        found = []
        for discrepancy in consistency.find_discrepancies():
            found.append(discrepancy)
            self.stdout.write(discrepancy.text)
        consistency.record_check(found)
        if found:
            raise CommandError(f"{len(found)} violations.", returncode=min(len(found), MOST))
        self.stdout.write("Nothing is lost, and nothing exists twice.")

    def _lift(self, name: str) -> None:
        if name not in providers.all_names():
            raise CommandError(f"There is no provider {name}.", returncode=UNREADABLE)
        lifted = remote_assets.lift(name)
        self.stdout.write(f"{name}: {'no longer on hold' if lifted else 'was not on hold after a restore'}.")

    def _reconcile(self, name: str, into: Project | None) -> Reading:
        hold = remote_assets.held().get(name)
        made_at = hold.restored_from if hold else None
        reading = remote_assets.reconcile(name, made_at=made_at, into=into, read_fields=_fields)
        self._print(reading)
        if hold is not None:
            why_not = remote_assets.lift_if_settled(reading, hold)
            self.stdout.write(f"{name}: {f'still on hold: {why_not}' if why_not else 'no longer on hold'}.")
        return reading

    def _print(self, reading: Reading) -> None:
        known = sum(finding.outcome == Outcome.OURS for finding in reading.findings)
        old = sum(finding.outcome == Outcome.OLD for finding in reading.findings)
        self.stdout.write(f"{reading.provider}: videos with our references: {len(reading.findings)}, known: {known}.")
        for finding in reading.findings:
            if finding.outcome not in (Outcome.OURS, Outcome.OLD):
                self.stdout.write(_line(finding))
        if old:
            self.stdout.write(f"  Older ones with references that are not known here: {old}.")
        if reading.problem:
            self.stdout.write(f"  The list could not be read: {reading.problem}.")

    def _explain(self, name: str, hold: Hold) -> None:
        since = f"{hold.restored_from:%Y-%m-%d %H:%M} UTC" if hold.restored_from else "the backup"
        self.stdout.write(
            f"{name}: still on hold, because {providers.label(name)} has no list of videos. Look on its pages for jobs "
            f"from after {since}. Do not send those videos again. Then run: manage.py reconcile --lift {name}"
        )

    def _exit(self, readings: list[Reading]) -> None:
        unread = [reading.provider for reading in readings if reading.problem]
        unowned = sum(reading.unowned for reading in readings)
        if unread:
            raise CommandError(f"Not read: {', '.join(unread)}.", returncode=UNREADABLE)
        if unowned:
            text = f"{unowned} videos at the providers match nothing here. --into PROJECT adds them to a project."
            raise CommandError(text, returncode=min(unowned, MOST))
        self.stdout.write("Every video at the providers has been matched.")


def _project(name: str | None) -> Project | None:
    if name is None:
        return None
    named = list(Project.objects.filter(name=name)[:2])
    if len(named) != 1:
        raise CommandError(f"There is no project “{name}”, or more than one.", returncode=UNREADABLE)
    return named[0]


def _fields(asset: Asset) -> AssetFields | None:
    """What its form would send; None if it does not pass."""
    form = AssetForm(read_draft(asset), asset=asset, user=asset.created_by)
    return form.asset_fields() if form.is_valid() else None


def _line(finding: Finding) -> str:
    remote, asset = finding.remote, finding.asset
    languages = ", ".join(dubbing.locale for dubbing in remote.dubbings) or "no languages yet"
    whose = f"video {asset.pk} “{asset}”" if asset else ""
    why = finding.match.why if finding.outcome in NOBODYS else ""
    about = ": ".join(filter(None, (finding.outcome.value, whose or why)))
    about += f" ({why})" if whose and why else ""
    return f"  {remote.remote_id}  {remote.created_at or 'unknown date'}  {remote.name}  {languages}\n    {about}"
