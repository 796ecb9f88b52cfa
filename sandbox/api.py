"""The documented API under /v1, and the result links it hands out."""

import hmac
import random
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect

from sandbox.answers import AssetAnswer, ErrorAnswer, StudioAnswer, VersionAnswer, show_asset, show_list, show_version
from sandbox.faults import Action
from sandbox.fields import AddLanguages, CreateFields, Revise, UploadFields
from sandbox.lifecycle import Studio
from sandbox.records import COMPLETED, FAILED, READY_TO_EDIT, Asset, Version, new_id
from sandbox.upload import UploadError, UploadReader

M = TypeVar("M", bound=BaseModel)


def studio_of(request: Request) -> Studio:
    """The studio this program runs."""
    studio: Studio = request.app.state.studio
    return studio


CurrentStudio = Annotated[Studio, Depends(studio_of)]
_bearer = HTTPBearer(scheme_name="api_key", description="panjaya-{YOUR_API_KEY}", auto_error=False)


def authorise(studio: CurrentStudio, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> None:
    """Let the configured key in, with exactly one prefix."""
    value = given.credentials if given else ""
    good = hmac.compare_digest(value.encode(), studio.config.bearer.encode())
    if not good or studio.switches.limits.key_revoked:
        raise HTTPException(401, "the API key could not be validated")


def allow_work(studio: CurrentStudio) -> None:
    """Refuse paid work on a limited account."""
    if studio.switches.limits.account_limited:
        raise HTTPException(403, "account limitation: no more dubbing is available on this account")


_ERRORS: dict[int | str, dict[str, Any]] = {code: {"model": ErrorAnswer} for code in (400, 401, 403, 404, 500)}
router = APIRouter(prefix="/v1", dependencies=[Depends(authorise)], responses=_ERRORS, tags=["documented"])
links = APIRouter(tags=["results"])


@router.post(
    "/assets/",
    status_code=201,
    response_model=AssetAnswer,
    response_model_exclude_unset=True,
    dependencies=[Depends(allow_work)],
)
async def create_asset(request: Request, studio: CurrentStudio, fields: CreateFields) -> Any:
    """Create an asset from a URL."""
    return _take(request, studio, _new_asset(studio, fields, media_url=fields.media_url), "create")


@router.post(
    "/assets/upload",
    status_code=201,
    response_model=AssetAnswer,
    response_model_exclude_unset=True,
    dependencies=[Depends(allow_work)],
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["request", "video"],
                        "properties": {
                            "request": {"type": "string", "description": "JSON: create asset without media_url"},
                            "video": {"type": "string", "format": "binary"},
                            "background": {"type": "string", "format": "binary"},
                        },
                    }
                }
            },
        }
    },
)
async def upload_asset(request: Request, studio: CurrentStudio) -> Any:
    """Create an asset by uploading the file."""
    asset_id = new_id()
    paths = {name: studio.sources / f"{asset_id}.{name}" for name in ("video", "background")}
    try:
        reader = UploadReader(request.headers.get("content-type", ""), paths)
        await reader.read(request.stream())
    except ClientDisconnect as error:
        raise HTTPException(400, "the upload was cut") from error
    except UploadError as error:
        raise HTTPException(400, str(error)) from error
    try:
        fields = _parsed(UploadFields, bytes(reader.request))
        if fields.background_url and "background" in reader.seen:
            raise HTTPException(400, "background_url together with a background file")
        asset = _new_asset(studio, fields)
    except (HTTPException, RequestValidationError):
        for path in paths.values():
            path.unlink(missing_ok=True)
        raise
    asset.asset_id = asset_id
    asset.source = paths["video"].name
    asset.background = paths["background"].name if "background" in reader.seen else ""
    _truncate(request, paths["video"])
    return _take(request, studio, asset, "upload")


@router.get("/assets/{asset_id}", response_model=AssetAnswer, response_model_exclude_unset=True)
async def get_asset(studio: CurrentStudio, asset_id: str) -> Any:
    """Get an asset."""
    asset = find_asset(studio, asset_id)
    asset.looks += 1
    return show_asset(asset, studio.switches.shapes)


@router.get("/assets/", response_model=None)
async def list_assets(
    request: Request,
    studio: CurrentStudio,
    page: Annotated[int, Query(ge=1)] = 1,
    page_size: Annotated[int, Query(ge=1, le=200)] = 20,
) -> Any:
    """List assets, newest first, without their versions."""
    assets = list(reversed(studio.assets.values()))
    start = (page - 1) * page_size
    action: Action | None = request.scope.get("sandbox.action")
    if action and action.kind == "lag":
        assets = [asset for asset in assets if asset.created <= studio.now() - action.seconds]
    if action and action.kind == "flicker":
        start = max(0, start + random.randint(-action.shift, action.shift))
        assets = [asset for asset in assets if random.random() >= action.drop]
    shapes = studio.switches.shapes
    shown = [show_asset(asset, shapes, versions=False) for asset in assets[start : start + page_size]]
    return show_list(shown, len(assets), shapes)


