"""Every value that nobody means, in every field and query of every address."""

from __future__ import annotations

import pytest
from django.urls import URLPattern

from tests.support import hostile
from tests.support.people import client_of, make_people

pytestmark = [pytest.mark.long, pytest.mark.django_db]
EVERY = len(hostile.TEXTS)


@pytest.mark.parametrize("pattern", [pytest.param(one, id=str(one.name)) for one in hostile.patterns()])
def test_no_value_breaks_an_address(pattern: URLPattern) -> None:
    people = make_people()
    url, client = hostile.address(pattern, hostile.make_ids(people)), client_of(people.owner)
    client.raise_request_exception = False
    for sent in (hostile.forms(EVERY), hostile.queries(EVERY), hostile.bodies()):
        assert not hostile.broken(client, url, sent)
