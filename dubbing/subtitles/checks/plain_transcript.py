"""A transcript without times, which is sent as it is: letters that nobody wrote, and times that are none of SRT."""

import re
from collections.abc import Iterator

from dubbing.subtitles.checks.damaged_letters import around, read_again
from dubbing.subtitles.context import Finding
from dubbing.subtitles.decoding import DAMAGED

_CLOCK = re.compile(r"[\[(<]?\d{1,2}:\d{2}(?::\d{2})?(?:[.,;:]\d{1,3})?[\])>]?(?!\S)")
_LEAST, _ONE_IN = 3, 5


def in_prose(text: str) -> Iterator[Finding]:
    """What is worth a look in a text that has no cues; lines are counted from 1."""
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if DAMAGED in line:
            yield Finding(
                "damaged", None, "warning", f"Line {number} has a damaged letter: “{around(line)}”.",
                f"Part of the file was lost before the upload, and “{DAMAGED}” marks the place. Type the right letter.",
                many="{} lines have damaged letters",
            )  # fmt: skip
        elif read_again(line) != line:
            yield Finding(
                "misread", None, "warning", f"Line {number} has garbled letters: “{line.strip()[:40]}”.",
                "The file was saved with the wrong encoding. Save it as UTF-8 and upload it again.",
                many="{} lines have garbled letters",
            )  # fmt: skip
    yield from _times(lines)


def _times(lines: list[str]) -> Iterator[Finding]:
    timed = [number for number, line in enumerate(lines, 1) if _CLOCK.match(line.strip())]
    written = sum(bool(line.strip()) for line in lines)
    if len(timed) < _LEAST or len(timed) * _ONE_IN < written:
        return
    yield Finding(
        "clock", None, "warning",
        f"{len(timed)} lines start with a time. The first is line {timed[0]}.",
        "This is not SRT, so the times would be read as words. Remove them, or upload SRT or WebVTT.",
    )  # fmt: skip
