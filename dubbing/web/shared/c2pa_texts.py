"""What a C2PA manifest says, in words."""

from __future__ import annotations

from django.utils.translation import gettext

from dubbing.models.dubbings import C2paState
from dubbing.platform import formatting


def describe(state: str, issuer: str, problem: str) -> str:
    """The state in one line. ``state``: of ``C2paState``; anything else was not read."""
    if state not in C2paState.values:
        return gettext("Not read yet")
    if state == C2paState.VALID and issuer:
        text = gettext("Present and valid, signed by “%(issuer)s” (identity not verified)")
        return text % {"issuer": formatting.isolated(issuer)}
    if state == C2paState.INVALID and "mismatch" not in problem:
        return gettext("Present, but not valid: %(problem)s") % {"problem": problem}
    return str(C2paState(state).label)
