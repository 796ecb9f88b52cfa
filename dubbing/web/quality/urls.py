"""Addresses of the quality page."""

from django.urls import path

from dubbing.web.quality import views

urlpatterns = [
    path("projects/<int:pk>/quality/", views.index, name="quality"),
    path("projects/<int:pk>/quality.csv", views.as_csv, name="quality-csv"),
    path("projects/<int:pk>/quality.xlsx", views.as_workbook, name="quality-xlsx"),
]
