"""A line of the health page: its state, its figure, and its problem if there is one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from django.utils.translation import gettext_lazy as _

from dubbing.models.alerts import line_name
from dubbing.platform import health_messages


class State(Enum):
    """How a line is: a label, an icon and a tone. Ordered from harmless to urgent."""

    UNKNOWN = (_("Not known"), "circle-dashed", "grey")
    GOOD = (_("OK"), "circle-check", "green")
    WARNING = (_("Attention"), "alert-triangle", "amber")
    PROBLEM = (_("Problem"), "alert-circle", "red")

    @property
    def label(self) -> str:
        """What people read."""
        return str(self.value[0])

    @property
    def icon(self) -> str:
        """The icon beside the label."""
        return self.value[1]

    @property
    def tone(self) -> str:
        """The colour."""
        return self.value[2]


@dataclass(frozen=True, slots=True)
class HealthLine:
    """``key``: what it is about; ``figure``: what was measured; ``problem``: a code of ``health_messages``."""

    key: str
    state: State
    figure: str
    problem: str = ""

    @property
    def name(self) -> str:
        """What it is called."""
        return line_name(self.key)

    @property
    def meaning(self) -> str:
        """What the problem means; empty without one."""
        return str(health_messages.message_of(self.problem).meaning)

    @property
    def remedy(self) -> str:
        """What to do about it; empty without a problem."""
        return str(health_messages.message_of(self.problem).remedy)


def good(key: str, figure: str) -> HealthLine:
    """A line without a problem."""
    return HealthLine(key, State.GOOD, figure)


def warning(key: str, figure: str, problem: str) -> HealthLine:
    """A line that somebody should look at."""
    return HealthLine(key, State.WARNING, figure, problem)


def failing(key: str, figure: str, problem: str) -> HealthLine:
    """A line on which somebody has to act."""
    return HealthLine(key, State.PROBLEM, figure, problem)


def unknown(key: str, figure: str, problem: str = "") -> HealthLine:
    """A line of which nothing is known."""
    return HealthLine(key, State.UNKNOWN, figure, problem)
