"""Projects as large as a real slate: finished films in many languages, as rows."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from django.contrib.auth.models import User
from django.utils import timezone

from dubbing import tasks
from dubbing.models import Asset, Dubbing, Membership, Project
from tests.support.drafts import a_file
from tests.support.journey import make_wish

LOCALES = (
    "da-DK", "de-DE", "es-ES", "fr-FR", "it-IT", "ja-JP", "ko-KR", "nl-NL", "pl-PL", "pt-BR", "sv-SE", "tr-TR",
)  # fmt: skip


def fill(name: str, user: User, *, films: int = 120, locales: Sequence[str] = LOCALES) -> Project:
    """A project with so many films, each done in all of these languages a day ago."""
    project, _ = Project.objects.get_or_create(name=name)
    Membership.objects.get_or_create(project=project, user=user, defaults={"role": Membership.Role.EDITOR})
    then = timezone.now() - timedelta(days=1)
    made = Asset.objects.bulk_create(
        Asset(
            project=project, created_by=user, name=f"{name}, part {number}", status=Asset.Status.COMPLETED,
            source_locale="en-US", media_url="https://media.example.com/film.mp4", remote_id=secrets.token_hex(12),
            submitted_at=then, finished_at=then + timedelta(minutes=5), last_ok_at=then, duration=60.0,
        )
        for number in range(1, films + 1)
    )  # fmt: skip
    done = Dubbing.Status.COMPLETED
    Dubbing.objects.bulk_create(Dubbing(asset=asset, locale=code, status=done) for asset in made for code in locales)
    return project


def send(project: Project, user: User, film: Path, names: Sequence[str]) -> list[int]:
    """Send this film once under each of these names, as the form does; the assets' keys."""
    keys = []
    for name in names:
        wish = make_wish(project, user, source=a_file(user, film), name=name, auto_generate="no_lips")
        tasks.submit.enqueue(wish.pk)
        keys.append(wish.asset_id)
    return keys
