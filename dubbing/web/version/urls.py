"""Addresses of versions."""

from django.urls import path

from dubbing.web.version import views

urlpatterns = [
    path("versions/<int:pk>/", views.detail, name="version"),
    path("versions/<int:pk>/status/", views.status, name="version-status"),
    path("versions/<int:pk>/revise/", views.revise, name="version-revise"),
]
