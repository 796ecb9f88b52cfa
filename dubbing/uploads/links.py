"""Check links to files on the web before they are accepted. The result is kept for an hour."""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Count
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dubbing import media
from dubbing.models import Link, Upload
from dubbing.platform import formatting
from dubbing.platform.errors import NotPossible
from dubbing.providers import open_provider
from dubbing.providers.link_probe import NoLook, Peeked, peek

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django_stubs_ext import StrOrPromise

REMEMBERED_FOR = timedelta(hours=1)
# Whoever fixes the file at its source wants to know soon.
REFUSED_FOR = timedelta(seconds=30)
FORGOTTEN_AFTER = timedelta(days=30)
SECONDS = 8.0
"""Seconds for fetching and probing together."""
AT_ONCE = 10
"""Links that one person may have in checks at a time, while filling in forms."""
OF_PERSON = 2
"""Links of one person that workers check at a time, so that others do not wait behind all of them."""
_LEASE = 30.0
_TRY_LATER = timedelta(minutes=1)
_WAITS = (_TRY_LATER, 2 * _TRY_LATER, timedelta(seconds=_LEASE))
"""Waits after checks that did not finish. After that many checks we give up, and the person is told."""

UPLOAD_INSTEAD = _("Open it in a private browser window to check it, or upload the file.")
_REFUSALS = {
    "forbidden": (_("This link leads to an address that is not public."), _("Use a public link, or upload the file.")),
    "redirects": (_("This link redirects endlessly."), UPLOAD_INSTEAD),
    "unreachable": (_("The server behind this link is not responding."), _("Check the link, or upload the file.")),
    "slow": (
        _("The server behind this link takes too long to respond."),
        _("Try again in a moment, or upload the file."),
    ),
    "tls": (
        _("The server behind this link has an invalid certificate."),
        _("Contact the owner of that server, or upload the file."),
    ),
    "stuck": (
        _("We tried several times, but could not check the file behind this link."),
        _("Upload the file, or try again later. If this happens again, contact an administrator."),
    ),
    "empty": (_("The file behind this link is empty."), _("Check the link, or upload the file.")),
    "page": (
        _("This is a web page, not a file."),
        _(
            "Use the download link of the file itself. Sharing links often open a page first. "
            "If there is no download link, upload the file."
        ),
    ),
}
_DENIED = (_("This link requires signing in, or it has expired."), UPLOAD_INSTEAD)
_MISSING = (_("There is no file at this address."), _("Check the link: the file may have been moved or deleted."))
_TROUBLE = (
    _("The server behind this link reports an error."),
    _("Try again in a few minutes, or upload the file."),
)
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
class LinkOutcome:
    """What a link leads to; ``refusal`` holds the texts if it cannot be used."""

    size: int | None = None
    content_type: str = ""
    duration: float | None = None
    media: dict[str, Any] = field(default_factory=dict)
    refusal: dict[str, str] = field(default_factory=dict)


def known(url: str, kind: str, user: User) -> Link | None:
    """Return the last outcome while it is still valid, else None."""
    link = Link.objects.filter(owner_id=user.pk, kind=kind, url=url).first()
    if link is None or link.status == Link.Status.CHECKING:
        return None
    age = timezone.now() - link.looked_at
    return link if age < (REMEMBERED_FOR if link.status == Link.Status.GOOD else REFUSED_FOR) else None


class TooManyLinks(NotPossible):
    """This person has too many links being checked already."""


def ask(url: str, kind: str, user: User, *, provider: str, most: int | None = None) -> Link:
    """Return what is known of the link; the caller wakes a worker if it is due. Raises TooManyLinks beyond ``most``.

    A link that was good stays good while it is checked again, so that nobody waits for what is known already.
    """
    if fresh := known(url, kind, user):
        return fresh
    mine, now = Link.objects.filter(owner_id=user.pk), timezone.now()
    link = mine.filter(kind=kind, url=url).first()
    if link and link.next_at:
        return link
    if most is not None and mine.filter(status=Link.Status.CHECKING, next_at__gt=now - _TRY_LATER).count() >= most:
        message = gettext("We are already checking %(count)s of your links. Try this one again in a moment.")
        raise TooManyLinks(message % {"count": most})
    changes: dict[str, Any] = {"provider": provider, "next_at": now, "tries": 0}
    if link is None or link.status != Link.Status.GOOD:
        changes |= {"status": Link.Status.CHECKING, "refusal": {}, "looked_at": now}
    return Link.objects.update_or_create(owner=user, kind=kind, url=url, defaults=changes)[0]


