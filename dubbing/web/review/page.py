"""The content of a person's review page, and of a project's reviews with filters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dubbing.models import Project, Review
from dubbing.models.reviews import ReviewStatus
from dubbing.models.subqueries import CappedCount
from dubbing.platform import formatting, locales, numbers
from dubbing.review import assignments
from dubbing.submissions import coverage
from dubbing.web.shared import counted_rows, review_lists
from dubbing.web.shared.review_lists import ReviewRow, ReviewSection

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from dubbing.models.reviews import ReviewQuerySet

COUNTED = 999
LOOKED_THROUGH = 5000
"""Maximum number of reviews searched for one page of matches; the next page continues from there."""
NOBODY = "none"
OVERDUE = "overdue"
_ALL = _("All")


@dataclass(frozen=True, slots=True)
class ReviewQueue:
    """Everything that this person may decide on."""

    sections: list[ReviewSection]

    @property
    def filled(self) -> list[ReviewSection]:
        """The parts that are not empty."""
        return [section for section in self.sections if section.rows]

    @property
    def needs(self) -> int:
        """How many reviews are waiting for this person alone."""
        return sum(section.count for section in self.sections if section.kind.calls)

    @property
    def needs_total(self) -> str:
        """The same for people: "43", or "500+" if counting stopped there."""
        return formatting.capped(self.needs, counted_rows.COUNTED)

    @property
    def shown(self) -> list[object]:
        """Everything visible, as plain values: the page changes if and only if they do."""
        return [section.shown for section in self.sections]


def queue(user: User) -> ReviewQueue:
    """This person's page, in a fixed number of queries."""
    return ReviewQueue(review_lists.sections(user))


@dataclass(frozen=True, slots=True)
class ReviewFilters:
    """Filters of a project's reviews, as in the address. ``status`` may be "overdue"."""

    status: str = ""
    language: str = ""
    reviewer: str = ""

    @classmethod
    def parse(cls, given: Mapping[str, str]) -> ReviewFilters:
        """The filters of an address, without invalid ones."""
        status = given.get("status", "")
        reviewer = given.get("reviewer", "")
        known = reviewer if reviewer == NOBODY or numbers.whole(reviewer) else ""
        language = locales.canonical(given.get("language", "")[:40]) or ""
        return cls(status if status in (*ReviewStatus.values, OVERDUE) else "", language, known)

    @property
    def query(self) -> str:
        """The filters as a query string."""
        each = {"status": self.status, "language": self.language, "reviewer": self.reviewer}
        return urlencode({name: value for name, value in each.items() if value})

    @property
    def narrow(self) -> bool:
        """Whether rows have to be searched for something that no index can find."""
        return bool(self.language or self.reviewer or self.status == OVERDUE)

    def with_status(self, status: str) -> ReviewFilters:
        """The same with another status."""
        return replace(self, status=status)


@dataclass(frozen=True, slots=True)
class FilterChoice:
    """One value of a filter; ``count``: how many there are in the whole project, as text."""

    value: str
    label: str
    chosen: bool
    query: str = ""
    count: str = ""


@dataclass(frozen=True, slots=True)
class ProjectReviews:
    """A page of a project's reviews. ``beyond``: the id to continue from, 0 on the last."""

    filters: ReviewFilters
    rows: list[ReviewRow]
    beyond: int
    statuses: list[FilterChoice]
    languages: list[FilterChoice]
    reviewers: list[FilterChoice]

    @property
    def shown(self) -> list[object]:
        """Everything visible, as plain values: the page changes if and only if they do."""
        return [
            self.beyond,
            [(status.value, status.count) for status in self.statuses],
            *(row.shown for row in self.rows),
        ]


