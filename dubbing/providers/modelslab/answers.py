"""What an answer from ModelsLab means: its body decides, then its HTTP status.

The same error comes as 200 or 400, its text under ``message`` or ``messege``, its waiting time in the body; and since
the key is sent in the request's body, whatever quotes a request quotes the key.
https://docs.modelslab.com/error-codes and https://docs.modelslab.com/rate-limits
"""

from __future__ import annotations

import re
from typing import Any

import httpx

from dubbing.providers.answers import failure, parsed, redacted, retry_after, without_queries
from dubbing.providers.base import ProviderError, Rejected, Throttled
from dubbing.providers.http import excuse, read_answer

FAILED = ("error", "failed")
UNDERWAY = ("success", "processing")
_ECHOES = frozenset({"key", "meta", "webhook", "init_video", "video_link"})
_LINK = re.compile(r"(https?://[^\s/\"'<>?#]*)/[^\s\"'<>]*", re.IGNORECASE)


def read(response: httpx.Response, what: str, secrets: tuple[str, ...]) -> Any:
    """The JSON in an answer about a job, whatever its status; raises ``ProviderError`` for any other."""
    if 200 <= response.status_code < 300:
        data = read_answer(response, what, secrets)
        wait = _wait(data) if word(data) == "error" and not job_id(data) else None
        if wait is not None:
            raise Throttled(message_in(data, secrets), call=what, status=response.status_code, retry_after=wait)
        return data
    body = excuse(response)
    data = _json(body)
    error = failure(response.status_code, response.headers, body, call=what, secrets=secrets)
    if _tells_of_a_job(data, error):
        return data
    raise _provider_message(error, data, secrets)


def word(data: Any) -> str:
    """The status in the body, in lower case; empty if there is none."""
    return _text(data, "status").strip().lower()


def job_id(data: Any) -> str:
    """The id in the body, which may be a number or a text; empty if there is none."""
    value = data.get("id") if isinstance(data, dict) else None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else _text(data, "id")


def fetch_result(data: Any) -> str:
    """The address in the body from which to fetch the job, not yet judged."""
    return _text(data, "fetch_result")


def message_in(data: Any, secrets: tuple[str, ...]) -> str:
    """The body's message for people, without secrets. Links end at their host: the paths of ours are secret."""
    fields = ("message", "messege", "error", "detail")
    message = next(filter(None, (_texts(data.get(name)) for name in fields)), "") if isinstance(data, dict) else ""
    return cleaned(message, secrets)


def cleaned(text: str, secrets: tuple[str, ...]) -> str:
    """``text`` without secrets, with links cut after the host."""
    return redacted(_LINK.sub(r"\1/…", text), secrets)


def kept(data: Any, secrets: tuple[str, ...]) -> dict[str, Any]:
    """What may be stored of a body: without the echo of our request, the key and the queries of links."""
    rest = {name: value for name, value in data.items() if name not in _ECHOES}
    stored: dict[str, Any] = _without(without_queries(rest), secrets)
    return stored | {name: message_in({name: rest[name]}, secrets) for name in ("message", "messege") if name in rest}


def _tells_of_a_job(data: Any, error: ProviderError) -> bool:
    if (error.status or 0) < 400:
        return False
    if word(data) in UNDERWAY:
        return bool(job_id(data) or fetch_result(data))
    return word(data) in FAILED and type(error) is Rejected


def _provider_message(error: ProviderError, data: Any, secrets: tuple[str, ...]) -> ProviderError:
    wait = _wait(data)
    return type(error)(
        message_in(data, secrets) or cleaned(error.reason, secrets),
        call=error.call,
        status=error.status,
        retry_after=error.retry_after if wait is None else wait,
    )


def _wait(data: Any) -> float | None:
    return retry_after(str(data.get("retry_after", ""))) if isinstance(data, dict) else None


def _json(body: bytes) -> Any:
    try:
        return parsed(body)
    except ValueError:
        return None


def _text(data: Any, name: str) -> str:
    value = data.get(name) if isinstance(data, dict) else None
    return value if isinstance(value, str) else ""


def _texts(value: Any) -> str:
    """All texts in ``value``: a sentence, or wrong fields with a list of sentences each."""
    if isinstance(value, dict):
        value = list(value.values())
    return "; ".join(filter(None, map(_texts, value[:20]))) if isinstance(value, list) else _plain(value)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _without(value: Any, secrets: tuple[str, ...]) -> Any:
    if isinstance(value, dict):
        return {_without(name, secrets): _without(item, secrets) for name, item in value.items() if name not in _ECHOES}
    if isinstance(value, list):
        return [_without(item, secrets) for item in value]
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, "[key]")
    return value