def waiting() -> list[int]:
    """Return links that a worker could check now, oldest first, leaving out people with enough checks in progress."""
    busy = Link.objects.filter(lease_until__gt=timezone.now()).values("owner").annotate(count=Count("pk"))
    enough = [row["owner"] for row in busy if row["count"] >= OF_PERSON]
    return list(Link.objects.due().exclude(owner__in=enough).order_by("next_at").values_list("pk", flat=True)[:10])


def check_due(pk: int) -> Link | None:
    """Check a link that is due; None if it is not, or somebody else is checking it. Takes up to ten seconds."""
    link = Link.objects.due().filter(pk=pk).first()
    if link is None:
        return None
    held = Link.objects.filter(owner=link.owner_id, lease_until__gt=timezone.now())
    if held.count() >= OF_PERSON:
        return None
    # A worker that dies over it, or does not finish, is followed by another one, but not for ever.
    is_hopeless = link.tries >= len(_WAITS)
    later = timezone.now() + _WAITS[min(link.tries, len(_WAITS) - 1)]
    mine = Link.objects.due().filter(tries=link.tries)
    token = mine.claim(pk, seconds=_LEASE, next_at=later, tries=link.tries + 1)
    if token is None:
        return None
    outcome = LinkOutcome(refusal=_refusal_texts("stuck")) if is_hopeless else look(link.url, link.kind, link.provider)
    Link.objects.release(pk, token, **_facts(outcome))
    return link


def check(url: str, kind: str, user: User, *, provider: str) -> Link:
    """Return the outcome for the link from the last hour, or check it now. Takes up to ten seconds."""
    return known(url, kind, user) or _remember(url, kind, user, look(url, kind, provider))


def look(url: str, kind: str, provider: str) -> LinkOutcome:
    """Check the link over the network. The texts are stored in English; ``refusals`` translates them."""
    with translation.override(settings.LANGUAGE_CODE):
        return _look(url, kind, provider)


def _look(url: str, kind: str, provider: str) -> LinkOutcome:
    reachable = open_provider(provider).reachable
    until = time.monotonic() + SECONDS
    with tempfile.TemporaryDirectory(prefix="link-") as folder:
        into = Path(folder, "file")
        try:
            peeked = peek(url, into, reachable=reachable, seconds=SECONDS)
        except NoLook as problem:
            return LinkOutcome(refusal=_refusal(problem))
        if refusal := _unfit(peeked, kind):
            return LinkOutcome(peeked.size, peeked.content_type, refusal=refusal)
        return _probed(peeked, kind, into, max(0.5, until - time.monotonic()))


def forget_old() -> int:
    """Delete old checks. Return how many there were."""
    return Link.objects.filter(looked_at__lt=timezone.now() - FORGOTTEN_AFTER).delete()[0]


def _remember(url: str, kind: str, user: User, outcome: LinkOutcome) -> Link:
    return Link.objects.update_or_create(owner=user, kind=kind, url=url, defaults=_facts(outcome))[0]


def _facts(outcome: LinkOutcome) -> dict[str, Any]:
    status = Link.Status.REFUSED if outcome.refusal else Link.Status.GOOD
    return asdict(outcome) | {"looked_at": timezone.now(), "status": status, "next_at": None, "tries": 0}


