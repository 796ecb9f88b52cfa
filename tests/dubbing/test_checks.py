"""A wrong configuration says what to set, and nothing starts with it."""

from __future__ import annotations

import os
import platform
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection
from pytest_django import Settings

from dubbing import checks
from tests.support.buckets import BucketService, Door, contents
from tests.support.signing import Signer
from tests.support.taken_over import python_taken_over, refuse_calls

ROOT = Path(__file__).resolve().parents[2]


def error_ids() -> set[str | None]:
    return {message.id for message in checks.configuration()}


@pytest.fixture(autouse=True)
def _good(settings: Settings) -> None:
    settings.PANJAYA_API_URL, settings.PANJAYA_API_KEY = "https://api.panjaya.ai", "panjaya-abcdefgh"
    settings.PANJAYA_PUBLIC_KEY = ""


def test_a_good_configuration_has_no_findings() -> None:
    assert error_ids() == set()


@pytest.mark.parametrize(
    ("name", "value", "number"),
    [
        ("SECRET_KEY", "", "E001"),
        ("REDIS_URL", "redis:6379", "E046"),
        ("REDIS_URL", "amqp://rabbitmq//", "E046"),
        ("WEIGHT_NO_LIPS", 0.0, "E020"),
        ("WEIGHT_REAL_FACE", -1.0, "E020"),
        ("WEIGHT_REAL_FACE_TURBO", float("nan"), "E020"),
        ("WEIGHT_REAL_FACE", 101.0, "E020"),
        ("PROJECTS_PER_HOUR", 0, "E007"),
        ("NEW_PROJECT_MINUTES", -1, "E021"),
        ("ORGANISATION_MINUTES", -1, "E021"),
        ("PANJAYA_API_KEY", "", "E002"),
        ("PANJAYA_API_KEY", "  ", "E002"),
        ("PANJAYA_API_URL", "", "E003"),
        ("PANJAYA_API_URL", "api.panjaya.ai", "E003"),
        ("PANJAYA_API_URL", "ftp://api.panjaya.ai", "E003"),
        ("PANJAYA_API_URL", "https://user:pass@api.panjaya.ai", "E003"),
        ("PANJAYA_API_URL", "http://[", "E003"),
        ("PANJAYA_API_URL", "http://api.panjaya.ai", "E008"),
        ("PANJAYA_API_KEY", "two words", "E008"),
        ("PANJAYA_API_KEY", "panjaya-", "E008"),
        ("PANJAYA_PUBLIC_KEY", "/no/such/file.pem", "E004"),
        ("PANJAYA_PUBLIC_KEY", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "E004"),
        ("PORTAL_URL", "dubbing.example.com", "E005"),
        ("PORTAL_URL", "http://[", "E005"),
        ("MEDIA_ROOT", Path("/proc/media"), "E006"),
        ("SETTLE_SECONDS", 0, "E007"),
        ("POLL_FIRST_SECONDS", -1, "E007"),
        ("LEASE_SECONDS", 0, "E007"),
        ("NOTICE_MAIL_SECONDS", 0, "E007"),
        ("NOTICE_DAILY_HOUR", 24, "E025"),
        ("UPLOAD_MAX_BYTES", 0, "E007"),
        ("OIDC_ISSUER", "login.example.com", "E033"),
        ("OIDC_ISSUER", "http://login.example.com", "E033"),
        ("OIDC_ISSUER", "https://login.example.com", "E034"),
        ("OIDC_CLIENT_ID", "dubbing-portal", "E033"),
        ("PASSWORD_SIGN_IN", False, "E036"),
        ("STORAGE", "nfs", "E041"),
        ("STORAGE", "s3", "E041"),
    ],
)
def test_a_wrong_value_is_named_with_what_to_set(settings: Settings, name: str, value: Any, number: str) -> None:
    setattr(settings, name, value)
    assert error_ids() == {f"dubbing.{number}"}
    (message,) = checks.configuration()
    assert name in f"{message.msg} {message.hint}"


