"""The address of everybody's first page."""

from django.urls import path

from dubbing.web.work import views

urlpatterns = [
    path("", views.index, name="work"),
]
