"""What the work that is being done is about, for each log line that it writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_about: ContextVar[dict[str, str] | None] = ContextVar("log_scope", default=None)


def current() -> dict[str, str]:
    """What is known, such as ``{"asset": "7"}``."""
    return _about.get() or {}


@contextmanager
def of_one_job() -> Iterator[None]:
    """What is noted within this block ends with it."""
    token = _about.set({})
    try:
        yield
    finally:
        _about.reset(token)


def note(**about: object) -> None:
    """Note what the rest of this job is about. Outside of jobs, it is forgotten."""
    known = _about.get()
    if known is not None:
        known.update({name: str(value) for name, value in about.items() if value})
