"""Tokens with which programs sign in, in a person's name."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dubbing.models.audit import AuditKind
from dubbing.models.json_fields import ListField, is_text
from dubbing.models.projects import Membership, Project
from dubbing.models.revocable import Revocable, RevocableQuerySet

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


class TokenScope(models.TextChoices):
    """What a token may be used for, within what its person may do."""

    READ = "read", _("Read")
    WRITE = "write", _("Add and change videos")
    SUBMIT = "submit", _("Submit (uses minutes)")


class ApiTokenQuerySet(RevocableQuerySet["ApiToken"]):
    """Tokens by whether they work, and by who may revoke them."""

    def live(self) -> ApiTokenQuerySet:
        """Tokens that work: neither revoked nor expired, and their person is still active and still in the project."""
        member = Membership.objects.filter(project=OuterRef("project"), user=OuterRef("user"))
        mine = Q(project=None) | Exists(member)
        return self.filter(mine, revoked_at=None, expires_at__gt=timezone.now(), user__is_active=True)

    def revocable_by(self, user: User | AnonymousUser) -> ApiTokenQuerySet:
        """A person's own tokens, and all tokens for projects they own."""
        owned = Project.objects.owned_by(user).values("pk")
        return self.filter(Q(user_id=user.pk or 0) | Q(project__in=owned))


class ApiToken(Revocable):
    """A token of one person, for everything they may do or for one project. Only its hash is stored.

    A token never allows more than its person may do: the tokens of somebody who becomes a viewer can only read.
    """

    REVOKED = AuditKind.TOKEN_REVOKED, "token"
    Scope: TypeAlias = TokenScope

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, null=True, related_name="api_tokens")
    name = models.CharField(max_length=80)
    scopes = ListField(is_item=is_text)
    hint = models.CharField(max_length=4, help_text=_("Its last characters, to tell tokens apart."))
    last_used_at = models.DateTimeField(null=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="token_has_a_name")]

    def __str__(self) -> str:
        return f"{self.name} …{self.hint}"

    @property
    def scope_labels(self) -> list[str]:
        """The labels of its scopes."""
        return [str(scope.label) for scope in TokenScope if scope in self.scopes]
