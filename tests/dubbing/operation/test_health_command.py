"""``manage.py health`` on a portal that is really broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.conservation import rows
from tests.support.portal import Portal
from tests.support.sandbox import SandboxProcess

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def test_without_a_database_it_says_so(tmp_path: Path) -> None:
    with SandboxProcess() as sandbox, Portal(tmp_path / "portal", sandbox) as portal:
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


def live(portal: Portal, kind: str) -> tuple[int, str]:
    """What the health check of a container says of the process in it."""
    done = portal.manage("health", "--live", kind, check=False)
    return done.returncode, done.stdout.strip()


@pytest.mark.timeout(720)
def test_a_container_is_healthy_while_its_own_process_gives_signs_of_life(tmp_path: Path) -> None:
    with SandboxProcess() as sandbox, Portal(tmp_path / "portal", sandbox) as portal:
        assert live(portal, "worker") == (1, "worker: no sign of life in the last minute.")
        portal.start("worker").start_scheduler(every=0.3)
        portal.wait_until("m.Process.objects.count() == 2")
        assert (live(portal, "worker"), live(portal, "beat")) == ((0, "worker: lives."), (0, "beat: lives."))
        portal.kill("worker")
        rows(portal, "UPDATE dubbing_process SET seen_at = '2020-01-01 00:00:00' WHERE kind = 'worker'")
        assert (live(portal, "worker")[0], live(portal, "beat")[0]) == (1, 0)
        portal.kill("beat")
        rows(portal, "UPDATE dubbing_process SET host = 'another-machine'")
        assert live(portal, "beat")[0] == 1


def test_a_container_is_not_blamed_for_a_database_that_is_gone(tmp_path: Path) -> None:
    with SandboxProcess() as sandbox, Portal(tmp_path / "portal", sandbox) as portal:
        portal.environment["DATABASE_URL"] = f"sqlite:///{tmp_path}/no/such/folder/portal.sqlite3"
        assert live(portal, "worker") == (0, "Not known: the database does not answer (OperationalError).")
