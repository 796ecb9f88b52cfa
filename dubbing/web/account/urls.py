"""Addresses of signing in and of the account page."""

from django.contrib.auth.decorators import login_not_required
from django.urls import path
from django.views.generic import RedirectView

from dubbing.web.account import second_step_views, sso_views, views

urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    # Under these two names django-allauth leads there.
    path("sign-in/second-step/", second_step_views.ask, name="mfa_authenticate"),
    path("sign-in/again/", login_not_required(RedirectView.as_view(pattern_name="sign-in")), name="account_login"),
    path("account/two-step/", second_step_views.setup, name="second-step"),
    path("sign-in/sso/", sso_views.start, name="sso"),
    path("sign-in/sso/callback/", sso_views.callback, name="sso-callback"),
    path("sign-out/", views.SignOut.as_view(), name="sign-out"),
    path("account/", views.Account.as_view(), name="account"),
    path("account/sessions/end/", views.end_sessions, name="account-sessions"),
    path("password/reset/", views.PasswordReset.as_view(), name="password-reset"),
    path("password/reset/<str:uidb64>/<str:token>/", views.PasswordNew.as_view(), name="password-new"),
]
