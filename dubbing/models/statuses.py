"""Define a status in one place: value, label, icon, tone, and the database constraint on its values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

SPINNER = "loader-2"
"""The spinning icon of a status in progress."""


class StatusChoices(models.TextChoices):
    """Statuses that people see as badges: ``DRAFT = "draft", "pencil", "grey", _("Draft")``."""

    icon: str
    tone: str

    # For type checkers, calling the class with a value alone looks a member up.
    if not TYPE_CHECKING:

        def __new__(cls, value: str, icon: str, tone: str) -> StatusChoices:
            """Called by Django without the label, which it takes off the end first."""
            member = str.__new__(cls, value)
            member._value_ = value
            member.icon, member.tone = icon, tone
            return member


def known(choices: type[models.TextChoices], name: str, field: str = "status") -> models.CheckConstraint:
    """The constraint that the field holds one of the choices."""
    return models.CheckConstraint(condition=Q(**{f"{field}__in": choices.values}), name=name)
