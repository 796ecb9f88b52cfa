"""Remove what WebVTT has around and inside its cues but SRT lacks."""

import re
from itertools import groupby

from dubbing.subtitles.cue_times import is_time_line

_COMMENT = re.compile(r"\s*(?:NOTE|STYLE|REGION)(?:\s|$)")
_TAG = re.compile(r"<(/?)([^<>]*)>")
_SIMPLE = {"b", "i", "u"}


def is_vtt(lines: list[str]) -> bool:
    """Whether the file declares that it is WebVTT."""
    first = next((line for line in lines if line.strip()), "")
    return re.match(r"\s*WEBVTT(?:\s|$)", first, re.IGNORECASE) is not None


def without_headers(lines: list[str]) -> list[str]:
    """The lines with header, comments, styles and cue names blanked, so that line numbers stay correct."""
    kept: list[str] = []
    is_header = True
    for has_text, group in groupby(lines, key=lambda line: bool(line.strip())):
        paragraph = list(group)
        blanked = _header_lines(paragraph, is_header) if has_text else 0
        is_header = is_header and not has_text
        kept += [""] * blanked + paragraph[blanked:]
    return kept


def _header_lines(paragraph: list[str], is_header: bool) -> int:
    """How many lines at the start of a paragraph are not a cue. A comment may contain cues that were disabled."""
    if not is_header and _COMMENT.match(paragraph[0]):
        return len(paragraph)
    at = next((number for number, line in enumerate(paragraph) if is_time_line(line)), None)
    if is_header:
        return len(paragraph) if at is None else at
    return 1 if at == 1 else 0


def cue_text(lines: list[str]) -> list[str]:
    """The text of a cue without voices, classes and karaoke times; bold, italic and underline stay."""
    text = _TAG.sub(_srt_tag, "\n".join(lines))
    return [line.strip() for line in text.split("\n") if line.strip()]


def _srt_tag(match: re.Match[str]) -> str:
    name = re.split(r"[.\s]", match[2], maxsplit=1)[0].lower()
    return f"<{match[1]}{name}>" if name in _SIMPLE else ""
