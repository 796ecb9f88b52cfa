"""Where no mail server is set, superusers read the mails that lie in the folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.mail import send_mail
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from tests.support.people import People, client_of, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def superuser(settings: Settings, tmp_path: Path) -> Client:
    """A superuser's browser, and two mails in the folder."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    for name in ("First", "Größer — second"):
        send_mail(name, f"Look: https://example.com/{name[:5]}\n", None, ["ada@example.com"])
    return client_of(make_user("root", is_staff=True, is_superuser=True))


def test_mails_are_listed_and_read(superuser: Client) -> None:
    page = superuser.get(reverse("mailbox"))
    assert "Größer — second" in page.content.decode()
    assert [mail.message["Subject"] for mail in page.context["mails"]] == ["Größer — second", "First"]
    first = page.context["mails"][1]
    text = superuser.get(reverse("mailbox-mail", args=[first.name, first.number])).content.decode()
    assert 'href="https://example.com/First"' in text


@pytest.mark.parametrize("name", ["missing.log", "..", "..%2fportal.sqlite3"])
def test_no_other_file_can_be_read(superuser: Client, name: str) -> None:
    assert superuser.get(f"/mailbox/{name}/0/").status_code == 404


def test_other_staff_and_members_see_none(superuser: Client, people: People) -> None:
    assert reverse("mailbox") in superuser.get("/").content.decode()
    for user in (people.owner, make_user("clerk", is_staff=True)):
        assert client_of(user).get(reverse("mailbox")).status_code == 404
        assert reverse("mailbox") not in client_of(user).get("/").content.decode()


def test_there_is_no_mailbox_if_a_mail_server_is_configured(superuser: Client, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert superuser.get(reverse("mailbox")).status_code == 404
