"""Addresses of projects, their members and settings."""

from django.urls import path

from dubbing.web.project import (
    bulk_views,
    gap_views,
    grid_views,
    label_views,
    member_views,
    retention_views,
    review_views,
    saved_view_views,
    settings_views,
    threshold_views,
    trash_views,
    views,
)

urlpatterns = [
    path("projects/", views.index, name="projects"),
    path("projects/new/", views.create, name="project-new"),
    path("projects/<int:pk>/", views.detail, name="project"),
    path("projects/<int:pk>/grid/", grid_views.index, name="project-grid"),
    path("projects/<int:pk>/grid/send/", gap_views.review, name="grid-send"),
    path("projects/<int:pk>/grid.csv", grid_views.as_csv, name="grid-csv"),
    path("projects/<int:pk>/grid.xlsx", grid_views.as_workbook, name="grid-xlsx"),
    path("projects/<int:pk>/videos/", bulk_views.choose, name="videos-bulk"),
    path("projects/<int:pk>/videos/check/", bulk_views.check, name="videos-check"),
    path("projects/<int:pk>/trash/", trash_views.index, name="project-trash"),
    path("projects/<int:pk>/retention/", retention_views.index, name="retention"),
    path("projects/<int:pk>/views/", saved_view_views.create, name="saved-views"),
    path("projects/<int:pk>/views/<int:view_pk>/", saved_view_views.change, name="saved-view"),
    path("projects/<int:pk>/rows/", saved_view_views.set_rows, name="list-rows"),
    path("projects/<int:pk>/members/", member_views.index, name="members"),
    path("projects/<int:pk>/provider/", member_views.choose_provider, name="project-provider"),
    path("projects/<int:pk>/settings/", settings_views.index, name="project-settings"),
    path("projects/<int:pk>/settings/review/", review_views.policy, name="review-policy"),
    path("projects/<int:pk>/reviewers/", review_views.usual_reviewer, name="usual-reviewer"),
    path("projects/<int:pk>/settings/label/", label_views.change, name="ai-label"),
    path("projects/<int:pk>/settings/checks/", threshold_views.change, name="project-thresholds"),
    path("projects/<int:pk>/presets/<int:preset_pk>/", settings_views.preset, name="preset"),
    path("projects/<int:pk>/terms/", settings_views.term_list, name="terms"),
    path("projects/<int:pk>/terms.csv", settings_views.terms_export, name="terms-export"),
    path("projects/<int:pk>/terms/<int:term_pk>/", settings_views.term, name="term"),
    path("projects/<int:pk>/members/<int:user_pk>/", member_views.change, name="member"),
]
