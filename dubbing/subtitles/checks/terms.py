"""Check the project's terms: required translations that are missing, and forbidden words.

Subtitles may have tens of thousands of cues, all at the same time, and a project thousands of terms. So each word is
searched once in all cues together, overlapping cues are found by binary search, and the total number of places checked
is limited.
"""

import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from django.utils.translation import gettext, ngettext_lazy

from dubbing.subtitles.checks.drift import NEAR_MS, shift_of
from dubbing.subtitles.context import Context, Finding, Wanted, fix_label, in_words
from dubbing.subtitles.cues import Cue
from dubbing.subtitles.writing_systems import script_of

MOST_PLACES = 200_000
"""Maximum number of places checked for a word in one run."""
_MOST_BESIDE = 20
_WITHOUT_BLANKS = {"CJK", "HIRAGANA", "KATAKANA", "THAI"}
_WITH_PREFIXES = {"ARABIC", "HEBREW"}  # "and", "the", "to" are written together with the word
_WITH_ENDINGS = {"HANGUL"}
_FORBIDDEN_TERMS = ngettext_lazy("%(count)s forbidden term", "%(count)s forbidden terms", "count")
_MISSING_TERMS = ngettext_lazy("%(count)s term missing", "%(count)s terms missing", "count")


def forbidden(cues: Sequence[Cue], context: Context) -> Iterator[Finding]:
    """Find words that must never be said in this project."""
    if not context.spoken or not any(term.forbidden for term in context.terms):
        return
    spoken, is_certain = _SpokenText(cues), _certainty(context)
    for term in context.terms:
        if not term.forbidden:
            continue
        for number in spoken.numbers_with(term.source):
            yield Finding(
                "term_forbidden", number, "warning",
                _forbidden_in(number, cues[number - 1], term),
                gettext("The project’s list of terms forbids it."),
                fix_label("term_forbidden") if is_certain(term) else "", (number,), _FORBIDDEN_TERMS,
            )  # fmt: skip
    if spoken.is_spent:
        yield _unchecked()


def missing(cues: Sequence[Cue], context: Context) -> Iterator[Finding]:
    """Find words of the source that have a required translation and were translated otherwise."""
    is_spent = False
    for term in _missing(cues, context):
        if term is None:
            is_spent = True
            continue
        yield Finding(
            "term_missing", term.number, "warning",
            _missing_in(cues, term.number, term.term),
            gettext(
                "The project’s list of terms requires this translation. Other forms of the term count only if they "
                "start with it."
            ),
            fix_label("term_missing") if term.is_certain else "", term.beside, _MISSING_TERMS,
        )  # fmt: skip
    if is_spent:
        yield _unchecked()


def _forbidden_in(number: int, cue: Cue, term: Wanted) -> str:
    message = gettext("Forbidden term: “%(term)s” (cue %(number)s at %(time)s).")
    if term.target:
        message = gettext("Forbidden term: “%(term)s” (cue %(number)s at %(time)s). Use “%(instead)s” instead.")
    return message % {"term": term.source, "number": number, "time": in_words(cue.start), "instead": term.target}


def _missing_in(cues: Sequence[Cue], number: int | None, term: Wanted) -> str:
    values = {"term": _wanted(term), "source": term.source}
    if number is None:
        return gettext("Term missing: “%(term)s” for “%(source)s” (no cue at this time).") % values
    where = {"number": number, "time": in_words(cues[number - 1].start)}
    return gettext("Term missing: “%(term)s” for “%(source)s” (cue %(number)s at %(time)s).") % (values | where)


