"""The mails that lie in a folder because no mail server is set: Django's files, read back."""

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
    """A mail in a file. ``number``: its place in there."""

    name: str
    number: int
    message: EmailMessage

    @property
    def at(self) -> datetime | None:
        """When it was written."""
        header = self.message["Date"]
        at = header.datetime if header is not None else None
        return at.replace(tzinfo=UTC) if at and at.tzinfo is None else at  # "-0000" is UTC, and read as nothing

    @property
    def text(self) -> str:
        """What it says, as plain text."""
        body = self.message.get_body(("plain",))
        return str(body.get_content()) if body is not None else ""


def may_read(user: User) -> bool:
    """Superusers alone, where mails are kept in a folder: links by which passwords are changed are among them."""
    return bool(user.is_superuser and settings.EMAIL_BACKEND == _FILES)


def newest() -> list[Kept]:
    """The mails of the newest files, the newest first."""
    files = sorted(_folder().glob("*.log"), key=lambda path: path.stat().st_mtime_ns, reverse=True)[:MOST_FILES]
    return [mail for path in files for mail in reversed(list(_read(path)))]


def find(name: str, number: int) -> Kept | None:
    """One of them. The name is looked for among those that are there: no path can be made of it."""
    path = next((path for path in _folder().glob("*.log") if path.name == name), None)
    return next((mail for mail in _read(path) if mail.number == number), None) if path else None


def _folder() -> Path:
    return Path(getattr(settings, "EMAIL_FILE_PATH", ""))  # there with that backend alone


def _read(path: Path) -> Iterator[Kept]:
    parts = (part.strip(b"\n") for part in path.read_bytes().split(b"\n" + _BETWEEN))
    for number, part in enumerate(part for part in parts if part):
        message = message_from_bytes(part, policy=policy.default)
        assert isinstance(message, EmailMessage)
        yield Kept(path.name, number, message)
