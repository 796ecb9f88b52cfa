"""One paid request: sent once, by one worker, and its answer classified."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from dubbing.drafts.fields import TargetText
from dubbing.models import Asset, Hold, Submission, Upload
from dubbing.models.heartbeat import heartbeat
from dubbing.platform import backoff, storage
from dubbing.providers import base, http
from dubbing.submissions import outcomes, sender, submit
from tests.support.journey import events, expire_lease, fresh, make_wish, reconcile, send, touch
from tests.support.provider import ScriptedProvider
from tests.support.rows import make_upload

pytestmark = pytest.mark.django_db
Wish = Callable[..., Submission]
Status, Step = Submission.Status, Asset.Status


def many(wish: Wish, number: int) -> list[Submission]:
    return [wish(name=f"Film {index}") for index in range(number)]


def send_all(submissions: list[Submission], provider: ScriptedProvider) -> None:
    """As a worker does: what is not due stays where it is."""
    for submission in submissions:
        sender.send(submission.pk, provider=provider)


# --- what is sent


def test_an_accepted_request_binds_the_asset(wish: Wish, provider: ScriptedProvider) -> None:
    submission = send(wish(), provider)
    assert (submission.status, submission.remote_id) == (Status.ACCEPTED, provider.only.remote_id)
    assert (submission.asset.status, submission.asset.remote_id) == (Step.DUBBING, provider.only.remote_id)
    assert events(submission.asset) == ["status", "submitted", "accepted", "status"]


def test_what_waits_for_a_person_is_not_sent_however_often_it_is_enqueued(
    wish: Wish, provider: ScriptedProvider
) -> None:
    submission = wish()
    touch(submission, needs_person=True)
    assert not sender.send(submission.pk, provider=provider)
    assert (fresh(submission).status, provider.asked("create_asset")) == (Status.READY, 0)


def test_an_addition_requests_only_what_is_missing(
    sent: Callable[..., Asset], user: User, provider: ScriptedProvider
) -> None:
    (submission,) = submit.add_locales(sent(), [TargetText("fr-FR"), TargetText("de-DE")], user)
    there = provider.version()
    provider.only.versions["fr-FR"] = [there]
    assert send(submission, provider).status == Status.ACCEPTED
    assert (provider.only.versions["fr-FR"], len(provider.only.versions["de-DE"])) == ([there], 1)


def test_it_is_synced_right_afterwards(wish: Wish, provider: ScriptedProvider) -> None:
    submission = send(wish(), provider)
    assert Asset.objects.due_for_sync().filter(pk=submission.asset_id).exists()


@pytest.mark.parametrize(
    "name", ["x" * 300, "🎬" * 300, "\u202eمقطع فيديو" * 40, "", "  spaces  ", 'a"b\r\nc'], ids=range(6)
)
def test_the_reference_survives_every_name(wish: Wish, provider: ScriptedProvider, name: str) -> None:
    submission = send(wish(name=name[:255]), provider)
    shown = provider.only.name
    assert shown.startswith(f"[{submission.reference}]")
    assert len(shown) <= 200
    assert shown == shown.strip()


def test_the_callback_address_is_known_only_by_its_hash(wish: Wish, provider: ScriptedProvider) -> None:
    submission = send(wish(), provider)
    order = provider.only.order
    assert order
    assert order.callback_url
    token = order.callback_url.split("/")[-2]
    assert submission.token_hash == sender.hash_token(token)
    assert token not in str(Submission.objects.values())


def test_no_callback_address_is_sent_that_the_provider_cannot_reach(
    wish: Wish, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider, "reachable", lambda url: False)
    send(wish(), provider)
    assert provider.only.order
    assert provider.only.order.callback_url is None


def test_every_option_arrives(project: Any, user: User, provider: ScriptedProvider) -> None:
    source = make_upload(user)
    send(
        make_wish(
            project, user, source=source, start=1.0, end=9.5, speakers=2, lips_model="real_face_turbo",
            voice_anonymization=0.3, source_srt="1\n",
        ),
        provider,
    )  # fmt: skip
    order = provider.only.order
    assert order
    assert (order.start, order.end, order.speakers, order.lips_model) == (1.0, 9.5, 2, "real_face_turbo")
    assert (order.voice_anonymization, order.source_srt, order.auto_generate) == (0.3, "1\n", "with_lips")
    assert order.video
    assert order.video.path == storage.path(source.key)
    assert order.media_url is None


@pytest.mark.parametrize("damage", ["gone", "shorter"])
def test_a_source_that_differs_from_what_was_verified_is_never_sent(
    project: Any, user: User, provider: ScriptedProvider, damage: str
) -> None:
    source = make_upload(user)
    path = storage.path(source.key)
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(b"half")
    submission = send(make_wish(project, user, source=source), provider)
    assert (submission.status, submission.asset.status) == (Status.REFUSED, Step.REFUSED)
    assert "Upload it again" in submission.asset.error_message
    assert not Hold.objects.exists()
    assert not provider.calls


# --- who sends it


def test_a_claim_compares_the_row_itself(wish: Wish, provider: ScriptedProvider) -> None:
    # A subquery is not looked at again on PostgreSQL after waiting for another claim: two would win.
    submission = wish()
    with CaptureQueriesContext(connection) as queries:
        sender.send(submission.pk, provider=provider)
    claims = [query["sql"] for query in queries if query["sql"].startswith("UPDATE") and "token_hash" in query["sql"]]
    assert len(claims) == 1
    assert "SELECT" not in claims[0]


def test_nobody_sends_what_another_worker_is_sending(wish: Wish, provider: ScriptedProvider) -> None:
    submission = wish()
    provider.then("create_asset", lambda: send_all([submission], provider))
    send(submission, provider)
    assert provider.asked("create_asset") == 1


def test_a_worker_that_was_frozen_sends_nothing_when_it_wakes_up(wish: Wish, provider: ScriptedProvider) -> None:
    submission = wish()

    def frozen() -> None:
        expire_lease(submission)
        reconcile(submission, ScriptedProvider())
        heartbeat.beat()  # it wakes up as well, and the lease is not its own any more

    provider.before["create_asset"].append(frozen)
    assert send(submission, provider).status == Status.UNKNOWN
    assert not provider.assets


def test_a_sender_that_lives_is_not_taken_for_dead(wish: Wish, provider: ScriptedProvider) -> None:
    submission = wish()
    provider.before["create_asset"].append(lambda: void(reconcile(submission, ScriptedProvider())))
    assert send(submission, provider).status == Status.ACCEPTED


def void(_: object) -> None: ...


def test_the_answer_to_a_request_that_was_lost_meanwhile_still_counts(wish: Wish, provider: ScriptedProvider) -> None:
    submission = wish()

    def silent_for_long() -> None:
        expire_lease(submission)
        reconcile(submission, ScriptedProvider())

    provider.then("create_asset", silent_for_long)
    assert send(submission, provider).status == Status.ACCEPTED


def test_the_answer_to_a_request_that_was_given_up_is_not_forgotten(wish: Wish, provider: ScriptedProvider) -> None:
    submission = wish()
    provider.then("create_asset", lambda: touch(submission, status=Status.ABANDONED, lease_token=None))
    send(submission, provider)
    assert fresh(submission).candidate_id == provider.only.remote_id
    assert reconcile(submission, provider).status == Status.ACCEPTED


def test_the_lease_outlasts_every_answer() -> None:
    assert sender.LEASE > http.DEADLINE
    assert sender.LEASE_FOR_ANSWER > http.SLACK


def test_the_last_byte_leaves_time_for_the_answer(
    project: Any, user: User, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lease is kept alive for as long as a provider may need to store what it got, and not longer."""
    submission = make_wish(project, user, source=make_upload(user))
    now = time.monotonic

    def kept_alive_after(seconds: float) -> bool:
        touch(submission, lease_until=timezone.now() + timedelta(seconds=1))
        monkeypatch.setattr(time, "monotonic", lambda: now() + seconds)
        heartbeat.beat()
        monkeypatch.undo()
        until = fresh(submission).lease_until
        return until is not None and until > timezone.now() + timedelta(seconds=5)

    kept: list[bool] = []
    ends = (sender.LEASE_FOR_ANSWER - 20, sender.LEASE_FOR_ANSWER + 1)
    provider.then("create_asset", lambda: kept.extend(kept_alive_after(seconds) for seconds in ends))
    send(submission, provider)
    assert kept == [True, False]


