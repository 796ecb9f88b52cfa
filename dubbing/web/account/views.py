"""Coming in and going out; one's own password and sessions."""

from __future__ import annotations

import logging
from math import ceil
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import PasswordResetForm, SetPasswordForm
from django.contrib.auth.models import User
from django.contrib.auth.views import (
    LoginView,
    LogoutView,
    PasswordChangeView,
    PasswordResetConfirmView,
    PasswordResetView,
)
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from dubbing.accounts import languages, sessions
from dubbing.accounts.attempt_limits import Limit
from dubbing.web.account.forms import ChangeForm, ResetForm, SetForm, SignInForm
from dubbing.web.language.cookie import keep_language
from dubbing.web.shared.users import signed_in
from portal.addresses import client_address

log = logging.getLogger(__name__)

# Whoever sits at somebody's open browser must not find out their password, and no stranger who has an account here.
WRONG_PASSWORDS = Limit("wrong password when changing it", 5, 15 * 60)
RESETS = Limit("password resets from an address", 10, 15 * 60)


class SignIn(LoginView):
    """The only page a stranger sees. Repeated failures lock the door for a while (portal/locks.py)."""

    template_name = "registration/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: SignInForm) -> HttpResponse:  # type: ignore[override]
        """Have the browser remember this person's language for when they are signed out."""
        response = super().form_valid(form)
        if language := languages.language_of(form.get_user()):
            keep_language(response, language)
        return response


class SignOut(LogoutView):
    """Posted from the menu; there is nothing to read here."""


class Account(PasswordChangeView):
    """Who one is here, and another password. That ends every other session."""

    template_name = "account/account.html"
    form_class = ChangeForm
    success_url = reverse_lazy("account")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Change it, unless too many wrong ones were tried."""
        wait = WRONG_PASSWORDS.wait(str(signed_in(request).pk))
        return _too_often(request, wait) if wait else super().post(request, *args, **kwargs)

    def form_valid(self, form: ChangeForm) -> HttpResponse:  # type: ignore[override]
        """Say what else that did."""
        messages.success(self.request, gettext("Password changed. You are signed out everywhere else."))
        return super().form_valid(form)

    def form_invalid(self, form: ChangeForm) -> HttpResponse:  # type: ignore[override]
        """Count wrong passwords."""
        if "old_password" in form.errors and form.data.get("old_password"):
            WRONG_PASSWORDS.count(str(form.user.pk))
        return self.render_to_response(self.get_context_data(form=form), status=422)


@require_POST
def end_sessions(request: HttpRequest) -> HttpResponse:
    """Sign the person out everywhere but here; and here the cookie is a new one, in case somebody has the old."""
    user = signed_in(request)
    request.session.cycle_key()
    count = sessions.end_other_sessions(user, request.session.session_key)
    log.info("%s ended %s other sessions", user.pk, count)
    messages.success(
        request,
        ngettext("Signed out of %(count)s other session.", "Signed out of %(count)s other sessions.", count)
        % {"count": count}
        if count
        else gettext("You have no other sessions."),
    )
    return redirect("account")


class PasswordReset(PasswordResetView):
    """Ask for a mail with a link. The answer is the same whether there is such an account or not."""

    template_name = "account/password_reset.html"
    email_template_name = "account/password_reset_mail.txt"
    subject_template_name = "account/password_reset_subject.txt"
    form_class = ResetForm
    success_url = reverse_lazy("sign-in")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Send it, unless this address asked too often."""
        wait = RESETS.count(client_address(request))
        return _too_often(request, wait) if wait else super().post(request, *args, **kwargs)

    def form_valid(self, form: PasswordResetForm) -> HttpResponse:
        """The link leads to the address that is configured, whatever host was asked."""
        self.extra_email_context = {"portal": settings.PORTAL_URL, "hours": settings.PASSWORD_RESET_TIMEOUT // 3600}
        messages.success(self.request, _SENT_TO_FILES if _to_files() else _SENT)
        return super().form_valid(form)


@method_decorator(login_not_required, name="dispatch")
class PasswordNew(PasswordResetConfirmView):
    """Where the link in the mail leads: a new password. Every session ends with the old one."""

    template_name = "account/password_new.html"
    form_class = SetForm
    success_url = reverse_lazy("sign-in")

    def dispatch(self, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """A link that is no good any more is a page with 404, and words."""
        answer = super().dispatch(*args, **kwargs)
        answer.status_code = answer.status_code if answer.status_code != 200 or self.validlink else 404
        return answer

    def form_valid(self, form: SetPasswordForm[User]) -> HttpResponse:
        """Say what to do with it."""
        messages.success(self.request, gettext("Password changed. Sign in with your new password."))
        return super().form_valid(form)


_SENT = _("If an account has this email, we have sent it a link. The link works for one hour.")
_SENT_TO_FILES = _(
    "If an account has this email, we have created a reset email. This portal stores emails in a folder: "
    "ask an administrator for yours."
)


def _to_files() -> bool:
    return bool(settings.EMAIL_BACKEND == "django.core.mail.backends.filebased.EmailBackend")


def _too_often(request: HttpRequest, wait: int) -> HttpResponse:
    page = render(request, "429.html", {"minutes": ceil(wait / 60)}, status=429)
    page["Retry-After"] = str(wait)
    return page
