"""Read values from stored JSON of any shape. For numbers, see ``numbers``."""

from __future__ import annotations

from datetime import date


def texts(value: object) -> list[str]:
    """The texts in a list; an empty list for anything else."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list | tuple) else []


def day(value: object) -> date | None:
    """The date in a text like "2026-11-28"; None for anything else."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
