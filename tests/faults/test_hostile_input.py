"""Values that nobody means, in every field and query of every address.

With CHAOS set, every value in each field, and every body. Without, a quarter of them at each address, and others at the
next one; addresses that take JSON always get every body.
"""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import URLPattern
from pytest_django import DjangoDbBlocker, Settings

from tests.support import hostile
from tests.support.people import client_of, make_people
from tests.support.shared_rows import copied_files, shared_rows

pytestmark = [pytest.mark.long, pytest.mark.django_db]
PART = 1 if os.environ.get("CHAOS") else 4
ROUNDS = len(hostile.TEXTS) // PART
PATTERNS = [pytest.param(pattern, at, id=str(pattern.name)) for at, pattern in enumerate(hostile.patterns())]


@pytest.fixture(scope="module")
def portal(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[User, dict[str, Any], Path]]:
    """An owner, a row for every word that stands in an address, and the folder of their files."""
    folder = tmp_path_factory.mktemp("media")

    def make() -> tuple[User, dict[str, Any], Path]:
        people = make_people()
        return people.owner, hostile.make_ids(people), folder

    with shared_rows(django_db_blocker, folder, make) as made:
        yield made


@pytest.mark.parametrize(("pattern", "at"), PATTERNS)
def test_no_value_breaks_an_address(
    pattern: URLPattern, at: int, portal: tuple[User, dict[str, Any], Path], settings: Settings, tmp_path: Path
) -> None:
    owner, ids, folder = portal
    settings.MEDIA_ROOT = copied_files(folder, tmp_path)
    url, client = hostile.address(pattern, ids), client_of(owner)
    client.raise_request_exception = False
    offset, bodies = at * ROUNDS, list(hostile.bodies())
    some = bodies if hostile.reads_json(pattern) else bodies[at % PART :: PART]
    for sent in (hostile.forms(ROUNDS, offset), hostile.queries(ROUNDS, offset), some):
        assert not hostile.broken(client, url, sent)


@pytest.mark.timeout(900)
def test_no_flood_of_fields_is_an_error_or_fills_the_memory(
    portal: tuple[User, dict[str, Any], Path], settings: Settings, tmp_path: Path
) -> None:
    owner, ids, folder = portal
    settings.MEDIA_ROOT = copied_files(folder, tmp_path)
    client = client_of(owner)
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
