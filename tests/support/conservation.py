"""Nothing lost, nothing twice: the portal's rows against what a provider really carried out."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import psycopg

from tests.support.portal import Portal
from tests.support.sandbox import SandboxProcess

_WISHES = """
import sys, django
django.setup()
from django.contrib.auth.models import User
from dubbing.models import Project
from tests.support.journey import make_wish
project, user = Project.objects.get(), User.objects.get(username="owner")
for number in range(int(sys.argv[1])):
    make_wish(project, user, name=f"Film {number}", media_url=sys.argv[2], auto_generate="no_lips")
"""


def make_wishes(portal: Portal, number: int, media_url: str) -> None:
    """Submit so many assets; nobody is told."""
    portal.run_script(_WISHES, str(number), media_url)


def rows(portal: Portal, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """Run a statement on the portal's database, beside its processes."""
    url = portal.environment["DATABASE_URL"]
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=20, isolation_level=None)) as database:
            return database.execute(statement.replace("%s", "?"), values).fetchall()
    with psycopg.connect(url, autocommit=True, options="-c timezone=UTC") as server:
        cursor = server.execute(statement.encode(), values)
        return cursor.fetchall() if cursor.description else []


def end_waits(portal: Portal) -> None:
    """As if the half minute had passed between two looks for a lost request."""
    now, before = _moment(), "2020-01-01 00:00:00"
    waiting = "status = 'unknown' AND empty_at IS NOT NULL AND empty_at > %s"
    rows(portal, f"UPDATE dubbing_submission SET empty_at = %s, next_at = %s WHERE {waiting}", before, now, before)


def unsettled(portal: Portal) -> int:
    """How many requests have no outcome yet."""
    return int(
        rows(portal, "SELECT count(*) FROM dubbing_submission WHERE status IN ('ready','sending','unknown')")[0][0]
    )


def statuses(portal: Portal) -> Counter[str]:
    """How many assets are in which status."""
    return Counter(dict(rows(portal, "SELECT status, count(*) FROM dubbing_asset GROUP BY status")))


def wait_for_done(portal: Portal, number: int, *, seconds: float = 360) -> None:
    """Until so many assets are completed, and nothing else is left."""
    deadline = time.monotonic() + seconds
    while statuses(portal) != {"completed": number}:
        if time.monotonic() > deadline:
            raise AssertionError(f"{statuses(portal)}\n{portal.logs()}")
        time.sleep(0.2)


def violations(portal: Portal, sandbox: SandboxProcess) -> list[str]:
    """Everything that is lost, doubled or bound wrongly; empty when all is well."""
    created = {entry["asset_id"]: entry["name"] for entry in sandbox.ledger() if entry["operation"] != "add_languages"}
    bound: dict[int, str] = dict(rows(portal, "SELECT id, remote_id FROM dubbing_asset"))
    requests = rows(portal, "SELECT asset_id, reference, status FROM dubbing_submission WHERE kind = 'create'")
    found = [f"asset {pk} is bound to nothing" for pk, remote_id in bound.items() if not remote_id]
    taken = Counter(bound.values())
    found += [f"{remote_id} was never created" for remote_id in taken if remote_id and remote_id not in created]
    found += [f"{remote_id} {name} belongs to nobody" for remote_id, name in created.items() if remote_id not in taken]
    found += [f"{remote_id} belongs to several" for remote_id, count in taken.items() if count > 1]
    for pk, remote_id in bound.items():
        references = [reference for asset, reference, _ in requests if asset == pk]
        if not any(reference in created.get(remote_id, "") for reference in references):
            found.append(f"asset {pk} is bound to somebody else's {remote_id}")
        accepted = [status for asset, _, status in requests if asset == pk and status == "accepted"]
        if len(accepted) != 1:
            found.append(f"asset {pk} has {len(accepted)} accepted requests")
    return found


def _moment() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
