"""People, drafts and uploads for tests of uploading and configuring."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile

from dubbing import uploads
from dubbing.models import Asset, Membership, Project, Upload
from tests.support.people import make_user

SRT = "1\n00:00:01,500 --> 00:00:03,000\nHola\n\n2\n00:00:04,000 --> 00:00:06,000\nAdiós, mañana\n"


def a_person(name: str, project: Project | None = None, role: str = "editor") -> User:
    """Somebody, and what they may do in the project."""
    user = make_user(name)
    if project:
        Membership.objects.create(project=project, user=user, role=role)
    return user


def a_draft(user: User, project: Project | None = None, **fields: Any) -> Asset:
    """A draft of this person."""
    project = project or Project.objects.create(name=f"Films of {user}")
    Membership.objects.get_or_create(project=project, user=user, defaults={"role": "editor"})
    return Asset.objects.create(project=project, created_by=user, **fields)


def a_row(user: User, *, kind: str = "video", status: str = "complete", seconds: float = 10.0, **fields: Any) -> Upload:
    """An upload that is only a row."""
    name = {"video": "film.mp4", "background": "music.wav"}[kind]
    return Upload.objects.create(
        owner=user, kind=kind, status=status, duration=seconds, **{"name": name, "size": 1000} | fields
    )


def a_file(user: User, path: Path, kind: str = "video") -> Upload:
    """An upload with a real file behind it."""
    return uploads.add_file(path, user, kind=kind)


def typed(**changes: Any) -> dict[str, Any]:
    """A form that is filled in, except for the source."""
    return {"name": "Welcome", "source_locale": "en-US", "targets": ["es-ES", "fr-FR"]} | changes


def a_text_file(content: str | bytes = SRT, name: str = "es.srt") -> SimpleUploadedFile:
    """What a browser sends for a chosen file."""
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)
