"""One word for one thing: what people read has none of the words that the glossary gives up."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache, wraps
from pathlib import Path

import pytest

Lines = list[tuple[str, str]]

ROOT = Path(__file__).resolve().parent.parent
GLOSSARY = ROOT / "docs" / "changing" / "glossary.md"
INFLECTED = r"(?:s|es|d|ed|r|er|ing)?"

# A word of the last column that is right where it stands: the word, a part of the line, and why.
ALLOWED: tuple[tuple[str, str, str], ...] = (
    ("vendor", "vendored files", "code that is shipped with ours, no provider"),
    ("lang", "namin para kung lang", "a word of Tagalog"),
    ("lang", 'class="locale-native" lang=', "the attribute of HTML"),
)

# What only programs read: tags and variables of templates, comments, and attributes that hold no text.
_NOT_READ = re.compile(
    r"{#.*?#}|{%\s*comment.*?endcomment\s*%}|{{.*?}}"
    r"|{%(?!\s*(?:translate|blocktranslate|trans|plural)\b).*?%}"
    r"|\b(?:class|id|for|lang|name|value|href|src|type|aria-labelledby|aria-describedby|hx-[\w-]+|data-[\w-]+)"
    r"=(?:\"[^\"]*\"|'[^']*')"
    r"|\b(?:data|hx)-[\w-]+",
    re.DOTALL,
)


def read_once(read: Callable[[], Iterator[tuple[str, str]]]) -> Callable[[], Lines]:
    """The files do not change while they are tested, and several tests read them all."""

    @cache
    @wraps(read)
    def lines() -> Lines:
        return list(read())

    return lines


@cache
def given_up() -> dict[str, re.Pattern[str]]:
    """The words in `code` in the last column of the glossary, each with its inflections."""
    rows = [line.split("|") for line in GLOSSARY.read_text().splitlines() if line.startswith("| ")]
    words = [word for row in rows[1:] for word in re.findall(r"`([^`]+)`", row[3])]
    return {word: re.compile(rf"\b{re.escape(word)}{INFLECTED}\b", re.IGNORECASE) for word in words}


@read_once
def template_lines() -> Iterator[tuple[str, str]]:
    """Where a text of a template stands, and the text. Lines keep their numbers."""
    for path in sorted((ROOT / "templates").rglob("*.*")):
        text = _NOT_READ.sub(lambda match: "\n" * match[0].count("\n"), path.read_text())
        for number, line in enumerate(text.splitlines(), start=1):
            yield f"{path.relative_to(ROOT)}:{number}", line


@read_once
def document_lines() -> Iterator[tuple[str, str]]:
    """Every line of the documents but for the glossary's own."""
    documents = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
    for path in documents:
        text = re.sub(r"`[^`\n]*`", "", path.read_text())
        for number, line in enumerate(text.splitlines(), start=1):
            if path != GLOSSARY:
                yield f"{path.relative_to(ROOT)}:{number}", line


@read_once
def message_lines() -> Iterator[tuple[str, str]]:
    """Every sentence in the product's code: texts with a space in them that are no docstrings."""
    for path in sorted((ROOT / "dubbing").rglob("*.py")):
        if "migrations" not in path.parts:
            tree = ast.parse(path.read_text())
            docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
            for node in ast.walk(tree):
                if not isinstance(node, ast.Constant) or id(node) in docstrings:
                    continue
                if isinstance(node.value, str) and " " in node.value:
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node.value


def uses(lines: Lines) -> list[str]:
    """Where a word that was given up is used and not allowed."""
    words = given_up()
    return [
        f"{place}: {word!r} in {line.strip()[:160]!r}"
        for place, line in lines
        for word, pattern in words.items()
        if pattern.search(line) and not any(word == one and part in line for one, part, _ in ALLOWED)
    ]


def test_the_glossary_gives_up_words() -> None:
    assert {"campaign", "bell", "mend", "bring"} <= given_up().keys()


@pytest.mark.parametrize("lines", [template_lines, document_lines, message_lines], ids=lambda lines: lines.__name__)
def test_no_text_contains_a_word_that_was_given_up(lines: Callable[[], Lines]) -> None:
    assert not uses(lines())


@pytest.mark.parametrize(("word", "part", "why"), ALLOWED)
def test_what_is_allowed_is_still_used(word: str, part: str, why: str) -> None:
    everything = [line for read in (template_lines, document_lines, message_lines) for _, line in read()]
    assert why
    assert any(part in line and given_up()[word].search(line) for line in everything)
