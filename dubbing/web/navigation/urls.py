"""Address of the counts in the navigation."""

from django.urls import path

from dubbing.web.navigation import views

urlpatterns = [path("navigation/counts/", views.counts, name="navigation-counts")]
