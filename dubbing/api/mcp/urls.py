"""The one address of the endpoint."""

from __future__ import annotations

from django.urls import path

from dubbing.api.mcp import views

urlpatterns = [path("mcp/", views.receive, name="mcp")]
