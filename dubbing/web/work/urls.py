"""The addresses of everybody's first page."""

from django.urls import path

from dubbing.web.work import views

urlpatterns = [
    path("", views.index, name="work"),
    path("assets/<int:pk>/length-is-right/", views.length_is_right, name="asset-length-is-right"),
]
