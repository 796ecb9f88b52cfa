"""Agents that use the portal's MCP endpoint, for tests."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import User

from dubbing.models import Project
from tests.support.programs import EVERYTHING, Program, token_text

ADDRESS = "/mcp/"
VERSION = "2025-11-25"


class Agent:
    """What sends messages with a token, and no cookies."""

    def __init__(self, token: str = "") -> None:
        self.program = Program(token)

    def post(self, body: str, **headers: str) -> Any:
        """The answer to a body as it is."""
        return self.program.ask_outside("POST", ADDRESS, body, **headers)

    def ask(self, method: str, params: Any = None, *, version: str = VERSION, **headers: str) -> Any:
        """The answer to a request in this protocol version."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method} | ({} if params is None else {"params": params})
        return self.post(json.dumps(body), **{"MCP-Protocol-Version": version, **headers})

    def call(self, tool: str, /, **arguments: Any) -> dict[str, Any]:
        """The result of a tool, which has to succeed."""
        result = self.result(tool, **arguments)
        assert not result["isError"], result
        answer: dict[str, Any] = result["structuredContent"]
        return answer

    def refusal(self, tool: str, /, **arguments: Any) -> dict[str, Any]:
        """The problem that a tool answers, which has to fail."""
        result = self.result(tool, **arguments)
        assert result["isError"], result
        problem: dict[str, Any] = result["structuredContent"]
        return problem

    def result(self, tool: str, /, **arguments: Any) -> dict[str, Any]:
        """The result of a tool; its text has to say the same as its structure."""
        answer = self.ask("tools/call", {"name": tool, "arguments": arguments})
        assert answer.status_code == 200, answer.content
        result: dict[str, Any] = answer.json()["result"]
        assert json.loads(result["content"][0]["text"]) == result["structuredContent"]
        return result


def agent_of(user: User, *, scopes: Iterable[str] = EVERYTHING, project: Project | None = None) -> Agent:
    """An agent with a new token of this person."""
    return Agent(token_text(user, scopes=scopes, project=project))
