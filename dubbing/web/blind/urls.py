"""Addresses of blind comparisons."""

from django.urls import path

from dubbing.web.blind import media_views, new_views, views

urlpatterns = [
    path("projects/<int:pk>/blind/", views.index, name="blind-comparisons"),
    path("projects/<int:pk>/blind/new/", new_views.new, name="blind-new"),
    path("blind/<int:pk>/", views.detail, name="blind"),
    path("blind/<int:pk>/media/<str:label>/", media_views.media, name="blind-media"),
    path("blind/<int:pk>/subtitles.vtt", media_views.captions, name="blind-captions"),
    path("blind/<int:pk>/vote/", views.vote, name="blind-vote"),
    path("blind/<int:pk>/close/", views.close, name="blind-close"),
    path("blind/<int:pk>/winner/", views.winner, name="blind-winner"),
    path("blind/<int:pk>/preset/", views.preset, name="blind-preset"),
    path("blind/<int:pk>/tally.csv", views.as_csv, name="blind-csv"),
]
