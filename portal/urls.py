"""Every address of the portal."""

from django.contrib import admin
from django.urls import include, path

from portal.admin_sign_in import AdminSignIn

urlpatterns = [
    # Before the admin site's own, which knows no second step.
    path("admin/login/", AdminSignIn.as_view()),
    path("admin/", admin.site.urls),
    path("", include("dubbing.urls")),
]
