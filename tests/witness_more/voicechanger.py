"""VoiceChangerAPI's dubbing as somebody else understood it.

Decided here: jobs are called ``id``; the storage is another server, wants a signed header of its own and no key; the
words while it works are ``running`` and ``done?``, which say nothing; the result is JSON with a ``url``
elsewhere, 425 before; faults are ``{"error": {"message": ...}}``; a start answers 202 with nothing in it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from tests.support.http_server import Request, Server

KEY = "witness-of-voicechanger-0123456789"


@dataclass
class Job:
    """A slot, later a job."""

    id: str
    content_type: str
    source: bytes = b""
    starts: list[dict[str, Any]] = field(default_factory=list)
    looks: int = 0


@dataclass
class VoiceChanger:
    """The API and its storage."""

    film: bytes
    """What a dub is here."""
    jobs: dict[str, Job] = field(default_factory=dict)
    api: Server = field(init=False)
    store: Server = field(init=False)

    def __post_init__(self) -> None:
        self.api, self.store = Server(self._api), Server(self._storage)

    def _api(self, request: Request) -> None:
        if request.headers.get("x-api-key") != KEY:
            return _fault(request, 401, f"{request.headers.get('x-api-key')} is not a key")
        path = urlsplit(request.path)
        steps = path.path.strip("/").split("/")
        if request.method == "POST" and steps == ["v1", "dubbing", "uploads"]:
            return self._slot(request, parse_qs(path.query))
        job = self.jobs.get(steps[3] if steps[1] == "dubbing" and len(steps) == 5 else steps[2])
        if job is None:
            return _fault(request, 404, "no such job")
        if request.method == "POST" and steps[-1] == "start":
            return self._start(request, job)
        if request.method != "GET":
            return _fault(request, 405, "what?")
        return self._result(request, job) if steps[-1] == "result" else self._job(request, job)

    def _slot(self, request: Request, query: dict[str, list[str]]) -> None:
        if "content_type" not in query:
            return _fault(request, 400, "content_type is missing")
        job = Job(str(uuid4()), query["content_type"][0])
        self.jobs[job.id] = job
        link = f"{self.store.url}/up/{job.id}?X-Sig={uuid4().hex}"
        headers = {"Content-Type": job.content_type, "x-goog-meta-owner": job.id}
        told = {"upload_url": link, "upload_method": "PUT", "headers": headers, "expires_in": 30}
        return request.answer(201, {"id": job.id, **told})

    def _start(self, request: Request, job: Job) -> None:
        asked = json.loads(request.body)
        if not job.source or job.starts:
            return _fault(request, 409, "not now")
        if not {"source_language", "target_language"} <= set(asked):
            return _fault(request, 422, "languages")
        job.starts.append(asked)
        return request.answer(202, b"")

    def _job(self, request: Request, job: Job) -> None:
        if not job.starts:
            return request.answer(200, {"id": job.id, "status": "waiting_upload"})
        job.looks += 1
        if job.looks > 4 and job.starts[0]["target_language"] == "fr":
            return request.answer(200, {"id": job.id, "status": "failed", "error": {"message": "no voice heard"}})
        word = ("queued", "running", "done?", "done?")[job.looks - 1] if job.looks < 5 else "completed"
        return request.answer(200, {"id": job.id, "status": word})

    def _result(self, request: Request, job: Job) -> None:
        if job.looks < 6:
            return _fault(request, 425, "too early")
        return request.answer(
            200, {"url": f"{self.store.url}/down/{job.id}?t={uuid4().hex}"}, {"Content-Type": "application/json"}
        )

    def _storage(self, request: Request) -> None:
        job = self.jobs.get(urlsplit(request.path).path.rpartition("/")[2])
        if job is None or KEY in str(request.headers) or "?" not in request.path:
            return request.answer(403, b"<Error><Code>AccessDenied</Code></Error>")
        if request.method == "GET":
            return request.answer(200, self.film, {"Content-Type": "video/mp4"})
        signed = (job.content_type, job.id)
        if (request.headers.get("content-type"), request.headers.get("x-goog-meta-owner")) != signed:
            return request.answer(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>")
        job.source = request.body
        return request.answer(200, b"")


def _fault(request: Request, status: int, words: str) -> None:
    request.answer(status, {"error": {"message": words, "type": "fault"}})
