"""People see where they are signed in and end it there; sessions get only so old; leavers lose everything at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
import time_machine
from django.apps import apps
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session as EarlierSession
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from dubbing import uploads
from dubbing.accounts import sessions
from dubbing.models import ApiToken, Session
from dubbing.models.sessions import SessionStore
from dubbing.uploads import append
from tests.support.people import PASSWORD, client_of, make_user
from tests.support.programs import Program, token_text

pytestmark = pytest.mark.django_db
AGENTS = {
    "Firefox on Linux": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Edge on Windows": "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
    "Safari on iPhone": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1",
}


@pytest.fixture
def nina() -> User:
    return make_user("nina")


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2030, 5, 1, 12, 0, tzinfo=UTC), tick=False) as traveller:
        yield traveller


def come_in(agent: str = "", address: str = "203.0.113.9") -> Client:
    browser = Client(headers={"User-Agent": agent}, REMOTE_ADDR=address)
    assert browser.post("/sign-in/", {"username": "nina", "password": PASSWORD}).status_code == 302
    return browser


def is_in(browser: Client, **headers: str) -> bool:
    return browser.get("/projects/", headers=headers).status_code == 200


def page_of(browser: Client) -> str:
    return browser.get("/account/").content.decode()


def test_the_account_page_says_where_the_person_is_signed_in(nina: User) -> None:
    browsers = [come_in(agent, f"203.0.113.{number}") for number, agent in enumerate(AGENTS.values())]
    page = page_of(browsers[0])
    for text in (*AGENTS, "203.0.113.0", "203.0.113.2"):
        assert text in page
    assert page.count("This session") == 1
    assert page.count("End session") == 2
    for browser in browsers:
        assert str(browser.session.session_key) not in page


def test_one_session_is_ended_and_the_others_stay(nina: User) -> None:
    here = come_in(AGENTS["Firefox on Linux"])
    phone, other = come_in(AGENTS["Safari on iPhone"]), come_in(AGENTS["Edge on Windows"])
    line = page_of(here).partition("Safari on iPhone")[2]
    found = re.search(r'name="session" value="(\w+)"', line)
    assert found
    answer = here.post(reverse("account-sessions"), {"session": found[1]}, follow=True)
    assert "Session ended." in answer.content.decode()
    assert [is_in(browser) for browser in (here, phone, other)] == [True, False, True]


def test_nobody_ends_somebody_elses_session(nina: User) -> None:
    theirs = come_in()
    found = [row.id for row in theirs.get("/account/").context["sessions"]]
    client_of(make_user("omar")).post(reverse("account-sessions"), {"session": found[0]})
    assert is_in(theirs)


def test_a_session_gets_so_old_however_much_it_is_used(
    nina: User, settings: Settings, clock: time_machine.Traveller
) -> None:
    settings.SESSION_HOURS = 2
    browser = come_in()
    for _ in range(4):
        clock.shift(timedelta(minutes=29))
        assert is_in(browser)
    clock.shift(timedelta(minutes=5))
    assert not is_in(browser)
    assert browser.get("/projects/")["Location"].startswith("/sign-in/")


def test_a_session_that_nobody_uses_ends_and_pages_that_poll_by_themselves_do_not_use_it(
    nina: User, settings: Settings, clock: time_machine.Traveller
) -> None:
    settings.SESSION_IDLE_MINUTES = 30
    browser = come_in()
    for _ in range(3):
        clock.shift(timedelta(minutes=20))
        assert is_in(browser)
    clock.shift(timedelta(minutes=20))
    assert is_in(browser, **{"X-Look": "again"})
    clock.shift(timedelta(minutes=11))
    assert not is_in(browser)


def test_a_leaver_loses_sessions_and_tokens_at_once_and_for_good(nina: User) -> None:
    browser, program = come_in(), Program(token_text(nina))
    assert is_in(browser)
    assert program.get("/projects").status_code == 200
    nina.is_active = False
    nina.save()
    assert not is_in(browser)
    assert program.get("/projects").status_code == 401
    nina.is_active = True
    nina.save()
    assert not is_in(browser)
    assert program.get("/projects").status_code == 401
    assert not ApiToken.objects.live().exists()
    assert not Session.objects.exists()


def test_the_admin_site_ends_them_too(nina: User) -> None:
    browser = come_in()
    ops = client_of(make_user("ops", is_staff=True, is_superuser=True))
    form = ops.get(f"/admin/auth/user/{nina.pk}/change/").context["adminform"].form
    fields = {name: value for name, value in form.initial.items() if name not in {"is_active", "password"} and value}
    joined = {"date_joined_0": "2030-01-01", "date_joined_1": "12:00:00"}
    assert ops.post(f"/admin/auth/user/{nina.pk}/change/", fields | joined).status_code == 302
    assert not is_in(browser)


def test_an_upload_in_progress_stops_when_its_owner_leaves(nina: User, monkeypatch: pytest.MonkeyPatch) -> None:
    assert append.LOOK_EVERY_SECONDS <= 30
    monkeypatch.setattr(append, "LOOK_EVERY_SECONDS", 0.0)
    upload = uploads.create_upload(nina, kind="video", name="film.mp4", size=10)
    came: list[bytes] = []

    class Body:
        """Its owner leaves while the first bytes come."""

        length = 10

        def pieces(self) -> Iterator[bytes]:
            for piece in (b"12345", b"67890"):
                User.objects.filter(pk=nina.pk).update(is_active=False)
                came.append(piece)
                yield piece

        def silent_for(self) -> float:
            return 0.0

        def stop(self) -> None:
            """Nobody stops it from here."""

    with pytest.raises(uploads.Gone):
        uploads.append_bytes(upload, Body(), offset=0)
    assert came == [b"12345"]


def test_a_persons_sessions_are_found_without_reading_those_of_others(
    nina: User, caplog: pytest.LogCaptureFixture
) -> None:
    omar = make_user("omar")
    clients = [client_of(omar) for _ in range(3)]
    # Whoever reads one of these is told so in the log.
    Session.objects.filter(user=omar).update(session_data="not a session")
    browser, other = come_in(), come_in()
    assert page_of(browser).count("End session") == 1
    assert "Signed out of 1 other session." in browser.post(reverse("account-sessions"), follow=True).content.decode()
    assert not is_in(other)
    assert is_in(browser)
    assert Session.objects.filter(user=omar).count() == len(clients)
    assert not [record for record in caplog.records if "orrupted" in record.getMessage()]


def test_a_session_is_its_persons_from_signing_in_to_signing_out(nina: User) -> None:
    browser = Client()
    browser.get("/sign-in/")
    assert not Session.objects.filter(user=nina).exists()
    browser.post("/sign-in/", {"username": "nina", "password": PASSWORD})
    (row,) = Session.objects.filter(user=nina)
    assert row.pk == browser.session.session_key
    browser.post("/sign-out/")
    assert not Session.objects.filter(user=nina).exists()


def test_a_deleted_persons_sessions_go_with_them_and_no_page_shows_a_key(nina: User) -> None:
    browser = come_in()
    key = str(browser.session.session_key)
    ops = client_of(make_user("ops", is_staff=True, is_superuser=True))
    page = ops.get(f"/admin/auth/user/{nina.pk}/delete/").content.decode()
    assert "Session of nina" in page
    assert key not in page
    nina.delete()
    assert not is_in(browser)
    assert not Session.objects.filter(pk=key).exists()


def test_an_upgrade_signs_nobody_out(nina: User) -> None:
    browser = come_in()
    row = Session.objects.get(user=nina)
    key = row.pk
    earlier = EarlierSession.objects
    earlier.create(session_key=key, session_data=row.session_data, expire_date=row.expire_date)
    earlier.create(session_key="anonymous", session_data=SessionStore().encode({}), expire_date=row.expire_date)
    earlier.create(
        session_key="expired", session_data=row.session_data, expire_date=row.expire_date - timedelta(days=9)
    )
    earlier.create(session_key="broken", session_data="not a session", expire_date=row.expire_date)
    row.delete()
    assert not is_in(browser)
    browser.cookies["sessionid"] = key
    import_module("dubbing.migrations.0056_labels_c2pa_sessions").copy_sessions(apps, None)
    assert is_in(browser)
    assert [(moved.pk, moved.user_id) for moved in Session.objects.filter(user=nina)] == [(key, nina.pk)]
    assert earlier.filter(session_key=key).exists(), "processes with older code still need it"
    sessions.forget_expired()
    assert not earlier.filter(session_key="expired").exists()
