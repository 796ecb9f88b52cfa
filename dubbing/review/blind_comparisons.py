"""Blind comparisons: start one, vote, close it, and evaluate the votes."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from dubbing.drafts import presets
from dubbing.drafts.draft import plain_text
from dubbing.models import Asset, Ballot, BlindCandidate, BlindComparison, Event, Preset, Project, Result
from dubbing.models.blind_comparisons import FEWEST, LABELS, MOST
from dubbing.platform import formatting
from dubbing.platform.errors import NotPossible
from dubbing.review import assignments, blind_candidates

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST_NAME, LONGEST_REASON = 120, 500
# Cryptographically random, so that nobody can predict one order from another.
_random = random.SystemRandom()


class WrongField(NotPossible):
    """The chosen videos cannot be compared like this. ``field``: what has to change."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class NewComparison:
    """A comparison that somebody wants to start."""

    locale: str
    name: str
    results: Sequence[Result]
    voters: Sequence[User]
    question: str = ""
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """The votes of a closed comparison. ``leaders``: those with the most votes; several are a tie."""

    counts: dict[int, int]
    leaders: list[int]
    ballots: list[Ballot]

    @property
    def votes(self) -> int:
        """Number of votes."""
        return sum(self.counts.values())

    @property
    def is_tie(self) -> bool:
        """Whether several candidates have the most votes."""
        return len(self.leaders) > 1


def start(project: Project, new: NewComparison, user: User) -> BlindComparison:
    """Ask people which of some final videos they like best. Raises WrongField, or NotPossible without permission."""
    if not Project.objects.editable_by(user).filter(pk=project.pk).exists():
        raise NotPossible(gettext("Only owners and editors can start a blind comparison."))
    name = formatting.one_line(new.name)[:LONGEST_NAME]
    if not name:
        raise WrongField("name", gettext("Enter a name, for example “Harbour tour: which voice?”."))
    results = _comparable(project, new, user)
    voters = _voters(project, new.voters)
    with transaction.atomic():
        comparison = BlindComparison.objects.create(
            project=project, locale=new.locale, name=name, question=formatting.one_line(new.question)[:LONGEST_REASON],
            due_at=new.due_at, created_by=user,
        )  # fmt: skip
        made = [_candidate(comparison, position, result) for position, result in enumerate(results)]
        BlindCandidate.objects.bulk_create(made)
        Ballot.objects.bulk_create(Ballot(comparison=comparison, user=voter, order=_order(made)) for voter in voters)
        voter_ids = [voter.pk for voter in voters]
        _record(comparison, Event.Kind.VOTE_ASKED, user, voters=voter_ids, name=name)
    return comparison


def vote(comparison: BlindComparison, user: User, *, label: str, reason: str = "") -> Ballot:
    """Cast or change a vote. ``label``: the letter by which this person knows the candidate. Raises NotPossible."""
    with transaction.atomic():
        locked = BlindComparison.objects.locked(comparison.pk)
        ballot = Ballot.objects.filter(comparison=locked, user=user).first()
        if ballot is None:
            raise NotPossible(gettext("You are not a voter in this comparison."))
        if not locked.is_open:
            raise NotPossible(gettext("Voting has ended. Your vote was not changed."))
        position = position_of(label, ballot.order)
        choice = next((candidate for candidate in locked.candidates.all() if candidate.position == position), None)
        if choice is None:
            raise NotPossible(gettext("Choose one of the candidates."))
        ballot.choice, ballot.reason = choice, formatting.one_line(plain_text(reason, LONGEST_REASON))[:LONGEST_REASON]
        ballot.voted_at, ballot.waits = timezone.now(), False
        ballot.save(update_fields=["choice", "reason", "voted_at", "waits"])
    return ballot


def may_close(comparison: BlindComparison, user: User) -> bool:
    """Whether this person may close it and decide a tie: its organiser while they may edit, or an owner."""
    projects = Project.objects.filter(pk=comparison.project_id)
    if comparison.created_by_id == user.pk:
        return projects.editable_by(user).exists()
    return projects.owned_by(user).exists()


def close(comparison: BlindComparison, user: User) -> BlindComparison:
    """Close the voting for good: from now on everybody in the project sees which candidate is which.

    Raises NotPossible without permission, and if it is closed already.
    """
    with transaction.atomic():
        locked = _locked(comparison, user)
        if not locked.is_open:
            raise NotPossible(gettext("It is already closed."))
        locked.closed_at, locked.closed_by = timezone.now(), user
        leaders = tally_of(locked).leaders
        if len(leaders) == 1:
            locked.winner = locked.candidates.get(position=leaders[0])
        locked.save(update_fields=["closed_at", "closed_by", "winner"])
        voters = list(locked.ballots.values_list("user_id", flat=True))
        locked.ballots.filter(waits=True).update(waits=False)
        _record(locked, Event.Kind.VOTE_CLOSED, user, voters=voters, name=locked.name)
    return locked