@router.post(
    "/assets/{asset_id}/languages",
    response_model=AssetAnswer,
    response_model_exclude_unset=True,
    dependencies=[Depends(allow_work)],
)
async def add_languages(studio: CurrentStudio, asset_id: str, fields: AddLanguages) -> Any:
    """Add target languages."""
    asset = find_asset(studio, asset_id)
    if asset.status == FAILED:
        raise HTTPException(400, "the asset has failed; no language can be added")
    taken = {version.locale for version in asset.versions} | {asset.locale}
    for language in fields.languages:
        if language.locale in taken:
            raise HTTPException(400, f"languages: {language.locale} is already there or is the source locale")
    new = [studio.new_version(item.locale, item.srt, fields.auto_generate) for item in fields.languages]
    studio.add_versions(asset, new)
    return show_asset(asset, studio.switches.shapes)


@router.get("/versions/{version_id}", response_model=VersionAnswer)
async def get_version(request: Request, studio: CurrentStudio, version_id: str) -> Any:
    """Get a version."""
    asset, version = find_version(studio, version_id)
    studio.look(asset, version)
    result = None
    if version.status == COMPLETED:
        link = studio.links.path(version_id, version.round, studio.now() + studio.switches.limits.result_ttl)
        result = _absolute(request, link)
    shapes = studio.switches.shapes
    return show_version(asset, version, shapes, studio_url=_studio_url(request, version_id), result_url=result)


@router.patch("/versions/{version_id}/revise", response_model=StudioAnswer)
async def revise_version(request: Request, studio: CurrentStudio, version_id: str, fields: Revise) -> Any:
    """Reopen a version for editing; its result is removed for good."""
    asset, version = find_version(studio, version_id)
    if version.status not in (COMPLETED, READY_TO_EDIT, FAILED):
        raise HTTPException(400, f"a version in {version.status} cannot be revised")
    studio.revise(asset, version)
    return {"studio_url": None if fields.studio_url_request is None else _studio_url(request, version_id)}


@router.post("/versions/{version_id}/studio_url", response_model=StudioAnswer)
async def studio_url(request: Request, studio: CurrentStudio, version_id: str) -> Any:
    """A signed link into the studio (path and method are assumed, the documentation does not show them)."""
    find_version(studio, version_id)
    return {"studio_url": _studio_url(request, version_id) + "?signed=sandbox"}


@links.head("/results/{version_id}/{round_}.mp4", response_model=None, include_in_schema=False)
@links.get("/results/{version_id}/{round_}.mp4", response_model=None)
async def get_result(
    request: Request, studio: CurrentStudio, version_id: str, round_: int, expires: str = "", signature: str = ""
) -> FileResponse:
    """The generated video behind its signed link; byte ranges are served."""
    if not studio.links.valid(request.url.path, expires, signature, studio.now()):
        raise HTTPException(403, "the link has expired or its signature is wrong")
    _, version = find_version(studio, version_id)
    path = studio.result_file(version)
    if path is None or version.round != round_:
        raise HTTPException(404, "this result was removed")
    return FileResponse(path, media_type="video/mp4")


def _new_asset(studio: Studio, fields: UploadFields, media_url: str | None = None) -> Asset:
    callback = fields.callback_url
    if callback and not callback.startswith("https:") and not studio.config.may_reach(callback):
        raise HTTPException(400, "callback_url: must be a public https URL")
    plain = fields.model_dump(exclude={"languages", "media_url", "lips_model"})
    asset = Asset(asset_id=new_id(), created=studio.now(), media_url=media_url, **plain)
    asset.lips_model = fields.lips_model or "real_face"
    asset.versions = [studio.new_version(item.locale, item.srt, fields.auto_generate) for item in fields.languages]
    return asset


def _take(request: Request, studio: Studio, asset: Asset, operation: str) -> dict[str, Any]:
    action: Action | None = request.scope.get("sandbox.action")
    if action and action.kind == "late_create":
        studio.store.put_later(asset, operation, studio.now() + action.seconds)
    else:
        studio.accept(asset, operation)
    return show_asset(asset, studio.switches.shapes)


def _truncate(request: Request, path: Any) -> None:
    action: Action | None = request.scope.get("sandbox.action")
    if action and action.kind == "truncate":
        with path.open("r+b") as file:
            file.truncate(action.bytes)


def _parsed(model: type[M], content: bytes) -> M:
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from error


def find_asset(studio: Studio, asset_id: str) -> Asset:
    """The asset, or 404."""
    if asset_id not in studio.assets:
        raise HTTPException(404, f"asset {asset_id} was not found")
    return studio.assets[asset_id]


def find_version(studio: Studio, version_id: str) -> tuple[Asset, Version]:
    """The version with its asset, or 404."""
    if version_id not in studio.versions:
        raise HTTPException(404, f"version {version_id} was not found")
    return studio.versions[version_id]


def _absolute(request: Request, path: str) -> str:
    return str(request.base_url).rstrip("/") + path


def _studio_url(request: Request, version_id: str) -> str:
    return _absolute(request, f"/studio/{version_id}")
