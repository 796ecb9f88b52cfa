"""Projects, their members and roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dubbing.models.prepared import PreparedQuery
from dubbing.models.statuses import known
from dubbing.providers import default_name

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


class ProjectQuerySet(models.QuerySet["Project"]):
    """Projects by who may see, edit or run them."""

    def visible_to(self, user: User | AnonymousUser) -> ProjectQuerySet:
        """Projects this person is a member of; other projects do not exist for them."""
        return self._for(user, Membership.Role.values)

    def editable_by(self, user: User | AnonymousUser) -> ProjectQuerySet:
        """Projects this person may add assets to."""
        return self._for(user, Membership.EDITORS)

    def owned_by(self, user: User | AnonymousUser) -> ProjectQuerySet:
        """Projects whose members this person manages."""
        return self._for(user, [Membership.Role.OWNER])

    def is_owner(self, user: User | AnonymousUser, project_id: int) -> bool:
        """Whether this person owns the project."""
        return Membership.role_of(user, project_id) == Membership.Role.OWNER

    def _for(self, user: User | AnonymousUser, roles: list[str] | list[Membership.Role]) -> ProjectQuerySet:
        if not user.is_authenticated:
            return self.none()
        mine = Membership.objects.filter(user_id=user.pk, role__in=roles).values("project_id")
        return self.filter(pk__in=mine)


class Project(models.Model):
    """A folder of assets, with members."""

    name = models.CharField(max_length=120, unique=True)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, through="Membership", related_name="projects")
    provider = models.CharField(
        max_length=20, default=default_name, help_text=_("The provider for new videos, unless another is chosen.")
    )
    monthly_minutes = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("Minutes that the project may use each month. Leave blank for no limit.")
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.CheckConstraint(condition=~models.Q(name=""), name="project_has_a_name")]

    def __str__(self) -> str:
        return self.name


class MemberRole(models.TextChoices):
    """What a member may do; see ``Membership``."""

    OWNER = "owner", _("Owner")
    EDITOR = "editor", _("Editor")
    VIEWER = "viewer", _("Viewer")


class Membership(models.Model):
    """One person's role in one project.

    owner: everything, including members · editor: add, submit, download · viewer: view, play, download
    """

    Role: TypeAlias = MemberRole

    EDITORS = [Role.OWNER, Role.EDITOR]

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.EDITOR)
    from_groups = models.BooleanField(
        default=False, help_text=_("Given by a group at sign-in, and taken away when the person leaves the group.")
    )

    class Meta:
        ordering = ["user__username"]
        constraints = [
            models.UniqueConstraint(fields=["project", "user"], name="one_role_per_member"),
            known(MemberRole, "known_role", "role"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"

    @staticmethod
    def role_of(user: User | AnonymousUser, project_id: int) -> str:
        """The person's role in the project, or an empty string."""
        roles = _ROLE.rows(project=project_id, user=user.pk) if user.is_authenticated else []
        return str(roles[0][0]) if roles else ""


def _role(project: int, user: int) -> models.QuerySet[Membership, tuple[str]]:
    return Membership.objects.filter(project_id=project, user_id=user).order_by().values_list("role")


_ROLE = PreparedQuery(_role, "project", "user")
