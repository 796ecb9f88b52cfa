"""The documented API under /voicechanger/v1."""

import hmac
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse, RedirectResponse
from fastapi.security import APIKeyHeader
from starlette.exceptions import HTTPException as AnyHTTPException

from sandbox.fields import Body as StrictBody
from sandbox.jobs import COMPLETED, FAILED, WAITING, Job
from sandbox.voicechanger import answers
from sandbox.voicechanger.account import Changer
from sandbox.voicechanger.languages import source_known, target_locale


class Start(StrictBody):
    """The body of start; every field is optional."""

    source_language: str | None = None
    target_language: str | None = None
    notes: str | None = None


def changer_of(request: Request) -> Changer:
    """The account."""
    changer: Changer = request.app.state.changer
    return changer


CurrentChanger = Annotated[Changer, Depends(changer_of)]
_key = APIKeyHeader(name="X-API-Key", auto_error=False)


def authorise(changer: CurrentChanger, given: Annotated[str | None, Depends(_key)]) -> None:
    """Let the configured key in."""
    good = hmac.compare_digest((given or "").encode(), changer.studio.config.api_key.encode())
    if not good or changer.studio.switches.limits.key_revoked:
        raise HTTPException(401, "invalid API key")


router = APIRouter(prefix="/v1", dependencies=[Depends(authorise)])


@router.post("/dubbing/uploads")
async def take_slot(request: Request, changer: CurrentChanger, content_type: str) -> JSONResponse:
    """A slot for one film, and its job."""
    unknown = set(request.query_params) - {"content_type"}
    if unknown or await request.body():
        raise HTTPException(422, f"nothing but content_type was expected: {sorted(unknown) or 'a body'}")
    if not content_type.startswith("video/") or not content_type.removeprefix("video/").isascii():
        raise HTTPException(415, f"content_type {content_type!r} is not supported")
    job = changer.new_job(content_type)
    link = changer.upload_link(job, _origin(request))
    return JSONResponse(answers.slot(job, changer.switches, link), changer.switches.slot_status)


@router.post("/dubbing/jobs/{job_id}/start")
async def start(
    request: Request, changer: CurrentChanger, job_id: str, fields: Annotated[Start | None, Body()] = None
) -> JSONResponse:
    """The paid step."""
    job, wishes = _find_job(changer, job_id), fields or Start()
    locale = _locale(changer, wishes)
    _check_state(changer, job)
    switches = changer.switches
    if changer.balance < switches.price:
        raise HTTPException(switches.credits_status, f"not enough credits: {changer.balance} of {switches.price}")
    if job.status != WAITING:
        changer.charge(job)
    else:
        changer.start(job, wishes.model_dump(), locale)
        action = request.scope.get("sandbox.action")
        if action and action.kind == "late_create":
            changer.postpone(job, action.seconds)
        else:
            changer.accept(job)
    return JSONResponse(answers.show(job, switches, expired=False), switches.start_status)


@router.get("/jobs/{job_id}")
async def get_job(changer: CurrentChanger, job_id: str) -> Any:
    """How a job stands."""
    job = _find_job(changer, job_id)
    changer.look(job)
    return answers.show(job, changer.switches, expired=changer.expired(job))


@router.get("/jobs/{job_id}/result", response_model=None)
async def get_result(request: Request, changer: CurrentChanger, job_id: str) -> Response:
    """The film, or the way to it."""
    job, switches = _find_job(changer, job_id), changer.switches
    if job.status == FAILED:
        raise HTTPException(409, f"the job has failed: {job.message}")
    path = changer.result_file(job)
    if job.status != COMPLETED or path is None:
        raise HTTPException(switches.not_ready_status, "the result is not ready")
    if switches.result_form == "bytes":
        return FileResponse(path, media_type="video/mp4")
    link = changer.result_link(job, _origin(request))
    if switches.result_form == "json":
        return JSONResponse({switches.json_key: link, "expires_in": round(switches.result_ttl)})
    return RedirectResponse(link, switches.redirect_status)


def make_app(changer: Changer) -> FastAPI:
    """The part of the program under /voicechanger."""
    app = FastAPI(title="VoiceChangerAPI, a stand-in", version="1", redirect_slashes=False)
    app.state.changer = changer
    app.include_router(router)
    app.add_exception_handler(AnyHTTPException, _answer_http)
    app.add_exception_handler(RequestValidationError, _answer_refused)
    app.add_exception_handler(Exception, _answer_crash)
    return app


async def _answer_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, AnyHTTPException)
    return _answer(request, str(error.detail), error.status_code)


async def _answer_refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    places = (f"{'.'.join(str(step) for step in part['loc'])}: {part['msg']}" for part in error.errors())
    return _answer(request, "; ".join(places), 422)


async def _answer_crash(request: Request, error: Exception) -> Response:
    return _answer(request, f"internal error: {type(error).__name__}", 500)


def _answer(request: Request, text: str, status: int) -> Response:
    body = answers.error(text, changer_of(request).switches)
    return PlainTextResponse(body, status) if isinstance(body, str) else JSONResponse(body, status)


def _find_job(changer: Changer, job_id: str) -> Job:
    if job_id not in changer.jobs:
        raise HTTPException(404, f"job {job_id} was not found")
    return changer.jobs[job_id]


def _locale(changer: Changer, wishes: Start) -> str:
    """The locale to speak, once both languages are fine."""
    tags = changer.switches.languages == "any"
    if wishes.source_language is not None and not source_known(wishes.source_language, tags=tags):
        raise HTTPException(422, f"source_language {wishes.source_language!r} is not supported")
    if wishes.target_language is None and changer.switches.missing_target == "accept":
        return "en-US"
    locale = target_locale(wishes.target_language or "", tags=tags)
    if locale is None:
        raise HTTPException(422, f"target_language {wishes.target_language!r} is not supported")
    return locale


def _check_state(changer: Changer, job: Job) -> None:
    switches, wrong = changer.switches, ""
    if job.status != WAITING and switches.double_start == "refuse":
        wrong = f"the job is {answers.word(job.status, switches)}"
    elif changer.expired(job):
        wrong = "the job has expired"
    elif not job.upload and switches.early_start == "refuse":
        wrong = "nothing was uploaded"
    if wrong:
        raise HTTPException(switches.conflict_status, wrong)


def _origin(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}"
