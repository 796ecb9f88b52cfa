"""Lists of reviews: those assigned to a person, by due date, and those they may decide on.

The ids of each part are read from indexes, for each project separately: a fixed number of queries, whose cost does not
depend on the number of reviews.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from django.db.models import Exists, F, Max, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dubbing.models import Membership, Project, Review, Submission, Version, status_badges
from dubbing.models.prepared import PreparedQuery
from dubbing.models.reviews import IS_OPEN, ReviewStatus
from dubbing.models.subqueries import GatheredIds, ids_in
from dubbing.web.shared import counted_rows
from dubbing.web.shared.counted_rows import CountedRows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet
    from django_stubs_ext import StrOrPromise

    from dubbing.models.reviews import ReviewQuerySet

SHOWN = 15
SHOWN_IN_WORK = 8
PAGE = 50
MOST = counted_rows.COUNTED + 1
MOST_IN_BADGE = 99


@dataclass(frozen=True, slots=True)
class ReviewSectionKind:
    """A part of a person's reviews. ``calls``: it is up to this person alone."""

    key: str
    label: StrOrPromise
    tone: str = ""
    advice: StrOrPromise = ""
    calls: bool = True


MINE = (
    ReviewSectionKind("overdue", _("Overdue"), tone="red"),
    ReviewSectionKind("today", _("Due today"), tone="amber"),
    ReviewSectionKind("week", _("Due this week")),
    ReviewSectionKind("later", _("Due later")),
    ReviewSectionKind("undated", _("No due date")),
)
RETURNED = ReviewSectionKind(
    "returned", _("Back from changes"), advice=_("You requested changes to these or reopened them. Review them again.")
)
SECOND = ReviewSectionKind(
    "second",
    _("Waiting for an owner"),
    advice=_("A reviewer approved these. As a project owner, you make the final decision."),
)
UNASSIGNED = ReviewSectionKind(
    "unassigned",
    _("No reviewer"),
    calls=False,
    advice=_("Any owner or editor can review these. You can also assign a reviewer."),
)
KINDS = (*MINE, RETURNED, SECOND, UNASSIGNED)
_OWN_KINDS, _OF_PROJECTS = (*MINE, RETURNED), (SECOND, UNASSIGNED)


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One review in a list. ``version``: the final video to play; None while there is none."""

    review: Review
    state: status_badges.State
    version: int | None
    is_overdue: bool

    @property
    def shown(self) -> tuple[object, ...]:
        """Everything visible of it, as plain values: the row changes if and only if they do."""
        review, asset = self.review, self.review.dubbing.asset
        poster = asset.source.poster_key if asset.source else ""
        seen = (review.pk, review.status, review.reviewer_id, review.due_at, review.instructions, review.reason)
        return (*seen, str(asset), poster, self.version, self.is_overdue)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSection(CountedRows[ReviewRow]):
    """Some reviews of a kind, and how many there are. ``beyond``: where the next page continues, 0 on the last."""

    kind: ReviewSectionKind
    beyond: int = 0

    @property
    def shown(self) -> list[object]:
        """Everything visible, as plain values: the page changes if and only if they do."""
        return [self.kind.key, self.count, self.beyond, *(row.shown for row in self.rows)]


def sections(user: User) -> list[ReviewSection]:
    """All parts of this person's reviews, including empty ones."""
    ids = _ids_of_page(user)
    by_id = rows([pk for kind in KINDS for pk in ids[kind.key][:SHOWN]])
    return [
        ReviewSection(kind=kind, rows=_in_order(ids[kind.key][:SHOWN], by_id), count=len(ids[kind.key]))
        for kind in KINDS
    ]


def section_page(user: User, kind: ReviewSectionKind, beyond: int) -> ReviewSection:
    """One page of all reviews of one kind."""
    count = len(_ids(user, kind, MOST))
    ids = _ids(user, kind, PAGE + 1, beyond=beyond)
    shown = ids[:PAGE]
    beyond = shown[-1] if len(ids) > PAGE else 0
    return ReviewSection(kind=kind, rows=_in_order(shown, rows(shown)), count=count, beyond=beyond)


def to_review(user: User) -> ReviewSection:
    """The most urgent of those assigned to this person, for a page that also shows other things."""
    ids = [pk for (pk,) in _MOST_URGENT.rows(user=user.pk)]
    kind = ReviewSectionKind("reviews", _("To review"))
    shown = ids[:SHOWN_IN_WORK]
    return ReviewSection(kind=kind, rows=_in_order(shown, rows(shown)), count=len(ids))


