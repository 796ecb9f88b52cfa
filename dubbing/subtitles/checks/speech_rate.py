"""Check that the words of a cue fit its time: too fast, too short, too long."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import ceil

from django.utils.translation import gettext, ngettext, ngettext_lazy

from dubbing.subtitles.checks.timing import each
from dubbing.subtitles.context import Context, Finding, fix_label, in_words, named
from dubbing.subtitles.cues import Cue
from dubbing.subtitles.writing_systems import MARKUP, bare, seconds_to_say

SHORTEST_MS = 300
LONGEST_MS = 20_000
_PART_MS = 8_000
_READABLE_MS = 1_000
_HURRIED = 1.25  # a voice can be sped up this much and still sound natural
_SENTENCE_END = (".", "!", "?", "…", "。", "！", "？", "؟", "।", ":", ";")
_CUES_WITHOUT_LENGTH = ngettext_lazy(
    "%(count)s cue has no length: it starts and ends at the same time",
    "%(count)s cues have no length: they start and end at the same time",
    "count",
)
_FAST_CUES = ngettext_lazy("%(count)s cue is too fast to speak", "%(count)s cues are too fast to speak", "count")
_SHORT_CUES = ngettext_lazy("%(count)s cue is very short", "%(count)s cues are very short", "count")
_LONG_CUES = ngettext_lazy("%(count)s cue is very long", "%(count)s cues are very long", "count")


def no_length(cues: Sequence[Cue], context: Context) -> Iterator[Finding]:
    """Find cues that end when they start: one of them makes providers refuse a whole text."""
    for number, cue in enumerate(cues, 1):
        if not cue.has_length:
            yield Finding(
                "no_length", number, "problem",
                gettext("%(cue)s has no length: it starts and ends at the same time.") % {"cue": named(number, cue)},
                gettext("Nothing can be spoken in it. The fix gives it the time its words need, up to the next cue."),
                fix_label("no_length"), (number,), _CUES_WITHOUT_LENGTH,
            )  # fmt: skip


def too_fast(cues: Sequence[Cue], context: Context) -> Iterator[Finding]:
    """Find cues with more words than can be said in their time."""
    if not context.spoken:
        return  # the source was spoken as it is
    room = _Room(cues, context)
    for number, cue in enumerate(cues, 1):
        length, needed = cue.end - cue.start, _needed(cue)
        if needed <= length or length < SHORTEST_MS:
            continue
        rate = round(len(" ".join(bare(cue.text).split())) * 1000 / length)
        message = ngettext(
            "%(cue)s has %(rate)s character per second. It needs at least %(needed)s but has %(length)s.",
            "%(cue)s has %(rate)s characters per second. It needs at least %(needed)s but has %(length)s.",
            rate,
        )
        known = {"cue": named(number, cue), "rate": rate, "needed": in_words(_tenths(needed))}
        yield Finding(
            "too_fast", number, "warning" if needed > _HURRIED * length else "hint",
            message % (known | {"length": in_words(length)}),
            gettext(
                "The dub must fit the time of the cue. With too many words, the voice is rushed or cut off. Shorten "
                "the text or give it more time."
            ),
            fix_label("too_fast") if room.end(cue) >= cue.start + needed else "", (number,), _FAST_CUES,
        )  # fmt: skip


def too_short(cues: Sequence[Cue], context: Context) -> Iterator[Finding]:
    """Find cues too short for any word."""
    room = _Room(cues, context)
    for number, cue in enumerate(cues, 1):
        if _is_short(cue, context):
            yield Finding(
                "too_short", number, "warning" if context.spoken else "hint",
                gettext("%(cue)s is very short (%(length)s).")
                % {"cue": named(number, cue), "length": in_words(cue.end - cue.start)},
                gettext("There is barely time for a word."),
                fix_label("too_short") if room.end(cue) >= cue.start + SHORTEST_MS else "", (number,), _SHORT_CUES,
            )  # fmt: skip


def too_long(cues: Sequence[Cue], context: Context) -> Iterator[Finding]:
    """Find cues so long that it is unclear when their words are said."""
    for number, cue in enumerate(cues, 1):
        if cue.end - cue.start > LONGEST_MS:
            yield Finding(
                "too_long", number, "hint",
                gettext("%(cue)s is very long (%(length)s).")
                % {"cue": named(number, cue), "length": in_words(cue.end - cue.start)},
                gettext(
                    "Its words may be spoken long before or after the matching picture. Shorter cues stay in sync."
                ),
                fix_label("too_long") if len(_split(cue)) > 1 else "", (number,), _LONG_CUES,
            )  # fmt: skip


class _Room:
    """Free time after cues: until the next one, or the end of what is dubbed."""

    def __init__(self, cues: Sequence[Cue], context: Context) -> None:
        self._starts, self._last = sorted(cue.start for cue in cues), context.last_ms

    def end(self, cue: Cue) -> int:
        """Until when this cue may be shown."""
        at = bisect_right(self._starts, cue.start)
        limits = [self._starts[at]] if at < len(self._starts) else []
        if self._last is not None:
            limits.append(self._last)
        return max(cue.end, min(limits, default=cue.start + 10 * LONGEST_MS))


def _needed(cue: Cue) -> int:
    return ceil(seconds_to_say(cue.text) * 1000)


def _tenths(milliseconds: int) -> int:
    return -(-milliseconds // 100) * 100


def _is_fast(cue: Cue, context: Context) -> bool:
    return SHORTEST_MS <= cue.end - cue.start < _needed(cue)


def _is_short(cue: Cue, context: Context) -> bool:
    return 0 < cue.end - cue.start < SHORTEST_MS


def give_length(cues: Sequence[Cue], context: Context, cue: int | None) -> list[Cue]:
    """Give cues without length the time they need, as far as it is free; a little even if another cue overlaps."""
    room = _Room(cues, context)

    def lengthen(old: Cue, _: Context) -> Cue:
        wanted = old.start + max(_READABLE_MS, _needed(old))
        return replace(old, end=max(old.start + SHORTEST_MS, min(wanted, room.end(old))))

    return each(cues, context, cue, lambda old, _: not old.has_length, lengthen)


def slow_down(cues: Sequence[Cue], context: Context, cue: int | None) -> list[Cue]:
    """Give cues that are too fast more time, where there is enough."""
    room = _Room(cues, context)

    def lengthen(old: Cue, _: Context) -> Cue:
        end = old.start + _needed(old)
        return replace(old, end=end) if end <= room.end(old) else old

    return each(cues, context, cue, _is_fast, lengthen)


def lengthen_short(cues: Sequence[Cue], context: Context, cue: int | None) -> list[Cue]:
    """Give very short cues more time, where there is some."""
    room = _Room(cues, context)

    def lengthen(old: Cue, _: Context) -> Cue:
        end = min(room.end(old), old.start + max(SHORTEST_MS, _needed(old)))
        return replace(old, end=end) if end >= old.start + SHORTEST_MS else old

    return each(cues, context, cue, _is_short, lengthen)


def split_long(cues: Sequence[Cue], context: Context, cue: int | None) -> list[Cue]:
    """Split very long cues into several, each with its share of the time."""
    parts: list[Cue] = []
    for number, old in enumerate(cues, 1):
        parts += _split(old) if cue in (None, number) and old.end - old.start > LONGEST_MS else [old]
    return parts


def _split(cue: Cue) -> list[Cue]:
    """As few parts as keep each short enough; the cue itself if its text cannot be split."""
    pieces = [] if MARKUP.search(cue.text) else _pieces(cue.text)
    fewest = ceil((cue.end - cue.start) / _PART_MS)
    for count in (fewest, fewest * 3 // 2, fewest * 2, fewest * 3):
        parts = _shared(cue, _packed(pieces, count)) if count <= len(pieces) else [cue]
        if all(0 < part.end - part.start <= LONGEST_MS for part in parts):
            return parts
    return [cue]


def _pieces(text: str) -> list[str]:
    """Sentences if there are several, otherwise words.

    A text without blanks is left whole: its words are not separated.
    """
    words = text.split()
    sentences: list[list[str]] = [[]]
    for word in words:
        sentences[-1].append(word)
        if word.rstrip("\"'”’»)").endswith(_SENTENCE_END):
            sentences.append([])
    joined = [" ".join(sentence) for sentence in sentences if sentence]
    return joined if len(joined) > 2 else words


def _packed(pieces: list[str], count: int) -> list[str]:
    """The pieces in `count` groups of about the same length, none of them empty."""
    runs: list[list[str]] = [[]]
    total, done = sum(map(len, pieces)), 0
    for at, piece in enumerate(pieces):
        left = len(pieces) - at
        full = done >= total * len(runs) / count
        if runs[-1] and len(runs) < count and (full or left <= count - len(runs)):
            runs.append([])
        runs[-1].append(piece)
        done += len(piece)
    return [" ".join(run) for run in runs]


def _shared(cue: Cue, texts: list[str]) -> list[Cue]:
    weights = [max(0.2, seconds_to_say(text)) for text in texts]
    moments, passed, total = [cue.start], 0.0, sum(weights)
    for weight in weights:
        passed += weight
        moments.append(cue.start + round((cue.end - cue.start) * passed / total))
    return [Cue(moments[at], moments[at + 1], text) for at, text in enumerate(texts)]
