"""A project's dubs that people judged, with the issues they reported: what the quality page adds up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q
from django.utils import timezone

from dubbing import providers
from dubbing.models import Asset, Comment, Dubbing, Preset, Result
from dubbing.models.reviews import ReviewStatus, Severity
from dubbing.review.issues import WEIGHTS

if TYPE_CHECKING:
    from django.contrib.auth.models import User

NO_LIPS = "off"
_SETTINGS = ("auto_generate", "lips_model", "voice_anonymization", "speakers")
_DECIDED = [
    ReviewStatus.APPROVED,
    ReviewStatus.REVIEWED,
    ReviewStatus.CHANGES_REQUESTED,
    ReviewStatus.OUT_OF_DATE,
]
_ROW = (
    "pk", "locale", "asset__provider", "asset__auto_generate", "asset__lips_model", "asset__voice_anonymization",
    "asset__speakers", "asset__options", "judged_words__count", "review__status",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class JudgedDub:
    """One dub with what it was made with. ``issues``: how many of each type and severity, resolved ones as well."""

    pk: int
    language: str
    provider: str
    lips: str
    anonymization: str
    speakers: str
    preset: str
    saved_on: date
    seconds: float
    words: int
    issues: Sequence[tuple[str, Severity, int]]

    @property
    def month(self) -> str:
        """When its final video was saved: "2026-11"."""
        return f"{self.saved_on:%Y-%m}"


def read(project_id: int, user: User) -> list[JudgedDub]:
    """All dubs of a project that somebody decided on, reported an issue of or corrected, for who may see them.

    The number of queries is the same for any number of dubs and comments.
    """
    assets = Asset.objects.visible_to(user).filter(project=project_id).values("pk")
    issues = _issues(assets)
    saved = _saved(assets)
    presets = Presets(Preset.objects.filter(project=project_id))
    rows = Dubbing.objects.filter(asset__in=assets).order_by().values_list(*_ROW)
    return [
        _dub(dict(zip(_ROW, row, strict=True)), saved[row[0]], issues.get(row[0], ()), presets)
        for row in rows
        if row[0] in saved and (row[0] in issues or row[-1] in _DECIDED)
    ]


def _issues(assets: Any) -> Mapping[int, list[tuple[str, Severity, int]]]:
    """Of each dub that has some, or a suggested text."""
    rows = Comment.objects.shown().filter(~Q(kind="") | ~Q(suggestion=""), dubbing__asset__in=assets).order_by()
    found: defaultdict[int, list[tuple[str, Severity, int]]] = defaultdict(list)
    for pk, kind, severity, count in rows.values_list("dubbing", "kind", "severity").annotate(count=Count("pk")):
        found[pk] += [(kind, Severity(severity), count)] if kind else []
    return found


def _saved(assets: Any) -> dict[int, tuple[float, date]]:
    """Length and day of each dub's newest final video."""
    rows = Result.objects.filter(version__dubbing__asset__in=assets).order_by("pk")
    values = rows.values_list("version__dubbing", "duration", "kept_at")
    return {pk: (seconds, timezone.localdate(at)) for pk, seconds, at in values}


def _dub(
    row: dict[str, Any], saved: tuple[float, date], issues: Sequence[tuple[str, Severity, int]], presets: Presets
) -> JudgedDub:
    provider = row["asset__provider"]
    moves_lips = providers.capabilities(provider).lips and row["asset__auto_generate"] != Asset.AutoGenerate.NO_LIPS
    return JudgedDub(
        pk=row["pk"],
        language=row["locale"],
        provider=provider,
        lips=row["asset__lips_model"] if moves_lips else NO_LIPS,
        anonymization=f"{row['asset__voice_anonymization']:.2f}",
        speakers=str(row["asset__speakers"] or ""),
        preset=presets.matching({name: row[f"asset__{name}"] for name in _SETTINGS} | (row["asset__options"] or {})),
        saved_on=saved[1],
        seconds=saved[0],
        words=row["judged_words__count"] or 0,
        issues=issues,
    )


