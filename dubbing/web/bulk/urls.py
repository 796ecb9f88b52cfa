"""Addresses of bulk actions."""

from django.urls import path

from dubbing.web.bulk import views

urlpatterns = [
    path("bulk/", views.start, name="bulk-start"),
    path("bulk/<int:pk>/", views.detail, name="bulk"),
    path("bulk/<int:pk>/undo/", views.undo, name="bulk-undo"),
]
