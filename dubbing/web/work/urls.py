"""Addresses of My work."""

from django.urls import path

from dubbing.web.work import bulk_views, views

urlpatterns = [
    path("", views.index, name="work"),
    path("work/selected/", bulk_views.choose, name="work-bulk"),
    path("assets/<int:pk>/length-is-right/", views.length_is_right, name="asset-length-is-right"),
]
