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

from dubbing.models import ApiToken, Membership, Project, Review, ShareLink
from dubbing.models.prepared import PreparedQuery
from dubbing.models.subqueries import CappedCount
from dubbing.platform import formatting
from dubbing.platform.errors import NotPossible
from dubbing.providers import provider_names

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User
    from django.db.models import QuerySet


MAKE = "dubbing.add_project"
MAY_NOT = _(
    "You do not have permission to create projects. An administrator can create one for you or give you the "
    "permission, or the owner of a project can add you to it."
)
MOST_COUNTED = 99
"""Maximum count of undecided reviews shown beside the name of their page."""
_HOUR = timedelta(hours=1)


class TooManyProjects(NotPossible):
    """This person created too many projects within an hour. ``seconds``: until the next one is allowed."""

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
    """Whether this person may create projects, which takes a permission from administrators."""
    return user.has_perm(MAKE)


def counts(project_id: int, user: User | AnonymousUser) -> dict[str, Any]:
    """The counts shown in a project's navigation, and whether this person may add to it: one query."""
    figures = _COUNTS.rows(project=project_id, user=user.pk or 0)
    members, term_count, reviews, mine = figures[0] if figures else (0, 0, 0, None)
    return {
        "members": members,
        "terms": term_count,
        "reviews": formatting.capped(reviews, MOST_COUNTED) if reviews else "",
        "may_edit": mine in Membership.EDITORS,
    }


def _counts(project: int, user: int) -> QuerySet[Project, tuple[Any, ...]]:
    terms = Project.objects.filter(pk=OuterRef("pk")).annotate(count=Count("terms")).values("count")
    role = Membership.objects.filter(project=OuterRef("pk"), user_id=user).values("role")
    undecided = Review.objects.filter(project=OuterRef("pk"), status__in=Review.UNDECIDED)
    figures = (Count("memberships"), Subquery(terms), CappedCount(undecided, MOST_COUNTED), Subquery(role[:1]))
    return Project.objects.filter(pk=project).order_by().values_list(*figures)


_COUNTS = PreparedQuery(_counts, "project", "user")


def create_project(user: User, name: str) -> Project:
    """Create a project owned by this person, with the default minutes.

    Raises NotPossible if the person may create none or the name is taken, TooManyProjects if it is too soon.
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
    get_user_model().objects.select_for_update(no_key=True).get(pk=user.pk)  # one at a time
    now = timezone.now()
    lately = Project.objects.filter(created_by=user, created_at__gt=now - _HOUR).order_by("-created_at")
    times = list(lately.values_list("created_at", flat=True)[: settings.PROJECTS_PER_HOUR])
    if len(times) >= settings.PROJECTS_PER_HOUR:
        raise TooManyProjects(times[-1] + _HOUR, now)


def set_provider(project: Project, provider: str) -> None:
    """Set the provider of new assets, unless somebody chooses another one. Raises NotPossible."""
    if provider not in provider_names():
        raise NotPossible(gettext("Choose a provider from the list."))
    Project.objects.filter(pk=project.pk).update(provider=provider)


def set_role(project: Project, user: User, role: str) -> Membership:
    """Add the person, or change their role. Raises NotPossible if the project would have no owner."""
    with transaction.atomic():
        if role != Membership.Role.OWNER:
            _keep_an_owner(project, without=user)
        membership, _made = Membership.objects.update_or_create(project=project, user=user, defaults={"role": role})
    return membership


def remove_member(project: Project, user: User) -> None:
    """Remove the person; what they created stays, and their open reviews wait for somebody else.

    Raises NotPossible if the project would have no owner.
    """
    with transaction.atomic():
        _keep_an_owner(project, without=user)
        Membership.objects.filter(project=project, user=user).delete()
        ApiToken.objects.filter(project=project, user=user).revoke(None)
        ShareLink.objects.filter(project=project, created_by=user).revoke(None)
        Review.objects.unassign(project.pk, user.pk)


def _keep_an_owner(project: Project, *, without: User) -> None:
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)  # two owners may demote each other
    owners = set(project.memberships.filter(role=Membership.Role.OWNER).values_list("user_id", flat=True))
    if owners == {without.pk}:
        raise NotPossible(gettext("A project needs an owner. Make another member an owner first."))
