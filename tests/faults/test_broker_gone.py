"""The broker is a doorbell: without it everything still happens, and nobody waits for it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.conservation import make_wishes, rows, violations, wait_for_done
from tests.support.portal import PASSWORD, Portal
from tests.support.sandbox import SandboxProcess
from tests.support.served import served_film

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("faults"), pytest.mark.timeout(540)]
NOBODY = "redis://127.0.0.1:1/0"


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served_film(tmp_path_factory.mktemp("films")) as link:
        yield link


@pytest.fixture
def sandbox() -> Iterator[SandboxProcess]:
    with SandboxProcess() as process:
        process.control("policy", engine="stub")
        yield process


def test_the_scheduler_alone_finishes_everything_and_no_page_waits(
    tmp_path: Path, sandbox: SandboxProcess, film: str
) -> None:
    """No worker, and nobody at the broker's address."""
    settings = {"CELERY_BROKER_URL": NOBODY, "POLL_FIRST_SECONDS": "1"}
    with Portal(tmp_path / "portal", sandbox, **settings) as portal:
        make_wishes(portal, 3, film)
        portal.start("web").start_scheduler(every=0.3)
        press_sync_now(portal, times=5)
        wait_for_done(portal, 3)
        assert violations(portal, sandbox) == []


def press_sync_now(portal: Portal, *, times: int) -> None:
    """As a person does: each wakes a worker, and each is answered."""
    with httpx.Client(base_url=portal.url, timeout=10, trust_env=False) as browser:
        browser.get("/sign-in/")
        token = {"csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        browser.post("/sign-in/", data={"username": "owner", "password": PASSWORD} | token)
        token = {"csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        ((pk,),) = rows(portal, "SELECT min(id) FROM dubbing_asset")
        for _ in range(times):
            assert browser.post(f"/assets/{pk}/sync/", data=token).status_code == 302


def test_a_queue_that_is_wiped_again_and_again_loses_nothing(
    tmp_path: Path, sandbox: SandboxProcess, film: str
) -> None:
    settings = {"CELERY_BROKER_URL": "filesystem://localhost", "POLL_FIRST_SECONDS": "1"}
    with Portal(tmp_path / "portal", sandbox, **settings) as portal:
        make_wishes(portal, 3, film)
        portal.start("worker").start_scheduler(every=0.3)
        queue = portal.folder / "broker" / "queue"
        until = time.monotonic() + 5
        while time.monotonic() < until:
            for message in queue.glob("*"):
                message.unlink(missing_ok=True)
            time.sleep(0.02)
        shutil.rmtree(queue)
        wait_for_done(portal, 3)
        assert violations(portal, sandbox) == []
