"""The language in which a person reads the portal, stored with the person so that emails use it too."""

from __future__ import annotations

from contextlib import AbstractContextManager

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.utils import translation

from dubbing.models import Preferences


def offered() -> list[tuple[str, str]]:
    """Return the available languages, each by its own name."""
    return list(settings.LANGUAGES)


def language_of(user: User | AnonymousUser) -> str:
    """Return the language the person chose, or an empty string if they chose none or one that is no longer offered."""
    chosen: Preferences | None = getattr(user, "preferences", None)
    return chosen.language if chosen and chosen.language in dict(settings.LANGUAGES) else ""


def choose_language(user: User, language: str) -> None:
    """Store the person's choice. An empty string means the language of their browser."""
    Preferences.objects.update_or_create(user=user, defaults={"language": language})


def reading_as(user: User) -> AbstractContextManager[None]:
    """Translate texts into this person's language inside the block, for texts written to somebody who is not asking."""
    return translation.override(language_of(user) or settings.LANGUAGE_CODE)
