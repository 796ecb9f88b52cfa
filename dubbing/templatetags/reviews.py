"""What every page's header says of reviews."""

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
    """How many reviews wait for the person who asks, as people read it; nothing for none."""
    request: HttpRequest = context["request"]
    count = review_lists.waiting(signed_in(request))
    return formatting.capped(count, review_lists.MOST_IN_BADGE) if count else ""
