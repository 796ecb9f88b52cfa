"""Answers of the documented API, and how records turn into them."""

from typing import Any, Literal

from pydantic import BaseModel

from sandbox.records import FAILED, Asset, Version, stamp
from sandbox.switches import Shapes

_ERROR_NAMES = {
    "code_message": ("code", "message"),
    "error_code_detail": ("error_code", "detail"),
    "type_description": ("type", "description"),
}


class ErrorAnswer(BaseModel):
    """Every documented error."""

    detail: str


class VersionRef(BaseModel):
    """A version as an asset shows it."""

    version_id: str


class LanguageAnswer(BaseModel):
    """One target language of an asset."""

    dubbing_id: str | None
    locale: str
    versions: list[VersionRef]


class AssetAnswer(BaseModel):
    """The Asset object."""

    asset_id: str
    name: str
    locale: str
    created_at: str
    status: Literal["Dubbing", "PendingReview", "Ready", "Failed"]
    duration: float | None = None
    error: dict[str, str] | str | None = None
    languages: list[LanguageAnswer]


class VersionAnswer(BaseModel):
    """The Version object; only status, studio_url and result_url are documented."""

    version_id: str
    asset_id: str
    locale: str
    status: Literal["NotReady", "ReadyToEdit", "Generating", "Completed", "Failed"]
    studio_url: str
    result_url: str | None
    created_at: str
    error: dict[str, str] | str | None = None


class StudioAnswer(BaseModel):
    """A link into the studio, where one was asked for."""

    studio_url: str | None


def show_error(error: dict[str, str] | None, shapes: Shapes) -> dict[str, str] | str | None:
    """An error in the chosen form."""
    if error is None:
        return None
    if shapes.error == "string":
        return f"{error['code']}: {error['message']}"
    code, message = _ERROR_NAMES[shapes.error]
    return {code: error["code"], message: error["message"]}


def show_asset(asset: Asset, shapes: Shapes, *, versions: bool = True) -> dict[str, Any]:
    """The Asset object; lists leave the versions out."""
    hide = asset.looks <= shapes.empty_versions_looks and shapes.empty_versions_looks > 0
    answer: dict[str, Any] = {
        "asset_id": asset.asset_id,
        "name": asset.name,
        "locale": asset.locale,
        "created_at": stamp(asset.created),
        "status": asset.status,
        "duration": asset.duration if shapes.told_duration is None else shapes.told_duration,
        "error": show_error(asset.error, shapes) if asset.status == FAILED else None,
        "languages": _languages(asset, shapes, versions=versions, hide=hide),
    }
    if answer["duration"] is None and shapes.duration == "omit":
        del answer["duration"]
    return answer


def _spelled(locale: str, shapes: Shapes) -> str:
    """A target locale as this provider writes it."""
    ways = {"underscore": locale.replace("-", "_"), "lower": locale.lower(), "language": locale.partition("-")[0]}
    return ways.get(shapes.locale_style, locale)


def _languages(asset: Asset, shapes: Shapes, *, versions: bool, hide: bool) -> list[dict[str, Any]]:
    languages: dict[str, dict[str, Any]] = {}
    for version in asset.versions:
        dubbing_id = version.dubbing_id if asset.prepared else None
        language = languages.setdefault(
            version.locale, {"dubbing_id": dubbing_id, "locale": _spelled(version.locale, shapes)}
        )
        if versions:
            shown = language.setdefault("versions", [])
            if not hide:
                shown.append({"version_id": version.version_id})
    return list(languages.values())


def show_version(
    asset: Asset, version: Version, shapes: Shapes, *, studio_url: str, result_url: str | None
) -> dict[str, Any]:
    """The Version object."""
    return {
        "version_id": version.version_id,
        "asset_id": asset.asset_id,
        "locale": _spelled(version.locale, shapes),
        "status": version.status,
        "studio_url": studio_url,
        "result_url": result_url,
        "created_at": stamp(version.created),
        "error": show_error(version.error, shapes),
    }


def show_list(items: list[dict[str, Any]], total: int, shapes: Shapes) -> dict[str, Any] | list[dict[str, Any]]:
    """The list in the chosen envelope."""
    return items if shapes.list_envelope == "bare" else {shapes.list_envelope: items, "total": total}