def of_project(project: Project, user: User, filters: ReviewFilters, before: int | None) -> ProjectReviews:
    """A page of the project's reviews, newest first, in a fixed number of queries. For members."""
    ids, beyond = _ids(project.pk, filters, before)
    rows_by_id = review_lists.rows(ids)
    rows = [rows_by_id[pk] for pk in ids if pk in rows_by_id]
    return ProjectReviews(
        filters,
        rows,
        beyond,
        _statuses(project, filters),
        _languages(project, user, filters),
        _people(project, filters),
    )


def _ids(project_id: int, filters: ReviewFilters, before: int | None) -> tuple[list[int], int]:
    """The ids of the newest matches, and where the next page continues."""
    size = review_lists.PAGE
    reviews = Review.objects.filter(project=project_id).order_by("-pk")
    reviews = reviews.filter(pk__lt=before) if before else reviews
    if filters.status and filters.status != OVERDUE:
        reviews = reviews.filter(status=filters.status)
    end = 0
    if filters.narrow:
        among = reviews.values("pk")
        end = next(iter(among.values_list("pk", flat=True)[LOOKED_THROUGH - 1 : LOOKED_THROUGH]), 0)
        reviews = Review.objects.filter(pk__in=among[:LOOKED_THROUGH]).filter(_matching(filters)).order_by("-pk")
    ids = list(_listed(reviews).values_list("pk", flat=True)[: size + 1])
    return ids[:size], ids[size - 1] if len(ids) > size else end


def _matching(filters: ReviewFilters) -> Q:
    wanted = Q()
    if filters.language:
        wanted &= Q(dubbing__locale=filters.language)
    if filters.reviewer:
        wanted &= Q(reviewer=None) if filters.reviewer == NOBODY else Q(reviewer=numbers.whole(filters.reviewer))
    if filters.status == OVERDUE:
        wanted &= Q(status__in=Review.OPEN, due_at__lt=timezone.now())
    return wanted


def _listed(reviews: ReviewQuerySet) -> ReviewQuerySet:
    return reviews.filter(dubbing__asset__archived_at=None, dubbing__asset__trashed_at=None)


def _statuses(project: Project, filters: ReviewFilters) -> list[FilterChoice]:
    """Each status with its count, regardless of the other filters."""
    every = Review.objects.order_by().filter(project=project.pk)
    heads = {status.value: CappedCount(_listed(every.filter(status=status)), COUNTED) for status in ReviewStatus}
    late = every.filter(status__in=Review.OPEN, due_at__lt=timezone.now())
    heads[OVERDUE] = CappedCount(_listed(late), COUNTED)
    counts = Project.objects.filter(pk=project.pk).annotate(**{f"count_{name}": head for name, head in heads.items()})
    numbers = counts.values(*(f"count_{name}" for name in heads)).first() or {}
    labels = {"": str(_ALL), OVERDUE: str(review_lists.MINE[0].label)}
    labels |= {status.value: str(status.label) for status in ReviewStatus}
    choices = []
    for value, label in labels.items():
        count = numbers.get(f"count_{value}", 0)
        query = filters.with_status(value).query
        if count or value in ("", filters.status):
            shown = formatting.capped(count, COUNTED) if count else ""
            choices.append(FilterChoice(value, label, value == filters.status, query, shown))
    return choices


def _languages(project: Project, user: User, filters: ReviewFilters) -> list[FilterChoice]:
    names = {column.locale: column.name for column in coverage.whole(project.pk, user).columns}
    if filters.language:
        names.setdefault(filters.language, locales.display_name(filters.language))
    ordered = sorted(names.items(), key=lambda item: item[1])
    return [FilterChoice(code, f"{name} · {code}", code == filters.language) for code, name in ordered]


def _people(project: Project, filters: ReviewFilters) -> list[FilterChoice]:
    people = [(str(person.pk), formatting.person(person)) for person in assignments.candidates(project.pk)]
    return [
        FilterChoice(value, label, value == filters.reviewer)
        for value, label in [(NOBODY, str(review_lists.UNASSIGNED.label)), *people]
    ]
