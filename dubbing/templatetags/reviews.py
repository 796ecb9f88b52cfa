"""Template tags for reviews: how many wait, in the header of every page, and the comments of the review room."""

from __future__ import annotations

from typing import Any

from django import template
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dubbing.models import Comment
from dubbing.platform import formatting
from dubbing.web.shared import review_lists
from dubbing.web.shared.users import signed_in
from dubbing.web.version.room import Room

register = template.Library()


@register.simple_tag(takes_context=True)
def waiting_reviews(context: dict[str, Any]) -> str:
    """How many reviews are waiting for the reader, as text; empty for none."""
    request: HttpRequest = context["request"]
    count = review_lists.waiting(signed_in(request))
    return formatting.capped(count, review_lists.MOST_IN_BADGE) if count else ""


_LINK = (
    '<a class="link-button" href="{page}&amp;do={act}-{pk}#comment-{pk}" hx-get="{section}&amp;do={act}-{pk}"'
    ' hx-target="#comments" hx-swap="outerHTML">{label}</a>'
)


@register.simple_tag
def comment_link(room: Room, comment: Comment, act: str, label: str) -> SafeString:
    """A link that opens a form for the comment: ``{% comment_link room comment "reply" _("Reply") %}``.

    There are several beside each comment, and including a template for each takes much longer.
    """
    return format_html(_LINK, page=room.page_address, section=room.section_address, act=act, pk=comment.pk, label=label)
