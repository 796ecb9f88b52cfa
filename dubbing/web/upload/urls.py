"""Addresses of uploads (tus)."""

from django.urls import path

from dubbing.web.upload import views

urlpatterns = [
    path("uploads/", views.start, name="uploads"),
    path("uploads/<uuid:pk>/", views.upload, name="upload"),
    path("uploads/<uuid:pk>/parts/", views.parts, name="upload-parts"),
    path("uploads/<uuid:pk>/sha256/", views.sha256, name="upload-sha256"),
]
