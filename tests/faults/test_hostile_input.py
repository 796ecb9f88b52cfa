"""Values that nobody means, in every field and query of every address.

With CHAOS set, every value in each field. Without, a quarter of them in each, others at the next address.
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
ROUNDS = len(hostile.TEXTS) if os.environ.get("CHAOS") else len(hostile.TEXTS) // 4
PATTERNS = [pytest.param(one, at * ROUNDS, id=str(one.name)) for at, one in enumerate(hostile.patterns())]


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


@pytest.mark.parametrize(("pattern", "offset"), PATTERNS)
def test_no_value_breaks_an_address(
    pattern: URLPattern, offset: int, portal: tuple[User, dict[str, Any], Path], settings: Settings, tmp_path: Path
) -> None:
    owner, ids, folder = portal
    settings.MEDIA_ROOT = copied_files(folder, tmp_path)
    url, client = hostile.address(pattern, ids), client_of(owner)
    client.raise_request_exception = False
    for sent in (hostile.forms(ROUNDS, offset), hostile.queries(ROUNDS, offset), hostile.bodies()):
        assert not hostile.broken(client, url, sent)


@pytest.mark.timeout(300)
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
