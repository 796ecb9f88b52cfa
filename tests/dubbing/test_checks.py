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
        ("UPLOAD_MAX_BYTES", 0, "E007"),
    ],
)
def test_a_wrong_value_is_named_with_what_to_set(settings: Settings, name: str, value: Any, number: str) -> None:
    setattr(settings, name, value)
    assert found() == {f"dubbing.{number}"}
    (message,) = checks.configuration()
    assert name in f"{message.msg} {message.hint}"


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


def test_in_production_the_address_is_https(settings: Settings) -> None:
    settings.PORTAL_URL = "http://dubbing.example.com"
    assert [message.id for message in checks.public_address()] == ["dubbing.W001"]
    settings.PORTAL_URL = "https://dubbing.example.com"
    assert checks.public_address() == []


def test_no_process_starts_without_a_key(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), "SECRET_KEY": "x", "PANJAYA_API_KEY": ""}
    environment["DJANGO_SETTINGS_MODULE"] = "portal.settings"
    done = subprocess.run(
        [sys.executable, "-c", "import portal.wsgi"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "Set PANJAYA_API_KEY" in done.stderr
