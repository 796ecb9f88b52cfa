"""Projects and their members. A project always has an owner."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.db.models import Count, OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from dubbing.models import Membership, Project, Review
from dubbing.models.subqueries import CappedCount
from dubbing.platform import formatting
from dubbing.platform.errors import NotPossible
from dubbing.providers import provider_names

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


MAKE = "dubbing.add_project"
MAY_NOT = _(
    "You do not have permission to create projects. An administrator can create one for you or give you the "
    "permission, or the owner of a project can add you to it."
)
MOST_COUNTED = 99
"""Reviews that wait for a decision, beside the name of their page."""
_HOUR = timedelta(hours=1)


class TooManyProjects(NotPossible):
    """This person made as many as one may in an hour. ``seconds``: until the next one."""

    def __init__(self, possible_at: datetime, now: datetime) -> None:
        self.seconds = max(1, round((possible_at - now).total_seconds()))
        count = settings.PROJECTS_PER_HOUR
        moment = formatting.moment(timezone.localtime(possible_at), timezone.localtime(now))
        super().__init__(
            ngettext(
                "You created %(count)s project in the last hour, which is the limit. You can create the next one "
                "%(moment)s, or ask an administrator to create it.",
                "You created %(count)s projects in the last hour, which is the limit. You can create the next one "
                "%(moment)s, or ask an administrator to create it.",
                count,
            )
            % {"count": count, "moment": moment}
        )


def may_create(user: User) -> bool:
    """Whether this person may create projects, a permission that administrators give."""
    return user.has_perm(MAKE)


def counts(project_id: int, user: User | AnonymousUser) -> dict[str, Any]:
    """How much there is of what a project has few of, and whether this person may add to it: one query."""
    terms = Project.objects.filter(pk=OuterRef("pk")).annotate(count=Count("terms")).values("count")
    role = Membership.objects.filter(project=OuterRef("pk"), user_id=user.pk or 0).values("role")
    project = Project.objects.filter(pk=project_id).annotate(members_=Count("memberships"), role=Subquery(role[:1]))
    undecided = Review.objects.filter(project=OuterRef("pk"), status__in=Review.UNDECIDED)
    project = project.annotate(terms_=Subquery(terms), reviews_=CappedCount(undecided, MOST_COUNTED))
    figures = project.values_list("members_", "terms_", "reviews_", "role").first()
    members, term_count, reviews, mine = figures or (0, 0, 0, None)
    return {
        "members": members,
        "terms": term_count,
        "reviews": formatting.capped(reviews, MOST_COUNTED) if reviews else "",
        "may_edit": mine in Membership.EDITORS,
    }


def create_project(user: User, name: str) -> Project:
    """A project that this person owns, with the minutes that new ones have.

    Raises NotPossible when the person may make none or the name is taken, TooManyProjects when it is too soon.
    """
    if not may_create(user):
        raise NotPossible(str(MAY_NOT))
    try:
        with transaction.atomic():
            _check_pace(user)
            project = Project.objects.create(name=name, created_by=user, monthly_minutes=settings.NEW_PROJECT_MINUTES)
            Membership.objects.create(project=project, user=user, role=Membership.Role.OWNER)
    except IntegrityError as error:
        raise NotPossible(gettext("A project with this name already exists. Choose another name.")) from error
    return project


def _check_pace(user: User) -> None:
    get_user_model().objects.select_for_update(no_key=True).get(pk=user.pk)  # many at once are counted one by one
    now = timezone.now()
    lately = Project.objects.filter(created_by=user, created_at__gt=now - _HOUR).order_by("-created_at")
    times = list(lately.values_list("created_at", flat=True)[: settings.PROJECTS_PER_HOUR])
    if len(times) >= settings.PROJECTS_PER_HOUR:
        raise TooManyProjects(times[-1] + _HOUR, now)


def set_provider(project: Project, provider: str) -> None:
    """New assets are dubbed by this provider, unless somebody chooses another one. Raises NotPossible."""
    if provider not in provider_names():
        raise NotPossible(gettext("Choose a provider from the list."))
    Project.objects.filter(pk=project.pk).update(provider=provider)


def set_role(project: Project, user: User, role: str) -> Membership:
    """Add the person, or change what they may do. Raises NotPossible when nobody would own the project."""
    with transaction.atomic():
        if role != Membership.Role.OWNER:
            _keep_an_owner(project, without=user)
        membership, _made = Membership.objects.update_or_create(project=project, user=user, defaults={"role": role})
    return membership


def remove_member(project: Project, user: User) -> None:
    """Take the person out; what they made stays, and what they were to review waits for somebody else.

    Raises NotPossible when nobody would own the project.
    """
    with transaction.atomic():
        _keep_an_owner(project, without=user)
        Membership.objects.filter(project=project, user=user).delete()
        Review.objects.unassign(project.pk, user.pk)


def _keep_an_owner(project: Project, *, without: User) -> None:
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)  # two owners demoting each other at once
    owners = set(project.memberships.filter(role=Membership.Role.OWNER).values_list("user_id", flat=True))
    if owners == {without.pk}:
        raise NotPossible(gettext("A project needs an owner. Make another member an owner first."))
