"""The main job through real processes: web, worker, scheduler, sandbox; database and broker as the environment says."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.media import make_film
from tests.support.portal import Portal
from tests.support.sandbox import SandboxProcess

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("processes"), pytest.mark.timeout(540)]
DUB = ("--project", "Sample project", "--user", "owner", "--from", "en-US", "--auto-generate", "no_lips")


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    with SandboxProcess() as sandbox, Portal(tmp_path_factory.mktemp("portal"), sandbox) as running:
        yield running.start()


def test_the_services_asked_for_are_the_ones_in_use(portal: Portal) -> None:
    if not os.environ.get("REQUIRE_SERVICES"):
        pytest.skip("make test-postgresql-redis runs this on PostgreSQL and Redis")
    assert portal.environment["DATABASE_URL"].startswith("postgres")
    assert portal.environment["CELERY_BROKER_URL"].startswith("redis")


def test_a_worker_dubs_what_the_command_line_submits(portal: Portal, tmp_path: Path) -> None:
    video = make_film(tmp_path / "talk.mp4", seconds=3)
    sent = portal.manage("dub", str(video), *DUB, "--to", "es-ES", "--to", "fr-FR", "--json")
    asset = json.loads(sent.stdout)["asset"]["id"]
    portal.wait_until(f"m.Asset.objects.get(pk={asset}).status == 'completed'")
    kept = portal.ask(f"list(m.Result.objects.filter(version__dubbing__asset={asset}).values('key', 'size'))")
    assert len(kept) == 2
    assert all((portal.folder / "media" / row["key"]).stat().st_size == row["size"] for row in kept)
