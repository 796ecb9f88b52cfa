"""A wrong configuration says what to set, and nothing starts with it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from dubbing import checks
from tests.support.buckets import BucketService, Door, contents
from tests.support.signing import Signer

ROOT = Path(__file__).resolve().parents[2]


def found() -> set[str | None]:
    return {message.id for message in checks.configuration()}


@pytest.fixture(autouse=True)
def _good(settings: Settings) -> None:
    settings.PANJAYA_API_URL, settings.PANJAYA_API_KEY = "https://api.panjaya.ai", "panjaya-abcdefgh"
    settings.PANJAYA_PUBLIC_KEY = ""


def test_a_good_configuration_has_no_findings() -> None:
    assert found() == set()


@pytest.mark.parametrize(
    ("name", "value", "number"),
    [
        ("SECRET_KEY", "", "E001"),
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
    assert found() == {f"dubbing.{number}"}
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
    assert found() == set()
    setattr(settings, name, value)
    assert found() == {f"dubbing.{number}"}


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
    assert found() == set()


def test_several_processes_may_check_at_once(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    touch = Path.touch

    def touched_and_removed_by_another(self: Path) -> None:
        touch(self)
        self.unlink()

    monkeypatch.setattr(Path, "touch", touched_and_removed_by_another)
    assert found() == set()


LONG_KEY = "b7Yq2ZkR9vTn4wXcE8mLs6HdJf3PgAu5QaWxVzNyKtSrBoCi1DeFhGjM"


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
    ("name", "given", "said"),
    [
        ("web", {"DEBUG": "true", "PORTAL_URL": "https://dubbing.example.com"}, "Set DEBUG=false"),
        ("worker", {"SECRET_KEY": "a-short-key"}, "Set SECRET_KEY to 50 random characters"),
        ("beat", {"PORTAL_URL": "http://dubbing.example.com"}, "Set PORTAL_URL to an https address"),
        ("web", {"PANJAYA_API_KEY": ""}, "Set PANJAYA_API_KEY"),
        ("worker", {"PANJAYA_API_KEY": ""}, "Set PANJAYA_API_KEY"),
    ],
)
def test_no_process_starts_with_settings_that_expose_people(
    tmp_path: Path, name: str, given: dict[str, str], said: str
) -> None:
    environment = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), "ENV_FILE": os.devnull, "BIND": "127.0.0.1:0"}
    environment |= {"SECRET_KEY": LONG_KEY, "PANJAYA_API_KEY": "not-a-key"} | given
    environment |= {"DJANGO_SETTINGS_MODULE": "portal.settings"}
    done = subprocess.run(
        [sys.executable, "-m", "portal.run", name],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode != 0
    assert said in done.stderr


def test_in_production_the_address_is_https(settings: Settings) -> None:
    settings.PORTAL_URL = "http://dubbing.example.com"
    assert [message.id for message in checks.public_address()] == ["dubbing.W001"]
    settings.PORTAL_URL = "https://dubbing.example.com"
    assert checks.public_address() == []
