"""Pages of blind comparisons: what voters see, which identifies nothing, and what is visible once voting has ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dubbing import subtitles
from dubbing.models import Ballot, BlindCandidate, BlindComparison, Membership, Project, status_badges
from dubbing.models.blind_comparisons import LABELS
from dubbing.platform import formatting, locales
from dubbing.review import blind_candidates, blind_comparisons
from dubbing.review.blind_comparisons import Tally
from dubbing.web.shared import responses, setting_labels

if TYPE_CHECKING:
    from dubbing.models import Asset, Result
    from dubbing.subtitles import Cue

PAGE = 50
SOURCE = "source"
"""Instead of a letter: the source video, which is the same for all."""
OPEN = status_badges.State(_("Open"), "circle-dashed", "blue")
OVERDUE = status_badges.State(_("Overdue"), "clock-exclamation", "amber")
CLOSED = status_badges.State(_("Closed"), "check", "grey")
TO_VOTE = status_badges.State(_("Your vote is missing"), "user-check", "violet")


@dataclass(frozen=True, slots=True)
class Playable:
    """A candidate in the player. ``letter``: its address; ``title``: its name for the reader."""

    letter: str
    key: int
    title: str
    is_there: bool


@dataclass(frozen=True, slots=True)
class Player:
    """What is played in step. ``audible_key``: the key of the one that is audible first."""

    candidates: list[Playable]
    has_source: bool
    offset: float
    audible_key: int = 1
    has_captions: bool = False

    @property
    def is_playable(self) -> bool:
        """Whether there is anything left to play."""
        return any(candidate.is_there for candidate in self.candidates)


@dataclass(frozen=True, slots=True)
class VoterLine:
    """A voter and whether they voted. ``name``: also for somebody who left the project."""

    name: str
    voted_at: datetime | None
    choice: str = ""
    letter: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SettingLine:
    """One setting of all candidates, in their order."""

    label: str
    values: list[str]

    @property
    def differs(self) -> bool:
        """Whether its value differs between them."""
        return len(set(self.values)) > 1


@dataclass(frozen=True, slots=True)
class CandidateLine:
    """A candidate with its votes and all its settings. ``letter``: what the reader called it while voting."""

    position: int
    title: str
    facts: list[tuple[str, str]]
    votes: int
    is_winner: bool
    leads: bool
    letter: str
    name: str
    saved_at: datetime | None

    @property
    def number(self) -> int:
        """Its short name: the key that makes it audible."""
        return self.position + 1


@dataclass(frozen=True, slots=True)
class BlindVoters:
    """The voters of a comparison, read again while its page is open."""

    comparison: BlindComparison
    voters: list[VoterLine]

    @property
    def voted(self) -> int:
        """How many voted."""
        return sum(1 for voter in self.voters if voter.voted_at)

    @property
    def shown(self) -> object:
        """Everything that is shown, as plain values."""
        return self.comparison.is_open, [(voter.name, voter.voted_at) for voter in self.voters]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindPage:
    """The content of the templates. ``lines`` and ``tally`` are set only for readers who may know them."""

    comparison: BlindComparison
    ballot: Ballot | None
    player: Player | None
    voters: list[VoterLine]
    may_close: bool
    state: status_badges.State
    chosen: str = ""
    knows: bool = False
    lines: list[CandidateLine] = field(default_factory=list)
    tally: Tally | None = None
    settings: list[SettingLine] = field(default_factory=list)

    @property
    def differing(self) -> list[SettingLine]:
        """The settings in which the candidates differ."""
        return [line for line in self.settings if line.differs]

    @property
    def shared(self) -> list[SettingLine]:
        """The settings that all candidates share."""
        return [line for line in self.settings if not line.differs]

    @property
    def voted(self) -> int:
        """Number of people who have voted."""
        return sum(1 for voter in self.voters if voter.voted_at)

    @property
    def winner(self) -> CandidateLine | None:
        """The winner, if there is one."""
        return next((line for line in self.lines if line.is_winner), None)

    @property
    def leaders(self) -> list[CandidateLine]:
        """The candidates with the most votes."""
        return [line for line in self.lines if line.leads]


@dataclass(frozen=True, slots=True)
class ComparisonLine:
    """A comparison in its project's list."""

    comparison: BlindComparison
    state: status_badges.State
    candidates: int
    voters: int
    voted: int


def knows(comparison: BlindComparison, ballot: Ballot | None, user: User) -> bool:
    """Whether this person may know which candidate is which: voters may not until it is closed."""
    return not comparison.is_open or (ballot is None and comparison.created_by_id == user.pk)


