"""The documented API under /modelslab/api, and the addresses of the films."""

import hmac
import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from sandbox.jobs import COMPLETED, FAILED, Job
from sandbox.modelslab import answers
from sandbox.modelslab.account import Lab
from sandbox.modelslab.fields import AssetsGenerated, CreateDubbing, Keyed, VoiceList
from sandbox.modelslab.languages import EVERY_VOICE, SOURCES, VOICES

K = TypeVar("K", bound=Keyed)


class LabError(Exception):
    """Something is wrong. A soft error is a matter of taste: HTTP 200 or its own status, as the switches say."""

    def __init__(self, message: str, status: int = 400, *, soft: bool = False, word: str = "error") -> None:
        """Keep what the answer needs."""
        super().__init__(message)
        self.status, self.soft, self.word = status, soft, word


def lab_of(request: Request) -> Lab:
    """The account."""
    lab: Lab = request.app.state.lab
    return lab


CurrentLab = Annotated[Lab, Depends(lab_of)]
router = APIRouter()


def sent(model: type[K]) -> Callable[[Request], Awaitable[K]]:
    """Read a body: its key first, then everything else."""

    async def read(request: Request) -> K:
        lab = lab_of(request)
        try:
            data = json.loads(await request.body())
        except ValueError as error:
            raise LabError("The request body is not valid JSON.", soft=True) from error
        if not isinstance(data, dict) or request.headers.get("content-type", "").split(";")[0] != "application/json":
            raise LabError("The request body must be a JSON object.", soft=True)
        _authorise(lab, data.get("key"))
        try:
            return model.model_validate(data)
        except ValidationError as error:
            raise LabError("; ".join(_sentence(part) for part in error.errors()), soft=True) from error

    return read


