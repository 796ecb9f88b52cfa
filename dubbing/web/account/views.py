"""Sign in, sign out, and the account page: password and sessions."""

from __future__ import annotations

import logging
from math import ceil
from typing import Any

from allauth.account.utils import perform_login
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
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from dubbing.accounts import sessions
from dubbing.accounts.attempt_limits import Limit
from dubbing.accounts.authentication import may_use_password
from dubbing.models import SignInAttempt
from dubbing.sign_in import attempts
from dubbing.web.account.forms import ChangeForm, ResetForm, SetForm, SignInForm
from dubbing.web.shared.users import signed_in
from portal.addresses import client_address

log = logging.getLogger(__name__)

# Somebody at another person's open browser must not be able to guess their password.
WRONG_PASSWORDS = Limit("wrong password when changing it", 5, 15 * 60)
RESETS = Limit("password resets from an address", 10, 15 * 60)


class SignIn(LoginView):
    """The only page a stranger sees. Repeated failures lock sign-in for a while (portal/sign_in_locks.py)."""

    template_name = "registration/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Whether there is a password form: for everybody, or for the emergency account if requested."""
        asked = self.request.method == "POST" or "emergency" in self.request.GET
        emergency = bool(settings.BREAK_GLASS_USER)
        shown = settings.PASSWORD_SIGN_IN or (emergency and asked)
        return super().get_context_data(**kwargs) | {"shows_password": shown, "has_emergency": emergency}

    def form_valid(self, form: SignInForm) -> HttpResponse:  # type: ignore[override]
        """Ask for the second step, if the person has one, or let them in."""
        _note_emergency(self.request, form.get_user())
        answer: HttpResponse = perform_login(
            self.request, form.get_user(), email_verification="none", redirect_url=self.get_success_url()
        )
        return answer


class SignOut(LogoutView):
    """Sign out, posted from the menu; there is no page to read."""


class Account(PasswordChangeView):
    """The account page, with a form to change the password, which ends every other session."""

    template_name = "account/account.html"
    form_class = ChangeForm
    success_url = reverse_lazy("account")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Whether the person has a password that opens anything."""
        return super().get_context_data(**kwargs) | {
            "has_password": _has_password(self.request),
            "sessions": sessions.list_sessions(signed_in(self.request), self.request.session.session_key),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Change the password, unless too many wrong ones were tried. 404 for who has none."""
        if not _has_password(request):
            raise Http404
        wait = WRONG_PASSWORDS.wait(str(signed_in(request).pk))
        return _too_often(request, wait) if wait else super().post(request, *args, **kwargs)

    def form_valid(self, form: ChangeForm) -> HttpResponse:  # type: ignore[override]
        """Also end the other sessions, and say so."""
        messages.success(self.request, gettext("Password changed. You are signed out everywhere else."))
        return super().form_valid(form)

    def form_invalid(self, form: ChangeForm) -> HttpResponse:  # type: ignore[override]
        """Count wrong passwords."""
        if "old_password" in form.errors and form.data.get("old_password"):
            WRONG_PASSWORDS.count(str(form.user.pk))
        return self.render_to_response(self.get_context_data(form=form), status=422)


@require_POST
def end_sessions(request: HttpRequest) -> HttpResponse:
    """End one session, or sign the person out everywhere else and renew the cookie in case somebody has the old one."""
    user = signed_in(request)
    if chosen := request.POST.get("session"):
        if sessions.end_session(user, chosen):
            messages.success(request, gettext("Session ended."))
        return redirect("account")
    request.session.cycle_key()
    count = sessions.end_other_sessions(user, request.session.session_key)
    log.info("%s ended %s other sessions", user.pk, count)
    messages.success(
        request,
        ngettext("Signed out of %(count)s other session.", "Signed out of %(count)s other sessions.", count)
        % {"count": count}
        if count
        else gettext("There are no other sessions."),
    )
    return redirect("account")


class PasswordReset(PasswordResetView):
    """Request a mail with a link. The answer is the same whether or not there is such an account."""

    template_name = "account/password_reset.html"
    email_template_name = "account/password_reset_mail.txt"
    subject_template_name = "account/password_reset_subject.txt"
    form_class = ResetForm
    success_url = reverse_lazy("sign-in")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Send the mail, unless there were too many requests from this address."""
        wait = RESETS.count(client_address(request))
        return _too_often(request, wait) if wait else super().post(request, *args, **kwargs)

    def form_valid(self, form: PasswordResetForm) -> HttpResponse:
        """The link leads to the configured address, whatever host the request named."""
        self.extra_email_context = {"portal": settings.PORTAL_URL, "hours": settings.PASSWORD_RESET_TIMEOUT // 3600}
        messages.success(self.request, _SENT_TO_FILES if _to_files() else _SENT)
        return super().form_valid(form)


@method_decorator(login_not_required, name="dispatch")
class PasswordNew(PasswordResetConfirmView):
    """The page behind the link in the mail: a new password. Setting it ends every session."""

    template_name = "account/password_new.html"
    form_class = SetForm
    success_url = reverse_lazy("sign-in")

    def dispatch(self, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer an invalid link with 404 and an explanation."""
        answer = super().dispatch(*args, **kwargs)
        answer.status_code = answer.status_code if answer.status_code != 200 or self.validlink else 404
        return answer

    def form_valid(self, form: SetPasswordForm[User]) -> HttpResponse:
        """Set the password, and say what to do with it."""
        messages.success(self.request, gettext("Password changed. Sign in with your new password."))
        return super().form_valid(form)


def _has_password(request: HttpRequest) -> bool:
    user = signed_in(request)
    return user.has_usable_password() and may_use_password(user.get_username())


_SENT = _("If an account has this email, we have sent it a link. The link works for one hour.")
_SENT_TO_FILES = _(
    "If an account has this email, we have created a reset email. This portal stores emails in a folder: "
    "ask an administrator for yours."
)


def _note_emergency(request: HttpRequest, user: User) -> None:
    if not settings.PASSWORD_SIGN_IN:
        attempts.record(SignInAttempt.Outcome.EMERGENCY, client_address(request), user=user)
        log.warning("%s signed in with the password of the emergency account", user.pk)


def _to_files() -> bool:
    return bool(settings.EMAIL_BACKEND == "django.core.mail.backends.filebased.EmailBackend")


def _too_often(request: HttpRequest, wait: int) -> HttpResponse:
    page = render(request, "429.html", {"minutes": ceil(wait / 60)}, status=429)
    page["Retry-After"] = str(wait)
    return page
