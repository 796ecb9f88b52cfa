"""The second step of signing in, and the page where people set it up."""

from __future__ import annotations

import json
from math import ceil
from typing import Any

from allauth.account.stages import LoginStage, LoginStageController
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.webauthn.internal import auth as webauthn
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from dubbing.accounts import sessions
from dubbing.platform import numbers
from dubbing.sign_in import second_step
from dubbing.web.shared.users import signed_in
from portal.addresses import client_address

FRESH_SECONDS = 15 * 60
"""After this, people sign in again before they change their second step: an open browser is not enough."""
_MOST_NAME = 40


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """After the password or the provider: a code or a passkey."""
    stage: LoginStage | None = LoginStageController.enter(request, AuthenticateStage.key)
    if stage is None:
        return redirect("sign-in")
    user, address = stage.login.user, client_address(request)
    if seconds := second_step.wait(user, address):
        page = render(request, "429.html", {"minutes": ceil(seconds / 60)}, status=429)
        page["Retry-After"] = str(seconds)
        return page
    if request.method == "POST":
        if _is_right(request, user):
            answer: HttpResponse = stage.exit()
            return answer
        second_step.note_failure(user, address)
    kinds = {row.type for row in second_step.authenticators(user)}
    has_passkey = Authenticator.Type.WEBAUTHN in kinds
    context = {
        "has_app": Authenticator.Type.TOTP in kinds,
        "options": webauthn.begin_authentication(user) if has_passkey else None,
        "wrong": request.method == "POST",
    }
    return render(request, "account/second_step_ask.html", context, status=422 if context["wrong"] else 200)


def _is_right(request: HttpRequest, user: User) -> bool:
    if credential := request.POST.get("credential"):
        return second_step.accepts_passkey(request, user, _json(credential))
    return second_step.accepts_code(request, user, request.POST.get("code", ""))


@require_http_methods(["GET", "HEAD", "POST"])
def setup(request: HttpRequest) -> HttpResponse:
    """What the person has; a POST adds or removes something."""
    user = signed_in(request)
    if not _is_fresh(request):
        status = 403 if request.method == "POST" else 200
        return render(request, "account/second_step.html", _facts(user) | {"stale": True}, status=status)
    if request.method != "POST":
        return _page(request, user)
    action = request.POST.get("action")
    if action == "remove":
        if second_step.remove(user, numbers.whole(request.POST.get("pk", "")) or 0):
            messages.success(request, gettext("Removed. It no longer works for signing in."))
        request.session[second_step.NEEDED] = second_step.is_missing(user)
        return redirect("second-step")
    if action == "codes" and second_step.authenticators(user):
        return _page(request, user, codes=second_step.new_recovery_codes(user), status=201)
    if action == "app":
        return _add_app(request, user)
    return _add_passkey(request, user) if action == "passkey" else _page(request, user, status=422)


def _add_app(request: HttpRequest, user: User) -> HttpResponse:
    if not second_step.add_app(user, totp.get_totp_secret(), request.POST.get("code", "")):
        wrong = gettext("This code is not correct. Enter the code that the app shows now, and check the phone’s clock.")
        return _page(request, user, wrong_code=wrong, status=422)
    totp.clear_totp_secret(request)
    return _added(request, user, gettext("Your app is set up. Signing in asks for its code from now on."))


def _add_passkey(request: HttpRequest, user: User) -> HttpResponse:
    name = " ".join(request.POST.get("name", "").split())[:_MOST_NAME] or gettext("Passkey")
    if not second_step.add_passkey(user, name, _json(request.POST.get("credential", ""))):
        wrong = gettext("The passkey was not added: its response came too late or did not match. Try again.")
        return _page(request, user, wrong_passkey=wrong, status=422)
    return _added(request, user, gettext("The passkey is set up. Signing in asks for it from now on."))


def _added(request: HttpRequest, user: User, message: str) -> HttpResponse:
    request.session.pop(second_step.NEEDED, None)
    messages.success(request, message)
    if second_step.recovery_codes_left(user) is None:
        return _page(request, user, codes=second_step.new_recovery_codes(user), status=201)
    return redirect("second-step")


def _page(request: HttpRequest, user: User, *, status: int = 200, **more: Any) -> HttpResponse:
    context = _facts(user) | {"needed": request.session.get(second_step.NEEDED)}
    if not context["has_app"]:
        adapter = second_step.Adapter()
        secret = totp.get_totp_secret()
        context |= {"secret": secret, "picture": adapter.build_totp_svg(adapter.build_totp_url(user, secret))}
    context |= {"options": webauthn.begin_registration(user, False)}
    return render(request, "account/second_step.html", context | more, status=status)


def _facts(user: User) -> dict[str, Any]:
    rows = second_step.authenticators(user)
    has_app = any(row.type == Authenticator.Type.TOTP for row in rows)
    return {"authenticators": rows, "has_app": has_app, "codes_left": second_step.recovery_codes_left(user)}


def _is_fresh(request: HttpRequest) -> bool:
    facts = request.session.get(sessions.FACTS)
    return isinstance(facts, dict) and timezone.now().timestamp() - facts["began"] <= FRESH_SECONDS


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
