"""Whole jobs at ModelsLab over real HTTP: its ledger says what was paid for, whatever became of the answers."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import serializers
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from dubbing import tasks
from dubbing.models import Asset, Callback, Dubbing, Event, Hold, Project, Result, Submission, Upload, Version
from dubbing.platform import storage
from dubbing.submissions import submit
from tests.support.http_server import Request, Server
from tests.support.journey import events, fresh, touch
from tests.support.rows import make_upload
from tests.support.sandbox import SandboxProcess
from tests.support.several import die_while_sending, dubbings, of, order, outcomes, work, work_later, work_until

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("trusting")]
Step, Status = Asset.Status, Submission.Status
Order = Callable[..., Asset]
ONE = ("es-ES",)


@pytest.fixture
def source(film: Path, user: User) -> Upload:
    return make_upload(user, content=film.read_bytes(), duration=2.0)


@pytest.fixture
def portal(film: Path, settings: Settings) -> Iterator[Server]:
    """Our public address: it gives the source to whoever asks and takes the webhooks."""

    def script(request: Request) -> None:
        if request.method == "POST":
            request.answer(204)
        else:
            request.answer(200, film.read_bytes(), {"Content-Type": "video/mp4"})

    with Server(script) as server:
        settings.PORTAL_URL = server.url
        yield server


@pytest.fixture
def lab(sandbox: SandboxProcess, settings: Settings, portal: Server) -> SandboxProcess:
    """The sandbox's ModelsLab, which we talk to."""
    settings.PORTAL_URL = portal.url
    settings.MODELSLAB_API_URL, settings.MODELSLAB_API_KEY = sandbox.modelslab_url, sandbox.api_key
    return sandbox


@pytest.fixture
def ask(project: Project, user: User, source: Upload, lab: SandboxProcess) -> Order:
    return lambda **fields: order(project, user, "modelslab", **({"source": source} | fields))


def paid(lab: SandboxProcess) -> list[str]:
    """What was paid for, by locale."""
    return sorted(entry["output_lang"] for entry in lab.ledger() if entry["operation"] == "modelslab_create")


def webhooks(portal: Server) -> list[Request]:
    return [request for request in portal.requests if request.method == "POST" and request.body]


def deliver(portal: Server, client: Client) -> list[int]:
    """Hand on what came to our public address."""
    came = [client.post(one.path, one.body, content_type="application/json") for one in webhooks(portal)]
    return [answer.status_code for answer in came]


# --- the job ---------------------------------------------------------------------------------------------------------


def test_an_asset_is_dubbed_into_every_language_and_each_is_paid_for_once(ask: Order, lab: SandboxProcess) -> None:
    asset = work_until(ask(options={"voice_id": "henry", "speed": 1.2, "seed": 7}), Step.COMPLETED)
    assert paid(lab) == ["es", "fr", "it"]
    assert Result.objects.filter(version__dubbing__asset=asset).count() == 3
    assert len({row.remote_id for row in asset.submissions.all()}) == 3
    assert all(entry["source_lang"] == "en" for entry in lab.ledger())


def test_the_source_is_fetched_from_a_link_that_works_for_whoever_has_it_until_the_job_is_over(
    ask: Order, portal: Server, client: Client, source: Upload
) -> None:
    work_until(ask(locales=ONE), Step.COMPLETED)
    (path,) = {request.path for request in portal.requests if request.method == "GET"}
    assert client.get(path).status_code == 404
    Dubbing.objects.update(status=Dubbing.Status.PREPARING)
    assert b"".join(client.get(path)) == storage.path(source.key).read_bytes()
    assert path.split("/")[2] not in serializers.serialize("json", every_row())


def every_row() -> list[Any]:
    kinds = (Asset, Submission, Event, Dubbing, Version, Result, Hold, Callback)
    return [row for kind in kinds for row in kind._default_manager.all()]


def test_a_portal_without_a_public_address_is_a_clear_refusal(
    ask: Order, lab: SandboxProcess, settings: Settings
) -> None:
    settings.MODELSLAB_API_URL = "https://modelslab.example/api/v6"
    asset = work(ask(locales=ONE))
    assert (asset.status, "public https" in asset.error_message) == (Step.REFUSED, True)


@pytest.mark.parametrize(
    "switches",
    [
        {"immediate": True},
        {"fetch_result": "other_works"},
        {"fetch_result": "other_dead"},
        {"fetch_result": "missing", "id_form": "string"},
        {"early_proxy_links": "everywhere", "success_blank_looks": 2, "fetch_output": "empty_string"},
        {"pending_word": "queued-or-so", "progress": "looks:2", "eta_form": "fraction"},
        {"output_items": "doubled", "links_broken": "output"},
        {"loading_looks": 2, "loading_status": "error"},
        {"loading_on_create": True, "loading_looks": 1},
    ],
    ids=lambda switches: "-".join(switches),
)
def test_there_is_one_job_and_one_result_whatever_form_the_answers_have(
    ask: Order, lab: SandboxProcess, switches: dict[str, Any]
) -> None:
    lab.control("modelslab", **switches)
    asset = work_until(ask(locales=ONE), Step.COMPLETED)
    assert (paid(lab), Result.objects.filter(version__dubbing__asset=asset).count()) == (["es"], 1)


