"""Where a film or a background comes from: a file that was uploaded here, or a link the provider can fetch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext

from dubbing.models import Asset, Link, Upload
from dubbing.platform import formatting
from dubbing.providers import capabilities, label, open_provider
from dubbing.uploads import links, refusals

if TYPE_CHECKING:
    from django.contrib.auth.models import User

URL_LENGTH = Asset._meta.get_field("media_url").max_length or 2000


def usable_upload(value: Any, kind: str, *, asset: Asset, user: User) -> Upload:
    """The upload, if it is here, whole, of this kind, and this person's or the asset's. Raises ValidationError."""
    upload = find_upload(value, asset=asset, user=user)
    if upload is None:
        raise ValidationError(gettext("This file is no longer available. Upload it again."), code="gone")
    if upload.kind != kind:
        message = gettext("This file was not uploaded as %(kind)s. Upload it here.")
        params = {"kind": formatting.inside_sentence(str(Upload.Kind(kind).label))}
        raise ValidationError(message, code="kind", params=params)
    if upload.status == Upload.Status.REFUSED:
        raise ValidationError(_refusal(refusals.of_upload(upload)), code="refused")
    name = formatting.isolated(upload.name)
    if upload.status == Upload.Status.ARRIVED:
        message = gettext("“%(name)s” is being checked. Wait a few seconds, then submit again.")
        raise ValidationError(message, code="checking", params={"name": name})
    if upload.status != Upload.Status.COMPLETE:
        message = gettext(
            "“%(name)s” is not fully uploaded. Wait for the upload, or choose the file again to continue."
        )
        raise ValidationError(message, code="partial", params={"name": name})
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
        message = gettext("This link is longer than %(limit)s characters. Shorten it, or upload the file.")
        return message % {"limit": URL_LENGTH}
    if not capabilities(provider).links:
        return gettext("%(provider)s does not support links. Upload the video.") % {"provider": label(provider)}
    if open_provider(provider).reachable(url):
        return ""
    return _why_not(url)


def read_link_facts(url: str, name: str, user: User) -> Link | None:
    """What was found behind the link in this field when somebody looked last. Asks nobody."""
    kind = Upload.Kind.VIDEO if name == "media_url" else Upload.Kind.BACKGROUND
    return Link.objects.filter(owner_id=user.pk, kind=kind, url=url).first()


def refusal_texts(link: Link) -> str:
    """Why it cannot be used, and what to do; empty when it can."""
    if link.status == Link.Status.GOOD:
        return ""
    if link.status == Link.Status.CHECKING:
        return gettext("We are checking the file at this link. Wait a few seconds, then submit again.")
    return _refusal(refusals.of_link(link))


def _refusal(texts: Mapping[str, Any]) -> str:
    return f"{texts.get('message') or gettext('Refused.')} {texts.get('remedy', '')}".strip()


def check_links(asset: Asset, data: Mapping[str, Any], user: User) -> None:
    """Have the links of a form that is about to be sent looked at, unless that is known; the caller wakes workers."""
    for kind, url in links.links_in(data):
        if not link_problem(url, asset.provider):
            links.ask(url, kind, user, provider=asset.provider)


def check_links_now(asset: Asset, data: Mapping[str, Any], user: User) -> None:
    """Go and see, where nobody else waits for this process. Takes seconds."""
    for kind, url in links.links_in(data):
        if not link_problem(url, asset.provider):
            links.check(url, kind, user, provider=asset.provider)


def portal_problem(provider: str) -> str:
    """Why the provider could not fetch a file of ours, and what to do; empty when it can."""
    if open_provider(provider).reachable(f"{settings.PORTAL_URL}/shared/x/video"):
        return ""
    message = gettext(
        "%(provider)s cannot download the video because this portal has no public https address. Use a public link to "
        "the video, or choose another provider. An administrator can fix this by setting PORTAL_URL."
    )
    return message % {"provider": label(provider)}


def _why_not(url: str) -> str:
    try:
        split = urlsplit(url)
        host = split.hostname
    except ValueError:
        return gettext("Enter a link like https://example.com/video.mp4")
    if split.scheme not in {"http", "https"} or not host:
        return gettext("Enter a link to a file on the web, like https://example.com/video.mp4")
    if not url.isascii() or " " in url or "\\" in url:
        return gettext("This link contains an invalid character. Copy it from your browser’s address bar.")
    if split.scheme == "http":
        return gettext("This link uses http. Only https links work: try the same link with https.")
    if "@" in split.netloc:
        return gettext("This link contains a user name or password. Use a link without them, or upload the file.")
    return gettext(
        "The provider cannot reach this link because it is not public. Use a public link, or upload the file."
    )
