"""Whatever goes wrong is a problem document: the same members, whoever refused it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from dubbing.api import representations
from tests.support.people import People, client_of
from tests.support.programs import Program, program_of, token_text

pytestmark = pytest.mark.django_db
MEMBERS = {"type", "title", "status", "detail", "errors", "who_can_fix", "request_id"}


@pytest.fixture
def program(people: People) -> Program:
    return program_of(people.editor)


def problem_of(answer: Any, status: int) -> dict[str, Any]:
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    problem: dict[str, Any] = json.loads(answer.content)
    assert set(problem) == MEMBERS
    assert (problem["status"], problem["request_id"]) == (status, answer["X-Request-Id"])
    assert problem["detail"]
    assert problem["title"]
    return problem


def raw(people: People, body: bytes, kind: str = "application/json") -> Any:
    headers = {"Authorization": f"Bearer {token_text(people.editor)}"}
    address = f"/api/v1/projects/{people.project.pk}/assets"
    return Client(raise_request_exception=False).generic("POST", address, body, content_type=kind, headers=headers)


def test_an_unknown_address_is_a_problem(program: Program) -> None:
    for path in ("/nothing", "/projects/999999999999999999999", "/assets/abc", "/"):
        problem_of(program.get(path), 404)


def test_an_unsupported_method_is_a_problem(program: Program) -> None:
    answer = program.ask("DELETE", "/projects")
    problem_of(answer, 405)
    assert answer["Allow"] == "GET"


def test_a_body_that_is_not_json_is_a_problem(people: People) -> None:
    assert "not valid JSON" in problem_of(raw(people, b"{"), 400)["detail"]
    assert "same name twice" in problem_of(raw(people, b'{"name": "a", "name": "b"}'), 400)["detail"]
    assert "NUL" in problem_of(raw(people, b'{"name": "a\\u0000"}'), 400)["detail"]
    problem_of(raw(people, b"name=a", "application/x-www-form-urlencoded"), 415)


def test_a_body_that_is_too_large_is_a_problem(people: People) -> None:
    problem_of(raw(people, b'{"name": "%s"}' % (b"x" * 11 * 1024**2)), 413)


def test_a_query_that_no_database_could_run_is_a_problem(program: Program) -> None:
    problem_of(program.get("/projects?cursor=%00"), 400)
    problem_of(program.get("/projects?cursor=%ff"), 400)


def test_values_that_are_not_valid_are_named_by_field(program: Program, people: People) -> None:
    answer = program.post(f"/projects/{people.project.pk}/assets", {"speakers": 0, "nmae": "Pier"})
    assert set(problem_of(answer, 422)["errors"]) == {"speakers", "nmae"}
    assert set(problem_of(program.get("/projects?limit=0"), 422)["errors"]) == {"limit"}


def test_too_many_requests_of_a_token_are_limited_and_reported_in_headers(people: People, settings: Settings) -> None:
    settings.API_REQUESTS_PER_MINUTE = 2
    program, other = program_of(people.editor), program_of(people.editor)
    with time_machine.travel(timezone.now(), tick=False):  # or a new minute might begin meanwhile
        answers = [program.get("/projects") for _ in range(3)]
    assert [answer["RateLimit-Remaining"] for answer in answers] == ["1", "0", "0"]
    problem_of(answers[2], 429)
    assert 0 < int(answers[2]["Retry-After"]) <= 60
    assert other.get("/projects").status_code == 200


def test_an_error_of_ours_is_a_problem_without_its_traceback(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(representations, "page_of", lambda *given: 1 / 0)
    problem = problem_of(program.get("/projects"), 500)
    assert "division" not in json.dumps(problem)


def test_a_session_does_not_replace_a_token(people: People) -> None:
    problem = problem_of(client_of(people.owner).get("/api/v1/projects"), 401)
    assert "Bearer" in problem["detail"]


def test_the_document_is_open_and_the_page_of_it_has_every_operation(people: People) -> None:
    schema = Client().get("/api/v1/openapi.json").json()
    assert schema["openapi"] == "3.1.0"
    named = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(schema)))
    assert named <= set(schema["components"]["schemas"])
    page = client_of(people.viewer).get("/api/v1/docs").content.decode()
    assert [path for path in schema["paths"] if path not in page] == []