@pytest.mark.parametrize("fault_status", ["200", "real"])
@pytest.mark.parametrize("key", ["message", "messege"])
def test_a_refusal_says_why_and_costs_nothing(ask: Order, lab: SandboxProcess, fault_status: str, key: str) -> None:
    lab.control("modelslab", fault_status=fault_status, message_key=key, voices="listed")
    asset = work(ask(locales=ONE, options={"voice_id": "nobody"}))
    assert (asset.status, "voice" in asset.error_message.lower(), paid(lab)) == (Step.REFUSED, True, [])


def test_a_job_that_fails_leaves_the_others_alone_and_is_sent_again_alone(
    ask: Order, lab: SandboxProcess, user: User
) -> None:
    lab.fault("modelslab_outcome", "fail", rule={"contains": " fr"}, code="processing_failed", message="no speech")
    asset = work_until(ask(), Step.PARTLY_DONE)
    assert dubbings(asset) == {"es-ES": "completed", "fr-FR": "processing_failed", "it-IT": "completed"}
    assert "no speech" in asset.dubbings.get(locale="fr-FR").error_message
    submit.send_missing(asset, user)
    assert work_until(asset, Step.COMPLETED).finished_at
    assert paid(lab) == ["es", "fr", "fr", "it"]


# --- nothing is paid twice -------------------------------------------------------------------------------------------

LOST: list[dict[str, Any]] = [
    {"kind": "cut_after"},
    {"kind": "create_then", "status": 500},
    {"kind": "malformed"},
    {"kind": "cut_middle"},
]


@pytest.mark.parametrize("fault", LOST, ids=lambda fault: fault["kind"])
def test_a_job_whose_answer_was_lost_is_found_in_the_list(
    ask: Order, lab: SandboxProcess, fault: dict[str, Any]
) -> None:
    lab.control("modelslab", enterprise_key=True)
    lab.fault("modelslab_create", **fault)
    asset = work(ask())
    assert sorted(outcomes(asset).values()) == [Status.ACCEPTED, Status.ACCEPTED, Status.UNKNOWN]
    assert work_until(asset, Step.COMPLETED)
    assert paid(lab) == ["es", "fr", "it"]


def test_a_job_that_is_made_late_is_found_in_the_list(ask: Order, lab: SandboxProcess) -> None:
    lab.control("modelslab", enterprise_key=True)
    lab.fault("modelslab_create", "late_create", seconds=3 * 3600)
    asset = work_later(work(ask(locales=ONE)), 2.9)
    assert (outcomes(asset), paid(lab)) == ({"es-ES": Status.UNKNOWN}, [])
    lab.control("clock", advance=3.1 * 3600)
    assert work_until(asset, Step.COMPLETED)
    assert paid(lab) == ["es"]


@pytest.mark.parametrize("fault", [{"kind": "cut_after"}, {"kind": "late_create", "seconds": 3600}], ids=str)
def test_without_the_list_a_lost_answer_is_a_question_for_a_person_and_never_sent_twice(
    ask: Order, lab: SandboxProcess, fault: dict[str, Any]
) -> None:
    lab.control("modelslab", webhook="never")
    lab.fault("modelslab_create", **fault)
    asset = work(ask(locales=ONE))
    for hours in (1, 7, 23, 26, 50):
        asset = work_later(asset, hours)
    lab.control("clock", advance=3601)
    wait_for(lambda: bool(lab.ledger()))
    assert (asset.status, of(asset, "es-ES").needs_person) == (Step.UNCONFIRMED, True)
    assert paid(lab) == ["es"]


def test_a_job_that_was_never_made_is_sent_again_once_that_is_certain(ask: Order, lab: SandboxProcess) -> None:
    lab.control("modelslab", enterprise_key=True)
    lab.fault("modelslab_create", "cut_before")
    asset = work_later(work(ask(locales=ONE)), 4)
    assert paid(lab) == []
    work_later(asset, 8, rounds=6)
    assert (outcomes(asset), paid(lab)) == ({"es-ES": Status.ACCEPTED}, ["es"])


def test_a_worker_that_is_killed_while_sending_costs_nothing_twice(ask: Order, lab: SandboxProcess) -> None:
    lab.control("modelslab", enterprise_key=True)
    asset = work(ask(locales=ONE))
    submission = of(asset, "es-ES")
    Version.objects.all().delete()
    touch(submission, remote_id="")
    touch(asset, status=Step.SUBMITTING)
    Dubbing.objects.update(status="pending", remote_id="")
    die_while_sending(submission)
    assert work_until(asset, Step.COMPLETED)
    assert paid(lab) == ["es"]


