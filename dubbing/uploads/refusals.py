"""The reasons why a file or a link cannot be used, in the reader's language.

They are stored in English, no matter whose request or worker found them, with a code from which they are translated.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from dubbing.media import MediaRefused
from dubbing.models import Link, Upload
from dubbing.uploads import links


def of_upload(upload: Upload) -> dict[str, str]:
    """Return ``message`` and ``remedy``; empty texts for a usable file."""
    return _as_stored(upload.refusal) or _of_media(upload.refusal, upload.kind) or _plain(upload.refusal)


def of_link(link: Link) -> dict[str, str]:
    """Return ``message`` and ``remedy``; empty texts for a usable link."""
    known = links.explain(str(link.refusal.get("code", "")), link.kind, size=link.size, content_type=link.content_type)
    return known or _of_media(link.refusal, link.kind) or _plain(link.refusal)


def _as_stored(refusal: Mapping[str, Any]) -> dict[str, str]:
    """Return the stored texts as they are in the code."""
    message = str(refusal.get("message", ""))
    if not message or gettext(message) == message:
        return {}
    return {"message": gettext(message), "remedy": gettext(str(refusal.get("remedy") or " ")).strip()}


def _of_media(refusal: Mapping[str, Any], kind: str) -> dict[str, str]:
    problem = MediaRefused(str(refusal.get("code", "")), "video" if kind == Upload.Kind.VIDEO else "audio")
    same = problem.code == refusal.get("code") and problem.message == refusal.get("message")
    return problem.texts(gettext) if same else {}


def _plain(refusal: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(refusal.get(name, "")) for name in ("message", "remedy")}