def _probed(peeked: Peeked, kind: str, path: Path, seconds: float) -> LinkOutcome:
    """Probe its two ends. Only a file that was fetched completely is believed to be unusable."""
    try:
        look_into = media.probe if kind == Upload.Kind.VIDEO else media.probe_audio
        info = look_into(path, deep=False, seconds=seconds)
    except media.MediaRefused as refused:
        texts = refused.texts(gettext)
        return LinkOutcome(peeked.size, peeked.content_type, refusal=texts if peeked.whole else {})
    duration = info.duration if math.isfinite(info.duration) and info.duration > 0 else None
    return LinkOutcome(peeked.size, peeked.content_type, duration, asdict(info))


def _unfit(peeked: Peeked, kind: str) -> dict[str, str]:
    start = peeked.start.lstrip().lower()
    if peeked.content_type in {"text/html", "application/xhtml+xml"} or start.startswith((b"<!doctype html", b"<html")):
        return _refusal_texts("page")
    if peeked.content_type not in _PLAIN_TYPES and not peeked.content_type.startswith(("video/", "audio/")):
        return _type_texts(peeked.content_type, kind)
    if peeked.size == 0 or (peeked.size is None and not peeked.start):
        return _refusal_texts("empty")
    if peeked.size and peeked.size > settings.UPLOAD_MAX_BYTES:
        return _size_texts(peeked.size)
    return {}


def _type_texts(content_type: str, kind: str) -> dict[str, str]:
    message = gettext("This is not an audio file: its server reports the type “%(type)s”.")
    remedy = gettext("Use a link to an audio file, or upload one.")
    if kind == Upload.Kind.VIDEO:
        message = gettext("This is not a video: its server reports the type “%(type)s”.")
        remedy = gettext("Use a link to a video, or upload one.")
    return {"code": "type", "message": message % {"type": content_type}, "remedy": remedy}


def _size_texts(size: int) -> dict[str, str]:
    message = gettext("This file is %(size)s and the limit is %(limit)s.")
    message %= {"size": formatting.size(size), "limit": formatting.size(settings.UPLOAD_MAX_BYTES)}
    return {
        "code": "large",
        "message": message,
        "remedy": gettext("Export it at a lower bit rate, or split it into parts."),
    }


def explain(code: str, kind: str, *, size: int | None, content_type: str) -> dict[str, str]:
    """Return the refusal with this code in the reader's language; empty for one that is about the file itself."""
    if code in _REFUSALS:
        return _refusal_texts(code)
    if code == "type":
        return _type_texts(content_type, kind)
    if code == "large" and size:
        return _size_texts(size)
    status = code.removeprefix("status ")
    if status != code and status.isdecimal():
        message, remedy = _of_status(int(status))
        return {"code": code, "message": str(message), "remedy": str(remedy)}
    return {}


def _refusal(problem: NoLook) -> dict[str, str]:
    if problem.code != "status":
        return _refusal_texts(problem.code)
    message, remedy = _of_status(problem.status)
    return {"code": f"status {problem.status}", "message": str(message), "remedy": str(remedy)}


def _of_status(status: int) -> tuple[StrOrPromise, StrOrPromise]:
    if status in (401, 403, 407):
        return _DENIED
    if status in (404, 410):
        return _MISSING
    if status >= 500 or status in (408, 429):
        return _TROUBLE
    return gettext("The server behind this link reports an error (%(status)s).") % {"status": status}, UPLOAD_INSTEAD


def _refusal_texts(code: str) -> dict[str, str]:
    message, remedy = _REFUSALS[code]
    return {"code": code, "message": str(message), "remedy": str(remedy)}


def facts(link: Link) -> str:
    """Return "MP4, 412 MB, 4 min 12 s", as far as it is known."""
    container = str(link.media.get("container") or link.content_type.partition("/")[2].removeprefix("x-"))
    plain = container if "octet" not in container and "download" not in container else ""
    size = formatting.size(link.size) or gettext("size not known")
    length = formatting.duration(link.duration) or gettext("length not known yet")
    return ", ".join(filter(None, (plain.upper(), size, length)))


def links_in(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the kind and the address of each link used in a form."""
    places = (("video", "source_from", "media_url"), ("background", "background_from", "background_url"))
    return [
        (kind, str(data[url])) for kind, chosen, url in places if data.get(url) and (data.get(chosen) or "url") == "url"
    ]
