"""What every page's header says of notices."""

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
    """How many notices the person who asks has not read."""
    request: HttpRequest = context["request"]
    return inbox.count_unread(signed_in(request))


@register.simple_tag(takes_context=True)
def has_mailbox(context: dict[str, Any]) -> bool:
    """Whether the person who asks may read mails that are kept in a folder."""
    request: HttpRequest = context["request"]
    return mailbox.may_read(signed_in(request))


@register.simple_tag(takes_context=True)
def is_notices_page(context: dict[str, Any]) -> bool:
    """Whether the page that shows this is the one of the notices."""
    request: HttpRequest = context["request"]
    return request.path == reverse("notices") or "here" in request.GET


@register.filter
def at_most_99(count: int) -> str:
    """ "7", or "99+" for more than are counted."""
    return f"{inbox.MOST_COUNTED}+" if count > inbox.MOST_COUNTED else str(count)
