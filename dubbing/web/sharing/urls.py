"""Addresses of share links: those of the project, and those that guests open."""

from django.urls import path

from dubbing.web.sharing import guest_file_views, guest_views, link_views

urlpatterns = [
    path("projects/<int:pk>/sharing/", link_views.switch, name="sharing-switch"),
    path("projects/<int:pk>/links/", link_views.index, name="share-links"),
    path("versions/<int:pk>/share/", link_views.of_version, name="version-share"),
    path("deliveries/<int:pk>/share/", link_views.of_delivery, name="delivery-share"),
    path("links/<int:pk>/", link_views.detail, name="share-link"),
    path("links/<int:pk>/revoke/", link_views.revoke, name="share-link-revoke"),
    path("s/<str:key>/", guest_views.page, name="guest"),
    path("s/<str:key>/password/", guest_views.password, name="guest-password"),
    path("s/<str:key>/comments/", guest_views.comment, name="guest-comment"),
    path("s/<str:key>/video/", guest_file_views.video, name="guest-video"),
    path("s/<str:key>/source/", guest_file_views.source, name="guest-source"),
    path("s/<str:key>/poster/", guest_file_views.poster, name="guest-poster"),
    path("s/<str:key>/subtitles/", guest_file_views.subtitles_vtt, name="guest-subtitles"),
    path("s/<str:key>/download/", guest_file_views.download, name="guest-download"),
    path("s/<str:key>/download/subtitles/", guest_file_views.subtitles_srt, name="guest-srt"),
    path("s/<str:key>/zip/", guest_file_views.archive, name="guest-zip"),
    path("s/<str:key>/files/<int:entry_pk>/", guest_file_views.entry, name="guest-file"),
]
