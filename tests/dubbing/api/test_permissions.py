"""Who may do what through the API: every operation, asked for with every kind of token."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from dubbing.api.portal_api import api
from dubbing.api.urls import urlpatterns
from dubbing.models import ApiToken
from tests.support import rows
from tests.support.people import People
from tests.support.programs import EVERYTHING, Program, program_of

pytestmark = pytest.mark.django_db

EVERYBODY = ("owner", "editor", "viewer", "outsider")
MEMBERS = ("owner", "editor", "viewer")
EDITORS = ("owner", "editor")
OWNER = ("owner",)


@dataclass(frozen=True)
class Rule:
    """``may``: whose tokens are let in. Viewers of a project get 403, whoever is not in it 404."""

    name: str
    method: str
    path: str
    may: tuple[str, ...]
    scope: str = "read"
    body: Any = None
    key: bool = False

    def __str__(self) -> str:
        return self.name


RULES = [
    Rule("list_projects", "GET", "/projects", EVERYBODY),
    Rule("read_project", "GET", "/projects/{project}", MEMBERS),
    Rule("read_minutes", "GET", "/projects/{project}/minutes", MEMBERS),
    Rule("list_offered_languages", "GET", "/projects/{project}/languages", MEMBERS),
    Rule("list_reviews", "GET", "/projects/{project}/reviews", MEMBERS),
    Rule("list_assets", "GET", "/projects/{project}/assets", MEMBERS),
    Rule("create_asset", "POST", "/projects/{project}/assets", EDITORS, "write", {"name": "Pier"}),
    Rule("read_asset", "GET", "/assets/{asset}", MEMBERS),
    Rule("change_asset", "PATCH", "/assets/{asset}", EDITORS, "write", {"tags": ["sea"]}),
    Rule("change_draft", "PATCH", "/assets/{refused}/draft", EDITORS, "write", {"name": "Quay"}),
    Rule("quote_asset", "GET", "/assets/{refused}/quote", EDITORS),
    Rule("submit_asset", "POST", "/assets/{refused}/submit", EDITORS, "submit", {}, key=True),
    Rule("add_languages", "POST", "/assets/{asset}/languages", EDITORS, "submit",
         {"languages": [{"language": "fr-FR"}]}, key=True),
    Rule("resend_asset", "POST", "/assets/{asset}/resend", EDITORS, "submit", {}, key=True),
    Rule("list_comments", "GET", "/assets/{asset}/comments", MEMBERS),
    Rule("download_result", "GET", "/results/{result}/file", MEMBERS),
    Rule("head_result", "HEAD", "/results/{result}/file", MEMBERS),
    Rule("read_srt", "GET", "/languages/{dubbing}/subtitles.srt", MEMBERS),
    Rule("read_vtt", "GET", "/languages/{dubbing}/subtitles.vtt", MEMBERS),
    Rule("read_upload", "GET", "/uploads/{upload}", OWNER),
]  # fmt: skip


@pytest.fixture
def ids(people: People) -> dict[str, Any]:
    result = rows.make_done(people.project, people.owner)
    return {
        "project": people.project.pk,
        "asset": result.version.dubbing.asset_id,
        "refused": rows.make_asset(people.project, people.owner, status="refused").pk,
        "result": result.pk,
        "dubbing": result.version.dubbing_id,
        "upload": rows.make_upload(people.owner).pk,
    }


def ask(program: Program, rule: Rule, ids: dict[str, Any]) -> Any:
    headers = {"Idempotency-Key": "one"} if rule.key else {}
    answer = program.ask(rule.method, rule.path.format(**ids), rule.body, **headers)
    if answer.streaming:
        list(answer)
    return answer


def operations() -> Iterator[str]:
    for router in api._get_bound_routers():
        for view in router.path_operations.values():
            yield from (operation.view_func.__name__ for operation in view.operations)


def test_every_operation_has_a_rule() -> None:
    assert sorted(operations()) == sorted(rule.name for rule in RULES)


def test_every_address_except_the_documents_requires_a_token() -> None:
    open_ones = [pattern.name for pattern in urlpatterns if not hasattr(pattern.callback, "takes_tokens_only")]
    assert open_ones == ["api-openapi", "api-docs", None, None]


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_tokens_get_what_their_persons_role_allows(rule: Rule, people: People, ids: dict[str, Any]) -> None:
    everybody = people.everybody()
    for role in sorted(EVERYBODY, key=lambda role: role in rule.may):
        status = ask(program_of(everybody[role]), rule, ids).status_code  # type: ignore[arg-type]
        refused = 403 if role == "viewer" and rule.may == EDITORS else 404
        assert status < 500, (role, status)
        assert (status == refused) == (role not in rule.may), (role, status)


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_without_a_valid_token_there_is_only_a_problem(rule: Rule, people: People, ids: dict[str, Any]) -> None:
    over = program_of(people.owner)
    ApiToken.objects.all().revoke(None)
    for program in (Program(), Program("nonsense"), over):
        answer = ask(program, rule, ids)
        assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.scope != "read"], ids=str)
def test_a_token_without_the_scope_changes_nothing(rule: Rule, people: People, ids: dict[str, Any]) -> None:
    scopes = [scope for scope in EVERYTHING if scope != rule.scope]
    answer = ask(program_of(people.owner, scopes=scopes), rule, ids)
    assert (answer.status_code, rule.scope in answer.json()["detail"]) == (403, True)


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_a_token_of_another_project_gets_404(rule: Rule, people: People, ids: dict[str, Any]) -> None:
    other = rows.make_project("Lighthouse", owner=people.owner)
    status = ask(program_of(people.owner, project=other), rule, ids).status_code
    assert status == (200 if rule.name in {"list_projects", "read_upload"} else 404)
