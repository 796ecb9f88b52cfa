"""Whole jobs at VoiceChangerAPI over real HTTP: its ledger says what was paid for, whatever became of the answers."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import serializers
from django.test import Client
from pytest_django import Settings

from dubbing import media, tasks
from dubbing.models import Asset, Dubbing, Event, Hold, Project, Result, Submission, Upload, Version
from dubbing.submissions import submit
from tests.support.http_server import Server
from tests.support.journey import fresh, touch
from tests.support.rows import make_upload
from tests.support.sandbox import SandboxProcess
from tests.support.several import die_while_sending, dubbings, of, order, outcomes, work, work_later, work_until

pytestmark = pytest.mark.django_db
Step, Status = Asset.Status, Submission.Status
Order = Callable[..., Asset]
ONE = ("es-ES",)


@pytest.fixture
def shop(sandbox: SandboxProcess, settings: Settings) -> SandboxProcess:
    """The sandbox's VoiceChangerAPI, which we talk to. It really dubs: its source would be a placeholder."""
    sandbox.control("policy", engine="real")
    settings.VOICECHANGER_API_URL, settings.VOICECHANGER_API_KEY = sandbox.voicechanger_url, sandbox.api_key
    return sandbox


@pytest.fixture
def source(film: Path, user: User) -> Upload:
    return make_upload(user, content=film.read_bytes(), duration=2.0)


@pytest.fixture
def ask_in_full(project: Project, user: User, source: Upload, shop: SandboxProcess) -> Order:
    """As ``ask``; and what comes back is listened to."""
    return lambda **fields: order(project, user, "voicechanger", **({"source": source} | fields))


@pytest.fixture
def ask(ask_in_full: Order, trusting: None, monkeypatch: pytest.MonkeyPatch) -> Order:
    monkeypatch.setattr(media, "sounds_like", lambda one, other: False)
    return ask_in_full


def paid(shop: SandboxProcess) -> list[str]:
    """What was paid for, by locale."""
    return sorted(one["target_language"] for one in shop.ledger() if one["operation"] == "voicechanger_start")


def uploaded(shop: SandboxProcess) -> int:
    return shop.stats().get("voicechanger_put", 0)


def send_all(asset: Asset) -> Asset:
    """Send once, without looking at the jobs."""
    for submission in asset.submissions.filter(status=Status.READY):
        touch(submission, next_at=submission.created_at)
        tasks.submit.run(submission.pk)
    return fresh(asset)


# --- the job ---------------------------------------------------------------------------------------------------------


@pytest.mark.long
def test_an_asset_is_dubbed_into_every_language_and_each_is_paid_for_once(
    ask_in_full: Order, shop: SandboxProcess
) -> None:
    asset = work_until(ask_in_full(options={"notes": "Be kind."}), Step.COMPLETED)
    assert (paid(shop), uploaded(shop)) == (["es", "fr", "it"], 3)
    assert Result.objects.filter(version__dubbing__asset=asset).count() == 3
    assert {entry["notes"] for entry in shop.ledger()} == {"Be kind."}


@pytest.mark.parametrize(
    "switches",
    [
        {"result_form": "bytes"},
        {"result_form": "json", "json_key": "url"},
        {"result_form": "redirect", "redirect_status": 303},
        {"status_names": {"queued": "in line", "processing": "crunching"}, "progress": "looks:2"},
        {"id_key": "id", "job_fields": "bare", "slot_status": 201, "start_status": 202},
        {"signed_headers": "content_type", "expires_unit": "milliseconds"},
    ],
    ids=lambda switches: "-".join(map(str, switches.values())),
)
def test_there_is_one_job_and_one_result_whatever_form_the_answers_have(
    ask: Order, shop: SandboxProcess, switches: dict[str, Any]
) -> None:
    shop.control("voicechanger", **switches)
    asset = work_until(ask(locales=ONE), Step.COMPLETED)
    assert (paid(shop), Result.objects.filter(version__dubbing__asset=asset).count()) == (["es"], 1)


def test_an_unknown_word_means_still_running_until_it_is_late(ask: Order, shop: SandboxProcess) -> None:
    shop.control("voicechanger", status_names={"completed": "hooray"})
    asset = work(ask(locales=ONE), rounds=5)
    assert (asset.status, asset.is_late, Result.objects.count()) == (Step.DUBBING, False, 0)
    touch(asset, late_at=asset.submitted_at)
    assert (work(asset).status, fresh(asset).is_late) == (Step.DUBBING, True)


