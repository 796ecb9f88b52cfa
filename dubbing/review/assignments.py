"""Assign reviewers, with instructions and due dates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext

from dubbing.drafts.draft import plain_text
from dubbing.models import Asset, DefaultReviewer, Dubbing, Event, Membership, Project, Review
from dubbing.platform import formatting, locales
from dubbing.platform.errors import NotPossible
from dubbing.review import decisions

if TYPE_CHECKING:
    from django.db.models import QuerySet

LONGEST_INSTRUCTIONS = 2000


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who reviews, and how. ``reviewer`` None: anyone who may."""

    reviewer: User | None
    instructions: str = ""
    due_at: datetime | None = None


def candidates(*project_ids: int) -> QuerySet[User]:
    """Return possible reviewers: active members of the project, or of all these projects."""
    members = Membership.objects.filter(project__in=project_ids).order_by().values("user")
    of_each = members.annotate(projects=Count("project", distinct=True)).filter(projects=len(project_ids))
    return User.objects.filter(pk__in=of_each.values("user"), is_active=True).order_by("username")


def assign(dubbing: Dubbing, assignment: Assignment, user: User) -> Review:
    """Assign a language's review to somebody, at any time, even before there is a final video. Raises NotPossible."""
    instructions = _instructions(assignment.instructions)
    with transaction.atomic():
        asset = Asset.objects.locked(dubbing.asset_id)
        if asset.role_of(user) not in Membership.EDITORS:
            raise NotPossible(gettext("Only owners and editors can choose reviewers."))
        _check_candidate(asset.project_id, assignment.reviewer)
        fresh = Dubbing.objects.get(pk=dubbing.pk)
        fresh.asset = asset
        review = decisions.review_of(fresh)
        is_new = review.reviewer_id != (assignment.reviewer.pk if assignment.reviewer else None)
        review.reviewer, review.instructions, review.due_at = assignment.reviewer, instructions, assignment.due_at
        review.save()
        if is_new:
            Event.objects.record(
                asset, Event.Kind.REVIEW_ASKED, actor=user, cause="person", locale=dubbing.locale,
                reviewer=review.reviewer_id,
            )  # fmt: skip
    return review


def assign_many(dubbings: Iterable[Dubbing], assignment: Assignment, user: User) -> tuple[int, list[str]]:
    """Assign several. Return how many were assigned, and why the others were not."""
    done, problems = 0, []
    for dubbing in dubbings:
        try:
            assign(dubbing, assignment, user)
        except NotPossible as problem:
            name = formatting.isolated(str(dubbing.asset))
            problems.append(f"{name}, {locales.display_name(dubbing.locale)}: {problem}")
        else:
            done += 1
    return done, problems


def set_default(
    project: Project, locale: str, reviewer: User | None, user: User, *, instructions: str = "", days: int | None = None
) -> None:
    """Set who reviews this language by default from now on; None: nobody. Raises NotPossible."""
    if not Project.objects.is_owner(user, project.pk):
        raise NotPossible(gettext("Only a project owner can choose the usual reviewers."))
    if locale and locales.find(locale, extra=[locale]) is None:
        raise NotPossible(gettext("Choose a language from the list."))
    if reviewer is None:
        DefaultReviewer.objects.filter(project=project, locale=locale).delete()
        return
    _check_candidate(project.pk, reviewer)
    values = {"reviewer": reviewer, "instructions": _instructions(instructions), "days": days}
    DefaultReviewer.objects.update_or_create(project=project, locale=locale, defaults=values)


def unreviewable(project: Project, codes: Iterable[str]) -> list[str]:
    """Return the languages without a reviewer, for a project with default reviewers: shown before paying."""
    usual = DefaultReviewer.objects.filter(project=project, reviewer__in=candidates(project.pk))
    known = set(usual.values_list("locale", flat=True))
    if not DefaultReviewer.objects.filter(project=project).exists() or "" in known:
        return []
    return [code for code in codes if code not in known]


def name_unreviewable(project: Project, codes: Iterable[str]) -> str:
    """Return the names of these languages as one enumeration."""
    return formatting.enumeration([locales.display_name(code) for code in unreviewable(project, codes)])


def _check_candidate(project_id: int, reviewer: User | None) -> None:
    if reviewer is not None and not candidates(project_id).filter(pk=reviewer.pk).exists():
        raise NotPossible(gettext("A reviewer has to be a member of the project. Add the person first."))


def _instructions(text: str) -> str:
    text = plain_text(text, LONGEST_INSTRUCTIONS + 1).strip()
    if len(text) > LONGEST_INSTRUCTIONS:
        message = gettext("Instructions can have at most %(limit)s characters. Shorten them.")
        raise NotPossible(message % {"limit": LONGEST_INSTRUCTIONS})
    return text
