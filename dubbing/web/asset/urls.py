"""Addresses of an asset."""

from django.urls import path

from dubbing.web.asset import approval_views, archive_and_trash_views, comparison_views, name_and_tags_views, views

urlpatterns = [
    path("assets/<int:pk>/", views.detail, name="asset"),
    path("assets/<int:pk>/status/", views.status, name="asset-status"),
    path("assets/<int:pk>/approve/", approval_views.approve, name="asset-approve"),
    path("assets/<int:pk>/give-back/", approval_views.give_back, name="asset-give-back"),
    path("assets/<int:pk>/take-back/", approval_views.take_back, name="asset-take-back"),
    path("assets/<int:pk>/name/", name_and_tags_views.rename, name="asset-name"),
    path("assets/<int:pk>/due-date/", name_and_tags_views.due_date, name="asset-due-date"),
    path("assets/<int:pk>/tags/", name_and_tags_views.tags, name="asset-tags"),
    path("assets/<int:pk>/archive/", archive_and_trash_views.archive, name="asset-archive"),
    path("assets/<int:pk>/unarchive/", archive_and_trash_views.unarchive, name="asset-unarchive"),
    path("assets/<int:pk>/move/", archive_and_trash_views.move, name="asset-move"),
    path("assets/<int:pk>/trash/", archive_and_trash_views.trash, name="asset-trash"),
    path("assets/<int:pk>/restore/", archive_and_trash_views.restore, name="asset-restore"),
    path("assets/<int:pk>/callbacks/<int:callback_pk>/replay/", views.replay, name="callback-replay"),
    path("assets/<int:pk>/sync/", views.sync_now, name="asset-sync"),
    path("assets/<int:pk>/languages/", views.add_languages, name="asset-languages"),
    path("assets/<int:pk>/try-again/", views.try_again, name="asset-retry"),
    path("assets/<int:pk>/missing/", views.missing, name="asset-missing"),
    path("assets/<int:pk>/send-missing/", views.send_missing, name="asset-send-missing"),
    path("assets/<int:pk>/try-with/", comparison_views.try_with, name="asset-try-with"),
    path("assets/<int:pk>/compare/", comparison_views.compare, name="asset-compare"),
    path("assets/<int:pk>/compare/others/", comparison_views.others, name="asset-compare-others"),
]
