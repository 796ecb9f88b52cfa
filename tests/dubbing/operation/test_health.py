"""Each health line says what is wrong and what to do, and nothing while all is well."""

from __future__ import annotations

import io
import shutil
import socket
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from pytest_django import Settings

from dubbing import tasks
from dubbing.models import (
    AccessCheck,
    Asset,
    Callback,
    ConsistencyCheck,
    Hold,
    Mail,
    Process,
    Submission,
    Upload,
    Version,
)
from dubbing.operation import database, health, waiting_work
from dubbing.operation.health_lines import HealthLine, State
from dubbing.platform import health_messages
from tests.support.buckets import BucketService, Door
from tests.support.operators import make_check, make_process, make_well
from tests.support.people import People
from tests.support.rows import make_asset, make_dubbing, make_submission, make_upload, make_version

pytestmark = pytest.mark.django_db
GOOD, WARNING, PROBLEM, UNKNOWN = State.GOOD, State.WARNING, State.PROBLEM, State.UNKNOWN


@pytest.fixture(autouse=True)
def _well(settings: Settings, db: None) -> None:
    settings.PORTAL_URL, settings.PANJAYA_API_URL = "https://portal.example.com", "https://api.panjaya.ai"
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", "mail.example.com"
    make_well(settings)


def lines() -> dict[str, HealthLine]:
    return {line.key: line for line in health.lines_of(health.read_groups())}


def state_and_problem(key: str) -> tuple[State, str]:
    line = lines()[key]
    return line.state, line.problem


def ago(**age: float) -> Any:
    return timezone.now() - timedelta(**age)


def test_nothing_is_wrong_with_a_portal_that_is_well() -> None:
    assert {key: line.state for key, line in lines().items() if line.state is not GOOD} == {"callbacks": UNKNOWN}


def test_every_line_has_a_name_and_every_problem_a_meaning_and_a_remedy() -> None:
    assert all(line.name != line.key for line in lines().values())
    for problem in health_messages.all_problems():
        message = health_messages.message_of(problem)
        assert message.meaning
        assert message.remedy


# --- the command


