"""The words that reviewers correct most often, with the suggested replacements."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

MOST_WORDS = 4
"""Words of a correction: more than that is another sentence, not another word."""
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")


def count_corrections(suggested: Iterable[tuple[str, str, str]]) -> Counter[tuple[str, str, str]]:
    """Return how often each wording was corrected to which, by locale.

    ``suggested``: locale, text before, text after.
    """
    return Counter((locale, *pair) for locale, before, after in suggested for pair in set(corrections(before, after)))


def corrections(before: str, after: str) -> Iterator[tuple[str, str]]:
    """Yield the words that were changed, with their replacements."""
    old, new = _words(before), _words(after)
    first = next((at for at, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), None)
    if first is None:  # words were only added, or removed at the end
        return
    last = 0
    while last < min(len(old), len(new)) - first and old[-1 - last] == new[-1 - last]:
        last += 1
    old, new = old[first : len(old) - last], new[first : len(new) - last]
    pairs = _apart(old, new) if len(old) == len(new) else [(old, new)]
    for wrong, right in pairs:
        if 0 < len(wrong) <= MOST_WORDS and 0 < len(right) <= MOST_WORDS:
            yield " ".join(wrong), " ".join(right)


def _apart(old: list[str], new: list[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Yield runs of words that differ, for two texts with the same number of words."""
    wrong: list[str] = []
    right: list[str] = []
    for one, other in [*zip(old, new, strict=True), ("", "")]:
        if one != other:
            wrong.append(one)
            right.append(other)
        elif wrong:
            yield wrong, right
            wrong, right = [], []


def _words(text: str) -> list[str]:
    return [word for token in text.split() if (word := _EDGES.sub("", token))]
