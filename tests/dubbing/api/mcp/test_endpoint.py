"""The MCP endpoint keeps to the protocol, whatever is sent to it, and lets in what the API lets in."""

from __future__ import annotations

import json
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from mcp_types import JSONRPCError, methods
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS
from pytest_django import Settings

from dubbing.api.mcp import tools
from dubbing.models import ApiToken
from tests.support.agents import ADDRESS, Agent, agent_of
from tests.support.people import People, client_of

pytestmark = pytest.mark.django_db
MODERN = "2026-07-28"
META = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
}
HELLO = {"capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}


@pytest.fixture
def agent(people: People) -> Agent:
    return agent_of(people.editor)


def error_of(answer: Any, status: int) -> tuple[int, Any]:
    """The code and the id of an error of the protocol."""
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/json"), answer.content
    body = answer.json()
    assert "id" in body
    return JSONRPCError.model_validate(body).error.code, body["id"]


def problem_of(answer: Any, status: int) -> dict[str, Any]:
    """The problem document of a request that is refused before the protocol begins."""
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), answer.content
    problem: dict[str, Any] = answer.json()
    return problem


@pytest.mark.parametrize("version", HANDSHAKE_PROTOCOL_VERSIONS)
def test_a_handshake_has_the_version_that_the_client_wants(agent: Agent, version: str) -> None:
    answer = agent.ask("initialize", {"protocolVersion": version, **HELLO}).json()["result"]
    assert answer["protocolVersion"] == version
    assert "tools" in answer["capabilities"]
    assert agent.ask("ping", version=version).json()["result"] == {}
    listed = agent.ask("tools/list", version=version).json()["result"]
    methods.parse_server_result("tools/list", version, listed)
    assert {tool["name"] for tool in listed["tools"]} == set(tools.TOOLS)


def test_a_handshake_for_an_unknown_version_offers_the_newest_one(agent: Agent) -> None:
    answer = agent.ask("initialize", {"protocolVersion": "1999-01-01", **HELLO}).json()["result"]
    assert answer["protocolVersion"] == HANDSHAKE_PROTOCOL_VERSIONS[-1]


def test_without_a_version_the_first_one_with_this_transport_is_assumed(agent: Agent) -> None:
    answer = agent.post('{"jsonrpc": "2.0", "id": "a", "method": "tools/list"}')
    assert (answer.status_code, answer.json()["id"]) == (200, "a")


def test_an_unknown_version_is_refused_with_those_that_are_known(agent: Agent) -> None:
    answer = agent.ask("tools/list", version="1999-01-01")
    assert error_of(answer, 400) == (-32022, None)
    assert MODERN in answer.json()["error"]["data"]["supported"]


def test_a_stateless_request_discovers_and_lists_without_a_handshake(agent: Agent) -> None:
    for method in ("server/discover", "tools/list"):
        answer = agent.ask(method, {"_meta": META}, version=MODERN, **{"Mcp-Method": method})
        assert answer.status_code == 200, answer.content
        methods.parse_server_result(method, MODERN, answer.json()["result"])


@pytest.mark.parametrize("wrong", ["Mcp-Method", "Mcp-Name", "MCP-Protocol-Version"])
def test_a_header_that_differs_from_the_message_is_refused(agent: Agent, wrong: str) -> None:
    other = {"io.modelcontextprotocol/protocolVersion": "2025-11-25"} if wrong == "MCP-Protocol-Version" else {}
    headers = {"Mcp-Method": "tools/call", "Mcp-Name": "list_projects"}
    headers |= {wrong: "submit_video"} if wrong in headers else {}
    params = {"name": "list_projects", "_meta": META | other}
    assert error_of(agent.ask("tools/call", params, version=MODERN, **headers), 400) == (-32020, 1)


def test_an_unknown_method_is_refused(agent: Agent) -> None:
    for method in ("resources/list", "tools/lists", "", "__class__"):
        assert error_of(agent.ask(method), 200) == (-32601, 1)
    assert error_of(agent.ask("initialize", {"_meta": META}, version=MODERN), 404) == (-32601, 1)


