"""Split lines into cues. Only time lines are reliable: numbers and blank lines may be missing."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext

from dubbing.subtitles.character_references import decoded
from dubbing.subtitles.cue_times import TimeLine, TimeLineError, parse_time_line
from dubbing.subtitles.cues import lines_of
from dubbing.subtitles.repairs import Repairs

_EXAMPLE = "00:00:01,000 --> 00:00:02,500"
_UNREADABLE = TimeLine(0, 1, (), "")
# A number as people and tables write it: "2.", "#2", "(2)", "2.0", "-5", "12a". Blanks may match at one place at a
# time: otherwise a line of blanks would be split in every possible way.
_INDEX = re.compile(r"[#(\[]?\s*(?:[-–−]\s*)?([0-9]{1,9})(?:\.0)?[a-z]?\s*[.)\]:]?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Block:
    """A time line, its line number (from 1), the cue number above it, and the text below it."""

    line: int
    number: int | None
    time: TimeLine
    text: list[str]


def blocks_of(lines: list[str], repairs: Repairs, tidy: Callable[[list[str]], list[str]] = list) -> list[Block]:
    """The cues that have text, in the order of the file. Repairs and problems are added to `repairs`."""
    stamps = list(_stamps(lines, repairs))
    ends = [*(at for at, _ in stamps[1:]), len(lines)][: len(stamps)]
    named = _has_names([at for at, _ in stamps], lines)
    head = lines[: stamps[0][0] if stamps else len(lines)]
    above, number = _split_number(head, 1, repairs, numbered=True, named=named)
    _check_head(above, bool(stamps), repairs)
    numbered = number is not None
    blocks = []
    for (at, time), end in zip(stamps, ends, strict=True):
        below, next_number = lines[at + 1 : end], None
        if end < len(lines):
            below, next_number = _split_number(below, at + 2, repairs, numbered=numbered, named=named)
            _check_gap(below, end + 1, repairs)
        text = tidy(_text([time.rest, *below] if time.rest else below, at + 1, number, repairs))
        text = _with_characters(text, at + 1, repairs)
        blocks.append(Block(at + 1, time.number if number is None else number, time, text))
        number = next_number
    _check(blocks, repairs)
    return [block for block in blocks if block.text]


def _stamps(lines: list[str], repairs: Repairs) -> Iterator[tuple[int, TimeLine]]:
    for at, line in enumerate(lines):
        try:
            time = parse_time_line(line)
        except TimeLineError as error:
            repairs.problem(at + 1, _wrong_time(line, is_negative=error.is_negative))
            time = _UNREADABLE
        if time:
            yield at, time


def _wrong_time(line: str, *, is_negative: bool) -> str:
    message = (
        gettext("The time “%(text)s” is before the start of the video. Write it like %(example)s.")
        if is_negative
        else gettext("The time “%(text)s” is not valid. Write it like %(example)s.")
    )
    return message % {"text": line.strip()[:60], "example": _EXAMPLE}


def _no_time() -> str:
    return gettext("There are no times above this text. Add a line such as %(example)s.") % {"example": _EXAMPLE}


def _has_names(stamps: list[int], lines: list[str]) -> bool:
    """Whether each cue has a name or a number where the number belongs: alone, right above its times.

    A line of text is never alone there in every cue while each cue still has other text.
    """
    alone = all(at > 0 and lines[at - 1].strip() and not (at > 1 and lines[at - 2].strip()) for at in stamps)
    ends = [*(at - 1 for at in stamps[1:]), len(lines)]
    return (
        alone
        and len(stamps) > 1
        and all(any(line.strip() for line in lines[at + 1 : end]) for at, end in zip(stamps, ends, strict=True))
    )


def _split_number(
    above: list[str], line: int, repairs: Repairs, *, numbered: bool, named: bool
) -> tuple[list[str], int | None]:
    """Split the number of the next cue off the lines above its time line, of which the first is line `line`.

    Right below text, a number may be text itself: it counts only in a file that numbers its cues.
    """
    end = len(above)
    while end and not above[end - 1].strip():
        end -= 1
    last = above[end - 1].strip() if end else ""
    stands_apart = end > 1 and not above[end - 2].strip()
    if last.isdecimal() and len(last) < 10 and (numbered or stands_apart):
        return above[: end - 1], int(last)
    written = _INDEX.fullmatch(last)
    if written and numbered and (stands_apart or end == 1):
        repairs.add("number_form", line + end - 1)
        return above[: end - 1], int(written[1])
    if named:
        repairs.add("names", line + end - 1)
        return above[: end - 1], None
    return above, None


def _check_head(head: list[str], has_cues: bool, repairs: Repairs) -> None:
    at = next((number for number, line in enumerate(head, 1) if line.strip()), None)
    if at is not None:
        repairs.problem(at, _no_time())
    elif not has_cues:
        repairs.problem(None, gettext("This file contains no cues."))


def _check_gap(below: list[str], line: int, repairs: Repairs) -> None:
    if below and below[-1].strip():
        repairs.add("blank_missing", line)
    elif len(below) > 1 and not below[-2].strip():
        repairs.add("blank_extra", line)


def _text(below: list[str], line: int, number: int | None, repairs: Repairs) -> list[str]:
    """The text below the time line at `line`, in which blank lines may occur anywhere."""
    text: list[str] = []
    for start, paragraph in _paragraphs(below):
        if text and len(paragraph) > 1 and number is not None and _is_next(paragraph[0], number):
            repairs.problem(line + start + 1, _no_time())
            break
        if start:
            repairs.add("blank_inside" if text else "blank_extra", line + start)
        text += paragraph
    return text


def _with_characters(text: list[str], line: int, repairs: Repairs) -> list[str]:
    """The lines with character references replaced by characters."""
    before = "\n".join(text)
    after = decoded(before)
    if after == before:
        return text
    repairs.add("references", line + 1)
    return lines_of(after)


def _is_next(line: str, number: int) -> bool:
    written = _INDEX.fullmatch(line)
    return bool(written and int(written[1]) == number + 1 and not line.startswith(("-", "–", "−")))


def _paragraphs(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    paragraph: list[str] = []
    for at, line in enumerate([*lines, ""]):
        if line.strip():
            paragraph.append(line.strip())
        elif paragraph:
            yield at - len(paragraph), paragraph
            paragraph = []


def _check(blocks: list[Block], repairs: Repairs) -> None:
    for block in blocks:
        if block.time.end < block.time.start:
            repairs.problem(block.line, gettext("The cue ends before it starts."))
        for kind in block.time.repairs:
            repairs.add(kind, block.line)
        if not block.text:
            repairs.add("empty", block.line)
    _check_numbers([block for block in blocks if block.time is not _UNREADABLE], repairs)
    if blocks and not any(block.text for block in blocks):
        repairs.problem(None, gettext("No cue in this file has text."))


def _check_numbers(blocks: list[Block], repairs: Repairs) -> None:
    for expected, block in enumerate(blocks, 1):
        if block.number is None:
            repairs.add("unnumbered", block.line)
        elif block.number != expected:
            repairs.add("renumbered", block.line)