@pytest.mark.parametrize(
    ("name", "value", "number"),
    [
        ("S3_ENDPOINT_URL", "s3.example.com", "E042"),
        ("S3_ENDPOINT_URL", "https://s3.example.com/films", "E042"),
        ("PORTAL_URL", "https://dubbing.example.com", "E042"),
        ("S3_SECRET_ACCESS_KEY", "", "E043"),
    ],
)
def test_wrong_settings_of_a_bucket_are_named(
    settings: Settings, bucket: str, name: str, value: str, number: str
) -> None:
    assert error_ids() == set()
    setattr(settings, name, value)
    assert error_ids() == {f"dubbing.{number}"}


def refused() -> tuple[str, str]:
    """Why nothing starts, and what to do."""
    (message,) = checks.bucket_access()
    return message.msg, message.hint or ""


def test_a_bucket_that_cannot_be_used_stops_the_start_with_the_reason(
    settings: Settings, bucket: str, bucket_service: BucketService
) -> None:
    assert checks.bucket_access() == []
    assert contents(bucket_service, bucket) == {}
    settings.S3_BUCKET = "no-such-bucket"
    message, hint = refused()
    assert "no-such-bucket" in message
    assert "Create the bucket" in hint
    settings.S3_BUCKET = bucket
    with Door(bucket_service) as door:
        settings.S3_ENDPOINT_URL, door.is_read_only = door.url, True
        message, hint = refused()
        assert message.endswith("could not write to the bucket: 403 AccessDenied.")
        assert "write and delete objects" in hint


@pytest.mark.parametrize("name", ["S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"])
def test_a_wrong_key_of_the_bucket_stops_the_start(settings: Settings, bucket: str, name: str) -> None:
    setattr(settings, name, "another-key")
    message, hint = refused()
    assert "403" in message
    assert "another-key" not in message
    assert name in hint


def test_a_bucket_that_is_down_only_warns(settings: Settings, bucket: str) -> None:
    settings.S3_ENDPOINT_URL = "http://127.0.0.1:9"
    assert [message.id for message in checks.bucket_access()] == ["dubbing.W041"]


def test_a_password_in_an_address_is_not_printed(settings: Settings) -> None:
    settings.PANJAYA_API_URL = "https://user:s3cr3t@api.panjaya.ai"
    assert "s3cr3t" not in str(checks.configuration())


@pytest.mark.parametrize("form", ["text", "escaped", "file", "two"])
def test_a_public_key_may_be_a_text_or_a_file(settings: Settings, tmp_path: Path, form: str) -> None:
    pem = Signer().public_pem
    file = tmp_path / "key.pem"
    file.write_text(pem)
    forms = {"text": pem, "escaped": pem.replace("\n", "\\n"), "file": str(file), "two": pem + Signer().public_pem}
    settings.PANJAYA_PUBLIC_KEY = forms[form]
    assert error_ids() == set()


