"""Log lines: as text or JSON, with what they are about, without keys, callback tokens and signed links."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime

from django.conf import settings

from dubbing import providers
from dubbing.platform import log_scope, request_scope

KEYS = (
    "SECRET_KEY", "PASSPORT_KEY", "EMAIL_HOST_PASSWORD", "OIDC_CLIENT_SECRET", "METRICS_TOKEN", "ALERT_WEBHOOK_URL",
    "S3_SECRET_ACCESS_KEY", "SENTRY_DSN", "OTEL_EXPORTER_OTLP_HEADERS",
)  # fmt: skip
SHORTEST = 6
# User name and password in an address; passwords are not always escaped as addresses require.
_PERSON = re.compile(r"(?<=://)(?:[^\s\"'<>/?#]{1,400}@|[^\s\"'<>/?#@:]{0,200}:(?!\d{1,5}(?:\D|$))[^\s\"'<>@]{1,200}@)")
_SECRET = re.compile(
    r"((?:^|[?&;\s\"'{,(])[\"']?(?:[\w-]*(?:token|signature|secret|password|passwd|api[_-]?key)|sig|key|pwd)[\"']?\s?[=:]\s?[\"']?)"
    r"(?!\[(?:key|token|cut)\])[^\s&;,\"')}]+",
    re.IGNORECASE,
)
_SIGNED = re.compile(r"(https?://[^\s?\"']+)\?[^\s\"']+")
# Tokens of programs, anywhere in a text: their prefix identifies them.
_API_TOKEN = re.compile(r"\bdub_(?:pat|prj)_[\w-]{20,}", re.ASCII)
_TOKEN = re.compile(r"(/callbacks/[a-z]+/|/shared/|/s/|/password/reset/[^/\s]+/)[^/\s]+")


def redact(text: str) -> str:
    """``text`` without keys, passwords, tokens and signed paths, and with the queries of all links removed."""
    for secret in filter(lambda secret_value: len(secret_value) >= SHORTEST, _secrets()):
        text = text.replace(secret, "[key]")
    text = _API_TOKEN.sub("[token]", _SIGNED.sub(r"\1?[cut]", _PERSON.sub("[cut]@", text)))
    return _TOKEN.sub(r"\1[token]", _SECRET.sub(r"\1[cut]", text))


def _secrets() -> Iterator[str]:
    """Configured values that must never be shown. Short passwords are left out, since they occur in ordinary words."""
    yield from providers.secrets()
    yield from ((getattr(settings, name, "") or "").strip() for name in KEYS)
    yield from (str(database.get("PASSWORD") or "") for database in settings.DATABASES.values())


class Redact(logging.Filter):
    """Rewrites each record's message; tracebacks through ``exc_text``."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through, redacted."""
        record.msg, record.args = redact(_message(record)), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = redact(logging.Formatter().formatException(record.exc_info))
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        return True


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):  # arguments that do not fit must not break what was being logged
        return f"{record.msg} {record.args}"


class Context(logging.Filter):
    """Adds to each record what it is about: request, task, asset and submission, as far as that is known."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through."""
        scope = request_scope.current()
        # Django writes about a refused request when it is over; the request goes with the record.
        request_id = scope.request_id if scope else getattr(getattr(record, "request", None), "request_id", "")
        record.about = ({"request": request_id} if request_id else {}) | log_scope.current()
        return True


class TextFormatter(logging.Formatter):
    """A line for people, which ends with what it is about."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        """The line without its traceback."""
        about = " ".join(f"{name}={value}" for name, value in getattr(record, "about", {}).items())
        return super().formatMessage(record) + (f" [{about}]" if about else "")


class JsonFormatter(logging.Formatter):
    """One JSON object on one line for programs."""

    def format(self, record: logging.LogRecord) -> str:
        """The whole record. What the filter has redacted is not read again from its source."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "process": record.process,
            **getattr(record, "about", {}),
        }
        if record.exc_text:
            line["traceback"] = record.exc_text
        if record.stack_info:
            line["stack"] = record.stack_info
        return json.dumps(line)
