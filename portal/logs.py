"""Keep keys, callback tokens and signed links out of the logs."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

from django.conf import settings

from dubbing import providers

KEYS = ("SECRET_KEY", "PASSPORT_KEY", "EMAIL_HOST_PASSWORD", "OIDC_CLIENT_SECRET", "S3_SECRET_ACCESS_KEY")
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
        return True


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):  # arguments that do not fit must not break what was being logged
        return f"{record.msg} {record.args}"
