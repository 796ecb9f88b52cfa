"""The content of the subtitle editor's page, and the data for its script."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.urls import reverse
from django.utils.html import json_script
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from dubbing import subtitles
from dubbing.drafts import subtitle_documents
from dubbing.drafts.draft import SOURCE
from dubbing.drafts.subtitle_documents import Sheet
from dubbing.models import Asset, Upload
from dubbing.platform import formatting, locales
from dubbing.subtitles import Cue
from dubbing.subtitles.context import Context, Finding, Group

_MOST_FINDINGS = 2_000


@dataclass(frozen=True, slots=True)
class SlotChoice:
    """A link to one of the asset's texts."""

    slot: str
    label: str
    is_here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EditorPage:
    """What the template shows."""

    asset: Asset
    sheet: Sheet
    source: Sheet
    may_edit: bool
    is_shown: bool
    context: Context
    user_pk: int
    opened_at: int = 1

    @property
    def label(self) -> str:
        """The name of this text."""
        return label_of(self.sheet)

    @property
    def is_source(self) -> bool:
        """Whether it is the transcript rather than a translation."""
        return self.sheet.slot == SOURCE

    @property
    def has_video(self) -> bool:
        """Whether we hold a video that browsers play, or that may become one."""
        return self.is_shown or self.is_coming

    @property
    def is_coming(self) -> bool:
        """Whether a copy that browsers can play is still being made."""
        source = self.asset.source
        return bool(source and not self.is_shown and source.preview == Upload.Preview.WAITING)

    @property
    def video_address(self) -> str:
        """The address from which the video is played."""
        return reverse("preview-file", args=[self.asset.pk])

    @property
    def peaks_address(self) -> str:
        """The address of its waveform, if there is one."""
        source = self.asset.source
        return reverse("peaks-file", args=[self.asset.pk]) if source and source.peaks_key else ""

    @property
    def is_trimmed(self) -> bool:
        """Whether only a part of the video is dubbed."""
        return bool(self.context.start) or self.context.end is not None

    @property
    def untimed(self) -> bool:
        """Whether it is a transcript without times, as opposed to one whose times cannot be read."""
        return self.is_source and not self.sheet.is_timed and "-->" not in self.sheet.text

    def slots(self) -> list[SlotChoice]:
        """Every text of the asset, including this one if its language was removed."""
        slots = subtitle_documents.slots_of(self.asset)
        foreign = [] if self.sheet.slot in slots else [self.sheet.slot]
        return [self._choice(slot) for slot in (*slots, *foreign)]

    def reading(self) -> list[tuple[str, str, str]]:
        """The cues for reading: from, to, and the text."""
        return [(formatting.clock(cue.start), formatting.clock(cue.end), cue.text) for cue in self.sheet.cues]

    def data(self) -> SafeString:
        """The data for the script."""
        return json_script(self._data(), "editor-data", encoder=_Plain)

    def _choice(self, slot: str) -> SlotChoice:
        is_open = slot == self.sheet.slot
        return SlotChoice(slot, label_of(self.sheet if is_open else Sheet(self.asset, slot, "", ())), is_open)

    def _data(self) -> dict[str, Any]:
        asset, slot = self.asset, self.sheet.slot
        return {
            "key": f"cues:{self.user_pk}:{asset.pk}:{slot}",
            "address": reverse("subtitles-cues", args=[asset.pk, slot]),
            "mayEdit": self.may_edit,
            "seen": self.sheet.seen,
            "cues": rows(self.sheet.cues),
            "source": [] if self.is_source else rows(self.source.cues),
            "peaks": self.peaks_address,
            "duration": self.context.video_ms,
            "first": self.context.first_ms,
            "last": self.context.last_ms,
            "unfilled": subtitles.PLACEHOLDER,
            "most": subtitle_documents.MOST_CUES,
            "openAt": self.opened_at,
        }


class _Plain(DjangoJSONEncoder):
    """Writes letters unescaped: escaped, Arabic or Japanese is three times as long."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**(options | {"ensure_ascii": False, "separators": (",", ":")}))


def label_of(sheet: Sheet) -> str:
    """The name of a text: its language, or that it is the transcript."""
    name = locales.display_name(sheet.locale or "")
    if sheet.slot != SOURCE:
        return gettext("Subtitles in %(language)s") % {"language": name}
    return gettext("Transcript in %(language)s") % {"language": name} if name else gettext("Transcript of the video")


def rows(cues: Iterable[Cue]) -> list[list[Any]]:
    """Cues for the script: compact, because there may be thousands."""
    return [[cue.start, cue.end, cue.text] for cue in cues]


def describe_findings(cues: Sequence[Cue], context: Context) -> dict[str, Any]:
    """Findings in the cues for the script: each kind explained once, and the findings of each cue."""
    findings = subtitles.within(cues, context) if cues else ()
    groups = subtitles.grouped(findings)
    return {
        "kinds": [_group(group) for group in groups],
        "total": len({number for group in groups for number in group.cues}),
        "findings": [_row(finding) for finding in findings[:_MOST_FINDINGS]],
    }


def as_json(data: Any) -> str:
    """An answer for the script."""
    return json.dumps(data, cls=_Plain)


def _group(group: Group) -> dict[str, Any]:
    return {
        "kind": group.kind,
        "severity": group.severity,
        "message": group.message,
        "why": group.why,
        "fix": group.fix,
        "count": len(group.cues),
    }


def _row(finding: Finding) -> list[Any]:
    return [finding.cue, finding.kind, finding.severity, finding.message, finding.fix]
