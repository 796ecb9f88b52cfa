"""Sessions in the database, each with the person it belongs to: theirs are found without reading all others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils.translation import gettext

if TYPE_CHECKING:
    from django.contrib.sessions.backends.base import SessionBase


class Session(AbstractBaseSession):
    """A session. Nobody's before somebody signs in."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")

    class Meta(AbstractBaseSession.Meta):
        abstract = False

    def __str__(self) -> str:
        """Without its key, which would let whoever reads it in."""
        return gettext("Session of %(person)s") % {"person": self.user or "–"}

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        """The class that reads and writes it."""
        return SessionStore


class SessionStore(DatabaseStore):
    """Django's sessions in the database, in our table. Named by ``SESSION_ENGINE``.

    Its name is part of how sessions are signed, and has to stay the same as Django's.
    """

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """Our table."""
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """The row, with the person who is signed in."""
        row = super().create_model_instance(data)
        assert isinstance(row, Session)
        row.user_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        return row
