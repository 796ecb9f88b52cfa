"""What was put right while reading, and what could not be."""

from dubbing.subtitles.cues import Note

_WORDS = {
    "arrow": "The arrow between the times was written as “-->”.",
    "separator": "The milliseconds were set apart with a comma.",
    "hours": "Hours were added to times without them.",
    "fraction": "Milliseconds were written with three digits (“,5” is half a second).",
    "long_fraction": "Milliseconds have three digits; further ones were left out (“,5000” was read as “,500”).",
    "form": "Digits and spaces in the times were put in order.",
    "settings": "Positions behind the times were left out.",
    "moved_text": "Text behind the times was moved below them.",
    "unnumbered": "Missing cue numbers were added.",
    "number_form": "Cue numbers were written as plain numbers.",
    "names": "Names of cues were left out: they are not spoken.",
    "references": "Character references such as “&#39;” were written as the characters they stand for.",
    "renumbered": "The cues were numbered from 1 upwards.",
    "blank_missing": "A missing blank line before the cue was added.",
    "blank_extra": "Surplus blank lines were removed.",
    "blank_inside": "A blank line inside the text of a cue was removed.",
    "empty": "A cue without text was left out.",
}
# All of these are how WebVTT is written, so they are no news in one.
_USUAL_IN_VTT = {
    "separator", "hours", "fraction", "unnumbered", "renumbered", "number_form", "blank_extra", "references",
}  # fmt: skip
_LINES_SHOWN = 4


class Repairs:
    """Collects repairs and problems by line (from 1), and words them for people."""

    def __init__(self, *, vtt: bool) -> None:
        self.vtt = vtt
        self.problems: list[Note] = []
        self._lines: dict[str, list[int]] = {}

    def add(self, kind: str, line: int) -> None:
        self._lines.setdefault(kind, []).append(line)

    def problem(self, line: int | None, message: str) -> None:
        self.problems.append(Note(line, message))

    def notes(self) -> list[Note]:
        """One note per kind of repair, in the order of the first line that it met."""
        kinds = [kind for kind in self._lines if not (self.vtt and kind in _USUAL_IN_VTT)]
        found = sorted((_note(kind, sorted(self._lines[kind])) for kind in kinds), key=lambda note: note.line or 0)
        return [Note(1, "The file was converted from WebVTT to SRT."), *found] if self.vtt else found


def _note(kind: str, lines: list[int]) -> Note:
    return Note(lines[0], _WORDS[kind] + _also(lines[1:]))


def _also(lines: list[int]) -> str:
    if not lines:
        return ""
    shown = ", ".join(str(line) for line in lines[:_LINES_SHOWN])
    more = len(lines) - _LINES_SHOWN
    return f" Also on {'line' if len(lines) == 1 else 'lines'} {shown}{f' and {more} more' if more > 0 else ''}."
