"""Addresses of a draft while it is being filled in."""

from django.urls import path

from dubbing.web.asset_form import fix_views, link_views, pilot_views, preset_views, views

urlpatterns = [
    path("projects/<int:pk>/assets/new/", views.create, name="asset-new"),
    path("assets/<int:pk>/pilot/", pilot_views.send, name="asset-pilot"),
    path("assets/<int:pk>/pilots/", pilot_views.state, name="asset-pilots"),
    path("assets/<int:pk>/pilots/settings/", pilot_views.settings, name="pilot-settings"),
    path("assets/<int:pk>/promote/", pilot_views.promote, name="asset-promote"),
    path("assets/<int:pk>/edit/", views.edit, name="asset-edit"),
    path("assets/<int:pk>/autosave/", views.autosave, name="asset-autosave"),
    path("assets/<int:pk>/discard/", views.discard, name="asset-discard"),
    path("assets/<int:pk>/preset/", preset_views.draft, name="asset-preset"),
    path("assets/<int:pk>/subtitles/<str:slot>/fix/", fix_views.fix, name="subtitles-fix"),
    path("assets/<int:pk>/subtitles/<str:slot>/generate/", fix_views.generate, name="subtitles-generate"),
    path("assets/<int:pk>/subtitles/<str:slot>/timeline/", fix_views.timeline, name="subtitles-timeline"),
    path("assets/<int:pk>/subtitles/<str:slot>/undo/", fix_views.undo, name="subtitles-undo"),
    path("assets/<int:pk>/subtitle-files/undo/", fix_views.undo_files, name="subtitle-files-undo"),
    path("links/check/", link_views.check, name="link-check"),
]
