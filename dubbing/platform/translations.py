"""Compile the translations of the interface, and provide them to Django and to scripts.

Texts are translated in ``dubbing/locale/<language>/LC_MESSAGES/*.po``. What Django reads, the ``.mo`` beside each, is
generated whenever a process starts and finds it missing or outdated: a clone, a worktree and an image need no step.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

log = logging.getLogger(__name__)

FOLDER = Path(__file__).resolve().parent.parent / "locale"
PAGES, SCRIPTS = "django", "djangojs"
"""The domains: texts of templates and Python, and texts of scripts."""


@dataclass(frozen=True, slots=True)
class ScriptTexts:
    """The texts of scripts in one language. ``body``: JSON. ``fingerprint``: changes with the texts."""

    body: bytes
    fingerprint: str


def compile_stale() -> None:
    """Compile each ``.po`` that changed to its ``.mo``.

    If that cannot be written, log a warning with the consequences.
    """
    for source in FOLDER.glob("*/LC_MESSAGES/*.po"):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        try:
            _compile(source, target)
        except OSError as error:
            log.warning("%s cannot be written, so its texts stay English or old: %s", target, error)


def script_texts(language: str) -> ScriptTexts | None:
    """The texts that scripts need in this language; None for English, which they contain."""
    source = _source(language, SCRIPTS)
    return _read_script_texts(source, source.stat().st_mtime_ns) if source.exists() else None


def _source(language: str, domain: str) -> Path:
    return FOLDER / language / "LC_MESSAGES" / f"{domain}.po"


@lru_cache(maxsize=16)
def _read_script_texts(source: Path, changed_at: int) -> ScriptTexts:
    with source.open("rb") as file:
        catalog = read_po(file)
    texts = {
        message.id if isinstance(message.id, str) else message.id[0]: message.string
        for message in catalog
        if message.id and message.string and not message.fuzzy
    }
    body = json.dumps(texts, ensure_ascii=False, separators=(",", ":")).encode()
    return ScriptTexts(body, hashlib.sha256(body).hexdigest()[:16])


def _compile(source: Path, target: Path) -> None:
    with source.open("rb") as read:
        catalog = read_po(read, locale=source.parent.parent.name)
    # Processes that start together each write a file of their own; the last one wins.
    with tempfile.NamedTemporaryFile(dir=target.parent, suffix=".tmp", delete=False) as written:
        write_mo(written, catalog)
    # Texts are no secret, and in an image the user who reads them is not the one who wrote them.
    os.chmod(written.name, 0o644)
    os.replace(written.name, target)