def pick_winner(comparison: BlindComparison, user: User, position: int | None) -> BlindComparison:
    """Decide a tie. Raises NotPossible if there is none, and for a candidate that does not lead."""
    with transaction.atomic():
        locked = _locked(comparison, user)
        tally = tally_of(locked)
        if locked.is_open or not tally.is_tie:
            raise NotPossible(gettext("There is no tie to decide."))
        if position not in tally.leaders:
            raise NotPossible(gettext("Choose one of the candidates with the most votes."))
        locked.winner = locked.candidates.get(position=position)
        locked.save(update_fields=["winner"])
    return locked


def make_preset(comparison: BlindComparison, user: User, *, name: str = "", replaced: Preset | None = None) -> Preset:
    """Save the winner's settings as a preset of the project: a new one, or replacing the options of an existing one.

    Raises NotPossible without permission, and while there is no winner.
    """
    projects = Project.objects.filter(pk=comparison.project_id)
    if not projects.editable_by(user).exists():
        raise NotPossible(gettext("Only owners and editors can save presets."))
    if replaced and not projects.owned_by(user).exists():
        raise NotPossible(gettext("Only a project owner can replace a preset. Save a new one, or ask an owner."))
    with transaction.atomic():
        locked = BlindComparison.objects.locked(comparison.pk)
        if locked.winner is None:
            raise NotPossible(gettext("There is no winner yet."))
        values = blind_candidates.preset_values(locked.winner.settings)
        if replaced:
            preset = presets.replace_options(replaced, values)
        else:
            preset = presets.save(locked.project, name, values, user)
        locked.preset = preset
        locked.save(update_fields=["preset"])
    return preset


def tally_of(comparison: BlindComparison) -> Tally:
    """The votes by the position of their candidate. Not to be shown to voters before it is closed."""
    ballots = list(comparison.ballots.select_related("user", "choice").order_by("voted_at", "pk"))
    counts = dict.fromkeys(comparison.candidates.values_list("position", flat=True), 0)
    for ballot in ballots:
        if ballot.choice is not None:
            counts[ballot.choice.position] += 1
    most = max(counts.values(), default=0)
    leaders = [position for position, count in counts.items() if count == most and most]
    return Tally(counts, leaders, ballots)


def position_of(label: str, order: Sequence[int]) -> int | None:
    """The position of the candidate with this letter in somebody's order; None if there is none."""
    at = LABELS.find(label) if len(label) == 1 else -1
    return order[at] if 0 <= at < len(order) else None


def label_of(position: int, order: Sequence[int]) -> str:
    """The letter of a candidate in somebody's order."""
    return LABELS[order.index(position)] if position in order else ""


def _comparable(project: Project, new: NewComparison, user: User) -> list[Result]:
    """The results, if they can be compared. Raises WrongField."""
    chosen = list(dict.fromkeys(result.pk for result in new.results))
    if not FEWEST <= len(chosen) <= MOST:
        text = gettext("Choose from %(fewest)s to %(most)s final videos.")
        raise WrongField("candidates", text % {"fewest": FEWEST, "most": MOST})
    rows = {row.pk: row for row in blind_candidates.visible(project.pk, user).filter(pk__in=chosen)}
    if len(rows) < len(chosen):
        raise WrongField("candidates", gettext("One of these final videos no longer exists. Choose others."))
    results = [rows[pk] for pk in chosen]
    if {result.version.dubbing.locale for result in results} != {new.locale}:
        text = gettext("These are not all in the same language. Choose final videos in one language.")
        raise WrongField("candidates", text)
    if not blind_candidates.have_same_source(results):
        text = gettext(
            "These are not all from the same video and trim, so voters could tell them apart. Choose others."
        )
        raise WrongField("candidates", text)
    return results


def _voters(project: Project, people: Iterable[User]) -> list[User]:
    wanted = {person.pk for person in people}
    voters = list(assignments.candidates(project.pk).filter(pk__in=wanted))
    if not voters:
        raise WrongField("voters", gettext("Choose at least one voter."))
    if len(voters) < len(wanted):
        raise WrongField("voters", gettext("Voters have to be members of the project. Add the person first."))
    return voters


def _candidate(comparison: BlindComparison, position: int, result: Result) -> BlindCandidate:
    kept = {"name": str(result.version.dubbing.asset), "kept_at": result.kept_at.isoformat(), "sha256": result.sha256}
    settings = blind_candidates.settings_of(result) | kept
    return BlindCandidate(comparison=comparison, position=position, result=result, settings=settings)


def _order(candidates: Sequence[BlindCandidate]) -> list[int]:
    positions = [candidate.position for candidate in candidates]
    _random.shuffle(positions)
    return positions


def _locked(comparison: BlindComparison, user: User) -> BlindComparison:
    if not may_close(comparison, user):
        raise NotPossible(gettext("Only the organizer or a project owner can do this."))
    return BlindComparison.objects.locked(comparison.pk)


def _record(comparison: BlindComparison, kind: str, user: User, **data: Any) -> None:
    """Record it in the timeline of each compared video, without saying which candidate is which."""
    assets = Asset.objects.filter(dubbings__versions__results__in=comparison.candidates.values("result")).distinct()
    for asset in assets.order_by("pk"):
        Event.objects.record(
            asset, kind, actor=user, cause="person", comparison=comparison.pk, language=comparison.locale,
            project=comparison.project_id, **data,
        )  # fmt: skip
