"""The person who makes a request."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.http import HttpRequest


def signed_in(request: HttpRequest) -> User:
    """The person who makes the request, for functions that need a person."""
    assert request.user.is_authenticated  # the middleware lets nobody else through
    return request.user
