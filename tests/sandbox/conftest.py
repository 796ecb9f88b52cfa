"""One running sandbox for the whole folder, small films, and somebody who listens to callbacks."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from sandbox.sample import make_sample
from tests.support.sandbox import SandboxProcess

SRT = "1\n00:00:00,500 --> 00:00:01,500\nHola a todos.\n\n2\n00:00:02,000 --> 00:00:03,500\nBienvenidos al equipo.\n"


class Listener:
    """A server that keeps every callback; `answers` are the statuses it gives first, then 200."""

    def __init__(self) -> None:
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.received.append(({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(listener.answers.pop(0) if listener.answers else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook/secret"

    @property
    def events(self) -> list[str]:
        """The events so far, in order of arrival."""
        return [json.loads(body)["event"] for _, body in self.received]


class Client:
    """A few words for talking to the sandbox."""

    def __init__(self, process: SandboxProcess, film: Path) -> None:
        self.process, self.film = process, film

    def fields(self, **changes: Any) -> dict[str, Any]:
        """A valid upload request."""
        return {"name": "Welcome", "locale": "en-US", "languages": [{"locale": "es-ES", "srt": SRT}]} | changes

    def upload(self, film: Path | None = None, **changes: Any) -> dict[str, Any]:
        """Upload a film and return the asset."""
        files: dict[str, Any] = {"video": ("film.mp4", (film or self.film).read_bytes(), "video/mp4")}
        data = {"request": json.dumps(self.fields(**changes))}
        answer = self.process.request("POST", "/v1/assets/upload", data=data, files=files)
        assert answer.status_code == 201, answer.text
        asset: dict[str, Any] = answer.json()
        return asset

    def create(self, **changes: Any) -> Any:
        """Create by URL; the answer as it is."""
        body = self.fields(media_url="http://127.0.0.1:9/film.mp4") | changes
        return self.process.request("POST", "/v1/assets/", json=body)

    def asset(self, asset_id: str) -> dict[str, Any]:
        """An asset as it stands."""
        answer: dict[str, Any] = self.process.request("GET", f"/v1/assets/{asset_id}").json()
        return answer

    def version(self, asset: dict[str, Any], number: int = 0) -> dict[str, Any]:
        """The first version of a language as it stands."""
        version_id = asset["languages"][number]["versions"][0]["version_id"]
        answer: dict[str, Any] = self.process.request("GET", f"/v1/versions/{version_id}").json()
        return answer

    def wait_for(self, asset: dict[str, Any], status: str) -> dict[str, Any]:
        """Wait until the first version has a status."""
        eventually(lambda: self.version(asset)["status"] == status, f"version never became {status}")
        return self.version(asset)

    def wait_failed(self, asset: dict[str, Any]) -> dict[str, Any]:
        """Wait until the asset has failed; its error."""
        eventually(lambda: self.asset(asset["asset_id"])["status"] == "Failed", "asset never failed")
        error: dict[str, Any] = self.asset(asset["asset_id"])["error"]
        return error


def eventually(happened: Callable[[], bool], message: str = "it never happened", seconds: float = 15) -> None:
    """Wait for something."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, message
        time.sleep(0.02)


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of small films."""
    folder = tmp_path_factory.mktemp("films")
    small: dict[str, Any] = {"width": 320, "height": 180, "seconds": 4}
    make_sample(folder / "speech.mp4", **small)
    make_sample(folder / "ten.mp4", **small | {"seconds": 10})
    make_sample(folder / "silent.mp4", audio="silence", **small)
    make_sample(folder / "mute.mp4", audio="none", **small)
    make_sample(folder / "sound_only.mp4", video=False, **small)
    make_sample(folder / "tone.mp4", audio="tone", **small)
    make_sample(folder / "turned.mp4", rotation=90, **small)
    (folder / "text.mp4").write_text("this is not a film")
    (folder / "list.mp4").write_text(f"#EXTM3U\n#EXTINF:4,\n{folder / 'speech.mp4'}\n#EXT-X-ENDLIST\n")
    (folder / "cut.mp4").write_bytes((folder / "speech.mp4").read_bytes()[:40_000])
    return folder


@pytest.fixture(scope="session")
def running() -> Iterator[SandboxProcess]:
    """The sandbox, started once."""
    with SandboxProcess() as process:
        yield process


@pytest.fixture
def sandbox(running: SandboxProcess) -> SandboxProcess:
    """The sandbox, empty."""
    running.reset()
    return running


@pytest.fixture
def client(sandbox: SandboxProcess, films: Path) -> Client:
    """Somebody who uses it."""
    return Client(sandbox, films / "speech.mp4")


@pytest.fixture
def listener() -> Iterator[Listener]:
    """Somebody who listens."""
    listener = Listener()
    thread = threading.Thread(target=listener.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield listener
    listener.server.shutdown()
    listener.server.server_close()
    thread.join()


@pytest.fixture
def film_server(films: Path) -> Iterator[str]:
    """A file server with the films."""

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(films)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()
