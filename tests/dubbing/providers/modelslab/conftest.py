from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from dubbing.providers.base import AssetOrder, Target
from dubbing.providers.modelslab import ModelsLabProvider
from tests.support.http_server import Server

KEY = "c4n4ry-ml-0123456789"
SECRET_LINK = "https://media.example.com/s3cr3t-path/film.mp4?signature=s3cr3t"
CALLBACK = "https://portal.example.com/callbacks/modelslab/s3cr3t-token/"
MakeOrder = Callable[..., AssetOrder]


@pytest.fixture
def base_url(server: Server) -> str:
    return f"{server.url}/api/v6"


@pytest.fixture
def modelslab(base_url: str) -> ModelsLabProvider:
    return ModelsLabProvider(base_url, KEY, deadline=6)


@pytest.fixture
def make_order() -> MakeOrder:
    def make(**changes: Any) -> AssetOrder:
        order: dict[str, Any] = {"name": "Film", "reference": "DUB-ABCDEFGH23", "locale": "en-US"}
        return AssetOrder(**{**order, "targets": (Target("es-ES"),), "media_url": SECRET_LINK, **changes})

    return make


def sent(server: Server, number: int = -1) -> Any:
    return json.loads(server.requests[number].body)


def paths(server: Server) -> list[str]:
    return [request.path for request in server.requests]


def processing(base_url: str, job_id: Any = 334166, fetch_id: Any = None, **changes: Any) -> dict[str, Any]:
    """What is answered to a job that was taken, as in their sample."""
    name = "dubbed_video_5f0c-11_dub-abcdefgh23.mp4"
    return {
        "status": "processing",
        "tip": "Get faster with a plan",
        "eta": 27.5,
        "message": "Try to fetch request after seconds estimated",
        "fetch_result": f"{base_url}/voice/fetch/{job_id if fetch_id is None else fetch_id}",
        "id": job_id,
        "output": [],
        "future_links": [f"https://pub-1.example.com/audio_generations/{name}"],
        "proxy_links": [f"https://cdn.example.com/audio_generations/{name}"],
        "audio_time": None,
        "meta": {"id": "271", "speed": "1", "webhook": CALLBACK, "video_link": SECRET_LINK, "file_prefix": 10},
        **changes,
    }


def success(*links: str, **changes: Any) -> dict[str, Any]:
    """What is answered to a job that is done."""
    return {"status": "success", "generationTime": 1.9, "id": 334166, "output": list(links), "meta": {}, **changes}
