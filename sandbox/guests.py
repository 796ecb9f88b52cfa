"""What the studio needs from the other providers that share its clock, engine and state file."""

from typing import Any, Protocol

from pydantic import BaseModel


class Guest(Protocol):
    """Another provider in the same program."""

    name: str

    @property
    def group(self) -> BaseModel:
        """Its switches."""

    @property
    def late(self) -> int:
        """How many accepted jobs only appear later."""

    def load(self) -> None:
        """Take up the stored state."""

    def resume(self) -> None:
        """Go on with what was under way."""

    def tick(self) -> None:
        """Move on what may move."""


def shown(guests: list[Guest]) -> dict[str, Any]:
    """All their switches, by name."""
    return {guest.name: guest.group.model_dump() for guest in guests}
