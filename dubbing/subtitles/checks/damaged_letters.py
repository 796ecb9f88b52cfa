"""Check for damaged letters, and letters of a wrong encoding."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from django.utils.translation import gettext, ngettext_lazy

from dubbing.subtitles.checks.timing import each
from dubbing.subtitles.context import Context, Finding, fix_label, named
from dubbing.subtitles.cues import Cue, shortened
from dubbing.subtitles.decoding import DAMAGED, contradiction
from dubbing.subtitles.language_detection import language_of

# How UTF-8 letters look when they are read as Windows-1252: "Ã±" for "ñ", "â€™" for "’".
_MISREAD = re.compile(
    "[\u00c2-\u00f4][\u0080-\u00bf\u20ac\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u2122]+"
)
_UNDEFINED = {character: bytes([character]) for character in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}
_AROUND = 12
_DAMAGED_CUES = ngettext_lazy("%(count)s cue has damaged letters", "%(count)s cues have damaged letters", "count")
_GARBLED_CUES = ngettext_lazy("%(count)s cue has garbled letters", "%(count)s cues have garbled letters", "count")


def damaged(cues: Sequence[Cue], context: Context) -> Iterator[Finding]:
    """Find letters that could not be read."""
    for number, cue in enumerate(cues, 1):
        if DAMAGED in cue.text:
            yield Finding(
                "damaged", number, "warning",
                gettext("%(cue)s has a damaged letter: “%(text)s”.")
                % {"cue": named(number, cue), "text": around(cue.text)},
                gettext(
                    "Part of the file was lost before the upload, and “%(mark)s” marks the place. It cannot be spoken. "
                    "Type the right letter."
                ) % {"mark": DAMAGED},
                "", (number,), _DAMAGED_CUES,
            )  # fmt: skip


def misread(cues: Sequence[Cue], context: Context) -> Iterator[Finding]:
    """Find UTF-8 letters that somebody read in another encoding and saved that way."""
    for number, cue in enumerate(cues, 1):
        right = read_again(cue.text)
        if right != cue.text:
            yield Finding(
                "misread", number, "warning",
                gettext("%(cue)s has garbled letters: “%(text)s”.")
                % {"cue": named(number, cue), "text": shortened(cue.text)},
                gettext("The file was saved with the wrong encoding before the upload. It should say “%(text)s”.")
                % {"text": shortened(right)},
                fix_label("misread"), (number,), _GARBLED_CUES,
            )  # fmt: skip


def strange_encoding(text: str, context: Context) -> Iterator[Finding]:
    """Find a file that seems to be in another encoding than the one it was read in."""
    language = language_of(context.locale)
    name = contradiction(context.encoding, language, text)
    if name and not contradiction(context.encoding, language):
        yield Finding(
            "encoding", None, "warning",
            gettext("Many words are garbled. The file was read as %(encoding)s, which is probably wrong.")
            % {"encoding": name},
            gettext(
                "The file is not UTF-8, so we guessed its encoding. Save the file as UTF-8 and upload it again."
            ),
        )  # fmt: skip
    elif name:
        yield Finding(
            "encoding", None, "warning",
            gettext("The file was read as %(encoding)s, an encoding that this language does not use.")
            % {"encoding": name},
            gettext(
                "The file is not UTF-8, so we guessed its encoding. Check that the letters look right. If not, save "
                "the file as UTF-8 and upload it again."
            ),
        )  # fmt: skip


def put_right(cues: Sequence[Cue], context: Context, cue: int | None) -> list[Cue]:
    """Restore letters that were read in a wrong encoding."""
    return each(
        cues, context, cue,
        lambda old, _: read_again(old.text) != old.text,
        lambda old, _: replace(old, text=read_again(old.text)),
    )  # fmt: skip


def read_again(text: str) -> str:
    """The text with letters read in a wrong encoding restored."""
    return text if text.isascii() else _MISREAD.sub(_as_utf8, text)


def _as_utf8(match: re.Match[str]) -> str:
    try:
        return b"".join(map(_byte, match[0])).decode()
    except UnicodeError:
        return match[0]


def _byte(character: str) -> bytes:
    return _UNDEFINED.get(ord(character)) or character.encode("cp1252")


def around(text: str) -> str:
    """The first damaged letter, with a few letters on each side."""
    line = " ".join(text.split())
    at = line.index(DAMAGED)
    first, last = max(0, at - _AROUND), at + _AROUND
    return f"{'…' if first else ''}{line[first:last]}{'…' if last < len(line) else ''}"
