"""Recognise files of other formats that are named like subtitles, from their contents."""

import json
import re
from typing import TYPE_CHECKING

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dubbing.subtitles.cues import Note, SubtitleError

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_MAGIC = (
    (b"%PDF-", _("a PDF document")),
    (b"PK\x03\x04", _("a ZIP archive or an Office document")),
    (b"\x1f\x8b", _("a gzip archive")),
    (b"Rar!", _("a RAR archive")),
    (b"7z\xbc\xaf", _("a 7z archive")),
    (b"\xd0\xcf\x11\xe0", _("an Office document")),
    (b"\x89PNG", _("an image (PNG)")),
    (b"\xff\xd8\xff", _("an image (JPEG)")),
    (b"\x1aE\xdf\xa3", _("a video (Matroska or WebM)")),
    (b"ID3", _("an audio file (MP3)")),
    (b"RIFF", _("a video or audio file")),
)
_CLOCK = r"\d{1,2}:\d{2}:\d{2}"
# How files of each format begin. Each is so distinctive that nothing else needs to be checked.
_BEGINS = tuple(
    (re.compile(pattern, re.IGNORECASE), name)
    for pattern, name in (
        (r"\[script info\]|\[v4\+? styles\]|\[events\]\s", "ASS/SSA (Advanced SubStation Alpha)"),
        (r"<sami\b", "SAMI"),
        (r"(?:<\?xml[^>]*>\s*)?(?:<!--[^>]*-->\s*)*<(?:\w+:)?tt[\s>]", _("TTML (timed text in XML)")),
        (r"(?:<\?xml[^>]*>\s*)?<!doctype html|<(?:html|head|body|meta|title|style|script)\b", _("a web page (HTML)")),
        (r"<(?:div|p|span|section|article|main|header|nav|table|ul|ol|h[1-6])(?:\s[^>]*)?>", _("a web page (HTML)")),
        (r"<\?xml|<(?:transcript|timedtext|fcpxml|xmeml|window)\b", "XML"),
        (r"\{\\rtf", _("RTF (a word processing document)")),
        (r"scenarist_scc\b", _("SCC (Scenarist closed captions)")),
        (r"\{qttext\}", _("QuickTime text")),
        (r"@ this file written with the avid caption plugin", _("Avid DS captions")),
        (r"#extm3u\b", _("a playlist (M3U8)")),
        (r"# vobsub index file", "VobSub"),
        (r"\[information\]\s*\n", "SubViewer"),
        (r"\$(?:fontname|vertalign|horzalign)", "Spruce STL"),
    )
)
# What the lines of each format look like. One in three lines, or all of the first ones, have to match.
_LINES = tuple(
    (re.compile(pattern, re.IGNORECASE), name)
    for pattern, name in (
        (r"(?:dialogue|comment):\s*[^,\n]*,\s*\d+:\d{2}:\d{2}[.:]\d+,", "ASS/SSA (Advanced SubStation Alpha)"),
        (rf"-?{_CLOCK}\.\d{{3}}\s*,\s*-?{_CLOCK}\.\d{{3}}\s*$", _("SBV (YouTube captions)")),
        (rf"{_CLOCK}\.\d{{2}}\s*,\s*{_CLOCK}\.\d{{2}}\s*$", "SubViewer"),
        (rf"{_CLOCK}[:;]\d{{2}}\s*,\s*{_CLOCK}[:;]\d{{2}}\s*,", "Spruce STL"),
        (r"\{\d+\}\{\d*\}", "MicroDVD"),
        (r"\[\d+\]\[\d*\]", "MPL2"),
        (r"(?:\[(?:ar|ti|al|by|offset|length|re|ve):|\[\d{1,3}:\d{2}\.\d{1,3}\])", _("LRC (song lyrics)")),
        (rf"{_CLOCK}[:;]\d{{2}}\t+[0-9a-f]{{4}}(?:\s+[0-9a-f]{{4}})*\s*$", _("SCC (Scenarist closed captions)")),
        (rf"{_CLOCK}[:=](?![\d\s]|-+>)", "TMPlayer"),
        (rf"{_CLOCK}[:;.,]\d{{2,3}}\s+[-–—]\s+{_CLOCK}[:;.,]\d{{2,3}}\s*$", _("a text with times (Premiere)")),
        (r"<p\s[^>]*\bbegin=|<text\s[^>]*\bstart=|<sync\s[^>]*\bstart=", "XML"),
        (
            r"(?:\d+(?:\.\d+)?|\d{1,2}:\d{2}(?::\d{2})?(?:[.,:]\d+)?)[\t;|]\"?(?:\d+(?:\.\d+)?|\d{1,2}:\d{2})",
            _("a table"),
        ),
    )
)
_COMMENTS = re.compile(r"\s*(?:<!--(?:(?!-->).)*-->\s*)+", re.DOTALL)
_STARTS = {
    "start",
    "begin",
    "in",
    "start time",
    "starttime",
    "begin time",
    "time in",
    "tc in",
    "in point",
    "timecode in",
}
_OTHERS = {
    "end",
    "out",
    "text",
    "caption",
    "subtitle",
    "subtitles",
    "end time",
    "endtime",
    "time out",
    "tc out",
    "duration",
}
_LOOKED_AT = 200


