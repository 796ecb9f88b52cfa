"""Several machines: two web behind nginx, three workers and two schedulers, each in a network of its own."""

from __future__ import annotations

import atexit
import os
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.outcome import Outcome, measured
from tests.chaos.scale import Scale
from tests.chaos.serving import reading
from tests.chaos.submissions import lose_answers, settle, settled, state
from tests.postgresql_redis import servers
from tests.support.conservation import make_wishes
from tests.support.network import HOST, NETWORK, Machine, Network, can_make_networks
from tests.support.nginx import SETTINGS, Nginx, find_nginx
from tests.support.portal import Portal
from tests.support.rabbitmq import RabbitMQ
from tests.support.sandbox import SandboxProcess, free_port

_KINDS = ("web", "web", "worker", "worker", "worker", "beat", "beat")
_APART = 10.0
"""How long a worker is cut off, which is longer than its leases. Seconds."""
_QUICKLY = {"SETTLE_SECONDS": "2", "POLL_FIRST_SECONDS": "1", "POLL_LONGEST_SECONDS": "4", "LEASE_SECONDS": "3"}


def several_machines(scale: Scale, dice: random.Random) -> Iterator[Outcome]:
    """Each process is killed once and comes back, and one worker is cut off for a while."""
    if not (can_make_networks() and find_nginx() and shutil.which("redis-server")):
        return
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chaos-")))
        network = stack.enter_context(Network())
        stack.enter_context(_servers())
        sandbox = stack.enter_context(SandboxProcess(host="0.0.0.0", allow_hosts=(HOST,)))
        settings = _QUICKLY | SETTINGS | {"PANJAYA_API_URL": f"http://{HOST}:{sandbox.port}"}
        portal = stack.enter_context(Portal(folder / "portal", sandbox, **settings))
        portal.environment["DATABASE_URL"] = portal.environment["DATABASE_URL"].replace("127.0.0.1", HOST)
        places = [_Place(f"{kind}-{number}", kind, network.add()) for number, kind in enumerate(_KINDS)]
        webs = [place.url for place in places if place.kind == "web"]
        for place in places:
            place.start(portal)
        for web in webs:
            portal.wait_for_web(web, seconds=60)
        nginx = stack.enter_context(
            Nginx(folder / "nginx", webs[0], portal.environment["MEDIA_ROOT"], *webs[1:], host=HOST)
        )
        lose_answers(sandbox, dice, scale.on_machines)
        wanted = settled(scale.on_machines) | {"pages_that_failed": 0}
        with measured("several machines, each killed once, one cut off", wanted) as outcome:
            with reading(nginx.url, ["/sign-in/"], {}) as answers:
                make_wishes(portal, scale.on_machines, "http://127.0.0.1:9/film.mp4")
                for place in dice.sample(places, len(places)):
                    time.sleep(dice.uniform(0.5, 1.5))
                    portal.kill(place.name)
                    time.sleep(1.0)
                    place.start(portal)
                    if place.kind == "web":
                        portal.wait_for_web(place.url, seconds=60)
                apart = next(place for place in places if place.kind == "worker")
                apart.machine.unplug()
                time.sleep(_APART)
                apart.machine.plug()
                outcome.context["seconds_of_calm"] = settle(portal)
            outcome.context["pages"] = {str(answer): count for answer, count in answers.items()}
            failed = sum(count for answer, count in answers.items() if answer != 200)
            outcome.got = state(portal, sandbox) | {"pages_that_failed": failed}
        yield outcome


@dataclass(frozen=True, slots=True)
class _Place:
    """One process and its machine."""

    name: str
    kind: str
    machine: Machine

    @property
    def url(self) -> str:
        """Where it answers, if it is web."""
        return f"http://{self.machine.address}:8000"

    def start(self, portal: Portal) -> None:
        """Start it there."""
        settings = {"BIND": f"{self.machine.address}:8000", "ALLOWED_HOSTS": "*"}
        portal.start_elsewhere(self.name, self.kind, self.machine.prefix, **settings)


@contextmanager
def _servers() -> Iterator[None]:
    """PostgreSQL and a broker that all machines reach, named in the environment as portals of tests expect it."""
    before = {name: os.environ.get(name) for name in ("DATABASE_URL", "CELERY_BROKER_URL")}
    port = free_port()
    # Until this process ends: portals drop their databases no earlier than that.
    atexit.register(servers.stop_cluster, servers.start_cluster(port, address=f"{HOST},127.0.0.1", network=NETWORK))
    broker = _rabbitmq() if (before["CELERY_BROKER_URL"] or "").startswith("amqp") else _redis()
    try:
        with broker as url:
            os.environ["DATABASE_URL"] = f"postgres://postgres@127.0.0.1:{port}/postgres"
            os.environ["CELERY_BROKER_URL"] = url
            yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)


@contextmanager
def _redis() -> Iterator[str]:
    port = free_port()
    options = ["--bind", HOST, "--port", str(port), "--save", "", "--protected-mode", "no"]
    redis = subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL)
    try:
        yield f"redis://{HOST}:{port}/0"
    finally:
        redis.terminate()
        redis.wait(10)


@contextmanager
def _rabbitmq() -> Iterator[str]:
    with RabbitMQ(host=HOST) as node:
        yield node.url
