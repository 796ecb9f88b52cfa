"""Every status has a label, an icon and a tone, and they stand where the status is defined."""

from __future__ import annotations

import pytest

from dubbing.models import Asset, BatchRow, Dubbing, Version, status_badges
from dubbing.models.statuses import SPINNER, StatusChoices

TONES = {"grey", "amber", "blue", "violet", "green", "red"}
EVERY = [status for choices in (Asset, Dubbing, Version, BatchRow) for status in choices.Status]


@pytest.mark.parametrize("status", Asset.Status.values)
def test_every_asset_status_has_a_look_and_its_own_word(status: str) -> None:
    assert status_badges.of_asset(status).word == Asset.Status(status).label


@pytest.mark.parametrize("status", Dubbing.Status.values)
def test_every_language_status_has_a_look_and_its_own_word(status: str) -> None:
    assert status_badges.of_dubbing(status).word == Dubbing.Status(status).label


def test_a_status_nobody_knows_breaks_no_page() -> None:
    assert status_badges.of_asset("brand new") == status_badges.LOST


@pytest.mark.parametrize("status", EVERY, ids=repr)
def test_a_badge_is_read_from_the_status(status: StatusChoices) -> None:
    badge = status_badges.of_status(status)
    assert (badge.word, badge.icon, badge.tone) == (status.label, status.icon, status.tone)
    assert badge.tone in TONES
    assert badge.moving == (badge.icon == SPINNER)


@pytest.mark.parametrize("status", Version.Status)
def test_a_version_looks_like_its_language(status: StatusChoices) -> None:
    assert status_badges.of_status(status) == status_badges.of_dubbing(status)
