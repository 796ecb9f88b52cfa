"""Programs that use the portal by a token, for tests."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from dubbing.accounts import tokens
from dubbing.models import ApiToken, Project
from dubbing.webhooks import endpoints
from tests.support.people import People

EVERYTHING = tuple(ApiToken.Scope.values)
ROOT = "/api/v1"


def make_token(user: User, *, scopes: Iterable[str] = EVERYTHING, project: Project | None = None) -> ApiToken:
    """A token of this person; its text is not known."""
    return tokens.create(user, "Renderer", scopes, 30, project=project)[0]


def token_text(user: User, *, scopes: Iterable[str] = EVERYTHING, project: Project | None = None) -> str:
    """The text of a new token of this person."""
    return tokens.create(user, "Renderer", scopes, 30, project=project)[1]


def webhook_ids(people: People) -> dict[str, int]:
    """A webhook of the project with a message, by the names of the rows."""
    webhook = endpoints.create(people.project, "https://hooks.example.com/", ["video.status"], people.owner)
    return {"webhook": webhook.pk, "message": endpoints.send_test(webhook).pk}


class Program:
    """What sends requests with a token, and no cookies. ``headers``: sent with each."""

    def __init__(self, token: str = "", **headers: str) -> None:
        self.client = Client(raise_request_exception=False)
        self.headers = ({"Authorization": f"Bearer {token}"} if token else {}) | headers

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The answer to a request for a path below the root of the API."""
        return self.ask_outside(method, ROOT + path, "" if body is None else json.dumps(body), **headers)

    def ask_outside(self, method: str, address: str, body: str = "", **headers: str) -> Any:
        """The answer to a request for any address."""
        kind = "application/json"
        return self.client.generic(method, address, body, content_type=kind, headers=self.headers | headers)

    def get(self, path: str, **headers: str) -> Any:
        """The answer to GET."""
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """The answer to POST of JSON."""
        return self.ask("POST", path, {} if body is None else body, **headers)


def program_of(user: User, *, scopes: Iterable[str] = EVERYTHING, project: Project | None = None) -> Program:
    """A program with a new token of this person."""
    return Program(token_text(user, scopes=scopes, project=project))
