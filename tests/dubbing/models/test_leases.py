"""A row is worked on by one at a time, and what waits comes due by itself: the queries themselves, without a worker."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import OperationalError, connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dubbing.models import Asset, Hold, Project, Submission, Version
from dubbing.models.heartbeat import Heartbeat, heartbeat
from dubbing.models.leases import MOST_TRIES, next_count
from tests.support.journey import expire_lease, fresh, touch
from tests.support.rows import make_asset, make_dubbing, make_submission, make_version

pytestmark = pytest.mark.django_db
Rows = Submission.objects


@pytest.fixture
def submission(project: Project, user: User) -> Submission:
    """A request that is to go out now."""
    return make_submission(make_asset(project, user, status="submitting"), status="ready")


def _writes(queries: CaptureQueriesContext) -> list[str]:
    return [query["sql"] for query in queries.captured_queries if not query["sql"].startswith("SELECT")]


# --- claims


def test_a_leased_row_cannot_be_claimed_by_others(submission: Submission) -> None:
    first = Rows.claim(submission.pk, seconds=60)
    assert first is not None
    assert Rows.claim(submission.pk, seconds=60) is None
    assert fresh(submission).lease_token == first


def test_a_lease_expires_to_the_second(submission: Submission) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        first = Rows.claim(submission.pk, seconds=30)
        clock.shift(timedelta(seconds=29))
        assert Rows.claim(submission.pk, seconds=30) is None
        clock.shift(timedelta(seconds=2))
        second = Rows.claim(submission.pk, seconds=30)
    assert second not in (None, first)


def test_a_lease_renewed_a_moment_ago_is_read_and_not_written(submission: Submission) -> None:
    token = Rows.claim(submission.pk, seconds=480)
    assert token is not None
    with CaptureQueriesContext(connection) as queries:
        assert Rows.renew(submission.pk, token, seconds=480)
    assert not _writes(queries)
    touch(submission, lease_token=uuid.uuid4())
    assert not Rows.renew(submission.pk, token, seconds=480)


def test_a_provider_that_is_not_on_hold_is_not_written_after_each_answer() -> None:
    with CaptureQueriesContext(connection) as queries:
        assert not Hold.objects.lift("panjaya")
    assert not _writes(queries)


def test_renewing_keeps_the_lease(submission: Submission) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        token = Rows.claim(submission.pk, seconds=30)
        assert token is not None
        clock.shift(timedelta(seconds=25))
        assert Rows.renew(submission.pk, token, seconds=30, sent_bytes=7)
        clock.shift(timedelta(seconds=25))
        assert Rows.claim(submission.pk, seconds=30) is None
    assert fresh(submission).sent_bytes == 7


def test_a_worker_that_lost_the_row_changes_nothing(submission: Submission) -> None:
    old = Rows.claim(submission.pk, seconds=60)
    assert old is not None
    expire_lease(submission)
    new = Rows.claim(submission.pk, seconds=60)
    assert new is not None
    assert not Rows.renew(submission.pk, old, seconds=60, sent_bytes=7)
    assert not Rows.release(submission.pk, old, sent_bytes=7)
    assert (fresh(submission).lease_token, fresh(submission).sent_bytes) == (new, 0)
    assert Rows.release(submission.pk, new, sent_bytes=9)
    assert (fresh(submission).lease_token, fresh(submission).lease_until, fresh(submission).sent_bytes) == (
        None, None, 9,
    )  # fmt: skip


def test_a_claim_makes_its_changes_only_if_it_succeeds(submission: Submission) -> None:
    assert Rows.claim(submission.pk, seconds=60, tries=1)
    assert Rows.claim(submission.pk, seconds=60, tries=2) is None
    assert fresh(submission).tries == 1


def test_a_claim_takes_only_its_own_row(project: Project, user: User, submission: Submission) -> None:
    other = make_submission(make_asset(project, user, status="submitting"), status="ready")
    token = Rows.claim(submission.pk, seconds=60)
    assert token is not None
    assert fresh(other).lease_token is None
    assert not Rows.release(other.pk, token)


def test_a_row_that_does_not_match_is_not_taken(submission: Submission) -> None:
    assert Rows.filter(status="unknown").claim(submission.pk, seconds=60) is None
    assert Rows.claim(uuid.uuid4().int % 1_000_000 + 1_000_000, seconds=60) is None


# --- leases that live as long as their workers


def almost_over(submission: Submission) -> None:
    """As if the lease had not been renewed for long."""
    touch(submission, lease_until=timezone.now() + timedelta(seconds=1))


def seconds_left(submission: Submission) -> float:
    until = fresh(submission).lease_until
    return (until - timezone.now()).total_seconds() if until else 0.0


def test_a_lease_is_short_however_long_its_worker_may_be_silent(submission: Submission) -> None:
    token = Rows.claim(submission.pk, seconds=480)
    assert token is not None
    assert 30 < seconds_left(submission) <= 60
    almost_over(submission)
    assert Rows.renew(submission.pk, token, seconds=480)
    assert 30 < seconds_left(submission) <= 60


def test_it_is_renewed_while_somebody_has_its_token(submission: Submission) -> None:
    token = Rows.claim(submission.pk, seconds=480)
    for _ in range(3):
        almost_over(submission)
        heartbeat.beat()
        assert seconds_left(submission) > 30
    assert fresh(submission).lease_token == token


def test_it_is_not_renewed_once_its_worker_ended_with_an_error(submission: Submission) -> None:
    def work() -> None:
        token = Rows.claim(submission.pk, seconds=480)
        assert token is not None
        raise OSError

    with suppress(OSError):
        work()
    almost_over(submission)
    heartbeat.beat()
    assert seconds_left(submission) < 30


def test_it_is_not_renewed_for_a_worker_that_is_silent_for_too_long(submission: Submission) -> None:
    token = Rows.claim(submission.pk, seconds=0.05)
    assert token is not None
    time.sleep(0.1)
    almost_over(submission)
    heartbeat.beat()
    assert seconds_left(submission) < 30
    assert Rows.renew(submission.pk, token, seconds=480)  # it was only slow
    almost_over(submission)
    heartbeat.beat()
    assert seconds_left(submission) > 30


def test_what_was_given_back_or_went_to_somebody_else_is_left_alone(submission: Submission) -> None:
    old = Rows.claim(submission.pk, seconds=480)
    assert old is not None
    expire_lease(submission)
    new = Rows.claim(submission.pk, seconds=480)
    assert new is not None
    almost_over(submission)
    assert not Rows.renew(submission.pk, old, seconds=480)
    assert Rows.release(submission.pk, new)
    heartbeat.beat()
    assert (fresh(submission).lease_token, fresh(submission).lease_until) == (None, None)


def test_an_old_holder_is_not_renewed_beside_the_new_one(submission: Submission) -> None:
    old = Rows.claim(submission.pk, seconds=480)
    expire_lease(submission)
    # The other worker is another process: nothing here renews for it.
    touch(submission, lease_token=uuid.uuid4(), lease_until=timezone.now() + timedelta(seconds=1))
    heartbeat.beat()
    assert old is not None
    assert seconds_left(submission) < 30


def test_a_lease_that_ended_unseen_is_taken_up_again_by_its_worker(submission: Submission) -> None:
    token = Rows.claim(submission.pk, seconds=480)
    expire_lease(submission)  # the machine slept, and nobody else came
    heartbeat.beat()
    assert Rows.claim(submission.pk, seconds=480) is None
    assert fresh(submission).lease_token == token


@pytest.mark.django_db(transaction=True)
def test_no_connection_stays_open_between_two_beats() -> None:
    """The server may have been restarted by the next one, and a connection of the old one would renew nothing."""
    heart, token, done = Heartbeat(every=0.01), uuid.uuid4(), threading.Event()
    happened: list[str] = []

    def closes(close: Callable[[], None]) -> Callable[[], None]:
        def noted() -> None:
            happened.append("closed")
            close()

        return noted

    def renew(seconds: float) -> bool:
        theirs = connections["default"]
        if not happened:
            theirs.close = closes(theirs.close)  # type: ignore[method-assign]
        Rows.count()
        happened.append("renewed")
        if happened.count("renewed") == 3:
            done.set()
        return happened.count("renewed") < 3

    heart.watch(token, renew, seconds=60)
    assert done.wait(10)
    assert happened[:5] == ["renewed", "closed", "renewed", "closed", "renewed"]


def test_one_lease_that_cannot_be_renewed_does_not_end_the_others(submission: Submission) -> None:
    heart = Heartbeat()
    renewed: list[str] = []

    def fail(seconds: float) -> bool:
        raise OperationalError("database is locked")

    def work(name: str) -> Callable[[float], bool]:
        def renew(seconds: float) -> bool:
            renewed.append(name)
            return True

        return renew

    tokens = [uuid.uuid4() for _ in range(3)]
    for token, renew in zip(tokens, (work("a"), fail, work("c")), strict=True):
        heart.watch(token, renew, seconds=60)
    assert heart.beat()
    assert heart.beat()
    assert sorted(renewed) == ["a", "a", "c", "c"]


def test_the_heartbeat_runs_while_there_is_something_to_renew() -> None:
    heart, beaten = Heartbeat(every=0.01), threading.Semaphore(0)

    def beat(seconds: float) -> bool:
        beaten.release()
        return True

    for _ in range(2):  # and again, after a while without anything
        token = uuid.uuid4()
        heart.watch(token, beat, seconds=600)
        assert [beaten.acquire(timeout=60) for _ in range(3)] == [True] * 3
        heart.forget(token)
        assert not heart.beat()


# --- submissions that are due


@pytest.mark.parametrize(
    ("changes", "due"),
    [
        ({"status": "ready"}, True),
        ({"status": "sending"}, True),  # left behind by a worker that died
        ({"status": "unknown"}, True),
        ({"status": "accepted"}, False),
        ({"status": "refused"}, False),
        ({"status": "abandoned"}, False),
        ({"status": "abandoned", "candidate_id": "a1"}, True),  # somebody named its asset after all
        ({"status": "abandoned", "candidate_id": "a1", "remote_id": "a1"}, False),
        ({"status": "accepted", "candidate_id": "a1"}, False),
        ({"status": "duplicate", "candidate_id": "a1"}, False),
        ({"status": "unknown", "needs_person": True}, False),
        ({"status": "abandoned", "candidate_id": "a1", "needs_person": True}, False),
    ],
    ids=str,
)
def test_what_is_due_is_what_can_be_moved_on(submission: Submission, changes: dict[str, Any], due: bool) -> None:
    touch(submission, **changes)
    assert Rows.due().exists() == due


def test_nothing_is_due_before_its_time_or_while_somebody_works_on_it(submission: Submission) -> None:
    touch(submission, next_at=timezone.now() + timedelta(seconds=30))
    assert not Rows.due().exists()
    with time_machine.travel(timezone.now() + timedelta(seconds=31)):
        assert Rows.due().get() == submission
        Rows.claim(submission.pk, seconds=60)
        assert not Rows.due().exists()
        expire_lease(submission)
        assert Rows.due().get() == submission


def test_the_end_of_a_hold_wakes_what_waited_for_it(project: Project, user: User, submission: Submission) -> None:
    later = timezone.now() + timedelta(hours=1)
    lost = make_submission(make_asset(project, user, status="unconfirmed"), status="unknown", next_at=later)
    elsewhere = make_submission(
        make_asset(project, user, status="submitting", provider="another"), status="ready", next_at=later
    )
    touch(submission, next_at=later)
    Rows.wake(submission.asset.provider)
    assert set(Rows.due()) == {submission}
    assert (fresh(lost).next_at, fresh(elsewhere).next_at) == (later, later)


# --- versions and assets that are due


@pytest.mark.parametrize(("keep", "due"), [(keep, keep in ("waiting", "stuck")) for keep in Version.Keep.values])
def test_results_not_yet_in_our_storage_are_due(project: Project, user: User, keep: str, due: bool) -> None:
    dubbing = make_dubbing(make_asset(project, user, locales=[]))
    version = make_version(dubbing, keep=keep, next_keep_at=timezone.now())
    assert Version.objects.due_for_keep().exists() == due
    touch(version, next_keep_at=timezone.now() + timedelta(seconds=9))
    assert not Version.objects.due_for_keep().exists()
    touch(version, next_keep_at=None)
    assert not Version.objects.due_for_keep().exists()


def test_a_version_that_somebody_works_on_is_not_due(project: Project, user: User) -> None:
    now = timezone.now()
    waiting: dict[str, Any] = {"keep": "waiting", "next_keep_at": now, "revise_asked_at": now, "next_revise_at": now}
    version = make_version(make_dubbing(make_asset(project, user, locales=[])), **waiting)
    assert (Version.objects.due_for_keep().get(), Version.objects.due_for_revise().get()) == (version, version)
    Version.objects.claim(version.pk, seconds=60)
    assert not Version.objects.due_for_keep().exists()
    assert not Version.objects.due_for_revise().exists()


def test_only_unfinished_revise_requests_are_due(project: Project, user: User) -> None:
    version = make_version(make_dubbing(make_asset(project, user, locales=[])), next_revise_at=timezone.now())
    assert not Version.objects.due_for_revise().exists()
    touch(version, revise_asked_at=timezone.now(), next_revise_at=timezone.now() + timedelta(seconds=9))
    assert not Version.objects.due_for_revise().exists()


@pytest.mark.parametrize("status", Asset.Status.values)
def test_only_what_the_provider_has_is_synced(project: Project, user: User, status: str) -> None:
    asset = make_asset(project, user, status=status, next_poll_at=timezone.now())
    assert Asset.objects.due_for_sync().exists() == (status in Asset.MIRRORED)
    Asset.objects.claim(asset.pk, seconds=60)
    assert not Asset.objects.due_for_sync().exists()


def test_a_mark_says_whether_it_was_the_first(project: Project, user: User) -> None:
    asset = make_asset(project, user, next_poll_at=None)
    assert not Asset.objects.due_for_sync().exists()
    assert [Asset.objects.mark(asset.pk), Asset.objects.mark(asset.pk)] == [True, False]
    assert (Asset.objects.due_for_sync().get(), fresh(asset).dirty_seq) == (asset, 2)


def test_a_mark_keeps_no_worker_from_what_was_due_before_it(project: Project, user: User) -> None:
    """Only the first of several marks wakes a worker, which reads the clock before it waits for the row."""
    asset = make_asset(project, user, next_poll_at=None)
    assert Asset.objects.mark(asset.pk)
    due = Asset.objects.due_for_sync()
    with time_machine.travel(timezone.now() + timedelta(seconds=1)):
        assert not Asset.objects.mark(asset.pk)
    assert due.claim(asset.pk, seconds=60)


def test_a_repeated_body_waits_for_the_next_sync(project: Project, user: User) -> None:
    """A callback that is repeated a thousand times causes a look every few seconds, and not a thousand."""
    asset = make_asset(project, user, next_poll_at=None, last_ok_at=timezone.now() - timedelta(seconds=1))
    assert Asset.objects.mark(asset.pk, is_repeat=True) is False
    assert not Asset.objects.due_for_sync().exists()
    assert fresh(asset).dirty_seq == 1
    with time_machine.travel(timezone.now() + Asset.BETWEEN_REPEATS + timedelta(seconds=1)):
        assert Asset.objects.due_for_sync().get() == asset
        assert Asset.objects.mark(asset.pk, is_repeat=True) is False
        assert fresh(asset).next_poll_at <= timezone.now()  # type: ignore[operator]


@pytest.mark.parametrize("name", ["tries", "looks"])
def test_a_counter_of_weeks_of_attempts_stays_within_its_column(submission: Submission, name: str) -> None:
    Rows.filter(pk=submission.pk).update(**{name: MOST_TRIES - 1})
    for _ in range(3):
        Rows.filter(pk=submission.pk).update(**{name: next_count(name)})
    assert getattr(fresh(submission), name) == MOST_TRIES
