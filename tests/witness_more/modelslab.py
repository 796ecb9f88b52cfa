"""ModelsLab's dubbing as somebody else understood it.

Decided here: ids are texts; nothing says where to fetch; faults are HTTP 400 with ``messege``; ``eta`` is a fraction;
``output`` lies on another origin, doubled, behind a first link that is dead; no webhook ever comes; a job is not known
for one fetch after it was made; the queue is full once.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from tests.support.http_server import Request, Server
from tests.support.plain_http import plain_http

KEY = "witness-of-modelslab-0123456789"
TARGETS = {"es", "fr", "hi", "it", "pt-br", "en-us", "en-gb", "ja", "zh"}


@dataclass
class Job:
    """One paid job."""

    id: str
    asked: dict[str, Any]
    film: bytes
    looks: int = 0


@dataclass
class ModelsLab:
    """``with`` two servers: the API and the storage of results."""

    film: bytes
    """What a dub is here."""
    jobs: dict[str, Job] = field(default_factory=dict)
    full: int = 1
    api: Server = field(init=False)
    cdn: Server = field(init=False)

    def __post_init__(self) -> None:
        self.api, self.cdn = Server(self._api), Server(self._file)

    @property
    def url(self) -> str:
        """The base address."""
        return f"{self.api.url}/api/v6"

    def _api(self, request: Request) -> None:
        asked = json.loads(request.body or b"{}")
        if request.method != "POST" or asked.get("key") != KEY:
            return request.answer(401, {"status": "error", "messege": f"the key {asked.get('key')} is not valid"})
        if request.path == "/api/v6/voice/create_dubbing":
            return self._create(request, asked)
        if request.path.startswith("/api/v6/voice/fetch/"):
            return self._fetch(request, request.path.rpartition("/")[2])
        return request.answer(403, {"status": "error", "messege": "Enterprise only"})

    def _create(self, request: Request, asked: dict[str, Any]) -> None:
        if asked.get("output_lang") not in TARGETS or not asked.get("source_lang"):
            return request.answer(400, {"status": "error", "messege": {"output_lang": ["is not one of ours"]}})
        if self.full:
            self.full -= 1
            return request.answer(429, {"status": "error", "messege": "queue full", "retry_after": "1"})
        film = plain_http.get(asked["init_video"], headers={"Range": "bytes=0-"})
        if film.status_code not in (200, 206):
            return request.answer(400, {"status": "error", "messege": "init_video cannot be opened"})
        job = Job(f"dub-{uuid4().hex}", asked, self.film)
        self.jobs[job.id] = job
        soon = f"{self.cdn.url}/gen/{job.id}_{asked['file_prefix']}.mp4"
        told = {"id": job.id, "eta": 0.42, "output": "", "future_links": [soon], "proxy_links": [soon]}
        return request.answer(200, {"status": "processing", "messege": "wait", "fetch_result": None, **told})

    def _fetch(self, request: Request, job_id: str) -> None:
        job = self.jobs.get(job_id)
        if job is None:
            return request.answer(404, {"status": "error", "messege": "Request not found"})
        job.looks += 1
        if job.looks == 1:
            return request.answer(404, {"status": "error", "messege": "Request not found"})
        if job.looks == 2:
            return request.answer(200, {"status": "queued", "output": ""})
        if job.asked["output_lang"] == "fr":
            return request.answer(400, {"status": "failed", "id": job.id, "messege": "no voice heard"})
        good = f"{self.cdn.url}/gen/{job.id}_{job.asked['file_prefix']}.mp4"
        output = [f"{self.cdn.url}/gone/{job.id}.mp4"]
        return request.answer(200, {"status": "success", "id": job.id, "output": output * 2, "proxy_links": [good]})

    def _file(self, request: Request) -> None:
        name = urlsplit(request.path).path.rpartition("/")[2]
        job = next((one for one in self.jobs.values() if name.startswith(one.id)), None)
        if job is None or "/gone/" in request.path or job.looks < 3:
            return request.answer(404, b"<h1>nothing</h1>", {"Content-Type": "text/html"})
        return request.answer(200, job.film, {"Content-Type": "application/octet-stream"})
