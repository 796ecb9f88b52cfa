"""The API keeps to its own OpenAPI document, whatever is sent to it: schemathesis makes the requests."""

from __future__ import annotations

import os
from typing import Any

import pytest
import schemathesis
from django.db import transaction
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from pytest_django import Settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support import rows
from tests.support.people import People
from tests.support.programs import token_text

pytestmark = [pytest.mark.django_db, pytest.mark.long]
EXAMPLES = 8 if os.environ.get("REQUIRE_SERVICES") else 25
"""For each operation. What the document says is tried on SQLite; what a database refuses, on each."""
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.mark.timeout(900)
def test_every_answer_conforms_to_the_document(people: People, settings: Settings, application: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = 1_000_000
    result = rows.make_done(people.project, people.owner)
    statuses = ("draft", "refused", "failed", "dubbing")
    assets = [rows.make_asset(people.project, people.owner, status=status).pk for status in statuses]
    there = {
        "project_id": [people.project.pk],
        "asset_id": [result.version.dubbing.asset_id, *assets],
        "language_id": [result.version.dubbing_id],
        "result_id": [result.pk],
    }
    authorization = {"Authorization": f"Bearer {token_text(people.owner)}"}
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    operations: list[Any] = [result.ok() for result in list[Any](schema.get_all_operations())]
    seen = {operation.label: _attack(operation, authorization, there) for operation in operations}
    assert len(seen) >= 19
    assert {200, 404, 422} <= set().union(*seen.values())


def _attack(operation: Any, headers: dict[str, str], there: dict[str, list[int]]) -> set[int]:
    """The statuses of the answers. ``there``: the ids of rows, by the names that addresses have for them."""
    statuses: set[int] = set()

    @hypothesis_settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy())
    def attack(case: Any) -> None:
        # Half of the ids that are tried are those of rows.
        for name, tried in (case.path_parameters or {}).items():
            if name in there and tried % 2:
                case.path_parameters[name] = there[name][tried % len(there[name])]
        # Everything is there again for the next one.
        with transaction.atomic():
            statuses.add(case.call_and_validate(headers=headers, checks=CHECKS).status_code)
            transaction.set_rollback(True)

    attack()
    return statuses
