"""Events become notices: for those whom they concern, once, whatever is killed on the way."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError
from pytest_django import Settings

from dubbing import event_consumer
from dubbing.minutes import ledger
from dubbing.models import Event, Hold, Mail, Membership, MonthlyTotal, MonthlyUse, Notice, NoticeCursor, Submission
from dubbing.notices import consumer, notice_rows
from tests.support import rows
from tests.support.people import People, make_user

pytestmark = pytest.mark.django_db


def count_notices(kind: str = "") -> dict[str, int]:
    """How many notices of the kind each person has."""
    found = Notice.objects.filter(kind=kind) if kind else Notice.objects.all()
    names = list(found.values_list("recipient__username", flat=True))
    return {name: names.count(name) for name in names}


def status(asset: Any, to: str) -> Event:
    return Event.objects.record(asset, Event.Kind.STATUS, cause="sync", to=to)


def language(asset: Any, locale: str, to: str) -> Event:
    return Event.objects.record(asset, Event.Kind.DUBBING_STATUS, cause="sync", locale=locale, to=to)


def test_only_the_sender_of_a_video_is_notified_that_it_is_done(people: People) -> None:
    status(rows.make_asset(people.project, people.editor, status="completed"), "completed")
    assert consumer.take_events() == 1
    assert count_notices() == {"editor": 1}
    assert count_notices("finished") == {"editor": 1}


def test_whoever_added_a_language_is_notified_besides_the_videos_author(people: People) -> None:
    asset = rows.make_asset(people.project, people.editor, status="completed")
    rows.make_submission(asset)
    Submission.objects.update(asked_by=people.owner)
    status(asset, "completed")
    consumer.take_events()
    assert count_notices("finished") == {"editor": 1, "owner": 1}


def test_a_language_that_fails_while_others_continue_has_its_own_notice(people: People) -> None:
    asset = rows.make_asset(people.project, people.editor, locales=["es-ES", "fr-FR"])
    language(asset, "fr-FR", "failed")
    consumer.take_events()
    assert Notice.objects.get().locale == "fr-FR"


def test_languages_that_fail_with_the_whole_video_share_one_notice(people: People) -> None:
    asset = rows.make_asset(people.project, people.editor, status="failed", locales=["es-ES", "fr-FR"])
    for locale in ("es-ES", "fr-FR"):
        language(asset, locale, "failed")
    status(asset, "failed")
    consumer.take_events()
    one = Notice.objects.get()
    assert (one.kind, one.data["failed"]) == ("failed", ["es-ES", "fr-FR"])


def test_a_refused_request_is_a_failure(people: People) -> None:
    asset = rows.make_asset(people.project, people.editor, status="refused")
    Event.objects.record(asset, Event.Kind.REFUSED, cause="send", words="too long", locales=["es-ES"])
    consumer.take_events()
    assert count_notices("failed") == {"editor": 1}


def test_owners_are_asked_for_approval_but_not_the_person_who_asks(people: People) -> None:
    asset = rows.make_asset(people.project, people.owner, status="awaiting")
    second = make_user("second")
    Membership.objects.create(project=people.project, user=second, role="owner")
    Event.objects.record(asset, Event.Kind.APPROVAL_ASKED, actor=people.owner, milliseconds=60_000, languages=1)
    consumer.take_events()
    assert count_notices("approval") == {"second": 1}


def test_the_answer_reaches_the_person_who_asked_and_settles_the_request_for_other_owners(people: People) -> None:
    asset = rows.make_asset(people.project, people.editor, status="awaiting")
    Event.objects.record(asset, Event.Kind.APPROVAL_ASKED, actor=people.editor, milliseconds=60_000, languages=1)
    consumer.take_events()
    assert Notice.objects.get(recipient=people.owner).read_at is None
    Event.objects.record(asset, Event.Kind.APPROVED, actor=people.owner)
    consumer.take_events()
    assert count_notices("decided") == {"editor": 1}
    assert Notice.objects.get(recipient=people.owner).read_at


def test_a_question_asked_again_after_an_answer_stays_open_though_both_are_read_together(people: People) -> None:
    asset = rows.make_asset(people.project, people.editor, status="awaiting")
    for kind, who, more in (
        (Event.Kind.APPROVAL_ASKED, people.editor, {}),
        (Event.Kind.GIVEN_BACK, people.owner, {"why": "Too long."}),
        (Event.Kind.APPROVAL_ASKED, people.editor, {}),
    ):
        Event.objects.record(asset, kind, actor=who, **more)
    consumer.take_events()
    first, second = Notice.objects.filter(recipient=people.owner, kind="approval").order_by("pk")
    assert first.read_at
    assert second.read_at is None


def test_a_pilot_that_is_ready_asks_for_a_judgement(people: People) -> None:
    draft = rows.make_asset(people.project, people.editor, status="draft", locales=[])
    status(rows.make_asset(people.project, people.editor, status="completed", pilot_of=draft), "completed")
    consumer.take_events()
    assert count_notices() == {"editor": 1}
    assert count_notices("pilot") == {"editor": 1}


def test_staff_are_notified_of_a_hold_once_however_many_videos_it_stops(people: People) -> None:
    ops = make_user("ops", is_staff=True, is_superuser=True)
    make_user("clerk", is_staff=True)  # without the permission
    Hold.objects.put("panjaya", Hold.Reason.KEY, "no")
    hold = Hold.objects.get().pk
    for _ in range(3):
        asset = rows.make_asset(people.project, people.editor, status="held")
        Event.objects.record(asset, Event.Kind.HELD, cause="send", reason="key", hold=hold)
    consumer.take_events()
    assert count_notices("hold") == {"ops": 1}
    assert Notice.objects.visible_to(ops).count() == 1


def test_late_videos_are_notified_to_their_sender_and_stuck_ones_to_staff_too(people: People) -> None:
    ops = make_user("ops", is_staff=True, is_superuser=True)
    asset = rows.make_asset(people.project, people.editor)
    Event.objects.record(asset, Event.Kind.LATE, cause="sweep")
    consumer.take_events()
    assert count_notices("late") == {"editor": 1}
    Event.objects.record(asset, Event.Kind.STUCK, cause="sweep")
    consumer.take_events()
    assert count_notices("late") == {"editor": 2, "ops": 1}
    assert Notice.objects.get(recipient=ops).for_ops


def test_staff_who_sent_a_stuck_video_are_notified_once(people: People) -> None:
    people.editor.is_staff = people.editor.is_superuser = True
    people.editor.save()
    Event.objects.record(rows.make_asset(people.project, people.editor), Event.Kind.STUCK, cause="sweep")
    consumer.take_events()
    assert count_notices("late") == {"editor": 1}
    assert not Notice.objects.get().for_ops


def test_a_hold_with_an_unknown_reason_is_notified_too(people: People) -> None:
    asset = rows.make_asset(people.project, people.owner)
    Event.objects.record(asset, Event.Kind.HELD, cause="send", reason="key", hold="9" * 400)
    consumer.take_events()
    assert all(len(notice.key) <= 60 for notice in Notice.objects.all())
    assert consumer.waiting_since() is None


def test_throttling_causes_no_notice(people: People) -> None:
    make_user("ops", is_staff=True, is_superuser=True)
    asset = rows.make_asset(people.project, people.editor, status="held")
    Event.objects.record(asset, Event.Kind.HELD, cause="send", reason="throttled", hold=1)
    consumer.take_events()
    assert count_notices() == {}


@pytest.mark.parametrize(("used", "percent"), [(79, None), (80, 80), (99, 80), (100, 100)])
def test_owners_are_notified_that_minutes_run_low(people: People, used: int, percent: int | None) -> None:
    people.project.monthly_minutes = 100
    people.project.save()
    MonthlyUse.objects.create(project=people.project, month=ledger.month_of(), milliseconds=used * 60_000)
    for _ in range(2):
        Event.objects.record(rows.make_asset(people.project, people.editor), Event.Kind.SUBMITTED, actor=people.editor)
        consumer.take_events()
    assert count_notices("minutes") == ({} if percent is None else {"owner": 1})
    if percent:
        assert Notice.objects.get().data["percent"] == percent


def test_staff_are_notified_that_the_minutes_of_all_projects_run_low(people: People, settings: Settings) -> None:
    ops = make_user("ops", is_staff=True, is_superuser=True)
    settings.ORGANISATION_MINUTES = 100
    MonthlyTotal.objects.create(month=ledger.month_of(), milliseconds=85 * 60_000)
    for _ in range(2):
        Event.objects.record(rows.make_asset(people.project, people.editor), Event.Kind.SUBMITTED, actor=people.editor)
        consumer.take_events()
    assert count_notices("minutes") == {"ops": 1}
    assert Notice.objects.visible_to(ops).count() == 1


def test_a_former_member_gets_no_new_notices_and_sees_no_old_ones(people: People) -> None:
    asset = rows.make_asset(people.project, people.editor, status="completed")
    status(asset, "completed")
    consumer.take_events()
    assert Notice.objects.visible_to(people.editor).count() == 1
    Membership.objects.filter(user=people.editor).delete()
    status(asset, "failed")
    consumer.take_events()
    assert count_notices() == {"editor": 1}
    assert Notice.objects.visible_to(people.editor).count() == 0


def test_reading_events_twice_writes_notices_once(people: People) -> None:
    status(rows.make_asset(people.project, people.editor, status="completed"), "completed")
    assert consumer.take_events() == 1
    assert consumer.take_events() == 0
    NoticeCursor.objects.update(last_id=0)  # as if the place had been lost
    assert consumer.take_events() == 1
    assert count_notices() == {"editor": 1}


@pytest.mark.parametrize("where", ["write_notices", "settle_questions", "_put_into_mails"])
def test_a_consumer_that_dies_halfway_has_written_nothing(
    people: People, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    status(rows.make_asset(people.project, people.editor, status="completed"), "completed")
    before = consumer.waiting_since()
    with monkeypatch.context() as broken:
        real = getattr(notice_rows, where)

        def dies(*args: Any) -> None:
            real(*args)
            raise RuntimeError

        broken.setattr(notice_rows, where, dies)
        with pytest.raises(RuntimeError):
            consumer.take_events()
    assert (Notice.objects.count(), Mail.objects.count()) == (0, 0)
    assert consumer.waiting_since() == before
    consumer.take_events()
    assert count_notices() == {"editor": 1}
    assert Mail.objects.count() == 1


def test_the_database_itself_refuses_a_second_notice_of_the_same(people: People) -> None:
    Notice.objects.create(recipient=people.owner, kind="failed", key="7")
    with pytest.raises(IntegrityError):
        Notice.objects.create(recipient=people.owner, kind="failed", key="7")


def test_an_event_that_shows_up_late_under_a_lower_id_is_read_once(people: People) -> None:
    asset = rows.make_asset(people.project, people.editor, status="completed")
    first = status(asset, "completed")
    Event.objects.create(pk=first.pk + 5, asset=asset, kind="status", data={"to": "failed"})
    consumer.take_events()
    Event.objects.create(pk=first.pk + 3, asset=asset, kind="status", data={"to": "ready"})
    assert consumer.take_events() == 1
    assert consumer.take_events() == 0
    assert count_notices() == {"editor": 3}
    gaps = [gap[:2] for gap in NoticeCursor.objects.get().gaps]
    assert gaps[-2:] == [[first.pk + 1, first.pk + 2], [first.pk + 4, first.pk + 4]]


def test_a_gap_is_given_up_once_no_transaction_can_still_fill_it(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    asset = rows.make_asset(people.project, people.editor, status="completed")
    first = status(asset, "completed")
    Event.objects.create(pk=first.pk + 2, asset=asset, kind="status", data={"to": "failed"})
    consumer.take_events()
    monkeypatch.setattr(event_consumer, "GAP_SECONDS", 0)
    Event.objects.create(pk=first.pk + 3, asset=asset, kind="status", data={"to": "ready"})
    consumer.take_events()
    assert NoticeCursor.objects.get().gaps == []


def test_more_events_than_fit_one_transaction_all_become_notices(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_consumer, "AT_ONCE", 7)
    asset = rows.make_asset(people.project, people.editor, status="completed")
    for _ in range(30):
        status(asset, "completed")
    assert consumer.take_events() == 30
    assert count_notices() == {"editor": 30}


def test_it_takes_as_many_queries_for_thirty_events_as_for_three(
    people: People, django_assert_max_num_queries: Any
) -> None:
    def some(count: int) -> None:
        for _ in range(count):
            asset = rows.make_asset(people.project, people.editor, status="failed")
            language(asset, "es-ES", "failed")
            status(asset, "failed")

    for count in (3, 30):
        some(count)
        with django_assert_max_num_queries(34):
            consumer.take_events()


def test_events_older_than_the_notices_cause_none(people: People) -> None:
    status(rows.make_asset(people.project, people.editor, status="completed"), "completed")
    NoticeCursor.objects.all().delete()
    import_module("dubbing.migrations.0022_notices").begin_with_what_comes(apps, None)
    assert consumer.take_events() == 0
    assert count_notices() == {}
