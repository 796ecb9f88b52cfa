"""Every value that nobody means, in every field and query of every address."""

from __future__ import annotations

import tracemalloc

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


@pytest.mark.timeout(300)
def test_no_flood_of_fields_is_an_error_or_fills_the_memory() -> None:
    people = make_people()
    ids, client = hostile.make_ids(people), client_of(people.owner)
    client.raise_request_exception = False
    floods = list(hostile.floods())
    forms = [flood for flood in floods if "json" not in flood[2]]
    for pattern in hostile.patterns():
        some = floods if hostile.reads_json(pattern) else forms
        assert not hostile.broken(client, hostile.address(pattern, ids), some)
    (editor,) = [pattern for pattern in hostile.patterns() if pattern.name == "subtitles-edit"]
    tracemalloc.start()
    for flood in floods:
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        assert not hostile.broken(client, hostile.address(editor, ids), [flood])
        assert tracemalloc.get_traced_memory()[1] - before < 10 * len(flood[3]) + 2**24
    tracemalloc.stop()
