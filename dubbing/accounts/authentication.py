"""Who is signed in, read together with what they chose for themselves: every page needs both."""

from __future__ import annotations

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User


class PersonBackend(ModelBackend):
    """Django's own accounts, with their preferences in the same query."""

    def get_user(self, user_id: int) -> User | None:
        """The person of a session; None when they may not sign in any more."""
        user = User.objects.select_related("preferences").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None
