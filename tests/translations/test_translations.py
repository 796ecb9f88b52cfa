"""Every text has its translation, and each fits its text: what is missing is listed, with the command that adds it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages import Message

from tests.translations import files
from tests.translations.extraction import extract_template

EVERY = [(language, domain) for language in files.languages() for domain in files.DOMAINS]
COMMAND = "`make translations` puts them into {path}; translate them there (docs/changing/translations.md)"
# What stands in a text for something else: values of Python and scripts, of our own, and elements of HTML.
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
_TAG = re.compile(r"</?[a-z]\w*[^>]*>")
_LONE_PERCENT = re.compile(r"%(?!\(\w+\)[sd])")


def name_of(message: Message) -> str:
    """The English text."""
    return message.id if isinstance(message.id, str) else message.id[0]


def forms_of(message: Message) -> Iterator[tuple[str, str]]:
    """Each translated form beside the English text it stands for."""
    if isinstance(message.string, str):
        yield name_of(message), message.string
        return
    for number, string in enumerate(message.string or ()):
        yield message.id[min(number, 1)], string


def texts(language: str, domain: str) -> list[Message]:
    return [message for message in files.read(language, domain) if message.id]


def translated(language: str, domain: str) -> list[Message]:
    return [message for message in texts(language, domain) if files.is_translated(message)]


@pytest.mark.parametrize(("language", "domain"), EVERY)
def test_every_text_is_translated_and_none_is_kept_that_is_gone(language: str, domain: str) -> None:
    path = files.path_of(language, domain).relative_to(files.ROOT)
    marked = {(message.context, message.id) for message in extract_template(domain) if message.id}
    there = {(message.context or None, message.id): message for message in texts(language, domain)}
    missing = [str(text) for key, text in sorted(((key, key[1]) for key in marked - there.keys()), key=str)]
    empty = [name_of(message) for key, message in there.items() if key in marked and not files.is_translated(message)]
    fuzzy = [name_of(message) for message in there.values() if message.fuzzy]
    stale = [str(key[1]) for key in there.keys() - marked]
    command = COMMAND.format(path=path)
    assert not missing, f"{len(missing)} texts are not in {path}. {command}:\n" + "\n".join(missing)
    assert not empty, f"{len(empty)} texts in {path} have no translation:\n" + "\n".join(empty)
    assert not fuzzy, f"{len(fuzzy)} translations in {path} are marked as fuzzy:\n" + "\n".join(fuzzy)
    assert not stale, f"{len(stale)} texts in {path} are used nowhere. {command}:\n" + "\n".join(stale)


@pytest.mark.parametrize(("language", "domain"), EVERY)
def test_translations_have_the_placeholders_and_elements_of_their_texts(language: str, domain: str) -> None:
    wrong = []
    for message in translated(language, domain):
        for english, string in forms_of(message):
            for pattern in (_PLACEHOLDER, _TAG):
                if Counter(pattern.findall(english)) != Counter(pattern.findall(string)):
                    # Singular forms may leave the number out, as in "We tried once."
                    left = set(pattern.findall(english)) ^ set(pattern.findall(string))
                    if isinstance(message.id, str) or pattern is _TAG or left - {"%(count)s", "%(number)s"}:
                        wrong.append(f"{english}\n    {string}")
            if "%(" in english and _LONE_PERCENT.search(string.replace("%%", "")):
                wrong.append(f"{english}\n    {string}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("language", "domain"), EVERY)
def test_translations_have_all_plural_forms_and_begin_and_end_as_their_texts_do(language: str, domain: str) -> None:
    plurals = files.read(language, domain).num_plurals
    wrong = []
    for message in translated(language, domain):
        if not isinstance(message.id, str) and len(message.string or ()) != plurals:
            wrong.append(f"{name_of(message)}: {len(message.string or ())} of {plurals} plural forms")
        for english, string in forms_of(message):
            if english[:1].isspace() != string[:1].isspace() or english[-1:].isspace() != string[-1:].isspace():
                wrong.append(f"{english!r}: {string!r} begins or ends otherwise")
            if english[-1:] in ".:?…" and string[-1:] != english[-1:] and not re.search(r"[.:?…“)!]$", string):
                wrong.append(f"{english!r}: {string!r} ends otherwise")
    assert not wrong, "\n".join(wrong)


def test_german_uses_its_own_punctuation() -> None:
    wrong = []
    for domain in files.DOMAINS:
        for message in translated("de", domain):
            for english, string in forms_of(message):
                plain = _TAG.sub("", string)
                if re.search(r"[“”]\w|\w”|(?<=\w)…", plain) or plain.count("„") != plain.count("“"):
                    wrong.append(f"{english}\n    {string}")
                if re.search(r"\b(?:du|dein|deine|dir|dich)\b", plain):
                    wrong.append(f"{english}\n    {string}")
    assert not wrong, "\n".join(wrong)


def test_files_of_translations_are_as_the_command_writes_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for language, domain in EVERY:
        before = files.path_of(language, domain).read_bytes()
        known = files.read(language, domain)
        monkeypatch.setattr(files, "path_of", lambda *_: tmp_path / "written.po")
        files.write(language, domain, known)
        monkeypatch.undo()
        assert (tmp_path / "written.po").read_bytes() == before, f"run `make translations` ({language}, {domain})"
