"""A status in one place: its value, label, icon and tone, and the constraint that lets no other into the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

SPINNER = "loader-2"
"""The icon of what somebody works on right now. It turns."""


class StatusChoices(models.TextChoices):
    """Statuses that people see as badges: ``DRAFT = "draft", "pencil", "grey", _("Draft")``."""

    icon: str
    tone: str

    # Whoever looks a member up by its value gives that alone.
    if not TYPE_CHECKING:

        def __new__(cls, value: str, icon: str, tone: str) -> StatusChoices:
            """Django takes the label, which comes last, before this is called."""
            member = str.__new__(cls, value)
            member._value_ = value
            member.icon, member.tone = icon, tone
            return member


def known(choices: type[models.TextChoices], name: str, field: str = "status") -> models.CheckConstraint:
    """The constraint that the field holds one of the choices."""
    return models.CheckConstraint(condition=Q(**{f"{field}__in": choices.values}), name=name)
