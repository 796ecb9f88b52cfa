"""Free calls to providers and to our own address: what they find is written down, and each is made once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from django.utils import timezone
from pytest_django import Settings

from dubbing.models import AccessCheck
from dubbing.operation import access_checks
from tests.conftest import WakeUps
from tests.support.http_server import Request, Server
from tests.support.sandbox import SandboxProcess, free_port

pytestmark = pytest.mark.django_db


def check_of(subject: str) -> AccessCheck:
    return AccessCheck.objects.get(subject=subject)


def test_address_and_key_of_a_provider_are_proved_by_a_call_that_creates_nothing(sandbox: SandboxProcess) -> None:
    assert access_checks.run_due_checks() == 2
    check = check_of("panjaya")
    assert (check.outcome, check.problem, check.failing_since) == ("good", "", None)
    assert abs(check.clock_offset or 0) < 60
    assert sandbox.ledger() == []


def test_the_voices_of_an_account_prove_address_and_key_of_modelslab(
    sandbox: SandboxProcess, settings: Settings
) -> None:
    settings.MODELSLAB_API_URL, settings.MODELSLAB_API_KEY = sandbox.modelslab_url, sandbox.api_key
    access_checks.run_due_checks()
    assert check_of("modelslab").outcome == "good"
    settings.MODELSLAB_API_KEY = "wr0ng-key"
    AccessCheck.objects.ask()
    access_checks.run_due_checks()
    assert check_of("modelslab").outcome != "good"
    assert "wr0ng" not in check_of("modelslab").problem


def test_a_wrong_key_is_told_from_a_wrong_address(sandbox: SandboxProcess, settings: Settings) -> None:
    settings.PANJAYA_API_KEY = "panjaya-wr0ng"
    access_checks.run_due_checks()
    assert check_of("panjaya").outcome == "key"
    settings.PANJAYA_API_URL = f"http://127.0.0.1:{free_port()}"
    AccessCheck.objects.ask()
    access_checks.run_due_checks()
    found = check_of("panjaya")
    assert found.outcome == "down"
    assert found.failing_since is not None
    assert "wr0ng" not in found.problem


def test_a_check_is_not_made_again_until_it_is_due_or_somebody_asks(sandbox: SandboxProcess) -> None:
    assert [access_checks.run_due_checks(), access_checks.run_due_checks()] == [2, 0]
    AccessCheck.objects.ask()
    assert check_of("panjaya").is_awaited
    assert access_checks.run_due_checks() == 2
    assert not check_of("panjaya").is_awaited


def test_a_check_that_another_process_is_making_is_left_to_it(sandbox: SandboxProcess) -> None:
    access_checks.run_due_checks()
    AccessCheck.objects.ask()
    token = AccessCheck.objects.due().claim(check_of("panjaya").pk, seconds=60)
    assert token is not None
    assert access_checks.run_due_checks() == 1


def test_our_own_address_is_called_as_a_stranger_would(sandbox: SandboxProcess, settings: Settings) -> None:
    with Server(lambda request: request.answer(200, {"portal": "answers"})) as server:
        settings.PORTAL_URL = server.url
        access_checks.run_due_checks()
    assert [(request.method, request.path) for request in server.requests] == [("GET", "/healthz/live")]
    assert "authorization" not in server.requests[0].headers
    assert check_of("portal").outcome == "good"


@pytest.mark.parametrize(("status", "body"), [(200, b"<html>Buy this domain</html>"), (302, b""), (502, b"")])
def test_something_else_at_our_address_is_not_taken_for_the_portal(
    status: int, body: bytes, sandbox: SandboxProcess, settings: Settings
) -> None:
    with Server(lambda request: request.answer(status, body)) as server:
        settings.PORTAL_URL = server.url
        access_checks.run_due_checks()
    assert check_of("portal").outcome == "other"


def test_nobody_at_our_address_is_noticed(sandbox: SandboxProcess, wake_ups: WakeUps) -> None:
    access_checks.run_due_checks()
    assert check_of("portal").outcome == "down"
    assert check_of("portal").next_at < timezone.now() + timedelta(minutes=2)
    assert wake_ups == []


def test_a_clock_that_is_an_hour_off_is_measured(sandbox: SandboxProcess, settings: Settings) -> None:
    def answer(request: Request) -> None:
        date = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
        request.answer(200, {"items": [], "total": 0}, {"Date": date})

    with Server(answer) as server:
        settings.PANJAYA_API_URL = server.url
        access_checks.run_due_checks()
    assert check_of("panjaya").clock_offset == pytest.approx(3600, abs=60)
