"""Cues, and the text read from a file."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext

# Line separators of Unicode and of typewriters: parsers disagree on whether they end a line.
_SEPARATORS = re.compile("[\v\f\x1c-\x1e\x85\u2028\u2029]")
_CONTROLS = re.compile("[\0-\x08\x0e-\x1f\x7f-\x9f\ufeff\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Cue:
    """One block of text on screen from `start` to `end`, in milliseconds from the beginning of the video."""

    start: int
    end: int
    text: str

    @property
    def has_length(self) -> bool:
        """Whether it is shown at all: speech recognition tools write cues that end when they start."""
        return self.end > self.start


@dataclass(frozen=True, slots=True)
class Note:
    """Something to tell the person who uploaded the file; `line` counts from 1, None means the whole file."""

    line: int | None
    message: str

    def __str__(self) -> str:
        if self.line is None:
            return self.message
        return gettext("Line %(line)s: %(message)s") % {"line": self.line, "message": self.message}


@dataclass(frozen=True, slots=True)
class Subtitles:
    """The content of a file: the cues in the order of the file, its encoding, and what was repaired."""

    cues: tuple[Cue, ...]
    encoding: str
    notes: tuple[Note, ...]


class SubtitleError(ValueError):
    """The file cannot be used; `problems` say why, in line order."""

    def __init__(self, problems: Iterable[Note]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


def plain(text: str) -> str:
    """The text with LF line ends only, and without control characters."""
    text = text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROLS.sub("", _SEPARATORS.sub(" ", text))


def lines_of(text: str) -> list[str]:
    """The lines of a cue that are not empty; neither SRT nor WebVTT can hold an empty one."""
    return [line.strip() for line in plain(text).split("\n") if line.strip()]


def shortened(text: str) -> str:
    """A text on one line, cut after 40 characters, for quoting in a sentence."""
    line = " ".join(text.split())
    return line if len(line) <= 40 else f"{line[:39]}…"
