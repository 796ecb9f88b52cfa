"""Putting the program together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from sandbox import api, control, page
from sandbox.config import Config
from sandbox.faultgate import FaultGate, Traffic
from sandbox.lifecycle import Studio
from sandbox.modelslab import api as modelslab
from sandbox.modelslab import control as modelslab_control
from sandbox.modelslab.account import Lab
from sandbox.voicechanger import api as voicechanger
from sandbox.voicechanger import control as voicechanger_control
from sandbox.voicechanger import storage
from sandbox.voicechanger.account import Changer


def make_app(config: Config) -> ASGIApp:
    """The sandbox as an ASGI application. The gate stands outside of everything: it must reach the socket."""
    studio, traffic = Studio(config), Traffic()
    lab, changer = Lab(studio), Changer(studio)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await studio.start()
        yield
        await studio.stop()

    app = FastAPI(
        title="Dubbing sandbox",
        version="1",
        description="A stand-in for the Panjaya Dubbing Studio API. It really dubs, with a robot voice. Two other "
        "providers have pages of their own: /modelslab/docs and /voicechanger/docs.",
        lifespan=lifespan,
        redirect_slashes=False,
    )
    app.state.studio, app.state.traffic = studio, traffic
    app.state.modelslab, app.state.voicechanger = lab, changer
    for router in (api.router, api.links, page.router, control.open_router, control.router):
        app.include_router(router)
    app.include_router(modelslab_control.router)
    app.include_router(voicechanger_control.router)
    app.mount("/modelslab", modelslab.make_app(lab))
    app.mount("/voicechanger", voicechanger.make_app(changer))
    app.mount("/voicechanger-storage", storage.make_app(changer))
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _refused)
    app.add_exception_handler(Exception, _crashed)
    return FaultGate(app, faults=lambda: studio.faults, traffic=traffic, now=studio.now, secret=config.api_key)


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return _answer(request, error.status_code, str(error.detail), [{"loc": [], "msg": error.detail, "type": "error"}])


async def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    parts = [{"loc": list(e["loc"]), "msg": e["msg"], "type": e["type"]} for e in error.errors()]
    status = request.app.state.studio.switches.shapes.validation_status
    return _answer(request, status, "; ".join(_sentence(part) for part in parts), parts)


async def _crashed(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": f"internal error: {type(error).__name__}"}, 500)


def _answer(request: Request, status: int, text: str, parts: list[dict[str, Any]]) -> JSONResponse:
    shape = request.app.state.studio.switches.shapes.detail
    detail = {"string": text, "array": parts, "object": {"message": text}}[shape]
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return JSONResponse({"detail": detail}, status, headers=headers)


def _sentence(part: dict[str, Any]) -> str:
    place = ".".join(str(step) for step in part["loc"] if step != "body")
    message = str(part["msg"]).removeprefix("Value error, ")
    return f"{place}: {message}" if place else message