def may_play(comparison: BlindComparison, ballot: Ballot | None, user: User) -> bool:
    """Whether this person may play the candidates: voters, the organiser, and everybody once it is closed."""
    return ballot is not None or knows(comparison, ballot, user)


def order_of(comparison: BlindComparison, ballot: Ballot | None) -> list[int]:
    """The positions of the candidates by their letters: a voter's own order until it is closed."""
    positions = list(comparison.candidates.order_by("position").values_list("position", flat=True))
    own: list[int] = ballot.order if ballot is not None and comparison.is_open else []
    # Whatever is stored, each candidate has one letter.
    return own if sorted(own) == positions else positions


def result_of(candidate: BlindCandidate, comparison: BlindComparison) -> Result | None:
    """The final video, while it is in this project and not in the trash."""
    if candidate.result is None:
        return None
    asset = candidate.result.version.dubbing.asset
    gone = asset.project_id != comparison.project_id or asset.trashed_at is not None
    return None if gone else candidate.result


def candidates_of(comparison: BlindComparison) -> list[BlindCandidate]:
    """The candidates with their final videos."""
    return list(comparison.candidates.select_related("result__version__dubbing__asset__source").order_by("position"))


def source_of(comparison: BlindComparison, candidates: Sequence[BlindCandidate]) -> Asset | None:
    """An asset with the source and the trim of all candidates, if there is one that browsers can play."""
    for candidate in candidates:
        result = result_of(candidate, comparison)
        asset = blind_candidates.as_sent(result) if result else None
        if asset and asset.source and responses.playable(asset.source):
            return asset
    return None


def captions_of(comparison: BlindComparison, candidates: Sequence[BlindCandidate]) -> Sequence[Cue]:
    """The subtitles of the first candidate that has some, on the timeline of the final videos.

    One text for all candidates: which of them have subtitles, and which ones, would tell them apart.
    """
    for candidate in candidates:
        result = result_of(candidate, comparison)
        if result is None:
            continue
        sent = blind_candidates.as_sent(result)
        cues = subtitles.shift_and_clip(subtitles.cues_of(result.version.dubbing.srt), sent.start, sent.end)
        if cues:
            return cues
    return ()


def build_voters(comparison: BlindComparison, user: User) -> BlindVoters:
    """Who has voted, for a page that is open."""
    ballot = comparison.ballots.select_related("choice").filter(user=user).first()
    return BlindVoters(comparison, _voters(comparison, [], ballot))


def build(comparison: BlindComparison, user: User) -> BlindPage:
    """The page, with what this person may know."""
    ballot = comparison.ballots.select_related("choice").filter(user=user).first()
    informed = knows(comparison, ballot, user)
    candidates = candidates_of(comparison)
    each = [candidate.settings for candidate in candidates]
    titles = setting_labels.titles(each) if informed else []
    tally = blind_comparisons.tally_of(comparison) if not comparison.is_open else None
    plays = may_play(comparison, ballot, user)
    return BlindPage(
        comparison=comparison,
        ballot=ballot,
        player=_player(comparison, candidates, order_of(comparison, ballot), titles) if plays else None,
        voters=_voters(comparison, titles if tally else [], ballot),
        may_close=blind_comparisons.may_close(comparison, user),
        state=_state(comparison),
        chosen=blind_comparisons.label_of(ballot.choice.position, ballot.order) if ballot and ballot.choice else "",
        knows=informed,
        lines=_lines(comparison, candidates, titles, tally, ballot) if informed else [],
        tally=tally,
        settings=_settings(candidates) if informed else [],
    )


def of_project(project: Project, user: User, before: int | None) -> tuple[list[ComparisonLine], int]:
    """A page of a project's comparisons, newest first, and where the next page continues: 0 on the last."""
    rows = BlindComparison.objects.filter(project=project).order_by("-pk")
    rows = rows.filter(pk__lt=before) if before else rows
    ids = list(rows.values_list("pk", flat=True)[: PAGE + 1])
    members = Membership.objects.filter(project=project).values("user")
    counted = Q(ballots__user__in=members) | Q(ballots__choice__isnull=False)
    counts = {
        "candidate_count": Count("candidates", distinct=True),
        "voter_count": Count("ballots", distinct=True, filter=counted),
        "vote_count": Count("ballots", distinct=True, filter=Q(ballots__choice__isnull=False)),
    }
    shown = BlindComparison.objects.filter(pk__in=ids[:PAGE]).annotate(**counts)
    waiting = set(Ballot.objects.waiting_for(user).filter(comparison__in=ids).values_list("comparison", flat=True))
    lines = [
        ComparisonLine(row, TO_VOTE if row.pk in waiting else _state(row), *(getattr(row, name) for name in counts))
        for row in shown.order_by("-pk")
    ]
    return lines, ids[PAGE - 1] if len(ids) > PAGE else 0


