"""A second step: codes of an app, passkeys, recovery codes; who has to have one; and nobody gets around it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from dubbing.models import GroupRule, Policy
from dubbing.sign_in import second_step
from tests.support.identity_provider import IdentityProvider
from tests.support.people import PASSWORD, People, client_of, make_user
from tests.support.programs import Program, token_text
from tests.support.second_step import code_of, give_app

pytestmark = pytest.mark.django_db
# Codes count for half a minute before and after theirs, so a test may last as long.
ASK, SETUP = "/sign-in/second-step/", "/account/two-step/"


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2030, 5, 1, 12, 0, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def nina() -> User:
    return make_user("nina", is_staff=True)


def enter(name: str = "nina", door: str = "/sign-in/", address: str = "203.0.113.9") -> tuple[Client, HttpResponse]:
    browser = Client(REMOTE_ADDR=address)
    return browser, browser.post(door, {"username": name, "password": PASSWORD})  # type: ignore[return-value]


def is_in(browser: Client) -> bool:
    return browser.get("/projects/").status_code == 200


@pytest.mark.parametrize("door", ["/sign-in/", "/admin/login/?next=/admin/"])
def test_the_password_alone_opens_nothing_and_a_code_does(nina: User, door: str) -> None:
    secret = give_app(nina)
    browser, answer = enter(door=door)
    assert answer["Location"] == ASK
    assert not is_in(browser)
    assert browser.get("/admin/").status_code == 302
    assert "Code from your app" in browser.get(ASK).content.decode()
    answer = browser.post(ASK, {"code": code_of(secret)})  # type: ignore[assignment]
    assert answer["Location"] == ("/admin/" if "admin" in door else "/")
    assert is_in(browser)


def test_a_code_works_once(nina: User) -> None:
    code = code_of(give_app(nina))
    for right in (True, False):
        browser, _ = enter()
        browser.post(ASK, {"code": code})
        assert is_in(browser) is right


def test_wrong_codes_are_said_so_and_few_may_be_tried(nina: User, clock: time_machine.Traveller) -> None:
    secret = give_app(nina)
    browser, _ = enter()
    answer = browser.post(ASK, {"code": "12"})
    assert answer.status_code == 422
    assert "That did not work" in answer.content.decode()
    for _ in range(4):
        browser.post(ASK, {"code": "000000"})
    answer = browser.post(ASK, {"code": code_of(secret)})
    assert (answer.status_code, answer["Retry-After"]) == (429, str(15 * 60))
    elsewhere, _ = enter(address="198.51.100.1")
    elsewhere.post(ASK, {"code": code_of(secret)})
    assert is_in(elsewhere)
    clock.shift(timedelta(minutes=14, seconds=59))
    assert browser.get(ASK).status_code in {302, 429}


def test_a_recovery_code_works_once_and_without_the_app(nina: User) -> None:
    give_app(nina)
    codes = second_step.new_recovery_codes(nina)
    assert len(set(codes)) == 10
    for right in (True, False):
        browser, _ = enter()
        browser.post(ASK, {"code": f"{codes[3][:4]} {codes[3][4:]}"})
        assert is_in(browser) is right
    assert second_step.recovery_codes_left(nina) == 9


def test_nobody_comes_to_the_second_step_without_the_first(nina: User) -> None:
    secret = give_app(nina)
    assert Client().get(ASK)["Location"] == "/sign-in/"
    stranger = Client()
    stranger.post(ASK, {"code": code_of(secret)})
    assert not is_in(stranger)


def test_a_leaver_does_not_finish_what_they_began(nina: User) -> None:
    secret = give_app(nina)
    browser, _ = enter()
    User.objects.filter(pk=nina.pk).update(is_active=False)
    browser.post(ASK, {"code": code_of(secret)})
    assert not is_in(browser)


def test_people_set_up_an_app_themselves_and_get_recovery_codes_once(nina: User) -> None:
    browser, _ = enter()
    page = browser.get(SETUP).content.decode()
    found = re.search(r"<code[^>]*>([A-Z2-7]+)</code>", page)
    assert found
    secret = found[1]
    answer = browser.post(SETUP, {"action": "app", "code": "000000"})
    assert answer.status_code == 422
    assert "This code is not correct" in answer.content.decode()
    assert secret in answer.content.decode()
    answer = browser.post(SETUP, {"action": "app", "code": code_of(secret)})
    assert answer.status_code == 201
    codes = re.findall(r"\b\d{8}\b", answer.content.decode())
    assert len(codes) == 10
    page = browser.get(SETUP).content.decode()
    assert not [code for code in codes if code in page]
    assert secret not in page
    assert secret not in str(list(Authenticator.objects.values("data")))
    again, answer = enter()  # type: ignore[assignment]
    assert answer["Location"] == ASK
    again.post(ASK, {"code": codes[0]})
    assert is_in(again)


def test_new_recovery_codes_replace_the_earlier_ones(nina: User) -> None:
    secret = give_app(nina)
    before = second_step.new_recovery_codes(nina)
    browser, _ = enter()
    browser.post(ASK, {"code": code_of(secret)})
    assert browser.post(SETUP, {"action": "codes"}).status_code == 201
    other, _ = enter()
    other.post(ASK, {"code": before[0]})
    assert not is_in(other)


def test_what_is_removed_no_longer_counts_and_the_codes_go_with_the_last(nina: User) -> None:
    secret = give_app(nina)
    second_step.new_recovery_codes(nina)
    browser, _ = enter()
    browser.post(ASK, {"code": code_of(secret)})
    row = second_step.authenticators(nina)[0]
    stranger = make_user("omar")
    assert not second_step.remove(stranger, row.pk)
    browser.post(SETUP, {"action": "remove", "pk": row.pk})
    assert not Authenticator.objects.exists()
    again, _ = enter()
    assert is_in(again)


def test_an_open_browser_is_not_enough_to_change_it(nina: User, clock: time_machine.Traveller) -> None:
    browser, _ = enter()
    clock.shift(timedelta(minutes=16))
    assert "sign in again" in browser.get(SETUP).content.decode()
    assert browser.post(SETUP, {"action": "codes"}).status_code == 403
    assert client_of(nina).post(SETUP, {"action": "codes"}).status_code == 403


@pytest.mark.parametrize(
    "credential", ["", "null", "[]", "{}", "[" * 2000, '{"id": 1}', '{"response": {"x": "\\ud800"}}']
)
def test_what_is_no_passkey_is_none(nina: User, credential: str) -> None:
    browser, _ = enter()
    browser.get(SETUP)
    assert browser.post(SETUP, {"action": "passkey", "credential": credential}).status_code == 422
    give_app(nina)
    browser, _ = enter()
    browser.get(ASK)
    assert browser.post(ASK, {"credential": credential}).status_code == 422
    assert not is_in(browser)


def test_administrators_have_to_set_one_up_where_that_is_required(nina: User, settings: Settings) -> None:
    settings.SECOND_STEP_FOR_ADMINS = True
    browser, _ = enter()
    for address in ("/", "/projects/", "/admin/", "/account/"):
        assert browser.get(address)["Location"] == SETUP
    page = browser.get(SETUP).content.decode()
    assert "You need a second step" in page
    found = re.search(r"<code[^>]*>([A-Z2-7]+)</code>", page)
    assert found
    browser.post(SETUP, {"action": "app", "code": code_of(found[1])})
    assert is_in(browser)
    make_user("omar")
    other, _ = enter("omar")
    assert is_in(other)


def test_a_project_can_require_it_of_its_members(people: People) -> None:
    owner = client_of(people.owner)
    page = owner.get(f"/projects/{people.project.pk}/settings/").content.decode()
    assert "Require two-step sign-in" in page
    owner.post(f"/projects/{people.project.pk}/settings/", {"second_step": "on"})
    assert Policy.objects.get().second_step
    for name, free in (("viewer", False), ("outsider", True)):
        browser, _ = enter(name)
        assert is_in(browser) is free


def test_the_last_second_step_cannot_be_removed_to_get_around_that(people: People) -> None:
    Policy.objects.create(project=people.project, second_step=True)
    secret = give_app(people.viewer)
    browser, _ = enter("viewer")
    browser.post(ASK, {"code": code_of(secret)})
    assert is_in(browser)
    browser.post(SETUP, {"action": "remove", "pk": second_step.authenticators(people.viewer)[0].pk})
    assert not is_in(browser)


def test_programs_with_tokens_are_asked_for_none(nina: User) -> None:
    program = Program(token_text(nina))
    give_app(nina)
    assert program.get("/projects").status_code == 200


def test_who_comes_through_the_provider_is_asked_for_a_second_step_that_they_set_up_here(
    provider: IdentityProvider,
) -> None:
    GroupRule.objects.create(group="dubbing")
    secret = give_app(make_user("nina"))
    browser = Client()
    assert provider.sign_in(browser)["Location"] == ASK
    assert not is_in(browser)
    browser.post(ASK, {"code": code_of(secret)})
    assert is_in(browser)


def test_operators_take_a_lost_second_step_away_and_see_no_secret(nina: User) -> None:
    secret = give_app(nina)
    ops = client_of(make_user("ops", is_staff=True, is_superuser=True))
    row = Authenticator.objects.get()
    page = ops.get(f"/admin/mfa/authenticator/{row.pk}/change/").content.decode()
    assert secret not in page
    assert str(row.data["secret"]) not in page
    ops.post(f"/admin/mfa/authenticator/{row.pk}/delete/", {"post": "yes"})
    browser, _ = enter()
    assert is_in(browser)
