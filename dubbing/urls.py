"""Every address of the product, by noun."""

from django.urls import path

from dubbing import callback
from dubbing.views import accounts, assets, comparing, drafts, files, health, members, projects, uploads, versions, work

urlpatterns = [
    path("", work.index, name="work"),
    path("sign-in/", accounts.SignIn.as_view(), name="sign-in"),
    path("sign-out/", accounts.SignOut.as_view(), name="sign-out"),
    path("projects/", projects.index, name="projects"),
    path("projects/new/", projects.create, name="project-new"),
    path("projects/<int:pk>/", projects.detail, name="project"),
    path("projects/<int:pk>/members/", members.index, name="members"),
    path("projects/<int:pk>/provider/", members.choose_provider, name="project-provider"),
    path("projects/<int:pk>/members/<int:user_pk>/", members.change, name="member"),
    path("projects/<int:pk>/assets/new/", drafts.create, name="asset-new"),
    path("assets/<int:pk>/edit/", drafts.edit, name="asset-edit"),
    path("assets/<int:pk>/autosave/", drafts.autosave, name="asset-autosave"),
    path("assets/<int:pk>/discard/", drafts.discard, name="asset-discard"),
    path("assets/<int:pk>/", assets.detail, name="asset"),
    path("assets/<int:pk>/status/", assets.status, name="asset-status"),
    path("assets/<int:pk>/sync/", assets.sync_now, name="asset-sync"),
    path("assets/<int:pk>/languages/", assets.add_languages, name="asset-languages"),
    path("assets/<int:pk>/try-again/", assets.try_again, name="asset-retry"),
    path("assets/<int:pk>/send-missing/", assets.send_missing, name="asset-send-missing"),
    path("assets/<int:pk>/try-with/", comparing.try_with, name="asset-try-with"),
    path("assets/<int:pk>/compare/", comparing.compare, name="asset-compare"),
    path("versions/<int:pk>/", versions.detail, name="version"),
    path("versions/<int:pk>/revise/", versions.revise, name="version-revise"),
    path("uploads/", uploads.start, name="uploads"),
    path("uploads/<uuid:pk>/", uploads.upload, name="upload"),
    path("files/results/<int:pk>/", files.result, name="result-file"),
    path("files/results/<int:pk>/download/", files.result_download, name="result-download"),
    path("files/assets/<int:pk>/source/", files.source, name="source-file"),
    path("files/assets/<int:pk>/poster/", files.poster, name="poster-file"),
    path("files/assets/<int:pk>/subtitles.vtt", files.source_subtitles, name="source-subtitles"),
    path("files/dubbings/<int:pk>/subtitles.vtt", files.subtitles_vtt, name="subtitles-vtt"),
    path("files/dubbings/<int:pk>/subtitles.srt", files.subtitles_srt, name="subtitles-srt"),
    path("files/samples/<str:name>", files.sample, name="sample"),
    path("shared/<str:signed>/video", files.shared, name="shared-file"),
    path("callbacks/<slug:provider>/<str:token>/", callback.receive, name="callback"),
    path("healthz", health.healthz, name="healthz"),
]
