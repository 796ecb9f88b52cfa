"""Read the emails that Django writes to a folder when there is no mail server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User

MOST_FILES = 200
_FILES = "django.core.mail.backends.filebased.EmailBackend"
_BETWEEN = b"-" * 79


@dataclass(frozen=True, slots=True)
class Kept:
    """A mail in a file. ``number``: its position in the file."""

    name: str
    number: int
    message: EmailMessage

    @property
    def at(self) -> datetime | None:
        """When it was written."""
        header = self.message["Date"]
        at = header.datetime if header is not None else None
        return at.replace(tzinfo=UTC) if at and at.tzinfo is None else at  # "-0000" is UTC without a zone

    @property
    def text(self) -> str:
        """The mail as plain text."""
        body = self.message.get_body(("plain",))
        return str(body.get_content()) if body is not None else ""


def may_read(user: User) -> bool:
    """Only superusers, if mails are stored in a folder: they include links that change passwords."""
    return bool(user.is_superuser and settings.EMAIL_BACKEND == _FILES)


def newest() -> list[Kept]:
    """The mails of the newest files, newest first."""
    files = sorted(_folder().glob("*.log"), key=lambda path: path.stat().st_mtime_ns, reverse=True)[:MOST_FILES]
    return [mail for path in files for mail in reversed(list(_read(path)))]


def find(name: str, number: int) -> Kept | None:
    """One of them. The name is compared with existing ones, so that it cannot be used as a path."""
    path = next((path for path in _folder().glob("*.log") if path.name == name), None)
    return next((mail for mail in _read(path) if mail.number == number), None) if path else None


def _folder() -> Path:
    return Path(getattr(settings, "EMAIL_FILE_PATH", ""))  # only set with that backend


def _read(path: Path) -> Iterator[Kept]:
    parts = (part.strip(b"\n") for part in path.read_bytes().split(b"\n" + _BETWEEN))
    for number, part in enumerate(part for part in parts if part):
        message = message_from_bytes(part, policy=policy.default)
        assert isinstance(message, EmailMessage)
        yield Kept(path.name, number, message)
