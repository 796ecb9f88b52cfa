"""A delivery from a bucket, over a bad line and to people who pause: it comes whole, and nobody else waits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.bench.measuring import MIB, Memory, child_of
from tests.bench.portal import signed_in
from tests.faults.test_archives_cut import Download
from tests.support.buckets import BucketService, contents, settings_for
from tests.support.portal import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.slow_clients import seconds_for

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("faults"), pytest.mark.timeout(900)]

FILES, SIZE, CUTS, PAUSED = 30, 3 * MIB, 5, 8
MEMORY_GOAL = 100  # MB
PATIENCE = 15  # seconds, for what takes a moment
MAKE = """
import os
from django.contrib.auth.models import User
from dubbing.models import Project
from tests.support import rows
user, project, results = User.objects.get(username="owner"), Project.objects.first(), []
for number in range({files}):
    asset = rows.make_asset(project, user, status="completed", locales=[], name=f"Film {{number}}")
    version = rows.make_version(rows.make_dubbing(asset, "es-ES", status="completed"))
    results.append(rows.make_result(version, content=os.urandom({size})))
rows.make_delivery(user, *results, srt=True)
"""


@pytest.fixture(scope="module")
def service() -> Iterator[BucketService]:
    with BucketService() as running:
        yield running


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory, service: BucketService) -> Iterator[Portal]:
    folder, where = tmp_path_factory.mktemp("portal"), settings_for(service, service.make_bucket())
    with SandboxProcess() as sandbox, Portal(folder, sandbox, **where) as running:
        yield running.start("web")


@pytest.fixture(scope="module")
def delivery(portal: Portal, service: BucketService) -> int:
    portal.manage("shell", "--no-imports", "--command", MAKE.format(files=FILES, size=SIZE))
    assert sum(contents(service, portal.environment["S3_BUCKET"]).values()) >= FILES * SIZE
    assert not [path for path in Path(portal.environment["MEDIA_ROOT"]).rglob("*") if path.is_file()]
    return int(portal.ask("m.Delivery.objects.get().pk"))


def test_it_comes_whole_over_a_bad_line_and_costs_no_memory(portal: Portal, delivery: int) -> None:
    download = Download(portal, delivery)
    memory = Memory(child_of(portal.processes["web"].pid))
    assert download.cut(CUTS) == download.cut(0)
    assert memory.growth() < MEMORY_GOAL


def test_people_who_pause_it_keep_nobody_waiting(portal: Portal, delivery: int) -> None:
    download, other = Download(portal, delivery), Download(portal, delivery, name="member")
    whole = download.cut(0)
    with ExitStack() as lines, closing(signed_in(portal)) as browser:
        for _ in range(PAUSED):
            line, answer = download.begin()
            lines.callback(line.close)
            lines.callback(answer.close)
            answer.read(1)
        for path in ("/healthz", "/sign-in/") * 10:
            assert seconds_for(portal.url, path, at_most=PATIENCE) < PATIENCE
        assert browser.get("/").status_code == 200
        assert other.cut(1) == whole