# --- what the answer means


def test_a_refusal_is_final_and_in_the_providers_words(wish: Wish, provider: ScriptedProvider) -> None:
    provider.fail("create_asset", base.Rejected("locale: xx-XX is not supported", status=400))
    submission = send(wish(), provider)
    send_all([submission], provider)
    assert (submission.status, submission.error_status) == (Status.REFUSED, 400)
    assert submission.asset.error_message == "locale: xx-XX is not supported"
    assert (submission.asset.status, provider.asked("create_asset")) == (Step.REFUSED, 1)


def test_what_was_certainly_not_sent_is_sent_again(wish: Wish, provider: ScriptedProvider) -> None:
    provider.fail("create_asset", base.NotSent("connection refused"))
    submission = send(wish(), provider)
    assert (submission.status, submission.asset.status) == (Status.READY, Step.SUBMITTING)
    assert send(submission, provider).status == Status.ACCEPTED


@pytest.mark.parametrize(
    "error",
    [base.AnswerLost("reset"), base.AnswerLost("HTTP 500", status=500), base.BadAnswer("a redirect", status=307)],
    ids=["reset", "500", "redirect"],
)
@pytest.mark.parametrize("done", [True, False], ids=["after", "before"])
def test_a_lost_answer_is_never_sent_again_by_guess(
    wish: Wish, provider: ScriptedProvider, error: base.ProviderError, done: bool
) -> None:
    provider.fail("create_asset", error, done=done)
    submission = send(wish(), provider)
    send_all([submission], provider)
    assert (submission.status, submission.asset.status) == (Status.UNKNOWN, Step.UNCONFIRMED)
    assert provider.asked("create_asset") == 1


