"""Several who write and several who read at the same moment, and readers that are killed in the middle."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from dubbing.models import Event, Notice, NoticeCursor
from dubbing.notices import consumer
from tests.support import rows
from tests.support.people import make_people
from tests.support.portal import ROOT, Portal
from tests.support.sandbox import SandboxProcess

EVENTS, KILLS = 1000, 30


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="transactions of SQLite do not overlap")
def test_an_event_whose_transaction_ends_after_that_of_a_higher_id_becomes_a_notice() -> None:
    people = make_people()
    asset = rows.make_asset(people.project, people.editor, status="completed")
    written, go_on = threading.Event(), threading.Event()

    def slowly() -> None:
        with transaction.atomic():
            Event.objects.record(asset, Event.Kind.STATUS, cause="sync", to="failed")
            written.set()
            go_on.wait(10)
        connection.close()

    slow = threading.Thread(target=slowly)
    slow.start()
    assert written.wait(10)
    Event.objects.record(asset, Event.Kind.STATUS, cause="sync", to="completed")
    assert consumer.take_events() == 1
    go_on.set()
    slow.join()
    assert consumer.waiting_since()
    assert consumer.take_events() == 1
    assert sorted(Notice.objects.values_list("kind", flat=True)) == ["failed", "finished"]
    assert consumer.waiting_since() is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time anyway")
def test_a_second_consumer_leaves_the_work_to_the_first() -> None:
    people = make_people()
    asset = rows.make_asset(people.project, people.editor, status="completed")
    Event.objects.record(asset, Event.Kind.STATUS, cause="sync", to="completed")
    NoticeCursor.objects.get_or_create(pk=consumer.CURSOR)
    held, go_on = threading.Event(), threading.Event()

    def first() -> None:
        with transaction.atomic():
            NoticeCursor.objects.select_for_update().get(pk=consumer.CURSOR)
            held.set()
            go_on.wait(10)
        connection.close()

    other = threading.Thread(target=first)
    other.start()
    assert held.wait(10)
    assert consumer.take_events() == 0
    go_on.set()
    other.join()
    assert consumer.take_events() == 1


WRITER = """
import random, threading, time, django
django.setup()
from concurrent.futures import ThreadPoolExecutor
from django.contrib.auth.models import User
from django.db import connection, transaction
from dubbing.models import Asset, Event, NoticeChoice, Project

user = User.objects.get(username="member")
asset = Asset.objects.create(project=Project.objects.get(), created_by=user, name="Film", status="failed")

def write(number):
    with transaction.atomic():
        Event.objects.record(asset, "status", cause="sync", to="failed")
        time.sleep(random.random() / 50)  # so that transactions overlap where they can
    time.sleep(0.05)

with ThreadPoolExecutor(4) as pool:
    list(pool.map(write, range({events})))
"""

# Forks, so that a reader costs nothing to start: each line it is given starts one.
READERS = """
import os, sys, django
django.setup()
from dubbing.models import Mail
from dubbing.notices import consumer, mails
for _ in sys.stdin:
    if pid := os.fork():
        print(pid, flush=True)
        os.waitpid(pid, 0)
        print("ended", flush=True)
        continue
    while True:
        consumer.take_events()
        for pk in Mail.objects.due().values_list("pk", flat=True):
            mails.send(pk)
"""

LAST = """
import json, time, django
django.setup()
from dubbing.models import Event, Mail, Notice
from dubbing.notices import consumer, mails
deadline = time.monotonic() + 30
while time.monotonic() < deadline and (consumer.waiting_since() or Mail.objects.filter(status__in=Mail.UNSENT)):
    consumer.take_events()
    for pk in Mail.objects.due().values_list("pk", flat=True):
        mails.send(pk)
print(json.dumps({
    "events": Event.objects.filter(kind="status").count(),
    "notices": sorted(int(key) for key in Notice.objects.values_list("key", flat=True)),
    "keys": sorted(Event.objects.filter(kind="status").values_list("pk", flat=True)),
    "unmailed": Notice.objects.exclude(mail__status="sent").count(),
    "mails": [f"<{one}@" for one in Mail.objects.filter(status="sent").values_list("message_id", flat=True)],
}))
"""


@pytest.mark.long
@pytest.mark.xdist_group("processes")
@pytest.mark.timeout(600)
def test_thirty_kills_lose_no_notice_and_double_none(tmp_path: Path, sandbox_process: SandboxProcess) -> None:
    settings = {"NOTICE_MAIL_SECONDS": "1", "LEASE_SECONDS": "2"}
    with Portal(tmp_path / "portal", sandbox_process, **settings) as portal:
        writer = _script(portal, WRITER.replace("{events}", str(EVENTS)))
        readers = _script(portal, READERS)
        for _ in range(KILLS):
            _kill_one(readers)
        readers.communicate(timeout=60)
        writer.communicate(timeout=120)
        assert (readers.returncode, writer.returncode) == (0, 0)
        last = _script(portal, LAST)
        found: dict[str, Any] = json.loads(last.communicate()[0])
        sent = list(_sent(tmp_path / "portal" / "mail"))
    assert found["events"] == EVENTS
    assert found["notices"] == found["keys"]
    assert found["unmailed"] == 0
    ids = {str(message["Message-ID"]) for message in sent}
    assert len(ids) == len(found["mails"])
    told = {str(message["Message-ID"]): _count(message) for message in sent}
    assert sum(told.values()) == EVENTS


@pytest.fixture
def sandbox_process(tmp_path: Path) -> Iterator[SandboxProcess]:
    """A sandbox nobody asks for anything: the portal wants to be started against one."""
    with SandboxProcess(state_dir=tmp_path / "sandbox") as process:
        yield process


def _script(portal: Portal, code: str) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=portal.environment, stdin=pipe, stdout=pipe)


def _kill_one(readers: subprocess.Popen[bytes]) -> None:
    """Have a reader started, and kill it somewhere in its work."""
    assert readers.stdin
    assert readers.stdout
    readers.stdin.write(b"\n")
    readers.stdin.flush()
    pid = int(readers.stdout.readline())
    time.sleep(random.random())  # any moment will do: nothing is waited for
    os.kill(pid, signal.SIGKILL)
    assert readers.stdout.readline() == b"ended\n"


def _sent(folder: Path) -> Iterator[Any]:
    for path in folder.glob("*.log"):
        for part in path.read_bytes().split(b"\n" + b"-" * 79):
            if part.strip():
                yield message_from_bytes(part.strip(b"\n"), policy=policy.default)


def _count(message: Any) -> int:
    """How many notices a mail tells, with those it only counts."""
    body: str = message.get_body(("plain",)).get_content()
    lines = sum(line.rstrip("/").rpartition("/notices/")[2].isdigit() for line in body.splitlines())
    more = next((int(line.split()[0]) for line in body.splitlines() if line.endswith("more notices:")), 0)
    return lines + more + ("1 more notice:" in body)
