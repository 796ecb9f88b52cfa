"""Write SRT for the provider and WebVTT for the browser."""

import re
from collections.abc import Iterable

from dubbing.subtitles.cue_times import no_time_line
from dubbing.subtitles.cues import Cue, lines_of

_STILL = re.compile(r"^([0-9:,]{9,20}) --> \1$", re.MULTILINE)
_SIMPLE_TAG = re.compile(r"&lt;(/?[biu])&gt;", re.IGNORECASE)
# Positions in ASS style, which SRT players understand and browsers would show as text.
_ASS_TAG = re.compile(r"\{\\[^{}\n]*\}")


def to_srt(cues: Iterable[Cue]) -> str:
    """Strict SRT: numbered from 1, LF, commas, a blank line after each cue. Cues without text are left out."""
    written = [(cue, lines) for cue in cues if (lines := [no_time_line(line) for line in lines_of(cue.text)])]
    return "".join(
        f"{number}\n{_time(cue.start, ',')} --> {_time(cue.end, ',')}\n{chr(10).join(lines)}\n\n"
        for number, (cue, lines) in enumerate(written, 1)
    )


def stands_still(srt: str) -> bool:
    """Whether the strict SRT has a cue that ends when it starts."""
    return _STILL.search(srt) is not None


def to_webvtt(cues: Iterable[Cue]) -> str:
    """WebVTT in which only bold, italic and underline are markup, whatever the text contains."""
    written = [(cue, lines) for cue in cues if (lines := lines_of(_webvtt_text(cue.text)))]
    return "WEBVTT\n\n" + "".join(
        f"{_time(cue.start, '.')} --> {_time(cue.end, '.')}\n{chr(10).join(lines)}\n\n" for cue, lines in written
    )


def _time(milliseconds: int, point: str) -> str:
    seconds, thousandths = divmod(max(0, milliseconds), 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{point}{thousandths:03}"


def _webvtt_text(text: str) -> str:
    text = _ASS_TAG.sub("", text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SIMPLE_TAG.sub(lambda match: f"<{match[1].lower()}>", text)
