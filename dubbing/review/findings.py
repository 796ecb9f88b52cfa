"""The findings of automatic checks, as codes and figures. ``finding_texts`` turns them into sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dubbing.platform import numbers

LOOK, STRONG, BLOCK = "look", "strong", "block"
SEVERITIES = (LOOK, STRONG, BLOCK)
"""From possibly harmless to certainly wrong."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong or suspicious. ``start`` and ``end`` are seconds of the result; None: all of it."""

    code: str
    severity: str
    start: float | None = None
    end: float | None = None
    figures: dict[str, float | str] = field(default_factory=dict)

    def as_row(self) -> dict[str, Any]:
        """The finding for a JSON column."""
        rounded = {name: round(value, 3) if isinstance(value, float) else value for name, value in self.figures.items()}
        return {
            "code": self.code,
            "severity": self.severity,
            "start": None if self.start is None else round(self.start, 3),
            "end": None if self.end is None else round(self.end, 3),
            "figures": rounded,
        }


@dataclass(frozen=True, slots=True)
class NotMeasurable:
    """A check that could not be made, and why, both as codes."""

    check: str
    reason: str

    def as_row(self) -> dict[str, Any]:
        """The check for a JSON column."""
        return {"check": self.check, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Judgement:
    """The outcome of all checks of a result."""

    findings: tuple[Finding, ...]
    not_measurable: tuple[NotMeasurable, ...]


def read(rows: Any) -> list[Finding]:
    """The findings in a JSON column; anything else in it is ignored."""
    stored = []
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, Mapping) and isinstance(row.get("code"), str) and row.get("severity") in SEVERITIES:
            figures = row.get("figures")
            figures = dict(figures) if isinstance(figures, Mapping) else {}
            start, end = (numbers.figure(row.get(name), low=0, high=1e6) for name in ("start", "end"))
            stored.append(Finding(row["code"], row["severity"], start, end, figures))
    return stored


def read_not_measurable(rows: Any) -> list[NotMeasurable]:
    """The checks that could not be made, from a JSON column."""
    rows = rows if isinstance(rows, list) else []
    return [NotMeasurable(str(row.get("check")), str(row.get("reason"))) for row in rows if isinstance(row, Mapping)]
