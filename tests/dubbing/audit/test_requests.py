"""What people do in the portal stands in the audit log: who, what, where from, before and after."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from dubbing.accounts import tokens
from dubbing.models import AuditEvent, Project
from tests.support import rows
from tests.support.people import PASSWORD, People, client_of, make_user
from tests.support.sharing import everything

pytestmark = pytest.mark.django_db


def recorded() -> list[AuditEvent]:
    return list(AuditEvent.objects.order_by("position"))


def test_signing_in_and_out_and_failing_to_are_recorded_with_the_address(settings: Settings) -> None:
    settings.PROXIES = 1
    make_user("owner")
    browser = Client(headers={"X-Forwarded-For": "198.51.100.7"})
    browser.post("/sign-in/", {"username": "owner", "password": "wrong-and-secret"})
    browser.post("/sign-in/", {"username": "owner", "password": PASSWORD})
    browser.post("/sign-out/")
    events = recorded()
    assert [(event.kind, event.actor_name) for event in events] == [
        ("sign_in_failed", ""),
        ("signed_in", "owner"),
        ("signed_out", "owner"),
    ]
    assert {event.address for event in events} == {"198.51.100.7"}
    assert {event.data["username"] for event in events} == {"owner"}
    assert not any(word in repr([event.facts() for event in events]) for word in ("wrong-and-secret", PASSWORD))


def test_a_change_is_recorded_with_the_values_before_and_after(people: People) -> None:
    address = reverse("member", args=[people.project.pk, people.viewer.pk])
    answer = client_of(people.owner).post(address, {"role": "editor"})
    (event,) = recorded()
    assert (event.kind, event.actor, event.project) == ("request", people.owner, people.project)
    assert event.subject == f"POST {address}"
    (change,) = event.data["changes"]
    assert (change["row"], change["before"]["role"], change["after"]["role"]) == (
        "dubbing.membership",
        "viewer",
        "editor",
    )
    assert answer.headers["X-Request-Id"] == event.request_id


def test_what_was_refused_is_not_recorded(people: People) -> None:
    address = reverse("member", args=[people.project.pk, people.viewer.pk])
    for who in (people.editor, people.viewer, people.outsider):
        assert client_of(who).post(address, {"role": "owner"}).status_code == 404
    assert Client().post(address, {"role": "owner"}).status_code == 302
    assert recorded() == []


def test_downloads_are_recorded_once_and_playing_is_not(people: People) -> None:
    result = rows.make_done(people.project, people.owner)
    client = client_of(people.viewer)
    read(client.get(reverse("result-file", args=[result.pk])))
    assert recorded() == []
    address = reverse("result-download", args=[result.pk])
    read(client.get(address))
    # A broken download that goes on is the same download.
    read(client.get(address, headers={"Range": "bytes=3-"}))
    (event,) = recorded()
    assert (event.kind, event.actor, event.project) == ("download", people.viewer, people.project)


def test_subtitles_are_recorded_with_their_project(people: People) -> None:
    dubbing = rows.make_done(people.project, people.owner).version.dubbing
    type(dubbing).objects.filter(pk=dubbing.pk).update(srt=rows.SRT)
    read(client_of(people.viewer).get(reverse("subtitles-srt", args=[dubbing.pk])))
    (event,) = recorded()
    assert (event.kind, event.project) == ("download", people.project)


def read(answer: Any) -> None:
    assert answer.status_code in {200, 206}
    list(answer)


def test_a_program_is_recorded_with_its_person_and_its_token(people: People) -> None:
    token, text = tokens.create(people.owner, "Renderer", ["read", "write"], 30)
    before = AuditEvent.objects.count()
    headers = {"Authorization": f"Bearer {text}"}
    answer = Client().post(
        f"/api/v1/projects/{people.project.pk}/assets", {"name": "Film"}, "application/json", headers=headers
    )
    assert answer.status_code == 201
    (event,) = recorded()[before:]
    assert (event.actor, event.project, event.data["token"]) == (people.owner, people.project, token.pk)
    assert answer.headers["X-Request-Id"] == event.request_id


def test_what_administrators_do_is_recorded_without_secrets(admin_client: Client, people: People) -> None:
    group = Group.objects.create(name="Operators")
    fields = {
        "username": "viewer", "password": "", "is_active": "on", "groups": [group.pk], "first_name": "Vera",
        "date_joined_0": "2026-01-01", "date_joined_1": "10:00:00",
    }  # fmt: skip
    answer = admin_client.post(reverse("admin:auth_user_change", args=[people.viewer.pk]), fields)
    assert answer.status_code == 302, answer.context["errors"]
    (event,) = recorded()
    assert (event.actor_name, event.data["route"]) == ("admin", "admin:auth_user_change")
    after = {name: value for change in event.data["changes"] for name, value in change["after"].items()}
    assert after["first_name"] == "Vera"
    assert after["auth.user_groups added"] == [group.pk]
    password = reverse("admin:auth_user_password_change", args=[people.viewer.pk])
    new = {"password1": "a-very-new-password", "password2": "a-very-new-password", "usable_password": "true"}
    assert admin_client.post(password, new).status_code == 302
    changed = next(change for change in recorded()[-1].data["changes"] if "password" in change["after"])
    assert (changed["before"]["password"], changed["after"]["password"]) == ("(secret)", "(secret)")
    assert User.objects.get(username="viewer").check_password("a-very-new-password")


def test_addresses_that_let_somebody_in_are_not_recorded(people: People) -> None:
    result = rows.make_done(people.project, people.owner)
    key = everything(people.owner, result)
    before = AuditEvent.objects.count()
    read(Client().get(reverse("guest-download", args=[key])))
    events = recorded()[before:]
    assert [(event.kind, event.actor, event.project) for event in events] == [("download", None, people.project)]
    assert key not in repr([event.facts() for event in events])
    assert "[key]" in events[0].subject


def test_a_request_that_cannot_be_recorded_is_answered_all_the_same(
    people: People, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(type(AuditEvent.objects), "record", fail)
    answer = client_of(people.owner).post(reverse("project-settings", args=[people.project.pk]), {"name": "Renamed"})
    assert answer.status_code < 500
    assert "could not be recorded" in caplog.text
    assert Project.objects.filter(pk=people.project.pk).exists()
