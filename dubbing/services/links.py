"""Links to files on the web, looked at before they are accepted. What was found is remembered for an hour."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone

from dubbing import media, wording
from dubbing.models import Link, Upload
from dubbing.providers import open_provider
from dubbing.providers.peeking import NoLook, Peeked, peek

if TYPE_CHECKING:
    from django.contrib.auth.models import User

REMEMBERED_FOR = timedelta(hours=1)
# Whoever corrects it on the other side wants to know soon.
REFUSED_FOR = timedelta(seconds=30)
FORGOTTEN_AFTER = timedelta(days=30)
SECONDS = 8.0

UPLOAD_INSTEAD = "Check it in a private window of your browser, or upload the file."
_WORDS = {
    "forbidden": ("This link leads to an address that is not public.", "Give a public link, or upload the file."),
    "redirects": ("This link leads from one address to the next, without an end.", UPLOAD_INSTEAD),
    "unreachable": ("The server of this link does not answer.", "Check the link, or upload the file."),
    "slow": ("The server of this link takes too long to answer.", "Try again in a moment, or upload the file."),
    "tls": (
        "The server of this link cannot prove who it is: its certificate is not valid.",
        "Tell whoever runs that server, or upload the file.",
    ),
    "empty": ("There is nothing in this file: its server says that it has no bytes.", "Check it, or upload the file."),
    "page": (
        "This is a web page, not a file.",
        "Give the link of the file itself, as “download” has it. Links for sharing often open a page first; "
        "if there is no other, upload the file.",
    ),
}
_DENIED = ("The server of this link lets nobody in without signing in, or the link has expired.", UPLOAD_INSTEAD)
_MISSING = ("There is no file at this address.", "Check the link: it may have been moved or deleted.")
_TROUBLE = ("The server of this link has trouble now.", "Try again in a few minutes, or upload the file.")
_PLAIN_TYPES = {
    "",
    "application/octet-stream",
    "binary/octet-stream",
    "application/mp4",
    "application/mxf",
    "application/ogg",
    "application/x-matroska",
    "application/force-download",
    "application/x-download",
}


@dataclass(frozen=True, slots=True)
class Found:
    """What is behind a link; ``refusal`` with its words when it cannot be used."""

    size: int | None = None
    content_type: str = ""
    duration: float | None = None
    media: dict[str, Any] = field(default_factory=dict)
    refusal: dict[str, str] = field(default_factory=dict)


def known(url: str, kind: str, user: User) -> Link | None:
    """What was found the last time, while that is worth anything."""
    link = Link.objects.filter(owner_id=user.pk, kind=kind, url=url).first()
    if link is None:
        return None
    age = timezone.now() - link.looked_at
    return link if age < (REMEMBERED_FOR if link.status == Link.Status.GOOD else REFUSED_FOR) else None


def check(url: str, kind: str, user: User, *, provider: str) -> Link:
    """What is behind the link, as it was found within the last hour, or now. Takes up to ten seconds."""
    return known(url, kind, user) or _remember(url, kind, user, look(url, kind, provider))


def look(url: str, kind: str, provider: str) -> Found:
    """Go there and see. Asks the network."""
    reachable = open_provider(provider).reachable
    with tempfile.TemporaryDirectory(prefix="link-") as folder:
        into = Path(folder, "file")
        try:
            peeked = peek(url, into, reachable=reachable, seconds=SECONDS)
        except NoLook as problem:
            return Found(refusal=_refusal(problem))
        if refusal := _unfit(peeked, kind):
            return Found(peeked.size, peeked.content_type, refusal=refusal)
        return _probed(peeked, kind, into)


def forget_old() -> int:
    """Delete what was looked at long ago; how many it were."""
    return Link.objects.filter(looked_at__lt=timezone.now() - FORGOTTEN_AFTER).delete()[0]


def _remember(url: str, kind: str, user: User, found: Found) -> Link:
    facts = asdict(found) | {"looked_at": timezone.now()}
    facts["status"] = Link.Status.REFUSED if found.refusal else Link.Status.GOOD
    return Link.objects.update_or_create(owner=user, kind=kind, url=url, defaults=facts)[0]


def _probed(peeked: Peeked, kind: str, path: Path) -> Found:
    """Its length, if the two ends tell. Only of a file that is here as a whole do we believe that it is no good."""
    try:
        look_into = media.probe if kind == Upload.Kind.VIDEO else media.probe_audio
        info = look_into(path, deep=False)
    except media.MediaRefused as refused:
        words = {"code": refused.code, "message": refused.message, "remedy": refused.remedy}
        return Found(peeked.size, peeked.content_type, refusal=words if peeked.whole else {})
    duration = info.duration if math.isfinite(info.duration) and info.duration > 0 else None
    return Found(peeked.size, peeked.content_type, duration, asdict(info))


def _unfit(peeked: Peeked, kind: str) -> dict[str, str]:
    start = peeked.start.lstrip().lower()
    if peeked.content_type in {"text/html", "application/xhtml+xml"} or start.startswith((b"<!doctype html", b"<html")):
        return _words("page")
    wanted = "a video" if kind == Upload.Kind.VIDEO else "an audio file"
    if peeked.content_type not in _PLAIN_TYPES and not peeked.content_type.startswith(("video/", "audio/")):
        message = f"This is not {wanted}: its server calls it “{peeked.content_type}”."
        return {"code": "type", "message": message, "remedy": f"Give a link to {wanted}, or upload it."}
    if peeked.size == 0 or (peeked.size is None and not peeked.start):
        return _words("empty")
    limit = settings.UPLOAD_MAX_BYTES
    if peeked.size and peeked.size > limit:
        message = f"This file has {wording.size(peeked.size)}, and the portal takes at most {wording.size(limit)}."
        remedy = "Export it with a lower bit rate, or cut it into parts."
        return {"code": "large", "message": message, "remedy": remedy}
    return {}


def _refusal(problem: NoLook) -> dict[str, str]:
    if problem.code != "status":
        return _words(problem.code)
    message, remedy = _of_status(problem.status)
    return {"code": f"status {problem.status}", "message": message, "remedy": remedy}


def _of_status(status: int) -> tuple[str, str]:
    if status in (401, 403, 407):
        return _DENIED
    if status in (404, 410):
        return _MISSING
    if status >= 500 or status in (408, 429):
        return _TROUBLE
    return (f"The server of this link answers with an error ({status}).", UPLOAD_INSTEAD)


def _words(code: str) -> dict[str, str]:
    message, remedy = _WORDS[code]
    return {"code": code, "message": message, "remedy": remedy}


def facts(link: Link) -> str:
    """ "MP4, 412 MB, 4 min 12 s", as far as it is known."""
    container = str(link.media.get("container") or link.content_type.partition("/")[2].removeprefix("x-"))
    plain = container if "octet" not in container and "download" not in container else ""
    size = wording.size(link.size) or "size not known"
    return ", ".join(filter(None, (plain.upper(), size, wording.duration(link.duration) or "length not known yet")))


def links_in(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The kind and the address of each link that a form has in use."""
    places = (("video", "source_from", "media_url"), ("background", "background_from", "background_url"))
    return [
        (kind, str(data[url])) for kind, chosen, url in places if data.get(url) and (data.get(chosen) or "url") == "url"
    ]
