"""Workers are killed while they call a receiver that fails, hangs and lies: it is told everything, in order, alone."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections import defaultdict, deque
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

import pytest
from standardwebhooks import Webhook as Signer

from tests.faults.test_worker_killed import QUICKLY
from tests.support.conservation import rows
from tests.support.http_server import Request, Server
from tests.support.portal import ROOT, Portal
from tests.support.sandbox import SandboxProcess
from tests.support.worker_pool import WorkerPool

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("faults"), pytest.mark.timeout(1800)]
KILLS, WORKERS, VIDEOS, EVENTS = 30, 3, 12, 10
_BEGIN = """
import sys, json, django
django.setup()
from django.contrib.auth.models import User
from dubbing.models import Project, Webhook
from dubbing.webhooks import endpoints
from tests.support import rows
project, owner = Project.objects.get(), User.objects.get(username="owner")
webhook = endpoints.create(project, sys.argv[1], [Webhook.Kind.STATUS], owner)
for number in range(int(sys.argv[2])):
    rows.make_asset(project, owner, status="completed", locales=[], media_url=f"https://media.example.com/{number}.mp4")
print(endpoints.secrets_of(webhook)[0])
"""
_HAPPEN = """
import sys, time, django
django.setup()
from dubbing.models import Asset, Event
for number in range(int(sys.argv[1])):
    for asset in Asset.objects.order_by("pk"):
        Event.objects.record(asset, Event.Kind.STATUS, cause="sync", to=str(number))
    time.sleep(float(sys.argv[2]))
"""


class Receiver:
    """Somebody else's program that behaves badly until it is asked to behave, and everything it was sent, in order."""

    def __init__(self, private: Server, dice: random.Random) -> None:
        self.behaves = False
        self.hanging = self.cut_off = 0
        self.taken: set[tuple[int, int]] = set()
        self.sent: list[Request] = []
        self._private, self._dice, self._lock = private, dice, Lock()

    def __call__(self, request: Request) -> None:
        if len(request.body) < request.length:  # whoever sent it was killed
            request.close()
            return
        with self._lock:
            self.sent.append(request)
            how = "take" if self.behaves else self._dice.choice(("take", "take", "slowly", "hang", *_BADLY))
        if how in ("take", "slowly"):
            self._take(request, slowly=how == "slowly")
        elif how == "hang":
            self._hang(request)
        else:
            _BADLY[how](request, self._private)

    def _take(self, request: Request, *, slowly: bool) -> None:
        if slowly:
            request.drip(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 0.02)
            request.drip(b"taken", 0.02)
        else:
            request.answer(204)
        with self._lock:
            self.taken.add(event_of(request))

    def _hang(self, request: Request) -> None:
        """Say nothing until the caller is dead, or has had enough."""
        self._count(hanging=1)
        with suppress(OSError):
            request.connection.recv(1)
        self._count(hanging=-1, cut_off=1)
        request.close()

    def _count(self, *, hanging: int, cut_off: int = 0) -> None:
        with self._lock:
            self.hanging += hanging
            self.cut_off += cut_off


_BADLY: dict[str, Any] = {
    "fail": lambda request, _private: request.answer(500, b"no"),
    "busy": lambda request, _private: request.answer(503, b"later", {"Retry-After": "1"}),
    "redirect": lambda request, private: request.answer(307, b"", {"Location": f"{private.url}/inside"}),
    "clouds": lambda request, _private: request.answer(302, b"", {"Location": "http://169.254.169.254/latest"}),
    "reset": lambda request, _private: request.cut(),
    "close": lambda request, _private: request.close(),
    "nonsense": lambda request, _private: (request.raw(b"\x00\xff 200 OK\r\n\r\n"), request.close()),
}


