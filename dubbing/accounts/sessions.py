"""A person's sessions: where they are, how old they may get, and how they end. Passwords are handled by Django."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session as EarlierSession
from django.utils import timezone

from dubbing.models import ApiToken
from dubbing.models.sessions import Session, SessionStore
from portal.addresses import client_address

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.http import HttpRequest

FACTS = "signed_in"
"""What a session knows of itself: when it began and was last used (seconds since 1970), from where, with what."""
NOTED_EVERY = 60.0
_LONGEST = 300
# In this order: each of them also names those that come later.
_BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}
_SYSTEMS = {"Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows", "Mac OS": "macOS",
            "Linux": "Linux"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PersonSession:
    """One session, as its owner sees it. `id`: names it without being its key; `browser`: empty if unknown."""

    id: str
    is_current: bool
    began_at: datetime | None
    used_at: datetime | None
    address: str
    browser: str
    system: str


def begin(sender: object, request: HttpRequest, user: User, **_: Any) -> None:
    """Have a new session know when and where it began. Receives Django's signal."""
    now = timezone.now().timestamp()
    request.session[FACTS] = {
        "began": now, "used": now, "address": client_address(request),
        "agent": request.META.get("HTTP_USER_AGENT", "")[:_LONGEST],
    }  # fmt: skip


def is_over(session: SessionBase) -> bool:
    """Whether it is older, or was unused for longer, than the settings allow."""
    facts = session.get(FACTS)
    if not isinstance(facts, dict):
        return False
    now = timezone.now().timestamp()
    if now - facts["began"] > settings.SESSION_HOURS * 3600:
        return True
    return bool(settings.SESSION_IDLE_MINUTES) and now - facts["used"] > settings.SESSION_IDLE_MINUTES * 60


def note_use(request: HttpRequest) -> None:
    """Have the session know that somebody uses it, at most once a minute."""
    facts, now = request.session.get(FACTS), timezone.now().timestamp()
    if isinstance(facts, dict) and now - facts["used"] >= NOTED_EVERY:
        request.session[FACTS] = facts | {"used": now, "address": client_address(request)}


def list_sessions(user: User, current: str | None) -> list[PersonSession]:
    """The person's sessions, this one first and the others by their latest use. `current`: the key of this one."""
    rows = [_described(key, facts, current) for key, facts in _of(user)]
    latest = datetime.fromtimestamp(0, UTC)
    return sorted(rows, key=lambda row: (row.is_current, row.used_at or latest), reverse=True)


def end_session(user: User, id: str) -> bool:
    """Sign the person out of one of their sessions. Returns whether there was such a session."""
    keys = [key for key, _facts in _of(user) if _id(key) == id]
    return bool(Session.objects.filter(pk__in=keys).delete()[0])


def end_access(user: User) -> None:
    """End all of the person's sessions and tokens."""
    end_other_sessions(user, None)
    ApiToken.objects.filter(user=user).revoke(None)


def end_access_of_leaver(sender: object, instance: User, created: bool, **_: Any) -> None:
    """End what a deactivated person still has, so that it does not come back with them. Receives Django's signal."""
    if not instance.is_active and not created:
        end_access(instance)


def end_other_sessions(user: User, kept: str | None) -> int:
    """Sign the person out of all sessions except ``kept``. Returns how many were ended."""
    others = Session.objects.filter(user=user).exclude(pk=kept or "")
    live = others.filter(expire_date__gt=timezone.now()).count()
    others.delete()
    return live


def forget_expired() -> None:
    """Delete expired sessions, and those that versions before 0056 left in Django's table."""
    SessionStore.clear_expired()
    EarlierSession.objects.filter(expire_date__lt=timezone.now()).delete()


def _of(user: User) -> Iterator[tuple[str, dict[str, Any]]]:
    """The keys of the person's sessions, and what these know of themselves."""
    for session in Session.objects.filter(user=user, expire_date__gt=timezone.now()).iterator():
        facts = session.get_decoded().get(FACTS)
        yield session.pk, facts if isinstance(facts, dict) else {}


def _described(key: str, facts: dict[str, Any], current: str | None) -> PersonSession:
    agent = str(facts.get("agent", ""))
    return PersonSession(
        id=_id(key),
        is_current=key == current,
        began_at=_moment(facts.get("began")),
        used_at=_moment(facts.get("used")),
        address=str(facts.get("address", "")),
        browser=next((name for mark, name in _BROWSERS.items() if mark in agent), ""),
        system=next((name for mark, name in _SYSTEMS.items() if mark in agent), ""),
    )


def _id(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def _moment(seconds: Any) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int | float) else None
