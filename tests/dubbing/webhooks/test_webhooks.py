"""Webhooks: signed messages of what happened, each at least once, in order, and never to a private address."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings
from standardwebhooks import Webhook as Signer
from standardwebhooks import WebhookVerificationError

from dubbing import tasks
from dubbing.models import AuditEvent, Event, Notice, NoticeCursor, Webhook, WebhookAttempt, WebhookMessage
from dubbing.notices import texts
from dubbing.platform.errors import NotPossible
from dubbing.providers import network
from dubbing.webhooks import consumer, endpoints, sending
from tests.support import rows
from tests.support.http_server import Request, Server
from tests.support.people import People, client_of

pytestmark = pytest.mark.django_db
EVERYTHING = Webhook.Kind.values


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Server]:
    """Somebody else's program, on this machine: outside DEBUG nothing here would be called."""
    settings.DEBUG = True
    with Server() as server:
        yield server


@pytest.fixture
def webhook(people: People, receiver: Server) -> Webhook:
    return endpoints.create(people.project, f"{receiver.url}/hook", EVERYTHING, people.owner)


def happen(people: People, *statuses: str, asset: Any = None) -> Any:
    asset = asset or rows.make_asset(people.project, people.editor)
    for status in statuses:
        Event.objects.record(asset, Event.Kind.STATUS, cause="sync", to=status)
    consumer.take_events()
    return asset


def send_due() -> None:
    """As the sweep does, until nothing is due."""
    while due := list(WebhookMessage.objects.due().order_by("pk").values_list("pk", flat=True)):
        for pk in due:
            tasks.send_webhook.run(pk)


def received_statuses(server: Server) -> list[Any]:
    return [json.loads(request.body)["data"].get("to") for request in server.requests]


def refuse(server: Server, status: int = 500) -> None:
    server.script = lambda request: answer(request, status)


def answer(request: Request, status: int = 204, headers: dict[str, str] | None = None) -> None:
    request.answer(status, b"taken" if status < 300 else b"<b>not now</b>", headers)


# --- what is sent


def test_events_are_sent_in_order_and_the_reference_library_verifies_them(
    people: People, receiver: Server, webhook: Webhook
) -> None:
    receiver.script = answer
    asset = happen(people, "dubbing", "completed")
    send_due()
    assert received_statuses(receiver) == ["dubbing", "completed"]
    request = receiver.requests[0]
    said = Signer(endpoints.secrets_of(webhook)[0]).verify(request.body, request.headers)
    assert (said["type"], said["data"]["asset_id"]) == ("video.status", asset.pk)
    assert said["data"]["url"].endswith(f"/api/v1/assets/{asset.pk}")
    with pytest.raises(WebhookVerificationError):
        Signer(endpoints.secrets_of(webhook)[0]).verify(request.body.replace(b"dubbing", b"dubbinq"), request.headers)


def test_only_the_kinds_that_were_chosen_and_only_of_the_project(people: People, receiver: Server) -> None:
    endpoints.create(people.project, f"{receiver.url}/hook", ["result.saved"], people.owner)
    other = rows.make_project("Lighthouse", owner=people.owner)
    Event.objects.record(rows.make_asset(other, people.owner), Event.Kind.KEPT)
    asset = happen(people, "dubbing")
    Event.objects.record(asset, Event.Kind.KEPT, locale="es-ES")
    consumer.take_events()
    message = WebhookMessage.objects.get()
    assert (message.kind, message.asset_id) == ("result.saved", asset.pk)


def test_events_before_its_creation_are_not_sent(people: People, receiver: Server) -> None:
    happen(people, "dubbing")
    endpoints.create(people.project, f"{receiver.url}/hook", EVERYTHING, people.owner)
    consumer.take_events()
    assert not WebhookMessage.objects.exists()


def test_events_that_are_read_twice_are_sent_once(people: People, webhook: Webhook) -> None:
    happen(people, "dubbing")
    NoticeCursor.objects.filter(pk=consumer.CURSOR).update(last_id=0)
    consumer.take_events()
    assert WebhookMessage.objects.count() == 1


# --- receivers that fail, hang and lie


def test_a_failing_receiver_is_retried_and_later_messages_wait_their_turn(
    people: People, receiver: Server, webhook: Webhook
) -> None:
    refuse(receiver, 503)
    happen(people, "dubbing", "completed")
    send_due()
    assert received_statuses(receiver) == ["dubbing"]
    receiver.script = answer
    with time_machine.travel(timezone.now() + timedelta(seconds=10)):
        send_due()
    assert received_statuses(receiver) == ["dubbing", "dubbing", "completed"]
    assert [attempt.status for attempt in WebhookAttempt.objects.order_by("pk")] == [503, 204, 204]
    ids = {request.headers["webhook-id"] for request in receiver.requests[:2]}
    assert len(ids) == 1, "the same message has the same id"


