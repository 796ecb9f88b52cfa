"""Projects and their members. A project always has an owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from dubbing.models import Membership, Project
from dubbing.providers import provider_names
from dubbing.services.asking import NotPossible

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def create_project(user: User, name: str) -> Project:
    """A project that this person owns. Raises NotPossible when the name is taken."""
    try:
        with transaction.atomic():
            project = Project.objects.create(name=name)
            Membership.objects.create(project=project, user=user, role=Membership.Role.OWNER)
    except IntegrityError as error:
        raise NotPossible("There is a project of this name already. Choose another one.") from error
    return project


def set_provider(project: Project, provider: str) -> None:
    """New assets are dubbed by this provider, unless somebody chooses another one. Raises NotPossible."""
    if provider not in provider_names():
        raise NotPossible("Choose one of the providers in the list.")
    Project.objects.filter(pk=project.pk).update(provider=provider)


def set_role(project: Project, user: User, role: str) -> Membership:
    """Add the person, or change what they may do. Raises NotPossible when nobody would own the project."""
    with transaction.atomic():
        if role != Membership.Role.OWNER:
            _keep_an_owner(project, without=user)
        membership, _ = Membership.objects.update_or_create(project=project, user=user, defaults={"role": role})
    return membership


def remove_member(project: Project, user: User) -> None:
    """Take the person out; what they made stays. Raises NotPossible when nobody would own the project."""
    with transaction.atomic():
        _keep_an_owner(project, without=user)
        Membership.objects.filter(project=project, user=user).delete()


def _keep_an_owner(project: Project, *, without: User) -> None:
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)  # two owners demoting each other at once
    owners = set(project.memberships.filter(role=Membership.Role.OWNER).values_list("user_id", flat=True))
    if owners == {without.pk}:
        raise NotPossible("A project needs an owner. Make somebody else owner first.")
