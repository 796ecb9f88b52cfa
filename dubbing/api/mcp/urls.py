"""The one address of the endpoint."""

from __future__ import annotations

from django.urls import path

from dubbing.api.mcp import endpoint

urlpatterns = [path("mcp/", endpoint.receive, name="mcp")]
