"""Addresses of deliveries."""

from django.urls import path

from dubbing.web.delivery import file_views, views

urlpatterns = [
    path("projects/<int:pk>/deliveries/", views.index, name="deliveries"),
    path("projects/<int:pk>/deliveries/new/", views.create, name="delivery-new"),
    path("deliveries/<int:pk>/", views.detail, name="delivery"),
    path("deliveries/<int:pk>/delete/", views.delete, name="delivery-delete"),
    path("deliveries/<int:pk>/zip/", file_views.archive, name="delivery-zip"),
    path("deliveries/<int:pk>/files/<int:entry_pk>/", file_views.entry, name="delivery-file"),
    path("deliveries/<int:pk>/passports/<int:entry_pk>/", file_views.passport, name="passport"),
]