def _unchecked() -> Finding:
    return Finding(
        "unchecked_terms", None, "warning", gettext("Not all terms of the project were checked."),
        gettext("They occur too often in these subtitles. Split the text or shorten the list of terms."),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Missing:
    """A term that the source has and the cues lack: the cue where it is missing, and those said at the same time.

    `is_certain`: the source word is in the cue and can be replaced by the right one.
    """

    term: Wanted
    number: int | None
    beside: tuple[int, ...]
    is_certain: bool


def _missing(cues: Sequence[Cue], context: Context) -> Iterator[_Missing | None]:
    """Yield every missing term; at the end None, if there were too many places to check."""
    is_asked = context.spoken and context.source_cues and any(not term.forbidden for term in context.terms)
    if not is_asked or not cues or shift_of(cues, context):
        return
    beside, spoken, source, is_certain = (
        _Beside(cues),
        _SpokenText(cues),
        _SpokenText(context.source_cues),
        _certainty(context),
    )
    for term in context.terms:
        if term.forbidden:
            continue
        numbers = list(source.numbers_with(term.source, whole=False))
        if not numbers:
            continue
        right = _Beside(cues, spoken.numbers_with(_wanted(term), whole=False))
        standing = _Beside(cues, spoken.numbers_with(term.source))
        if spoken.is_spent:  # what was not found may not have been searched for
            break
        for other in (context.source_cues[number - 1] for number in numbers):
            if right.first(other) is None:
                left = standing.first(other)
                near = beside.numbers(other)
                yield _Missing(term, left or min(near, default=None), near, bool(left) and is_certain(term))
    if spoken.is_spent or source.is_spent:
        yield None


class _Beside:
    """Find the cues said at the same time as another one: among all cues, or those with these indexes."""

    def __init__(self, cues: Sequence[Cue], numbers: Iterable[int] | None = None) -> None:
        among = range(1, len(cues) + 1) if numbers is None else numbers
        self._numbers = sorted(among, key=lambda number: cues[number - 1].start)
        self._starts = [cues[number - 1].start for number in self._numbers]
        ends = ((cues[number - 1].end, at) for at, number in enumerate(self._numbers))
        self._latest = list(accumulate(ends, max))  # for each cue, the latest end up to it

    def first(self, other: Cue) -> int | None:
        """The index of one that overlaps it, or at least starts close to it; None if there is none."""
        return next(iter(self._places(other, 1)), None)

    def numbers(self, other: Cue) -> tuple[int, ...]:
        """The indexes of all that do; of very many, the first ones."""
        return tuple(sorted(self._places(other, _MOST_BESIDE)))

    def _places(self, other: Cue, most: int) -> list[int]:
        """The indexes of cues beside it.

        Every cue that starts between shortly before it and its end; of those that start earlier, only the last one.
        """
        first = bisect_left(self._starts, other.start - NEAR_MS)
        last = max(bisect_left(self._starts, other.end), bisect_right(self._starts, other.start + NEAR_MS))
        end, at = self._latest[first - 1] if first else (0, 0)
        earlier = [self._numbers[at]] if first and end > other.start else []
        return (earlier + self._numbers[first : min(last, first + most)])[:most]


class _SpokenText:
    """The text of all cues, to find a word in all of them at once. Limits the places checked over all words."""

    def __init__(self, cues: Sequence[Cue]) -> None:
        texts = [unicodedata.normalize("NFC", cue.text).replace("\n", " ") for cue in cues]
        self._text = "\0".join(texts)
        self._low = _lowered(self._text)
        self._ends = list(accumulate(len(text) + 1 for text in texts))
        self._left = MOST_PLACES
        self.is_spent = False

    def numbers_with(self, word: str, *, whole: bool = True) -> Iterator[int]:
        """The indexes of cues that contain the word, whatever its case. Not `whole`: endings may follow."""
        wanted = _simple(word)
        at = self._low.find(wanted) if wanted else -1
        while at >= 0:
            if self._left <= 0:
                self.is_spent = True
                return
            self._left -= 1
            end = at + len(wanted)
            if _stands_alone(self._text, at, end, whole):
                number = bisect_right(self._ends, at)
                yield number + 1
                end = self._ends[number]
            at = self._low.find(wanted, end)


def _simple(word: str) -> str:
    return _lowered(" ".join(unicodedata.normalize("NFC", word).split()))


def _wanted(term: Wanted) -> str:
    return term.target or term.source


def _certainty(context: Context) -> Callable[[Wanted], bool]:
    """A test whether inserting the word leaves nothing to find.

    It must not be forbidden or contain the old word.
    """
    banned = [(_simple(other.source), other.source) for other in context.terms if other.forbidden]
    known: dict[Wanted, bool] = {}

    def is_certain(term: Wanted) -> bool:
        if term not in known:
            low = _simple(term.target)
            against = [*banned, (_simple(term.source), term.source)]
            known[term] = bool(low) and not any(simple in low and _spans(term.target, word) for simple, word in against)
        return known[term]

    return is_certain


def put_in(cues: Sequence[Cue], context: Context, cue: int | None) -> list[Cue]:
    """Replace forbidden words by the right ones, where that is certain."""
    banned = [term for term in context.terms if term.forbidden] if context.spoken else []
    spoken, is_certain = _SpokenText(cues), _certainty(context)
    terms: dict[int, list[Wanted]] = {}
    for term in banned:
        for number in spoken.numbers_with(term.source):
            if cue in (None, number) and is_certain(term):
                terms.setdefault(number, []).append(term)
    return [_with(old, terms.get(number, ())) for number, old in enumerate(cues, 1)]


def translate(cues: Sequence[Cue], context: Context, cue: int | None) -> list[Cue]:
    """Replace source words that were left untranslated by the required ones."""
    terms: dict[int, dict[Wanted, None]] = {}
    for term in _missing(cues, context):
        if term and term.number and term.is_certain and cue in (None, term.number):
            terms.setdefault(term.number, {})[term.term] = None
    return [_with(old, tuple(terms.get(number, ()))) for number, old in enumerate(cues, 1)]


def _with(cue: Cue, terms: Sequence[Wanted]) -> Cue:
    text = cue.text
    for term in terms:
        text = _put(text, term)
    return replace(cue, text=text) if text != cue.text else cue


def _put(text: str, term: Wanted) -> str:
    spans = _spans(text, term.source)
    if not spans:
        return text
    text, parts, behind = unicodedata.normalize("NFC", text), [], 0
    for start, end in spans:
        is_capital = text[start].isupper() and not term.target[0].isupper()
        word = term.target[0].upper() + term.target[1:] if is_capital else term.target
        parts += [text[behind:start], word]
        behind = end
    return "".join([*parts, text[behind:]])


def _spans(text: str, word: str) -> list[tuple[int, int]]:
    """Where the word occurs in the text (in NFC form), whatever its case: start and end of each."""
    text = unicodedata.normalize("NFC", text)
    low, wanted = _lowered(text).replace("\n", " "), _simple(word)
    spans, at = [], low.find(wanted) if wanted else -1
    while at >= 0:
        end = at + len(wanted)
        if _stands_alone(text, at, end, whole=True):
            spans.append((at, end))
        at = low.find(wanted, end)
    return spans


def _lowered(text: str) -> str:
    """The text in lower case, with its length unchanged."""
    low = text.lower()
    return (
        low
        if len(low) == len(text)
        else "".join(letter.lower() if len(letter.lower()) == 1 else letter for letter in text)
    )


def _stands_alone(text: str, start: int, end: int, whole: bool) -> bool:
    first, last = script_of(text[start]), script_of(text[end - 1])
    free_before = first in _WITHOUT_BLANKS | _WITH_PREFIXES or not _is_of_a_word(text, start - 1)
    ends_freely = not whole or last in _WITHOUT_BLANKS | _WITH_PREFIXES | _WITH_ENDINGS
    return free_before and (ends_freely or not _is_of_a_word(text, end))


def _is_of_a_word(text: str, at: int) -> bool:
    return 0 <= at < len(text) and unicodedata.category(text[at])[0] in "LMN"
