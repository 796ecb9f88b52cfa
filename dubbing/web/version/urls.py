"""Addresses of versions, and of comments on them."""

from django.urls import path

from dubbing.web.version import check_views, comment_views, decision_views, export_views, views

urlpatterns = [
    path("versions/<int:pk>/", views.detail, name="version"),
    path("versions/<int:pk>/status/", views.status, name="version-status"),
    path("versions/<int:pk>/revise/", views.revise, name="version-revise"),
    path("versions/<int:pk>/approve/", decision_views.approve, name="version-approve"),
    path("versions/<int:pk>/request-changes/", decision_views.request_changes, name="version-request-changes"),
    path("versions/<int:pk>/reopen/", decision_views.reopen, name="version-reopen"),
    path("versions/<int:pk>/checks/", check_views.section, name="version-checks"),
    path("versions/<int:pk>/checks/again/", check_views.check_again, name="version-check-again"),
    path("versions/<int:pk>/marks/", comment_views.marks, name="version-marks"),
    path("versions/<int:pk>/comments/", comment_views.section, name="version-comments"),
    path("versions/<int:pk>/comments/print/", export_views.as_page, name="comments-print"),
    path("versions/<int:pk>/comments.<slug:kind>", export_views.as_file, name="comments-file"),
    path("versions/<int:pk>/comments/add/", comment_views.add, name="comment-add"),
    path("comments/<int:pk>/reply/", comment_views.reply, name="comment-reply"),
    path("comments/<int:pk>/edit/", comment_views.edit, name="comment-edit"),
    path("comments/<int:pk>/delete/", comment_views.delete, name="comment-delete"),
    path("comments/<int:pk>/restore/", comment_views.restore, name="comment-restore"),
    path("comments/<int:pk>/resolve/", comment_views.resolve, name="comment-resolve"),
    path("comments/<int:pk>/answer/", comment_views.answer, name="comment-answer"),
    path("comments/<int:pk>/suggestion/", comment_views.use_suggestion, name="comment-suggestion"),
]
