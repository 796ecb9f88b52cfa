"""Values from stored JSON, which may be of any form; for numbers there is ``numbers``."""

from __future__ import annotations

from datetime import date


def texts(value: object) -> list[str]:
    """The texts in a list; none for anything else."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list | tuple) else []


def day(value: object) -> date | None:
    """The date that a text like "2026-11-28" says; None for anything else."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
