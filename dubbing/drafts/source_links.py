"""Links of a draft: whether its provider can fetch them, and checking them before it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext

from dubbing.models import Asset
from dubbing.providers import capabilities, label, open_provider
from dubbing.uploads import links

if TYPE_CHECKING:
    from django.contrib.auth.models import User

URL_LENGTH = Asset._meta.get_field("media_url").max_length or 2000


def link_problem(url: str, provider: str) -> str:
    """Return why the provider could not fetch this link, and what to do; an empty string if it can."""
    if len(url) > URL_LENGTH:
        message = gettext("This link is longer than %(limit)s characters. Shorten it, or upload the file.")
        return message % {"limit": URL_LENGTH}
    if not capabilities(provider).links:
        return gettext("%(provider)s does not support links. Upload the video.") % {"provider": label(provider)}
    if open_provider(provider).reachable(url):
        return ""
    return _why_not(url)


def check_links(asset: Asset, data: Mapping[str, Any], user: User) -> None:
    """Request a check of the links in a form about to be sent, unless they are known; the caller wakes workers."""
    for kind, url in links.links_in(data):
        if not link_problem(url, asset.provider):
            links.ask(url, kind, user, provider=asset.provider)


def check_links_now(asset: Asset, data: Mapping[str, Any], user: User) -> None:
    """Check the links here and now, where nobody else waits for this process. Takes seconds."""
    for kind, url in links.links_in(data):
        if not link_problem(url, asset.provider):
            links.check(url, kind, user, provider=asset.provider)


def portal_problem(provider: str) -> str:
    """Return why the provider could not fetch a file of ours, and what to do; an empty string if it can."""
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
        return gettext("This link contains a username or password. Use a link without them, or upload the file.")
    return gettext(
        "The provider cannot reach this link because it is not public. Use a public link, or upload the file."
    )
