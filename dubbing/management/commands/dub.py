"""The command ``dub``: dub a video from the command line."""

from __future__ import annotations

import json
import logging
import shutil
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, NoReturn

from django.contrib.auth.models import User
from django.core.exceptions import NON_FIELD_ERRORS
from django.core.management.base import BaseCommand
from django.urls import reverse

from dubbing import providers, tasks, uploads
from dubbing.drafts.draft import SOURCE, field_of
from dubbing.drafts.source_links import check_links_now
from dubbing.models import Asset, Dubbing, Event, Hold, Project, Result, Upload, status_badges
from dubbing.platform import errors, failure_messages, formatting, storage
from dubbing.submissions import submit
from dubbing.sync.progress import Outlook, outlook
from dubbing.web.asset import page as pages
from dubbing.web.asset_form.form import AssetForm
from dubbing.web.shared import next_steps

DONE, FAILED, PARTLY, UNKNOWN, LATE, DOUBTFUL = 0, 1, 3, 4, 5, 6
LINK = ("http://", "https://")
# While somebody waits at a terminal, the provider is polled more often than the portal would. Seconds.
FIRST_LOOK, LONGEST_LOOK = 2.0, 10.0

_TAKEN_OVER = (
    "name", "source_locale", "start", "end", "auto_generate", "lips_model", "voice_anonymization", "speakers",
    "voice_id", "voice_model", "speed", "seed", "notes", "consent", "override_reason",
)  # fmt: skip


class CommandRefused(Exception):
    """Nothing was sent; each line says what is wrong."""


