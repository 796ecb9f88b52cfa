"""django-allauth with our rules: a single configured provider, verified ID tokens, and no sign-up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base.constants import AuthError
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from requests import RequestException

from dubbing.accounts import authentication, languages
from dubbing.models import SignInAttempt
from dubbing.sign_in import attempts, id_tokens, second_step, single_sign_on
from dubbing.sign_in.refusals import SignInRefused
from dubbing.web.account.refusal_page import refused
from dubbing.web.language.cookie import keep_language
from portal.addresses import client_address

if TYPE_CHECKING:
    from allauth.socialaccount.models import SocialLogin, SocialToken

Outcome = SignInAttempt.Outcome
_SHOWN = 300
"""Maximum characters of the provider's message that operators see."""


class Provider(OpenIDConnectProvider):  # type: ignore[misc]
    """The provider at ``OIDC_ISSUER``, used through our adapter."""

    def get_oauth2_adapter(self, request: HttpRequest) -> Any:
        """The adapter that verifies answers."""
        return Exchange(request, self.app.provider_id)


class Exchange(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """The requests to the provider, and the verification of its answers. `nonce`: that of this sign-in."""

    nonce = ""

    @property
    def openid_config(self) -> dict[str, Any]:
        """The provider's discovery document, which must name the configured issuer. Raises SignInRefused."""
        config: dict[str, Any] = super().openid_config
        if str(config.get("issuer", "")).rstrip("/") != settings.OIDC_ISSUER.rstrip("/"):
            reason = f"The discovery document names the issuer {config.get('issuer')!r}; OIDC_ISSUER is another one."
            raise SignInRefused(Outcome.WRONG_ISSUER, reason)
        return config

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        """The configured address, whatever host was requested."""
        return f"{settings.PORTAL_URL}{reverse('sso-callback')}"

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any) -> SocialLogin:
        """The person of a verified ID token. Raises SignInRefused."""
        id_token = kwargs["response"].get("id_token")
        if not isinstance(id_token, str):
            raise SignInRefused(Outcome.UNSIGNED, "The provider sent no ID token. OIDC_SCOPES must contain “openid”.")
        config = self.openid_config
        keys = self._get(config["jwks_uri"])
        verified = id_tokens.verify(id_token, keys, issuer=config["issuer"], client_id=app.client_id, nonce=self.nonce)
        claims = self._user_info(config, token, verified) | verified
        return self.get_provider().sociallogin_from_response(request, {"id_token": claims})

    def _user_info(self, config: Mapping[str, Any], token: SocialToken, verified: Mapping[str, Any]) -> dict[str, Any]:
        """Further claims about the same person; some providers send groups and emails only here."""
        if not config.get("userinfo_endpoint"):
            return {}
        claims = self._get(config["userinfo_endpoint"], token.token)
        return claims if claims.get("sub") == verified["sub"] else {}

    def _get(self, url: str, bearer: str = "") -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        with ProviderAdapter().get_requests_session() as session:
            answer = session.get(url, headers=headers)
            answer.raise_for_status()
            content = answer.json()
        return content if isinstance(content, dict) else {}


class ProviderAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Which provider exists, who can sign in, and how failures are handled."""

    def list_apps(self, request: HttpRequest, provider: str | None = None, client_id: str | None = None) -> list[Any]:
        """The provider from the settings; rows in the database are ignored."""
        if not single_sign_on.is_on():
            return []
        options = {"server_url": settings.OIDC_ISSUER, "oauth_pkce_enabled": True, "scope": settings.OIDC_SCOPES}
        return [
            SocialApp(
                provider="openid_connect",
                provider_id=single_sign_on.provider_id(),
                name=settings.OIDC_NAME,
                client_id=settings.OIDC_CLIENT_ID,
                secret=settings.OIDC_CLIENT_SECRET,
                settings=options,
            )
        ]

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> Provider:
        """The provider from the settings. Raises SocialApp.DoesNotExist if none is configured."""
        return Provider(request, app=self.get_app(request, provider, client_id))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Nobody signs up: rules for groups decide."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Find or create the person, or refuse. Raises SignInRefused."""
        claims = sociallogin.account.extra_data.get("id_token", {})
        try:
            admission = single_sign_on.admit(claims)
        except SignInRefused as refusal:
            refusal.claims = dict(claims)
            raise
        sociallogin.user, sociallogin.account = admission.user, admission.account
        admission.user.backend = authentication.PATH
        attempts.record(
            Outcome.SIGNED_IN,
            client_address(request),
            claims=claims,
            user=admission.user,
            rules=admission.rules,
            reason=". ".join(f"{admission.user.get_username()} {text}" for text in admission.kept),
        )

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Provider,
        error: str | None = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """Show our page with an explanation. Raises ImmediateHttpResponse."""
        raise ImmediateHttpResponse(refused(request, _as_refusal(request, error, exception)))


def _as_refusal(request: HttpRequest, error: str | None, exception: Exception | None) -> SignInRefused:
    if isinstance(exception, SignInRefused):
        return exception
    provider_error = request.GET.get("error", "")
    if error == AuthError.CANCELLED:
        return SignInRefused(Outcome.CANCELLED, "The person, or the provider, did not agree (access_denied).")
    if exception is None and not provider_error:
        reason = (
            "The state of this answer is unknown in this browser: the sign-in was started elsewhere, more than ten "
            "minutes ago, or its answer was used before."
        )
        return SignInRefused(Outcome.STATE, reason)
    if isinstance(exception, RequestException):
        return SignInRefused(Outcome.UNAVAILABLE, f"The provider did not answer as it should: {_brief(exception)}")
    what = f"{provider_error}: {request.GET.get('error_description', '')}" if provider_error else _brief(exception)
    return SignInRefused(Outcome.UNAVAILABLE, f"The provider refused the request: {what[:_SHOWN]}")


def _brief(problem: Exception | None) -> str:
    return f"{type(problem).__name__}: {problem}"[:_SHOWN]


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are ours: there is no sign-up, and there are no messages besides those of our pages."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Always False."""
        return False

    def get_login_stages(self) -> list[str]:
        """A second step, for whoever has one."""
        return ["allauth.mfa.stages.AuthenticateStage"]

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Note whether the person has to set up a second step. The provider asks for its own."""
        if not kwargs.get("signal_kwargs") and second_step.is_missing(user):
            request.session[second_step.NEEDED] = True
        response: HttpResponse = super().post_login(request, user, **kwargs)
        if language := languages.language_of(user):
            keep_language(response, language)
        return response

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Add no message."""

    def is_safe_url(self, url: str | None) -> bool:
        """Allow only addresses of this portal as configured."""
        return is_of_portal(url or "")


def is_of_portal(url: str) -> bool:
    """Whether `url` leads to this portal rather than to another website."""
    https = settings.PORTAL_URL.startswith("https://")
    return url_has_allowed_host_and_scheme(url, {settings.PORTAL_URL.partition("://")[2]}, require_https=https)
