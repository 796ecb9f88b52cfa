"""Write IMSC 1.1 (TTML), text profile, which broadcasters and streaming services accept."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import ElementTree

import defusedxml.ElementTree
import ttconv.imsc.reader
import ttconv.imsc.writer
import ttconv.srt.reader
from django.utils.translation import gettext
from ttconv.model import Br, ContentDocument, P, Text

from dubbing.subtitles.cues import Cue, Note, SubtitleError, lines_of
from dubbing.subtitles.writer import to_srt

_TAG = re.compile(r"(</?[biu]>)", re.IGNORECASE)
# Positions in ASS style: this document has one position for all cues.
_ASS_TAG = re.compile(r"\{\\[^{}\n]*\}")
_PARAMETER = "{http://www.w3.org/ns/ttml#parameter}"
_TEXT_PROFILE = "http://www.w3.org/ns/ttml/profile/imsc1.1/text"


def to_imsc(cues: Sequence[Cue], language: str) -> bytes:
    """A document of these cues, read back to make sure that it says exactly what they say. Raises SubtitleError."""
    shown = [cue for cue in cues if cue.has_length and _plain(cue.text)]
    model = ttconv.srt.reader.to_model(io.StringIO(to_srt(Cue(cue.start, cue.end, _marked(cue.text)) for cue in shown)))
    if model is None:
        raise _failed()
    model.set_lang(language)
    tree = ttconv.imsc.writer.from_model(model)
    root = tree.getroot()
    # The writer sets no profile, or an empty one.
    root.attrib.pop(f"{_PARAMETER}profile", None)
    root.set(f"{_PARAMETER}contentProfiles", _TEXT_PROFILE)
    out = io.BytesIO()
    tree.write(out, encoding="utf-8", xml_declaration=True)
    written = out.getvalue()
    if list(_spoken(written)) != [(cue.start, cue.end, _plain(cue.text)) for cue in shown]:
        raise _failed()
    return written


def _failed() -> SubtitleError:
    return SubtitleError([Note(None, gettext("These subtitles cannot be written as IMSC."))])


def _marked(text: str) -> str:
    """The text with bold, italic and underline as the only markup, whatever it contains."""
    parts = _TAG.split(_ASS_TAG.sub("", text))
    return "".join(part.lower() if _TAG.fullmatch(part) else html.escape(part, quote=False) for part in parts)


def _plain(text: str) -> str:
    return "\n".join(lines_of(_TAG.sub("", _ASS_TAG.sub("", text))))


def _spoken(written: bytes) -> Iterator[tuple[int, int, str]]:
    """Times in milliseconds and texts, as read by an independent program."""
    model: ContentDocument | None = ttconv.imsc.reader.to_model(ElementTree(defusedxml.ElementTree.fromstring(written)))
    body = model.get_body() if model else None
    for paragraph in body.dfs_iterator() if body is not None else ():
        if isinstance(paragraph, P):
            pieces = paragraph.dfs_iterator()
            text = "".join(
                "\n" if isinstance(piece, Br) else piece.get_text() for piece in pieces if isinstance(piece, Br | Text)
            )
            # A begin time of zero is not written.
            start, end = (round((at or 0) * 1000) for at in (paragraph.get_begin(), paragraph.get_end()))
            yield start, end, "\n".join(lines_of(text))
