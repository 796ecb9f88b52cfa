"""Every address of the portal with values that nobody means: it answers, and never with an error of ours.

A few rounds on PostgreSQL here; ``tests/faults/test_hostile_input.py`` tries every value in every field on SQLite.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from tests.support import hostile
from tests.support.people import People, client_of

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(600),
    pytest.mark.django_db,
    pytest.mark.skipif(
        not os.environ.get("REQUIRE_SERVICES"), reason="make test-postgresql-redis runs this on PostgreSQL"
    ),
]
PATTERNS = list(enumerate(hostile.patterns()))


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Hundreds of refusals are expected, and would only be kept for a report."""
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def ids(people: People) -> dict[str, Any]:
    return hostile.make_ids(people)


@pytest.fixture
def page(people: People) -> Client:
    """The owner's browser. What goes wrong in a view is an answer with 500, as it is for people."""
    client = client_of(people.owner)
    client.raise_request_exception = False
    return client


def test_no_value_in_a_form_breaks_an_address(page: Client, ids: dict[str, Any]) -> None:
    for at, pattern in PATTERNS:
        assert not hostile.broken(page, hostile.address(pattern, ids), hostile.forms(2, at * 3))


def test_no_value_in_a_query_breaks_an_address(page: Client, ids: dict[str, Any]) -> None:
    for at, pattern in PATTERNS:
        assert not hostile.broken(page, hostile.address(pattern, ids), hostile.queries(2, at * 3))


def test_no_body_breaks_an_address(page: Client, ids: dict[str, Any]) -> None:
    for at, pattern in PATTERNS:
        sent = list(hostile.bodies())
        some = sent if hostile.reads_json(pattern) else sent[at % 12 :: 12]
        assert not hostile.broken(page, hostile.address(pattern, ids), some)
