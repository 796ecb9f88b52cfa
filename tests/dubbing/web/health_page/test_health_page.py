"""The health page is for those who run the portal; the health checks are for load balancers."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import OperationalError, connection
from django.test import Client
from pytest_django import Settings

from dubbing.models import AccessCheck, AuditEvent, Process
from tests.support.operators import make_check, make_operator, make_well
from tests.support.people import client_of, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ops(settings: Settings) -> Client:
    make_well(settings)
    return client_of(make_operator())


def test_operators_see_each_line_with_its_state_in_words(ops: Client) -> None:
    page = ops.get("/health/").content.decode()
    assert "Database schema" in page
    assert "Requests to send" in page
    assert "tone-red" not in page
    assert page.count("</svg>OK</span>") > 20


def test_a_problem_stands_there_with_what_it_means_and_what_to_do(ops: Client) -> None:
    Process.objects.filter(kind="beat").delete()
    page = ops.get("/health/").content.decode()
    assert "1 problem" in page
    assert "</svg>Problem</span>" in page
    assert "Start a scheduler (beat)" in page


@pytest.mark.parametrize("fields", [{}, {"is_staff": True}])
@pytest.mark.parametrize("path", ["/health/", "/health/check/"])
def test_for_everybody_else_it_does_not_exist(fields: dict[str, bool], path: str) -> None:
    client = client_of(make_user("somebody", **fields))
    assert (client.get(path) if path == "/health/" else client.post(path)).status_code == 404


def test_somebody_with_the_permission_who_is_not_staff_does_not_see_it() -> None:
    user = make_operator()
    user.is_staff = False
    user.save()
    assert client_of(user).get("/health/").status_code == 404


def test_check_now_makes_every_check_due_and_is_recorded_once(ops: Client) -> None:
    before = AuditEvent.objects.count()
    AccessCheck.objects.update(next_at="2099-01-01T00:00:00Z")
    answer = ops.post("/health/check/")
    assert (answer.status_code, answer["Location"]) == (302, "/health/")
    assert AccessCheck.objects.due().count() == 2
    assert AuditEvent.objects.count() == before + 1
    assert "but has not run yet" in ops.get("/health/").content.decode()


def test_looking_at_the_page_calls_nobody(ops: Client, settings: Settings) -> None:
    make_check("voicechanger")
    ops.get("/health/")
    assert AccessCheck.objects.exclude(milliseconds=0).count() == 0


# --- for load balancers


@pytest.mark.parametrize("path", ["/healthz", "/healthz/live", "/healthz/ready"])
def test_health_checks_need_no_sign_in_and_are_never_kept(path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]


def test_a_portal_without_its_database_lives_and_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OperationalError("could not connect")

    monkeypatch.setattr(connection, "cursor", refuse)
    assert Client().get("/healthz/live").status_code == 200
    assert Client().get("/healthz").json() == {"database": "does not answer"}
    answer = Client().get("/healthz/ready")
    assert (answer.status_code, answer.json()) == (503, {"database": "does not answer", "storage": "ok"})


def test_a_portal_that_cannot_write_files_is_not_ready_and_does_not_say_where(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "a file").touch()
    settings.MEDIA_ROOT = tmp_path / "a file" / "media"
    answer = Client().get("/healthz/ready")
    assert answer.status_code == 503
    assert answer.json() == {"database": "ok", "storage": "cannot be written: Not a directory"}


def test_health_checks_leave_no_file_behind(settings: Settings) -> None:
    Client().get("/healthz/ready")
    assert list(Path(settings.MEDIA_ROOT).iterdir()) == []
