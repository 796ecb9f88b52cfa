"""The command that says whether an upgrade can go ahead."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from dubbing.backup.manifest import Manifest
from tests.support.portal import Portal
from tests.support.sandbox import SandboxProcess

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("backup"), pytest.mark.timeout(1800)]


def write_backup(parent: Path, *, days: int, database: str) -> None:
    """A backup without any rows, of some days ago."""
    made_at = timezone.now() - timedelta(days=days)
    folder = parent / f"portal-{made_at:%Y%m%dT%H%M%SZ}"
    folder.mkdir(parents=True)
    Manifest(
        made_at=made_at, database=database, migrations=(), tables=(), parts=(), media_files=0, media_bytes=0
    ).write(folder)


def test_an_upgrade_needs_a_young_backup_and_migrations_that_the_portal_survives(tmp_path: Path) -> None:
    with SandboxProcess(start=False) as sandbox:
        (sandbox.state_dir / "public_key.pem").write_text("")
        with Portal(tmp_path / "portal", sandbox, PANJAYA_PUBLIC_KEY="") as portal:
            portal.manage("migrate", "dubbing", "0055", "--verbosity", "0")
            kind = "postgresql" if portal.environment["DATABASE_URL"].startswith("postgres") else "sqlite"
            write_backup(tmp_path / "backups", days=2, database=kind)

            late = portal.manage("preflight", "--backups", str(tmp_path / "backups"), check=False)
            assert late.returncode == 1
            assert "PROBLEM  The newest backup is of" in late.stdout
            assert "dubbing.0059_restored_hold: can be applied while the portal runs" in late.stdout

            write_backup(tmp_path / "backups", days=0, database=kind)
            ready = portal.manage("preflight", "--backups", str(tmp_path / "backups"))
            assert "PROBLEM" not in ready.stdout

            portal.manage("migrate", "--verbosity", "0")
            portal.environment["SETTLE_SECONDS"] = "0"
            wrong = portal.manage("preflight", check=False)
            assert wrong.returncode == 1
            assert "No migration is pending" in wrong.stdout
            assert "The settings are wrong" in wrong.stdout
            assert "name its folder with --backups" in wrong.stdout
