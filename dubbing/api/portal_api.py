"""The API object: how errors are answered, how JSON is read, and how its OpenAPI document is written."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import BadRequest
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation
from ninja.parser import Parser
from ninja.security import HttpBearer

from dubbing.api import problems
from dubbing.api.middleware import token_of
from dubbing.api.problems import Problem
from dubbing.api.schemas import ProblemOut
from dubbing.models import ApiToken
from dubbing.platform.errors import NotEnoughMinutes, NotPossible, PolicyBroken
from portal.input_gate import json_of

log = logging.getLogger(__name__)

REFUSALS = (400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503)
"""The error statuses that any address may answer with."""
_NOT_NAMED = {"body", "query", "path", "header", "given", "paging", "filters"}
"""Locations of values and names of our parameters, which mean nothing to programs."""
DESCRIPTION = """
Everything you can do on the pages, for programs. Send a token with each request: `Authorization: Bearer dub_pat_…`.
People create tokens on their account page; project owners create them in the project’s settings.

**To dub a video**, upload a file (see below) or use a public https link, create the video from it
(`POST /projects/{id}/assets`), ask for a quote, submit the video with an `Idempotency-Key` header, read it until it is
done, and download the final videos.

**Uploads** use [tus 1.0.0](https://tus.io/protocols/resumable-upload) at `/uploads/`, with the same token (scope
`write`). `Upload-Metadata` takes `filename` and `kind` (`video` or `background`), each Base64-encoded. The file is
checked once all of it has arrived: read `GET /uploads/{id}` until its status is `complete`.

**Paid requests** need an `Idempotency-Key` header with a value that you choose. For seven days, repeating a request
with the same key returns the first answer and does nothing else. A different request with the same key is refused.

**Lists** return `next_cursor`: pass it as `cursor` to get the next page. **Errors** are `application/problem+json`
(RFC 9457). Send `If-None-Match` with an `ETag` to skip what has not changed. Each token has a limit of requests per
minute: `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` show where you stand, and `Retry-After` says when
to try again.
""".strip()


class _Json(Parser):
    """JSON as the pages read it: UTF-8, unambiguous, without text that a database cannot store."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The JSON in the body."""
        try:
            return json_of(request)
        except BadRequest as problem:
            request.unreadable = str(problem)  # type: ignore[attr-defined]  # ninja keeps no reason
            raise


class Token(HttpBearer):
    """A token of the portal. TokenGate has recognised it before the body was read."""

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken:
        """The token; no request without one gets this far."""
        return token_of(request)


class PortalAPI(NinjaAPI):
    """Names operations after their functions, and adds problem documents to the schema."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """The function's name, after which generated clients name their methods."""
        return operation.view_func.__name__

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """The document, with the refusals that any address may answer."""
        schema = super().get_openapi_schema(path_prefix="/api/v1/", path_params=path_params)
        components: dict[str, Any] = schema["components"]
        reference = {"$ref": "#/components/schemas/ProblemOut"}
        content = {problems.CONTENT_TYPE: {"schema": reference}}
        components["schemas"]["ProblemOut"] = ProblemOut.model_json_schema()
        components["responses"] = {"Problem": {"description": "What went wrong", "content": content}}
        for operations in schema["paths"].values():
            for operation in operations.values():
                refusals = {str(status): {"$ref": "#/components/responses/Problem"} for status in REFUSALS}
                answers = {str(status): answer for status, answer in operation["responses"].items()}
                operation["responses"] = {**refusals, **answers}
        return schema


api = PortalAPI(
    title="Dubbing Portal",
    version="1",
    description=DESCRIPTION,
    auth=Token(),
    parser=_Json(),
    docs_url=None,
    openapi_url=None,
    urls_namespace="api",
)


@api.exception_handler(Problem)
def _problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    return problems.answer(request, problem)


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return problems.answer(request, Problem("not-found"))


@api.exception_handler(HttpError)
def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    detail = getattr(request, "unreadable", "") or str(error)
    return problems.answer(request, problems.of_status(error.status_code, detail))


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    errors: dict[str, list[str]] = {}
    for found in error.errors:
        place = [str(part) for part in found["loc"] if part not in _NOT_NAMED]
        errors.setdefault(".".join(place) or "body", []).append(str(found["msg"]))
    return problems.answer(request, Problem("invalid", "See “errors” for each field.", errors=errors))


@api.exception_handler(NotPossible)
def _not_possible(request: HttpRequest, error: NotPossible) -> HttpResponse:
    kinds = {NotEnoughMinutes: "not-enough-minutes", PolicyBroken: "policy"}
    return problems.answer(request, Problem(kinds.get(type(error), "conflict"), str(error)))


@api.exception_handler(OperationalError)
def _database_down(request: HttpRequest, error: OperationalError) -> HttpResponse:
    log.warning("API request %s: the database did not answer: %s", problems.request_id(request), error)
    return problems.answer(request, Problem("unavailable", headers={"Retry-After": "5"}))


@api.exception_handler(Exception)
def _failed(request: HttpRequest, error: Exception) -> HttpResponse:
    log.error("API request %s failed", problems.request_id(request), exc_info=error)
    return problems.answer(request, Problem("internal-error"))