def _most_urgent(user: int) -> QuerySet[Review, tuple[int]]:
    return _mine(User(pk=user)).order_by(F("due_at").asc(nulls_last=True), "pk").values_list("pk")[:MOST]


def waiting(user: User) -> int:
    """How many are waiting for this person alone, up to one more than is ever shown. One query."""
    return len({pk for row in _WAITING.rows(user=user.pk) for gathered in row for pk in ids_in(gathered)})


def assignable(user: User) -> set[int]:
    """The ids of projects in which this person assigns reviewers."""
    return {pk for (pk,) in _ASSIGNABLE.rows(user=user.pk)}


def _assignable(user: int) -> QuerySet[Project, tuple[int]]:
    return Project.objects.editable_by(User(pk=user)).order_by().values_list("pk")


_ASSIGNABLE = PreparedQuery(_assignable, "user")


def rows(ids: list[int]) -> dict[int, ReviewRow]:
    """The reviews with these ids, up to ``MOST_IDS``, in two queries whatever their number."""
    reviews: list[Review] = _REVIEWS.objects(ids=ids)
    versions = dict(_TO_PLAY.rows(dubbings=[review.dubbing_id for review in reviews]))
    return {review.pk: _row(review, versions.get(review.dubbing_id)) for review in reviews}


def _row(review: Review, version: int | None) -> ReviewRow:
    late = review.status in Review.OPEN and review.due_at is not None and review.due_at < timezone.now()
    return ReviewRow(review, status_badges.of_status(ReviewStatus(review.status)), version, late)


def _reviews(ids: list[int]) -> QuerySet[Review]:
    related = ("dubbing__asset__source", "dubbing__asset__project", "reviewer")
    heavy = ("dubbing__srt", "dubbing__asset__typed", "dubbing__asset__source_srt")
    return Review.objects.filter(pk__in=ids).select_related(*related).defer(*heavy).order_by()


def _to_play(dubbings: list[int]) -> QuerySet[Version, tuple[int, int]]:
    """The newest final video of each of these dubbings."""
    done = Version.objects.filter(
        dubbing__in=dubbings, superseded=False, status=Version.Status.COMPLETED, keep=Version.Keep.KEPT
    )
    return done.order_by().values_list("dubbing_id").annotate(newest=Max("pk"))


MOST_IDS = max(PAGE, SHOWN * len(KINDS))
_REVIEWS = PreparedQuery(_reviews, lists={"ids": MOST_IDS})
_TO_PLAY = PreparedQuery(_to_play, lists={"dubbings": MOST_IDS})


def _in_order(ids: list[int], by_id: dict[int, ReviewRow]) -> list[ReviewRow]:
    return [by_id[pk] for pk in ids if pk in by_id]


def _waiting(user: int) -> QuerySet[User, tuple[Any, ...]]:
    reader = User(pk=user)
    owned = Membership.objects.filter(user=reader, role=Membership.Role.OWNER).values("project")
    each = (_mine(reader), _returned(reader), _second(reader).filter(project__in=owned))
    heads = [GatheredIds(reviews.order_by().values("id")[: MOST_IN_BADGE + 1]) for reviews in each]
    return User.objects.filter(pk=user).order_by().values_list(*heads)


_WAITING = PreparedQuery(_waiting, "user")


# --- which ids -------------------------------------------------------------------------------------------------------


def _ids_of_page(user: User) -> dict[str, list[int]]:
    """The first ids of each kind, in order."""
    own, shared = _OWN.rows(user=user.pk, **_moments()), _SHARED.rows(user=user.pk)
    ids: dict[str, list[int]] = {}
    for kinds, found in ((_OWN_KINDS, own), (_OF_PROJECTS, shared)):
        for at, kind in enumerate(kinds):
            ids[kind.key] = [pk for row in found for pk in ids_in(row[at])]
    # Read for each project.
    return ids | {kind.key: sorted(ids[kind.key])[:MOST] for kind in _OF_PROJECTS}


def _ids(user: User, kind: ReviewSectionKind, most: int, *, beyond: int = 0) -> list[int]:
    """The first ids of one kind, in order, after ``beyond``."""
    if kind in _OF_PROJECTS:
        each = _of_projects([kind], most, user=user.pk, beyond=beyond)
        return sorted(pk for row in each for pk in ids_in(row[0]))[:most]
    last = Review.objects.filter(pk=beyond).values_list("due_at", flat=True).first() if beyond else None
    rows = _of_person([kind], most, user=user.pk, beyond=beyond, last=last, **_moments())
    return [pk for row in rows for pk in ids_in(row[0])]


