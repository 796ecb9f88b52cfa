"""Blind comparisons for tests: the same film in one language, dubbed with several settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import User

from dubbing.models import BlindComparison, Project, Result
from dubbing.review import blind_comparisons
from dubbing.review.blind_comparisons import NewComparison
from tests.support.rows import make_asset, make_dubbing, make_result, make_upload, make_version

SETTINGS: tuple[dict[str, Any], ...] = (
    {"voice_anonymization": 0.0, "name": "Plain"},
    {"voice_anonymization": 0.3, "name": "Slight", "lips_model": "real_face_turbo"},
    {"voice_anonymization": 0.85, "name": "Strong", "provider": "modelslab"},
)


def make_results(
    project: Project,
    user: User,
    settings: Sequence[dict[str, Any]] = SETTINGS,
    *,
    locale: str = "es-ES",
    first_pk: int | None = None,
) -> list[Result]:
    """A final video for each of these settings, all of one source. ``first_pk``: the ids begin there."""
    source = make_upload(user)
    results = []
    for number, fields in enumerate(settings):
        asset = make_asset(project, user, status="completed", locales=[], source=source, **fields)
        dubbing = make_dubbing(asset, locale, status="completed")
        content, given = bytes([number]) * (2000 + 300 * number), {"pk": first_pk + number} if first_pk else {}
        results.append(make_result(make_version(dubbing), content=content, **given))
    return results


def make_comparison(
    project: Project, user: User, voters: Sequence[User], results: Sequence[Result] = (), **more: Any
) -> BlindComparison:
    """A comparison that is open."""
    chosen = list(results) or make_results(project, user)
    locale = chosen[0].version.dubbing.locale
    new = NewComparison(locale=locale, results=chosen, voters=voters, **({"name": "Which voice?"} | more))
    return blind_comparisons.start(project, new, user)


def vote_for(comparison: BlindComparison, user: User, position: int, reason: str = "") -> None:
    """The person's vote, by the position of the candidate, which they do not know themselves."""
    order = comparison.ballots.get(user=user).order
    label = blind_comparisons.label_of(position, order)
    blind_comparisons.vote(comparison, user, label=label, reason=reason)


def make_closed(project: Project, user: User, voters: Sequence[User], *, winner: int = 1) -> BlindComparison:
    """A comparison that everybody voted in for the same one, closed by who started it."""
    comparison = make_comparison(project, user, voters)
    for voter in voters:
        vote_for(comparison, voter, winner)
    return blind_comparisons.close(comparison, user)
