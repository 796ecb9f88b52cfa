"""The OpenAPI document as a page, rendered here: the security policy allows no scripts from elsewhere."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dubbing.api.portal_api import api
from dubbing.api.problems import CODES


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Every operation by subject, and every problem."""
    schema = api.get_openapi_schema()
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for address, methods in schema["paths"].items():
        for method, operation in methods.items():
            groups[operation["tags"][-1]].append(
                {
                    "method": method.upper(),
                    "address": address,
                    "summary": operation["summary"],
                    "description": operation.get("description", ""),
                    "parameters": operation.get("parameters", []),
                    "body": _fields(schema, operation),
                }
            )
    problems = [(code, status, title, who) for code, (status, title, who) in CODES.items()]
    context = {"groups": dict(groups), "problems": problems, "portal": settings.PORTAL_URL}
    return render(request, "api/docs.html", context)


def _fields(schema: dict[str, Any], operation: dict[str, Any]) -> list[str]:
    """The names of the fields that the body may have."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    name = str(content.get("$ref", "")).rpartition("/")[2]
    return list(schema["components"]["schemas"].get(name, {}).get("properties", {}))
