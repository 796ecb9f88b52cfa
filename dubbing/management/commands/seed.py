"""The command ``seed``: create the users and the project of the demo."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand
from django.db import transaction

from dubbing.models import Membership, Project

PROJECT = "Sample project"
ROLES = {"owner": Membership.Role.OWNER, "member": Membership.Role.EDITOR}


class Command(BaseCommand):
    """Creates what is missing and leaves the rest alone."""

    help = "Create three users (owner, member, outsider) and one project. The owner can open the admin site."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--password``: for people who are created now."""
        parser.add_argument("--password", required=True, help="for users that do not exist yet")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command."""
        # The sandbox costs nothing, so its project has unlimited minutes.
        project, _ = Project.objects.get_or_create(name=PROJECT, defaults={"monthly_minutes": None})
        for name in ("owner", "member", "outsider"):
            user = _person(name, options["password"])
            if name in ROLES:
                Membership.objects.get_or_create(project=project, user=user, defaults={"role": ROLES[name]})


def _person(name: str, password: str) -> User:
    rights = dict.fromkeys(("is_staff", "is_superuser"), name == "owner")
    user, made = User.objects.get_or_create(username=name, defaults=rights | {"email": f"{name}@example.com"})
    if made:
        user.set_password(password)
        user.save()
    return user
