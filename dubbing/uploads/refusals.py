"""Why a file or a link cannot be used, in the language of whoever reads it.

What is stored is English, whoever's request or worker found it; the code beside it says the same in any language.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from dubbing.media import MediaRefused
from dubbing.models import Link, Upload
from dubbing.uploads import links


def of_upload(upload: Upload) -> dict[str, str]:
    """``message`` and ``remedy``; empty texts for a file that can be used."""
    return _as_stored(upload.refusal) or _of_media(upload.refusal, upload.kind) or _plain(upload.refusal)


def of_link(link: Link) -> dict[str, str]:
    """``message`` and ``remedy``; empty texts for a link that can be used."""
    known = links.explain(str(link.refusal.get("code", "")), link.kind, size=link.size, content_type=link.content_type)
    return known or _of_media(link.refusal, link.kind) or _plain(link.refusal)


def _as_stored(refusal: Mapping[str, Any]) -> dict[str, str]:
    """Sentences that stand in the code as they are stored."""
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