def test_everything_is_sent_in_order_and_to_nobody_else(tmp_path: Path) -> None:
    seed = int(os.environ.get("SEED", "0")) or random.randrange(10**6)
    dice = random.Random(seed)
    environment = QUICKLY | {"DEBUG": "true"}  # without it, nothing on this machine is called
    with (
        Server() as private,
        Server() as server,
        SandboxProcess() as sandbox,
        Portal(tmp_path / "portal", sandbox, **environment) as portal,
    ):
        receiver = Receiver(private, dice)
        server.script = receiver
        secret = run(portal, _BEGIN, f"{server.url}/hook", VIDEOS)
        portal.start_scheduler(every=0.3)
        with begin(portal, _HAPPEN, EVENTS, 1.0) as happening:
            kill_workers(portal, receiver, dice)
        assert happening.returncode == 0
        assert_told(receiver, secret, f"SEED={seed}")
        assert receiver.cut_off, "no worker was killed in the middle of a call"
        attempts = rows(portal, "SELECT status, count(*) FROM dubbing_webhookattempt GROUP BY status")
        assert {status for status, _count in attempts} >= {500, 503, 307, 302, 204}
        assert private.connections == 0
        nothing_is_called_here_without_debug(portal, server)


def nothing_is_called_here_without_debug(portal: Portal, server: Server) -> None:
    """The same address, once the portal is not for debugging any more."""
    for name in list(portal.processes):
        portal.kill(name)
    before = server.connections
    portal.environment["DEBUG"] = "false"
    run(portal, _HAPPEN, 1, 0)
    run(portal, "import django; django.setup(); from django.core.management import call_command; call_command('sweep')")
    refused = (
        "SELECT count(DISTINCT message_id) FROM dubbing_webhookattempt WHERE problem = 'the address is not public'"
    )
    assert rows(portal, refused) == [(VIDEOS,)]
    assert server.connections == before


def kill_workers(portal: Portal, receiver: Receiver, dice: random.Random) -> None:
    """One after another, the one that has worked longest, while the others go on; each while some call is open."""
    with WorkerPool(portal) as pool:
        workers = deque(pool.start() for _ in range(WORKERS))
        for _ in range(KILLS):
            wait_for(lambda: receiver.hanging, portal)
            time.sleep(dice.uniform(0.0, 0.2))
            pool.kill(workers.popleft())
            workers.append(pool.start())
        receiver.behaves = True
        wait_for_all(portal)


def wait_for_all(portal: Portal) -> None:
    """Until every message was taken."""
    told = "SELECT status, count(*) FROM dubbing_webhookmessage GROUP BY status"
    wait_for(lambda: rows(portal, told) == [("delivered", VIDEOS * EVENTS)], portal)


def end_pauses(portal: Portal) -> None:
    """As if the time until the next try had passed."""
    past = "2020-01-01 00:00:00"
    rows(
        portal,
        "UPDATE dubbing_webhookmessage SET next_at = %s WHERE status = 'waiting' AND lease_token IS NULL AND tries > 0",
        past,
    )


def wait_for(there: Any, portal: Portal) -> None:
    """Until it is so; the pauses between two tries are cut short."""
    deadline = time.monotonic() + 240
    while not there():
        end_pauses(portal)
        found = rows(portal, "SELECT status, count(*), max(tries) FROM dubbing_webhookmessage GROUP BY status")
        assert time.monotonic() < deadline, f"{found}\n{portal.logs()}"
        time.sleep(0.05)


def assert_told(receiver: Receiver, secret: str, about: str) -> None:
    """Each event was taken, none came before an earlier one of the same video, and nobody changed a byte."""
    videos: dict[int, list[int]] = defaultdict(list)
    for request in receiver.sent:
        Signer(secret).verify(request.body, request.headers)
        video, number = event_of(request)
        videos[video].append(number)
    assert len(videos) == VIDEOS
    assert receiver.taken == {(video, number) for video in videos for number in range(EVENTS)}, about
    for numbers in videos.values():
        assert numbers == sorted(numbers), about


def event_of(request: Request) -> tuple[int, int]:
    said = json.loads(request.body)["data"]
    return said["asset_id"], int(said["to"])


def run(portal: Portal, code: str, *arguments: object) -> str:
    return portal.run_script(code, *map(str, arguments)).strip()


def begin(portal: Portal, code: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(
        command, cwd=ROOT, env=portal.environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
