"""A project's reviewed dubs with their issues, as the quality page adds them up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from dubbing import providers
from dubbing.models import Asset, Comment, Dubbing, Preset, Project, Result, Review
from dubbing.models.reviews import ReviewStatus, Severity
from dubbing.models.subqueries import GatheredIds, ListedIds, ids_in
from dubbing.review.issues import WEIGHTS

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from dubbing.models.reviews import CommentQuerySet

NO_LIPS = "off"
WHOLE = 1000
"""Projects with up to this many videos are added up completely."""
NEWEST = 500
"""In larger ones, this many of the most recently judged dubs."""
_SETTINGS = ("auto_generate", "lips_model", "voice_anonymization", "speakers", "options")
_DECIDED = [
    ReviewStatus.APPROVED,
    ReviewStatus.REVIEWED,
    ReviewStatus.CHANGES_REQUESTED,
    ReviewStatus.OUT_OF_DATE,
]
_ROW = (
    "pk", "locale", "asset__provider", "asset__auto_generate", "asset__lips_model", "asset__voice_anonymization",
    "asset__speakers", "asset__options", "sent_settings", "judged_words__count", "review__status",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class JudgedDub:
    """One dub and what it was made with. ``issues``: their number by type and severity, resolved ones included."""

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
        """The month in which its final video was saved: "2026-11"."""
        return f"{self.saved_on:%Y-%m}"


def newest(project_id: int, user: User) -> list[int] | None:
    """The keys of the most recently judged dubs in a project that is too large to add up completely.

    Each status is read along its index. Returns None for a smaller project.
    """
    mine = Asset.objects.visible_to(user).filter(project=project_id).order_by("-pk")
    if not mine.values_list("pk", flat=True)[WHOLE : WHOLE + 1]:
        return None
    reviews = Review.objects.filter(project=project_id).order_by("-pk")
    heads = [GatheredIds(reviews.filter(status=status).values("id")[:NEWEST]) for status in ReviewStatus]
    (row,) = Project.objects.filter(pk=project_id).values_list(*heads)
    keys = [key for gathered in row for key in ids_in(gathered)]
    issues = Exists(_telling(Comment.objects.filter(dubbing=OuterRef("dubbing"))))
    counted = Review.objects.filter(Q(status__in=_DECIDED) | issues, pk__in=ListedIds(keys)).order_by("-pk")
    return list(counted.values_list("dubbing", flat=True)[:NEWEST])


def read(project_id: int, user: User, *, among: Collection[int] | None = None) -> list[JudgedDub]:
    """All dubs of a project that were decided on, corrected or have an issue, as far as the person may see them.

    ``among``: only these. The number of queries does not depend on the number of dubs and comments.
    """
    assets = Asset.objects.visible_to(user).filter(project=project_id)
    dubs = (
        Dubbing.objects.filter(asset__in=assets.values("pk"))
        if among is None
        else Dubbing.objects.filter(assets.reached_by("asset"), pk__in=ListedIds(among))
    ).order_by()
    keys = dubs.values("pk") if among is None else ListedIds(dubs.values_list("pk", flat=True))
    issues = _issues(keys)
    saved = _saved(keys)
    presets = Presets(Preset.objects.filter(project=project_id))
    rows = dubs.values_list(*_ROW)
    return [
        _dub(dict(zip(_ROW, row, strict=True)), saved[row[0]], issues.get(row[0], ()), presets)
        for row in rows
        if row[0] in saved and (row[0] in issues or row[-1] in _DECIDED)
    ]


def _telling(comments: CommentQuerySet) -> CommentQuerySet:
    """Comments that are issues, or suggest a text for a subtitle."""
    return comments.shown().filter(~Q(kind="") | ~Q(suggestion=""))


def _issues(dubs: Any) -> Mapping[int, list[tuple[str, Severity, int]]]:
    """The issues of each dub that has some, or a suggested text."""
    rows = _telling(Comment.objects.filter(dubbing__in=dubs)).order_by()
    issues: defaultdict[int, list[tuple[str, Severity, int]]] = defaultdict(list)
    for pk, kind, severity, count in rows.values_list("dubbing", "kind", "severity").annotate(count=Count("pk")):
        issues[pk] += [(kind, Severity(severity), count)] if kind else []
    return issues


def _saved(dubs: Any) -> dict[int, tuple[float, date]]:
    """Length and day of each dub's newest final video."""
    rows = Result.objects.filter(version__dubbing__in=dubs).order_by("pk")
    values = rows.values_list("version__dubbing", "duration", "kept_at")
    return {pk: (seconds, timezone.localdate(at)) for pk, seconds, at in values}


