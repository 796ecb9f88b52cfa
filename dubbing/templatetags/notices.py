"""Template tags for the notices in the header of every page."""

from __future__ import annotations

from typing import Any

from django import template
from django.http import HttpRequest
from django.urls import reverse

from dubbing.notices import inbox
from dubbing.web.notices import mailbox
from dubbing.web.shared.users import signed_in

register = template.Library()


@register.simple_tag(takes_context=True)
def count_unread(context: dict[str, Any]) -> int:
    """How many notices the reader has not read."""
    request: HttpRequest = context["request"]
    return inbox.count_unread(signed_in(request))


@register.simple_tag(takes_context=True)
def has_mailbox(context: dict[str, Any]) -> bool:
    """Whether the reader may read mails that are stored in a folder."""
    request: HttpRequest = context["request"]
    return mailbox.may_read(signed_in(request))


@register.simple_tag(takes_context=True)
def is_notices_page(context: dict[str, Any]) -> bool:
    """Whether this is the page of notices, or the counts for it."""
    request: HttpRequest = context["request"]
    return request.path == reverse("notices") or (
        request.path == reverse("navigation-counts") and request.GET.get("current") == "notices"
    )


@register.filter
def at_most_99(count: int) -> str:
    """ "7", or "99+" for anything above 99."""
    return f"{inbox.MOST_COUNTED}+" if count > inbox.MOST_COUNTED else str(count)
