"""The same job through the page, the API and the command line: all three have the provider do the same."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import reverse

from dubbing import tasks, uploads
from dubbing.models import Asset, Submission, Upload
from tests.support.people import People, client_of
from tests.support.programs import program_of
from tests.support.sandbox import SandboxProcess

pytestmark = [pytest.mark.django_db, pytest.mark.long]
SRT = "1\n00:00:00,600 --> 00:00:01,400\nHola.\n"


def finish(pk: int) -> Asset:
    """As a worker does, until there is a final video."""
    for _ in range(50):
        for item in tasks.due(asset=Asset.objects.get(pk=pk)):
            item.run()
        asset = Asset.objects.get(pk=pk)
        if asset.status in Asset.FINAL:
            return asset
        Asset.objects.mark(pk)
    raise AssertionError(asset.status)


def by_page(people: People, film: Path) -> Asset:
    client = client_of(people.editor)
    client.post(reverse("asset-new", args=[people.project.pk]))
    asset = Asset.objects.latest("pk")
    upload = uploads.add_file(film, people.editor, kind=Upload.Kind.VIDEO)
    form = {
        "name": "Harbour", "source": str(upload.pk), "source_from": "file", "source_locale": "en-US",
        "targets": ["es-ES"], "srt_es-ES": SRT, "auto_generate": "no_lips", "action": "submit",
    }  # fmt: skip
    answer = client.post(reverse("asset-edit", args=[asset.pk]), form)
    assert answer.status_code == 302, answer.context["form"].errors
    return finish(asset.pk)


def by_api(people: People, film: Path) -> Asset:
    program = program_of(people.editor)
    upload = uploads.add_file(film, people.editor, kind=Upload.Kind.VIDEO)
    wanted = {
        "name": "Harbour", "source_upload": str(upload.pk), "source_language": "en-US", "auto_generate": "no_lips",
        "languages": [{"language": "es-ES", "subtitles": SRT}],
    }  # fmt: skip
    made = program.post(f"/projects/{people.project.pk}/assets", wanted).json()
    answers = [program.post(f"/assets/{made['id']}/submit", **{"Idempotency-Key": "harbour-1"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    return finish(made["id"])


def by_command(people: People, film: Path) -> Asset:
    out, srt = io.StringIO(), film.with_suffix(".srt")
    srt.write_text(SRT)
    arguments = ["--project", "Harbour", "--user", "editor", "--from", "en-US", "--to", f"es-ES={srt}"]
    arguments += ["--name", "Harbour", "--auto-generate", "no_lips"]
    with pytest.raises(SystemExit) as left:
        call_command(
            "dub",
            str(film),
            *arguments,
            "--name",
            "Harbour",
            "--auto-generate",
            "no_lips",
            "--wait",
            "--json",
            stdout=out,
        )
    assert left.value.code == 0
    return Asset.objects.get(pk=json.loads(out.getvalue())["asset"]["id"])


def outcome(asset: Asset) -> dict[str, Any]:
    """What the job was and what came of it, without ids and times."""
    dubbing = asset.dubbings.get()
    result = dubbing.versions.get().results.get()
    submission = asset.submissions.get()
    return {
        "asset": (
            asset.status,
            asset.name,
            asset.source_locale,
            asset.auto_generate,
            asset.source and asset.source.sha256,
        ),
        "language": (dubbing.locale, dubbing.status, dubbing.srt),
        "result": (result.size > 0, round(result.duration, 1)),
        "request": (submission.locales, submission.status, submission.kind),
        "minutes": sorted(asset.ledger.values_list("kind", "milliseconds", "locale")),
    }


def test_page_api_and_command_agree(people: People, film: Path, sandbox: SandboxProcess) -> None:
    doors: tuple[Callable[[People, Path], Asset], ...] = (by_page, by_api, by_command)
    outcomes = [outcome(door(people, film)) for door in doors]
    assert outcomes[0] == outcomes[1] == outcomes[2]
    assert outcomes[0]["asset"][0] == "completed"
    assert Submission.objects.count() == 3