def refuse_binary(raw: bytes, advice: str) -> None:
    """Raise SubtitleError for a binary file, naming its format if it is known."""
    name: StrOrPromise = next((name for magic, name in _MAGIC if raw.startswith(magic)), "")
    name = _("a video (MP4 or QuickTime)") if raw[4:8] == b"ftyp" else name
    name = _("EBU STL (binary subtitles)") if re.fullmatch(rb"STL\d\d\.\d\d", raw[3:11]) else name
    if name:
        message = gettext("This is %(format)s, not a text file.") % {"format": name}
        raise SubtitleError([Note(None, f"{message} {advice}")])


def refuse_other(text: str) -> None:
    """Raise SubtitleError, naming the format, for a text that is neither SRT nor WebVTT."""
    name = name_of(text)
    if name:
        message = gettext("This is %(format)s, not SRT or WebVTT. Export it as SRT or WebVTT and upload that file.")
        raise SubtitleError([Note(None, message % {"format": name})])


def name_of(text: str) -> str:
    """The format of a text that is certainly not SRT, WebVTT or plain text; otherwise an empty string."""
    start = text[len(comments[0]) if (comments := _COMMENTS.match(text)) else 0 :].lstrip()
    if re.match(r"WEBVTT(?:\s|$)", start, re.IGNORECASE):
        return ""
    if _is_json(start):
        return "JSON"
    begun = next((name for pattern, name in _BEGINS if pattern.match(start)), "")
    if begun:
        return str(begun)
    lines = [line.strip() for line in start[:40_000].split("\n") if line.strip()][:_LOOKED_AT]
    if any("-->" in line for line in lines):
        return ""
    if len(lines) > 1 and _is_head_of_table(lines[0]) and any(map(str.isdecimal, lines[1])):
        return gettext("a table")
    return str(next((name for pattern, name in _LINES if _is_made_of(lines, pattern)), ""))


def _is_made_of(lines: list[str], pattern: re.Pattern[str]) -> bool:
    count = sum(pattern.match(line) is not None for line in lines)
    return count * 3 >= len(lines) > 0 and (count > 1 or len(lines) <= 3)


def _is_head_of_table(line: str) -> bool:
    cells = {cell.strip(" \"'#").lower().replace("_", " ") for cell in re.split(r"[,;\t|]", line[:300])}
    return all(len(cell.split()) < 4 for cell in cells) and bool(cells & _STARTS) and bool(cells & _OTHERS)


def _is_json(start: str) -> bool:
    if not start.startswith(("{", "[")):
        return False
    if re.match(r"\{\s*\"[^\"\n]*\"\s*:|\[\s*\{\s*\"", start):  # even if it was cut off
        return True
    try:
        return isinstance(json.loads(start), (dict, list))
    except (ValueError, RecursionError):
        return False