def _dub(
    row: dict[str, Any], saved: tuple[float, date], issues: Sequence[tuple[str, Severity, int]], presets: Presets
) -> JudgedDub:
    provider = row["asset__provider"]
    made = {name: row["sent_settings"].get(name, row[f"asset__{name}"]) for name in _SETTINGS}
    options = made.pop("options") or {}
    moves_lips = providers.capabilities(provider).lips and made["auto_generate"] != Asset.AutoGenerate.NO_LIPS
    return JudgedDub(
        pk=row["pk"],
        language=row["locale"],
        provider=provider,
        lips=made["lips_model"] if moves_lips else NO_LIPS,
        anonymization=f"{made['voice_anonymization'] or 0:.2f}",
        speakers=str(made["speakers"] or ""),
        preset=presets.matching(made | options),
        saved_on=saved[1],
        seconds=saved[0],
        words=row["judged_words__count"] or 0,
        issues=issues,
    )


class Presets:
    """Finds the preset that a dub was made with. That is not recorded, so it is recognised by equal settings."""

    def __init__(self, presets: Any) -> None:
        held = [(str(preset.pk), _plain(preset.sound)) for preset in presets]
        # If several match, the one that sets most.
        self._held = sorted(((pk, values) for pk, values in held if values), key=lambda each: -len(each[1]))
        self._matched: dict[tuple[tuple[str, str], ...], str] = {}

    def matching(self, settings: Mapping[str, Any]) -> str:
        """The id of the preset with these options; "" for none."""
        plain = _plain(settings)
        key = tuple(sorted(plain.items()))
        if key not in self._matched:
            fits = (pk for pk, values in self._held if values.items() <= plain.items())
            self._matched[key] = next(fits, "")
        return self._matched[key]


def _plain(values: Mapping[str, Any]) -> dict[str, str]:
    """Options as comparable texts: "0.30" in a form equals 0.3 in a row. Languages are left out."""
    left_out = ("source_locale", "targets", "speakers_from", "notes")
    return {name: _text(value) for name, value in values.items() if name not in left_out and value not in (None, "")}


def _text(value: Any) -> str:
    try:
        return f"{float(value):g}"
    except (TypeError, ValueError):
        return str(value)


@dataclass(slots=True)
class Total:
    """The sum of the issues of some dubs."""

    value: str
    dubs: int = 0
    issues: int = 0
    penalty: int = 0
    seconds: float = 0.0
    words: int = 0
    penalty_of_worded: int = 0

    def add(self, dub: JudgedDub, issues: Sequence[tuple[str, Severity, int]]) -> None:
        """Add a dub with these of its issues."""
        penalty = sum(WEIGHTS[severity] * count for _kind, severity, count in issues)
        self.dubs += 1
        self.issues += sum(count for _kind, _severity, count in issues)
        self.penalty += penalty
        self.seconds += dub.seconds
        self.words += dub.words
        self.penalty_of_worded += penalty if dub.words else 0

    @property
    def per_minute(self) -> float | None:
        """Penalty per minute of final video."""
        return 60 * self.penalty / self.seconds if self.seconds > 0 else None

    @property
    def per_thousand_words(self) -> float | None:
        """Penalty per 1,000 words, for the dubs whose words could be counted."""
        return 1000 * self.penalty_of_worded / self.words if self.words else None


ATTRIBUTES = ("language", "preset", "lips", "anonymization", "speakers", "provider", "month")
"""The attributes by which dubs are grouped; ``kind`` groups their issues."""


def totals(dubs: Sequence[JudgedDub], by: str) -> list[Total]:
    """A total for each value of an attribute of dubs, or for each type of issue."""
    if by == "kind":
        return _totals_by_kind(dubs)
    by_value: dict[str, Total] = {}
    for dub in dubs:
        value = getattr(dub, by)
        by_value.setdefault(value, Total(value)).add(dub, dub.issues)
    return list(by_value.values())


def whole(dubs: Sequence[JudgedDub]) -> Total:
    """The total of all dubs."""
    total = Total("")
    for dub in dubs:
        total.add(dub, dub.issues)
    return total


def _totals_by_kind(dubs: Sequence[JudgedDub]) -> list[Total]:
    """Totals by type of issue.

    Rates are per all dubs, so that types can be compared; ``dubs``: how many have such an issue.
    """
    everything = whole(dubs)
    by_value: dict[str, Total] = {}
    for dub in dubs:
        kinds: defaultdict[str, list[tuple[str, Severity, int]]] = defaultdict(list)
        for issue in dub.issues:
            kinds[issue[0]].append(issue)
        for kind, issues in kinds.items():
            by_value.setdefault(kind, Total(kind)).add(dub, issues)
    for total in by_value.values():
        total.seconds, total.words = everything.seconds, everything.words
    return list(by_value.values())
