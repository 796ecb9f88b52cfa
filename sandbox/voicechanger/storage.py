"""The object storage of a third party: presigned addresses, strict about what was signed, errors in XML, no keys."""

import asyncio
import hashlib
from pathlib import Path
from typing import Annotated, BinaryIO
from xml.sax.saxutils import escape

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.responses import FileResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from sandbox.jobs import Job
from sandbox.voicechanger.account import Changer, result_subject, upload_subject

_FLUSH = 1 << 20


class StorageError(Exception):
    """A refusal in the storage's words."""

    def __init__(self, status: int, code: str, message: str) -> None:
        """Keep what the answer needs."""
        super().__init__(message)
        self.status, self.code = status, code


def changer_of(request: Request) -> Changer:
    """Whose films these are."""
    changer: Changer = request.app.state.changer
    return changer


CurrentChanger = Annotated[Changer, Depends(changer_of)]
router = APIRouter()


@router.put("/uploads/{job_id}")
async def put(
    request: Request, changer: CurrentChanger, job_id: str, expires: str = "", signature: str = ""
) -> Response:
    """Take a film. Exactly the signed headers are wanted; the last upload wins."""
    job = _find_job(changer, job_id)
    given = {name: request.headers.get(name, "") for name in job.asked["headers"]}
    _check(changer, upload_subject(job, given), expires, signature)
    if changer.switches.require_length and "content-length" not in request.headers:
        raise StorageError(411, "MissingContentLength", "You must provide the Content-Length HTTP header.")
    path = changer.studio.sources / f"voicechanger-{job_id}.upload"
    tag = await _receive(request, path)
    action = request.scope.get("sandbox.action")
    if action and action.kind == "truncate":
        with path.open("r+b") as file:
            file.truncate(action.bytes)
    changer.uploaded(job)
    return Response(headers={"ETag": f'"{tag}"'})


@router.head("/results/{job_id}.mp4", include_in_schema=False)
@router.get("/results/{job_id}.mp4")
async def get(changer: CurrentChanger, job_id: str, expires: str = "", signature: str = "") -> FileResponse:
    """Give a result; byte ranges are served."""
    job = _find_job(changer, job_id)
    _check(changer, result_subject(job), expires, signature)
    path = changer.result_file(job)
    if path is None:
        raise StorageError(404, "NoSuchKey", "The specified key does not exist.")
    return FileResponse(path, media_type="video/mp4")


def make_app(changer: Changer) -> FastAPI:
    """The part of the program under /voicechanger-storage."""
    app = FastAPI(title="A storage, a stand-in", version="1", redirect_slashes=False)
    app.state.changer = changer
    app.include_router(router)
    app.add_exception_handler(StorageError, _answer_error)
    app.add_exception_handler(HTTPException, _answer_http)
    return app


async def _answer_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, StorageError)
    return _xml(error.status, error.code, str(error))


async def _answer_http(request: Request, error: Exception) -> Response:
    # A link signed for one method is worth nothing with another.
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        return _xml(403, "SignatureDoesNotMatch", "The method is not the one that was signed.")
    return _xml(error.status_code, "NoSuchKey", str(error.detail))


def _xml(status: int, code: str, message: str) -> Response:
    body = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    return Response(f'<?xml version="1.0" encoding="UTF-8"?>\n{body}', status, media_type="application/xml")


def _find_job(changer: Changer, job_id: str) -> Job:
    if job_id not in changer.jobs:
        raise StorageError(403, "SignatureDoesNotMatch", "The signature is not the one calculated here.")
    return changer.jobs[job_id]


def _check(changer: Changer, subject: str, expires: str, signature: str) -> None:
    if changer.studio.links.valid(subject, expires, signature, changer.studio.now()):
        return
    if changer.studio.links.genuine(subject, expires, signature):
        raise StorageError(403, "AccessDenied", "Request has expired")
    raise StorageError(403, "SignatureDoesNotMatch", "The signature is not the one calculated here.")


async def _receive(request: Request, path: Path) -> str:
    """Write the body to its file, which appears when it is complete; the checksum."""
    part, digest, waiting = path.with_suffix(".part"), hashlib.md5(usedforsecurity=False), bytearray()
    try:
        with part.open("wb", buffering=0) as file:
            async for chunk in request.stream():
                waiting += chunk
                if len(waiting) >= _FLUSH:
                    await asyncio.to_thread(_flush, waiting, file, digest)
            _flush(waiting, file, digest)
        part.replace(path)
    except ClientDisconnect as error:
        raise StorageError(400, "IncompleteBody", "The body ended too early.") from error
    finally:
        part.unlink(missing_ok=True)
    return digest.hexdigest()


def _flush(waiting: bytearray, file: BinaryIO, digest: "hashlib._Hash") -> None:
    file.write(waiting)
    digest.update(waiting)
    waiting.clear()
