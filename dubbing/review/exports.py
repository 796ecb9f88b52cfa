"""Export comments: as a table, and as markers for editing software (EDL for DaVinci Resolve, FCPXML)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from django.utils.translation import gettext

from dubbing.models import Comment, Dubbing
from dubbing.platform import formatting
from dubbing.review.timecodes import FrameRate

if TYPE_CHECKING:
    from dubbing.models.reviews import CommentQuerySet

TIMELINE_START = "01:00:00:00"
"""Where the timelines of most editing programs begin."""
MOST = 20_000
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_COLOURS = {"critical": "ResolveColorRed", "major": "ResolveColorRed", "minor": "ResolveColorYellow"}


@dataclass(frozen=True, slots=True)
class Marker:
    """A comment at a position on the timeline, in frames of the result."""

    start: int
    length: int
    text: str
    note: str
    severity: str


def chosen(dubbing: Dubbing, *, outside: bool = False, resolved: bool = True) -> CommentQuerySet:
    """The comments of a dubbing, each followed by its replies. ``outside``: only those meant for everybody."""
    rows = Comment.objects.shown().filter(dubbing=dubbing).select_related("author", "parent")
    if outside:
        rows = rows.filter(is_internal=False)
    if not resolved:
        rows = rows.filter(resolved_at=None, parent__resolved_at=None)
    return rows.order_by("pk")


def ordered(comments: Iterable[Comment]) -> list[Comment]:
    """Comments by their moment, those about the whole video first, each followed by its replies."""
    kept = list(comments)[:MOST]
    top = [comment for comment in kept if comment.parent_id is None]
    replies: dict[int, list[Comment]] = {}
    for comment in kept:
        if comment.parent_id is not None:
            replies.setdefault(comment.parent_id, []).append(comment)
    top.sort(key=lambda comment: (comment.start is not None, comment.start or 0.0, comment.pk))
    return [row for comment in top for row in (comment, *replies.get(comment.pk, []))]


def table(comments: Iterable[Comment], rate: FrameRate) -> Iterator[list[str]]:
    """Yield the heading and one row per comment; times as seconds and as timecode from zero."""
    yield [
        gettext("Number"), gettext("Start (s)"), gettext("End (s)"), gettext("Start (timecode)"),
        gettext("End (timecode)"), gettext("Author"), gettext("Comment"), gettext("Reply to"), gettext("Issue"),
        gettext("Severity"), gettext("Suggested subtitle"), gettext("Answer"), gettext("Reason"), gettext("Resolved"),
        gettext("Audience"), gettext("Written"),
    ]  # fmt: skip
    for comment in comments:
        yield [
            str(comment.pk), _seconds(comment.start), _seconds(comment.end), _timecode(comment.start, rate),
            _timecode(comment.end, rate), comment.author_name, comment.text,
            str(comment.parent_id) if comment.parent_id else "",
            comment.kind_label,
            comment.severity_label, comment.suggestion,
            str(comment.get_answer_display()) if comment.answer else "", comment.answer_text,
            comment.resolved_at.isoformat(timespec="seconds") if comment.resolved_at else "",
            gettext("Project") if comment.is_internal else gettext("Everybody"),
            comment.created_at.isoformat(timespec="seconds"),
        ]  # fmt: skip


def markers(comments: Iterable[Comment], rate: FrameRate) -> list[Marker]:
    """A marker for each comment that has a moment; its replies are in the marker's note."""
    made: dict[int, Marker] = {}
    for comment in ordered(comments):
        if comment.parent_id in made:
            before = made[comment.parent_id]
            note = f"{before.note}\n{comment.author_name}: {comment.text}"
            made[comment.parent_id] = Marker(before.start, before.length, before.text, note, before.severity)
        elif comment.parent_id is None and comment.start is not None:
            start = rate.frame(comment.start)
            end = rate.frame(comment.end) if comment.end is not None else start
            made[comment.pk] = Marker(start, max(1, end - start), _title(comment), _note(comment), comment.severity)
    return list(made.values())


def edl(rows: Iterable[Marker], rate: FrameRate, *, title: str, begins: str = TIMELINE_START) -> str:
    """An edit decision list with a marker for each row. ``begins``: the timecode at which the timeline starts."""
    first = rate.frame_of(begins) or 0
    mode = "DROP FRAME" if rate.is_drop_frame else "NON-DROP FRAME"
    lines = [f"TITLE: {formatting.one_line(title)[:70]}", f"FCM: {mode}", ""]
    for number, marker in enumerate(rows, start=1):
        start, end = rate.timecode(first + marker.start), rate.timecode(first + marker.start + 1)
        label = formatting.one_line(f"{marker.text} {marker.note}").replace("|", "/")[:500]
        lines += [
            f"{number:03}  001      V     C        {start} {end} {start} {end}  ",
            f" |C:{_COLOURS.get(marker.severity, 'ResolveColorBlue')} |M:{label} |D:{marker.length}",
            "",
        ]
    return "\r\n".join(lines)


def fcpxml(rows: Iterable[Marker], rate: FrameRate, *, title: str, seconds: float, size: tuple[int, int]) -> str:
    """A Final Cut Pro timeline (FCPXML 1.9) of a single gap with the result's length, and its markers."""
    root = ElementTree.Element("fcpxml", version="1.9")
    frame = 1 / rate.exact
    resources = ElementTree.SubElement(root, "resources")
    shape = ElementTree.SubElement(resources, "format", id="r1", frameDuration=_rational(frame))
    if all(size):
        shape.set("width", str(size[0]))
        shape.set("height", str(size[1]))
    library = ElementTree.SubElement(root, "library")
    project = ElementTree.SubElement(ElementTree.SubElement(library, "event", name=_xml(title)), "project")
    project.set("name", _xml(title))
    length = _rational(max(1, rate.frame(seconds)) * frame)
    counted = "DF" if rate.is_drop_frame else "NDF"
    sequence = ElementTree.SubElement(project, "sequence", format="r1", duration=length, tcStart="0s", tcFormat=counted)
    spine = ElementTree.SubElement(sequence, "spine")
    gap = ElementTree.SubElement(spine, "gap", name="Comments", offset="0s", start="0s", duration=length)
    for marker in rows:
        ElementTree.SubElement(
            gap,
            "marker",
            start=_rational(marker.start * frame),
            duration=_rational(marker.length * frame),
            value=_xml(marker.text),
            note=_xml(marker.note),
        )
    ElementTree.indent(root)
    body = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n{body}\n'


def _title(comment: Comment) -> str:
    if not comment.kind:
        return formatting.one_line(comment.text)
    issue = f"{comment.kind_label}, {comment.severity_label}"
    return f"[{issue}] {formatting.one_line(comment.text)}"


def _note(comment: Comment) -> str:
    suggestion = f" → {formatting.one_line(comment.suggestion)}" if comment.suggestion else ""
    return f"({comment.author_name}){suggestion}"


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _timecode(value: float | None, rate: FrameRate) -> str:
    return "" if value is None else rate.timecode(rate.frame(value))


def _xml(text: str) -> str:
    return _NOT_IN_XML.sub("", text)


def _rational(value: Fraction) -> str:
    return f"{value.numerator}s" if value.denominator == 1 else f"{value.numerator}/{value.denominator}s"
