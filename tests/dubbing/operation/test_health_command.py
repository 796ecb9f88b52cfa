"""``manage.py health`` on a portal that is really broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.portal import Portal
from tests.support.sandbox import SandboxProcess

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def test_without_a_database_it_says_so(tmp_path: Path) -> None:
    with SandboxProcess() as sandbox:
        portal = Portal(tmp_path / "portal", sandbox)
        portal.environment["DATABASE_URL"] = f"sqlite:///{tmp_path}/no/such/folder/portal.sqlite3"
        done = portal.manage("health", check=False)
    assert done.returncode == 1
    assert "Problem    Database" in done.stdout


def test_an_upgrade_that_was_not_finished_is_named(tmp_path: Path) -> None:
    with SandboxProcess() as sandbox, Portal(tmp_path / "portal", sandbox) as portal:
        portal.manage("migrate", "dubbing", "0055")
        done = portal.manage("health", check=False)
        assert done.returncode == 1
        assert "dubbing.0056_labels_c2pa_sessions" in done.stdout
        assert "Run manage.py migrate" in done.stdout
        portal.manage("migrate")
        assert "Run manage.py migrate" not in portal.manage("health", check=False).stdout
