"""Keep keys, callback tokens and signed links out of the logs."""

from __future__ import annotations

import logging
import re

from django.conf import settings

KEYS = ("PANJAYA_API_KEY", "MODELSLAB_API_KEY", "VOICECHANGER_API_KEY")
_SIGNED = re.compile(r"(https?://[^\s?\"']+)\?[^\s\"']+")
_TOKEN = re.compile(r"(/callbacks/[a-z]+/|/shared/|/password/reset/[^/\s]+/)[^/\s]+")


def redact(text: str) -> str:
    """``text`` without providers' keys, callback tokens and signed paths, and with every query cut off its link."""
    for name in KEYS:
        key = getattr(settings, name).strip().removeprefix("panjaya-")
        if key:
            text = text.replace(key, "[key]")
    return _TOKEN.sub(r"\1[token]", _SIGNED.sub(r"\1?[cut]", text))


class Redact(logging.Filter):
    """Rewrites each record's message; tracebacks go through ``exc_text``."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always lets the record through, cleaned."""
        record.msg, record.args = redact(_message(record)), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = redact(logging.Formatter().formatException(record.exc_info))
        return True


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):  # arguments that do not fit must not break what was about to be logged
        return f"{record.msg} {record.args}"