def table(page: BlindPage) -> Iterator[list[str]]:
    """The tally for spreadsheets: the candidates with their settings, and each vote with its reason."""
    names = list(setting_labels.LABELS.values())
    yield [gettext("Blind comparison"), page.comparison.name]
    yield [gettext("Language"), locales.display_name(page.comparison.locale)]
    yield []
    yield [gettext("Candidate"), gettext("Votes"), gettext("Winner"), gettext("Video"), *map(str, names)]
    for line in page.lines:
        winner = gettext("Winner") if line.is_winner else ""
        yield [line.title, str(line.votes), winner, line.name, *(value for _label, value in line.facts)]
    yield []
    yield [gettext("Voter"), gettext("Candidate"), gettext("Reason"), gettext("Voted")]
    for voter in page.voters:
        moment = timezone.localtime(voter.voted_at).strftime("%Y-%m-%d %H:%M") if voter.voted_at else ""
        yield [voter.name, voter.choice, voter.reason, moment]


def _player(
    comparison: BlindComparison, candidates: Sequence[BlindCandidate], order: Sequence[int], titles: Sequence[str]
) -> Player:
    """The candidates by their letters; without ``titles`` they are known by the letters alone."""
    by_position = {candidate.position: candidate for candidate in candidates}
    playables = [
        Playable(
            letter=LABELS[at],
            key=at + 1,
            title=titles[position] if titles else LABELS[at],
            is_there=result_of(by_position[position], comparison) is not None,
        )
        for at, position in enumerate(order)
    ]
    source = source_of(comparison, candidates)
    return Player(
        playables,
        has_source=source is not None,
        offset=(source.start or 0.0) if source else 0.0,
        has_captions=bool(captions_of(comparison, candidates)),
    )


def _voters(comparison: BlindComparison, titles: Sequence[str], own: Ballot | None) -> list[VoterLine]:
    """Who voted, and for what and why if ``titles`` are given. Leaves out people who left without voting."""
    members = set(Membership.objects.filter(project=comparison.project_id).values_list("user_id", flat=True))
    lines = []
    for ballot in comparison.ballots.select_related("user", "choice").order_by("pk"):
        if ballot.user_id not in members and ballot.choice is None:
            continue
        name = formatting.person(ballot.user) if ballot.user_id in members else gettext("Former member")
        if own is not None and ballot.pk == own.pk:
            name = gettext("You")
        may_show = bool(titles and ballot.choice)
        choice = titles[ballot.choice.position] if may_show and ballot.choice else ""
        letter = blind_comparisons.label_of(ballot.choice.position, ballot.order) if may_show and ballot.choice else ""
        lines.append(VoterLine(name, ballot.voted_at, choice, letter, ballot.reason if may_show else ""))
    return lines


def _settings(candidates: Sequence[BlindCandidate]) -> list[SettingLine]:
    return [
        SettingLine(str(label), [setting_labels.value(name, candidate.settings) for candidate in candidates])
        for name, label in setting_labels.LABELS.items()
    ]


def _lines(
    comparison: BlindComparison,
    candidates: Sequence[BlindCandidate],
    titles: Sequence[str],
    tally: Tally | None,
    ballot: Ballot | None,
) -> list[CandidateLine]:
    leaders = tally.leaders if tally else []
    lines = [
        CandidateLine(
            position=candidate.position,
            title=title,
            facts=[
                (str(label), setting_labels.value(name, candidate.settings))
                for name, label in setting_labels.LABELS.items()
            ],
            votes=tally.counts[candidate.position] if tally else 0,
            is_winner=comparison.winner_id == candidate.pk,
            leads=candidate.position in leaders,
            letter=blind_comparisons.label_of(candidate.position, ballot.order) if ballot else "",
            name=str(candidate.settings.get("name", "")),
            saved_at=setting_labels.saved_at(candidate.settings),
        )
        for candidate, title in zip(candidates, titles, strict=True)
    ]
    return sorted(lines, key=lambda line: (not line.is_winner, -line.votes, line.position))


def _state(comparison: BlindComparison) -> status_badges.State:
    if not comparison.is_open:
        return CLOSED
    return OVERDUE if comparison.is_overdue else OPEN
