"""Make roles and projects follow a person's groups, at each sign-in through the identity provider."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from dubbing.models import GroupRule, Membership
from dubbing.platform.errors import NotPossible
from dubbing.projects import projects

_STRENGTH = {Membership.Role.VIEWER: 0, Membership.Role.EDITOR: 1, Membership.Role.OWNER: 2}
MOST_GROUPS = 2000


@dataclass
class Applied:
    """`rules`: those that matched, in words. `kept`: what was not removed, and why, in words."""

    rules: list[str]
    kept: list[str] = field(default_factory=list)


def groups_of(claims: Mapping[str, Any]) -> list[str] | None:
    """The groups among the claims; None if the provider sent no such claim.

    ``OIDC_GROUPS_CLAIM`` is a name, or a path with dots such as ``realm_access.roles``.
    """
    value: Any = claims
    name = settings.OIDC_GROUPS_CLAIM
    if name in claims:
        value = claims[name]
    else:
        for part in name.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
    if isinstance(value, str):
        return [value]
    return [str(group) for group in value[:MOST_GROUPS]] if isinstance(value, list) else None


def has_rule(groups: Iterable[str]) -> bool:
    """Whether any of these groups can sign in."""
    return GroupRule.objects.for_groups(groups).exists()


def apply(user: User, groups: Iterable[str]) -> Applied:
    """Give the person what the rules for these groups say, and remove what only other groups would give.

    What was given by hand stays, unless a group gives more. The last administrator and the last owner of a project stay
    what they are.
    """
    with transaction.atomic():
        # Simultaneous sign-ins of a person are handled one after the other, and so are those of two administrators.
        list(User.objects.select_for_update(no_key=True).filter(is_superuser=True).order_by("pk"))
        rules = list(GroupRule.objects.for_groups(groups).select_related("project", "permissions"))
        applied = Applied([str(rule) for rule in rules])
        _set_rights(user, rules, applied)
        _set_projects(user, rules, applied)
    return applied


def _set_rights(user: User, rules: list[GroupRule], applied: Applied) -> None:
    grants = {rule.grant for rule in rules}
    before = (user.is_superuser, user.is_staff)
    if _is_governed(GroupRule.Grant.ADMIN):
        user.is_superuser = GroupRule.Grant.ADMIN in grants
        if before[0] and not user.is_superuser and is_last_admin(user):
            user.is_superuser = True
            applied.kept.append("stays an administrator: the portal has no other one")
    permissions = {rule.permissions for rule in rules if rule.permissions}
    governed = GroupRule.objects.filter(grant=GroupRule.Grant.STAFF)
    if user.is_superuser or permissions:
        user.is_staff = True
    elif _is_governed(GroupRule.Grant.ADMIN) or governed.exists():
        user.is_staff = False
    if before != (user.is_superuser, user.is_staff):
        user.save(update_fields=["is_superuser", "is_staff"])
    lost = governed.exclude(permissions__in=permissions).values_list("permissions", flat=True)
    user.groups.remove(*lost)
    user.groups.add(*permissions)


def _is_governed(grant: str) -> bool:
    """Whether any rule gives this: only then can it be removed."""
    return GroupRule.objects.filter(grant=grant).exists()


def is_last_admin(user: User) -> bool:
    """Whether nobody else could administer the portal."""
    return not User.objects.filter(is_superuser=True, is_active=True).exclude(pk=user.pk).exists()


def _set_projects(user: User, rules: list[GroupRule], applied: Applied) -> None:
    wanted: dict[int, GroupRule] = {}
    for rule in rules:
        if rule.project_id and _is_stronger(rule.role, wanted.get(rule.project_id)):
            wanted[rule.project_id] = rule
    present = {row.project_id: row for row in Membership.objects.filter(user=user).select_related("project")}
    for project_id, rule in wanted.items():
        row = present.get(project_id)
        if row is None or row.from_groups or _is_stronger(rule.role, row):
            _try(applied, lambda rule=rule: _give(user, rule), rule.project)
    for project_id, row in present.items():
        if row.from_groups and project_id not in wanted:
            _try(applied, lambda row=row: projects.remove_member(row.project, user), row.project)


def _give(user: User, rule: GroupRule) -> None:
    assert rule.project
    row = projects.set_role(rule.project, user, rule.role)
    Membership.objects.filter(pk=row.pk, from_groups=False).update(from_groups=True)


def _try(applied: Applied, change: Any, project: Any) -> None:
    try:
        change()
    except NotPossible:
        applied.kept.append(f"stays an owner of {project}: the project has no other one")


def _is_stronger(role: str, than: GroupRule | Membership | None) -> bool:
    return than is None or _STRENGTH[Membership.Role(role)] > _STRENGTH[Membership.Role(than.role)]
