"""Sign in through the identity provider: to the provider, and back."""

from __future__ import annotations

import secrets
from math import ceil
from typing import Any

from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST
from requests import RequestException

from dubbing.accounts.attempt_limits import Limit
from dubbing.models import SignInAttempt
from dubbing.sign_in import single_sign_on
from dubbing.sign_in.refusals import SignInRefused
from dubbing.web.account.identity_provider import Exchange, Provider, ProviderAdapter, is_of_portal
from dubbing.web.account.refusal_page import refused
from portal.addresses import client_address

STARTS = Limit("single sign-ons from an address", 300, 15 * 60)
Outcome = SignInAttempt.Outcome


@login_not_required
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Send the browser to the provider through a page: ``form-action`` does not allow redirecting a form elsewhere."""
    provider = _provider(request)
    if wait := STARTS.count(client_address(request)):
        return _too_often(request, wait)
    following = request.POST.get("next", "")
    if following and not is_of_portal(following):
        reason = f"The link to the sign-in page would have led on to {following[:200]!r}."
        return refused(request, SignInRefused(Outcome.OPEN_REDIRECT, reason))
    nonce = secrets.token_urlsafe(24)
    try:
        answer = provider.redirect(
            request, "login", next_url=following or None, data={"nonce": nonce}, auth_params={"nonce": nonce}
        )
    except (RequestException, OAuth2Error, KeyError, ValueError) as problem:
        reason = f"The discovery document of OIDC_ISSUER cannot be used. {type(problem).__name__}: {problem}"[:300]
        return refused(request, SignInRefused(Outcome.UNAVAILABLE, reason))
    except SignInRefused as refusal:
        return refused(request, refusal)
    page = render(request, "account/sso_continue.html", {"address": answer.url})
    page["Refresh"] = f"0; url={answer.url}"
    return page


@login_not_required
@require_http_methods(["GET", "HEAD"])
def callback(request: HttpRequest) -> HttpResponse:
    """The address to which the provider sends the browser back."""
    provider = _provider(request)
    if wait := STARTS.wait(client_address(request)):
        return _too_often(request, wait)
    response: HttpResponse = _Callback.adapter_view(Exchange(request, provider.app.provider_id))(request)
    return response


class _Callback(OAuth2CallbackView):  # type: ignore[misc]
    """allauth's view, which passes the nonce of this sign-in to the verification of the answer."""

    def _get_state(self, request: HttpRequest, provider: Provider) -> tuple[Any, Any]:
        state, response = super()._get_state(request, provider)
        self.adapter.nonce = ((state or {}).get("data") or {}).get("nonce", "")
        return state, response


def _provider(request: HttpRequest) -> Provider:
    try:
        return ProviderAdapter(request).get_provider(request, single_sign_on.provider_id())
    except SocialApp.DoesNotExist as nobody:
        raise Http404 from nobody


def _too_often(request: HttpRequest, wait: int) -> HttpResponse:
    page = render(request, "429.html", {"minutes": ceil(wait / 60)}, status=429)
    page["Retry-After"] = str(wait)
    return page