def test_a_job_that_fails_leaves_the_others_alone_and_is_sent_again_alone(
    ask: Order, shop: SandboxProcess, user: User
) -> None:
    shop.fault("voicechanger_outcome", "fail", rule={"contains": " fr"}, code="no_speech", message="no speech")
    asset = work_until(ask(), Step.PARTLY_DONE)
    assert dubbings(asset) == {"es-ES": "completed", "fr-FR": "failed", "it-IT": "completed"}
    submit.send_missing(asset, user)
    work_until(asset, Step.COMPLETED)
    assert paid(shop) == ["es", "fr", "fr", "it"]


@pytest.mark.parametrize("how", ["copy", "remux"])
def test_the_source_handed_back_is_a_placeholder_and_never_done(
    ask_in_full: Order, shop: SandboxProcess, user: User, how: str
) -> None:
    shop.control("voicechanger", placeholder=how)
    asset = work_until(ask_in_full(locales=ONE), Step.FAILED)
    assert (dubbings(asset), Result.objects.count()) == ({"es-ES": "placeholder"}, 0)
    assert work(asset, rounds=3).status == Step.FAILED
    shop.control("voicechanger", placeholder="no")
    submit.send_missing(asset, user)
    assert work_until(asset, Step.COMPLETED)
    assert paid(shop) == ["es", "es"]


# --- nothing is paid twice -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [{"kind": "cut_after"}, {"kind": "create_then", "status": 500}, {"kind": "malformed"}, {"kind": "cut_middle"}],
    ids=lambda fault: fault["kind"],
)
def test_a_start_whose_answer_was_lost_is_seen_at_once(ask: Order, shop: SandboxProcess, fault: dict[str, Any]) -> None:
    shop.fault("voicechanger_start", **fault)
    assert outcomes(send_all(ask(locales=ONE))) == {"es-ES": Status.ACCEPTED}
    assert (paid(shop), uploaded(shop)) == (["es"], 1)


def test_a_start_whose_answer_was_lost_is_seen_once_the_job_can_be_fetched(ask: Order, shop: SandboxProcess) -> None:
    shop.fault("voicechanger_start", "cut_after")
    shop.fault("voicechanger_job", "cut_before")
    asset = send_all(ask(locales=ONE))
    assert (outcomes(asset), asset.status) == ({"es-ES": Status.UNKNOWN}, Step.UNCONFIRMED)
    assert outcomes(work(asset)) == {"es-ES": Status.ACCEPTED}
    assert (paid(shop), uploaded(shop)) == (["es"], 1)


def test_a_start_that_never_arrived_is_repeated_for_the_same_job_after_the_window(
    ask: Order, shop: SandboxProcess
) -> None:
    shop.fault("voicechanger_start", "cut_before")
    asset = send_all(ask(locales=ONE))
    candidate = of(asset, "es-ES").candidate_id
    asset = work(asset, rounds=3)
    assert (candidate != "", outcomes(asset), paid(shop)) == (True, {"es-ES": Status.UNKNOWN}, [])
    work_later(asset, 0.3)
    assert (of(asset, "es-ES").remote_id, of(asset, "es-ES").attempt) == (candidate, 2)
    assert (paid(shop), uploaded(shop)) == (["es"], 1)


@pytest.mark.parametrize("seconds", [60, 3600])
def test_a_start_that_happens_late_is_paid_for_once(ask: Order, shop: SandboxProcess, seconds: int) -> None:
    shop.fault("voicechanger_start", "late_create", seconds=seconds)
    asset = send_all(ask(locales=ONE))
    if seconds > 900:  # it has been given up, and started once more, before the old start is carried out
        work_later(asset, 0.3)
    shop.control("clock", advance=seconds + 1)
    work_until(asset, Step.COMPLETED)
    assert (paid(shop), uploaded(shop)) == (["es"], 1)


@pytest.mark.parametrize("started", [True, False])
def test_a_worker_killed_around_the_start_makes_nobody_pay_twice(
    ask: Order, shop: SandboxProcess, started: bool
) -> None:
    shop.fault("voicechanger_start", "cut_after" if started else "cut_before")
    shop.fault("voicechanger_job", "cut_before")
    asset = send_all(ask(locales=ONE))
    die_while_sending(of(asset, "es-ES"))
    work_later(work(asset), 0.3)
    assert outcomes(asset) == {"es-ES": Status.ACCEPTED}
    assert (paid(shop), uploaded(shop)) == (["es"], 1)


def test_a_worker_killed_during_the_upload_starts_again(ask: Order, shop: SandboxProcess) -> None:
    asset = ask(locales=ONE)
    die_while_sending(of(asset, "es-ES"))
    work_later(work(asset), 0.3)
    assert (outcomes(asset), paid(shop), uploaded(shop)) == ({"es-ES": Status.ACCEPTED}, ["es"], 1)


