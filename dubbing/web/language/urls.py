"""Addresses for the interface language."""

from django.urls import path

from dubbing.web.language import views

urlpatterns = [
    path("language/", views.choose, name="language"),
    path("texts/<slug:language>/<slug:fingerprint>.json", views.script_texts, name="script-texts"),
]
