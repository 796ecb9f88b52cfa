"""In which language a person reads the portal: stored with the person, so that emails know it, too."""

from __future__ import annotations

from contextlib import AbstractContextManager

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.utils import translation

from dubbing.models import Preferences


def offered() -> list[tuple[str, str]]:
    """The languages to choose from, each by its own name."""
    return list(settings.LANGUAGES)


def language_of(user: User | AnonymousUser) -> str:
    """The language the person chose; an empty string when they chose none, or one that is not offered any more."""
    chosen: Preferences | None = getattr(user, "preferences", None)
    return chosen.language if chosen and chosen.language in dict(settings.LANGUAGES) else ""


def choose_language(user: User, language: str) -> None:
    """Keep what the person chose; an empty string: as their browser asks for."""
    Preferences.objects.update_or_create(user=user, defaults={"language": language})


def reading_as(user: User) -> AbstractContextManager[None]:
    """While this lasts, texts are in this person's language: for what is written to somebody who is not asking."""
    return translation.override(language_of(user) or settings.LANGUAGE_CODE)
