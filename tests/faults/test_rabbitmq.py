"""RabbitMQ as the broker: what it delivers is done, and what it loses or refuses is done as well."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection

from tests.support.conservation import make_wishes, violations, wait_for_done
from tests.support.media import make_film
from tests.support.portal import Portal
from tests.support.rabbitmq import RabbitMQ, find_rabbitmq
from tests.support.sandbox import SandboxProcess
from tests.support.served import served_film

pytestmark = [
    pytest.mark.long,
    pytest.mark.xdist_group("faults"),
    pytest.mark.timeout(540),
    pytest.mark.skipif(not find_rabbitmq(), reason="RabbitMQ is not installed (Debian: rabbitmq-server)"),
]
QUICKLY = {"POLL_FIRST_SECONDS": "1", "POLL_LONGEST_SECONDS": "4", "LEASE_SECONDS": "3", "SETTLE_SECONDS": "2"}
DUB = ("--project", "Sample project", "--user", "owner", "--from", "en-US", "--auto-generate", "no_lips")


@pytest.fixture(scope="module")
def rabbitmq() -> Iterator[RabbitMQ]:
    with RabbitMQ() as node:
        yield node


@pytest.fixture
def portal(rabbitmq: RabbitMQ, tmp_path: Path) -> Iterator[Portal]:
    with Connection(rabbitmq.url) as connection:
        channel: Any = connection.channel()
        channel.queue_delete("portal")  # with what the portal of another test left in it
    with SandboxProcess() as sandbox:
        sandbox.control("policy", engine="stub")
        with Portal(tmp_path / "portal", sandbox, **QUICKLY, CELERY_BROKER_URL=rabbitmq.url) as running:
            yield running


@pytest.fixture
def film(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served_film(tmp_path_factory.mktemp("films")) as link:
        yield link


def test_without_a_scheduler_messages_alone_bring_a_dub_to_its_end(portal: Portal, tmp_path: Path) -> None:
    portal.start("web", "worker")
    portal.manage("dub", str(make_film(tmp_path / "talk.mp4", seconds=2)), *DUB, "--to", "es-ES")
    wait_for_done(portal, 1)
    assert violations(portal, portal.sandbox) == []


def test_a_worker_killed_while_it_works_loses_nothing_and_pays_for_nothing_twice(portal: Portal, film: str) -> None:
    make_wishes(portal, 12, film)
    portal.start("web").start_scheduler(every=0.3)
    portal.start_worker()
    portal.wait_until("m.Submission.objects.filter(status='accepted').exists()")
    portal.kill("worker")
    portal.start_worker()
    wait_for_done(portal, 12)
    assert violations(portal, portal.sandbox) == []


def test_while_rabbitmq_takes_no_messages_health_says_so_and_the_scheduler_does_the_work(
    portal: Portal, rabbitmq: RabbitMQ, film: str
) -> None:
    make_wishes(portal, 3, film)
    portal.start("worker")
    rabbitmq.control("set_vm_memory_high_watermark", "0")
    try:
        portal.start_scheduler(every=0.3)
        wait_for_done(portal, 3)
        broken = portal.manage("health", check=False)
    finally:
        rabbitmq.control("set_vm_memory_high_watermark", "0.4")
    assert "The broker does not answer" in broken.stdout
    assert "RabbitMQ, answered in" in portal.manage("health", check=False).stdout
    assert violations(portal, portal.sandbox) == []


def test_what_somebody_waits_for_comes_before_what_nobody_waits_for(portal: Portal, rabbitmq: RabbitMQ) -> None:
    tasks = "from dubbing.tasks import keep, send_mail, submit, sync"
    send = "for task in (send_mail, sync, submit, keep): task.delay(0)"
    portal.run_script(f"import django; django.setup()\n{tasks}\n{send}")
    with Connection(rabbitmq.url) as connection:
        channel: Any = connection.channel()
        taken = [channel.basic_get("portal", no_ack=True).headers["task"] for _ in range(4)]
    assert [name.rpartition(".")[2] for name in taken] == ["submit", "keep", "sync", "send_mail"]