def test_what_was_lost_before_the_last_byte_is_known_to_be_short(
    project: Any, user: User, provider: ScriptedProvider
) -> None:
    provider.fail("create_asset", base.AnswerLost("reset"))
    submission = send(make_wish(project, user, source=make_upload(user)), provider)
    assert submission.asset.source
    assert submission.sent_bytes < submission.asset.source.size


def test_a_lost_read_before_adding_a_language_is_not_a_lost_request(
    sent: Callable[..., Asset], user: User, provider: ScriptedProvider
) -> None:
    (submission,) = submit.add_locales(sent(), [TargetText("fr-FR")], user)
    provider.fail("fetch_asset", base.AnswerLost("timeout"))
    assert send(submission, provider).status == Status.READY


def test_two_assets_cannot_share_one_remote_asset(wish: Wish, provider: ScriptedProvider) -> None:
    first = send(wish(), provider)
    second = wish()
    outcomes.accept(second, first.remote_id, cause="test")
    assert (fresh(second).status, fresh(second).needs_person) == (Status.UNKNOWN, True)
    assert fresh(second).asset.status == Step.UNCONFIRMED


def test_a_late_refusal_does_not_undo_what_a_callback_has_bound(wish: Wish, provider: ScriptedProvider) -> None:
    submission = wish()

    def bound_by_callback() -> None:
        outcomes.accept(fresh(submission), "abc", cause="callback")
        raise base.Rejected("no", status=400)

    provider.before["create_asset"].append(bound_by_callback)
    assert send(submission, provider).status == Status.ACCEPTED
    assert fresh(submission).asset.status == Step.DUBBING


def test_another_worker_that_finds_the_provider_on_hold_leaves_a_running_request_alone(
    wish: Wish, provider: ScriptedProvider
) -> None:
    submission = wish()

    def held_meanwhile() -> None:
        Hold.objects.put("panjaya", Hold.Reason.KEY, "401")
        sender._admitted(submission.pk, provider)
        raise base.Rejected("no", status=422)

    provider.before["create_asset"].append(held_meanwhile)
    assert send(submission, provider).asset.status == Step.REFUSED


