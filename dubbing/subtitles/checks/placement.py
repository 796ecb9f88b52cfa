"""Check that a text is in the right slot: duplicates, another language, a file named after another language."""

import hashlib
import re
from collections.abc import Iterator
from functools import lru_cache

from django.utils.translation import gettext

from dubbing.platform import locales
from dubbing.subtitles.context import Context, Finding, Other, Severity
from dubbing.subtitles.language_detection import alike, guess, language_of, stranger
from dubbing.subtitles.writing_systems import bare

ELSEWHERE = {"crossed", "misplaced"}
SOURCE = "source"
_REMEMBERED_LENGTH = 200_000
_THREE_LETTERS = {
    "ara": "ar", "bul": "bg", "ces": "cs", "chi": "zh", "cze": "cs", "dan": "da", "deu": "de", "dut": "nl", "ell": "el",
    "eng": "en", "fin": "fi", "fra": "fr", "fre": "fr", "ger": "de", "gre": "el", "heb": "he", "hin": "hi", "hun": "hu",
    "ind": "id", "ita": "it", "jpn": "ja", "kor": "ko", "lit": "lt", "nld": "nl", "nor": "nb", "pol": "pl", "por": "pt",
    "ron": "ro", "rum": "ro", "rus": "ru", "slk": "sk", "spa": "es", "swe": "sv", "tha": "th", "tur": "tr", "ukr": "uk",
    "vie": "vi", "zho": "zh",
}  # fmt: skip
_TOKEN = re.compile(r"(?<=[._\[(-])([A-Za-z]{2,3})(?:[-_]([A-Za-z]{2}))?(?=[)\]]?(?:[.\s(_]|$))")


def fingerprint(text: str) -> str:
    """The same for two texts with the same words, regardless of times, case and punctuation; "" without words."""
    return (_fingerprint_again if len(text) <= _REMEMBERED_LENGTH else _fingerprint)(text)


def _fingerprint(text: str) -> str:
    letters = "".join(character for character in bare(text).casefold() if character.isalpha())
    return hashlib.sha256(letters.encode("utf-8", "replace")).hexdigest()[:20] if letters else ""


_fingerprint_again = lru_cache(maxsize=128)(_fingerprint)


def described(slot: str, locale: str, text: str) -> Other:
    """A summary of a text, for comparing others with it. `text`: the spoken words, without times."""
    return Other(slot, locale, fingerprint(text), guess(text))


def misplacements(text: str, context: Context) -> Iterator[Finding]:
    """Find signs that the text is in the wrong slot. `text`: the spoken words, without times."""
    mine = fingerprint(text)
    if not mine or not context.locale:
        return
    strange = stranger(text, language_of(context.locale))
    yield from _twice(mine, context)
    if strange:
        yield _language(strange, context)
    elif not guess(text) or _region(context.file_name):
        yield from _named_otherwise(context)


def counterpart(kind: str, text: str, context: Context) -> Other | None:
    """The text to swap with ("crossed"), or the slot to move to ("misplaced"); None if there is none."""
    strange = stranger(text, language_of(context.locale))
    return _counterpart(kind, strange, context) if strange else None


def _twice(mine: str, context: Context) -> Iterator[Finding]:
    for other in context.others:
        if other.fingerprint != mine:
            continue
        near = alike(language_of(other.locale), language_of(context.locale))
        severity: Severity = "hint" if near else "warning"
        yield Finding(
            "same_text", None, severity,
            gettext("This text is the same as %(other)s.") % {"other": _place(other)},
            gettext("Two regions of one language may share a text. Check that this is intended.") if near
            else gettext("A file may have been uploaded twice, or the text is not translated yet."),
        )  # fmt: skip


def _language(language: str, context: Context) -> Finding:
    names = {"language": _name(language), "wanted": _name(context.locale)}
    looks = gettext("The text looks like %(language)s, but this slot is for %(wanted)s.") % names
    text_why = gettext(
        "Detected from its words and letters. The text is spoken as it is, with the voice for the chosen language."
    )
    for kind in ("crossed", "misplaced"):
        other = _counterpart(kind, language, context)
        if other and kind == "crossed":
            where = {"other": _place(other)}
            swapped = gettext("The texts may be swapped with %(other)s.") % where
            return Finding(
                kind, None, "warning", f"{looks} {swapped}", text_why, gettext("Swap with %(other)s") % where
            )  # fmt: skip
        if other:
            label = gettext("Move to %(other)s") % {"other": _place(other)}
            return Finding(kind, None, "warning", looks, text_why, label)
    return Finding("language", None, "warning", looks, text_why)


def _counterpart(kind: str, language: str, context: Context) -> Other | None:
    fits = [other for other in context.others if alike(language, language_of(other.locale))]
    crossed = [
        candidate for candidate in fits if candidate.language and alike(candidate.language, language_of(context.locale))
    ]
    wanted = (
        crossed
        if kind == "crossed"
        else [candidate for candidate in fits if not candidate.fingerprint]
        if not crossed
        else []
    )
    return wanted[0] if len(wanted) == 1 else None


def _named_otherwise(context: Context) -> Iterator[Finding]:
    tags = list(_tags(context.file_name))
    if not tags or any(_fits(tag, context.locale) for tag in tags):
        return
    yield Finding(
        "file_name", None, "hint",
        gettext("The file name “%(file)s” suggests %(language)s, not %(wanted)s.")
        % {"file": context.file_name[-60:], "language": _name(tags[-1]), "wanted": _name(context.locale)},
        gettext("We could not detect the language of the text. Check that this is the right file."),
    )  # fmt: skip


def _tags(file_name: str) -> Iterator[str]:
    stem = re.sub(r"\.(?:srt|vtt|txt|ass|ssa|sub)$", "", file_name, flags=re.IGNORECASE)
    known = {language_of(code) for code in locales.LOCALES} | set(_THREE_LETTERS.values())
    for match in _TOKEN.finditer(stem):
        language = _THREE_LETTERS.get(match[1].lower(), match[1].lower())
        if language in known:
            yield f"{language}-{match[2].upper()}" if match[2] else language


def _region(file_name: str) -> bool:
    return any("-" in tag for tag in _tags(file_name))


def _fits(tag: str, locale: str) -> bool:
    language, _, region = tag.partition("-")
    return alike(language, language_of(locale)) and (not region or region == locale.rpartition("-")[2])


def _place(other: Other) -> str:
    return gettext("the transcript") if other.slot == SOURCE else _name(other.locale)


def _name(code: str) -> str:
    """A locale's or a language's name in English."""
    locale = locales.find(code, extra=[code])
    return locale.name if locale else locales.language_name(code)
