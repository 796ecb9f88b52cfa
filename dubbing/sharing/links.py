"""Share links: made, shown once, recognised by the hash of their token, opened by a password, ended."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from dubbing.accounts.attempt_limits import Limit
from dubbing.accounts.tokens import TooManyGuesses, digest
from dubbing.models import AuditEvent, Delivery, Project, ShareLink, SharingPolicy, Version
from dubbing.platform import formatting
from dubbing.platform.errors import NotPossible

if TYPE_CHECKING:
    from django.contrib.auth.models import User

DAYS, USUAL_DAYS = (1, 7, 30, 90), 7
MOST_DAYS = DAYS[-1]
MOST = 200
"""Links of a project that work at a time."""
SHORTEST_PASSWORD, LONGEST_PASSWORD = 8, 128
LONGEST_NAME = 80
_BYTES = 32
_FORM = re.compile(r"[\w-]{43}", re.ASCII)

# Nobody guesses 256 random bits. The limit keeps the load of trying away.
GUESSES = Limit("unknown share link", 30, 15 * 60)
# People choose passwords, so these can be guessed by whoever has the link. Both count by address: who guesses locks out
# nobody elsewhere.
PASSWORDS = Limit("password of a share link", 10, 15 * 60)
PASSWORDS_OF_ADDRESS = Limit("passwords of share links", 50, 15 * 60)


@dataclass(frozen=True, slots=True)
class NewLink:
    """What is shared, with whom, for how long, and what they may do besides looking. ``password``: empty for none."""

    target: Version | Delivery
    name: str
    days: int = USUAL_DAYS
    password: str = ""
    may_comment: bool = False
    may_download: bool = False
    shows_source: bool = False


def is_on(project_id: int) -> bool:
    """Whether the project has share links."""
    return SharingPolicy.objects.filter(project=project_id, enabled=True).exists()


def switch(project: Project, user: User, *, on: bool) -> None:
    """Turn share links of the project on, or off: then none works until they are turned on again."""
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        if is_on(project.pk) == on:
            return
        SharingPolicy.objects.update_or_create(project=project, defaults={"enabled": on})
        kind = AuditEvent.Kind.SHARING_ON if on else AuditEvent.Kind.SHARING_OFF
        AuditEvent.objects.record(kind, subject=project.name, actor=user, project=project)


def create(project: Project, user: User, new: NewLink) -> tuple[ShareLink, str]:
    """A new link, and its token, which is never to be seen again. Raises NotPossible.

    Whoever asks has to see the target and edit the project.
    """
    values = _checked(project, new)
    token = secrets.token_urlsafe(_BYTES)
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)  # many at once are counted one by one
        if ShareLink.objects.live().filter(project=project).count() >= MOST:
            message = gettext("This project has %(count)s share links. Revoke some that are no longer needed.")
            raise NotPossible(message % {"count": MOST})
        link = ShareLink.objects.create(project=project, created_by=user, hash=digest(token), hint=token[-4:], **values)
        if not ShareLink.objects.live().filter(pk=link.pk).exists():
            raise NotPossible(_why_not(new.target))
        rights = [name for name in ("may_comment", "may_download", "shows_source") if values[name]]
        AuditEvent.objects.record(
            AuditEvent.Kind.LINK_CREATED, subject=link.name, actor=user, project=project, link=link.pk, rights=rights,
            version=link.version_id, delivery=link.delivery_id, password=bool(link.password),
        )  # fmt: skip
    return link, token


def recognise(token: str, address: str) -> ShareLink | None:
    """The link with this token, if it works. Raises TooManyGuesses.

    One that has expired or was ended is answered and counted like one that never was: nobody learns which. One that
    works always gets in: a neighbour who guesses locks nobody out.
    """
    link = None
    if _FORM.fullmatch(token):
        related = ("version__dubbing__asset__source", "delivery", "project", "created_by")
        link = ShareLink.objects.live().select_related(*related).filter(hash=digest(token)).first()
    if link is None and (seconds := GUESSES.wait(address) or GUESSES.count(address)):
        raise TooManyGuesses(seconds)
    return link


def check_link_password(link: ShareLink, typed: str, address: str) -> bool:
    """Whether this is the link's password. Counts every try before it is looked at. Raises TooManyGuesses."""
    seconds = PASSWORDS.count(f"{link.pk} {address}") or PASSWORDS_OF_ADDRESS.count(address)
    if seconds:
        raise TooManyGuesses(seconds)
    return check_password(typed[: LONGEST_PASSWORD + 1], link.password)


def _checked(project: Project, new: NewLink) -> dict[str, object]:
    """The values of the row."""
    if not is_on(project.pk):
        raise NotPossible(gettext("Share links are turned off in this project. An owner can turn them on in Settings."))
    name = formatting.one_line(new.name)[:LONGEST_NAME]
    if not name:
        raise NotPossible(gettext("Enter who the link is for."))
    if not 1 <= new.days <= MOST_DAYS:
        raise NotPossible(gettext("Choose an expiry between 1 and %(count)s days.") % {"count": MOST_DAYS})
    if new.password and not SHORTEST_PASSWORD <= len(new.password) <= LONGEST_PASSWORD:
        message = gettext("Choose a password of at least %(count)s characters.")
        raise NotPossible(message % {"count": SHORTEST_PASSWORD})
    ends = timezone.now() + timedelta(days=new.days)
    of_version = isinstance(new.target, Version)
    return {
        "name": name,
        "version": new.target if isinstance(new.target, Version) else None,
        "delivery": new.target if isinstance(new.target, Delivery) else None,
        "password": make_password(new.password) if new.password else "",
        "may_comment": new.may_comment and of_version,
        "may_download": new.may_download,
        "shows_source": new.shows_source and of_version,
        # Its files are gone after that.
        "expires_at": ends if isinstance(new.target, Version) else min(ends, new.target.expires_at),
    }


def _why_not(target: Version | Delivery) -> str:
    if isinstance(target, Version):
        return gettext("Only a language with a final video can be shared, and not one of an archived video.")
    return gettext("Only a delivery that is ready can be shared, and not one with archived, moved or deleted videos.")