# --- when nothing can be sent


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (base.KeyRejected("bad key", status=401), Hold.Reason.KEY),
        (base.AccountLimited("no more dubbing", status=403), Hold.Reason.ACCOUNT),
    ],
    ids=["401", "403"],
)
def test_a_refused_key_or_account_holds_everything_and_fails_nothing(
    wish: Wish, provider: ScriptedProvider, error: base.ProviderError, reason: str
) -> None:
    submissions = many(wish, 20)
    provider.fail("create_asset", error, times=99)
    for _ in range(5):
        Submission.objects.update(next_at=timezone.now())
        send_all(submissions, provider)
    assert provider.asked("create_asset") == 1
    assert Hold.objects.get().reason == reason
    assert set(Asset.objects.values_list("status", flat=True)) == {Step.HELD}


@pytest.mark.long
def test_on_hold_one_request_a_minute_tries(wish: Wish, provider: ScriptedProvider) -> None:
    submissions = many(wish, 20)
    provider.fail("create_asset", base.KeyRejected("bad key", status=401), times=999)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(10 * 6):
            send_all(submissions, provider)
            clock.shift(10)
    assert provider.asked("create_asset") in (9, 10, 11)


def test_a_hold_ends_automatically_and_everything_is_sent(wish: Wish, provider: ScriptedProvider) -> None:
    submissions = many(wish, 10)
    provider.fail("create_asset", base.KeyRejected("bad key", status=401))
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(20):
            send_all(submissions, provider)
            clock.shift(10)
    assert set(Submission.objects.values_list("status", flat=True)) == {Status.ACCEPTED}
    assert (len(provider.assets), Hold.objects.count()) == (10, 0)


def test_during_a_hold_the_smallest_upload_is_what_tries(project: Any, user: User, provider: ScriptedProvider) -> None:
    films = [make_wish(project, user, source=make_upload(user, content=b"x" * size)) for size in (3000, 10, 2000)]
    Hold.objects.put("panjaya", Hold.Reason.ACCOUNT, "no more dubbing")
    touch(Hold.objects.get(), next_try_at=timezone.now())
    provider.fail("create_asset", base.AccountLimited("no more dubbing", status=403))
    send_all(films, provider)
    assert [fresh(film).tries for film in films] == [0, 1, 0]


def test_an_addition_tries_before_any_upload(
    project: Any, user: User, sent: Callable[..., Asset], provider: ScriptedProvider
) -> None:
    film = make_wish(project, user, source=make_upload(user, content=b"x"))
    (addition,) = submit.add_locales(sent(), [TargetText("fr-FR")], user)
    Hold.objects.put("panjaya", Hold.Reason.KEY, "bad key")
    touch(Hold.objects.get(), next_try_at=timezone.now())
    sender.send(film.pk, provider=provider)
    assert (fresh(addition).status, fresh(film).tries) == (Status.ACCEPTED, 0)


def test_after_a_hold_everything_is_sent_in_the_order_in_which_it_was_asked_for(
    wish: Wish, provider: ScriptedProvider
) -> None:
    first, *later = many(wish, 6)
    Hold.objects.put("panjaya", Hold.Reason.DOWN, "")
    send_all([*reversed(later), first], provider)
    touch(Hold.objects.get(), next_try_at=timezone.now())
    send(first, provider)
    assert list(Submission.objects.due().order_by("next_at")) == later


def test_only_so_many_requests_to_a_provider_are_in_progress_at_once(
    wish: Wish, provider: ScriptedProvider, settings: Settings
) -> None:
    settings.SENDS_AT_ONCE = 2
    running, other, waiting = many(wish, 3)
    for submission in (running, other):
        assert Submission.objects.all().claim(submission.pk, seconds=60, status=Status.SENDING, sent_at=timezone.now())
    assert not sender.send(waiting.pk, provider=provider)
    waiting = fresh(waiting)
    assert (waiting.status, waiting.tries, waiting.sent_at, provider.asked("create_asset")) == (
        Status.READY,
        0,
        None,
        0,
    )
    expire_lease(running)
    touch(waiting, next_at=timezone.now())
    assert sender.send(waiting.pk, provider=provider)


@pytest.mark.parametrize("seconds", [7.0, 600.0])
def test_nothing_is_sent_earlier_than_the_provider_said(wish: Wish, provider: ScriptedProvider, seconds: float) -> None:
    submissions = many(wish, 5)
    provider.fail("create_asset", base.Throttled("slow down", status=429, retry_after=seconds))
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        send_all(submissions, provider)
        clock.shift(seconds - 0.5)
        send_all(submissions, provider)
        assert provider.asked("create_asset") == 1
        for _ in range(20):
            clock.shift(10)
            send_all(submissions, provider)
    assert len(provider.assets) == 5


