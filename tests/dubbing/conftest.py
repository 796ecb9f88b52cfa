"""A provider for each test: one in memory, or the sandbox as a program of its own (one for each test process)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from dubbing import media, uploads
from dubbing.media import MediaInfo, ResultReport
from dubbing.models import Dubbing, Project, Result, Upload
from dubbing.providers import open_provider
from dubbing.providers.base import Provider
from tests.support.journey import make_sent, make_wish
from tests.support.looks import remembered_looks
from tests.support.media import make_film
from tests.support.people import People
from tests.support.provider import ScriptedProvider
from tests.support.rows import make_done
from tests.support.sandbox import SandboxProcess

__all__ = ["remembered_looks"]

GOOD = MediaInfo(
    container="mp4",
    duration=8.5,
    size=1000,
    has_video=True,
    has_audio=True,
    width=64,
    height=48,
    fps=10.0,
    video_codec="h264",
    audio_codec="aac",
    audio_streams=1,
    rotation=0,
    bit_rate=1000,
)
KEY = "panjaya-c4n4ry-k3y-of-the-tests"


@pytest.fixture
def result(people: People) -> Result:
    """The final video of a finished asset with one language, added by the editor."""
    return make_done(people.project, people.editor)


@pytest.fixture
def dubbing(result: Result) -> Dubbing:
    """The language that the result is in."""
    return result.version.dubbing


@pytest.fixture
def provider() -> ScriptedProvider:
    return ScriptedProvider()


@pytest.fixture
def wish(project: Project, user: User) -> Callable[..., Any]:
    """``wish(locales=[...])``: a submission that nobody has sent."""
    return lambda **fields: make_wish(project, user, **fields)


@pytest.fixture
def sent(project: Project, user: User, provider: ScriptedProvider) -> Callable[..., Any]:
    """``sent(locales=[...])``: an asset that the scripted provider has."""
    return lambda **fields: make_sent(project, user, provider, **fields)


@pytest.fixture
def trusting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any bytes are a good result: for tests that are not about media."""

    def check(path: Path, *, expected: float | None) -> ResultReport:
        return ResultReport(GOOD, ())

    monkeypatch.setattr(media, "check_result", check)


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds with picture and sound."""
    return make_film(tmp_path_factory.mktemp("films") / "film.mp4", seconds=2)


@pytest.fixture
def source(film: Path, user: User) -> Upload:
    """The film, brought by the editor."""
    return uploads.add_file(film, user, kind=Upload.Kind.VIDEO)


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[SandboxProcess]:
    with SandboxProcess(policy="at_once", api_key=KEY) as process:
        yield process


@pytest.fixture
def sandbox(sandbox_process: SandboxProcess, settings: Settings) -> SandboxProcess:
    """The sandbox, empty, with the portal's settings pointing at it. Results are the sources, unchanged."""
    sandbox_process.reset()
    sandbox_process.control("policy", engine="stub")
    settings.PANJAYA_API_URL, settings.PANJAYA_API_KEY = sandbox_process.url, KEY
    settings.PANJAYA_PUBLIC_KEY = sandbox_process.public_key_pem
    settings.PORTAL_URL = "http://127.0.0.1:9"  # nobody listens there: callbacks get lost unless a test says otherwise
    return sandbox_process


@pytest.fixture
def panjaya(sandbox: SandboxProcess) -> Provider:
    """The real provider, talking to the sandbox."""
    return open_provider("panjaya")
