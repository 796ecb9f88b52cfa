"""The files that translators write: what is in them, and how they are brought up to date."""

from __future__ import annotations

from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.pofile import read_po, write_po
from django.conf import settings

from dubbing.platform.translations import FOLDER
from tests.translations.extraction import DOMAINS, ROOT, extract_template

__all__ = ["DOMAINS", "ROOT", "is_translated", "languages", "path_of", "read", "update", "write"]

WIDTH = 120
_HEADER = """# Texts of the Dubbing Portal. `make translations` adds what is new and takes out what is gone.
msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plurals}\\n"

"""


def languages() -> list[str]:
    """The languages of the interface that texts are translated into."""
    return [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


def path_of(language: str, domain: str) -> Path:
    """Where the translations are."""
    return FOLDER / language / "LC_MESSAGES" / f"{domain}.po"


def read(language: str, domain: str) -> Catalog:
    """What is translated; nothing when there is no file yet."""
    path = path_of(language, domain)
    if not path.exists():
        return Catalog(locale=language, domain=domain)
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=domain)


def update(language: str, domain: str) -> int:
    """Have the file hold just the texts that are marked now. Returns how many of them are not translated."""
    template, known = extract_template(domain), read(language, domain)
    catalog = Catalog(locale=language, domain=domain, charset="utf-8", fuzzy=False)
    for message in template:
        if not message.id:
            continue
        before = known.get(message.id, message.context)
        string = before.string if before and before.id == message.id and not before.fuzzy else ""
        catalog.add(
            message.id,
            string,
            locations=message.locations,
            auto_comments=message.auto_comments,
            context=message.context,
        )
    write(language, domain, catalog)
    return len([message for message in catalog if message.id and not is_translated(message)])


def write(language: str, domain: str, catalog: Catalog) -> None:
    """Write the file down, the same for the same texts."""
    path = path_of(language, domain)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        # No dates, no numbers of lines, in the order of the texts: two people who add texts rarely meet here.
        file.write(_HEADER.format(language=language, plurals=catalog.plural_forms).encode())
        write_po(file, catalog, width=WIDTH, sort_output=True, include_lineno=False, omit_header=True)


def is_translated(message: Message) -> bool:
    """Whether a text has its translation, in all plural forms."""
    string = message.string
    return bool(string) and (isinstance(string, str) or all(string or ()))
