"""Tokens of programs: created, shown once, recognised by their hash, revoked."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from dubbing.accounts.attempt_limits import Limit
from dubbing.models import ApiToken, AuditEvent, Project
from dubbing.platform.errors import NotPossible

PERSONAL, OF_PROJECT = "dub_pat_", "dub_prj_"
"""Prefixes of tokens, by which people and scanners recognise a leaked one."""
_FORM = re.compile(rf"(?:{PERSONAL}|{OF_PROJECT})[\w-]{{43}}", re.ASCII)
_BYTES = 32
MOST = 50
"""Maximum number of tokens of one person at a time."""
_USED_EVERY = timedelta(minutes=1)

# Nobody guesses 256 random bits. The limit saves the load of trying, and shows that it was noticed.
GUESSES = Limit("unknown API token", 30, 15 * 60)


class TooManyGuesses(Exception):
    """Too many unknown tokens came from this address. ``seconds``: until the next one is checked."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"try again in {seconds} seconds")
        self.seconds = seconds


def create(
    user: User, name: str, scopes: Iterable[str], days: int, *, project: Project | None = None
) -> tuple[ApiToken, str]:
    """Create a token. Return it with its text, which is never shown again. Raises NotPossible if there are too many."""
    longest = settings.API_TOKEN_DAYS
    if not 1 <= days <= longest:
        raise NotPossible(gettext("Choose an expiry between 1 and %(count)s days.") % {"count": longest})
    text = (OF_PROJECT if project else PERSONAL) + secrets.token_urlsafe(_BYTES)
    chosen = [str(scope) for scope in ApiToken.Scope if scope in {ApiToken.Scope.READ, *scopes}]
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)  # simultaneous requests are counted one by one
        if ApiToken.objects.live().filter(user=user).count() >= MOST:
            raise NotPossible(gettext("You have %(count)s tokens. Revoke one first.") % {"count": MOST})
        token = ApiToken.objects.create(
            user=user, project=project, name=name, scopes=chosen, hash=digest(text), hint=text[-4:],
            expires_at=timezone.now() + timedelta(days=days),
        )  # fmt: skip
        AuditEvent.objects.record(
            AuditEvent.Kind.TOKEN_CREATED, subject=name, actor=user, project=project, token=token.pk, scopes=chosen
        )
    return token, text


def digest(text: str) -> str:
    """The hash stored of a token, whose many random bits make a plain hash impossible to reverse by trying."""
    return hashlib.sha256(text.encode()).hexdigest()


def recognise(text: str, address: str) -> ApiToken | None:
    """The working token with this text; None if there is none. Counts unknown ones. Raises TooManyGuesses.

    It is looked up by its hash, so the time that takes reveals nothing about the token. A working token is always
    accepted, so that nobody is locked out by a neighbour who guesses.
    """
    token = ApiToken.objects.filter(hash=digest(text)).first() if _FORM.fullmatch(text) else None
    if token is None:
        if seconds := GUESSES.wait(address) or GUESSES.count(address):
            raise TooManyGuesses(seconds)
        return None
    live = ApiToken.objects.live().select_related("user", "user__preferences", "project")
    return live.filter(pk=token.pk).first()


def note_use(token: ApiToken) -> None:
    """Record that it was used, at most once a minute."""
    now = timezone.now()
    if token.last_used_at is None or token.last_used_at < now - _USED_EVERY:
        long_ago = Q(last_used_at=None) | Q(last_used_at__lt=now - _USED_EVERY)
        ApiToken.objects.filter(long_ago, pk=token.pk).update(last_used_at=now)
