"""Emails follow notices: gathered, once, again until the mail server takes them, and never with what is not theirs."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail as outbox
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone
from pytest_django import Settings

from dubbing import tasks
from dubbing.management.commands.sweep import sweep_once
from dubbing.models import Event, Mail, Membership, Notice, NoticeChoice
from dubbing.notices import choices, consumer, mails
from tests.support import rows
from tests.support.people import People

pytestmark = pytest.mark.django_db

START = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


class Refuses(EmailBackend):
    """A mail server that takes nothing."""

    def send_messages(self, messages: Any) -> int:
        raise OSError("451 try again later")


REFUSES = f"{__name__}.Refuses"
LOCMEM = "django.core.mail.backends.locmem.EmailBackend"


def fails(people: People, times: int = 1, **fields: Any) -> None:
    """So many videos of the editor fail."""
    for number in range(times):
        asset = rows.make_asset(people.project, people.editor, status="failed", name=f"Film {number + 1}", **fields)
        Event.objects.record(asset, Event.Kind.STATUS, cause="sync", to="failed")
    consumer.take_events()


def later(clock: Any, **time: float) -> None:
    clock.shift(timedelta(**time))
    for pk in Mail.objects.due().values_list("pk", flat=True):
        mails.send(pk)


def test_a_failure_is_sent_within_minutes_as_text_and_html_with_a_link(
    people: People, clock: Any, settings: Settings
) -> None:
    fails(people)
    later(clock, seconds=60)
    assert outbox.outbox == []
    later(clock, seconds=61)
    message: Any = outbox.outbox[0]
    assert message.to == ["editor@example.com"]
    assert message.subject == "Film 1: Spanish (Spain) failed."
    link = f"{settings.PORTAL_URL}/notices/{Notice.objects.get().pk}/"
    html, kind = message.alternatives[0]
    assert kind == "text/html"
    assert link in message.body
    assert link in html


def test_a_thousand_events_in_a_minute_are_one_email_with_the_first_fifty(people: People, clock: Any) -> None:
    asset = rows.make_asset(people.project, people.editor, status="completed")
    Event.objects.bulk_create(
        Event(asset=asset, kind="status", data={"to": to}) for to in ["completed"] * 10 + ["failed"] * 990
    )
    NoticeChoice.objects.create(user=people.editor, kind="finished", rhythm="soon")
    assert consumer.take_events() == 1000
    later(clock, minutes=3)
    later(clock, minutes=30)
    assert Notice.objects.count() == 1000
    assert len(outbox.outbox) == 1
    body = outbox.outbox[0].body
    assert len(re.findall(r"/notices/\d+/\n", str(body))) == 50
    assert "950 more notices" in body
    assert "is done" not in body  # failures come first
    assert outbox.outbox[0].subject == "1000 notices. Failed: 990, Finished: 10"


def test_what_comes_after_the_email_is_sent_with_the_next_one(people: People, clock: Any) -> None:
    fails(people)
    later(clock, minutes=3)
    fails(people)
    later(clock, minutes=3)
    assert [len(re.findall(r"Film 1", str(one.body))) for one in outbox.outbox] == [1, 1]


def test_what_is_done_is_sent_once_a_day(people: People, clock: Any) -> None:
    for _ in range(3):
        asset = rows.make_asset(people.project, people.editor, status="completed")
        Event.objects.record(asset, Event.Kind.STATUS, cause="sync", to="completed")
        consumer.take_events()
    later(clock, hours=18, minutes=59)
    assert outbox.outbox == []
    later(clock, minutes=2)
    assert [one.subject for one in outbox.outbox] == ["3 notices. Finished: 3"]


def test_a_mail_server_that_refuses_is_retried_until_it_accepts(people: People, clock: Any, settings: Settings) -> None:
    settings.EMAIL_BACKEND = REFUSES
    fails(people)
    later(clock, minutes=3)
    waits = []
    for _ in range(12):
        one = Mail.objects.get()
        waits.append((one.next_at - timezone.now()).total_seconds())
        later(clock, seconds=waits[-1] + 1)
    one = Mail.objects.get()
    assert (one.tries, one.problem, one.status) == (13, "451 try again later", "closed")
    assert min(waits) >= 30
    assert max(waits) <= 15 * 60 * 1.2
    settings.EMAIL_BACKEND = LOCMEM
    later(clock, hours=1)
    assert Mail.objects.get().status == "sent"
    assert len(outbox.outbox) == 1


def test_two_workers_sending_the_same_email_send_it_once(people: People, clock: Any) -> None:
    fails(people)
    clock.shift(timedelta(minutes=3))
    pk = Mail.objects.get().pk
    lease = Mail.objects.due().claim(pk, seconds=60)
    assert lease
    assert mails.send(pk) is False
    Mail.objects.release(pk, lease)
    assert mails.send(pk) is True
    assert mails.send(pk) is False
    assert len(outbox.outbox) == 1


def test_a_sender_that_dies_before_it_says_so_sends_it_again_under_the_same_id(
    people: People, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails(people)
    clock.shift(timedelta(minutes=3))
    pk = Mail.objects.get().pk

    class Killed(BaseException):
        pass

    def dies(*args: Any, **kwargs: Any) -> bool:
        raise Killed

    with monkeypatch.context() as broken:
        broken.setattr(type(Mail.objects.all()), "release", dies)
        with pytest.raises(Killed):
            mails.send(pk)
    Mail.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert mails.send(pk)
    first, second = (one.extra_headers["Message-ID"] for one in outbox.outbox)
    assert first == second


def test_what_was_read_in_the_portal_meanwhile_is_not_sent(people: People, clock: Any) -> None:
    fails(people)
    Notice.objects.mark_read()
    later(clock, minutes=3)
    assert outbox.outbox == []
    assert Mail.objects.get().status == "empty"


def test_a_former_member_gets_no_email(people: People, clock: Any) -> None:
    fails(people)
    Membership.objects.filter(user=people.editor).delete()
    later(clock, minutes=3)
    assert outbox.outbox == []


@pytest.mark.parametrize("change", [{"is_active": False}, {"email": ""}])
def test_former_members_and_people_without_an_address_get_no_email(
    people: People, clock: Any, change: dict[str, Any]
) -> None:
    fails(people)
    type(people.editor).objects.filter(pk=people.editor.pk).update(**change)
    later(clock, minutes=3)
    assert outbox.outbox == []
    fails(people)
    later(clock, minutes=3)
    assert outbox.outbox == []


def test_a_project_may_have_another_rhythm_than_the_others(people: People, clock: Any) -> None:
    other = rows.make_project("Other", owner=people.editor)
    choices.choose(people.editor, {"failed": "off"})
    choices.choose(people.editor, {"failed": "soon"}, project_id=other.pk)
    fails(people)
    asset = rows.make_asset(other, people.editor, status="failed", name="Elsewhere")
    Event.objects.record(asset, Event.Kind.STATUS, cause="sync", to="failed")
    consumer.take_events()
    later(clock, minutes=3)
    assert [one.subject for one in outbox.outbox] == ["Elsewhere: Spanish (Spain) failed."]


def test_switching_emails_off_holds_for_what_waits_already(people: People, clock: Any) -> None:
    fails(people)
    choices.stop(people.editor)
    later(clock, minutes=3)
    assert outbox.outbox == []


def test_mail_programs_find_how_to_unsubscribe(people: People, clock: Any) -> None:
    fails(people)
    later(clock, minutes=3)
    message = outbox.outbox[0]
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = message.extra_headers["List-Unsubscribe"].strip("<>")
    assert link in message.body
    assert mails.person_of(link.rstrip("/").rpartition("/")[2]) == people.editor


def test_a_name_cannot_add_a_header(people: People, clock: Any) -> None:
    asset = rows.make_asset(people.project, people.editor, status="failed", name="A\nBcc: all@example.com")
    Event.objects.record(asset, Event.Kind.STATUS, cause="sync", to="failed")
    consumer.take_events()
    later(clock, minutes=3)
    assert outbox.outbox[0].subject.startswith("A Bcc: all@example.com: Spanish")
    assert outbox.outbox[0].bcc == []


def test_the_sweep_reads_events_and_sends_what_is_due(people: People, clock: Any, committed: Callable[[], Any]) -> None:
    asset = rows.make_asset(people.project, people.editor, status="failed", name="Film")
    Event.objects.record(asset, Event.Kind.STATUS, cause="sync", to="failed")
    assert [item.task for item in tasks.due()] == [tasks.take_events]
    sweep_once()
    clock.shift(timedelta(minutes=3))
    assert [item.task for item in tasks.due()] == [tasks.send_mail]
    sweep_once()
    assert len(outbox.outbox) == 1
    assert list(tasks.due()) == []
