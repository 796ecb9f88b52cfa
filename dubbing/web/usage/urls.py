"""Addresses of a project's minutes."""

from django.urls import path

from dubbing.web.usage import views

urlpatterns = [
    path("projects/<int:pk>/usage/", views.month, name="usage"),
    path("projects/<int:pk>/usage.csv", views.as_file, name="usage-file"),
]
