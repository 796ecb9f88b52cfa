"""Convert VoiceChangerAPI's JSON to our objects: a job is an asset with a single dubbing and a single version.

Hardly any field is documented, so only ``status`` is required, and an id, if present, must be the expected one.
https://voicechanger.co/ar/voice-changer-api/dubbing
"""

from __future__ import annotations

import re
from typing import Any

from dubbing.platform import numbers
from dubbing.providers.answers import message_in, redacted, without_queries
from dubbing.providers.base import BadAnswer, RemoteAsset, RemoteDubbing, RemoteError, RemoteVersion, VersionState
from dubbing.providers.unknown_statuses import UnknownStatuses

WAITING, EXPIRED = "waiting_upload", "expired"
STATES = {
    WAITING: VersionState.PREPARING,
    "queued": VersionState.GENERATING,
    "processing": VersionState.GENERATING,
    "running": VersionState.GENERATING,
    "in_progress": VersionState.GENERATING,
    "completed": VersionState.COMPLETED,
    "failed": VersionState.FAILED,
    "error": VersionState.FAILED,
    "canceled": VersionState.FAILED,
    "cancelled": VersionState.FAILED,
    EXPIRED: VersionState.FAILED,
}
SHORTEST_KEY = 12
_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_unknown = UnknownStatuses("VoiceChangerAPI")


def is_id(value: str) -> bool:
    """Whether ``value`` can be one of their ids: opaque, but safe in a path."""
    return bool(_ID.fullmatch(value))


def asset(data: Any, call: str, *, expected: str) -> RemoteAsset:
    """The job in an answer as an asset; raises ``BadAnswer`` without a status, or for a job other than ``expected``."""
    job = version(data, call, expected=expected)
    created_at = data.get("created_at")
    return RemoteAsset(
        remote_id=expected,
        name="",
        status=job.status,
        failed=job.state is VersionState.FAILED,
        created_at=created_at if isinstance(created_at, str) else None,
        error=job.error,
        dubbings=(RemoteDubbing("", expected, (expected,)),),
        raw=job.raw,
    )


def version(data: Any, call: str, *, expected: str) -> RemoteVersion:
    """The job in an answer as a version; raises as ``asset`` does. Its result has no link: it is requested by id."""
    status = data.get("status") if isinstance(data, dict) else None
    if not isinstance(status, str) or not status or job_id(data) not in (None, expected):
        raise BadAnswer("the answer is not this job", call=call)
    state = _state(status)
    return RemoteVersion(
        remote_id=expected,
        status=status,
        state=state,
        progress=numbers.figure(data.get("progress")),
        error=_error(data, status) if state is VersionState.FAILED else None,
        raw=without_queries(data),
    )


def job_id(data: dict[str, Any]) -> str | None:
    """The id of the job, in their spelling; None if there is none."""
    value = next((data[key] for key in ("job_id", "id") if data.get(key) is not None), None)
    return None if value is None else str(value)


def word(status: str) -> str:
    """Their status word in the spelling that we compare with."""
    return status.strip().lower().replace("-", "_")


def repeats(key: str, text: str) -> bool:
    """Whether ``text`` contains the API key. Ignores a very short one (of a sandbox), which any word may contain."""
    return len(key) >= SHORTEST_KEY and key in text


def without_key(value: Any, key: str) -> Any:
    """``value`` (JSON) without the API key, in case they repeat it."""
    if isinstance(value, str):
        return value.replace(key, "[key]") if repeats(key, value) else value
    if isinstance(value, list):
        return [without_key(item, key) for item in value]
    if isinstance(value, dict):
        return {without_key(name, key): without_key(item, key) for name, item in value.items()}
    return value


def _state(status: str) -> VersionState | None:
    """The state in our terms; None for an unknown status, which is logged the first time."""
    if word(status) not in STATES:
        _unknown.note(status)
    return STATES.get(word(status))


def _error(data: dict[str, Any], status: str) -> RemoteError:
    """Why the job failed, wherever it says so; the code is their status word if they give none."""
    message = next(
        filter(None, (message_in(data.get(key)) for key in ("error", "error_message", "detail", "message"))), ""
    )
    error = data.get("error")
    codes = (error.get("code"), error.get("type")) if isinstance(error, dict) else ()
    code = next((code for code in (*codes, data.get("error_code")) if code and isinstance(code, str)), status)
    return RemoteError(redacted(code, longest=100), redacted(message))
