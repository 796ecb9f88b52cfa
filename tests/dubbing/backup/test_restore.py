"""A backup is made while the portal is there, and restored elsewhere: all of it, or nothing and a reason."""

from __future__ import annotations

import hashlib
import json
import os
import pwd
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from dubbing.backup import manifest
from tests.support.conservation import make_wishes, rows
from tests.support.portal import ROOT, EmptyPortal, Portal
from tests.support.sandbox import SandboxProcess

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("backup"), pytest.mark.timeout(1800)]
KEY, CONTENT = "sources/ab/abcd.mp4", b"12345"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
_MORE_ROWS = f"""
from dubbing import models as m
from django.contrib.auth.models import User
m.Upload.objects.create(owner=User.objects.get(username="owner"), kind="video", status="complete",
    name="talk.mp4", size=5, key="{KEY}", sha256="{SHA256}")
from dubbing.models.audit import AuditEvent
AuditEvent.objects.record("request", subject="POST /somewhere/", actor=User.objects.get(username="owner"))
"""


@pytest.fixture(autouse=True)
def _migrations(settings: Settings) -> None:
    """Known as in a real portal, although the tables of these tests are made without them."""
    settings.MIGRATION_MODULES = {}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxProcess]:
    with SandboxProcess() as running:
        yield running


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory, sandbox: SandboxProcess) -> Iterator[Portal]:
    """One with two submitted videos, an uploaded file, and an event in the audit log."""
    with Portal(tmp_path_factory.mktemp("portal"), sandbox) as made:
        make_wishes(made, 2, f"{sandbox.url}/talk.mp4")
        made.manage("shell", "--no-imports", "--command", _MORE_ROWS)
        file = made.folder / "media" / KEY
        file.parent.mkdir(parents=True)
        file.write_bytes(CONTENT)
        yield made


