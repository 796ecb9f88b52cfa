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
from dubbing.api.problems import Problem
from dubbing.api.schemas import ProblemOut
from dubbing.api.token_gate import token_of
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


def problem_of(request: HttpRequest, error: Exception) -> Problem:
    """The problem that an error is for a program. Errors of ours are logged."""
    match error:
        case Problem():
            return error
        case Http404():
            return Problem("not-found")
        case HttpError():
            return problems.of_status(error.status_code, getattr(request, "unreadable", "") or str(error))
        case ValidationError():
            return _invalid(error)
        case NotPossible():
            kinds = {NotEnoughMinutes: "not-enough-minutes", PolicyBroken: "policy"}
            return Problem(kinds.get(type(error), "conflict"), str(error))
        case OperationalError():
            log.warning("API request %s: the database did not answer: %s", problems.request_id(request), error)
            return Problem("unavailable", headers={"Retry-After": "5"})
        case _:
            log.error("API request %s failed", problems.request_id(request), exc_info=error)
            return Problem("internal-error")


def _invalid(error: ValidationError) -> Problem:
    errors: dict[str, list[str]] = {}
    for problem in error.errors:
        place = [str(part) for part in problem["loc"] if part not in _NOT_NAMED]
        errors.setdefault(".".join(place) or "body", []).append(str(problem["msg"]))
    return Problem("invalid", "See “errors” for each field.", errors=errors)


# ninja has handlers of its own for some of these.
@api.exception_handler(Http404)
@api.exception_handler(HttpError)
@api.exception_handler(ValidationError)
@api.exception_handler(Exception)
def _answer_problem(request: HttpRequest, error: Exception) -> HttpResponse:
    return problems.answer(request, problem_of(request, error))
