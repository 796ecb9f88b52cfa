from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from dubbing.providers.base import AssetOrder, LocalFile, ProviderError, RemoteAsset, Target
from dubbing.providers.voicechanger import VoiceChangerProvider
from tests.support.http_server import Request, Server

KEY = "c4n4ry-9876543210"
JOB = "0b5e6f2a-6c1d-4f0e-9c55-000000000001"
SIGNATURE = "5ign4tur3-0123456789"
DENIED = (
    b"<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Request has expired</Message>"
    b"<StringToSign>" + SIGNATURE.encode() + b"</StringToSign></Error>"
)

Answer = tuple[Any, ...] | Callable[[Request], None]


@dataclass
class Api:
    """The provider on one port and its storage on another, each step answered as scripted, the last answer for ever."""

    base: Server
    storage: Server
    script: dict[str, list[Answer]] = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.on("slot", (200, self.slot()))
        self.on("put", (200, b""))
        self.on("start", (202, {"job_id": JOB, "status": "queued"}))
        self.job("queued")
        self.base.script = self.storage.script = self._answer

    def on(self, step: str, *answers: Answer) -> None:
        self.script[step] = list(answers)

    def job(self, status: Any, **more: Any) -> None:
        """The job as GET tells of it."""
        self.on("job", (200, {"job_id": JOB, "status": status, **more}))

    def slot(self, job_id: str = JOB, **changes: Any) -> dict[str, Any]:
        link = f"{self.storage.url}/bucket/film%2Bx.mp4?X-Signature={SIGNATURE}&n=a%2Fb"
        headers = {"Content-Type": "video/mp4", "X-Meta-Job": "7"}
        given = {"job_id": job_id, "upload_url": link, "upload_method": "PUT", "headers": headers}
        return given | {"expires_in": 900, "status": "waiting_upload"} | changes

    def of(self, step: str) -> list[Request]:
        return [request for name, request in zip(self.steps, self.requests, strict=True) if name == step]

    def sent(self, step: str) -> Any:
        return json.loads(self.of(step)[-1].body)

    def _answer(self, request: Request) -> None:
        step = _step(request)
        self.steps.append(step)
        self.requests.append(request)
        left = self.script.get(step) or [(404, {"detail": "nothing here"})]
        answer = left.pop(0) if len(left) > 1 else left[0]
        answer(request) if callable(answer) else request.answer(*answer)


def _step(request: Request) -> str:
    path = request.path.partition("?")[0]
    known = {
        "POST /v1/dubbing/uploads": "slot",
        f"POST /v1/dubbing/jobs/{JOB}/start": "start",
        f"GET /v1/jobs/{JOB}": "job",
        f"GET /v1/jobs/{JOB}/result": "result",
        "PUT /bucket/film%2Bx.mp4": "put",
    }
    return known.get(f"{request.method} {path}", path)


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    with Server() as storage:
        yield Api(server, storage)


@pytest.fixture
def voicechanger(api: Api) -> VoiceChangerProvider:
    return VoiceChangerProvider(api.base.url, KEY, deadline=6)


@pytest.fixture
def make_order(tmp_path: Path) -> Callable[..., AssetOrder]:
    def make(*, size: int = 3_000_000, **changes: Any) -> AssetOrder:
        path = tmp_path / "film.bin"
        with path.open("wb") as file:
            file.truncate(size)
        video = LocalFile(path, "film.mp4", "video/mp4")
        told = {"name": "Film", "locale": "en-US", "targets": (Target("es-ES"),), "video": video}
        return AssetOrder(**{**told, **changes})

    return make


@pytest.fixture
def create(voicechanger: VoiceChangerProvider, make_order: Callable[..., AssetOrder]) -> Callable[..., RemoteAsset]:
    return lambda **changes: voicechanger.create_asset(make_order(**changes))


@pytest.fixture
def failing(create: Callable[..., RemoteAsset]) -> Callable[..., ProviderError]:
    """The error of a create, which never holds the key or a signature."""

    def fail(**changes: Any) -> ProviderError:
        with pytest.raises(ProviderError) as caught:
            create(**changes)
        assert KEY not in str(caught.value)
        assert SIGNATURE not in str(caught.value)
        return caught.value

    return fail