def run_command() -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command("health", stdout=out)
    except SystemExit as left:
        return int(left.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_the_command_prints_every_line_and_succeeds_without_a_problem() -> None:
    status, text = run_command()
    assert status == 0
    assert len(text.splitlines()) == len(lines())


def test_the_command_says_what_to_do_and_fails_with_a_problem() -> None:
    Process.objects.filter(kind="beat").delete()
    status, text = run_command()
    assert status == 1
    assert "Problem    Scheduler (beat)                   none" in text
    assert "Start a scheduler (beat), and read the end of its log" in text


def test_the_command_says_so_when_the_database_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OperationalError("could not connect")

    monkeypatch.setattr(database, "read_time", refuse)
    status, text = run_command()
    assert status == 1
    assert "Start the database, or correct DATABASE_URL." in text
    assert "Storage" in text


# --- what runs


def test_a_migration_that_is_missing_is_a_problem() -> None:
    newest = MigrationRecorder.Migration.objects.filter(app="dubbing").latest("name")
    newest.delete()
    line = lines()["schema"]
    assert (line.state, line.problem) == (PROBLEM, "schema_behind")
    assert newest.name in line.figure


def test_a_migration_of_a_newer_version_is_a_problem() -> None:
    MigrationRecorder(connection).record_applied("dubbing", "9999_from_the_future")
    assert state_and_problem("schema") == (PROBLEM, "schema_ahead")


def test_a_portal_that_went_through_every_single_migration_is_up_to_date() -> None:
    recorder = MigrationRecorder(connection)
    for squashed, parts in database.migrations_of_code()[1].items():
        recorder.record_unapplied(*squashed)
        for part in parts:
            recorder.record_applied(*part)
    assert state_and_problem("schema") == (GOOD, "")


def test_a_broker_that_accepts_connections_and_never_answers_is_noticed_in_bounded_time(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        assert state_and_problem("broker") == (PROBLEM, "broker_down")


def test_a_broker_that_refuses_connections_is_a_problem(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    settings.CELERY_BROKER_URL = f"redis://:a-s3cret-password@127.0.0.1:{port}/0"
    line = lines()["broker"]
    assert (line.state, line.problem) == (PROBLEM, "broker_down")
    assert "s3cret" not in line.figure


def test_a_rabbitmq_that_never_answers_is_noticed_in_bounded_time(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.CELERY_BROKER_URL = f"amqp://127.0.0.1:{silent.getsockname()[1]}//"
        settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"confirm_publish": True}
        assert state_and_problem("broker") == (PROBLEM, "broker_down")


def test_a_redis_beside_the_broker_that_does_not_answer_is_shown(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    assert state_and_problem("limits") == (GOOD, "")  # what tests have in its place
    redis = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": settings.REDIS_URL}
    settings.CACHES = settings.CACHES | {"shared": redis}
    assert state_and_problem("limits") == (WARNING, "limits_apart")


def test_a_redis_that_is_the_broker_has_one_line(settings: Settings) -> None:
    settings.REDIS_URL = settings.CELERY_BROKER_URL = "redis://127.0.0.1:9/0"
    assert "limits" not in lines()


@pytest.mark.parametrize("kind", ["worker", "beat"])
def test_without_a_living_process_of_a_kind_there_is_a_problem(kind: str) -> None:
    make_process(kind, seen_at=ago(minutes=2))
    assert state_and_problem(kind) == (PROBLEM, f"{kind}_none")
    assert "none; last sign of life 2 min" in lines()[kind].figure


def test_a_killed_process_beside_a_living_one_is_named() -> None:
    make_process("worker", host="machine-2", pid=4711, seen_at=ago(minutes=2))
    assert state_and_problem("worker") == (WARNING, "worker_silent")
    assert "machine-2:4711" in lines()["worker"].figure


def test_several_workers_and_two_schedulers_are_normal() -> None:
    make_process("beat", host="machine-2")
    for pid in range(3):
        make_process("worker", host="machine-2", pid=pid + 1)
    assert {key: lines()[key].state for key in ("worker", "beat")} == {"worker": GOOD, "beat": GOOD}
    assert lines()["worker"].figure.startswith("4, ")


def test_a_clock_that_differs_from_the_databases_is_named_with_its_machine() -> None:
    make_process("worker", host="machine-2", clock_offset=-20.0)
    line = lines()["clock"]
    assert (line.state, line.problem) == (PROBLEM, "clock_off")
    assert line.figure == "worker machine-2: 20 s behind the database"


def test_neither_clock_nor_version_of_a_process_that_is_gone_matter() -> None:
    make_process("worker", pid=8, clock_offset=-20.0, version="0.0.9", seen_at=ago(minutes=2))
    assert (lines()["clock"].state, lines()["versions"].state) == (GOOD, GOOD)


def test_a_process_of_another_version_is_named() -> None:
    make_process("worker", host="machine-2", version="0.0.9")
    assert state_and_problem("versions") == (WARNING, "versions_mixed")
    assert "worker machine-2: 0.0.9" in lines()["versions"].figure


# --- work that is due


def due_submission(people: People, moment: Any) -> None:
    make_submission(make_asset(people.project, people.owner, status="submitting"), status="ready", next_at=moment)


def due_sync(people: People, moment: Any) -> None:
    make_asset(people.project, people.owner, next_poll_at=moment)


def due_keep(people: People, moment: Any) -> None:
    dubbing = make_dubbing(make_asset(people.project, people.owner, locales=[]))
    make_version(dubbing, keep=Version.Keep.WAITING, next_keep_at=moment)


def due_verification(people: People, moment: Any) -> None:
    upload = make_upload(people.owner)
    Upload.objects.filter(pk=upload.pk).update(status=Upload.Status.ARRIVED, next_at=moment)


def due_mail(people: People, moment: Any) -> None:
    Mail.objects.create(recipient=people.owner, rhythm="soon", next_at=moment)


def due_callback(people: People, moment: Any) -> None:
    submission = make_submission(make_asset(people.project, people.owner), status="accepted")
    Callback.objects.create(submission=submission, body=b"{}", sha256="a" * 64, last_received_at=moment)


DUE: dict[str, Callable[[People, Any], None]] = {
    "submit": due_submission,
    "sync": due_sync,
    "keep": due_keep,
    "verify": due_verification,
    "send_mail": due_mail,
    "callbacks_waiting": due_callback,
}


def make_older(**age: float) -> None:
    columns = {Submission: "next_at", Asset: "next_poll_at", Version: "next_keep_at", Upload: "next_at"}
    for model, column in (columns | {Mail: "next_at", Callback: "last_received_at"}).items():
        model._default_manager.exclude(**{column: None}).update(**{column: ago(**age)})


@pytest.mark.parametrize("kind", DUE)
def test_work_is_well_at_first_then_late_and_then_a_problem(kind: str, people: People) -> None:
    DUE[kind](people, ago(seconds=20))
    assert state_and_problem(kind) == (GOOD, "")
    assert "1 due, the oldest for 20" in lines()[kind].figure
    make_older(minutes=5)
    assert state_and_problem(kind) == (WARNING, "due_late")
    make_older(minutes=20)
    assert state_and_problem(kind) == (PROBLEM, "due_stopped")


def test_every_kind_that_the_sweep_takes_has_a_line() -> None:
    kinds = {each.kind for each in tasks.due_rows()} | set(waiting_work.EVENTS)
    assert kinds <= lines().keys()


def test_requests_that_need_a_person_are_counted(people: People) -> None:
    asset = make_asset(people.project, people.owner, status="unconfirmed")
    make_submission(asset, status="unknown", needs_person=True)
    assert state_and_problem("decisions") == (WARNING, "decisions")
    assert lines()["decisions"].figure == "1 request"


# --- consistency


@pytest.mark.parametrize(
    ("values", "state", "problem"),
    [
        ({}, GOOD, ""),
        ({"violations": 2, "findings": "DUB-1 is bound to nothing.\nDUB-2 is."}, PROBLEM, "consistency"),
        ({"doubts": 1, "findings": "panjaya 17 matches nothing here."}, WARNING, "consistency_doubts"),
        ({"checked_at": timezone.now() - timedelta(days=3)}, WARNING, "consistency_late"),
    ],
)
def test_the_last_consistency_check_has_a_line(values: dict[str, Any], state: State, problem: str) -> None:
    ConsistencyCheck.objects.all().delete()
    assert state_and_problem("consistency") == (UNKNOWN, "")
    ConsistencyCheck.objects.create(violations=2, doubts=2, checked_at=timezone.now() - timedelta(days=4))
    ConsistencyCheck.objects.create(**{"violations": 0, "doubts": 0} | values)
    assert state_and_problem("consistency") == (state, problem)
    assert str(values.get("findings", "")).partition("\n")[0] in lines()["consistency"].figure


# --- files


def test_a_folder_that_cannot_be_written_is_a_problem(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "a file").touch()
    settings.MEDIA_ROOT = tmp_path / "a file" / "media"
    assert state_and_problem("storage") == (PROBLEM, "storage_unwritable")


def test_a_bucket_that_is_read_only_is_a_problem_until_it_is_not(
    settings: Settings, bucket: str, bucket_service: BucketService
) -> None:
    with Door(bucket_service) as door:
        settings.S3_ENDPOINT_URL, door.is_read_only = door.url, True
        assert state_and_problem("bucket") == (PROBLEM, "bucket")
        assert "403" in lines()["bucket"].figure
        door.is_read_only = False
        assert lines()["bucket"].state is GOOD


def test_without_a_bucket_there_is_no_line_about_one() -> None:
    assert "bucket" not in lines()


@pytest.mark.parametrize(("share", "expected"), [(1.5, PROBLEM), (0.5, WARNING), (0.1, GOOD)])
def test_free_space_is_held_against_the_low_water_mark(settings: Settings, share: float, expected: State) -> None:
    settings.MEDIA_ROOT.mkdir(parents=True)
    from_disk = shutil.disk_usage(settings.MEDIA_ROOT).free
    settings.DISK_LOW_WATER_BYTES = int(from_disk * share)
    assert lines()["disk"].state is expected


# --- others


@pytest.mark.parametrize(
    ("reason", "expected"), [("key", PROBLEM), ("account", PROBLEM), ("down", PROBLEM), ("throttled", WARNING)]
)
def test_a_provider_on_hold_says_since_when_and_why(reason: str, expected: State) -> None:
    Hold.objects.put("panjaya", reason, "their words")
    line = lines()["provider:panjaya"]
    assert line.state is expected
    assert line.figure.endswith(str(Hold.Reason(reason).label))


def test_a_provider_without_a_free_call_is_not_known(settings: Settings) -> None:
    settings.VOICECHANGER_API_URL, settings.VOICECHANGER_API_KEY = "https://voice.example.com", "key"
    assert lines()["provider:voicechanger"].state is UNKNOWN


def test_an_address_that_providers_cannot_call_is_named(settings: Settings) -> None:
    settings.PORTAL_URL = "http://localhost:8000"
    assert state_and_problem("address") == (WARNING, "address_private")


def test_an_address_that_we_cannot_reach_is_a_problem_unless_callbacks_arrive(people: People) -> None:
    make_check_again("portal", outcome="down", problem="ConnectError")
    assert state_and_problem("address") == (PROBLEM, "address_unreachable")
    due_callback(people, ago(hours=2))
    assert state_and_problem("address") == (WARNING, "address_doubtful")


def make_check_again(subject: str, **values: Any) -> None:
    AccessCheck.objects.filter(subject=subject).delete()
    make_check(subject, **values)


def test_accepted_videos_without_any_callback_are_noticed(people: People) -> None:
    for _ in range(3):
        asset = make_asset(people.project, people.owner)
        submission = make_submission(asset, status="accepted", sent_at=ago(hours=2))
    assert state_and_problem("callbacks") == (WARNING, "callbacks_missing")
    Callback.objects.create(submission=submission, body=b"{}", sha256="a" * 64, last_received_at=ago(minutes=1))
    assert state_and_problem("callbacks") == (GOOD, "")


def test_emails_that_nobody_accepts_become_a_problem(people: People) -> None:
    values = {"recipient": people.owner, "rhythm": "soon", "next_at": timezone.now() + timedelta(minutes=5)}
    mail = Mail.objects.create(status="closed", tries=3, problem="535 wrong password", **values)
    assert lines()["mail"].state is GOOD
    for age, expected in ((20, WARNING), (90, PROBLEM)):
        Mail.objects.filter(pk=mail.pk).update(made_at=ago(minutes=age))
        assert (lines()["mail"].state, "535 wrong password" in lines()["mail"].figure) == (expected, True)


def test_reading_the_lines_takes_a_fixed_number_of_queries(people: People, django_assert_max_num_queries: Any) -> None:
    for _ in range(3):
        due_submission(people, ago(minutes=1))
        due_sync(people, ago(minutes=1))
    with django_assert_max_num_queries(60):
        health.read_groups()
