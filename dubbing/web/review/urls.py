"""Addresses of lists of reviews."""

from django.urls import path

from dubbing.web.review import assign_views, views

urlpatterns = [
    path("reviews/", views.index, name="reviews"),
    path("reviews/assign/", assign_views.assign_anywhere, name="reviews-assign"),
    path("projects/<int:pk>/reviews/", views.of_project, name="project-reviews"),
    path("projects/<int:pk>/reviews/assign/", assign_views.assign, name="review-assign"),
]
