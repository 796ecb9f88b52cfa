"""Where a film or a background comes from: a file that was uploaded here, or a link the provider can fetch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q

from dubbing.models import Asset, Link, Upload
from dubbing.platform import formatting
from dubbing.providers import capabilities, label, open_provider
from dubbing.uploads import links

if TYPE_CHECKING:
    from django.contrib.auth.models import User

URL_LENGTH = Asset._meta.get_field("media_url").max_length or 2000


def usable_upload(value: Any, kind: str, *, asset: Asset, user: User) -> Upload:
    """The upload, if it is here, whole, of this kind, and this person's or the asset's. Raises ValidationError."""
    upload = find_upload(value, asset=asset, user=user)
    if upload is None:
        raise ValidationError("This file is not here any more. Upload it again.", code="gone")
    if upload.kind != kind:
        wanted = Upload.Kind(kind).label.lower()
        raise ValidationError(f"This file was uploaded as something else than {wanted}. Upload it here.", code="kind")
    if upload.status == Upload.Status.REFUSED:
        words = upload.refusal
        raise ValidationError(f"{words.get('message', 'Refused.')} {words.get('remedy', '')}".strip(), code="refused")
    said = formatting.isolated(upload.name)
    if upload.status == Upload.Status.ARRIVED:
        words = f"“{said}” has arrived and is being checked. Wait a few seconds, then submit again."
        raise ValidationError(words, code="checking")
    if upload.status != Upload.Status.COMPLETE:
        words = f"“{said}” has not arrived completely. Wait until it has, or choose the file again to go on."
        raise ValidationError(words, code="partial")
    return upload


def find_upload(value: Any, *, asset: Asset, user: User) -> Upload | None:
    """The upload by itself or by its id, when this person may use it for this asset."""
    try:
        pk = value.pk if isinstance(value, Upload) else UUID(str(value))
    except ValueError:
        return None
    mine = Q(owner_id=user.pk) | Q(pk__in=filter(None, (asset.source_id, asset.background_id)))
    return Upload.objects.filter(mine, pk=pk).first()


def link_problem(url: str, provider: str) -> str:
    """Why the provider could not fetch this link, and what to do; empty when it can."""
    if len(url) > URL_LENGTH:
        return f"This link is longer than {URL_LENGTH} characters. Shorten it, or upload the file."
    if not capabilities(provider).links:
        return f"{label(provider)} takes no links: upload the video itself."
    if open_provider(provider).reachable(url):
        return ""
    return _why_not(url)


def link_found(url: str, name: str, user: User) -> Link | None:
    """What was found behind the link in this field when somebody looked last. Asks nobody."""
    kind = Upload.Kind.VIDEO if name == "media_url" else Upload.Kind.BACKGROUND
    return Link.objects.filter(owner_id=user.pk, kind=kind, url=url).first()


def refusal_words(link: Link) -> str:
    """Why it cannot be used, and what to do; empty when it can."""
    if link.status == Link.Status.GOOD:
        return ""
    if link.status == Link.Status.CHECKING:
        return "The portal is looking at the file behind this link. Wait a few seconds, then submit again."
    return f"{link.refusal.get('message', 'Refused.')} {link.refusal.get('remedy', '')}".strip()


def look_at_links(asset: Asset, data: Mapping[str, Any], user: User) -> None:
    """Have the links of a form that is about to be sent looked at, unless that is known; the caller wakes workers."""
    for kind, url in links.links_in(data):
        if not link_problem(url, asset.provider):
            links.ask(url, kind, user, provider=asset.provider)


def look_at_links_now(asset: Asset, data: Mapping[str, Any], user: User) -> None:
    """Go and see, where nobody else waits for this process. Takes seconds."""
    for kind, url in links.links_in(data):
        if not link_problem(url, asset.provider):
            links.check(url, kind, user, provider=asset.provider)


def portal_problem(provider: str) -> str:
    """Why the provider could not fetch a file of ours, and what to do; empty when it can."""
    if open_provider(provider).reachable(f"{settings.PORTAL_URL}/shared/x/video"):
        return ""
    return (
        f"{label(provider)} fetches the video from here, and this portal has no public https address. "
        "Use a public link to the video, or choose another provider. "
        "The people who run the portal can change it: PORTAL_URL has to be its public https address."
    )


def _why_not(url: str) -> str:
    try:
        split = urlsplit(url)
        host = split.hostname
    except ValueError:
        return "This is no link. It looks like https://example.com/film.mp4"
    if split.scheme not in {"http", "https"} or not host:
        return "This is no link to a file on the web. It looks like https://example.com/film.mp4"
    if not url.isascii() or " " in url or "\\" in url:
        return (
            "There is a character in this link that does not belong there. Copy it from the address bar of a browser."
        )
    if split.scheme == "http":
        return "This link is not encrypted (http). Only https links are taken; try the same one with https."
    if "@" in split.netloc:
        return "There is a name or password in this link. Give a link that works without, or upload the file."
    return "The provider cannot reach this address: it is not public. Give a public link, or upload the file."
