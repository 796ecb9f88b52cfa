"""Addresses of signing in and of one's own account."""

from django.urls import path

from dubbing.web.account import views

urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-out/", views.SignOut.as_view(), name="sign-out"),
    path("account/", views.Account.as_view(), name="account"),
    path("account/sessions/end/", views.end_sessions, name="account-sessions"),
    path("password/reset/", views.PasswordReset.as_view(), name="password-reset"),
    path("password/reset/<str:uidb64>/<str:token>/", views.PasswordNew.as_view(), name="password-new"),
]