@pytest.mark.parametrize("status", [402, 403, 429])
def test_a_postponed_start_continues_with_the_same_upload(ask: Order, shop: SandboxProcess, status: int) -> None:
    shop.fault("voicechanger_start", "respond", status=status, body={"detail": "not now"})
    asset = send_all(ask(locales=ONE))
    assert (outcomes(asset), asset.status) == ({"es-ES": Status.READY}, Step.HELD)
    assert Hold.objects.get().provider == "voicechanger"
    work_until(asset, Step.COMPLETED)
    assert (paid(shop), uploaded(shop)) == (["es"], 1)


def test_too_few_credits_put_the_rest_on_hold_and_fail_nothing(ask: Order, shop: SandboxProcess) -> None:
    shop.control("voicechanger", credits=10)
    asset = work(ask(locales=("es-ES", "fr-FR")))
    assert sorted(outcomes(asset).values()) == [Status.ACCEPTED, Status.READY]
    shop.control("voicechanger", credits=100)
    work_until(asset, Step.COMPLETED)
    assert (paid(shop), uploaded(shop)) == (["es", "fr"], 2)


def test_a_prepared_job_that_expired_is_replaced(ask: Order, shop: SandboxProcess) -> None:
    shop.control("voicechanger", waiting_expires=True)
    shop.fault("voicechanger_start", "respond", status=429)
    asset = send_all(ask(locales=ONE))
    shop.control(f"voicechanger/jobs/{of(asset, 'es-ES').candidate_id}/expire")
    work_until(asset, Step.COMPLETED)
    assert (paid(shop), uploaded(shop)) == (["es"], 2)


@pytest.mark.parametrize(
    "fault",
    [{"kind": "respond", "status": 403, "body": "<Error><Code>AccessDenied</Code></Error>"}, {"kind": "cut_before"}],
    ids=lambda fault: fault["kind"],
)
def test_a_storage_that_refuses_the_file_costs_nothing(ask: Order, shop: SandboxProcess, fault: dict[str, Any]) -> None:
    shop.fault("voicechanger_put", times=2, **fault)
    asset = work_until(ask(locales=ONE), Step.COMPLETED)
    assert (paid(shop), outcomes(asset)) == (["es"], {"es-ES": Status.ACCEPTED})


def test_a_slot_that_expires_before_it_is_filled_is_replaced(ask: Order, shop: SandboxProcess) -> None:
    shop.control("voicechanger", slot_ttl=-1)
    asset = send_all(ask(locales=ONE))
    assert (outcomes(asset), paid(shop)) == ({"es-ES": Status.READY}, [])
    shop.control("voicechanger", slot_ttl=900)
    work_until(asset, Step.COMPLETED)
    assert paid(shop) == ["es"]


def test_a_start_that_is_refused_says_why_and_costs_nothing(ask: Order, shop: SandboxProcess) -> None:
    shop.fault("voicechanger_start", "respond", status=422, body={"error": {"message": "no such language"}})
    asset = work(ask(locales=ONE))
    assert (asset.status, asset.error_message, paid(shop)) == (Step.REFUSED, "no such language", [])


# --- the key ---------------------------------------------------------------------------------------------------------


def test_the_key_is_sent_to_nobody_else_and_stored_nowhere(
    ask: Order, shop: SandboxProcess, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    key = shop.api_key
    shop.fault("voicechanger_outcome", "fail", rule={"contains": " fr"}, message=f"key {key} has no voices")
    shop.fault("voicechanger_slot", "respond", status=500, body={"detail": f"{key} is overloaded"})
    asset = work_until(ask(), Step.PARTLY_DONE)
    seen = shop.control("requests", method="GET")["requests"]
    there = [one for one in seen if one["path"].startswith("/voicechanger-storage/")]
    assert len(there) >= 5
    assert not any(one["credentials"] for one in there)
    kinds = (Asset, Submission, Event, Dubbing, Version, Result, Hold)
    assert key not in serializers.serialize("json", [row for kind in kinds for row in kind._default_manager.all()])
    assert key not in caplog.text
    assert outcomes(asset)


def test_a_result_elsewhere_is_fetched_without_the_key(ask: Order, shop: SandboxProcess) -> None:
    with Server(lambda request: request.answer(200, b"no film", {"Content-Type": "video/mp4"})) as elsewhere:
        shop.fault("voicechanger_result", "redirect", status=307, location=f"{elsewhere.url}/x.mp4", times=-1)
        asset = ask(locales=ONE)
        for _ in range(60):
            work(asset)
            if elsewhere.requests:
                break
        assert elsewhere.requests
        assert all(shop.api_key not in str(one.headers) + one.path for one in elsewhere.requests)


def test_nobody_calls_back_for_a_provider_that_sends_nothing(ask: Order, shop: SandboxProcess, client: Client) -> None:
    asset = send_all(ask(locales=ONE))
    answer = client.post("/callbacks/voicechanger/x/", {"id": of(asset, "es-ES").remote_id}, "application/json")
    assert answer.status_code == 401
