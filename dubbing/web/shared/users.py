"""The person who makes a request, and whether they run the portal."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest

from dubbing.models.notices import OPS_PERMISSION


def signed_in(request: HttpRequest) -> User:
    """The person who makes the request, for functions that need a person."""
    assert request.user.is_authenticated  # the middleware lets nobody else through
    return request.user


def is_ops(user: User | AnonymousUser) -> bool:
    """Whether this person runs the portal: staff who may view holds."""
    return bool(user.is_authenticated and user.is_staff and user.has_perm(OPS_PERMISSION))