@pytest.fixture(scope="module")
def backup(portal: Portal, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of it with its files."""
    return make_backup(portal, tmp_path_factory.mktemp("backups"), "--with-files")


@pytest.fixture
def copy(backup: Path, tmp_path: Path) -> Path:
    """A copy of the backup to be broken."""
    shutil.copytree(backup, tmp_path / "copy" / backup.name)
    return tmp_path / "copy" / backup.name


@pytest.fixture
def elsewhere(tmp_path: Path, sandbox: SandboxProcess) -> Iterator[Portal]:
    """A portal with an empty database."""
    with EmptyPortal(tmp_path / "elsewhere", sandbox) as made:
        yield made


def make_backup(portal: Portal, folder: Path, *options: str) -> Path:
    return Path(portal.manage("backup", str(folder), *options).stdout.splitlines()[0])


def refusal(folder: Path) -> str:
    """What the command says when it refuses."""
    with pytest.raises(CommandError) as refused:
        call_command("restore", str(folder))
    assert refused.value.returncode == 2
    return str(refused.value)


def change_manifest(folder: Path, **changes: Any) -> None:
    """Write another manifest whose checksum is right, as another portal would."""
    path = folder / manifest.NAME
    content = json.loads(path.read_text()) | changes
    del content["checksum"]
    path.write_text(json.dumps(content | {"checksum": manifest._checksum(content)}))


def table_names(portal: Portal) -> list[str]:
    """The tables of its database."""
    code = "from django.db import connection as c; import json; print('=>' + json.dumps(c.introspection.table_names()))"
    output = portal.manage("shell", "--no-imports", "--command", code).stdout
    names: list[str] = json.loads(output.rpartition("=>")[2])
    return names


def test_a_backup_is_private_and_says_what_is_in_it(portal: Portal, backup: Path) -> None:
    tables = json.loads((backup / "manifest.json").read_text())["tables"]
    counts = {table["name"]: table["rows"] for table in tables}
    assert backup.stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o077 == 0 for path in backup.rglob("*"))
    assert (counts["dubbing_asset"], counts["auth_user"]) == (2, 3)
    assert json.loads((backup / "media.jsonl").read_text()) == {"key": KEY, "size": 5, "sha256": SHA256}
    assert (backup.parent / "files" / KEY).read_bytes() == CONTENT
    assert [path for path in backup.parent.iterdir() if path.name.endswith(".part")] == []


def test_what_was_copied_is_not_copied_again(portal: Portal, backup: Path) -> None:
    assert "0 copied, 1 there already, 0 missing" in portal.manage(
        "backup", str(backup.parent), "--with-files"
    ).stdout  # fmt: skip


def test_a_restored_portal_has_every_row_and_an_intact_audit_log(
    portal: Portal, backup: Path, elsewhere: Portal
) -> None:
    done = elsewhere.manage("restore", str(backup))
    tables = {table["name"]: table["rows"] for table in json.loads((backup / "manifest.json").read_text())["tables"]}
    less_or_more = {"dubbing_hold", "dubbing_event", "django_session", "dubbing_dubbing"}
    less_or_more |= {"dubbing_auditevent", "dubbing_audithead"}
    for name in set(tables) - less_or_more:
        assert rows(elsewhere, f'SELECT count(*) FROM "{name}"')[0][0] == tables[name], name
    assert "1 copied from the backup, 0 missing" in done.stdout
    assert "whole" in elsewhere.manage("audit", "verify").stdout
    event = json.loads(elsewhere.manage("audit", "export").stdout.splitlines()[-1])
    assert event["position"] == tables["dubbing_auditevent"] + 1
    assert (event["kind"], event["subject"]) == ("request", "manage.py restore")
    made_at = json.loads((backup / "manifest.json").read_text())["made_at"]
    operator = pwd.getpwuid(os.getuid()).pw_name
    assert event["details"] == {"operator": operator, "backup": backup.name, "made_at": made_at}
    elsewhere.manage("migrate", "--check")
    # The next numbers are free.
    make_wishes(elsewhere, 1, f"{elsewhere.sandbox.url}/talk.mp4")
    first, second, added = elsewhere.ask("[*m.Asset.objects.order_by('pk').values_list('pk', flat=True)]")
    assert (first, second) == (1, 2)
    assert added > 1000  # in between are those that were created after the backup
    with pytest.raises((sqlite3.Error, psycopg.Error), match="append-only"):
        rows(elsewhere, "DELETE FROM dubbing_auditevent")


def test_nothing_is_sent_after_a_restore_and_requests_are_doubted(backup: Path, elsewhere: Portal) -> None:
    elsewhere.manage("restore", str(backup))
    before = len(elsewhere.sandbox.ledger())
    elsewhere.manage("sweep")
    assert len(elsewhere.sandbox.ledger()) == before
    assert elsewhere.ask("[*m.Submission.objects.values_list('status', flat=True)]") == ["unknown", "unknown"]
    assert elsewhere.ask("[*m.Asset.objects.values_list('status', flat=True)]") == ["unconfirmed", "unconfirmed"]
    assert elsewhere.ask("[*m.Hold.objects.values_list('provider', 'reason')]") == [["panjaya", "restored"]]


def test_a_backup_of_an_older_portal_is_brought_forward(
    elsewhere: Portal, sandbox: SandboxProcess, tmp_path: Path
) -> None:
    with Portal(tmp_path / "older", sandbox) as older:
        make_wishes(older, 1, f"{sandbox.url}/talk.mp4")
        older.manage("migrate", "dubbing", "0055", "--verbosity", "0")
        backup = make_backup(older, tmp_path / "backups")
        elsewhere.manage("restore", str(backup))
    elsewhere.manage("migrate", "--check")
    assert elsewhere.ask("[*m.Hold.objects.values_list('reason', flat=True)]") == ["restored"]
    assert elsewhere.ask("m.Asset.objects.count()") == 1


def test_a_missing_file_is_named(backup: Path, elsewhere: Portal) -> None:
    (elsewhere.folder / "media" / KEY).parent.mkdir(parents=True)
    (elsewhere.folder / "media" / KEY).write_bytes(b"1")
    moved = elsewhere.folder / "alone" / backup.name
    shutil.copytree(backup, moved)
    done = elsewhere.manage("restore", str(moved), check=False)
    assert done.returncode == 1
    assert f"{KEY}: 1 bytes instead of 5" in done.stdout


def test_a_database_with_tables_is_refused(db: None, backup: Path) -> None:
    assert "The database is not empty" in refusal(backup)


def test_a_changed_byte_is_refused(db: None, copy: Path) -> None:
    parts = (path for path in copy.rglob("*") if path.is_file() and path.name != manifest.NAME)
    part = max(parts, key=lambda path: path.stat().st_size)
    content = bytearray(part.read_bytes())
    content[len(content) // 2] ^= 1
    part.write_bytes(content)
    assert f"{part.relative_to(copy)} in {copy} is damaged" in refusal(copy)


def test_a_changed_manifest_is_refused(db: None, copy: Path) -> None:
    path = copy / "manifest.json"
    path.write_text(path.read_text().replace('"media_files": 1', '"media_files": 2'))
    assert "manifest.json is damaged" in refusal(copy)


def test_a_missing_part_is_refused(db: None, copy: Path) -> None:
    (copy / "media.jsonl").unlink()
    assert "media.jsonl is missing" in refusal(copy)


def test_another_kind_of_database_is_refused(db: None, copy: Path) -> None:
    change_manifest(copy, database="oracle")
    assert "another kind of database: oracle" in refusal(copy)


def test_a_backup_of_a_newer_portal_is_refused(db: None, copy: Path) -> None:
    known = json.loads((copy / "manifest.json").read_text())["migrations"]
    change_manifest(copy, migrations=[*known, ["dubbing", "9999_of_tomorrow"]])
    assert "newer portal: this one does not know the migrations dubbing 9999_of_tomorrow" in refusal(copy)


def test_an_unknown_format_is_refused(db: None, copy: Path) -> None:
    change_manifest(copy, format=2)
    assert "format 2" in refusal(copy)


def test_a_folder_that_is_no_backup_is_refused(db: None, tmp_path: Path) -> None:
    assert "is not a backup" in refusal(tmp_path)


def test_a_restore_that_was_killed_leaves_an_empty_database_and_can_be_started_again(
    backup: Path, elsewhere: Portal
) -> None:
    process = subprocess.Popen(
        [sys.executable, "manage.py", "restore", str(backup)], cwd=ROOT, env=elsewhere.environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    while not is_restoring(elsewhere):
        assert process.poll() is None, "it ended before anybody could kill it"
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert table_names(elsewhere) == []
    elsewhere.manage("restore", str(backup))
    assert elsewhere.ask("m.Asset.objects.count()") == 2
    elsewhere.manage("audit", "verify")


def is_restoring(portal: Portal) -> bool:
    """Whether a restore has begun to write."""
    if portal.environment["DATABASE_URL"].startswith("sqlite"):
        return (portal.folder / "portal.sqlite3.restoring").exists()
    others = "datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
    return bool(
        rows(portal, f"SELECT count(*) FROM pg_stat_activity WHERE {others} AND backend_type = 'client backend'")[0][0]
    )
