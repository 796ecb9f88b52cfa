"""Files of others: each is recorded with where it is from, its licence and its hash, and is exactly that."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django import Settings

from dubbing.models.statuses import SPINNER

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "static" / "vendor"
ENTRIES: list[dict[str, Any]] = json.loads((VENDOR / "VENDOR.json").read_text())


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: str(entry["file"]))
def test_a_vendored_file_is_the_one_that_was_recorded(entry: dict[str, Any]) -> None:
    content = (VENDOR / entry["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == entry["sha256"]
    assert entry["name"]
    assert entry["licence"]
    assert re.fullmatch(r"\d+(\.\d+)+", entry["version"])
    # Collecting static files fails on them.
    assert b"sourceMappingURL" not in content


def test_everything_can_be_collected_for_production(settings: Settings, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STORAGES = {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    assert (tmp_path / "static" / "staticfiles.json").exists()


def test_nothing_is_vendored_without_a_record() -> None:
    found = {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file()}
    assert found - {"VENDOR.json"} == {entry["file"] for entry in ENTRIES}


def test_every_icon_that_is_used_is_in_the_sprite() -> None:
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (VENDOR / "tabler-icons" / "sprite.svg").read_text()))
    templates = " ".join(path.read_text() for path in (ROOT / "templates").rglob("*.html"))
    code = "".join(
        (ROOT / "dubbing" / name).read_text() for name in ("models/status_badges.py", "web/asset/timeline.py")
    )
    statuses = "".join(path.read_text() for path in (ROOT / "dubbing" / "models").glob("*.py"))
    named = set(re.findall(r'^    [A-Z_]+ = "[a-z_]+", "([^"]+)", "[a-z]+", ', statuses, re.M)) | {SPINNER}
    assert len(named) > 10
    named |= set(re.findall(r'{% icon "([^"]+)"', templates)) | set(re.findall(r'State\("[^"]+", "([^"]+)"', code))
    assert named | set(re.findall(r'_saying\("([^"]+)"', code)) <= sprite
