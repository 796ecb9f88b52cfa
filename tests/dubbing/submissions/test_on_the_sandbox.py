"""Paid requests over real HTTP, to a provider that loses answers: its ledger says what was really carried out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.utils import timezone

from dubbing.drafts.fields import TargetText
from dubbing.models import Asset, Hold, Project, Submission, Upload
from dubbing.providers.base import Provider
from dubbing.submissions import outcomes, reconciliation, sender, submit
from tests.support.journey import fresh, look, make_wish, reconcile, reconcile_for_good, send, touch
from tests.support.sandbox import SandboxProcess

pytestmark = pytest.mark.django_db
Status, Step = Submission.Status, Asset.Status
NOWHERE = "http://127.0.0.1:9/film.mp4"
Ask = Callable[..., Submission]


@pytest.fixture
def ask(project: Project, user: User) -> Ask:
    """A wish whose source is a link; what becomes of the dub is not the point here."""
    return lambda **fields: make_wish(project, user, **({"media_url": NOWHERE} | fields))


def made(sandbox: SandboxProcess) -> list[str]:
    return [entry["asset_id"] for entry in sandbox.ledger()]


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "cut_after"},
        {"kind": "create_then", "status": 500},
        {"kind": "create_then", "status": 504},
        {"kind": "malformed"},
        {"kind": "cut_middle"},
        {"kind": "huge", "mebibytes": 2},
    ],
    ids=lambda fault: fault["kind"] + str(fault.get("status", "")),
)
def test_an_answer_that_is_lost_after_the_work_costs_no_second_asset(
    ask: Ask, sandbox: SandboxProcess, panjaya: Provider, fault: dict[str, Any]
) -> None:
    sandbox.fault("create", **fault)
    submission = send(ask(), panjaya)
    assert (submission.status, submission.asset.status) == (Status.UNKNOWN, Step.UNCONFIRMED)
    settled = reconcile(submission, panjaya)
    assert [settled.remote_id] == made(sandbox)


@pytest.mark.parametrize(
    "fault",
    [{"kind": "cut_before"}, {"kind": "respond", "status": 503}, {"kind": "redirect", "status": 301}],
    ids=lambda fault: fault["kind"],
)
def test_a_request_that_never_took_effect_is_sent_again(
    ask: Ask, sandbox: SandboxProcess, panjaya: Provider, fault: dict[str, Any]
) -> None:
    sandbox.fault("create", **fault)
    submission = reconcile_for_good(send(ask(), panjaya), panjaya)
    again = send(submission.asset.submissions.get(status=Status.READY), panjaya)
    assert [again.remote_id] == made(sandbox)


@pytest.mark.parametrize("at", [0, 700, 20_000])
def test_an_upload_that_is_cut_short_ends_as_one_asset(
    project: Project, user: User, source: Upload, sandbox: SandboxProcess, panjaya: Provider, at: int
) -> None:
    sandbox.fault("upload", "cut_request", bytes=at)
    submission = reconcile_for_good(send(make_wish(project, user, source=source), panjaya), panjaya)
    again = send(submission.asset.submissions.get(status=Status.READY), panjaya)
    assert [again.remote_id] == made(sandbox)


def test_an_upload_whose_answer_is_lost_is_found(
    project: Project, user: User, source: Upload, sandbox: SandboxProcess, panjaya: Provider
) -> None:
    sandbox.fault("upload", "cut_after")
    submission = send(make_wish(project, user, source=source), panjaya)
    assert submission.sent_bytes >= source.size
    assert [reconcile(submission, panjaya).remote_id] == made(sandbox)


def test_an_asset_that_is_created_late_is_found(ask: Ask, sandbox: SandboxProcess, panjaya: Provider) -> None:
    sandbox.fault("create", "late_create", seconds=600)
    submission = send(ask(), panjaya)
    assert reconcile(submission, panjaya).status == Status.UNKNOWN
    sandbox.control("clock", advance=601)
    for _ in range(50):
        if reconcile(submission, panjaya).status == Status.ACCEPTED:
            break
    assert [fresh(submission).remote_id] == made(sandbox)


def test_a_list_that_flickers_costs_no_second_asset(ask: Ask, sandbox: SandboxProcess, panjaya: Provider) -> None:
    # Three in ten items are missing from every look, which looks complete. Once would be too few, and so would twice:
    # it is looked for through the whole window.
    sandbox.fault("create", "cut_after", times=-1)
    sandbox.fault("list_assets", "flicker", times=-1, drop=0.3, shift=0)
    submissions = [send(ask(), panjaya) for _ in range(4)]
    Hold.objects.all().delete()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(90):
            for submission in Submission.objects.due():
                reconciliation.reconcile_submission(submission.pk, provider=panjaya)
            clock.shift(10)
    assert sorted(fresh(one).remote_id for one in submissions) == sorted(made(sandbox))


def test_a_list_that_lags_costs_no_second_asset(ask: Ask, sandbox: SandboxProcess, panjaya: Provider) -> None:
    sandbox.fault("create", "cut_after")
    sandbox.fault("list_assets", "lag", times=2, seconds=300)
    submission = send(ask(), panjaya)
    while fresh(submission).status == Status.UNKNOWN:
        reconcile(submission, panjaya)
    assert [fresh(submission).remote_id] == made(sandbox)


def test_a_truncated_upload_is_bound_and_shown_as_failed(
    project: Project, user: User, source: Upload, sandbox: SandboxProcess, panjaya: Provider
) -> None:
    sandbox.fault("upload", "truncate", bytes=2000)
    submission = send(make_wish(project, user, source=source), panjaya)
    for _ in range(200):
        if look(submission.asset, panjaya).status == Step.FAILED:
            break
    assert (fresh(submission).asset.status, len(made(sandbox))) == (Step.FAILED, 1)


@pytest.mark.parametrize("form", ["7", "date", "junk"])
def test_a_request_for_patience_is_obeyed(ask: Ask, sandbox: SandboxProcess, panjaya: Provider, form: str) -> None:
    told = (timezone.now() + timedelta(seconds=90)).strftime("%a, %d %b %Y %H:%M:%S GMT") if form == "date" else form
    sandbox.fault("create", "respond", status=429, headers={"Retry-After": told})
    submission = send(ask(), panjaya)
    least = {"7": 7, "date": 85, "junk": 5}[form]
    assert Hold.objects.get().next_try_at > timezone.now() + timedelta(seconds=least - 2)
    assert (submission.status, submission.asset.status, made(sandbox)) == (Status.READY, Step.HELD, [])


@pytest.mark.parametrize("limit", ["account_limited", "key_revoked"])
def test_an_account_that_may_not_dub_fails_nothing(
    ask: Ask, sandbox: SandboxProcess, panjaya: Provider, limit: str
) -> None:
    def set_limit(on: bool) -> None:
        switches: dict[str, Any] = {limit: on}
        sandbox.control("limits", **switches)

    set_limit(True)
    submissions = [ask() for _ in range(10)]
    for submission in submissions:
        sender.send(submission.pk, provider=panjaya)
    assert sandbox.stats() == {"create": 1}
    set_limit(False)
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        for _ in range(2):
            Submission.objects.update(next_at=timezone.now())
            for submission in submissions:
                sender.send(submission.pk, provider=panjaya)
    assert len(made(sandbox)) == 10


@pytest.mark.parametrize("shape", ["string", "array", "object"])
@pytest.mark.parametrize("status", [400, 422])
def test_a_refused_field_is_explained_in_the_providers_words(
    ask: Ask, sandbox: SandboxProcess, panjaya: Provider, shape: str, status: int
) -> None:
    sandbox.control("shapes", detail=shape, validation_status=status)
    submission = send(ask(locales=["xx-XX"]), panjaya)
    assert (submission.status, submission.asset.status) == (Status.REFUSED, Step.REFUSED)
    assert "locale" in submission.asset.error_message.lower()


@pytest.mark.parametrize(
    "name", ["x" * 255, "🎬 " * 80, "\u202eمقطع فيديو قصير جدا " * 12, "", 'q"uo\\te\r\n'], ids=range(5)
)
def test_a_lost_asset_of_any_name_is_found(ask: Ask, sandbox: SandboxProcess, panjaya: Provider, name: str) -> None:
    sandbox.fault("create", "cut_after")
    submission = send(ask(name=name), panjaya)
    assert [reconcile(submission, panjaya).remote_id] == made(sandbox)


@pytest.mark.parametrize("envelope", ["items", "assets", "results", "data", "bare"])
def test_a_lost_asset_is_found_on_any_page_of_any_list(
    ask: Ask, sandbox: SandboxProcess, panjaya: Provider, envelope: str
) -> None:
    sandbox.control("shapes", list_envelope=envelope)
    sandbox.fault("create", "cut_after")
    lost = send(ask(), panjaya)
    for _ in range(3):
        send(ask(), panjaya)
    assert reconcile(lost, panjaya).remote_id == made(sandbox)[0]


@pytest.mark.parametrize("kind", ["cut_after", "cut_before"])
def test_a_lost_addition_adds_each_language_once(
    project: Project, user: User, sandbox: SandboxProcess, panjaya: Provider, kind: str, source: Upload
) -> None:
    asset = send(make_wish(project, user, source=source), panjaya).asset
    sandbox.fault("add_languages", kind)
    targets = [TargetText("fr-FR"), TargetText("de-DE")]
    submission = reconcile_for_good(send(submit.add_locales(asset, targets, user)[0], panjaya), panjaya)
    for again in asset.submissions.filter(status=Status.READY):
        send(again, panjaya)
    added = [locale for entry in sandbox.ledger() for locale in entry["locales"]]
    assert sorted(added) == ["de-DE", "es-ES", "fr-FR"]
    assert fresh(submission).status == (Status.ACCEPTED if kind == "cut_after" else Status.ABANDONED)


def test_an_asset_named_by_its_callback_is_bound_without_any_list(
    ask: Ask, sandbox: SandboxProcess, panjaya: Provider
) -> None:
    sandbox.fault("create", "cut_after")
    submission = send(ask(), panjaya)
    outcomes.name_candidate(submission, made(sandbox)[0])
    assert reconcile(submission, panjaya).status == Status.ACCEPTED
    assert "list_assets" not in sandbox.stats()


def test_no_second_host_ever_sees_the_request(ask: Ask, sandbox: SandboxProcess, panjaya: Provider) -> None:
    with SandboxProcess(api_key=sandbox.api_key) as elsewhere:
        sandbox.fault("create", "redirect", status=307, location=f"{elsewhere.url}/v1/assets/")
        send(ask(), panjaya)
        assert elsewhere.stats() == {}


def test_an_upload_continues_as_long_as_its_lease_is_ours(
    project: Project, user: User, source: Upload, sandbox: SandboxProcess, panjaya: Provider
) -> None:
    submission = make_wish(project, user, source=source)
    touch(submission, tries=3)
    assert send(submission, panjaya).tries == 4
    assert len(made(sandbox)) == 1