def test_parameters_that_are_missing_or_wrong_are_refused(agent: Agent) -> None:
    for params in ({}, {"name": 1}, {"name": "list_projects", "arguments": []}, {"name": "list_everything"}):
        assert error_of(agent.ask("tools/call", params), 200) == (-32602, 1)
    assert error_of(agent.ask("tools/list", {}, version=MODERN, **{"Mcp-Method": "tools/list"}), 400) == (-32602, 1)


def test_a_notification_is_taken_without_an_answer(agent: Agent) -> None:
    answer = agent.post('{"jsonrpc": "2.0", "method": "notifications/initialized"}')
    assert (answer.status_code, answer.content) == (202, b"")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ('[{"jsonrpc": "2.0", "id": 1, "method": "ping"}]', -32600), ("[]", -32600), ("null", -32600), ("{}", -32600),
        ('{"jsonrpc": "2.0", "id": 1, "result": {}}', -32600), ('{"jsonrpc": "1.0", "id": 1, "method": "a"}', -32600),
        ('{"jsonrpc": "2.0", "id": null, "method": "ping"}', -32600),
        ('{"jsonrpc": "2.0", "id": [], "method": "ping"}', -32600),
        ("", -32700), ("{", -32700), ('{"id": 1, "id": 2}', -32700), ("[" * 100_000, -32700), ('{"a": NaN}', -32700),
        ('{"jsonrpc": "2.0", "id": 1, "method": "\\u0000"}', -32700), ('{"method": "\\ud800"}', -32700),
    ],
)  # fmt: skip
def test_what_is_no_single_message_is_refused(agent: Agent, body: str, code: int) -> None:
    assert error_of(agent.post(body), 400) == (code, None)


def test_a_body_that_is_too_large_or_no_json_is_refused_before_it_is_read(agent: Agent) -> None:
    problem_of(agent.post('{"a": "%s"}' % ("x" * 10 * 1024**2)), 413)
    form = agent.program.client.post(ADDRESS, {"name": "a"}, headers=agent.program.headers)
    problem_of(form, 415)


def test_there_is_nothing_to_stream_and_no_session_to_end(agent: Agent) -> None:
    for method in ("GET", "DELETE", "PUT"):
        answer = agent.program.ask_outside(method, ADDRESS)
        problem_of(answer, 405)
        assert answer["Allow"] == "POST"


def test_pages_of_other_sites_are_refused(agent: Agent, settings: Settings) -> None:
    for origin in ("https://elsewhere.example.com", "null", "", f"{settings.PORTAL_URL}.example.com"):
        problem_of(agent.ask("ping", Origin=origin), 403)
    assert agent.ask("ping", Origin=settings.PORTAL_URL).status_code == 200


def test_without_a_valid_token_there_is_only_a_problem(people: People) -> None:
    revoked = agent_of(people.owner)
    ApiToken.objects.all().revoke(None)
    expired = agent_of(people.owner)
    ApiToken.objects.live().update(expires_at="2020-01-01T00:00Z")
    for agent in (Agent(), Agent("nonsense"), revoked, expired):
        answer = agent.ask("tools/list")
        problem_of(answer, 401)
        assert answer["WWW-Authenticate"].startswith("Bearer")
    problem_of(client_of(people.owner).post(ADDRESS, {}, "application/json"), 401)


def test_it_takes_no_csrf_token(people: People, agent: Agent) -> None:
    client = Client(enforce_csrf_checks=True)
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "ping"})
    assert client.post(ADDRESS, body, "application/json", headers=agent.program.headers).status_code == 200


def test_messages_count_as_requests_of_the_token(people: People, settings: Settings) -> None:
    settings.API_REQUESTS_PER_MINUTE = 2
    agent = agent_of(people.editor)
    with time_machine.travel(timezone.now(), tick=False):  # or a new minute might begin meanwhile
        agent.program.get("/projects")
        assert agent.ask("ping")["RateLimit-Remaining"] == "0"
        answer = agent.ask("ping")
    problem_of(answer, 429)
    assert 0 < int(answer["Retry-After"]) <= 60
