"""Check a transcript without times, which is sent as it is: damaged letters, and times that are not SRT."""

import re
from collections.abc import Iterator

from django.utils.translation import gettext, ngettext, ngettext_lazy

from dubbing.subtitles.checks.damaged_letters import around, read_again
from dubbing.subtitles.context import Finding
from dubbing.subtitles.decoding import DAMAGED

_CLOCK = re.compile(r"[\[(<]?\d{1,2}:\d{2}(?::\d{2})?(?:[.,;:]\d{1,3})?[\])>]?(?!\S)")
_LEAST, _ONE_IN = 3, 5
_DAMAGED_LINES = ngettext_lazy("%(count)s line has damaged letters", "%(count)s lines have damaged letters", "count")
_GARBLED_LINES = ngettext_lazy("%(count)s line has garbled letters", "%(count)s lines have garbled letters", "count")


def in_prose(text: str) -> Iterator[Finding]:
    """Find problems in a text without cues; lines are counted from 1."""
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if DAMAGED in line:
            yield Finding(
                "damaged", None, "warning",
                gettext("Line %(line)s has a damaged letter: “%(text)s”.") % {"line": number, "text": around(line)},
                gettext(
                    "Part of the file was lost before the upload, and “%(mark)s” marks the place. Type the right "
                    "letter."
                ) % {"mark": DAMAGED},
                many=_DAMAGED_LINES,
            )  # fmt: skip
        elif read_again(line) != line:
            yield Finding(
                "misread", None, "warning",
                gettext("Line %(line)s has garbled letters: “%(text)s”.")
                % {"line": number, "text": line.strip()[:40]},
                gettext("The file was saved with the wrong encoding. Save it as UTF-8 and upload it again."),
                many=_GARBLED_LINES,
            )  # fmt: skip
    yield from _times(lines)


def _times(lines: list[str]) -> Iterator[Finding]:
    timed = [number for number, line in enumerate(lines, 1) if _CLOCK.match(line.strip())]
    written = sum(bool(line.strip()) for line in lines)
    if len(timed) < _LEAST or len(timed) * _ONE_IN < written:
        return
    yield Finding(
        "clock", None, "warning",
        ngettext(
            "%(count)s line starts with a time. The first is line %(line)s.",
            "%(count)s lines start with a time. The first is line %(line)s.",
            len(timed),
        ) % {"count": len(timed), "line": timed[0]},
        gettext("This is not SRT, so the times would be read as words. Remove them, or upload SRT or WebVTT."),
    )  # fmt: skip