def test_a_video_that_is_stuck_keeps_no_other_video_waiting(people: People, receiver: Server, webhook: Webhook) -> None:
    refuse(receiver)
    happen(people, "dubbing")
    send_due()
    receiver.script = answer
    happen(people, "failed")
    send_due()
    assert received_statuses(receiver)[-1] == "failed"


def test_pauses_grow_and_end_after_three_days(people: People, receiver: Server, webhook: Webhook) -> None:
    refuse(receiver)
    happen(people, "dubbing")
    pauses: list[float] = []
    now = timezone.now()
    while WebhookMessage.objects.get().status == "waiting" and len(pauses) < 60:
        with time_machine.travel(now, tick=False):
            send_due()
            after = WebhookMessage.objects.get().next_at
        pauses.append((after - now).total_seconds())
        now = after
    assert 4 <= pauses[0] <= 6
    assert pauses[5] > 100 * pauses[0]
    assert WebhookMessage.objects.get().status == "given_up"
    assert timedelta(days=2.5) < now - WebhookMessage.objects.get().made_at < timedelta(days=3.5)


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 500])
def test_anything_but_2xx_is_a_failure_and_redirects_are_not_followed(
    people: People, receiver: Server, webhook: Webhook, status: int
) -> None:
    receiver.script = lambda request: answer(request, status, {"Location": f"{receiver.url}/other"})
    happen(people, "dubbing")
    send_due()
    assert len(receiver.requests) == 1
    assert WebhookMessage.objects.get().status == "waiting"
    assert WebhookAttempt.objects.get().answer == "<b>not now</b>"


@pytest.mark.parametrize("how", ["cut", "close", "say_nothing", "drip", "flood", "garbage"])
def test_a_receiver_that_hangs_or_lies_costs_a_bounded_time(
    people: People, receiver: Server, webhook: Webhook, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "SECONDS", 1.0)

    def script(request: Request) -> None:
        if how == "drip":
            request.drip(b"HTTP/1.1 200 OK\r\n" * 20, 0.2)
        elif how == "flood":
            request.raw(b"HTTP/1.1 500 Word\r\nContent-Length: 99999999\r\n\r\n")
            request.flood(1 << 24)
        elif how == "garbage":
            request.raw(b"\x00\xff nonsense\r\n\r\n")
            request.close()
        else:
            getattr(request, how)()

    receiver.script = script
    happen(people, "dubbing")
    send_due()
    attempt = WebhookAttempt.objects.get()
    assert attempt.milliseconds < 10_000
    assert len(attempt.answer) <= 300
    assert WebhookMessage.objects.get().status == "waiting"


def test_a_receiver_that_is_gone_is_turned_off_and_the_owners_are_notified(
    people: People, receiver: Server, webhook: Webhook
) -> None:
    refuse(receiver, 410)
    happen(people, "dubbing")
    send_due()
    webhook.refresh_from_db()
    assert webhook.disabled_at
    notice = Notice.objects.get()
    assert (notice.recipient, notice.kind) == (people.owner, "webhook")
    assert receiver.url in texts.lines([notice])[0].text
    assert texts.target(notice, people.owner) == reverse("webhook", args=[webhook.pk])
    assert AuditEvent.objects.filter(kind="webhook_disabled").count() == 1


def test_three_days_of_failures_turn_it_off_and_saving_turns_it_on(
    people: People, receiver: Server, webhook: Webhook
) -> None:
    refuse(receiver)
    happen(people, "dubbing")
    send_due()
    happen(people, "failed")
    with time_machine.travel(timezone.now() + timedelta(days=3, hours=1)):
        send_due()
        webhook.refresh_from_db()
        assert webhook.disabled_at
        happen(people, "completed")
        assert not WebhookMessage.objects.due().exists()
    endpoints.change(webhook, webhook.url, EVERYTHING, people.owner)
    assert Webhook.objects.live().exists()


