"""Count the words of a text, in languages that separate them with spaces (not Chinese, Japanese, Thai and the like)."""

from __future__ import annotations

import re

_MARKUP = re.compile(r"<[^<>]*>|\{\\[^{}]*\}")
# Chinese, Japanese, Thai, Lao, Burmese, Khmer.
_UNPARTED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


def count_words(text: str) -> int | None:
    """The number of words of a text; None if its script does not separate words: counting takes a dictionary."""
    plain = _MARKUP.sub("", text)
    letters = sum(map(str.isalnum, plain))
    if 2 * len(_UNPARTED.findall(plain)) > letters:
        return None
    return sum(any(map(str.isalnum, token)) for token in plain.split())
