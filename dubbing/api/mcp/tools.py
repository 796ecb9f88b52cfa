"""The tools: operations of the API under names and with arguments that agents understand."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from typing import Annotated, Any, Literal

from django.conf import settings
from django.http import HttpRequest
from mcp_types import CallToolResult, TextContent, ToolAnnotations
from mcp_types import Tool as ListedTool
from ninja import Schema
from ninja.errors import ValidationError
from pydantic import ConfigDict, Field
from pydantic import ValidationError as NotValid
from pydantic_core import to_json

from dubbing.api import assets, problems, projects
from dubbing.api.caller import Caller, Scope, caller
from dubbing.api.mcp import confirmations
from dubbing.api.paging import Paging
from dubbing.api.paid import DraftRequest, LanguagesRequest, PaidRequest, ResendRequest
from dubbing.api.portal_api import problem_of
from dubbing.api.schemas import AssetIn, DraftIn, Given, LanguageIn, LanguagesIn, QuoteOut, ResultOut
from dubbing.audit import requests
from dubbing.platform import log_scope

Id = Annotated[int, Field(ge=1, lt=2**63)]
_STRICT = ConfigDict(extra="forbid")


class ProjectPage(Paging):
    """Where to continue."""

    model_config = _STRICT


class VideoSearch(assets.AssetFilters):
    """A project, and filters of its videos."""

    model_config = _STRICT
    project_id: Id


class Video(Given):
    """A video."""

    asset_id: Id


class NewDraft(AssetIn):
    """A new video."""

    project_id: Id


class DraftChange(DraftIn):
    """Changes to a draft."""

    asset_id: Id


class QuoteFor(Video):
    """A paid tool, and what it will be called with."""

    tool: Literal["submit_video", "add_languages", "resend_languages"] = Field(description="The tool to call next.")
    languages: list[LanguageIn] = Field(default_factory=list, max_length=6, description="For add_languages.")


class Confirmed(Video):
    """A video, and the confirmation of a quote."""

    confirmation: str = Field(max_length=1000, description="From get_quote.")


class ConfirmedLanguages(Confirmed, LanguagesIn):
    """Languages to add, as they were quoted."""


class ConfirmableQuote(QuoteOut):
    """A quote, and what confirms it."""

    confirmation: str | None = Field(description="For the paid tool; null if something prevents sending.")
    confirm_until: datetime | None


class ResultFile(ResultOut):
    """A final video, and where its subtitles are, if it has any."""

    language: str
    subtitles: str


class Results(Schema):
    """The newest final video of each language."""

    results: list[ResultFile]


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool. ``operation``: method and name of the operation that it stands for in the audit log, if it changes
    something; ``key``: the argument in that address.
    """

    title: str
    description: str
    arguments: type[Schema]
    call: Callable[[HttpRequest, Any], Any]
    operation: tuple[str, str] | None = None
    key: str = "asset_id"


def quote(request: HttpRequest, given: QuoteFor) -> ConfirmableQuote:
    """The quote, with a confirmation if it can be sent."""
    called = caller(request)
    paid = _paid(called, given.tool, given, sends=False)
    quoted = paid.quote()
    confirmation = confirmations.of_request(paid, called, given.tool) if quoted.valid else None
    until = datetime.fromtimestamp(confirmation.until, UTC) if confirmation else None
    text = str(confirmation) if confirmation else None
    return ConfirmableQuote(**quoted.model_dump(), confirmation=text, confirm_until=until)


def send(tool: str, request: HttpRequest, given: Confirmed) -> dict[str, Any]:
    """Send what was quoted for this tool."""
    called = caller(request, Scope.SUBMIT)
    paid = _paid(called, tool, given, sends=True)
    return confirmations.send_once(given.confirmation, called, tool, paid)


def _paid(called: Caller, tool: str, given: Any, *, sends: bool) -> PaidRequest:
    asset = called.editable_asset(given.asset_id)
    if tool == "submit_video":
        return DraftRequest(called, asset, checks_links=sends)
    if tool == "add_languages":
        return LanguagesRequest(called, asset, given.languages)
    return ResendRequest(called, asset)


def list_results(request: HttpRequest, given: Video) -> Results:
    """The final videos with their addresses."""
    languages = assets.read_asset(request, given.asset_id).languages
    made = [(language, language.result) for language in languages if language.result]
    address = f"{settings.PORTAL_URL}/api/v1/languages"
    files = [
        ResultFile(
            **result.model_dump(), language=language.language, subtitles=f"{address}/{language.id}/subtitles.srt"
        )
        for language, result in made
    ]
    return Results(results=files)


