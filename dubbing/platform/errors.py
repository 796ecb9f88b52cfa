"""Why the portal refuses what somebody asks for. The message of each is shown to people."""

from __future__ import annotations


class NotPossible(Exception):
    """What was asked does not fit the state of things; the message is for people."""


class PolicyBroken(NotPossible):
    """The project's policy forbids it, and nobody who may has set it aside."""


class NotEnoughMinutes(NotPossible):
    """The month's minutes do not suffice."""
