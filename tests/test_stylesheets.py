"""Style sheets: tokens first, then one file for each component or screen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CSS = ROOT / "static" / "css"
SHEETS = sorted(path.relative_to(CSS).as_posix() for path in CSS.rglob("*.css"))
LINK = re.compile(r"""<link rel="stylesheet" href="{% static 'css/([^']+)' %}">""")
LOADED = {
    path.relative_to(ROOT / "templates").as_posix(): LINK.findall(path.read_text())
    for path in (ROOT / "templates").rglob("*.html")
}


def test_tokens_come_first_and_components_before_the_screens() -> None:
    assert LOADED["shared/_head.html"][:2] == ["tokens.css", "base.css"]
    for template, names in LOADED.items():
        kinds = [name.split("/")[0] for name in names if "/" in name]
        assert kinds == sorted(kinds), template


@pytest.mark.parametrize("sheet", SHEETS)
def test_a_sheet_is_loaded_and_that_of_a_screen_by_no_other_page(sheet: str) -> None:
    templates = [template for template, names in LOADED.items() if sheet in names]
    assert templates
    if sheet.startswith("screens/"):
        assert len(templates) == 1


@pytest.mark.parametrize("sheet", SHEETS)
def test_colours_are_named_once(sheet: str) -> None:
    text = re.sub(r"/\*.*?\*/", "", (CSS / sheet).read_text(), flags=re.DOTALL)
    # Tabler's and Django's names for colours may be given to ours.
    given = r"^\s*--(?!tblr-|tone-)[\w-]+:(?! var\(--[\w-]+\);)"
    assert bool(re.findall(given, text, flags=re.MULTILINE)) == (sheet == "tokens.css")