class Presets:
    """Which preset a dub was made as. Nothing remembers that, so it is told by the settings being the same."""

    def __init__(self, presets: Any) -> None:
        held = [(str(preset.pk), _plain(preset.sound)) for preset in presets]
        # The one that says most, of several that fit.
        self._held = sorted(((pk, values) for pk, values in held if values), key=lambda each: -len(each[1]))
        self._matched: dict[tuple[tuple[str, str], ...], str] = {}

    def matching(self, settings: Mapping[str, Any]) -> str:
        """The id of the preset whose options these are; "" for none."""
        plain = _plain(settings)
        key = tuple(sorted(plain.items()))
        if key not in self._matched:
            fits = (pk for pk, values in self._held if values.items() <= plain.items())
            self._matched[key] = next(fits, "")
        return self._matched[key]


def _plain(values: Mapping[str, Any]) -> dict[str, str]:
    """Options as comparable texts: a form's "0.30" is a row's 0.3. Languages are none of them."""
    left_out = ("source_locale", "targets", "speakers_from", "notes")
    return {name: _text(value) for name, value in values.items() if name not in left_out and value not in (None, "")}


def _text(value: Any) -> str:
    try:
        return f"{float(value):g}"
    except (TypeError, ValueError):
        return str(value)


@dataclass(slots=True)
class Total:
    """What the issues of some dubs add up to."""

    value: str
    dubs: int = 0
    issues: int = 0
    penalty: int = 0
    seconds: float = 0.0
    words: int = 0
    penalty_of_worded: int = 0

    def add(self, dub: JudgedDub, issues: Sequence[tuple[str, Severity, int]]) -> None:
        """Count a dub with these of its issues."""
        penalty = sum(WEIGHTS[severity] * count for _kind, severity, count in issues)
        self.dubs += 1
        self.issues += sum(count for _kind, _severity, count in issues)
        self.penalty += penalty
        self.seconds += dub.seconds
        self.words += dub.words
        self.penalty_of_worded += penalty if dub.words else 0

    @property
    def per_minute(self) -> float | None:
        """Penalty for each minute of final video."""
        return 60 * self.penalty / self.seconds if self.seconds > 0 else None

    @property
    def per_thousand_words(self) -> float | None:
        """Penalty for each 1,000 words, of the dubs whose words could be counted."""
        return 1000 * self.penalty_of_worded / self.words if self.words else None


ATTRIBUTES = ("language", "preset", "lips", "anonymization", "speakers", "provider", "month")
"""By what dubs are told apart; ``kind`` tells their issues apart."""


def totals(dubs: Sequence[JudgedDub], by: str) -> list[Total]:
    """A total for each value of an attribute of dubs, or for each type of issue."""
    if by == "kind":
        return _totals_by_kind(dubs)
    found: dict[str, Total] = {}
    for dub in dubs:
        value = getattr(dub, by)
        found.setdefault(value, Total(value)).add(dub, dub.issues)
    return list(found.values())


def whole(dubs: Sequence[JudgedDub]) -> Total:
    """All of them together."""
    total = Total("")
    for dub in dubs:
        total.add(dub, dub.issues)
    return total


def _totals_by_kind(dubs: Sequence[JudgedDub]) -> list[Total]:
    """Rates are of all dubs, so that the types can be compared; ``dubs``: how many have such an issue."""
    everything = whole(dubs)
    found: dict[str, Total] = {}
    for dub in dubs:
        kinds: defaultdict[str, list[tuple[str, Severity, int]]] = defaultdict(list)
        for issue in dub.issues:
            kinds[issue[0]].append(issue)
        for kind, issues in kinds.items():
            found.setdefault(kind, Total(kind)).add(dub, issues)
    for total in found.values():
        total.seconds, total.words = everything.seconds, everything.words
    return list(found.values())
