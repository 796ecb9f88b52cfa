"""Errors for requests that the portal refuses. Their messages are shown to people."""

from __future__ import annotations


class NotPossible(Exception):
    """The request does not fit the current state; the message is for people."""


class PolicyBroken(NotPossible):
    """The project's policy forbids it, and nobody entitled to has overridden it."""


class NotEnoughMinutes(NotPossible):
    """The month has too few minutes left."""
