"""A provider that takes one locale per job: each language has its own intention, outcome, retry and cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core import signing
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from dubbing import tasks
from dubbing.drafts.fields import AssetFields, TargetText
from dubbing.models import Asset, Event, Project, Result, Submission, Upload, Version
from dubbing.platform import backoff, storage
from dubbing.platform.errors import NotPossible
from dubbing.providers import all_names, capabilities, open_provider
from dubbing.submissions import reconciliation, submit
from dubbing.sync import sync_asset
from dubbing.uploads import signed_links
from tests.support import rows
from tests.support.http_server import Server
from tests.support.journey import fresh, touch
from tests.support.people import People
from tests.support.rows import make_upload
from tests.support.sandbox import SandboxProcess
from tests.support.several import dubbings, of, order, outcomes, work, work_until

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("trusting")]
Step, Status = Asset.Status, Submission.Status
Order = Callable[..., Asset]
FIVE = ("es-ES", "fr-FR", "it-IT", "pt-BR", "ja-JP")


@pytest.fixture
def source(film: Path, user: User) -> Upload:
    return make_upload(user, content=film.read_bytes(), duration=2.0)


@pytest.fixture
def lab(sandbox: SandboxProcess, settings: Settings, film: Path) -> Iterator[SandboxProcess]:
    """A provider that keeps to one locale, and a public address of ours for it."""
    settings.MODELSLAB_API_URL, settings.MODELSLAB_API_KEY = sandbox.modelslab_url, sandbox.api_key
    with Server(lambda request: request.answer(200, film.read_bytes())) as server:
        settings.PORTAL_URL = server.url
        yield sandbox


@pytest.fixture
def ask(project: Project, user: User, source: Upload, lab: SandboxProcess) -> Order:
    return lambda **fields: order(project, user, "modelslab", **({"source": source} | fields))


def paid(lab: SandboxProcess) -> list[str]:
    return sorted(entry["output_lang"] for entry in lab.ledger())


def refuse(lab: SandboxProcess, *passed: int, times: int = 1) -> None:
    """The next request is refused; ``passed``: after so many others."""
    body = {"status": "error", "message": "no voice for it"}
    rule = {"skip": passed[0]} if passed else {}
    lab.fault("modelslab_create", "respond", times=times, status=400, body=body, rule=rule)


def test_five_languages_are_five_requests_each_with_an_outcome_of_its_own(ask: Order, lab: SandboxProcess) -> None:
    asset = ask(locales=FIVE)
    assert [one.locales for one in asset.submissions.all()] == [[code] for code in FIVE]
    assert len({one.reference for one in asset.submissions.all()}) == 5
    refuse(lab, 1)
    lab.control("modelslab", webhook="never")
    lab.fault("modelslab_create", "cut_after", rule={"skip": 2})
    work(asset)
    assert sorted(outcomes(asset).values()) == ["accepted", "accepted", "accepted", "refused", "unknown"]
    assert work(asset, rounds=4).status == Step.DUBBING  # one of them is still being looked for
    assert sorted(dubbings(asset).values()) == ["completed", "completed", "completed", "pending", "refused"]
    assert len(paid(lab)) == 4


def test_one_that_is_refused_leaves_the_others_alone(ask: Order, lab: SandboxProcess, user: User) -> None:
    refuse(lab, 1)
    asset = work_until(ask(), Step.PARTLY_DONE)
    assert dubbings(asset) == {"es-ES": "completed", "fr-FR": "refused", "it-IT": "completed"}
    assert asset.dubbings.get(locale="fr-FR").error_message == "no voice for it"
    assert paid(lab) == ["es", "it"]
    (again,) = submit.send_missing(asset, user)
    assert again.locales == ["fr-FR"]
    assert work_until(asset, Step.COMPLETED).error_code == ""
    assert paid(lab) == ["es", "fr", "it"]


def test_the_last_one_refused_after_the_others_are_done_ends_partly_done(ask: Order, lab: SandboxProcess) -> None:
    asset = ask()
    late = of(asset, "it-IT")
    touch(late, next_at=timezone.now() + timedelta(hours=1))
    for _ in range(8):
        for submission in asset.submissions.exclude(pk=late.pk):
            tasks.submit.run(submission.pk)
        Asset.objects.filter(pk=asset.pk).exclude(next_poll_at=None).update(next_poll_at=timezone.now())
        for item in tasks.due(asset=asset):
            item.task.run(item.pk)
    assert (fresh(asset).status, dubbings(asset)["es-ES"]) == (Step.DUBBING, "completed")
    refuse(lab)
    assert work_until(asset, Step.PARTLY_DONE).error_code == ""


def test_an_asset_whose_every_language_was_refused_can_be_changed_and_sent_again(
    ask: Order, lab: SandboxProcess, user: User, source: Upload
) -> None:
    refuse(lab, times=3)
    asset = work(ask())
    assert (asset.status, asset.error_message, set(outcomes(asset).values())) == (
        Step.REFUSED,
        "no voice for it",
        {Status.REFUSED},
    )
    targets = (TargetText("fr-FR"), TargetText("hi-IN"))
    with pytest.raises(NotPossible):
        submit.send_missing(asset, user)
    fields = AssetFields(name="Once more", source_locale="en-US", targets=targets, source=source)
    submit.submit(asset, fields, user)
    assert work_until(asset, Step.COMPLETED).error_code == ""
    assert (paid(lab), sorted(dubbings(asset))) == (["fr", "hi"], ["fr-FR", "hi-IN"])


def test_the_missing_ones_are_sent_once_however_often_somebody_asks(
    ask: Order, lab: SandboxProcess, user: User
) -> None:
    for language in (" fr", " pt"):
        lab.fault("modelslab_outcome", "fail", rule={"contains": language}, message="no speech")
    asset = work_until(ask(locales=FIVE), Step.PARTLY_DONE)
    failed = sorted(asset.dubbings.filter(status="failed").values_list("locale", flat=True))
    assert failed == ["fr-FR", "pt-BR"]
    made = submit.send_missing(asset, user)
    assert sorted(one.locale for one in made) == failed
    with pytest.raises(NotPossible):
        submit.send_missing(fresh(asset), user)
    assert fresh(asset).late_at > timezone.now()  # type: ignore[operator]
    work_until(asset, Step.COMPLETED)
    assert len(paid(lab)) == 7
    assert len([one for one in paid(lab) if paid(lab).count(one) == 2]) == 4


def test_a_sync_of_the_old_jobs_does_not_undo_sending_the_missing_ones(
    ask: Order, lab: SandboxProcess, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.fault("modelslab_outcome", "fail", rule={"contains": " fr"}, message="no speech")
    asset = work_until(ask(), Step.PARTLY_DONE)
    provider = open_provider("modelslab")
    ask_for = type(provider).fetch_version
    pressed: list[Any] = []

    def slow(self: Any, remote_id: str) -> Any:
        has_callbacks = ask_for(self, remote_id)
        if not pressed:
            pressed.append(submit.send_missing(asset, user))
        return has_callbacks

    monkeypatch.setattr(type(provider), "fetch_version", slow)
    Asset.objects.mark(asset.pk)
    sync_asset(asset.pk, provider=provider, cause="test")
    assert (fresh(asset).status, dubbings(asset)["fr-FR"]) == (Step.DUBBING, "pending")
    sync_asset(asset.pk, provider=provider, cause="test")
    assert (fresh(asset).status, dubbings(asset)["fr-FR"]) == (Step.DUBBING, "pending")
    work_until(asset, Step.COMPLETED)
    assert paid(lab) == ["es", "fr", "fr", "it"]


def test_languages_can_be_added_later_and_one_that_was_refused_stays_to_be_seen(
    ask: Order, lab: SandboxProcess, user: User
) -> None:
    refuse(lab, 1)
    asset = work_until(ask(locales=("es-ES", "fr-FR")), Step.PARTLY_DONE)
    submit.add_locales(asset, [TargetText("it-IT"), TargetText("hi-IN")], user)
    work_until(asset, Step.PARTLY_DONE)
    assert dubbings(asset) == {
        "es-ES": "completed",
        "fr-FR": "refused",
        "it-IT": "completed",
        "hi-IN": "completed",
    }
    with pytest.raises(NotPossible):
        submit.add_locales(asset, [TargetText("it-IT")], user)
    submit.add_locales(asset, [TargetText("fr-FR")], user)
    work_until(asset, Step.COMPLETED)
    assert paid(lab) == ["es", "fr", "hi", "it"]


def test_one_job_that_cannot_be_read_does_not_stop_the_others(ask: Order, lab: SandboxProcess) -> None:
    lab.control("modelslab", progress="looks:9")
    asset = work(ask())
    stuck = of(asset, "fr-FR").remote_id
    lab.fault("modelslab_fetch", "respond", times=-1, rule={"contains": stuck}, status=500)
    work(asset, rounds=12)
    assert dubbings(asset)["fr-FR"] in ("preparing", "generating")
    assert {dubbings(asset)["es-ES"], dubbings(asset)["it-IT"]} == {"completed"}
    lab.control("faults", method="DELETE")
    work_until(asset, Step.COMPLETED)


def test_a_job_named_for_one_language_cannot_be_that_of_another(ask: Order, lab: SandboxProcess) -> None:
    lab.fault("modelslab_create", "cut_after")
    lab.control("modelslab", webhook="never")
    asset = work(ask(locales=("es-ES", "fr-FR")))
    lost, other = asset.submissions.get(status=Status.UNKNOWN), asset.submissions.get(status=Status.ACCEPTED)
    touch(lost, candidate_id=other.remote_id)
    work(asset, rounds=3)
    assert (fresh(lost).status, fresh(lost).candidate_id, fresh(lost).needs_person) == (Status.UNKNOWN, "", False)
    assert fresh(other).remote_id == Version.objects.get().remote_id


def test_a_job_found_late_for_a_language_that_nobody_wants_any_more_is_only_shown(
    ask: Order, lab: SandboxProcess, user: User
) -> None:
    lab.control("modelslab", webhook="never")
    lab.fault("modelslab_create", "cut_after")
    asset = work(ask(locales=("es-ES",)))
    lost = asset.submissions.get()
    found = next(one for one in lab.control("modelslab/jobs", method="GET"))
    touch(lost, status=Status.ABANDONED, candidate_id=found["job_id"])
    asset.dubbings.update(locale="fr-FR")
    for _ in range(20):
        touch(lost, next_at=timezone.now())
        reconciliation.reconcile_submission(lost.pk, provider=open_provider("modelslab"))
        if fresh(lost).status != Status.ABANDONED:
            break
    assert (fresh(lost).status, fresh(lost).remote_id) == (Status.DUPLICATE, found["job_id"])
    assert Event.objects.filter(asset=asset, kind=Event.Kind.DUPLICATE).exists()


def test_a_provider_without_callbacks_is_polled_sooner_and_at_least_once_a_minute() -> None:
    for name in all_names():
        has_callbacks = capabilities(name).promises_callbacks
        pauses = [backoff.next_poll(looks, has_callbacks=has_callbacks).total_seconds() for looks in range(12)]
        assert (pauses[0] <= 6, pauses[-1] <= 72) == (not has_callbacks, not has_callbacks)
        assert has_callbacks is (name == "panjaya")


# --- the signed link -------------------------------------------------------------------------------------------------


@pytest.fixture
def request_for(source: Upload, people: People) -> Submission:
    asset = rows.make_asset(people.project, people.editor, source=source, locales=["es-ES", "fr-FR"])
    return rows.make_submission(asset, status="accepted", locales=["es-ES"])


@pytest.fixture
def path(source: Upload, request_for: Submission, settings: Settings) -> str:
    settings.PORTAL_URL = "https://portal.example.com"
    return signed_links.source_link(request_for, source).removeprefix("https://portal.example.com")


def test_a_signed_link_gives_the_source_and_its_parts_to_whoever_has_it(
    client: Client, path: str, source: Upload
) -> None:
    film = storage.path(source.key).read_bytes()
    whole = client.get(path)
    assert (whole.status_code, b"".join(whole)) == (200, film)
    part = client.get(path, headers={"Range": "bytes=100-199"})
    assert (part.status_code, b"".join(part)) == (206, film[100:200])
    tail = client.get(path, headers={"Range": "bytes=-10"})
    assert b"".join(tail) == film[-10:]
    assert client.head(path).headers["Content-Length"] == str(len(film))
    assert client.get(path, headers={"Range": f"bytes={len(film)}-"}).status_code == 416


def test_a_signed_link_ends(client: Client, path: str) -> None:
    for hours, status in ((47.9, 200), (48.1, 404), (9000, 404)):
        with time_machine.travel(timezone.now() + timedelta(hours=hours)):
            answer = client.head(path)
            assert answer.status_code == status


@pytest.mark.parametrize(("status", "answer"), [("ready", 200), ("sending", 200), ("unknown", 200), ("accepted", 200),
    ("refused", 404), ("abandoned", 404), ("duplicate", 404), ("superseded", 404)])  # fmt: skip
def test_a_signed_link_ends_with_its_request(
    client: Client, path: str, request_for: Submission, status: str, answer: int
) -> None:
    Submission.objects.filter(pk=request_for.pk).update(status=status)
    assert client.head(path).status_code == answer


@pytest.mark.parametrize(
    ("status", "answer"), [("preparing", 200), ("ready", 200), ("completed", 404), ("failed", 404)]
)
def test_a_signed_link_ends_with_the_language_that_it_is_for(
    client: Client, path: str, request_for: Submission, status: str, answer: int
) -> None:
    request_for.asset.dubbings.filter(locale="es-ES").update(status=status)
    assert client.head(path).status_code == answer


def test_a_signed_link_ends_when_the_asset_has_another_source_or_is_gone(
    client: Client, path: str, request_for: Submission, user: User
) -> None:
    Asset.objects.filter(pk=request_for.asset_id).update(source=rows.make_upload(user))
    assert client.head(path).status_code == 404


def _with_another_end(text: str) -> str:
    return text[:-1] + ("A" if text[-1] != "A" else "B")


def test_a_signed_link_is_good_for_one_file_and_nothing_else(client: Client, path: str, source: Upload) -> None:
    signed = path.split("/")[2]
    pk, stamp, signature = signed.split(":")
    submission = pk.split(".")[1]
    other = signing.TimestampSigner(salt="something else").sign(source.pk.hex)
    wrong = [
        f"{'0' * 32}.{submission}:{stamp}:{signature}",
        f"{source.pk.hex}.{int(submission) + 1}:{stamp}:{signature}",
        f"{source.pk.hex}:{stamp}:{signature}",
        f"{pk}:{_with_another_end(stamp)}:{signature}",
        f"{pk}:{stamp}:{_with_another_end(signature)}",
        f"{pk}:{signature}",
        pk,
        other,
        signing.TimestampSigner().sign(source.pk.hex),
    ]
    for text in wrong:
        assert client.head(path.replace(signed, text)).status_code == 404
    assert client.post(path).status_code == 405
    assert client.get(f"/uploads/{source.pk}/").status_code == 401
    Upload.objects.filter(pk=source.pk).update(status=Upload.Status.REFUSED)
    assert client.head(path).status_code == 404


def test_a_link_to_a_file_that_is_gone_is_not_found(client: Client, path: str, source: Upload) -> None:
    storage.path(source.key).unlink()
    assert client.get(path).status_code == 404
    assert not Result.objects.exists()