def test_a_shorter_wait_does_not_overrule_a_longer_one(db: None) -> None:
    Hold.objects.put("panjaya", Hold.Reason.THROTTLED, "", seconds=600)
    Hold.objects.put("panjaya", Hold.Reason.DOWN, "")
    assert Hold.objects.get().next_try_at > timezone.now() + timedelta(seconds=500)


@pytest.mark.long
def test_a_provider_that_is_down_is_tried_once_a_minute(wish: Wish, provider: ScriptedProvider) -> None:
    submissions = many(wish, 12)
    provider.fail("create_asset", base.NotSent("connection refused"), times=9999)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(60):
            send_all(submissions, provider)
            clock.shift(10)
        before = provider.asked("create_asset")
        for _ in range(60):
            send_all(submissions, provider)
            clock.shift(10)
    assert provider.asked("create_asset") - before <= 11
    assert Hold.objects.get().reason == Hold.Reason.DOWN


def test_a_provider_that_answers_nothing_is_not_sent_everything(wish: Wish, provider: ScriptedProvider) -> None:
    submissions = many(wish, 30)
    provider.fail("create_asset", base.AnswerLost("HTTP 503", status=503), times=9999)
    send_all(submissions, provider)
    assert provider.asked("create_asset") == sender.TRIES_BEFORE_HOLD
    assert Hold.objects.get().reason == Hold.Reason.DOWN


def test_a_request_that_is_read_and_refused_shows_that_the_key_is_good(wish: Wish, provider: ScriptedProvider) -> None:
    first, second = many(wish, 2)
    provider.fail("create_asset", base.KeyRejected("bad key", status=401))
    send(first, provider)
    touch(Hold.objects.get(), next_try_at=timezone.now())
    provider.fail("create_asset", base.Rejected("bad srt", status=400))
    send(second, provider)
    assert not Hold.objects.exists()


def test_the_end_of_a_hold_wakes_what_waited(wish: Wish, provider: ScriptedProvider) -> None:
    first, second = many(wish, 2)
    Hold.objects.put("panjaya", Hold.Reason.DOWN, "")
    send_all([first, second], provider)
    assert not Submission.objects.due().exists()
    touch(Hold.objects.get(), next_try_at=timezone.now())
    send(first, provider)
    assert Submission.objects.due().get() == second


def test_a_hold_that_ends_as_a_wait_begins_leaves_nothing_waiting(
    wish: Wish, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    submission = wish()
    Hold.objects.put("panjaya", Hold.Reason.DOWN, "")

    def lifted_at_this_moment(seconds: int) -> timedelta:
        outcomes.lift(provider)
        return timedelta(seconds=seconds)

    monkeypatch.setattr(backoff, "next_try", lifted_at_this_moment)
    send_all([submission], provider)
    assert Submission.objects.due().get() == submission


def test_a_long_hold_does_not_fill_the_timeline(wish: Wish, provider: ScriptedProvider) -> None:
    submission = wish()
    provider.fail("create_asset", base.KeyRejected("bad key", status=401), times=99)
    for _ in range(10):
        Hold.objects.update(next_try_at=timezone.now())
        send(submission, provider)
    assert events(submission.asset).count("held") == 1
    assert len(events(submission.asset)) < 8


def test_an_upload_no_longer_on_hold_is_shown_as_being_sent(
    project: Any, user: User, provider: ScriptedProvider
) -> None:
    submission = make_wish(project, user, source=make_upload(user))
    touch(submission.asset, status=Step.HELD)
    shown: list[str] = []
    provider.then("create_asset", lambda: shown.append(fresh(submission).asset.status))
    send(submission, provider)
    assert shown == [Step.SUBMITTING]


def test_an_upload_is_never_changed_by_sending_it(project: Any, user: User, provider: ScriptedProvider) -> None:
    source = make_upload(user)
    before = Upload.objects.values().get(pk=source.pk)
    send(make_wish(project, user, source=source), provider)
    assert Upload.objects.values().get(pk=source.pk) == before
