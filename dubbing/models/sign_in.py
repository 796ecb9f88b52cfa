"""Single sign-on: which groups give what, and the outcome of each attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dubbing.models.json_fields import ListField, ObjectField, is_text
from dubbing.models.projects import MemberRole, Project
from dubbing.models.statuses import known

if TYPE_CHECKING:
    from collections.abc import Iterable


class RuleGrant(models.TextChoices):
    """What a rule gives to a group, besides permission to sign in."""

    SIGN_IN = "sign_in", _("May sign in")
    PROJECT = "project", _("Member of a project")
    STAFF = "staff", _("Admin site, with the permissions of a role")
    ADMIN = "admin", _("Administrator")


_ONCE = _("This group already has this rule.")


class GroupRuleQuerySet(models.QuerySet["GroupRule"]):
    """Rules by the groups they are for."""

    def for_groups(self, groups: Iterable[str]) -> GroupRuleQuerySet:
        """The rules for any of these groups, spelled as the identity provider spells them."""
        return self.filter(group__in=list(groups))


class GroupRule(models.Model):
    """What the people of one group at the identity provider get. Nobody without a rule can sign in.

    Each rule lets its people in. `project`: a role in one project · `staff`: the admin site with the permissions of
    a Django group · `admin`: everything.
    """

    Grant: TypeAlias = RuleGrant

    group = models.CharField(
        max_length=200, help_text=_("The group’s name or ID, as the identity provider sends it. Case matters.")
    )
    grant = models.CharField(max_length=10, choices=RuleGrant.choices, default=RuleGrant.SIGN_IN)
    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, null=True, blank=True, related_name="group_rules",
        help_text=_("Only for members of a project."),
    )  # fmt: skip
    role = models.CharField(
        max_length=10, choices=MemberRole.choices, blank=True, help_text=_("Only for members of a project.")
    )
    permissions = models.ForeignKey(
        Group, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("permissions of"),
        help_text=_("Only for the admin site: a group of this portal whose permissions these people get."),
    )  # fmt: skip
    changed_at = models.DateTimeField(auto_now=True)

    objects = GroupRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("sign-in rule")
        verbose_name_plural = _("sign-in rules")
        ordering = ["group", "grant", "project__name"]
        constraints = [
            models.CheckConstraint(condition=~Q(group=""), name="rule_has_a_group"),
            models.CheckConstraint(
                condition=(Q(grant=RuleGrant.PROJECT, project__isnull=False) & ~Q(role=""))
                | (~Q(grant=RuleGrant.PROJECT) & Q(project=None, role="")),
                name="project_rules_have_a_project",
            ),
            models.CheckConstraint(
                condition=Q(grant=RuleGrant.STAFF, permissions__isnull=False)
                | (~Q(grant=RuleGrant.STAFF) & Q(permissions=None)),
                name="staff_rules_have_permissions",
            ),
            models.UniqueConstraint(
                fields=["group", "grant"], condition=Q(project=None, permissions=None), name="one_rule_per_grant",
                violation_error_message=_ONCE,
            ),
            models.UniqueConstraint(
                fields=["group", "project"], condition=Q(project__isnull=False), name="one_rule_per_project",
                violation_error_message=_("This group already has a role in this project. Change that rule."),
            ),
            models.UniqueConstraint(
                fields=["group", "permissions"], condition=Q(permissions__isnull=False),
                name="one_rule_per_permissions", violation_error_message=_ONCE,
            ),
            known(RuleGrant, "known_grant", "grant"),
        ]  # fmt: skip

    def __str__(self) -> str:
        what = str(self.get_grant_display())
        if self.project:
            what = f"{self.get_role_display()}, {self.project.name}"
        elif self.permissions:
            what = f"{what}: {self.permissions.name}"
        return f"{self.group} → {what}"

    def clean(self) -> None:
        """Raise ValidationError if the fields do not fit the kind of rule."""
        self.group = self.group.strip()
        wrong: dict[str, str] = {}
        if self.grant == RuleGrant.PROJECT:
            if not self.project_id:
                wrong["project"] = gettext("Choose the project.")
            if not self.role:
                wrong["role"] = gettext("Choose the role in the project.")
        elif self.project_id or self.role:
            wrong["grant"] = gettext("Only members of a project have a project and a role. Clear both fields.")
        if self.grant == RuleGrant.STAFF and not self.permissions_id:
            wrong["permissions"] = gettext("Choose whose permissions these people get.")
        if self.grant != RuleGrant.STAFF and self.permissions_id:
            wrong["permissions"] = gettext("Only rules for the admin site have permissions. Clear this field.")
        if wrong:
            raise ValidationError(wrong)


class SignInOutcome(models.TextChoices):
    """The outcome of an attempt to sign in through the identity provider."""

    SIGNED_IN = "signed_in", _("Signed in")
    EMERGENCY = "emergency", _("Emergency account used")
    UNVERIFIED_EMAIL = "unverified_email", _("Email not verified")
    WRONG_TENANT = "wrong_tenant", _("Another organization")
    STATE = "state", _("Sign-in not started here, or used twice")
    NONCE = "nonce", _("Response to another sign-in")
    DEACTIVATED = "deactivated", _("Account deactivated")
    GROUP_LOST = "group_lost", _("No longer in a group")
    WRONG_ISSUER = "wrong_issuer", _("Wrong issuer")
    EXPIRED = "expired", _("ID token expired")
    UNSIGNED = "unsigned", _("ID token not signed by the provider")
    OTHER_CLIENT = "other_client", _("ID token for another client")
    NO_GROUP = "no_group", _("Not in any group with a rule")
    NAME_TAKEN = "name_taken", _("Name or email belongs to another account")
    OPEN_REDIRECT = "open_redirect", _("Link to another website")
    CANCELLED = "cancelled", _("Cancelled at the provider")
    UNAVAILABLE = "unavailable", _("Provider not available or not configured")


class SignInAttempt(models.Model):
    """One attempt to sign in through the identity provider: what it said about the person, and what was decided.

    `claims` holds what the provider said, never a token. `rules` are the rules that applied, as they were worded then.
    """

    Outcome: TypeAlias = SignInOutcome

    at = models.DateTimeField(auto_now_add=True)
    outcome = models.CharField(max_length=20, choices=SignInOutcome.choices)
    reason = models.TextField(blank=True, help_text=_("Why, for operators."))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    subject = models.CharField(max_length=255, blank=True, help_text=_("The person’s ID at the provider (sub)."))
    issuer = models.CharField(max_length=255, blank=True)
    address = models.GenericIPAddressField()
    claims = ObjectField(blank=True)
    rules = ListField(is_item=is_text, blank=True)

    class Meta:
        verbose_name = _("sign-in attempt")
        verbose_name_plural = _("sign-in attempts")
        ordering = ["-id"]
        constraints = [known(SignInOutcome, "known_sign_in_outcome", "outcome")]
        indexes = [models.Index(fields=["at"], name="sign_in_attempts_by_age")]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} · {self.subject or self.address}"
