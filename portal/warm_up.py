"""Load what the first visit of each page would load."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import get_template
from django.urls import get_resolver
from django.utils.translation import trans_real


def load_pages() -> None:
    """Import all views and compile all templates, so that the first visitors do not wait for it."""
    skip_empty_catalogues(settings.LANGUAGE_CODE)
    get_resolver().url_patterns  # noqa: B018 - reading it imports every view
    folder: Path = settings.BASE_DIR / "templates"
    for path in sorted(folder.rglob("*.*")):
        if path.suffix in (".html", ".txt"):  # not what an editor or an archive left beside them
            get_template(path.relative_to(folder).as_posix())


def skip_empty_catalogues(language: str) -> None:
    """Leave out catalogues without any text from those that are searched for every text of a page.

    Each app of Django has one for English. A text that stands in none of them, as all of ours, was looked for in each:
    three times as long.
    """
    catalogue: Any = trans_real.translation(language)
    while catalogue is not None:
        following = catalogue._fallback
        while following is not None and not _has_texts(following):
            following = following._fallback
        catalogue._fallback = catalogue = following


def _has_texts(catalogue: Any) -> bool:
    # The text of "" is the head of the file.
    return any(key != "" for key in catalogue._catalog)
