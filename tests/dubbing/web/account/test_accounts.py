"""People change their own password, choose a new one when it is lost, and end their other sessions."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from dubbing.accounts import sessions
from dubbing.models import Session
from tests.support.people import PASSWORD, client_of, make_user

pytestmark = pytest.mark.django_db
NEW = "a-new-one-for-the-harbour"
SIGN_IN = "/sign-in/"


@pytest.fixture
def nina() -> User:
    return make_user("nina")


def is_in(client: Client) -> bool:
    return client.get("/projects/").status_code == 200


def comes_in(password: str) -> bool:
    return Client().post(SIGN_IN, {"username": "nina", "password": password}).status_code == 302


def change(client: Client, old: str = PASSWORD, new: str = NEW, again: str = NEW) -> HttpResponse:
    fields = {"old_password": old, "new_password1": new, "new_password2": again}
    return client.post(reverse("account"), fields)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("name", "password", "expected"),
    [
        ("nina", "wrong", ["Wrong username or password."]),
        ("nobody", PASSWORD, ["Wrong username or password."]),
        ("", "", ["Enter your username.", "Enter your password."]),
    ],
)
def test_a_failed_sign_in_says_what_is_wrong_and_never_which_of_the_two(
    nina: User, name: str, password: str, expected: list[str]
) -> None:
    page = Client().post(SIGN_IN, {"username": name, "password": password}).content.decode()
    assert [text for text in expected if text not in page] == []
    assert "Please enter a correct" not in page


# --- changing it ------------------------------------------------------------------------------------------------------


def test_a_person_changes_their_password_and_is_signed_out_elsewhere(nina: User) -> None:
    here, elsewhere, other = client_of(nina), client_of(nina), client_of(make_user("omar"))
    answer = here.post(
        reverse("account"), {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}, follow=True
    )
    assert "Password changed" in answer.content.decode()
    assert [is_in(client) for client in (here, elsewhere, other)] == [True, False, True]
    assert [comes_in(PASSWORD), comes_in(NEW)] == [False, True]


@pytest.mark.parametrize(
    ("old", "new", "again", "expected"),
    [
        ("wrong", NEW, NEW, "old password was entered incorrectly"),
        (PASSWORD, NEW, NEW + "x", "didn’t match"),
        (PASSWORD, "short", "short", "too short"),
        (PASSWORD, "nina@example.com", "nina@example.com", "too similar"),
        (PASSWORD, "password1234", "password1234", "too common"),
        (PASSWORD, "", "", "required"),
    ],
)
def test_an_invalid_password_is_explained_beside_the_field_and_changes_nothing(
    nina: User, old: str, new: str, again: str, expected: str
) -> None:
    here, elsewhere = client_of(nina), client_of(nina)
    answer = change(here, old, new, again)
    assert answer.status_code == 422
    assert expected in answer.content.decode()
    assert [is_in(here), is_in(elsewhere), comes_in(PASSWORD)] == [True, True, True]


def test_somebody_at_an_open_browser_has_few_attempts(nina: User) -> None:
    client = client_of(nina)
    assert [change(client, "wrong").status_code for _ in range(6)] == [422] * 5 + [429]
    answer = change(client)
    assert (answer.status_code, int(answer["Retry-After"]) > 0) == (429, True)
    assert comes_in(PASSWORD)


def test_the_menu_leads_to_ones_account(nina: User) -> None:
    client = client_of(nina)
    assert f'href="{reverse("account")}"' in client.get("/").content.decode()
    page = client.get(reverse("account")).content.decode()
    assert "nina@example.com" in page
    assert "Sign out everywhere else" in page


# --- ending sessions --------------------------------------------------------------------------------------------------


def test_a_person_ends_their_other_sessions_and_nobody_elses(nina: User) -> None:
    here, elsewhere, phone = (client_of(nina) for _ in range(3))
    other = client_of(make_user("omar"))
    answer = here.post(reverse("account-sessions"), follow=True)
    assert "Signed out of 2 other sessions" in answer.content.decode()
    assert [is_in(client) for client in (here, elsewhere, phone, other)] == [True, False, False, True]
    assert "no other sessions" in here.post(reverse("account-sessions"), follow=True).content.decode()


def test_a_copy_of_the_cookie_stops_working_too(nina: User) -> None:
    here, thief = client_of(nina), Client()
    thief.cookies["sessionid"] = here.cookies["sessionid"].value
    assert is_in(thief)
    here.post(reverse("account-sessions"))
    assert [is_in(here), is_in(thief)] == [True, False]


def test_expired_sessions_are_deleted(nina: User) -> None:
    client_of(nina)
    with time_machine.travel(timezone.now() + timedelta(hours=13)):
        client_of(nina)
        sessions.forget_expired()
        assert Session.objects.count() == 1


# --- a lost password --------------------------------------------------------------------------------------------------


def ask(email: str = "nina@example.com", *, address: str = "203.0.113.9") -> HttpResponse:
    return Client().post(reverse("password-reset"), {"email": email}, follow=True, REMOTE_ADDR=address)  # type: ignore[return-value]


def link_in(mail: EmailMessage) -> str:
    found = re.search(r"https?://[^/]+(/password/reset/\S+)", str(mail.body))
    assert found
    return found[1]


def test_a_lost_password_is_replaced_by_a_mail_and_every_session_ends(
    nina: User, mailoutbox: list[EmailMessage]
) -> None:
    before = client_of(nina)
    assert "we have sent it a link" in ask("NINA@example.com").content.decode()
    (mail,) = mailoutbox
    assert mail.to == ["nina@example.com"]
    client = Client()
    form = client.get(link_in(mail), follow=True)
    assert link_in(mail) not in form.redirect_chain[-1][0]  # the token is in no address that is sent on
    answer = client.post(form.redirect_chain[-1][0], {"new_password1": NEW, "new_password2": NEW}, follow=True)
    assert "Sign in with your new password" in answer.content.decode()
    assert [is_in(before), comes_in(PASSWORD), comes_in(NEW)] == [False, False, True]
    again = Client().get(link_in(mail), follow=True)
    assert (again.status_code, "no longer works" in again.content.decode()) == (404, True)


def test_the_link_leads_to_the_configured_address_whatever_host_was_asked(
    nina: User, mailoutbox: list[EmailMessage], settings: Settings
) -> None:
    settings.PORTAL_URL = "https://dubbing.example.com"
    Client().post(reverse("password-reset"), {"email": nina.email}, headers={"Host": "evil.example"})
    assert "https://dubbing.example.com/password/reset/" in str(mailoutbox[0].body)
    assert "evil.example" not in f"{mailoutbox[0].subject}{mailoutbox[0].body}"


def test_the_answer_does_not_say_whether_there_is_such_an_account(nina: User, mailoutbox: list[EmailMessage]) -> None:
    User.objects.create_user("gone", "gone@example.com", PASSWORD, is_active=False)
    pages = [ask(email) for email in (nina.email, "nobody@example.com", "gone@example.com")]
    texts = {re.sub(r"nonce=\S+|value=\S+", "", page.content.decode()) for page in pages}
    assert (len(texts), len(mailoutbox)) == (1, 1)


def test_an_old_link_does_not_work(nina: User, mailoutbox: list[EmailMessage]) -> None:
    ask()
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert "no longer works" in Client().get(link_in(mailoutbox[0]), follow=True).content.decode()


def test_nobody_is_flooded_with_mails(nina: User, mailoutbox: list[EmailMessage]) -> None:
    answers = [ask(address=f"203.0.113.{number}") for number in range(6)]
    assert {answer.status_code for answer in answers} == {200}
    assert len(mailoutbox) == 3


def test_one_address_cannot_try_everybodys_email(mailoutbox: list[EmailMessage]) -> None:
    statuses = [ask(f"somebody{number}@example.com").status_code for number in range(11)]
    assert statuses == [200] * 10 + [429]
    assert ask(address="198.51.100.1").status_code == 200


def test_a_mail_server_that_is_down_does_not_affect_the_answer(nina: User, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    assert "we have sent it a link" in ask().content.decode()


def test_without_a_mail_server_the_mail_is_in_a_folder_and_the_page_says_so(
    nina: User, settings: Settings, tmp_path: Path
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    assert "stores emails in a folder" in ask().content.decode()
    (mail,) = (tmp_path / "mail").iterdir()
    assert "/password/reset/" in mail.read_text()


def test_the_sign_in_page_says_where_to_go_with_a_lost_password() -> None:
    assert reverse("password-reset") in Client().get(SIGN_IN).content.decode()
