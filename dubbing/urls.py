"""Every address of the product: one file for each screen, the API, the provider's callback, and health."""

from django.urls import include, path

from dubbing import callback_endpoint
from dubbing.web import health, metrics

urlpatterns = [
    path("", include("dubbing.web.work.urls")),
    path("", include("dubbing.web.account.urls")),
    path("", include("dubbing.web.access.urls")),
    path("", include("dubbing.web.language.urls")),
    path("", include("dubbing.web.navigation.urls")),
    path("", include("dubbing.web.notices.urls")),
    path("", include("dubbing.web.review.urls")),
    path("", include("dubbing.web.project.urls")),
    path("", include("dubbing.web.bulk.urls")),
    path("", include("dubbing.web.usage.urls")),
    path("", include("dubbing.web.quality.urls")),
    path("", include("dubbing.web.blind.urls")),
    path("", include("dubbing.web.asset_form.urls")),
    path("", include("dubbing.web.batch.urls")),
    path("", include("dubbing.web.asset.urls")),
    path("", include("dubbing.web.files.urls")),
    path("", include("dubbing.web.editor.urls")),
    path("", include("dubbing.web.version.urls")),
    path("", include("dubbing.web.delivery.urls")),
    path("", include("dubbing.web.sharing.urls")),
    path("", include("dubbing.web.upload.urls")),
    path("api/v1/", include("dubbing.api.urls")),
    path("", include("dubbing.api.mcp.urls")),
    path("callbacks/<slug:provider>/<str:token>/", callback_endpoint.receive, name="callback"),
    path("", include("dubbing.web.health_page.urls")),
    path("metrics", metrics.show, name="metrics"),
    path("healthz", health.healthz, name="healthz"),
    path("healthz/live", health.live, name="healthz-live"),
    path("healthz/ready", health.ready, name="healthz-ready"),
]
