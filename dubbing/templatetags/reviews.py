"""Template tags for the reviews in the header of every page."""

from __future__ import annotations

from typing import Any

from django import template
from django.http import HttpRequest

from dubbing.platform import formatting
from dubbing.web.shared import review_lists
from dubbing.web.shared.users import signed_in

register = template.Library()


@register.simple_tag(takes_context=True)
def waiting_reviews(context: dict[str, Any]) -> str:
    """How many reviews are waiting for the reader, as text; empty for none."""
    request: HttpRequest = context["request"]
    count = review_lists.waiting(signed_in(request))
    return formatting.capped(count, review_lists.MOST_IN_BADGE) if count else ""
