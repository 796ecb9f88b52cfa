"""Parse the line with the times of a cue: `00:00:01,000 --> 00:00:02,000` and its common variants."""

import re
from dataclasses import dataclass, replace

_DASHES = "-‐‑‒–—―−"
_ARROW = re.compile(rf"[{_DASHES}]{{1,3}}>")
# Other signs between two times, allowed only if nothing else is on the line and both times are written in full. Never
# “→”, which occurs in texts that would be time lines otherwise.
_FULL_TIME = r"[0-9]{1,3}:[0-9]{2}:[0-9]{2}[,.;][0-9]{1,9}"
_OTHER_ARROW = re.compile(
    rf"({_FULL_TIME})\s*(?:[{_DASHES}]{{1,3}}\s*(?:&gt;|>)|=+>|[⟶⇒»>~/|]|to|[{_DASHES}]{{1,3}}|\s)\s*({_FULL_TIME})",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"[\[(]([^\[\]()]*>[^\[\]()]*)[\])](.*)")
_NUMBER_BEFORE = re.compile(r"([0-9]{1,6})[.):]?\s+(?=[0-9]{1,3}:[0-9]{2}:[0-9]{2}[,.])")
_TIME = re.compile(
    r"(?:([0-9]{1,4})\s*:\s*)?([0-9]{1,3})\s*:\s*([0-9]{1,2})(?:\s*([,.;]|:(?=\s*[0-9]{3}))\s*([0-9]{1,9}))?(?!\S)",
    re.ASCII,
)
_STRICT_TIME = r"[0-9]{2,}:[0-5][0-9]:[0-5][0-9],[0-9]{3}"
_STRICT = re.compile(rf"{_STRICT_TIME} --> {_STRICT_TIME}(?!\S)", re.ASCII)
_LOOKS_LIKE_TIME = re.compile(rf"[{_DASHES}+(\[]{{0,2}}\s*[0-9]{{1,3}}\s*[:.,]\s*[{_DASHES}]?[0-9]", re.ASCII)
_NEGATIVE = re.compile(rf"(?:^|[\s:(\[])[{_DASHES}][0-9]")
_SETTING = re.compile(r"[A-Za-z][A-Za-z0-9]*:\S+", re.ASCII)
# No time line is longer, settings included; the limit also keeps every pattern here linear.
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class TimeLine:
    """Start and end in milliseconds, the repairs needed to read them, the text after them, and a number before them."""

    start: int
    end: int
    repairs: tuple[str, ...]
    rest: str
    number: int | None = None


class TimeLineError(ValueError):
    """The line is meant as a time line but cannot be read. `is_negative`: a time is before the start of the video."""

    def __init__(self, *, is_negative: bool = False) -> None:
        self.is_negative = is_negative
        super().__init__()


def parse_time_line(line: str) -> TimeLine | None:
    """Parse a time line; None if the line is ordinary text. Raises TimeLineError."""
    stripped = line.strip()
    if len(stripped) > _LONGEST:
        return None
    other = None if _ARROW.search(stripped) else _OTHER_ARROW.fullmatch(stripped)
    if other:
        stripped = f"{other[1]} -> {other[2]}"
    bracketed = _BRACKETED.fullmatch(stripped)
    if bracketed:
        stripped = f"{bracketed[1].strip()} {bracketed[2].strip()}".strip()
    numbered = _NUMBER_BEFORE.match(stripped)
    stripped = stripped[numbered.end() :] if numbered else stripped
    arrow = _ARROW.search(stripped)
    if arrow is None:
        return None
    left, right = stripped[: arrow.start()].strip(), stripped[arrow.end() :].strip()
    begin, until = _TIME.fullmatch(left), _TIME.match(right)
    if begin and until:
        parsed = _time_line(stripped, arrow.group(), begin, until, right[until.end() :].strip())
        return (
            replace(parsed, number=int(numbered[1]), repairs=("number_form", *parsed.repairs)) if numbered else parsed
        )
    if _means_times(left, right, arrow.group()):
        raise TimeLineError(is_negative=any(_NEGATIVE.search(side) for side in (left, right)))
    return None


def no_time_line(line: str) -> str:
    """The line made safe for a text: an arrow between two times would start another cue."""
    if not is_time_line(line):
        return line
    return _OTHER_ARROW.sub(r"\1 → \2", _ARROW.sub("→", line))


def _means_times(left: str, right: str, arrow: str) -> bool:
    sides = [bool(_LOOKS_LIKE_TIME.match(side)) for side in (left, right)]
    return any(sides) if arrow == "-->" else all(sides)


def _time_line(line: str, arrow: str, begin: re.Match[str], until: re.Match[str], tail: str) -> TimeLine:
    is_settings = all(_SETTING.fullmatch(word) for word in tail.split())
    repairs = [] if _STRICT.match(line) else _repairs(arrow, begin, until)
    if tail:
        repairs.append("settings" if is_settings else "moved_text")
    return TimeLine(_milliseconds(begin), _milliseconds(until), tuple(repairs), "" if is_settings else tail)


def _milliseconds(match: re.Match[str]) -> int:
    hours, minutes, seconds, _, fraction = match.groups()
    if int(seconds) > 59 or (hours is not None and int(minutes) > 59):
        raise TimeLineError
    whole = (int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)
    return whole * 1000 + int((fraction or "")[:3].ljust(3, "0"))


def _repairs(arrow: str, *times: re.Match[str]) -> list[str]:
    repairs = ["arrow"] if arrow != "-->" else []
    if any(time[4] not in {None, ","} for time in times):
        repairs.append("separator")
    if any(time[1] is None for time in times):
        repairs.append("hours")
    if any(len(time[5] or "") < 3 for time in times):
        repairs.append("fraction")
    if any(len(time[5] or "") > 3 for time in times):
        repairs.append("long_fraction")
    return repairs or ["form"]


def is_time_line(line: str) -> bool:
    """Whether the line is a time line or is meant as one."""
    try:
        return parse_time_line(line) is not None
    except TimeLineError:
        return True
