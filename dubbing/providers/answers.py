"""Classify HTTP answers: a status other than 2xx becomes one of our errors, with a short readable reason."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from dubbing.platform import numbers
from dubbing.providers.base import (
    AccountLimited,
    AnswerLost,
    BadAnswer,
    KeyRejected,
    NotFound,
    ProviderError,
    Rejected,
    Throttled,
)

LONGEST_REASON = 500
LONGEST_WAIT = 3600.0
DEEPEST = 50
_QUERY = re.compile(r"(https?://[^\s\"'<>?#]*)([?#][^\s\"'<>]*)?", re.IGNORECASE)
_PERSON = re.compile(r"(?<=://)[^\s\"'<>/?#]{1,400}@")
_BEARER = re.compile(r"(bearer\s+)[^\s,;\"']+", re.IGNORECASE)
_TAGS = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^<>]*>", re.IGNORECASE | re.DOTALL)
_XML = re.compile(r"<(Code|Message)>([^<>]+)</\1>")
_BY_STATUS: dict[int, type[ProviderError]] = {
    401: KeyRejected,
    402: AccountLimited,
    403: AccountLimited,
    404: NotFound,
    408: AnswerLost,
    429: Throttled,
}


def failure(
    status: int, headers: Mapping[str, str], body: bytes, *, call: str, secrets: Iterable[str] = ()
) -> ProviderError:
    """The error for an answer that is not 2xx; ``secrets`` are removed from its reason."""
    reason = redacted(reason_in(body), secrets) or ("a redirect, which we do not follow" if 300 <= status < 400 else "")
    return _kind(status)(reason, call=call, status=status, retry_after=retry_after(headers.get("retry-after")))


def _kind(status: int) -> type[ProviderError]:
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= 500:
        return AnswerLost
    return Rejected if status >= 400 else BadAnswer


def retry_after(value: str | None, *, now: datetime | None = None) -> float | None:
    """Seconds to wait, 0..3600, from a Retry-After header in either form; None if it is missing or invalid.

    https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    value = (value or "").strip()
    if "e" not in value and (seconds := numbers.figure(value, low=0)) is not None:
        return min(seconds, LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(value)
        wait = (at.replace(tzinfo=at.tzinfo or UTC) - (now or datetime.now(UTC))).total_seconds()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return min(max(wait, 0.0), LONGEST_WAIT)


def parsed(body: bytes) -> Any:
    """The JSON in ``body``, without texts and numbers that no database stores: NUL, lone surrogates, infinities.

    Raises ``ValueError``, also for JSON that is nested too deeply.
    """
    try:
        return _storable(json.loads(body), DEEPEST)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _storable(value: Any, levels: int) -> Any:
    if levels <= 0:
        raise ValueError("nested too deeply")
    if isinstance(value, str):
        return value.replace("\0", "?").encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_storable(item, levels - 1) for item in value]
    if isinstance(value, dict):
        return {_storable(key, levels): _storable(item, levels - 1) for key, item in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value


def reason_in(body: bytes) -> str:
    """The message of an error's body, on one line: its ``detail`` in any form, or the text if it is not JSON.

    From a storage's XML, only code and message: the rest repeats the signed request.
    """
    try:
        return message_in(parsed(body))
    except ValueError:
        text = body[:4000].decode("utf-8", "replace")
        return ": ".join(text_part for _, text_part in _XML.findall(text)) or _TAGS.sub(" ", text)


def message_in(value: Any) -> str:
    """The message of an error in any of the usual forms."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "; ".join(filter(None, map(message_in, value[:20])))
    if isinstance(value, dict):
        return _message_in(value)
    return ""


def _message_in(value: dict[str, Any]) -> str:
    for word in ("detail", "message", "msg", "description", "error"):
        if value.get(word):
            message = message_in(value[word])
            where = value.get("loc")
            return f"{_place(where)}: {message}" if isinstance(where, list) else message
    return ""


def _place(loc: list[Any]) -> str:
    return ".".join(str(step) for step in loc[:10] if isinstance(step, str | int))


def redacted(text: str, secrets: Iterable[str] = (), *, longest: int = LONGEST_REASON) -> str:
    """``text`` on one line of at most ``longest`` characters, without ``secrets`` and without the queries of links."""
    for secret in secrets:
        text = text.replace(secret, "[key]")
    text = _BEARER.sub(r"\1[key]", without_queries(text))
    text = " ".join("".join(c if c.isprintable() else " " for c in text[: 8 * longest]).split())
    return text if len(text) <= longest else text[: longest - 1] + "…"


def without_queries(value: Any) -> Any:
    """``value`` (``parsed`` JSON) without the queries and passwords of links, which is where secrets are."""
    if isinstance(value, str):
        return _QUERY.sub(r"\1", _PERSON.sub("", value))
    if isinstance(value, list):
        return [without_queries(item) for item in value]
    if isinstance(value, dict):
        return {key: without_queries(item) for key, item in value.items()}
    return value
