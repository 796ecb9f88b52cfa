"""The witness, and the portal in front of it: as processes, and as settings of the tests' own process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from dubbing.models import Upload
from dubbing.providers import open_provider
from dubbing.providers.base import Provider
from dubbing.services import uploads
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
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds with picture and sound."""
    return make_film(tmp_path_factory.mktemp("films") / "harbour tour.mp4", seconds=4)


@pytest.fixture(scope="package")
def running(witness_process: WitnessProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """Web, worker and scheduler; looks by itself so rarely that only callbacks can be what makes it look."""
    folder = tmp_path_factory.mktemp("running")
    with Portal(folder, witness_process, POLL_FIRST_SECONDS="600", PROXIES="1") as portal:
        yield portal.start()
        for name in list(portal.processes):
            portal.kill(name)


@pytest.fixture(scope="package")
def idle(witness_process: WitnessProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """No process at all: what happens, a command does, and callbacks find nobody."""
    with Portal(tmp_path_factory.mktemp("idle"), witness_process, POLL_FIRST_SECONDS="1") as portal:
        yield portal


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
    return uploads.bring_file(film, people.editor, kind=Upload.Kind.VIDEO)
