"""Repairs made while reading a file, and problems that could not be repaired."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from dubbing.subtitles.cues import Note

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_WORDS: dict[str, "StrOrPromise"] = {
    "arrow": _("Wrote the arrow between the times as “-->”."),
    "separator": _("Put a comma before the milliseconds."),
    "hours": _("Added hours to times without them."),
    "fraction": _("Wrote milliseconds with three digits (“,5” is half a second)."),
    "long_fraction": _("Shortened milliseconds to three digits (“,5000” was read as “,500”)."),
    "form": _("Corrected digits and spaces in the times."),
    "settings": _("Removed positions after the times."),
    "moved_text": _("Moved text after the times to the line below."),
    "unnumbered": _("Added missing cue numbers."),
    "number_form": _("Wrote cue numbers as plain numbers."),
    "names": _("Removed names of cues, which are not spoken."),
    "references": _("Replaced character references such as “&#39;” with their characters."),
    "renumbered": _("Numbered the cues from 1."),
    "blank_missing": _("Added a missing blank line before the cue."),
    "blank_extra": _("Removed extra blank lines."),
    "blank_inside": _("Removed a blank line within a cue."),
    "empty": _("Removed a cue without text."),
}
# This is how WebVTT is written, so it is not worth a note there.
_USUAL_IN_VTT = {
    "separator", "hours", "fraction", "unnumbered", "renumbered", "number_form", "blank_extra", "references",
}  # fmt: skip
_LINES_SHOWN = 4


class Repairs:
    """Collects repairs and problems by line (from 1), and puts them into words."""

    def __init__(self, *, vtt: bool) -> None:
        self.vtt = vtt
        self.problems: list[Note] = []
        self._lines: dict[str, list[int]] = {}

    def add(self, kind: str, line: int) -> None:
        self._lines.setdefault(kind, []).append(line)

    def problem(self, line: int | None, message: str) -> None:
        self.problems.append(Note(line, message))

    def notes(self) -> list[Note]:
        """One note per kind of repair, in the order of the first line affected."""
        kinds = [kind for kind in self._lines if not (self.vtt and kind in _USUAL_IN_VTT)]
        notes = sorted((_note(kind, sorted(self._lines[kind])) for kind in kinds), key=lambda note: note.line or 0)
        return [Note(1, gettext("Converted from WebVTT to SRT.")), *notes] if self.vtt else notes


def _note(kind: str, lines: list[int]) -> Note:
    return Note(lines[0], f"{_WORDS[kind]}{also_on(lines[1:])}")


def also_on(lines: list[int]) -> str:
    """A sentence that names further lines, with a blank before it; an empty string for none."""
    if not lines:
        return ""
    shown, more = ", ".join(map(str, lines[:_LINES_SHOWN])), len(lines) - _LINES_SHOWN
    if more > 0:
        text = gettext("Also on lines %(lines)s and %(more)s more.") % {"lines": shown, "more": more}
    else:
        text = ngettext("Also on line %(lines)s.", "Also on lines %(lines)s.", len(lines)) % {"lines": shown}
    return f" {text}"
