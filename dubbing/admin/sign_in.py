"""The sign-in form of the admin site: Django's form with our texts."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.utils.translation import gettext_lazy as _


class StaffSignInForm(AdminAuthenticationForm):
    """The username and the password of somebody who may use the admin site."""

    error_messages = {
        "invalid_login": _("Wrong username or password, or this account has no access to the admin site."),
        "inactive": _("This account is inactive."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].error_messages["required"] = _("Enter your username.")
        self.fields["password"].error_messages["required"] = _("Enter your password.")


admin.site.login_form = StaffSignInForm
