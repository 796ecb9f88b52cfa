"""Load what the first visit of each page would load."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.template.loader import get_template
from django.urls import get_resolver


def load_pages() -> None:
    """Import all views and compile all templates, so that the first visitors do not wait for it."""
    get_resolver().url_patterns  # noqa: B018 - reading it imports every view
    folder: Path = settings.BASE_DIR / "templates"
    for path in sorted(folder.rglob("*.*")):
        if path.suffix in (".html", ".txt"):  # not what an editor or an archive left beside them
            get_template(path.relative_to(folder).as_posix())
