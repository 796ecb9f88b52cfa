"""What people do about their own account: end their other sessions. Passwords are Django's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def end_other_sessions(user: User, kept: str | None) -> int:
    """Sign the person out everywhere but in the session ``kept``; how many sessions that were."""
    live = Session.objects.filter(expire_date__gt=timezone.now()).exclude(session_key=kept)
    theirs = [session.pk for session in live.iterator() if session.get_decoded().get(SESSION_KEY) == str(user.pk)]
    for first in range(0, len(theirs), 500):
        Session.objects.filter(pk__in=theirs[first : first + 500]).delete()
    return len(theirs)


def forget_expired() -> None:
    """Take away sessions that are over."""
    SessionStore.clear_expired()