class Command(BaseCommand):
    """Does all the work itself if no worker is running, and shares it if one is."""

    help = (
        "Dub a video. Exit status: 0 done (or ready to edit, if no final video was requested), 1 refused, failed or "
        "waiting for an editor in the studio, 3 partly done, 4 outcome unknown, 5 timed out, 6 done, but the length "
        "of a result differs from what was sent: stderr and --json name it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Everything that the form has."""
        parser.add_argument("video", metavar="VIDEO_OR_URL")
        parser.add_argument("--project", required=True, help="name of the project")
        parser.add_argument("--user", required=True, help="who submits the video: an owner or editor of the project")
        parser.add_argument("--provider", default="", help="default: the project's provider")
        parser.add_argument("--name", default="", help="name of the video (default: the file name)")
        parser.add_argument("--from", dest="source_locale", required=True, metavar="LOCALE")
        parser.add_argument("--to", action="append", required=True, metavar="LOCALE[=SRT]", help="can be repeated")
        parser.add_argument("--start", default="", metavar="SECONDS")
        parser.add_argument("--end", default="", metavar="SECONDS")
        parser.add_argument("--auto-generate", default="", choices=Asset.AutoGenerate.values)
        parser.add_argument("--lips-model", default="", choices=Asset.LipsModel.values)
        parser.add_argument("--voice-anonymization", default="", metavar="0..1")
        parser.add_argument("--speakers", default="", metavar="NUMBER")
        for name in ("voice-id", "voice-model", "speed", "seed", "notes"):
            parser.add_argument(f"--{name}", default="", help="if the provider supports it")
        parser.add_argument(
            "--consent", default="", metavar="REFERENCE", help="where the speakers' consent is recorded"
        )
        parser.add_argument("--override-reason", default="", metavar="REASON", help="override the policy (owners only)")
        parser.add_argument("--source-srt", type=Path, metavar="FILE")
        parser.add_argument("--background", default="", metavar="FILE_OR_URL")
        parser.add_argument("--wait", action="store_true", help="wait until it is done or failed, or until --timeout")
        parser.add_argument("--timeout", type=float, default=3600, metavar="SECONDS")
        parser.add_argument("--out", type=Path, metavar="DIR", help="copy the results there (with --wait)")
        parser.add_argument(
            "--json",
            action="store_true",
            help="print one JSON object and nothing else; stderr has only errors (with -v 2 also the log)",
        )

    def handle(self, *args: Any, **options: Any) -> NoReturn:
        """Run the command and exit with its status."""
        quiet = options["json"] and options["verbosity"] < 2
        with _without_log_lines() if quiet else nullcontext():
            sys.exit(self._run(options))

    def _run(self, options: dict[str, Any]) -> int:
        try:
            asset = _submit(options, self.stderr.write)
        except CommandRefused as refusal:
            self.stderr.write(str(refusal))
            if options["json"]:
                self._print_json({"exit_status": FAILED, "asset": None, "errors": str(refusal).splitlines()})
            return FAILED
        if not options["json"]:
            references = ", ".join(asset.submissions.values_list("reference", flat=True))
            known = f"reference {references}" if references else "waiting for approval from a project owner"
            self.stdout.write(f"Video {asset.pk} “{asset.name}”, {known}")
        status = self._follow(asset, options)
        self._report(asset, options, status)
        return status

    def _follow(self, asset: Asset, options: dict[str, Any]) -> int:
        """Send, and with ``--wait`` continue until there is nothing left to wait for."""
        deadline = time.monotonic() + options["timeout"]
        look, pause = time.monotonic() + FIRST_LOOK, FIRST_LOOK
        while True:
            for item in tasks.due(asset=asset):
                item.run()
            self._say_news(asset, quiet=options["json"])
            status = _exit_status(asset, waiting=options["wait"])
            if status is not None:
                return status
            if time.monotonic() > deadline:
                return UNKNOWN if asset.status == Asset.Status.UNCONFIRMED else LATE
            if time.monotonic() > look and asset.status in Asset.MIRRORED:
                Asset.objects.mark(asset.pk)
                pause = min(pause * 1.25, LONGEST_LOOK)
                look = time.monotonic() + pause
            time.sleep(0.2)

    def _say_news(self, asset: Asset, *, quiet: bool) -> None:
        """Print what changed since last time; reloads ``asset``."""
        before = asset.status
        asset.refresh_from_db()
        if asset.status != before and not quiet:
            held = Hold.objects.filter(provider=asset.provider).first()
            why = f": {held}" if held and asset.status == Asset.Status.HELD else ""
            self.stdout.write(f"{status_badges.of_asset(asset.status, doubtful=asset.is_doubtful).word}{why}")

    def _report(self, asset: Asset, options: dict[str, Any], status: int) -> None:
        summary = {"exit_status": status} | _summary(asset, _copy_results(asset, options["out"]))
        for complaint in _complaints(asset):
            self.stderr.write(complaint)
        if options["json"]:
            self._print_json(summary)
        else:
            for result in summary["results"]:
                self.stdout.write(f"{result['locale']}: {result['path']} ({result['duration']:.2f} s)")

    def _print_json(self, summary: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(summary, ensure_ascii=False, indent=2))


@contextmanager
def _without_log_lines() -> Iterator[None]:
    """Keep log lines off the terminal inside the block; logs that go to files or elsewhere are not affected."""
    loggers = [logging.getLogger(), *logging.root.manager.loggerDict.values()]
    handlers = {stream for logger in loggers if isinstance(logger, logging.Logger) for stream in logger.handlers}
    terminal = {stream: stream.level for stream in handlers if type(stream) is logging.StreamHandler}
    for handler in terminal:
        handler.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for handler, level in terminal.items():
            handler.setLevel(level)


def _submit(options: dict[str, Any], say: Callable[[str], object]) -> Asset:
    """Check everything as the page does, and save the submission. ``say`` receives warnings. Raises CommandRefused."""
    user = User.objects.filter(username=options["user"], is_active=True).first()
    if user is None:
        raise CommandRefused(f"There is no user {options['user']!r}.")
    project = Project.objects.editable_by(user).filter(name=options["project"]).first()
    if project is None:
        raise CommandRefused(f"{user} is not an owner or editor of a project {options['project']!r}.")
    provider = options["provider"] or project.provider
    if provider not in providers.provider_names():
        raise CommandRefused(f"{provider} is not configured. Use one of: {', '.join(providers.provider_names())}.")
    asset = Asset(project=project, created_by=user, provider=provider)
    data = _form_data(options, user)
    check_links_now(asset, data, user)
    form = AssetForm(data, asset=asset, user=user, strict=True)
    if not form.is_valid():
        raise CommandRefused("\n".join(_form_errors(form)))
    for name, report in form.reports.items() if not options["json"] else ():
        for finding in report.serious:
            say(f"{name}: {finding}")
    asset.save()
    Event.objects.record(asset, Event.Kind.CREATED, actor=user, cause="command")
    try:
        submit.submit(asset, form.asset_fields(), user)
    except errors.NotPossible as problem:  # the policy or the minutes changed since the form was checked
        raise CommandRefused(str(problem)) from None
    return asset


def _form_data(options: dict[str, Any], user: User) -> dict[str, Any]:
    data: dict[str, Any] = {name: options[name] for name in _TAKEN_OVER}
    data["targets"] = []
    for wanted in options["to"]:
        locale, _, srt = wanted.partition("=")
        data["targets"].append(locale)
        if srt:
            data[field_of(locale)] = _bytes(Path(srt))
    if options["source_srt"]:
        data[field_of(SOURCE)] = _bytes(options["source_srt"])
    data |= _file_or_link(options["video"], user, Upload.Kind.VIDEO, "source", "media_url")
    if options["background"]:
        data |= _file_or_link(options["background"], user, Upload.Kind.BACKGROUND, "background", "background_url")
    return data


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandRefused(f"{path}: {error.strerror}") from None


def _file_or_link(given: str, user: User, kind: Upload.Kind, as_file: str, as_link: str) -> dict[str, Any]:
    if given.lower().startswith(LINK):
        return {as_link: given}
    try:
        upload = uploads.add_file(Path(given), user, kind=kind)
    except OSError as error:
        raise CommandRefused(f"{given}: {error.strerror or error}") from None
    except (errors.NotPossible, uploads.Interrupted) as problem:
        raise CommandRefused(f"{given}: {problem}") from None
    if upload.status == Upload.Status.REFUSED:
        raise CommandRefused(f"{given}: {upload.refusal['message']} {upload.refusal['remedy']}")
    return {as_file: upload}


def _form_errors(form: AssetForm) -> list[str]:
    return [
        str(message) if name == NON_FIELD_ERRORS else f"{name}: {message}"
        for name, messages in form.errors.items()
        for message in messages
    ]


def _exit_status(asset: Asset, *, waiting: bool) -> int | None:
    """The exit status, or None while there is something to wait for."""
    if asset.status in (*Asset.FINAL, Asset.Status.READY):
        return _end(_outlooks(asset))
    unknown = asset.status == Asset.Status.UNCONFIRMED
    if unknown and (not waiting or asset.submissions.filter(needs_person=True).exists()):
        return UNKNOWN
    return None if waiting else DONE


def _end(languages: Mapping[Dubbing, Outlook]) -> int:
    """The exit status for languages that make no further progress on their own."""
    as_asked = [outlook in (Outlook.DONE, Outlook.EDITING) for outlook in languages.values()]
    if all(as_asked) and as_asked:
        return DOUBTFUL if any(dubbing.warning for dubbing in languages) else DONE
    return PARTLY if any(as_asked) else FAILED


def _outlooks(asset: Asset) -> dict[Dubbing, Outlook]:
    """What can be expected of each language."""
    dubbings = asset.dubbings.order_by("pk").prefetch_related("versions__results")
    return {dubbing: outlook(asset, dubbing) for dubbing in dubbings}


def _complaints(asset: Asset) -> list[str]:
    """Why the asset or one of its languages failed: our words and the provider's."""
    complaints = [f"{asset.get_status_display()}: {asset.error_message}"] if asset.error_message else []
    if asset.status in {Asset.Status.UNCONFIRMED, Asset.Status.HELD}:
        complaints += [
            f"{asset.get_status_display()}: {submission.error_message}" for submission in asset.submissions.all()[:1]
        ]
    for dubbing, expected in _outlooks(asset).items():
        if expected is Outlook.FAILED:
            complaints.append(f"{dubbing.locale}: {dubbing.error_code} {dubbing.error_message}".strip())
        elif expected is Outlook.SOMEBODY:
            version = pages.leading(dubbing)
            step = next_steps.of_dubbing(asset, dubbing, version, providers.label(asset.provider))
            complaints.append(
                " ".join([f"{dubbing.locale}: {step}", *([version.studio_url] if version else [])]).strip()
            )
        elif dubbing.status == Dubbing.Status.KEEPING:
            tried = dubbing.versions.exclude(keep_problem="").order_by("pk").values_list("keep_problem", flat=True)
            complaints += [
                f"{dubbing.locale}: the result is not saved yet: {formatting.translated(why)}" for why in tried
            ]
        elif dubbing.warning:
            complaints.append(f"{dubbing.locale}: {failure_messages.explain_warning(dubbing.warning)}")
    return complaints


def _copy_results(asset: Asset, folder: Path | None) -> dict[int, str]:
    """Where each result is: our own copy, or the one made in ``folder``."""
    copies: dict[int, str] = {}
    for result in Result.objects.filter(version__dubbing__asset=asset).select_related("version__dubbing"):
        copies[result.pk] = storage.place_of(result.key)
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
            title = f"{asset.name} {result.version.dubbing.locale}"
            copy = folder / storage.safe_download_name(title, ".mp4")
            with storage.opened(result.key) as kept:
                shutil.copyfile(kept, copy)
            copies[result.pk] = str(copy)
    return copies


def _summary(asset: Asset, paths: dict[int, str]) -> dict[str, Any]:
    outlooks = _outlooks(asset)
    dubbings, asked = list(outlooks), {code for submission in asset.submissions.all() for code in submission.locales}
    versions = [version for dubbing in dubbings for version in dubbing.versions.all()]
    results = [result for version in versions for result in version.results.all()]
    return {
        "asset": {
            "id": asset.pk,
            "name": asset.name,
            "status": asset.status,
            "remote_id": asset.remote_id,
            "duration": asset.duration,
            "page": reverse("asset", args=[asset.pk]),
            "error": asset.error_message,
            "doubtful": asset.is_doubtful,
        },
        "dubbings": [
            {
                "id": row.pk,
                "locale": row.locale,
                "status": row.status,
                "expected": outlooks[row].value,
                "asked_for": row.locale in asked,
                "error": row.error_message,
                "warning": row.warning,
            }
            for row in dubbings
        ],
        "versions": [
            {"id": row.pk, "locale": row.dubbing.locale, "remote_id": row.remote_id, "status": row.status}
            for row in versions
        ],
        "results": [
            {
                "locale": row.version.dubbing.locale,
                "path": paths[row.pk],
                "duration": row.duration,
                "size": row.size,
                "sha256": row.sha256,
                "warnings": row.warnings,
            }
            for row in results
            if row.pk in paths
        ],
    }
