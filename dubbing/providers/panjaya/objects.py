"""Convert Panjaya's JSON to our objects: tolerant of missing and new fields, strict about ids.

https://docs.panjaya.ai/apis/assets and https://docs.panjaya.ai/apis/versions
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from dubbing.platform import numbers
from dubbing.providers.addresses import acceptable
from dubbing.providers.answers import redacted, without_queries
from dubbing.providers.base import BadAnswer, RemoteAsset, RemoteDubbing, RemoteError, RemoteVersion, VersionState
from dubbing.providers.unknown_statuses import UnknownStatuses

STATES = {
    "NotReady": VersionState.PREPARING,
    "ReadyToEdit": VersionState.READY,
    "Generating": VersionState.GENERATING,
    "Completed": VersionState.COMPLETED,
    "Failed": VersionState.FAILED,
}
MOST_LANGUAGES, MOST_VERSIONS = 300, 1000
"""Each language becomes a row, and each version a request: an absurd number would keep a worker busy for hours."""
_ID = re.compile(r"(?!\.+$)[A-Za-z0-9._~=-]{1,128}")
_unknown = UnknownStatuses("Panjaya")


def is_id(value: str) -> bool:
    """Whether ``value`` can be one of their ids: opaque, but safe in a path."""
    return bool(_ID.fullmatch(value))


def asset(data: Any, call: str, *, expected: str | None = None) -> RemoteAsset:
    """The asset in an answer; raises ``BadAnswer`` without a usable id, or with one other than ``expected``."""
    remote_id = usable_id(data, "asset_id")
    if remote_id is None or remote_id != (expected or remote_id):
        raise BadAnswer("the answer names no asset, or another one", call=call)
    status = _text(data, "status") or ""
    dubbings = tuple(_dubbings(data.get("languages")))
    if len(dubbings) > MOST_LANGUAGES or sum(len(dubbing.version_ids) for dubbing in dubbings) > MOST_VERSIONS:
        raise BadAnswer("the answer names more languages or versions than an asset can have", call=call)
    return RemoteAsset(
        remote_id=remote_id,
        name=_text(data, "name") or "",
        status=status,
        failed=status == "Failed",
        created_at=_text(data, "created_at"),
        duration=numbers.figure(data.get("duration")),
        error=_error(data.get("error")),
        dubbings=dubbings,
        raw=without_queries(data),
    )


def version(data: Any, call: str, *, expected: str, near: str) -> RemoteVersion:
    """The version in an answer; raises ``BadAnswer`` without a status, or for a version other than ``expected``."""
    status = _text(data, "status") if isinstance(data, dict) else None
    if status is None or str(data.get("version_id") or expected) != expected:
        raise BadAnswer("the answer is not this version", call=call)
    studio_url = _text(data, "studio_url")
    return RemoteVersion(
        remote_id=expected,
        status=status,
        state=version_state(status),
        studio_url=studio_url if studio_url and acceptable(studio_url, near=near) else None,
        result_url=_text(data, "result_url"),
        progress=numbers.figure(data.get("progress")),
        error=_error(data.get("error")),
        raw=without_queries(data),
    )


def version_state(status: str) -> VersionState | None:
    """The state in our terms; None for an unknown status, which is logged the first time."""
    if status not in STATES:
        _unknown.note(status)
    return STATES.get(status)


def usable_id(data: Any, key: str) -> str | None:
    """The id under ``key``, if there is one of the right form."""
    value = data.get(key) if isinstance(data, dict) else None
    value = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    return value if isinstance(value, str) and is_id(value) else None


def _dubbings(languages: Any) -> Iterator[RemoteDubbing]:
    for language in languages if isinstance(languages, list) else []:
        locale = _text(language, "locale") if isinstance(language, dict) else None
        if locale:
            ids = tuple(dict.fromkeys(_version_ids(language.get("versions"))))
            yield RemoteDubbing(locale, usable_id(language, "dubbing_id"), ids)


def _version_ids(versions: Any) -> Iterator[str]:
    for entry in versions if isinstance(versions, list) else []:
        version_id = usable_id(entry if isinstance(entry, dict) else {"version_id": entry}, "version_id")
        if version_id:
            yield version_id


def _error(data: Any) -> RemoteError | None:
    if isinstance(data, str) and data:
        return RemoteError("", redacted(data))
    if not isinstance(data, dict) or not data:
        return None
    code = next(filter(None, (_text(data, key) for key in ("code", "error_code", "type"))), "")
    message = next(filter(None, (_text(data, key) for key in ("message", "detail", "description"))), "")
    return RemoteError(redacted(code, longest=100), redacted(message))


def _text(data: dict[str, Any], key: str) -> str | None:
    value = data.get(key)
    return value if isinstance(value, str) and value else None