TOOLS = {
    "list_projects": Tool(
        "List projects", "The projects that the token gives access to, oldest first.", ProjectPage,
        projects.list_projects,
    ),
    "find_videos": Tool(
        "Find videos", "A project’s videos, filtered and searched, the newest first.", VideoSearch,
        lambda request, given: assets.list_assets(request, given.project_id, given),
    ),
    "get_video": Tool(
        "Read a video", "One video with the status, problems and final video of each language, and its page.", Video,
        lambda request, given: assets.read_asset(request, given.asset_id),
    ),
    "list_results": Tool(
        "List final videos", "The newest final video of each language, and addresses to download it and its subtitles "
        "(404 if it has none). Downloads need the same token.", Video, list_results,
    ),
    "create_draft": Tool(
        "Create a draft", "A new video with everything that is known so far. Nothing is sent or paid for.", NewDraft,
        lambda request, given: assets.create_asset(request, given.project_id, given).value,
        ("POST", "list_assets"), "project_id",
    ),
    "change_draft": Tool(
        "Change a draft", "Fields that are left out stay; null clears a field.", DraftChange,
        lambda request, given: assets.change_draft(request, given.asset_id, given), ("PATCH", "change_draft"),
    ),
    "get_quote": Tool(
        "Quote a paid request", "What a paid tool would use, what prevents it, and the confirmation that the tool "
        "needs. It is valid for 15 minutes and for exactly this. First show the quote to the person you work for.",
        QuoteFor, quote,
    ),
    "submit_video": Tool(
        "Submit a draft (paid)", "Sends the draft to the provider, or to an owner for approval. Uses minutes.",
        Confirmed, partial(send, "submit_video"), ("POST", "submit_asset"),
    ),
    "add_languages": Tool(
        "Add languages (paid)", "Requests more languages of a video that the provider has. Uses minutes.",
        ConfirmedLanguages, partial(send, "add_languages"), ("POST", "add_languages"),
    ),
    "resend_languages": Tool(
        "Send failed languages again (paid)", "Sends every failed language of a video again. Uses minutes.", Confirmed,
        partial(send, "resend_languages"), ("POST", "resend_asset"),
    ),
}  # fmt: skip
"""By name."""


@cache
def listed() -> list[ListedTool]:
    """The tools as the protocol describes them."""
    return [
        ListedTool(
            name=name, title=tool.title, description=tool.description, input_schema=tool.arguments.model_json_schema(),
            annotations=ToolAnnotations(
                read_only_hint=tool.operation is None, destructive_hint=False, open_world_hint=False,
                idempotent_hint=name != "create_draft",
            ),
        )
        for name, tool in TOOLS.items()
    ]  # fmt: skip


def call(request: HttpRequest, name: str, arguments: dict[str, Any]) -> CallToolResult:
    """What the tool answers. Its refusals are results too, with the problem that the API would answer."""
    tool = TOOLS[name]
    try:
        given = _read(tool.arguments, arguments)
        with _recorded(tool, given):
            answer = tool.call(request, given)
    except Exception as error:  # as in the API, where ninja catches them
        problem = problem_of(request, error)
        document = problems.document(problem, problems.request_id(request))
        if wait := problem.headers.get("Retry-After"):
            document["retry_after_seconds"] = int(wait)
        return _result(document, is_error=True)
    return _result(answer if isinstance(answer, dict) else answer.model_dump(mode="json"))


def _recorded(tool: Tool, given: Any) -> AbstractContextManager[None]:
    log_scope.note(asset=getattr(given, "asset_id", None))
    return (
        requests.stand_for(*tool.operation, {tool.key: getattr(given, tool.key)}) if tool.operation else nullcontext()
    )


def _read(arguments: type[Schema], given: dict[str, Any]) -> Schema:
    try:
        return arguments.model_validate(given)
    except NotValid as error:
        raise ValidationError(error.errors(include_url=False, include_context=False, include_input=False)) from None  # type: ignore[arg-type]


def _result(answer: dict[str, Any], *, is_error: bool = False) -> CallToolResult:
    """Structured for programs, and the same as text for models that read only that."""
    text = to_json(answer).decode()
    return CallToolResult(content=[TextContent(text=text)], structured_content=answer, is_error=is_error)
