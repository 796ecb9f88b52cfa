"""The steps of docs/operating/backup.md, as operators take them: an old backup, and nothing is paid twice."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.conservation import rows, violations, wait_for_done
from tests.support.portal import EmptyPortal, Portal
from tests.support.sandbox import SandboxProcess
from tests.support.served import served_film

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("backup"), pytest.mark.timeout(1800)]
QUICKLY = {"POLL_FIRST_SECONDS": "1", "SETTLE_SECONDS": "1", "SETTLE_UPLOAD_SECONDS": "1"}
# Without a broker, the scheduler does everything itself, at once.
QUICKLY |= {"CELERY_BROKER_URL": "redis://127.0.0.1:9/0"}
_BEGIN = """
from django.contrib.auth.models import User
from dubbing.drafts.saved_drafts import read_draft
from dubbing.drafts.fields import TargetText
from dubbing.drafts.source_links import check_links_now
from dubbing.models import Asset, Project
from dubbing.submissions.submit import add_locales, submit
from dubbing.web.asset_form.form import AssetForm
owner, project = User.objects.get(username="owner"), Project.objects.get()

def draft(name):
    typed = dict(name=name, source_from="url", media_url="{film}", source_locale="en-US", targets=["es-ES"],
        auto_generate="no_lips")
    return Asset.objects.create(project=project, created_by=owner, typed=typed)

def send(asset):
    check_links_now(asset, read_draft(asset).form_data(), owner)
    form = AssetForm(read_draft(asset), asset=asset, user=owner)
    assert form.is_valid(), form.errors
    submit(asset, form.asset_fields(), owner)
"""
_BEFORE = """
send(draft("Opening"))
"""
_DRAFTS = """
draft("Harbour tour"), draft("Night market")
"""
_SINCE = """
for asset in Asset.objects.filter(status="draft"): send(asset)
add_locales(Asset.objects.get(name="Opening"), [TargetText("fr-FR")], owner)
send(draft("Closing"))
"""
_AGAIN = """
send(next(asset for asset in Asset.objects.filter(status="draft") if asset.typed["name"] == "Harbour tour"))
"""


@pytest.fixture
def film(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served_film(tmp_path_factory.mktemp("films")) as link:
        yield link


def test_a_restored_older_backup_finds_what_was_sent_since_and_sends_nothing_twice(tmp_path: Path, film: str) -> None:
    with SandboxProcess() as sandbox, Portal(tmp_path / "portal", sandbox, **QUICKLY) as lost:
        sandbox.control("policy", engine="stub")
        run(lost, film, _BEFORE)
        lost.start_scheduler(every=0.3)
        wait_for_done(lost, 1)
        run(lost, film, _DRAFTS)
        backup = lost.manage("backup", str(tmp_path / "backups"), "--with-files").stdout.splitlines()[0]
        run(lost, film, _SINCE)
        wait_for_done(lost, 4)
        lost.kill("beat")
        paid = operations(sandbox)
        assert paid == {"create": 4, "add_languages": 1}

        with EmptyPortal(tmp_path / "new", sandbox, **QUICKLY) as restored:
            assert "0 missing" in restored.manage("restore", backup).stdout
            run(restored, film, _AGAIN)
            restored.start_scheduler(every=0.3)
            found = restored.manage("reconcile", check=False)
            assert found.returncode == 1, found.stdout + found.stderr
            assert "recorded as sent" in found.stdout
            assert "Closing" in found.stdout
            assert statuses_of(restored, "dubbing_hold", "reason") == {"restored": 1}
            end_the_hold(restored, "--into", "Sample project")
            wait_for_done(restored, 4)
            wait_for_languages(restored, 5)
            assert operations(sandbox) == paid
            assert violations(restored, sandbox) == []
            assert rows(restored, "SELECT count(*) FROM dubbing_result") == [(5,)]
            assert "Nothing is lost" in restored.manage("reconcile", "--check").stdout
            restored.manage("audit", "verify")


def run(portal: Portal, film: str, step: str) -> None:
    """What somebody does in the portal."""
    portal.manage("shell", "--no-imports", "--command", _BEGIN.replace("{film}", film) + step)


def operations(sandbox: SandboxProcess) -> Counter[str]:
    """What the provider really carried out."""
    return Counter(entry["operation"] for entry in sandbox.ledger())


def statuses_of(portal: Portal, table: str, column: str) -> dict[str, int]:
    """How many rows have which value."""
    return dict(rows(portal, f"SELECT {column}, count(*) FROM {table} GROUP BY {column}"))


def end_the_hold(portal: Portal, *options: str, seconds: float = 60) -> None:
    """Reconcile, and again as long as it asks for that: a request may still turn up."""
    deadline = time.monotonic() + seconds
    while "no longer on hold" not in (said := portal.manage("reconcile", *options).stdout):
        assert "Run this again" in said
        assert time.monotonic() < deadline, said


def wait_for_languages(portal: Portal, number: int) -> None:
    """Until so many languages are done, and no other is left."""
    portal.wait_until(
        f"[*m.Dubbing.objects.values_list('status', flat=True)] == ['completed'] * {number} and "
        f"m.Result.objects.count() == {number}"
    )