def test_a_full_queue_is_waited_for_as_long_as_its_body_says(ask: Order, lab: SandboxProcess) -> None:
    lab.control("modelslab", queue_limit=1, retry_after=77, progress="looks:1")
    asset = ask(locales=("es-ES", "fr-FR"))
    for submission in asset.submissions.all():
        tasks.submit.run(submission.pk)
    hold = Hold.objects.get(provider="modelslab")
    assert timedelta(seconds=70) < hold.next_try_at - timezone.now() < timedelta(seconds=78)
    assert sorted(outcomes(asset).values()) == [Status.ACCEPTED, Status.READY]
    assert work_until(asset, Step.COMPLETED)
    assert paid(lab) == ["es", "fr"]


@pytest.mark.parametrize("account", ["no_credits", "not_in_plan"])
def test_an_account_that_may_not_dub_fails_nothing(ask: Order, lab: SandboxProcess, account: str) -> None:
    lab.control("modelslab", account=account)
    asset = work(ask())
    assert set(outcomes(asset).values()) == {Status.READY}
    lab.control("modelslab", account="ok")
    assert work_until(asset, Step.COMPLETED)
    assert paid(lab) == ["es", "fr", "it"]


# --- webhooks --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["sent", "twice", "wrong_track_id", "false_failed"])
def test_a_webhook_leads_to_the_job_whose_answer_was_lost(
    ask: Order, lab: SandboxProcess, portal: Server, client: Client, how: str
) -> None:
    lab.control("modelslab", webhook=how)
    lab.fault("modelslab_create", "cut_after")
    asset = work(ask(locales=ONE))
    wait_for(lambda: bool(webhooks(portal)))
    assert set(deliver(portal, client)) == {204}
    assert work_until(asset, Step.COMPLETED)
    assert paid(lab) == ["es"]


def wait_for(there: Callable[[], bool], seconds: float = 5) -> None:
    end = time.monotonic() + seconds
    while not there() and time.monotonic() < end:
        time.sleep(0.02)
    assert there()


@pytest.mark.long
def test_a_webhook_that_lies_changes_nothing(ask: Order, lab: SandboxProcess, portal: Server, client: Client) -> None:
    lab.control("modelslab", webhook="false_success", progress="looks:50")
    asset = work(ask(locales=ONE))
    wait_for(lambda: bool(webhooks(portal)))
    deliver(portal, client)
    assert (work(asset).status, Result.objects.count()) == (Step.DUBBING, 0)
    assert work_until(asset, Step.COMPLETED)


def test_a_webhook_that_names_another_job_binds_nothing(
    ask: Order, lab: SandboxProcess, portal: Server, client: Client
) -> None:
    lab.control("modelslab", webhook="wrong_id")
    asset = ask(locales=("es-ES", "fr-FR"))
    lab.fault("modelslab_create", "cut_after")
    work(asset)
    lost = asset.submissions.get(status=Status.UNKNOWN)
    other = asset.submissions.get(status=Status.ACCEPTED)
    wait_for(lambda: len(webhooks(portal)) == 2)
    deliver(portal, client)
    (path,) = {one.path for one in webhooks(portal) if other.remote_id not in str(int(json.loads(one.body)["id"]) - 1)}
    for named in (other.remote_id, "../voice_list", "1"):
        client.post(path, json.dumps({"status": "success", "id": named}), content_type="application/json")
        work(asset)
    assert (fresh(lost).remote_id, fresh(lost).needs_person, fresh(lost).status) == ("", False, Status.UNKNOWN)
    assert fresh(other).status == Status.ACCEPTED


def test_a_webhook_at_an_unknown_address_is_refused(ask: Order, lab: SandboxProcess, client: Client) -> None:
    work(ask(locales=ONE))
    told = json.dumps({"status": "success", "id": of(Asset.objects.get(), "es-ES").remote_id})
    for token in ("x", "0" * 43):
        answer = client.post(f"/callbacks/modelslab/{token}/", told, content_type="application/json")
        assert answer.status_code == 401
    assert not Callback.objects.exists()


# --- the key ---------------------------------------------------------------------------------------------------------


def test_the_key_is_sent_to_nobody_else_and_stored_nowhere(
    ask: Order, lab: SandboxProcess, portal: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with Server() as elsewhere:
        lab.control("modelslab", fetch_result="foreign", foreign_base=elsewhere.url)
        lab.fault("modelslab_outcome", "fail", rule={"contains": " fr"}, message=f"key {lab.api_key} is out of voices")
        lab.fault("modelslab_create", "respond", status=500, body={"status": "error", "message": f"{lab.api_key}!"})
        asset = work(ask())
        for _ in range(5):
            work(asset)
        assert elsewhere.connections == 0
    assert {Status.ACCEPTED, Status.UNKNOWN} == set(outcomes(asset).values())
    assert "failed" in asset.dubbings.values_list("status", flat=True)
    for request in portal.requests:
        assert lab.api_key not in request.path + str(request.headers)
    assert lab.api_key not in serializers.serialize("json", every_row())
    assert lab.api_key not in caplog.text
    assert "accepted" in events(asset)
