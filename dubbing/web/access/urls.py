"""Addresses of tokens: a person's own, and those of a project."""

from django.urls import path

from dubbing.web.access import token_views, webhook_views

urlpatterns = [
    path("account/tokens/", token_views.personal, name="tokens"),
    path("projects/<int:pk>/access/", token_views.of_project, name="project-access"),
    path("tokens/<int:pk>/revoke/", token_views.revoke, name="token-revoke"),
    path("projects/<int:pk>/webhooks/", webhook_views.index, name="webhooks"),
    path("webhooks/<int:pk>/", webhook_views.detail, name="webhook"),
    path("webhooks/<int:pk>/messages/<int:message_pk>/again/", webhook_views.send_again, name="webhook-again"),
]
