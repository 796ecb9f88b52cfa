"""Addresses of the subtitle editor."""

from django.urls import path

from dubbing.web.editor import views

urlpatterns = [
    path("assets/<int:pk>/subtitles/<str:slot>/edit/", views.edit, name="subtitles-edit"),
    path("assets/<int:pk>/subtitles/<str:slot>/cues/", views.cues, name="subtitles-cues"),
    path("assets/<int:pk>/subtitles/<str:slot>/export.<str:kind>", views.export, name="subtitles-export"),
]
