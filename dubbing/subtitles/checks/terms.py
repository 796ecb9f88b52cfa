"""The project's words: where one is missing that has to be there, and where one stands that must not."""

import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from dubbing.subtitles.context import Context, Finding, Wanted, named
from dubbing.subtitles.cues import Cue
from dubbing.subtitles.scripts import script_of

from .drifting import NEAR_MS, shift_of

_WITHOUT_BLANKS = {"CJK", "HIRAGANA", "KATAKANA", "THAI"}
_WITH_PREFIXES = {"ARABIC", "HEBREW"}  # "and", "the", "to" are written together with the word
_WITH_ENDINGS = {"HANGUL"}


def forbidden(cues: Sequence[Cue], context: Context) -> Iterator[Finding]:
    """Words that are never said in this project."""
    said = _Said(cues if context.spoken and context.terms else ())
    for term in context.terms:
        for number, cue in said.with_word(term.source) if term.forbidden else ():
            if not _spans(cue.text, term.source):
                continue
            instead = f" Say “{term.target}” instead." if term.target else " Say it in other words."
            yield Finding(
                "term_forbidden", number, "warning",
                f"{named(number, cue)} says “{term.source}”.{instead}",
                "The project's list of words has it as one that must not be used.",
                "Put the right word in" if _is_certain(term, context) else "", (number,),
                "{} times a word is used that the project does not want",
            )  # fmt: skip


def missing(cues: Sequence[Cue], context: Context) -> Iterator[Finding]:
    """Words of the source that have to be translated in one way, and are not."""
    required = [term for term in context.terms if not term.forbidden] if context.spoken and context.source_cues else []
    if not required or not cues or shift_of(cues, context):
        return
    beside, said = _Beside(cues), _Said(context.source_cues)
    for term in required:
        for _, source in said.with_word(term.source):
            if not _spans(source.text, term.source, whole=False):
                continue
            numbers = beside.numbers(source)
            if any(_spans(cues[number - 1].text, _said(term), whole=False) for number in numbers):
                continue
            number = next(
                (one for one in numbers if _spans(cues[one - 1].text, term.source)), min(numbers, default=None)
            )
            at = "Nothing is said here" if number is None else f"{named(number, cues[number - 1])} does not say it"
            certain = bool(number and _spans(cues[number - 1].text, term.source)) and _is_certain(term, context)
            yield Finding(
                "term_missing", number, "warning",
                f"“{term.source}” has to be “{_said(term)}”. {at}.",
                "The project's list of words says how this is translated. Other forms of the word count only if they "
                "begin with it.",
                "Put the right word in" if certain else "", tuple(numbers),
                "{} times a word of the project is missing",
            )  # fmt: skip


class _Beside:
    """Which cues are said at the time of another one."""

    def __init__(self, cues: Sequence[Cue]) -> None:
        self._order = sorted(range(len(cues)), key=lambda at: cues[at].start)
        self._starts = [cues[at].start for at in self._order]
        self._cues = cues

    def numbers(self, other: Cue) -> list[int]:
        """Numbers of the cues that overlap it, or at least start near."""
        first = max(0, bisect_left(self._starts, other.start - NEAR_MS) - 1)
        last = bisect_right(self._starts, other.end)
        near = [at for at in self._order[first:last] if self._is_beside(self._cues[at], other)]
        return sorted(at + 1 for at in near)

    def _is_beside(self, cue: Cue, other: Cue) -> bool:
        overlaps = cue.start < other.end and cue.end > other.start
        return overlaps or abs(cue.start - other.start) <= NEAR_MS


class _Said:
    """What is said, to see quickly what does not stand anywhere: a project may have thousands of terms."""

    def __init__(self, cues: Sequence[Cue]) -> None:
        self._cues = [(_simple(cue.text), number, cue) for number, cue in enumerate(cues, 1)]
        self._everything = "\n".join(text for text, _, _ in self._cues)

    def with_word(self, word: str) -> Iterator[tuple[int, Cue]]:
        """Cues that may have the word, with their numbers."""
        wanted = _simple(word)
        if wanted in self._everything:
            yield from ((number, cue) for text, number, cue in self._cues if wanted in text)


def _simple(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).lower().split())


def _said(term: Wanted) -> str:
    return term.target or term.source


def _is_certain(term: Wanted, context: Context) -> bool:
    """Whether putting the word in leaves nothing to find: it is no forbidden one, nor one that holds the old one."""
    banned = [other.source for other in context.terms if other.forbidden] + [term.source]
    return bool(term.target) and not any(_spans(term.target, word) for word in banned)


def put_in(cues: Sequence[Cue], context: Context, cue: int | None) -> list[Cue]:
    """The right words in place of forbidden ones, where that is certain."""
    terms = [term for term in context.terms if term.forbidden and _is_certain(term, context)] if context.spoken else []
    return [
        _with(one, terms) if cue in (None, number) else one
        for number, one in enumerate(cues, 1)
    ]  # fmt: skip


def translate(cues: Sequence[Cue], context: Context, cue: int | None) -> list[Cue]:
    """The required words in place of those of the source that were left standing."""
    found = {one.cue for one in missing(cues, context) if one.fix and cue in (None, one.cue)}
    terms = [term for term in context.terms if not term.forbidden and _is_certain(term, context)]
    beside = _Beside(context.source_cues)
    changed = list(cues)
    for number in sorted(number for number in found if number):
        one = cues[number - 1]
        said = " ".join(context.source_cues[at - 1].text for at in beside.numbers(one))
        changed[number - 1] = _with(one, [term for term in terms if _spans(said, term.source, whole=False)])
    return changed


def _with(cue: Cue, terms: Sequence[Wanted]) -> Cue:
    text = cue.text
    for term in terms:
        for start, end in reversed(_spans(text, term.source)):
            text = unicodedata.normalize("NFC", text)
            word = term.target
            if text[start].isupper() and not word[0].isupper():
                word = word[0].upper() + word[1:]
            text = text[:start] + word + text[end:]
    return replace(cue, text=text) if text != cue.text else cue


def _spans(text: str, word: str, *, whole: bool = True) -> list[tuple[int, int]]:
    """Where the word stands in the text (in its NFC form), whatever its case. Not `whole`: endings may follow."""
    (text, low), (_, wanted) = _folded(text), _folded(" ".join(word.split()))
    found, at = [], low.find(wanted) if wanted else -1
    while at >= 0:
        end = at + len(wanted)
        if _stands_alone(text, at, end, whole):
            found.append((at, end))
        at = low.find(wanted, end)
    return found


@lru_cache(maxsize=4096)
def _folded(text: str) -> tuple[str, str]:
    """The NFC form, and the same in small letters on one line."""
    text = unicodedata.normalize("NFC", text)
    return text, _lowered(text).replace("\n", " ")


def _lowered(text: str) -> str:
    """In small letters, and of the same length."""
    low = text.lower()
    return low if len(low) == len(text) else "".join(one.lower() if len(one.lower()) == 1 else one for one in text)


def _stands_alone(text: str, start: int, end: int, whole: bool) -> bool:
    first, last = script_of(text[start]), script_of(text[end - 1])
    free_before = first in _WITHOUT_BLANKS | _WITH_PREFIXES or not _is_of_a_word(text, start - 1)
    ends_freely = not whole or last in _WITHOUT_BLANKS | _WITH_PREFIXES | _WITH_ENDINGS
    return free_before and (ends_freely or not _is_of_a_word(text, end))


def _is_of_a_word(text: str, at: int) -> bool:
    return 0 <= at < len(text) and unicodedata.category(text[at])[0] in "LMN"