# --- where it never goes


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook", "https://127.0.0.1/hook", "https://10.0.0.8/", "https://[::1]/", "https://localhost/",
        "https://169.254.169.254/", "https://0x7f000001/", "https://2130706433/", "https://127.1/", "https://[::ffff:a00:1]/",
        "https://user:word@example.com/", "ftp://example.com", "https://portal.internal/", "javascript:alert(1)", "",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public_https_are_refused(people: People, url: str) -> None:
    with pytest.raises(NotPossible):
        endpoints.create(people.project, url, EVERYTHING, people.owner)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00::1", "::ffff:127.0.0.1"])
def test_a_public_name_that_leads_into_our_network_is_not_connected_to(
    people: People, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    endpoints.create(people.project, "https://hooks.example.com/", EVERYTHING, people.owner)
    monkeypatch.setattr(network, "resolve", lambda host, port: ["93.184.215.14", address])
    monkeypatch.setattr(socket.socket, "connect", lambda *given: pytest.fail("connected"))
    happen(people, "dubbing")
    send_due()
    attempt = WebhookAttempt.objects.get()
    assert (attempt.status, attempt.problem) == (None, "the host does not have a public address")


def test_an_address_that_was_accepted_under_debug_is_not_called_without_it(
    people: People, receiver: Server, webhook: Webhook, settings: Settings
) -> None:
    settings.DEBUG = False
    happen(people, "dubbing")
    send_due()
    assert receiver.requests == []
    assert WebhookAttempt.objects.get().problem == "the address is not public"


# --- its pages


def test_the_secret_is_shown_once_and_a_new_one_overlaps_for_a_day(people: People, receiver: Server) -> None:
    receiver.script = answer
    client = client_of(people.owner)
    form = {"url": f"{receiver.url}/hook", "kinds": ["video.status"]}
    first = client.post(reverse("webhooks", args=[people.project.pk]), form).context["text"]
    webhook = Webhook.objects.get()
    page = reverse("webhook", args=[webhook.pk])
    assert first not in client.get(page).content.decode()
    assert first not in repr(Webhook.objects.values().get())
    second = client.post(page, {"action": "secret"}).context["text"]
    happen(people, "dubbing")
    send_due()
    request = receiver.requests[0]
    for secret in (first, second):
        Signer(secret).verify(request.body, request.headers)
    webhook.refresh_from_db()
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1)):
        assert endpoints.secrets_of(webhook) == [second]


def test_a_test_is_sent_at_once_and_shown_with_its_answer(
    people: People, receiver: Server, webhook: Webhook, wake_ups: Any
) -> None:
    receiver.script = answer
    client, page = client_of(people.owner), reverse("webhook", args=[webhook.pk])
    client.post(page, {"action": "test"})
    assert json.loads(WebhookMessage.objects.get().body)["type"] == "webhook.test"
    send_due()
    shown = client.get(page).content.decode()
    assert "204" in shown


def test_a_message_is_sent_again_with_the_same_id(people: People, receiver: Server, webhook: Webhook) -> None:
    receiver.script = answer
    happen(people, "dubbing")
    send_due()
    message = WebhookMessage.objects.get()
    client_of(people.owner).post(reverse("webhook-again", args=[webhook.pk, message.pk]))
    send_due()
    assert len({request.headers["webhook-id"] for request in receiver.requests}) == 1
    assert len(receiver.requests) == 2


def test_a_form_without_events_or_with_a_private_address_says_so(people: People) -> None:
    address = reverse("webhooks", args=[people.project.pk])
    page = client_of(people.owner).post(address, {"url": "https://10.0.0.1/"})
    assert page.status_code == 422
    assert set(page.context["form"].errors) == {"url", "kinds"}
    assert not Webhook.objects.exists()


def test_deleting_one_leaves_an_audit_event(people: People, webhook: Webhook) -> None:
    client_of(people.owner).post(reverse("webhook", args=[webhook.pk]), {"action": "delete"})
    assert not Webhook.objects.exists()
    assert AuditEvent.objects.filter(kind="webhook_deleted").exists()


def test_an_open_page_shows_the_answer_to_a_test_message(
    people: People, receiver: Server, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.page_polling.FRESH_SECONDS", 0.0)
    receiver.script = answer
    client, part = client_of(people.owner), f"/webhooks/{webhook.pk}/?part=log"
    assert f'data-poll="{part}"' in client.get(f"/webhooks/{webhook.pk}/").content.decode()
    first = client.get(part)
    assert "Nothing was sent yet." in first.content.decode()
    assert client.get(part, headers={"If-None-Match": first["ETag"]}).status_code == 304
    endpoints.send_test(webhook)
    send_due()
    second = client.get(part, headers={"If-None-Match": first["ETag"]}).content.decode()
    assert "Delivered" in second
    assert "204" in second
