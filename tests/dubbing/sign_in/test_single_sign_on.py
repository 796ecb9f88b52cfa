"""People come in through the identity provider: who they are here, and what they may do, follow what it says."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.contrib.auth.models import Group, User
from django.test import Client
from pytest_django import Settings

from dubbing.models import ApiToken, GroupRule, Membership, Project, Session, SignInAttempt
from dubbing.sign_in import single_sign_on
from tests.dubbing.sign_in.conftest import of
from tests.support.identity_provider import CLIENT_ID, IdentityProvider, asked, begin
from tests.support.people import PASSWORD, People, client_of, make_user
from tests.support.programs import make_token

pytestmark = pytest.mark.django_db


def allow(group: str = "dubbing", **more: Any) -> GroupRule:
    """A rule for this group; without more, it may sign in."""
    rule = GroupRule(group=group, **more)
    rule.full_clean()
    rule.save()
    return rule


def join(project: Project, role: str, group: str = "dubbing") -> GroupRule:
    return allow(group, grant="project", project=project, role=role)


def is_in(browser: Client) -> bool:
    return browser.get("/projects/").status_code == 200


def test_people_in_a_group_with_a_rule_get_an_account_and_sign_in(provider: IdentityProvider) -> None:
    allow()
    browser = Client()
    answer = provider.sign_in(browser, "/projects/?q=x")
    assert (answer.status_code, answer["Location"]) == (302, "/projects/?q=x")
    user = User.objects.get()
    assert (user.username, user.email, user.get_full_name()) == ("nina", "nina@example.com", "Nina Hale")
    assert not user.has_usable_password()
    assert not (user.is_staff)
    assert not (user.is_superuser)
    assert is_in(browser)
    attempt = SignInAttempt.objects.get()
    assert (attempt.outcome, attempt.user, attempt.subject) == ("signed_in", user, "7f3a")
    assert attempt.rules == ["dubbing → May sign in"]


def test_the_provider_is_asked_with_pkce_a_state_and_a_nonce_and_for_our_address(provider: IdentityProvider) -> None:
    first, second = asked(begin(Client())), asked(begin(Client()))
    assert first["code_challenge_method"] == "S256"
    assert (first["client_id"], first["response_type"]) == (CLIENT_ID, "code")
    assert first["redirect_uri"] == "http://testserver/sign-in/sso/callback/"
    assert set(first["scope"].split()) == {"openid", "profile", "email"}
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) >= 16
        assert first[name] != second[name]


def test_no_token_of_the_provider_is_kept(provider: IdentityProvider) -> None:
    allow()
    browser = Client()
    provider.sign_in(browser)
    assert not SocialToken.objects.exists()
    kept = str(SignInAttempt.objects.values().get()) + str(SocialAccount.objects.values().get())
    kept += str([session.get_decoded() for session in Session.objects.all()])
    assert "eyJ" not in kept
    assert "nonce" not in SignInAttempt.objects.get().claims


def test_the_same_person_is_known_again_whatever_they_are_called_then(provider: IdentityProvider) -> None:
    allow()
    provider.sign_in(Client())
    provider.say(claims=of(preferred_username="hale", email="hale@example.com", family_name="Moss"))
    browser = Client()
    provider.sign_in(browser)
    user = User.objects.get()
    assert (user.username, user.email, user.last_name) == ("nina", "hale@example.com", "Moss")
    assert is_in(browser)


def test_claims_that_only_the_userinfo_has_count_for_the_same_person_alone(provider: IdentityProvider) -> None:
    allow()
    provider.say(claims=of(), without=["groups"], userinfo={"sub": "7f3a", "groups": ["dubbing"]})
    browser = Client()
    provider.sign_in(browser)
    assert is_in(browser)
    provider.say(claims=of(), without=["groups"], userinfo={"sub": "somebody else", "groups": ["dubbing"]})
    other = Client()
    assert provider.sign_in(other).status_code == 403
    assert not is_in(other)


def test_groups_may_be_nested_in_the_claims(provider: IdentityProvider, settings: Settings) -> None:
    settings.OIDC_GROUPS_CLAIM = "realm_access.roles"
    allow()
    provider.say(claims=of(groups=["other"], realm_access={"roles": ["dubbing"]}))
    browser = Client()
    provider.sign_in(browser)
    assert is_in(browser)


def test_projects_follow_the_groups_at_the_first_sign_in_and_at_each_later_one(
    provider: IdentityProvider, people: People
) -> None:
    other = Project.objects.get(name="Elsewhere")
    join(people.project, "viewer")
    join(people.project, "editor", "editors")
    join(other, "viewer", "editors")
    provider.say(claims=of(groups=["dubbing", "editors"]))
    provider.sign_in(Client())
    nina = User.objects.get(username="nina")
    assert roles(nina) == {"Harbour": "editor", "Elsewhere": "viewer"}
    provider.say(claims=of(groups=["dubbing"]))
    provider.sign_in(Client())
    assert roles(nina) == {"Harbour": "viewer"}


def roles(user: User) -> dict[str, str]:
    return dict(Membership.objects.filter(user=user).values_list("project__name", "role"))


def test_what_was_given_by_hand_stays_unless_a_group_gives_more(provider: IdentityProvider, people: People) -> None:
    nina = make_user("nina")
    Membership.objects.create(project=people.project, user=nina, role="editor")
    join(people.project, "viewer")
    join(people.project, "owner", "owners")
    provider.sign_in(Client())
    assert roles(nina) == {"Harbour": "editor"}
    provider.say(claims=of(groups=["owners"]))
    provider.sign_in(Client())
    assert roles(nina) == {"Harbour": "owner"}


def test_the_last_owner_of_a_project_stays_its_owner(provider: IdentityProvider, people: People) -> None:
    allow()
    join(people.project, "owner", "owners")
    provider.say(claims=of(groups=["owners"]))
    provider.sign_in(Client())
    Membership.objects.filter(project=people.project, user=people.owner).delete()
    provider.say(claims=of(groups=["dubbing"]))
    provider.sign_in(Client())
    assert roles(User.objects.get(username="nina")) == {"Harbour": "owner"}
    assert "stays an owner of Harbour" in SignInAttempt.objects.all()[0].reason


def test_administrators_follow_the_groups_and_the_last_one_is_never_locked_out(provider: IdentityProvider) -> None:
    allow()
    allow("admins", grant="admin")
    provider.say(claims=of(groups=["admins"]))
    provider.sign_in(Client())
    nina = User.objects.get()
    assert nina.is_superuser
    assert nina.is_staff
    provider.say(claims=of(groups=["dubbing"]))
    provider.sign_in(Client())
    nina.refresh_from_db()
    assert nina.is_superuser
    assert "no other one" in SignInAttempt.objects.all()[0].reason
    provider.say(claims=of(groups=[]))
    browser = Client()
    provider.sign_in(browser)
    assert is_in(browser)
    make_user("omar", is_superuser=True, is_staff=True)
    provider.say(claims=of(groups=["dubbing"]))
    provider.sign_in(Client())
    nina.refresh_from_db()
    assert not (nina.is_superuser)
    assert not (nina.is_staff)


def test_administrators_stay_what_they_are_while_no_rule_is_about_them(provider: IdentityProvider) -> None:
    allow()
    nina = make_user("nina", is_superuser=True, is_staff=True)
    make_user("omar", is_superuser=True, is_staff=True)
    provider.sign_in(Client())
    nina.refresh_from_db()
    assert nina.is_superuser
    assert nina.is_staff


def test_a_group_can_open_the_admin_site_with_the_permissions_of_a_role(provider: IdentityProvider) -> None:
    support = Group.objects.create(name="Support")
    allow()
    allow("helpdesk", grant="staff", permissions=support)
    provider.say(claims=of(groups=["helpdesk"]))
    browser = Client()
    provider.sign_in(browser, "/admin/")
    nina = User.objects.get()
    assert (nina.is_staff, nina.is_superuser, list(nina.groups.all())) == (True, False, [support])
    assert browser.get("/admin/").status_code == 200
    provider.say(claims=of())
    provider.sign_in(browser)
    nina.refresh_from_db()
    assert (nina.is_staff, list(nina.groups.all())) == (False, [])


def test_a_proven_email_joins_the_account_that_has_it_and_its_password_still_works(provider: IdentityProvider) -> None:
    allow()
    nina = make_user("old.name")
    User.objects.filter(pk=nina.pk).update(email="Nina@Example.com")
    provider.sign_in(Client())
    assert SocialAccount.objects.get().user == nina
    assert Client().post("/sign-in/", {"username": "old.name", "password": PASSWORD}).status_code == 302


def test_ops_can_link_an_account_to_a_person_by_hand(provider: IdentityProvider, client: Client) -> None:
    allow()
    nina = make_user("nina")
    provider.say(claims=of(email_verified=False))
    assert provider.sign_in(Client()).status_code == 403
    ops = client_of(make_user("ops", is_staff=True, is_superuser=True))
    page = ops.get("/admin/socialaccount/socialaccount/add/").content.decode()
    assert "ID at the provider" in page
    ops.post("/admin/socialaccount/socialaccount/add/", {"user": nina.pk, "uid": "7f3a"})
    assert SocialAccount.objects.get().provider == single_sign_on.provider_id()
    browser = Client()
    provider.sign_in(browser)
    assert is_in(browser)
    nina.refresh_from_db()
    assert nina.email == "nina@example.com"


def test_people_of_another_issuer_are_never_taken_for_those_of_this_one(
    provider: IdentityProvider, settings: Settings
) -> None:
    allow()
    SocialAccount.objects.create(user=make_user("omar"), provider="oidc-of-another", uid="7f3a")
    provider.sign_in(Client())
    assert SignInAttempt.objects.get().user == User.objects.get(username="nina")


def test_signing_in_again_as_somebody_else_leaves_nothing_of_the_first_session(provider: IdentityProvider) -> None:
    allow()
    browser = client_of(make_user("omar"))
    before = browser.cookies["sessionid"].value
    provider.sign_in(browser)
    assert browser.cookies["sessionid"].value != before
    assert "nina" in browser.get("/account/").content.decode()


def test_with_single_sign_on_alone_only_the_emergency_account_has_a_password(
    provider: IdentityProvider, settings: Settings
) -> None:
    settings.PASSWORD_SIGN_IN, settings.BREAK_GLASS_USER = False, "emergency"
    make_user("nina")
    make_user("emergency", is_staff=True, is_superuser=True)
    page = Client().get("/sign-in/").content.decode()
    assert "Continue with your organization" in page
    assert 'name="password"' not in page
    assert 'name="password"' in Client().get("/sign-in/?emergency=1").content.decode()
    for door in ("/sign-in/", "/admin/login/"):
        assert Client().post(door, {"username": "nina", "password": PASSWORD}).status_code == 200
        assert Client().post(door, {"username": "emergency", "password": PASSWORD}).status_code == 302
    assert SignInAttempt.objects.filter(outcome="emergency", user__username="emergency").exists()


def test_with_single_sign_on_nobody_else_changes_or_resets_a_password(
    provider: IdentityProvider, settings: Settings, mailoutbox: list[Any]
) -> None:
    settings.PASSWORD_SIGN_IN, settings.BREAK_GLASS_USER = False, "emergency"
    nina, emergency = make_user("nina"), make_user("emergency")
    for name in ("nina", "emergency"):
        Client().post("/password/reset/", {"email": f"{name}@example.com"})
    assert [mail.to for mail in mailoutbox] == [["emergency@example.com"]]
    fields = {"old_password": PASSWORD, "new_password1": "a-new-one-here", "new_password2": "a-new-one-here"}
    assert client_of(nina).post("/account/", fields).status_code == 404
    assert "Change password" not in client_of(nina).get("/account/").content.decode()
    assert client_of(emergency).post("/account/", fields).status_code == 302


def test_without_a_provider_there_is_no_single_sign_on(settings: Settings) -> None:
    browser = Client()
    assert browser.post("/sign-in/sso/").status_code == 404
    assert browser.get("/sign-in/sso/callback/").status_code == 404
    assert "organization" not in browser.get("/sign-in/").content.decode()
    assert "organization" not in browser.get("/admin/login/").content.decode()


def test_both_sign_in_pages_have_the_button(provider: IdentityProvider, settings: Settings) -> None:
    settings.OIDC_NAME = "Harbour & Sons"
    for door in ("/sign-in/", "/admin/login/?next=/admin/"):
        assert "Continue with Harbour &amp; Sons" in Client().get(door).content.decode()


def test_a_leaver_loses_sessions_and_tokens_with_the_group(provider: IdentityProvider) -> None:
    allow()
    browser = Client()
    provider.sign_in(browser)
    token = make_token(User.objects.get())
    provider.say(claims=of(groups=["others"]))
    assert provider.sign_in(Client()).status_code == 403
    assert not is_in(browser)
    assert not ApiToken.objects.live().filter(pk=token.pk).exists()
