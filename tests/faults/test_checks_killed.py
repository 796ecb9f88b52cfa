"""A worker is killed in the middle of an automatic check: the next one checks the result, once, and it is reviewed."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.faults.test_worker_killed import QUICKLY
from tests.support.conservation import rows
from tests.support.media import make_film
from tests.support.portal import Portal
from tests.support.sandbox import SandboxProcess

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("faults"), pytest.mark.timeout(900)]
KILLS = 2
_KEPT = """
import sys, django
django.setup()
from datetime import timedelta
from pathlib import Path
from django.contrib.auth.models import User
from django.utils import timezone
from dubbing.models import Project, QualityReport, Review
from tests.support.drafts import a_file
from tests.support.rows import make_asset, make_dubbing, make_result, make_version
project, user = Project.objects.get(), User.objects.get(username="owner")
source, dubbed = map(Path, sys.argv[1:])
asset = make_asset(project, user, status="completed", locales=[], source=a_file(user, source))
dubbing = make_dubbing(asset, status="completed")
result = make_result(make_version(dubbing), content=dubbed.read_bytes(), duration=60.0)
Review.objects.open_for(dubbing)
QualityReport.objects.ask(result)
QualityReport.objects.update(next_at=timezone.now() + timedelta(days=1))
"""
_APPROVED = """
import re, django
django.setup()
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from dubbing.models import Version
client = Client()
client.force_login(User.objects.get(username="owner"), "dubbing.accounts.authentication.PersonBackend")
version, host = Version.objects.get().pk, {"Host": "localhost"}
page = client.get(reverse("version", args=[version]), headers=host).content.decode()
seen = re.search(r'name="seen" value="([^"]+)"', page)[1]
client.post(reverse("version-approve", args=[version]), {"seen": seen}, headers=host)
"""


def test_a_check_is_done_once_whatever_happens_to_the_workers(tmp_path: Path) -> None:
    source = make_film(tmp_path / "film.mp4", seconds=80.0, size=(320, 180))
    dubbed = make_film(tmp_path / "dub.mp4", seconds=60.0, size=(320, 180))
    with SandboxProcess() as sandbox, Portal(tmp_path / "portal", sandbox, **QUICKLY) as portal:
        portal.run_script(_KEPT, str(source), str(dubbed))
        portal.start_scheduler(every=0.3)
        for number in range(KILLS):
            portal.start_worker()
            make_due(portal)
            wait_for(portal, lambda report, number=number: report["tries"] == number + 1 and report["lease_token"])
            portal.kill("worker")
            cut_off = report_of(portal)
            assert (cut_off["status"], cut_off["findings"]) == ("waiting", [])
            make_due(portal, in_days=1)
        portal.start_worker()
        make_due(portal)
        wait_for(portal, lambda report: report["status"] != "waiting")
        checked = report_of(portal)
        found = [finding["code"] for finding in checked["findings"]]
        assert (checked["status"], checked["tries"], checked["lease_token"]) == ("checked", 0, None)
        assert {"shorter", "source_sound"} <= set(found)
        assert len(found) == len(set(found)) == checked["count"]
        assert counted(portal, "dubbing_qualityreport", "dubbing_review", "dubbing_result") == [1, 1, 1]
        # Nothing is left that would check it once more.
        assert portal.ask("[each.pk for each in m.QualityReport.objects.due()]") == []
        portal.run_script(_APPROVED)
        assert rows(portal, "SELECT status FROM dubbing_review") == [("approved",)]


def make_due(portal: Portal, *, in_days: int = 0) -> None:
    """Have it checked when a worker is there: what none takes for long is done by the scheduler, which nobody kills."""
    when = (datetime.now(UTC) + timedelta(days=in_days)).strftime("%Y-%m-%d %H:%M:%S.%f")
    rows(portal, "UPDATE dubbing_qualityreport SET next_at = %s", when)


def report_of(portal: Portal) -> dict[str, Any]:
    columns = ("status", "tries", "lease_token", "findings", "count")
    (row,) = rows(portal, f"SELECT {', '.join(columns)} FROM dubbing_qualityreport")
    report = dict(zip(columns, row, strict=True))
    # A JSON column comes as text from SQLite, and decoded from PostgreSQL.
    if isinstance(report["findings"], str):
        report["findings"] = json.loads(report["findings"])
    return report


def wait_for(portal: Portal, there: Any) -> None:
    """Look often: a check takes seconds, and the worker is to be killed within."""
    deadline = time.monotonic() + 240
    while not there(report_of(portal)):
        assert time.monotonic() < deadline, f"{report_of(portal)}\n{portal.logs()}"
        time.sleep(0.02)


def counted(portal: Portal, *tables: str) -> list[int]:
    return [rows(portal, f"SELECT count(*) FROM {table}")[0][0] for table in tables]
