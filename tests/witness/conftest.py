"""The witness, and the portal in front of it: as processes, and as settings of the tests' own process."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pytest_django import Settings

from dubbing import uploads
from dubbing.models import Upload
from dubbing.providers import open_provider
from dubbing.providers.base import Provider
from tests.support.media import make_film
from tests.support.people import People
from tests.support.portal import Portal
from tests.witness.process import KEY, WitnessProcess


@pytest.fixture(scope="package")
def witness_process() -> Iterator[WitnessProcess]:
    with WitnessProcess() as process:
        yield process


@pytest.fixture
def witness(witness_process: WitnessProcess) -> WitnessProcess:
    """With no assets, and every mode as it was."""
    witness_process.fresh()
    return witness_process


@pytest.fixture(scope="package")
def undisturbed_process() -> Iterator[WitnessProcess]:
    with WitnessProcess() as process:
        yield process


@pytest.fixture
def undisturbed(undisturbed_process: WitnessProcess) -> WitnessProcess:
    """The one that only the idle portal asks: no worker still looks for assets of the test before."""
    undisturbed_process.fresh()
    return undisturbed_process


@pytest.fixture(scope="package")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds with picture and sound."""
    return make_film(tmp_path_factory.mktemp("films") / "harbour tour.mp4", seconds=4)


@pytest.fixture(scope="package")
def portals(
    witness_process: WitnessProcess, undisturbed_process: WitnessProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Portal]]:
    """Two, made at the same time because each takes seconds."""

    def make(name: str, look_every: str) -> Portal:
        folder = tmp_path_factory.mktemp(name)
        process = witness_process if name == "running" else undisturbed_process
        portal = Portal(folder, process, POLL_FIRST_SECONDS=look_every, PROXIES="1")
        return portal.start() if name == "running" else portal

    with ThreadPoolExecutor(2) as pool:
        running, idle = pool.map(make, ("running", "idle"), ("600", "1"))
    with running, idle:
        yield {"running": running, "idle": idle}
        for name in list(running.processes):
            running.kill(name)


@pytest.fixture(scope="package")
def running(portals: dict[str, Portal]) -> Portal:
    """Web, worker and scheduler; looks by itself so rarely that only callbacks can be what makes it look."""
    return portals["running"]


@pytest.fixture(scope="package")
def idle(portals: dict[str, Portal]) -> Portal:
    """No process at all: what happens, a command does, and callbacks find nobody."""
    return portals["idle"]


@pytest.fixture
def panjaya(witness: WitnessProcess, settings: Settings) -> Provider:
    """The real provider, talking to the witness; nobody hears callbacks."""
    witness.mode(work=0.0)
    settings.PANJAYA_API_URL, settings.PANJAYA_API_KEY = witness.url, KEY
    settings.PANJAYA_PUBLIC_KEY = witness.public_key_pem
    settings.PORTAL_URL = "http://127.0.0.1:9"
    return open_provider("panjaya")


@pytest.fixture
def source(film: Path, people: People) -> Upload:
    """The film, brought by the editor."""
    return uploads.add_file(film, people.editor, kind=Upload.Kind.VIDEO)
