"""Twelve ways to be refused, and some more: words for the person, a reason for operators, and nobody comes in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from dubbing.models import GroupRule, SignInAttempt
from dubbing.sign_in import single_sign_on
from dubbing.sign_in.refusals import EXPLANATIONS
from tests.dubbing.sign_in.conftest import of
from tests.support.identity_provider import IdentityProvider, begin
from tests.support.people import client_of, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _rule(db: None) -> None:
    GroupRule.objects.create(group="dubbing")


@dataclass
class Case:
    """`answer`: of the provider; `before`: what was done; `way`: how the browser goes, if it is unusual."""

    outcome: str
    person_reads: str
    ops_read: str
    answer: dict[str, Any]
    before: Callable[[], Any] = lambda: None
    way: Callable[[IdentityProvider, Client], HttpResponse] = IdentityProvider.sign_in


def known(**fields: Any) -> Callable[[], Any]:
    """Nina has signed in before."""

    def make() -> None:
        user = make_user("nina", **fields)
        SocialAccount.objects.create(user=user, provider=single_sign_on.provider_id(), uid="7f3a")

    return make


def twice(provider: IdentityProvider, browser: Client) -> HttpResponse:
    """The answer of the provider comes again, after a sign-out."""
    way_back = provider.agree(begin(browser))
    browser.get(way_back)
    browser.post("/sign-out/")
    return browser.get(way_back)  # type: ignore[return-value]


def in_another_browser(provider: IdentityProvider, browser: Client) -> HttpResponse:
    """Somebody is made to open the answer that an attacker was given."""
    return browser.get(provider.agree(begin(Client())))  # type: ignore[return-value]


def with_a_foreign_code(provider: IdentityProvider, browser: Client) -> HttpResponse:
    """A code of another sign-in, injected into this one."""
    other = provider.agree(begin(Client())).partition("code=")[2].partition("&")[0]
    way_back = provider.agree(begin(browser))
    own = way_back.partition("code=")[2].partition("&")[0]
    return browser.get(way_back.replace(own, other))  # type: ignore[return-value]


def to_another_website(provider: IdentityProvider, browser: Client) -> HttpResponse:
    return browser.post("/sign-in/sso/", {"next": "https://evil.example/"})  # type: ignore[return-value]


LONG_AGO = 1_600_000_000
CASES = {
    "unverified email": Case(
        "unverified_email", "has not confirmed your email", "does not confirm", {"claims": of(email_verified=False)}
    ),
    "unverified email of somebody": Case(
        "unverified_email", "has not confirmed your email", "account old.nina has this address",
        {"claims": of(), "without": ["email_verified"]},
        before=lambda: User.objects.create(username="old.nina", email="nina@example.com"),
    ),
    "wrong tenant": Case("wrong_tenant", "another organization", "OIDC_TENANT asks", {"claims": of(tid="theirs")}),
    "replayed state": Case("state", "used before", "used before", {"claims": of()}, way=twice),
    "state of another browser": Case("state", "not started", "unknown", {"claims": of()}, way=in_another_browser),
    "replayed nonce": Case("nonce", "belongs to another", "another nonce", {"claims": of(nonce="of yesterday")}),
    "no nonce": Case("nonce", "belongs to another", "another nonce", {"claims": of(), "without": ["nonce"]}),
    "foreign code": Case("unavailable", "cannot be reached", "refused the request", {"claims": of()},
                         way=with_a_foreign_code),
    "deactivated person": Case(
        "deactivated", "is deactivated", "account nina is deactivated", {"claims": of()}, before=known(is_active=False)
    ),
    "group taken away": Case(
        "group_lost", "no longer in a group", "No sign-in rule", {"claims": of(groups=["others"])}, before=known()
    ),
    "wrong issuer": Case(
        "wrong_issuer", "does not recognize", "https://evil.example", {"claims": of(iss="https://evil.example")}
    ),
    "wrong issuer in the discovery document": Case(
        "wrong_issuer", "does not recognize", "discovery", {"discovery": {"issuer": "https://evil.example"}},
        way=lambda provider, browser: browser.post("/sign-in/sso/"),  # type: ignore[arg-type,return-value]
    ),
    "expired": Case("expired", "has expired", "clocks", {"claims": of(exp=LONG_AGO, iat=LONG_AGO - 60)}),
    "unsigned": Case("unsigned", "not signed correctly", "algorithm is 'none'", {"claims": of(), "unsigned": True}),
    "forged": Case("unsigned", "not signed correctly", "cannot be trusted", {"claims": of(), "forged": True}),
    "another client's token": Case("other_client", "another application", "OIDC_CLIENT_ID", {"claims": of(aud="wiki")}),
    "token given to another client": Case(
        "other_client", "another application", "several programs",
        {"claims": of(aud=["dubbing-portal", "wiki"], azp="wiki")}
    ),
    "no group": Case("no_group", "not in any group", "in no group", {"claims": of(groups=[])}),
    "no groups claim": Case("no_group", "not in any", "no claim 'groups'", {"claims": of(), "without": ["groups"]}),
    "name taken": Case(
        "name_taken", "belongs to another account", "Link it to this person", {"claims": of()},
        before=lambda: User.objects.create(username="Nina", email="other@example.com"),
    ),
    "email of somebody who is linked already": Case(
        "name_taken", "belongs to another account", "linked to another", {"claims": of(sub="8b1c")}, before=known()
    ),
    "open redirect": Case("open_redirect", "leads from the sign-in page", "evil.example", {}, way=to_another_website),
    "cancelled": Case("cancelled", "You cancelled", "access_denied", {"denied": True}),
    "provider in trouble": Case("unavailable", "cannot be reached", "refused", {"claims": of(), "tokenStatus": 500}),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_they_are_refused_with_words_and_a_reason(provider: IdentityProvider, settings: Settings, name: str) -> None:
    case = CASES[name]
    settings.OIDC_TENANT = "tid=ours" if name == "wrong tenant" else ""
    case.before()
    accounts = User.objects.count()
    provider.say(**case.answer)
    browser = Client()
    answer = case.way(provider, browser)
    page = answer.content.decode()
    assert answer.status_code == 403, page
    assert case.person_reads in page
    assert browser.get("/projects/").status_code == 302
    attempt = SignInAttempt.objects.all()[0]
    assert attempt.outcome == case.outcome
    assert case.ops_read in attempt.reason
    assert f"Number of this attempt, for administrators: {attempt.pk}" in page
    assert "evil.example" not in page
    assert User.objects.count() == accounts + (name == "replayed state")


def test_operators_see_the_claims_the_reason_and_what_the_person_was_told(provider: IdentityProvider) -> None:
    provider.say(claims=of(groups=["others"], locale="en"))
    provider.sign_in(Client())
    ops = client_of(make_user("ops", is_staff=True, is_superuser=True))
    attempt = SignInAttempt.objects.get()
    page = ops.get(f"/admin/dubbing/signinattempt/{attempt.pk}/change/").content.decode()
    for text in ("others", "nina@example.com", "Not in any group", "No sign-in rule is for", "not in any group that"):
        assert text in page
    assert "nina" in ops.get("/admin/dubbing/signinattempt/").content.decode()
    assert '"nonce"' not in page


def test_every_outcome_that_is_a_refusal_has_words_and_each_of_them_is_tested() -> None:
    refusals = set(SignInAttempt.Outcome) - {SignInAttempt.Outcome.SIGNED_IN, SignInAttempt.Outcome.EMERGENCY}
    assert set(EXPLANATIONS) == refusals
    assert {case.outcome for case in CASES.values()} == refusals


@pytest.mark.parametrize("where", ["//evil.example", "https:evil.example", "/\\evil.example", "javascript:alert(1)",
                                   "http://testserver@evil.example", "https://testserver.evil.example/"])  # fmt: skip
def test_the_way_back_never_leads_to_another_website(provider: IdentityProvider, where: str) -> None:
    assert Client().post("/sign-in/sso/", {"next": where}).status_code == 403


def test_a_provider_that_is_down_is_reported(settings: Settings) -> None:
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID = "http://127.0.0.1:9", "dubbing-portal"
    page = Client().post("/sign-in/sso/")
    assert page.status_code == 403
    assert "cannot be reached" in page.content.decode()
    assert "discovery document" in SignInAttempt.objects.get().reason
