"""Forms for signing in and for passwords: Django's, with our texts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, PasswordResetForm, SetPasswordForm
from django.utils.translation import gettext_lazy as _

from dubbing.accounts import languages
from dubbing.accounts.attempt_limits import Limit
from dubbing.accounts.authentication import may_use_password

# Generic only for the type checker.
if TYPE_CHECKING:
    from django.contrib.auth.models import User

    NewPasswordForm = SetPasswordForm[User]
else:
    NewPasswordForm = SetPasswordForm

MAILS = Limit("reset mails to a mailbox", 3, 15 * 60)
_LABELS = {
    "old_password": _("Current password"),
    "new_password1": _("New password"),
    "new_password2": _("Confirm new password"),
}
_HELP = _("At least 8 characters. Not similar to your name or email, and not a common password.")


class SignInForm(AuthenticationForm):
    """Username and password for signing in. Errors do not say which of the two is wrong."""

    error_messages = {"invalid_login": _("Wrong username or password."), "inactive": _("This account is inactive.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].error_messages["required"] = _("Enter your username.")
        self.fields["password"].error_messages["required"] = _("Enter your password.")


class ChangeForm(PasswordChangeForm):
    """The old password, and the new one twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name(self.fields)


class SetForm(NewPasswordForm):
    """A new password, twice, for somebody who followed the link in a mail."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name(self.fields)


class ResetForm(PasswordResetForm):
    """The address of somebody who lost their password. A mailbox gets only a few mails, no matter who requests them."""

    def get_users(self, email: str) -> Iterable[Any]:
        """Everybody with this email who can have a password; nobody if it got enough mails lately."""
        users = [user for user in super().get_users(email) if may_use_password(user.get_username())]
        return [] if users and MAILS.count(email.casefold()) else users

    def send_mail(
        self,
        subject_template_name: str,
        email_template_name: str,
        context: dict[str, Any],
        from_email: str | None,
        to_email: str,
        html_email_template_name: str | None = None,
    ) -> None:
        """Send the mail in its recipient's language, no matter who requested it."""
        with languages.reading_as(context["user"]):
            super().send_mail(
                subject_template_name, email_template_name, context, from_email, to_email, html_email_template_name
            )


def _name(fields: dict[str, forms.Field]) -> None:
    for name, label in _LABELS.items():
        if name in fields:
            fields[name].label = label
            fields[name].help_text = _HELP if name == "new_password1" else ""
            fields[name].widget.attrs.pop("autofocus", None)
