"""Recognise text read in the wrong encoding, from letter combinations that do not occur in any word."""

import re

from dubbing.subtitles.language_detection import letters_of

_WORD = re.compile(r"[^ \t\r\n]*[^\0-\x7f \t\r\n][^ \t\r\n]*")
# Signs that may come right before a word, right after one, or inside one. Any other sign there is odd.
_BEFORE, _BEHIND, _INSIDE = "«»‹›“”„‚‘’¿¡–—…·•№©§♪♫", "«»‹›“”‘’…–—·™®°ºª²³♪♫", "’ʼ·\u00ad\u200b-\u200f"
_ODD_SIGN = re.compile(
    rf"[^\W\d_][^\w\s\0-\x7f{_INSIDE}][^\W\d_]|[^\W\d_][^\w\s\0-\x7f{_BEHIND}{_INSIDE}]"
    rf"|[^\w\s\0-\x7f{_BEFORE}{_INSIDE}][^\W\d_]|ς[^\W\d_]"
)
_MANY, FEW = 0.3, 0.1
_SAMPLE = 20_000


def knows(language: str) -> bool:
    """Whether the language's words can be judged: it has an alphabet that we know."""
    return language == "el" or bool(letters_of(language))


def has_many(text: str, language: str) -> bool:
    """Whether many of the words with special letters are not words of this language."""
    return share(text, language) > _MANY


def share(text: str, language: str) -> float:
    """The share of non-ASCII words that cannot be words of the language, from 0 to 1; 0 for an unknown language."""
    if not knows(language):
        return 0.0
    telling = _WORD.findall(text[:_SAMPLE])
    return sum(_is_odd(word, letters_of(language)) for word in telling) / len(telling) if telling else 0.0


def _is_odd(word: str, letters: frozenset[str]) -> bool:
    return _has_strange_letter(word, letters) or _ODD_SIGN.search(word) is not None or _has_capital_inside(word)


def _has_strange_letter(word: str, letters: frozenset[str]) -> bool:
    """Whether the word has a letter that the language lacks.

    Names may have any: "Müller" is fine in an English text.
    """
    if not letters or word.istitle():
        return False
    return any(letter.isalpha() and not letter.isascii() and letter.lower() not in letters for letter in word)


def _has_capital_inside(word: str) -> bool:
    """Whether a capital follows the first letter: "НвЮ"; words all in capitals do not count."""
    letters_only = "".join(letter for letter in word if letter.isalpha())
    inner = letters_only[1:]
    return len(letters_only) > 2 and not letters_only.isupper() and any(letter.isupper() for letter in inner)
