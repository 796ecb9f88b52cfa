"""The command line: the whole job with its exit statuses, the demo's team, and the sweep."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError

from dubbing.management.commands import dub
from dubbing.models import Asset, Hold, Membership, Project, Submission
from dubbing.sync import results
from tests.support.people import People
from tests.support.sandbox import SandboxProcess

pytestmark = pytest.mark.django_db
TO = ("--to", "es-ES")
SRT = "1\n00:00:00,600 --> 00:00:01,400\nHola.\n"


@dataclass(frozen=True)
class Done:
    """How the command ended."""

    status: int
    out: str
    err: str

    @property
    def object(self) -> dict[str, Any]:
        """What ``--json`` printed: one object and nothing else."""
        found: dict[str, Any] = json.loads(self.out)
        return found


def run(video: Path | str, *options: str, user: str = "editor", project: str = "Harbour") -> Done:
    out, err = io.StringIO(), io.StringIO()
    arguments = [str(video), "--project", project, "--user", user, "--from", "en-US", *options]
    with pytest.raises(SystemExit) as left:
        call_command("dub", *arguments, stdout=out, stderr=err)
    return Done(int(left.value.code or 0), out.getvalue(), err.getvalue())


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch, people: People) -> None:
    monkeypatch.setattr(dub, "FIRST_LOOK", 0.1)
    monkeypatch.setattr(dub, "LONGEST_LOOK", 0.3)
    monkeypatch.setattr(results, "FIRST_WAIT", timedelta(seconds=0.1))


# --- dub: 0, all done


def test_every_stage_is_reported_until_the_final_videos(sandbox: SandboxProcess, film: Path, tmp_path: Path) -> None:
    sandbox.control("policy", engine="real")
    srt = tmp_path / "es.srt"
    srt.write_text(SRT)
    done = run(
        film, "--to", f"es-ES={srt}", "--to", "fr-FR", "--start", "0.5", "--end", "1.5", "--auto-generate", "with_lips",
        "--lips-model", "real_face_turbo", "--voice-anonymization", "0.3", "--speakers", "2", "--source-srt", str(srt),
        "--wait", "--timeout", "60", "--out", str(tmp_path / "out"), "--json",
    )  # fmt: skip
    assert (done.status, done.err) == (0, "")
    told = done.object
    assert told["asset"]["status"] == "completed"
    assert [row["status"] for row in told["dubbings"]] == ["completed"] * 2
    assert [row["status"] for row in told["versions"]] == ["completed"] * 2
    assert all(row["duration"] == pytest.approx(1.0, abs=0.3) for row in told["results"])
    assert {Path(row["path"]).parent for row in told["results"]} == {tmp_path / "out"}
    assert all(Path(row["path"]).stat().st_size == row["size"] for row in told["results"])


def test_without_waiting_it_is_sent(sandbox: SandboxProcess, film: Path) -> None:
    done = run(film, *TO)
    assert (done.status, len(sandbox.ledger())) == (0, 1)
    assert Submission.objects.get().reference in done.out


def test_a_dub_that_stops_for_editing_is_done(sandbox: SandboxProcess, film: Path) -> None:
    done = run(film, *TO, "--auto-generate", "off", "--wait", "--timeout", "30", "--json")
    assert (done.status, done.object["asset"]["status"]) == (0, "ready")


def test_a_link_is_passed_on(sandbox: SandboxProcess) -> None:
    done = run("http://127.0.0.1:9/film.mp4", *TO, "--json")
    assert (done.status, Asset.objects.get().media_url) == (0, "http://127.0.0.1:9/film.mp4")


# --- dub: 1, refused or failed


@pytest.mark.parametrize(
    ("video", "options", "expected"),
    [
        ("/no/such/film.mp4", TO, "No such file"),
        ("film", ("--to", "xx-XX"), "xx-XX"),
        ("film", ("--to", "en-US"), "already the source language"),
        ("film", (*TO, "--start", "9"), "start"),
        ("film", (*TO, "--end", "soon"), "end"),
        ("film", (*TO, "--voice-anonymization", "2"), "anonymization"),
        ("film", (*TO, "--source-srt", "/no/such.srt"), "No such file"),
        ("film", ("--to", "es-ES=/no/such.srt"), "No such file"),
        ("film", (*TO, "--background", "/no/such.wav"), "No such file"),
        ("text", TO, "not a video"),
        ("ftp://example.com/film.mp4", TO, "No such file"),
        ("http://example.com/film.mp4", TO, "https"),
    ],
    ids=range(12),
)
def test_a_mistake_is_named_and_nothing_is_sent(
    sandbox: SandboxProcess, film: Path, tmp_path: Path, video: str, options: tuple[str, ...], expected: str
) -> None:
    (tmp_path / "text.mp4").write_text("no film")
    given = {"film": film, "text": tmp_path / "text.mp4"}.get(video, video)
    done = run(given, *options, "--json")
    assert done.status == 1
    assert expected in done.err
    assert (done.object["asset"], sandbox.ledger(), Submission.objects.count()) == (None, [], 0)


@pytest.mark.parametrize(
    ("user", "project"),
    [("nobody", "Harbour"), ("outsider", "Harbour"), ("viewer", "Harbour"), ("editor", "Elsewhere")],
)
def test_only_an_editor_of_the_project_may_dub(sandbox: SandboxProcess, film: Path, user: str, project: str) -> None:
    done = run(film, *TO, user=user, project=project)
    assert (done.status, Asset.objects.count()) == (1, 0)
    assert done.err


def test_a_refusal_by_the_provider_is_in_its_words(sandbox: SandboxProcess, film: Path) -> None:
    sandbox.fault("upload", "respond", status=400, body={"detail": "languages: too many"})
    done = run(film, *TO, "--wait", "--json")
    assert (done.status, done.object["asset"]["status"]) == (1, "refused")
    assert "languages: too many" in done.err


def test_an_asset_that_fails_says_why(sandbox: SandboxProcess, film: Path) -> None:
    sandbox.fault("asset", "fail", code="empty_transcript", message="no speech was found")
    done = run(film, *TO, "--wait", "--timeout", "30")
    assert done.status == 1
    assert "no speech was found" in done.err


# --- dub: 3, 4 and 5


def test_one_language_of_two_is_partly_done(sandbox: SandboxProcess, film: Path) -> None:
    sandbox.fault("version", "fail", code="odd", message="cannot say that")
    done = run(film, *TO, "--to", "fr-FR", "--wait", "--timeout", "30", "--json")
    assert (done.status, done.object["asset"]["status"]) == (3, "partly_done")
    assert "cannot say that" in done.err
    assert len(done.object["results"]) == 1


def test_a_lost_answer_is_an_unknown_outcome(sandbox: SandboxProcess, film: Path) -> None:
    sandbox.fault("upload", "cut_after")
    done = run(film, *TO, "--json")
    assert (done.status, done.object["asset"]["status"]) == (4, "unconfirmed")


def test_an_outcome_still_unknown_at_the_deadline_is_reported(sandbox: SandboxProcess, film: Path) -> None:
    sandbox.fault("upload", "cut_before")
    assert run(film, *TO, "--wait", "--timeout", "1").status == 4


def test_a_lost_answer_that_is_found_is_done(sandbox: SandboxProcess, film: Path) -> None:
    sandbox.fault("upload", "cut_after")
    assert run(film, *TO, "--wait", "--timeout", "30").status == 0


def test_a_dub_not_finished_in_time_is_reported(sandbox: SandboxProcess, film: Path) -> None:
    sandbox.control("policy", progress="seconds:600")
    assert run(film, *TO, "--wait", "--timeout", "1").status == 5


def test_what_is_on_hold_says_why(sandbox: SandboxProcess, film: Path) -> None:
    sandbox.control("limits", account_limited=True)
    done = run(film, *TO, "--wait", "--timeout", "1")
    assert (done.status, Hold.objects.get().reason) == (5, Hold.Reason.ACCOUNT)
    assert "account limitation" in done.err


def test_a_result_of_another_length_is_named_wherever_the_outcome_is_shown(sandbox: SandboxProcess, film: Path) -> None:
    """The stand-in hands back the whole film of 2 s, ten times as long as the trim."""
    done = run(film, *TO, "--start", "0.5", "--end", "0.7", "--wait", "--timeout", "60", "--json")
    assert (done.status, done.object["exit_status"], done.object["asset"]["status"]) == (6, 6, "completed")
    assert done.object["asset"]["doubtful"]
    assert done.object["dubbings"][0]["warning"] == "too_long"
    assert done.object["results"][0]["warnings"] == ["too_long"]
    assert "es-ES: The result is longer than the part of the source that was sent." in done.err
    assert len(done.err.splitlines()) == 1


def test_the_status_of_such_an_end_is_not_simply_done(sandbox: SandboxProcess, film: Path) -> None:
    done = run(film, *TO, "--start", "0.5", "--end", "0.7", "--wait", "--timeout", "60")
    assert done.status == 6
    assert "Done, check length" in done.out.splitlines()
    assert "Done" not in done.out.splitlines()


@pytest.mark.parametrize("to", ["ReadyToEdit", "NotReady"])
def test_a_final_video_that_failed_is_no_success(sandbox: SandboxProcess, film: Path, to: str) -> None:
    sandbox.fault("generate", "fail", to=to, code="lips_failed", message="the lips could not be found")
    done = run(film, *TO, "--auto-generate", "with_lips", "--wait", "--timeout", "30", "--json")
    assert (done.status, done.object["asset"]["status"]) == (1, "ready")
    assert [row["expected"] for row in done.object["dubbings"]] == ["somebody"]
    assert "es-ES: The final video could not be generated. Open it in the studio" in done.err
    assert done.object["results"] == []


def test_one_final_video_of_two_is_partly_done(sandbox: SandboxProcess, film: Path) -> None:
    sandbox.fault("generate", "fail", to="ReadyToEdit")
    done = run(film, *TO, "--to", "fr-FR", "--auto-generate", "no_lips", "--wait", "--timeout", "30", "--json")
    assert (done.status, done.object["asset"]["status"]) == (3, "ready")
    assert sorted(row["expected"] for row in done.object["dubbings"]) == ["done", "somebody"]
    assert len(done.object["results"]) == 1


@pytest.mark.parametrize("style", ["underscore", "lower", "language"])
def test_languages_in_another_spelling_are_the_requested_ones(sandbox: SandboxProcess, film: Path, style: str) -> None:
    sandbox.control("shapes", locale_style=style)
    done = run(film, *TO, "--to", "fr-FR", "--wait", "--timeout", "60", "--json")
    assert done.status == 0
    assert [(row["locale"], row["asked_for"]) for row in done.object["dubbings"]] == [("es-ES", True), ("fr-FR", True)]
    asset = Asset.objects.get()
    assert sorted(asset.ledger.values_list("locale", "kind")) == [
        ("es-ES", "reserve"), ("es-ES", "settle"), ("fr-FR", "reserve"), ("fr-FR", "settle"),
    ]  # fmt: skip


def test_an_impossible_length_is_not_settled(sandbox: SandboxProcess, film: Path) -> None:
    sandbox.control("shapes", told_duration=86_400)
    assert run(film, *TO, "--wait", "--timeout", "60").status == 0
    asset = Asset.objects.get()
    assert sum(asset.ledger.values_list("milliseconds", flat=True)) == pytest.approx(2000, abs=150)
    assert asset.events.get(kind="length_differs").data["told"] == 86_400


@pytest.mark.long
def test_a_version_that_cannot_be_read_holds_up_no_other(sandbox: SandboxProcess, film: Path) -> None:
    assert run(film, *TO, "--to", "fr-FR").status == 0
    asset = Asset.objects.get()
    answer = sandbox.request("GET", f"/v1/assets/{asset.remote_id}").json()
    unreadable = answer["languages"][0]["versions"][0]["version_id"]
    sandbox.fault("get_version", "respond", status=500, times=-1, rule={"contains": unreadable})
    Asset.objects.update(next_poll_at="2020-01-01T00:00Z", lease_until=None)
    call_command("sweep", stdout=io.StringIO())
    for _ in range(20):
        Asset.objects.mark(asset.pk)
        call_command("sweep", stdout=io.StringIO())
    statuses = dict(asset.dubbings.values_list("locale", "status"))
    assert statuses == {answer["languages"][0]["locale"]: "preparing", answer["languages"][1]["locale"]: "completed"}


# --- dub --json


def test_with_json_there_are_no_log_lines(sandbox: SandboxProcess, film: Path, terminal: io.StringIO) -> None:
    sandbox.fault("get_version", "respond", status=503, times=4)
    done = run(film, *TO, "--wait", "--timeout", "30", "--json")
    assert (done.status, done.err, terminal.getvalue()) == (0, "", "")
    logging.getLogger("dubbing").warning("said again afterwards")
    assert "said again afterwards" in terminal.getvalue()


@pytest.mark.parametrize("options", [(), ("--json", "--verbosity", "2")], ids=["for people", "on request"])
def test_log_lines_are_there_for_those_who_want_them(
    sandbox: SandboxProcess, film: Path, terminal: io.StringIO, options: tuple[str, ...]
) -> None:
    sandbox.fault("get_version", "respond", status=503, times=4)
    assert run(film, *TO, "--wait", "--timeout", "30", *options).status == 0
    assert "could not read" in terminal.getvalue()


@pytest.fixture
def terminal() -> Iterator[io.StringIO]:
    """Where log lines go."""
    told = io.StringIO()
    handler = logging.StreamHandler(told)
    logging.getLogger().addHandler(handler)
    yield told
    logging.getLogger().removeHandler(handler)


# --- seed


def test_the_team_is_created_once(db: None) -> None:
    for _ in range(2):
        call_command("seed", password="pass-w0rd")
    project = Project.objects.get(name="Sample project")
    roles = dict(project.memberships.values_list("user__username", "role"))
    assert roles == {"owner": Membership.Role.OWNER, "member": Membership.Role.EDITOR}
    outsider = User.objects.get(username="outsider")
    assert not Project.objects.visible_to(outsider).filter(pk=project.pk).exists()


def test_they_can_sign_in_with_their_first_password(db: None, rf: Any) -> None:
    User.objects.filter(username__in=["owner", "outsider"]).delete()
    call_command("seed", password="first")
    call_command("seed", password="second")
    assert authenticate(rf.get("/"), username="member", password="first")


def test_a_password_is_required() -> None:
    with pytest.raises(CommandError, match="password"):
        call_command("seed")


# --- sweep


def test_it_says_how_much_it_did(sandbox: SandboxProcess, film: Path) -> None:
    run("http://127.0.0.1:9/film.mp4", *TO)
    Asset.objects.update(next_poll_at="2020-01-01T00:00Z", lease_until=None)
    out = io.StringIO()
    call_command("sweep", stdout=out)
    assert int(out.getvalue().split()[0]) >= 1
