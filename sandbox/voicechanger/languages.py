"""The language words. The documentation shows `en` and `es`; the rest is the same for other languages."""

from sandbox.locales import LINES, SOURCES

_CHOSEN = {"pt": "pt-BR", "es": "es-ES", "no": "nb-NO", "en": "en-US"}
SHORT = {locale.split("-")[0]: locale for locale in LINES} | _CHOSEN


def source_known(word: str, *, tags: bool) -> bool:
    """Tell whether this may be a source language."""
    return word in SHORT or word == "he" or (tags and word in SOURCES)


def target_locale(word: str, *, tags: bool) -> str | None:
    """The locale to speak for a target language, or nothing."""
    return SHORT.get(word) or (word if tags and word in LINES else None)