def body_of(model: type[Keyed]) -> dict[str, Any]:
    """The body for the documentation page; it is read by hand."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": model.model_json_schema()}}}}


@router.post("/api/v6/voice/create_dubbing", openapi_extra=body_of(CreateDubbing))
async def create_dubbing(
    request: Request, lab: CurrentLab, fields: Annotated[CreateDubbing, Depends(sent(CreateDubbing))]
) -> Any:
    """Dub a whole video into one language."""
    _check(lab, fields)
    job = lab.new_job(fields, f"{request.url.scheme}://{request.url.netloc}")
    action = request.scope.get("sandbox.action")
    if action and action.kind == "late_create":
        lab.postpone(job, action.seconds)
    elif lab.switches.immediate:
        lab.accept(job, work=False)
        await lab.work(job)
        lab.finish(job)
    else:
        lab.accept(job)
    _raise_failure(job, "error")
    return (answers.done if job.status == COMPLETED else answers.submitted)(job, lab.switches)


@router.post("/api/v6/voice/fetch/{number}", openapi_extra=body_of(Keyed))
async def fetch(lab: CurrentLab, number: str, _: Annotated[Keyed, Depends(sent(Keyed))]) -> Any:
    """How a job stands."""
    job = lab.find(number) if number.isdecimal() else None
    if job is None:
        raise LabError("Invalid request id.", int(lab.switches.unknown_id))
    lab.look(job)
    _raise_failure(job, lab.switches.failed_word)
    return (answers.fetched if job.status == COMPLETED else answers.pending)(job, lab.switches)


@router.post("/api/v6/voice/voice_list", openapi_extra=body_of(VoiceList))
async def voice_list(fields: Annotated[VoiceList, Depends(sent(VoiceList))]) -> Any:
    """The voices of the account."""
    names = ("voice_id", "name", "language")
    return {"status": "success", "voices": [dict(zip(names, voice, strict=True)) for voice in VOICES[fields.type]]}


@router.post("/api/assets_generated", openapi_extra=body_of(AssetsGenerated))
@router.post("/api/v6/assets_generated", openapi_extra=body_of(AssetsGenerated))
async def assets_generated(
    request: Request, lab: CurrentLab, fields: Annotated[AssetsGenerated, Depends(sent(AssetsGenerated))]
) -> Any:
    """What the account has made, newest first."""
    if not lab.switches.enterprise_key:
        raise LabError("This endpoint needs an enterprise API key.", 401)
    wanted = [job for job in lab.jobs.values() if job.due is None and fields.type == "voice"]
    action = request.scope.get("sandbox.action")
    if action and action.kind == "lag":
        wanted = [job for job in wanted if job.created <= lab.studio.now() - action.seconds]
    if lab.switches.listed == "finished":
        wanted = [job for job in wanted if job.status == COMPLETED]
    wanted.reverse()
    start = (fields.page - 1) * fields.per_page
    shown = wanted[start : start + fields.per_page]
    pagination = {
        "current_page": fields.page,
        "per_page": fields.per_page,
        "total": len(wanted),
        "last_page": max(1, -(-len(wanted) // fields.per_page)),
        "from": start + 1 if shown else None,
        "to": start + len(shown) if shown else None,
    }
    return {"data": [answers.listed(job, lab.switches) for job in shown], "pagination": pagination}


@router.head("/{place}/{name}", include_in_schema=False)
@router.get("/{place}/{name}")
async def download(lab: CurrentLab, place: str, name: str) -> FileResponse:
    """A film, at its own address or at the mirror; byte ranges are served. No key, no signature."""
    broken = {"no": (), "both": ("files", "cdn"), "output": ("files",), "proxy": ("cdn",)}[lab.switches.links_broken]
    job = lab.by_file(name) if place in ("files", "cdn") and place not in broken else None
    path = lab.result_file(job) if job else None
    if path is None:
        raise HTTPException(404, "no such file")
    return FileResponse(path, media_type="video/mp4")


def make_app(lab: Lab) -> FastAPI:
    """The part of the program under /modelslab."""
    app = FastAPI(title="ModelsLab, a stand-in", version="1", redirect_slashes=False)
    app.state.lab = lab
    app.include_router(router)
    app.add_exception_handler(LabError, _answer_error)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(Exception, _answer_crash)
    return app


async def _answer_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, LabError)
    switches = lab_of(request).switches
    status = 200 if error.soft and switches.fault_status == "200" else error.status
    answer = answers.failed(str(error), switches, error.word)
    return JSONResponse(answer | ({"retry_after": switches.retry_after} if status == 429 else {}), status)


async def _answer_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return JSONResponse(answers.failed(str(error.detail), lab_of(request).switches), error.status_code)


async def _answer_crash(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse(answers.failed(f"Server error: {type(error).__name__}", lab_of(request).switches), 500)


def _authorise(lab: Lab, key: object) -> None:
    good = isinstance(key, str) and hmac.compare_digest(key.encode(), lab.studio.config.api_key.encode())
    if not good or lab.studio.switches.limits.key_revoked:
        raise LabError("Invalid API key.", 401)


def _check(lab: Lab, fields: CreateDubbing) -> None:
    """What costs nothing because it is refused."""
    switches = lab.switches
    if switches.source_langs == "listed" and fields.source_lang not in SOURCES:
        raise LabError(f"source_lang: {fields.source_lang!r} is not supported", soft=True)
    if switches.voices == "listed" and fields.voice_id not in ("", *EVERY_VOICE):
        raise LabError(f"voice_id: there is no voice {fields.voice_id!r}", soft=True)
    hook = fields.webhook
    if hook and not hook.startswith("https:") and not lab.studio.config.may_reach(hook):
        raise LabError("webhook: must be a public https URL", soft=True)
    if switches.account != "ok":
        no_credits = switches.account == "no_credits"
        text = "You have no credits left." if no_credits else "This endpoint is not in your plan."
        raise LabError(text, 402 if no_credits else 403)
    if lab.queued >= switches.queue_limit:
        raise LabError("Your account's queue is full, try again later.", 429)


def _raise_failure(job: Job, word: str) -> None:
    if job.status == FAILED:
        raise LabError(job.message, soft=True, word=word)


def _sentence(part: Any) -> str:
    place = ".".join(str(step) for step in part["loc"])
    return f"{place}: {str(part['msg']).removeprefix('Value error, ')}"