def _moments() -> dict[str, datetime]:
    """Now, and when tomorrow and the next week begin in the reader's time zone."""
    now = timezone.localtime()
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return {"now": now, "tomorrow": today + timedelta(days=1), "monday": today + timedelta(days=7 - now.weekday())}


def _of_person(
    kinds: Iterable[ReviewSectionKind],
    most: int,
    *,
    user: int,
    now: datetime,
    tomorrow: datetime,
    monday: datetime,
    beyond: int = 0,
    last: datetime | None = None,
) -> QuerySet[User, tuple[Any, ...]]:
    """A list of ids for each of these kinds. ``last``: when ``beyond`` is due."""
    due = {
        "overdue": Q(due_at__lt=now),
        "today": Q(due_at__gte=now, due_at__lt=tomorrow),
        "week": Q(due_at__gte=tomorrow, due_at__lt=monday),
        "later": Q(due_at__gte=monday),
        "undated": Q(due_at=None),
    }
    reader = User(pk=user)
    heads = []
    for kind in kinds:
        reviews = _returned(reader) if kind is RETURNED else _mine(reader).filter(due[kind.key])
        if kind is RETURNED or kind.key == "undated":
            reviews = reviews.filter(pk__gt=beyond).order_by("pk")
        else:
            reviews = _due_after(reviews, last, beyond).order_by("due_at", "pk")
        heads.append(GatheredIds(reviews.values("id")[:most]))
    return User.objects.filter(pk=user).order_by().values_list(*heads)


def _due_after(reviews: ReviewQuerySet, last: datetime | None, beyond: int) -> ReviewQuerySet:
    if last is None:
        return reviews
    return reviews.filter(Q(due_at__gt=last) | Q(due_at=last, pk__gt=beyond), due_at__gte=last)


def _of_projects(
    kinds: Iterable[ReviewSectionKind], most: int, *, user: int, beyond: int = 0
) -> QuerySet[Membership, tuple[Any, ...]]:
    """A list of ids for each of these kinds, in each project that the person owns."""
    reader = User(pk=user)
    heads = []
    for kind in kinds:
        reviews = _second(reader) if kind is SECOND else _unassigned(reader)
        ordered = reviews.filter(project=OuterRef("project"), pk__gt=beyond).order_by("pk")
        heads.append(GatheredIds(ordered.values("id")[:most]))
    return Membership.objects.filter(user=user, role=Membership.Role.OWNER).order_by().values_list(*heads)


def _listed(user: User) -> ReviewQuerySet:
    """Reviews of videos that lists show, in projects this person is now in."""
    mine = Membership.objects.filter(user=user).values("project")
    return Review.objects.filter(dubbing__asset__archived_at=None, dubbing__asset__trashed_at=None, project__in=mine)


def _mine(user: User) -> ReviewQuerySet:
    return _listed(user).filter(IS_OPEN, reviewer=user)


def _returned(user: User) -> ReviewQuerySet:
    asked = _listed(user).filter(decided_by=user, status=Review.Status.TO_REVIEW)
    return asked.filter(Q(reviewer=None) | ~Q(reviewer=user))


def _second(user: User) -> ReviewQuerySet:
    reviewed = _decidable(user).filter(status=Review.Status.REVIEWED)
    return reviewed.filter(Q(reviewed_by=None) | ~Q(reviewed_by=user))


def _unassigned(user: User) -> ReviewQuerySet:
    open_ones = _decidable(user).filter(IS_OPEN, reviewer=None)
    return open_ones.exclude(decided_by=user, status=Review.Status.TO_REVIEW)


def _decidable(user: User) -> ReviewQuerySet:
    """Without what this person made, if the project requires somebody else's approval."""
    sent = Submission.objects.filter(asset=OuterRef("dubbing__asset"), asked_by=user)
    made = Q(dubbing__asset__created_by=user) | Q(Exists(sent))
    return _listed(user).filter(~(Q(project__review_policy__makers_may_approve=False) & made))


_OWN = PreparedQuery(partial(_of_person, _OWN_KINDS, MOST), "user", moments=("now", "tomorrow", "monday"))
_SHARED = PreparedQuery(partial(_of_projects, _OF_PROJECTS, MOST), "user")
_MOST_URGENT = PreparedQuery(_most_urgent, "user")
