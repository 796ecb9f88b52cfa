"""Read the signed-in person together with their preferences: every page needs both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.http import HttpRequest

from dubbing.models.prepared import PreparedQuery

if TYPE_CHECKING:
    from django.db.models import QuerySet

PATH = "dubbing.accounts.authentication.PersonBackend"


def may_use_password(username: str) -> bool:
    """Whether this account can sign in with a password: each, or the emergency account alone."""
    return settings.PASSWORD_SIGN_IN or bool(username and username == settings.BREAK_GLASS_USER)


class PersonBackend(ModelBackend):
    """Django's own accounts, loaded with their preferences in the same query."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        """The person with this name and password. A password that does not open this door is never compared."""
        if not may_use_password(username or ""):
            return None
        user = super().authenticate(request, username, password, **kwargs)
        return user if isinstance(user, User) else None

    def get_user(self, user_id: int) -> User | None:
        """Return the person of a session, or None if they may not sign in any more."""
        user: User | None = _PERSON.first(user=user_id)
        return user if user and self.user_can_authenticate(user) else None


def _person(user: int) -> QuerySet[User, User]:
    return User.objects.select_related("preferences").filter(pk=user)


_PERSON = PreparedQuery(_person, "user")
