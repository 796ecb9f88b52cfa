"""Marks on views, read by gates before the view is called: a large body, an answer for scripts, tokens."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.http import HttpResponse

View = TypeVar("View", bound=Callable[..., HttpResponse])


def takes_large_body(view: View) -> View:
    """Mark a view that streams its body and enforces its own limit; it still requires a signed-in person."""
    view.takes_large_body = True  # type: ignore[attr-defined]
    return view


def answers_scripts(view: View) -> View:
    """Mark a view that only scripts call: without a session it answers in JSON rather than redirecting to a page."""
    view.answers_scripts = True  # type: ignore[attr-defined]
    return view


def takes_tokens(view: View) -> View:
    """Mark a view that programs may also call with a token instead of a session."""
    view.takes_tokens = True  # type: ignore[attr-defined]
    return view
