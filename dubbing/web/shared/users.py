"""Who is asking."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.http import HttpRequest


def signed_in(request: HttpRequest) -> User:
    """The person who asks, for services that need one."""
    assert request.user.is_authenticated  # the middleware lets nobody else through
    return request.user
