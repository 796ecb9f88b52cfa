"""One JSON-RPC message in, one answer out. The endpoint keeps no sessions and streams nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from mcp_types import (
    DEFAULT_NEGOTIATED_VERSION,
    HEADER_MISMATCH,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    PARSE_ERROR,
    PROTOCOL_VERSION_META_KEY,
    SERVER_INFO_META_KEY,
    UNSUPPORTED_PROTOCOL_VERSION,
    DiscoverResult,
    EmptyResult,
    ErrorData,
    Implementation,
    InitializeResult,
    JSONRPCError,
    JSONRPCNotification,
    JSONRPCRequest,
    JSONRPCResponse,
    ListToolsResult,
    Result,
    ServerCapabilities,
    ToolsCapability,
    methods,
)
from mcp_types.version import (
    HANDSHAKE_PROTOCOL_VERSIONS,
    KNOWN_PROTOCOL_VERSIONS,
    LATEST_HANDSHAKE_VERSION,
    MODERN_PROTOCOL_VERSIONS,
)
from pydantic import ValidationError

from dubbing.api import problems
from dubbing.api.mcp import tools
from dubbing.api.problems import Explained, Problem
from portal.input_gate import json_of

INSTRUCTIONS = (
    "A portal where teams dub video. Create a draft, get a quote, show it to the person you work for, submit the draft "
    "with the confirmation of the quote, and read the video until it is completed. Paid tools use minutes."
)
_SERVER = Implementation(name="dubbing-portal", title="Dubbing Portal", version="1")
_CAPABILITIES = ServerCapabilities(tools=ToolsCapability())


class Refused(Exception):
    """A message that the protocol does not allow."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.error = ErrorData(code=code, message=message, data=data)


def answer(request: HttpRequest) -> HttpResponse:
    """Answer one message. Pages of other sites are refused, as the protocol demands: their names may lead here."""
    own = "{0.scheme}://{0.netloc}".format(urlsplit(settings.PORTAL_URL))
    if request.headers.get("Origin", own) != own:
        return problems.answer(request, Problem("not-allowed", "Pages of other sites may not call this address."))
    call = None
    try:
        message = _message(request)
        if isinstance(message, JSONRPCNotification):
            return HttpResponse(status=202)
        call = message
        return _written(JSONRPCResponse(jsonrpc="2.0", id=call.id, result=_result_of(request, call)))
    except Refused as refused:
        failure = JSONRPCError(jsonrpc="2.0", id=call.id if call else None, error=refused.error)
        return _written(failure, _status(refused.error.code, _version(request)))


def _message(request: HttpRequest) -> JSONRPCRequest | JSONRPCNotification:
    try:
        body = json_of(request)
    except BadRequest as error:
        raise Refused(PARSE_ERROR, str(error)) from None
    version = _version(request)
    if version not in KNOWN_PROTOCOL_VERSIONS:
        known = {"supported": list(KNOWN_PROTOCOL_VERSIONS), "requested": version}
        raise Refused(UNSUPPORTED_PROTOCOL_VERSION, "This protocol version is not supported.", known)
    try:
        is_request = isinstance(body, dict) and "id" in body
        return (JSONRPCRequest if is_request else JSONRPCNotification).model_validate(body)
    except ValidationError:
        raise Refused(INVALID_REQUEST, "Send one JSON-RPC request or notification, and no batch.") from None


def _result_of(request: HttpRequest, call: JSONRPCRequest) -> dict[str, Any]:
    params = call.params or {}
    version = _version(request)
    if call.method not in _METHODS or (call.method, version) not in methods.CLIENT_REQUESTS:
        raise Refused(METHOD_NOT_FOUND, "This server does not have this method.")
    try:
        methods.validate_client_request(call.method, version, call.params)
    except ValidationError as error:
        places = {".".join(map(str, problem["loc"])) for problem in error.errors()}
        raise Refused(INVALID_PARAMS, f"These parameters are missing or wrong: {', '.join(sorted(places))}.") from None
    if version in MODERN_PROTOCOL_VERSIONS:
        _check_headers(request, call.method, params)
    result = _METHODS[call.method](request, params).model_dump(mode="json", by_alias=True, exclude_none=True)
    return methods.serialize_server_result(call.method, version, result)


def _version(request: HttpRequest) -> str:
    return request.headers.get("MCP-Protocol-Version", DEFAULT_NEGOTIATED_VERSION)


def _check_headers(request: HttpRequest, method: str, params: dict[str, Any]) -> None:
    """What routers on the way read in headers has to be what is carried out."""
    expected = {"MCP-Protocol-Version": params["_meta"][PROTOCOL_VERSION_META_KEY], "Mcp-Method": method}
    expected |= {"Mcp-Name": params["name"]} if method == "tools/call" else {}
    wrong = [name for name, value in expected.items() if request.headers.get(name) != value]
    if wrong:
        raise Refused(HEADER_MISMATCH, f"These headers do not match the message: {', '.join(wrong)}.")


def _status(code: int, version: str) -> int:
    # To clients of older versions, 404 means that their session has ended.
    if version not in MODERN_PROTOCOL_VERSIONS and code in {METHOD_NOT_FOUND, INVALID_PARAMS}:
        return 200
    return 404 if code == METHOD_NOT_FOUND else 400


def _initialize(request: HttpRequest, params: dict[str, Any]) -> Result:
    wanted = params["protocolVersion"]
    version = wanted if wanted in HANDSHAKE_PROTOCOL_VERSIONS else LATEST_HANDSHAKE_VERSION
    return InitializeResult(
        protocol_version=version, capabilities=_CAPABILITIES, server_info=_SERVER, instructions=INSTRUCTIONS
    )


def _discover(request: HttpRequest, params: dict[str, Any]) -> Result:
    versions = list(KNOWN_PROTOCOL_VERSIONS)
    server = {SERVER_INFO_META_KEY: _SERVER.model_dump(by_alias=True, exclude_none=True)}
    return DiscoverResult(
        supported_versions=versions, capabilities=_CAPABILITIES, instructions=INSTRUCTIONS, _meta=server
    )


def _list_tools(request: HttpRequest, params: dict[str, Any]) -> Result:
    return ListToolsResult(tools=tools.listed())


def _call_tool(request: HttpRequest, params: dict[str, Any]) -> Result:
    if params["name"] not in tools.TOOLS:
        raise Refused(INVALID_PARAMS, f"There is no tool “{params['name']}”. List the tools.")
    return tools.call(request, params["name"], params.get("arguments") or {})


_METHODS: dict[str, Callable[[HttpRequest, dict[str, Any]], Result]] = {
    "initialize": _initialize,
    "ping": lambda request, params: EmptyResult(),
    "server/discover": _discover,
    "tools/list": _list_tools,
    "tools/call": _call_tool,
}


def _written(message: JSONRPCResponse | JSONRPCError, status: int = 200) -> HttpResponse:
    # An error says that it knows no id; everything else that is none is left out.
    body = {"id": message.id} | message.model_dump(mode="json", by_alias=True, exclude_none=True)
    return Explained(json.dumps(body), status=status, content_type="application/json")
