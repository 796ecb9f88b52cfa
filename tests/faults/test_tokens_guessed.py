"""Thousands of guesses from many addresses: none finds a token, few are looked at, and nobody is locked out."""

from __future__ import annotations

import os

import pytest
from pytest_django import Settings

from dubbing.accounts.tokens import GUESSES
from dubbing.models import Attempt
from dubbing.sharing import links
from tests.support import rows
from tests.support.guessing import SHARE_LINKS, guess
from tests.support.people import People
from tests.support.programs import token_text
from tests.support.sharing import share

pytestmark = [pytest.mark.django_db, pytest.mark.long, pytest.mark.timeout(1800)]
NUMBER = int(os.environ.get("GUESSES", "1000"))


def test_guesses_find_nothing_and_are_limited_and_the_right_token_always_works(
    people: People, settings: Settings
) -> None:
    settings.API_REQUESTS_PER_MINUTE = NUMBER
    told = guess(token_text(people.editor), NUMBER)
    assert told.accepted == []
    assert set(told.right) == {200}
    assert sum(told.right.values()) == NUMBER // 100
    # Each address, and each IPv6 network as a whole, is looked at so often in a quarter of an hour.
    assert told.looked_at == GUESSES.most * told.addresses
    assert told.answers[429] == NUMBER - told.looked_at
    assert Attempt.objects.filter(what=GUESSES.what).count() == told.addresses


def test_guesses_of_share_links_find_nothing_and_are_limited_and_the_right_link_always_opens(people: People) -> None:
    _, token = share(people.editor, rows.make_done(people.project, people.editor))
    told = guess(token, NUMBER, door=SHARE_LINKS)
    assert told.accepted == []
    assert set(told.right) == {200}
    assert told.looked_at == links.GUESSES.most * told.addresses
    assert told.answers[429] == NUMBER - told.looked_at
    assert Attempt.objects.filter(what=links.GUESSES.what).count() == told.addresses