def test_several_processes_may_check_at_once(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    touch = Path.touch

    def touched_and_removed_by_another(self: Path) -> None:
        touch(self)
        self.unlink()

    monkeypatch.setattr(Path, "touch", touched_and_removed_by_another)
    assert error_ids() == set()


LONG_KEY = "b7Yq2ZkR9vTn4wXcE8mLs6HdJf3PgAu5QaWxVzNyKtSrBoCi1DeFhGjM"


def process_of(tmp_path: Path, *arguments: str, **given: str) -> subprocess.CompletedProcess[str]:
    """A process of its own with the usual environment."""
    environment = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), "ENV_FILE": os.devnull, "BIND": "127.0.0.1:0"}
    environment |= {"SECRET_KEY": LONG_KEY, "PANJAYA_API_KEY": "not-a-key"} | given
    environment |= {"DJANGO_SETTINGS_MODULE": "portal.settings"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("values", "numbers"),
    [
        ({}, []),
        ({"PORTAL_URL": "http://localhost:8000"}, []),
        ({"PORTAL_URL": "http://127.0.0.1:8000", "DEBUG": True, "SECRET_KEY": "short"}, []),
        ({"PORTAL_URL": "http://[::1]:8000"}, []),
        ({"PORTAL_URL": "http://portal.localhost"}, []),
        ({"PORTAL_URL": "http://192.168.7.20:8000"}, []),
        ({"PORTAL_URL": "http://portal:8000"}, []),
        ({"DEBUG": True}, ["E022"]),
        ({"DEBUG": True, "PORTAL_URL": "https://localhost"}, ["E022"]),
        ({"DEBUG": True, "PORTAL_URL": "http://dubbing.example.com"}, ["E022", "E024"]),
        ({"SECRET_KEY": "short"}, ["E023"]),
        ({"SECRET_KEY": "x" * 80}, ["E023"]),
        ({"SECRET_KEY": LONG_KEY[:49]}, ["E023"]),
        ({"SECRET_KEY": LONG_KEY[:50]}, []),
        ({"SECRET_KEY": f"django-insecure-{LONG_KEY}"}, ["E023"]),
        ({"SECRET_KEY": "short", "PORTAL_URL": "http://localhost:8000"}, ["E023"]),
        ({"RABBITMQ": True, "REDIS_URL": ""}, ["W008"]),
        ({"RABBITMQ": True, "REDIS_URL": "redis://redis:6379/0"}, []),
        ({"PORTAL_URL": "http://dubbing.example.com"}, ["E024"]),
        ({"PORTAL_URL": "http://dubbing.example.com."}, ["E024"]),
        ({"PORTAL_URL": "HTTP://dubbing.example.com"}, ["E024"]),
        ({"PORTAL_URL": "http://8.8.8.8"}, ["E024"]),
        ({"PORTAL_URL": "http://[2a02:8109::1]"}, ["E024"]),
        ({"PORTAL_URL": "http://localhost", "ALLOWED_HOSTS": ["localhost", "dubbing.example.com"]}, ["E024"]),
        ({"PORTAL_URL": "http://localhost", "ALLOWED_HOSTS": [".example.com"]}, ["E024"]),
    ],
    ids=str,
)
def test_nothing_starts_with_settings_that_expose_people(
    settings: Settings, values: dict[str, Any], numbers: list[str]
) -> None:
    usual = {"PORTAL_URL": "https://dubbing.example.com", "SECRET_KEY": LONG_KEY, "ALLOWED_HOSTS": [], "DEBUG": False}
    for name, value in (usual | values).items():
        setattr(settings, name, value)
    found = checks.start()
    assert [message.id for message in found] == [f"dubbing.{number}" for number in numbers]
    assert all(message.hint for message in found)
    assert "short" not in str(found) or "SECRET_KEY" not in values  # the key itself is not printed


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("web", {"DEBUG": "true", "PORTAL_URL": "https://dubbing.example.com"}, "Set DEBUG=false"),
        ("worker", {"SECRET_KEY": "a-short-key"}, "Set SECRET_KEY to 50 random characters"),
        ("beat", {"PORTAL_URL": "http://dubbing.example.com"}, "Set PORTAL_URL to an https address"),
        ("web", {"PANJAYA_API_KEY": ""}, "Set PANJAYA_API_KEY"),
        ("worker", {"PANJAYA_API_KEY": ""}, "Set PANJAYA_API_KEY"),
    ],
)
def test_no_process_starts_with_settings_that_expose_people(
    tmp_path: Path, name: str, given: dict[str, str], expected: str
) -> None:
    done = process_of(tmp_path, "-m", "portal.run", name, **given)
    assert done.returncode != 0
    assert expected in done.stderr


def test_in_production_the_address_is_https(settings: Settings) -> None:
    settings.PORTAL_URL = "http://dubbing.example.com"
    assert [message.id for message in checks.public_address()] == ["dubbing.W001"]
    settings.PORTAL_URL = "https://dubbing.example.com"
    assert checks.public_address() == []


def started_checks(capfd: pytest.CaptureFixture[str]) -> str:
    """What the checks print that every process runs first."""
    call_command("check", deploy=True, tags=[checks.START])
    printed = capfd.readouterr()
    return printed.out + printed.err


@pytest.fixture
def _usual(settings: Settings) -> None:
    settings.PORTAL_URL, settings.SECRET_KEY, settings.DEBUG = "https://dubbing.example.com", LONG_KEY, False
    settings.ALLOWED_HOSTS, settings.SQLITE_WAL_IS_SAFE = [], True


