"""What became of a request whose answer was lost: found, or found never to have been; never paid for twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.contrib.auth.models import User
from django.utils import timezone

from dubbing.drafts.fields import TargetText
from dubbing.models import Asset, Event, Hold, Submission
from dubbing.platform.errors import NotPossible
from dubbing.providers import base
from dubbing.providers.panjaya import PanjayaProvider, listing
from dubbing.submissions import outcomes, reconciliation, submit
from tests.support.http_server import Request, Server
from tests.support.journey import events, expire_lease, fresh, make_wish, reconcile, reconcile_for_good, send, touch
from tests.support.provider import ScriptedProvider
from tests.support.rows import make_upload

pytestmark = pytest.mark.django_db
Wish = Callable[..., Submission]
Status, Step = Submission.Status, Asset.Status
LOST = base.AnswerLost("reset")


@pytest.fixture
def lost(wish: Wish, provider: ScriptedProvider) -> Callable[..., Submission]:
    """``lost(carried_out=True)``: a submission whose answer got lost."""

    def make(*, carried_out: bool) -> Submission:
        provider.fail("create_asset", LOST, done=carried_out)
        return send(wish(), provider)

    return make


Lost = Callable[..., Submission]


def in_window(submission: Submission) -> None:
    touch(submission, lost_at=timezone.now(), sent_at=timezone.now())


# --- found


def test_an_asset_that_was_created_is_found_by_its_reference(lost: Lost, provider: ScriptedProvider) -> None:
    submission = reconcile(lost(carried_out=True), provider)
    assert (submission.status, submission.remote_id) == (Status.ACCEPTED, provider.only.remote_id)
    assert submission.asset.status == Step.DUBBING


def test_a_failed_asset_is_bound_as_well_and_shown_as_failed(lost: Lost, provider: ScriptedProvider) -> None:
    submission = lost(carried_out=True)
    provider.only.failed = True
    assert reconcile(submission, provider).remote_id == provider.only.remote_id


def test_the_healthy_one_of_two_is_bound_and_the_other_is_reported(lost: Lost, provider: ScriptedProvider) -> None:
    submission = lost(carried_out=True)
    broken = provider.add(provider.only.name)
    broken.failed = True
    settled = reconcile(submission, provider)
    assert settled.remote_id != broken.remote_id
    assert "duplicate" in events(settled.asset)


def test_an_earlier_attempt_that_shows_up_is_just_as_good(lost: Lost, provider: ScriptedProvider) -> None:
    first = reconcile_for_good(lost(carried_out=False), provider)
    second = first.asset.submissions.get(status=Status.READY)
    provider.add(f"[{first.reference}] Harbour tour")
    provider.fail("create_asset", LOST)
    send(second, provider)
    assert reconcile(second, provider).remote_id == provider.only.remote_id


# --- not found


def test_before_the_window_ends_not_there_means_nothing(lost: Lost, provider: ScriptedProvider) -> None:
    submission = lost(carried_out=False)
    for _ in range(5):
        in_window(submission)
        assert reconcile(submission, provider).status == Status.UNKNOWN
    assert provider.asked("create_asset") == 1


def test_it_is_sent_again_after_two_complete_searches_half_a_minute_apart(
    lost: Lost, provider: ScriptedProvider
) -> None:
    submission = lost(carried_out=False)
    touch(submission, lost_at=timezone.now() - timedelta(hours=2))
    assert reconcile(submission, provider).status == Status.UNKNOWN
    assert reconcile(submission, provider).status == Status.UNKNOWN  # hurried on: still the same half minute
    touch(submission, empty_at=timezone.now() - timedelta(seconds=31))
    assert reconcile(submission, provider).status == Status.ABANDONED
    again = submission.asset.submissions.get(status=Status.READY)
    assert (again.attempt, fresh(submission).asset.status) == (2, Step.SUBMITTING)


def test_it_waits_half_a_minute_on_its_own(lost: Lost, provider: ScriptedProvider) -> None:
    submission = lost(carried_out=False)
    touch(submission, lost_at=timezone.now() - timedelta(hours=2))
    waits = reconcile(submission, provider).next_at - timezone.now()
    assert timedelta(seconds=29) < waits < timedelta(seconds=40)


def test_an_incomplete_list_never_counts(lost: Lost, provider: ScriptedProvider) -> None:
    submission = lost(carried_out=False)
    provider.complete_listing = False
    touch(submission, lost_at=timezone.now() - timedelta(hours=2))
    for _ in range(5):
        reconcile(submission, provider)
        touch(submission, empty_at=None if fresh(submission).empty_at is None else "2020-01-01T00:00Z")
    assert (fresh(submission).status, fresh(submission).empty_at) == (Status.UNKNOWN, None)


def test_an_incomplete_search_between_two_complete_ones_starts_the_count_again(
    lost: Lost, provider: ScriptedProvider
) -> None:
    submission = lost(carried_out=False)
    touch(submission, lost_at=timezone.now() - timedelta(hours=2))
    reconcile(submission, provider)
    provider.complete_listing = False
    reconcile(submission, provider)
    assert fresh(submission).empty_at is None


def test_a_list_that_cannot_be_read_never_counts(lost: Lost, provider: ScriptedProvider) -> None:
    submission = lost(carried_out=False)
    touch(submission, lost_at=timezone.now() - timedelta(hours=2))
    provider.fail("list_assets", base.AnswerLost("timeout"), times=3)
    for _ in range(3):
        assert reconcile(submission, provider).status == Status.UNKNOWN


def test_the_window_begins_when_the_request_was_given_up(project: Any, user: User, provider: ScriptedProvider) -> None:
    # An upload may take hours: counted from its first byte, the window would be over before it began.
    submission = make_wish(project, user, source=make_upload(user))
    provider.fail("create_asset", LOST, done=False)
    send(submission, provider)
    touch(submission, sent_at=timezone.now() - timedelta(hours=5), sent_bytes=10**9)
    provider.assets.clear()
    assert reconcile(submission, provider).empty_at is None


def test_an_upload_that_was_cut_short_is_not_waited_for_so_long(
    project: Any, user: User, provider: ScriptedProvider
) -> None:
    submission = make_wish(project, user, source=make_upload(user))
    provider.fail("create_asset", LOST)
    send(submission, provider)
    touch(submission, lost_at=timezone.now() - timedelta(minutes=16), sent_bytes=10)
    assert reconcile(submission, provider).empty_at is not None


def test_an_upload_whose_worker_died_may_have_arrived_whole(
    project: Any, user: User, provider: ScriptedProvider
) -> None:
    submission = make_wish(project, user, source=make_upload(user))
    touch(submission, status=Status.SENDING, sent_bytes=10, sent_at=timezone.now())
    reconcile(submission, provider)
    touch(submission, lost_at=timezone.now() - timedelta(minutes=16))
    assert reconcile(submission, provider).empty_at is None


def test_requests_left_by_a_dead_worker_are_searched(wish: Wish, provider: ScriptedProvider) -> None:
    submission = wish()
    touch(submission, status=Status.SENDING, sent_at=timezone.now(), lease_token=None)
    expire_lease(submission)
    assert reconcile(submission, provider).status == Status.UNKNOWN
    assert submission.asset.events.filter(kind="answer_lost", cause="sweep").exists()


def test_after_three_attempts_a_person_decides(lost: Lost, provider: ScriptedProvider) -> None:
    submission = lost(carried_out=False)
    for _ in range(2):
        reconcile_for_good(submission, provider)
        submission = submission.asset.submissions.get(status=Status.READY)
        provider.fail("create_asset", LOST)
        send(submission, provider)
    settled = reconcile_for_good(submission, provider)
    assert (settled.status, settled.needs_person, settled.attempt) == (Status.UNKNOWN, True, 3)
    assert settled.asset.status == Step.UNCONFIRMED
    assert provider.asked("create_asset") == 3


# --- many at once


def due_for_good(*submissions: Submission) -> None:
    """Long after their windows, and to be looked for now."""
    for submission in submissions:
        touch(submission, lost_at=timezone.now() - timedelta(hours=2), next_at=timezone.now())


def test_one_reading_of_the_list_answers_for_all_that_were_lost(lost: Lost, provider: ScriptedProvider) -> None:
    created, missing = [lost(carried_out=True) for _ in range(2)], [lost(carried_out=False) for _ in range(2)]
    due_for_good(*created, *missing)
    first = reconcile(missing[0], provider)
    assert len(provider.sought) == 1
    assert {fresh(each).status for each in created} == {Status.ACCEPTED}
    assert {provider.assets[fresh(each).remote_id].name[1:].split("]")[0] for each in created} == {
        each.reference for each in created
    }
    for each in missing:
        touch(each, empty_at=timezone.now() - timedelta(seconds=31), next_at=timezone.now())
    reconcile(first, provider)
    assert len(provider.sought) == 2
    assert {fresh(each).status for each in missing} == {Status.ABANDONED}
    assert Submission.objects.filter(status=Status.READY, attempt=2).count() == 2


def test_in_one_reading_nothing_is_concluded_for_what_may_still_be_carried_out(
    lost: Lost, provider: ScriptedProvider
) -> None:
    over, open_ = lost(carried_out=False), lost(carried_out=False)
    due_for_good(over)
    in_window(open_)
    touch(open_, next_at=timezone.now())
    reconcile(over, provider)
    assert fresh(over).empty_at
    assert not fresh(open_).empty_at


def test_what_changed_while_the_list_was_read_is_left_alone(
    lost: Lost, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, other = lost(carried_out=False), lost(carried_out=False)
    due_for_good(first, other)
    find = provider.find

    def find_while_another_worker_looks(sought: base.Sought) -> base.Listing:
        touch(other, looks=7)
        return find(sought)

    monkeypatch.setattr(provider, "find", find_while_another_worker_looks)
    reconcile(first, provider)
    assert (fresh(other).looks, fresh(other).empty_at) == (7, None)


def test_what_waits_for_a_person_is_left_alone(lost: Lost, provider: ScriptedProvider) -> None:
    submission = lost(carried_out=True)
    touch(submission, needs_person=True)
    assert reconcile(submission, provider).status == Status.UNKNOWN
    assert not Submission.objects.due().exists()


def test_a_provider_without_a_list_is_a_question_for_a_person(lost: Lost, provider: ScriptedProvider) -> None:
    submission = lost(carried_out=False)
    provider.fail("list_assets", base.NotFound("no such page", status=404), times=9)
    assert not reconcile(submission, provider).needs_person
    touch(submission, lost_at=timezone.now() - timedelta(minutes=20))
    assert reconcile(submission, provider).needs_person


def test_what_is_unclear_for_a_day_is_a_question_for_a_person(lost: Lost, provider: ScriptedProvider) -> None:
    submission = lost(carried_out=False)
    provider.complete_listing = False
    touch(submission, lost_at=timezone.now() - timedelta(hours=26))
    assert reconcile(submission, provider).needs_person


@pytest.mark.parametrize("behind", [timedelta(minutes=90), timedelta(hours=2), timedelta(days=3), -timedelta(days=3)])
def test_a_provider_with_another_clock_does_not_hide_what_it_created(wish: Wish, behind: timedelta) -> None:
    # Asked for an hour ago and answered into the void; since then, more than a page of others.
    submission = wish()
    sent_at = timezone.now() - timedelta(hours=1)
    touch(submission, status=Status.UNKNOWN, sent_at=sent_at, lost_at=sent_at)
    created = {f"other{n}": sent_at + timedelta(seconds=20 * n) for n in range(150, 0, -1)}
    created |= {"ours": sent_at} | {f"old{n}": sent_at - timedelta(hours=n) for n in range(1, 50)}
    names = {"ours": f"[{submission.reference}] Harbour tour"}
    rows = [
        {"asset_id": remote_id, "created_at": (moment - behind).isoformat(), "name": names.get(remote_id, "")}
        for remote_id, moment in created.items()
    ]

    def script(request: Request) -> None:
        page = int(parse_qs(urlsplit(request.path).query)["page"][0])
        request.answer(200, {"items": rows[100 * (page - 1) : 100 * page]})

    with Server() as server:
        server.script = script
        settled = reconcile_for_good(submission, PanjayaProvider(server.url, "key"))
    assert (settled.status, settled.remote_id) == (Status.ACCEPTED, "ours")


def test_a_conclusive_search_leaves_nothing_unread(lost: Lost, provider: ScriptedProvider) -> None:
    submission = lost(carried_out=False)
    in_window(submission)
    reconcile(submission, provider)
    touch(submission, lost_at=timezone.now() - timedelta(hours=2))
    reconcile(submission, provider)
    assert [sought.conclusive for sought in provider.sought] == [False, True]


@pytest.mark.long
def test_searching_continues_through_an_outage(lost: Lost, provider: ScriptedProvider) -> None:
    submission = lost(carried_out=True)
    provider.fail("list_assets", base.NotSent("connection refused"), times=999)
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        while timezone.now() < start + timedelta(hours=2):
            reconciliation.reconcile_submission(submission.pk, provider=provider)
            clock.shift(20)
        provider.heal()
        clock.shift(400)
        reconciliation.reconcile_submission(submission.pk, provider=provider)
    assert fresh(submission).status == Status.ACCEPTED


def test_the_lease_outlasts_the_longest_list() -> None:
    assert reconciliation.LEASE > listing.SECONDS + 60


# --- holds


def test_a_list_shows_that_the_provider_is_up(lost: Lost, provider: ScriptedProvider) -> None:
    submission = lost(carried_out=False)
    Hold.objects.put("panjaya", Hold.Reason.DOWN, "")
    reconcile(submission, provider)
    assert not Hold.objects.exists()


@pytest.mark.parametrize("reason", [Hold.Reason.ACCOUNT, Hold.Reason.THROTTLED])
def test_a_list_does_not_show_that_we_may_send_again(
    lost: Lost, provider: ScriptedProvider, reason: Hold.Reason
) -> None:
    submission = lost(carried_out=False)
    Hold.objects.put("panjaya", reason, "")
    reconcile(submission, provider)
    assert Hold.objects.exists()


# --- a callback named an asset


def test_a_named_asset_is_bound_once_it_was_seen(lost: Lost, provider: ScriptedProvider) -> None:
    submission = lost(carried_out=True)
    provider.only.name = "renamed in the studio"
    outcomes.name_candidate(submission, provider.only.remote_id)
    assert reconcile(submission, provider).remote_id == provider.only.remote_id


def test_a_named_asset_answers_what_waited_for_a_person(lost: Lost, provider: ScriptedProvider) -> None:
    submission = lost(carried_out=True)
    touch(submission, needs_person=True)
    outcomes.name_candidate(submission, provider.only.remote_id)
    assert Submission.objects.due().get() == submission
    assert reconcile(submission, provider).status == Status.ACCEPTED


def test_a_named_asset_that_our_key_cannot_see_is_forgotten(lost: Lost, provider: ScriptedProvider) -> None:
    submission = lost(carried_out=False)
    outcomes.name_candidate(submission, "somebody-elses")
    assert (reconcile(submission, provider).status, fresh(submission).candidate_id) == (Status.UNKNOWN, "")


def test_a_named_asset_that_carries_the_reference_of_another_one_is_refused(
    lost: Lost, wish: Wish, provider: ScriptedProvider
) -> None:
    submission, other = lost(carried_out=False), wish()
    crossed = provider.add(f"[{other.reference}] Harbour tour")
    outcomes.name_candidate(submission, crossed.remote_id)
    assert reconcile(submission, provider).status == Status.UNKNOWN


@pytest.mark.parametrize("hostile", ["../../admin", "https://evil.example", "a/b", "%2e%2e"])
def test_a_hostile_id_is_never_part_of_an_address(wish: Wish, settings: Any, hostile: str) -> None:
    submission = wish()
    outcomes.name_candidate(submission, hostile)
    unreachable = PanjayaProvider("http://127.0.0.1:1", "key")
    assert reconciliation.take_candidate(submission.pk, provider=unreachable) is False
    assert fresh(submission).candidate_id == ""


def test_nothing_is_sent_before_a_named_asset_was_checked(wish: Wish, provider: ScriptedProvider) -> None:
    submission = wish()
    existing = provider.add(f"[{submission.reference}] Harbour tour")
    outcomes.name_candidate(submission, existing.remote_id)
    send(submission, provider)
    assert provider.asked("create_asset") == 0
    assert reconcile(submission, provider).remote_id == existing.remote_id


def test_a_named_asset_is_checked_again_after_an_outage(lost: Lost, provider: ScriptedProvider) -> None:
    submission = lost(carried_out=True)
    outcomes.name_candidate(submission, provider.only.remote_id)
    provider.fail("fetch_asset", base.AnswerLost("timeout"))
    waiting = reconcile(submission, provider)
    assert (waiting.status, waiting.candidate_id) == (Status.UNKNOWN, provider.only.remote_id)
    assert waiting.next_at > timezone.now()
    assert reconcile(submission, provider).status == Status.ACCEPTED


# --- carried out late


def test_a_late_asset_is_used_when_its_successor_was_not_sent_yet(lost: Lost, provider: ScriptedProvider) -> None:
    first = reconcile_for_good(lost(carried_out=False), provider)
    late = provider.add(f"[{first.reference}] Harbour tour")
    outcomes.name_candidate(first, late.remote_id)
    assert Submission.objects.due().filter(pk=first.pk).exists()
    assert reconcile(first, provider).status == Status.ACCEPTED
    assert fresh(first).asset.remote_id == late.remote_id
    assert not first.asset.submissions.filter(status=Status.READY).exists()


def test_a_late_asset_is_a_duplicate_when_its_successor_went_out(lost: Lost, provider: ScriptedProvider) -> None:
    first = reconcile_for_good(lost(carried_out=False), provider)
    second = send(first.asset.submissions.get(status=Status.READY), provider)
    late = provider.add(f"[{first.reference}] Harbour tour")
    outcomes.name_candidate(first, late.remote_id)
    settled = reconcile(first, provider)
    assert (settled.status, settled.remote_id) == (Status.DUPLICATE, late.remote_id)
    assert (settled.asset.remote_id, "duplicate" in events(settled.asset)) == (second.remote_id, True)
    assert not Submission.objects.due().filter(pk=first.pk).exists()


def test_a_late_asset_that_was_found_in_the_list_is_no_duplicate(lost: Lost, provider: ScriptedProvider) -> None:
    first = reconcile_for_good(lost(carried_out=False), provider)
    second = first.asset.submissions.get(status=Status.READY)
    provider.fail("create_asset", LOST)
    send(second, provider)
    late = provider.add(f"[{first.reference}] Harbour tour")
    reconcile(second, provider)
    outcomes.name_candidate(first, late.remote_id)
    assert reconcile(first, provider).status == Status.ABANDONED
    assert "duplicate" not in events(first.asset)


def test_a_late_asset_is_used_when_its_successor_was_refused(lost: Lost, provider: ScriptedProvider) -> None:
    first = reconcile_for_good(lost(carried_out=False), provider)
    provider.fail("create_asset", base.Rejected("no", status=400))
    send(first.asset.submissions.get(status=Status.READY), provider)
    late = provider.add(f"[{first.reference}] Harbour tour")
    outcomes.name_candidate(first, late.remote_id)
    assert reconcile(first, provider).status == Status.ACCEPTED
    assert fresh(first).asset.status == Step.DUBBING


# --- languages that were added


def test_a_lost_addition_is_found_at_the_asset(
    sent: Callable[..., Asset], user: User, provider: ScriptedProvider
) -> None:
    provider.fail("add_locales", LOST, done=True)
    submission = send(submit.add_locales(sent(), [TargetText("fr-FR"), TargetText("de-DE")], user)[0], provider)
    assert (submission.status, submission.asset.status) == (Status.UNKNOWN, Step.DUBBING)
    assert reconcile(submission, provider).status == Status.ACCEPTED


def test_only_the_missing_languages_are_asked_for_again(
    sent: Callable[..., Asset], user: User, provider: ScriptedProvider
) -> None:
    asset = sent()
    provider.fail("add_locales", LOST)
    submission = send(submit.add_locales(asset, [TargetText("fr-FR"), TargetText("de-DE")], user)[0], provider)
    provider.only.versions["fr-FR"] = [provider.version()]
    reconcile_for_good(submission, provider)
    again = asset.submissions.get(status=Status.READY)
    assert again.locales == ["de-DE"]
    assert send(again, provider).status == Status.ACCEPTED
    assert set(provider.only.versions) == {"es-ES", "fr-FR", "de-DE"}


@pytest.mark.parametrize("spelled", ["fr_FR", "FR-fr", "fr"])
def test_an_addition_in_another_spelling_is_found_and_not_paid_for_twice(
    sent: Callable[..., Asset], user: User, provider: ScriptedProvider, spelled: str
) -> None:
    provider.fail("add_locales", LOST, done=True)
    submission = send(submit.add_locales(sent(), [TargetText("fr-FR")], user)[0], provider)
    provider.only.versions[spelled] = provider.only.versions.pop("fr-FR")
    reconcile_for_good(submission, provider)
    assert fresh(submission).status == Status.ACCEPTED
    assert provider.asked("add_locales") == 1


def test_an_addition_that_may_be_there_under_another_name_is_a_question(
    sent: Callable[..., Asset], user: User, provider: ScriptedProvider
) -> None:
    provider.fail("add_locales", LOST, done=True)
    submission = send(submit.add_locales(sent(), [TargetText("fr-FR"), TargetText("fr-CA")], user)[0], provider)
    provider.only.versions["fr"] = provider.only.versions.pop("fr-FR")
    del provider.only.versions["fr-CA"]
    reconcile_for_good(submission, provider)
    touch(submission, lost_at=timezone.now() - timedelta(days=9))
    reconcile(submission, provider)
    assert (fresh(submission).status, fresh(submission).needs_person) == (Status.UNKNOWN, True)
    assert "fr-CA may be listed there as fr" in Event.objects.get(kind="needs_person").data["why"]
    assert provider.asked("add_locales") == 1


@pytest.mark.parametrize("spelled", ["fr_FR", "fr"])
def test_what_is_there_in_another_spelling_is_not_added_again(
    sent: Callable[..., Asset], user: User, provider: ScriptedProvider, spelled: str
) -> None:
    (submission,) = submit.add_locales(sent(), [TargetText("fr-FR")], user)
    provider.only.versions[spelled] = [provider.version()]
    assert send(submission, provider).status == Status.ACCEPTED
    assert provider.asked("add_locales") == 0


def test_an_addition_to_an_asset_that_is_gone_becomes_a_question(
    sent: Callable[..., Asset], user: User, provider: ScriptedProvider
) -> None:
    provider.fail("add_locales", LOST)
    submission = send(submit.add_locales(sent(), [TargetText("fr-FR")], user)[0], provider)
    provider.assets.clear()
    touch(submission, lost_at=timezone.now() - timedelta(minutes=20))
    assert reconcile(submission, provider).needs_person


# --- a person decides


def test_ops_bind_an_asset_that_they_found(lost: Lost, user: User, provider: ScriptedProvider) -> None:
    submission = lost(carried_out=True)
    provider.only.name = "renamed"
    touch(submission, needs_person=True)
    reconciliation.bind_by_hand(submission, provider.only.remote_id, user)
    assert reconcile(submission, provider).remote_id == provider.only.remote_id
    assert submission.asset.events.get(kind="settled").actor == user


def test_ops_send_again_what_was_never_created(lost: Lost, user: User, provider: ScriptedProvider) -> None:
    submission = lost(carried_out=False)
    again = reconciliation.never_created_by_hand(submission, user)
    assert fresh(submission).status == Status.ABANDONED
    assert send(again, provider).asset.status == Step.DUBBING


def test_ops_can_decide_as_soon_as_they_are_asked(lost: Lost, user: User, provider: ScriptedProvider) -> None:
    submission = lost(carried_out=False)
    touch(submission, attempt=3)
    reconcile_for_good(submission, provider)
    assert reconciliation.never_created_by_hand(submission, user).status == Status.READY


@pytest.mark.parametrize("status", [Status.READY, Status.SENDING, Status.ACCEPTED, Status.REFUSED, Status.ABANDONED])
def test_ops_cannot_settle_what_is_not_unknown(wish: Wish, user: User, status: str) -> None:
    submission = wish()
    touch(submission, status=status)
    with pytest.raises(NotPossible):
        reconciliation.never_created_by_hand(submission, user)
    with pytest.raises(NotPossible):
        reconciliation.bind_by_hand(submission, "abc", user)


def test_ops_cannot_send_again_what_is_being_looked_for(lost: Lost, user: User, provider: ScriptedProvider) -> None:
    submission = lost(carried_out=False)
    touch(submission, lease_until=timezone.now() + timedelta(seconds=60))
    with pytest.raises(NotPossible, match="no check is running"):
        reconciliation.never_created_by_hand(submission, user)


# --- no way leads nowhere


@pytest.mark.parametrize("status", Submission.OPEN)
def test_every_open_submission_is_due_sooner_or_later(wish: Wish, status: str) -> None:
    submission = wish()
    touch(submission, status=status, lease_until=timezone.now() + timedelta(seconds=60))
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        assert Submission.objects.due().filter(pk=submission.pk).exists()
