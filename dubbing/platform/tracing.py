"""How long a request or a job took, for whoever collects that (``portal/observability.py``); otherwise nothing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol


class Span(Protocol):
    """What is being measured."""

    def update_name(self, name: str) -> None:
        """Give it the name that is known by now."""

    def set_attribute(self, key: str, value: str | int) -> None:
        """Say more about it."""


class _NoSpan:
    def update_name(self, name: str) -> None:
        """Forget it."""

    def set_attribute(self, key: str, value: str | int) -> None:
        """Forget it."""


Opener = Callable[[str], AbstractContextManager[Span]]


def _open_none(name: str) -> AbstractContextManager[Span]:
    return nullcontext(_NoSpan())


_open: Opener = _open_none


def open_span(name: str) -> AbstractContextManager[Span]:
    """Measure the block. The name has no secrets and few values."""
    return _open(name)


def collect_with(opener: Opener) -> None:
    """From now on, spans are opened with this."""
    global _open
    _open = opener
