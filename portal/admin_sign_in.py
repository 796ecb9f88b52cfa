"""The sign-in page of the admin site: the portal's, for who may use the site."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext

from dubbing.admin.sign_in import StaffSignInForm
from dubbing.web.account.views import SignIn


@method_decorator(login_not_required, name="dispatch")
class AdminSignIn(SignIn):
    """The same locks, emergency account and second step as in the portal."""

    template_name = "admin/login.html"
    authentication_form = StaffSignInForm  # type: ignore[assignment]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Who is signed in and may not use the site can sign in as somebody else."""
        self.redirect_authenticated_user = admin.site.has_permission(request)
        return super().dispatch(request, *args, **kwargs)

    def get_default_redirect_url(self) -> str:
        """The first page of the site."""
        return reverse("admin:index")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What every page of the site has."""
        context = super().get_context_data(**kwargs) | admin.site.each_context(self.request)
        return context | {
            "title": gettext("Sign in"),
            "subtitle": None,
            "app_path": self.request.get_full_path(),
            "username": self.request.user.get_username(),
        }
