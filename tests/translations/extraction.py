"""The texts that are marked for translation: in Python, templates and scripts, by domain."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, TypeAlias

from babel.messages import Catalog
from babel.messages.extract import extract
from django.utils.translation.template import templatize

from dubbing.platform.translations import PAGES, SCRIPTS

ROOT = Path(__file__).resolve().parent.parent.parent
# What the functions take: the number of the argument that is the text, its plural, "c" for its context.
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
_INDENTATION = re.compile(r"^[ \t]+", re.MULTILINE)

Text: TypeAlias = "str | tuple[str, ...]"


def extract_template(domain: str) -> Catalog:
    """Every marked text of a domain, with the files that it is in."""
    catalog = Catalog(domain=domain, charset="utf-8")
    for path, text, context, comments in _marked(domain):
        catalog.add(text, context=context, locations=[(path, 0)], auto_comments=comments)
    return catalog


def _marked(domain: str) -> Iterator[tuple[str, Text, str | None, list[str]]]:
    for path in _files(domain):
        name = str(path.relative_to(ROOT))
        for _line, text, comments, context in _extract(path):
            yield name, text, context, comments


def _files(domain: str) -> Iterable[Path]:
    if domain == SCRIPTS:
        return sorted((ROOT / "static" / "js").rglob("*.js"))
    python = [path for folder in ("dubbing", "portal") for path in (ROOT / folder).rglob("*.py")]
    templates = [path for path in (ROOT / "templates").rglob("*") if path.suffix in {".html", ".txt"}]
    return sorted(path for path in [*python, *templates] if "migrations" not in path.parts)


def _extract(path: Path) -> Iterator[tuple[int, Any, list[str], str | None]]:
    source = path.read_text()
    if path.suffix == ".js":
        options = {"parse_template_string": True, "encoding": "utf-8"}
        return extract("javascript", BytesIO(source.encode()), KEYWORDS, ["Translators:"], options)
    if path.suffix == ".py":
        return extract("python", BytesIO(source.encode()), KEYWORDS, ["Translators:"])
    # Django turns a template into calls of gettext among placeholders. Their indentation means nothing to Python.
    calls = _INDENTATION.sub("", templatize(source, origin=str(path)))
    return extract("python", BytesIO(calls.encode()), KEYWORDS, ["Translators"])


DOMAINS = (PAGES, SCRIPTS)
