"""Addresses of batches and manifests."""

from django.urls import path

from dubbing.web.batch import manifest_views, views

urlpatterns = [
    path("projects/<int:pk>/batches/new/", views.create, name="batch-new"),
    path("projects/<int:pk>/manifest/", manifest_views.check, name="manifest"),
    path("projects/<int:pk>/manifest/template.csv", manifest_views.template, name="manifest-template"),
    path(
        "projects/<int:pk>/manifest/template.xlsx", manifest_views.template_as_workbook, name="manifest-template-xlsx"
    ),
    path("batches/<int:pk>/", views.detail, name="batch"),
    path("batches/<int:pk>/status/", views.status, name="batch-status"),
    path("batches/<int:pk>/files/", views.add_files, name="batch-files"),
    path("batches/<int:pk>/subtitles/", views.add_subtitles, name="batch-subtitles"),
    path("batches/<int:pk>/settings/", views.share, name="batch-settings"),
    path("batches/<int:pk>/send/", views.send, name="batch-send"),
    path("batches/<int:pk>/rows/<int:row_pk>/remove/", views.remove, name="batch-row-remove"),
    path("batches/<int:pk>/outcome.csv", views.outcome, name="batch-outcome"),
    path("batches/<int:pk>/outcome.xlsx", views.outcome_as_workbook, name="batch-outcome-xlsx"),
]
