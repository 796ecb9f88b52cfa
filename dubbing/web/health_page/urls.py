"""Addresses of the health page."""

from django.urls import path

from dubbing.web.health_page import views

urlpatterns = [
    path("health/", views.page, name="health"),
    path("health/check/", views.check_now, name="health-check"),
]