@pytest.mark.django_db
@pytest.mark.usefixtures("_usual")
def test_a_start_logs_in_one_line_what_the_portal_runs_on(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="dubbing.checks")
    assert "dubbing.W" not in started_checks(capfd)
    (line,) = [record.getMessage() for record in caplog.records if record.name == "dubbing.checks"]
    names = (f"Python {platform.python_version()}", connection.display_name, "FFmpeg 8.", f"Linux {platform.release()}")
    assert [name for name in names if name not in line] == []
    assert "Landlock" in line
    assert "seccomp" in line


KERNEL_WITHOUT = {
    "Landlock": refuse_calls({444: 38}),
    "seccomp": "import dubbing.media.confinement as confining; confining.MACHINES = {}",
}


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the numbers of the calls are those of x86_64")
@pytest.mark.django_db
@pytest.mark.usefixtures("_usual")
@pytest.mark.parametrize("missing", KERNEL_WITHOUT)
def test_a_kernel_that_confines_less_is_named_at_start_with_what_to_do(
    missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    python = python_taken_over(tmp_path, before=KERNEL_WITHOUT[missing])
    monkeypatch.setattr(sys, "executable", python)
    printed = started_checks(capfd)
    assert f"{missing}" in printed
    assert printed.count("HINT: Use Linux") == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("_usual")
def test_an_old_ffmpeg_is_named_at_start_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    older = "import av; av.ffmpeg_version_info = '5.1.6'; av.library_versions['libavcodec'] = (59, 37, 100)"
    monkeypatch.setattr(sys, "executable", python_taken_over(tmp_path, before=older))
    printed = started_checks(capfd)
    assert "FFmpeg 5.1.6 is older than 8.0" in printed
    assert "Install PyAV (av) from requirements.lock" in printed


@pytest.mark.django_db
@pytest.mark.usefixtures("_usual")
def test_a_process_without_ffmpeg_says_so_at_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(broken))
    assert "The process that reads videos does not start" in started_checks(capfd)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite only")
@pytest.mark.usefixtures("_usual")
def test_an_sqlite_that_can_corrupt_its_log_is_named_at_start(
    settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    settings.SQLITE_WAL_IS_SAFE = False
    printed = started_checks(capfd)
    assert f"SQLite {sqlite3.sqlite_version} can corrupt a write-ahead log" in printed
    assert "Use PostgreSQL" in printed


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite only")
@pytest.mark.usefixtures("_usual")
def test_nothing_starts_with_an_sqlite_that_cannot_search_names(monkeypatch: pytest.MonkeyPatch) -> None:
    class WithoutTrigrams(sqlite3.Connection):
        def execute(self, sql: str, *rest: Any) -> sqlite3.Cursor:
            return super().execute(sql.replace("trigram", "unknown"), *rest)

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda path: connect(path, factory=WithoutTrigrams))
    with pytest.raises(SystemCheckError, match=r"no trigram index(.|\n)*no such tokenizer(.|\n)*SQLite is 3\.34"):
        call_command("check", deploy=True, tags=[checks.START])


@pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL only")
@pytest.mark.django_db
@pytest.mark.usefixtures("_usual")
def test_nothing_starts_with_a_postgresql_that_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection.features_class, "minimum_database_version", (99,))
    with pytest.raises(SystemCheckError, match=r"PostgreSQL 99 or later is required(.|\n)*PostgreSQL 14"):
        call_command("check", deploy=True, tags=[checks.START])


def test_a_start_goes_on_while_the_database_does_not_respond(tmp_path: Path) -> None:
    done = process_of(tmp_path, "-c", "import portal.wsgi", DATABASE_URL="postgres://u:p@127.0.0.1:1/portal")
    assert done.returncode == 0
    assert "The database does not respond; its version was not checked." in done.stderr
    assert "PostgreSQL (version unknown)" in done.stderr


def test_an_old_python_is_refused_with_the_version_to_use(tmp_path: Path) -> None:
    older = "import sys; sys.version_info = (3, 9, 18, 'final', 0); import portal"
    done = process_of(tmp_path, "-c", older)
    assert done.returncode != 0
    assert done.stderr.startswith("The portal needs Python 3.11 or later, and this is 3.9.")
