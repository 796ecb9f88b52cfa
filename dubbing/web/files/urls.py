"""Addresses of files."""

from django.urls import path

from dubbing.web.files import preview_views, views

urlpatterns = [
    path("assets/<int:pk>/preview/", preview_views.state, name="asset-preview"),
    path("files/results/<int:pk>/", views.result, name="result-file"),
    path("files/results/<int:pk>/download/", views.result_download, name="result-download"),
    path("files/results/<int:pk>/peaks/", preview_views.result_peaks, name="result-peaks"),
    path("files/assets/<int:pk>/source/", views.source, name="source-file"),
    path("files/assets/<int:pk>/preview/", preview_views.preview, name="preview-file"),
    path("files/assets/<int:pk>/peaks/", preview_views.peaks, name="peaks-file"),
    path("files/assets/<int:pk>/poster/", views.poster, name="poster-file"),
    path("files/assets/<int:pk>/background/", views.background, name="background-file"),
    path("files/assets/<int:pk>/subtitles.vtt", views.source_subtitles, name="source-subtitles"),
    path("files/dubbings/<int:pk>/subtitles.vtt", views.subtitles_vtt, name="subtitles-vtt"),
    path("files/dubbings/<int:pk>/subtitles.srt", views.subtitles_srt, name="subtitles-srt"),
    path("files/samples/<str:name>", views.sample, name="sample"),
    path("shared/<str:signed>/video", views.shared, name="shared-file"),
]
