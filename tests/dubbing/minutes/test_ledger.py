"""Minutes are reserved with the wish, settled when it was dubbed, released when it was not: exactly once each."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from pytest_django import Settings

from dubbing import tasks
from dubbing.drafts.fields import TargetText
from dubbing.management.commands.sweep import sweep_once
from dubbing.minutes import costs, ledger, settlement
from dubbing.minutes.settlement import close_due
from dubbing.models import AppendOnly, Asset, Dubbing, LedgerEntry, MonthlyTotal, MonthlyUse, Project, Submission
from dubbing.platform.errors import NotEnoughMinutes
from dubbing.providers import base
from dubbing.submissions import submit
from dubbing.submissions.records import next_attempt
from tests.support import several
from tests.support.journey import fresh, look, look_and_keep, reconcile_for_good, send, touch
from tests.support.minutes import allow, contradictions, fields_of, kinds, order, used_by
from tests.support.people import People
from tests.support.provider import ScriptedProvider
from tests.support.rows import make_result, make_upload, make_version

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("trusting")]
MINUTE = 60_000


def be(asset: Asset, locale: str, status: str) -> None:
    """The provider says so."""
    asset.dubbings.filter(locale=locale).update(status=status)


def accepted(asset: Asset) -> Asset:
    asset.submissions.filter(status="ready").update(status=Submission.Status.ACCEPTED)
    touch(asset, status=Asset.Status.DUBBING)
    return fresh(asset)


# --- reserving --------------------------------------------------------------------------------------------------------


def test_sending_reserves_every_language(project: Project, user: User) -> None:
    asset = order(project, user, "es-ES", "fr-FR", seconds=60)
    assert kinds(asset) == [("es-ES", "reserve", MINUTE), ("fr-FR", "reserve", MINUTE)]
    assert used_by(project) == 2 * MINUTE
    assert contradictions() == []


def test_what_does_not_fit_is_refused_and_nothing_is_written(project: Project, user: User) -> None:
    allow(project, 2)
    order(project, user, "es-ES", seconds=60)
    draft = Asset.objects.create(project=project, created_by=user)
    with pytest.raises(NotEnoughMinutes):
        submit.submit(draft, fields_of(make_upload(user, duration=60.0), "es-ES", "fr-FR"), user)
    assert (fresh(draft).status, draft.submissions.count(), draft.ledger.count()) == (Asset.Status.DRAFT, 0, 0)
    assert used_by(project) == MINUTE


def test_the_last_minute_can_be_used_to_the_millisecond(project: Project, user: User) -> None:
    allow(project, 1)
    order(project, user, seconds=60.0)
    with pytest.raises(NotEnoughMinutes):
        order(project, user, seconds=0.001)


def test_the_refusal_says_what_is_left_what_fits_and_who_can_help(project: Project, user: User) -> None:
    allow(project, 2)
    with pytest.raises(NotEnoughMinutes) as refusal:
        order(project, user, "es-ES", "fr-FR", "de-DE", seconds=60)
    words = str(refusal.value)
    assert "needs 3 min. The project has 2 min of 2 min left this month." in words
    assert "You can still send 2 languages of this length or a trim of 40 s in all languages." in words
    assert "An administrator" in words


def test_without_an_allowance_there_is_no_limit(project: Project, user: User) -> None:
    order(project, user, seconds=1e6)
    assert used_by(project) == 1_000_000_000


def test_no_minutes_at_all_is_a_limit(project: Project, user: User) -> None:
    allow(project, 0)
    with pytest.raises(NotEnoughMinutes):
        order(project, user, seconds=1)


def test_one_project_does_not_use_up_the_minutes_of_another(project: Project, user: User, people: People) -> None:
    allow(project, 1)
    order(Project.objects.get(name="Elsewhere"), people.outsider, seconds=600)
    order(project, user, seconds=60)


def test_a_new_month_begins_in_the_portals_time_zone(project: Project, user: User, settings: Settings) -> None:
    allow(project, 1)
    settings.TIME_ZONE = "Pacific/Auckland"
    with timezone.override("Pacific/Auckland"):
        with time_machine.travel(datetime(2030, 1, 31, 10, 59, tzinfo=UTC)):
            order(project, user, seconds=60)
        with time_machine.travel(datetime(2030, 1, 31, 11, 1, tzinfo=UTC)):
            order(project, user, seconds=60)
    months = MonthlyUse.objects.filter(project=project).values_list("month", "milliseconds")
    assert dict(months) == {date(2030, 1, 1): MINUTE, date(2030, 2, 1): MINUTE}


def test_more_languages_are_reserved_as_well(project: Project, user: User) -> None:
    allow(project, 2)
    asset = accepted(order(project, user, "es-ES", seconds=60))
    submit.add_locales(asset, [TargetText("fr-FR")], user)
    accepted(asset)
    with pytest.raises(NotEnoughMinutes):
        submit.add_locales(asset, [TargetText("de-DE")], user)
    assert [locale for locale, _, _ in kinds(asset)] == ["es-ES", "fr-FR"]
    assert contradictions() == []


# --- all projects together --------------------------------------------------------------------------------------------


@pytest.fixture
def elsewhere(people: People) -> Project:
    return Project.objects.get(name="Elsewhere")


def test_all_projects_share_what_the_organisation_may_use(
    project: Project, user: User, people: People, elsewhere: Project, settings: Settings
) -> None:
    settings.ORGANISATION_MINUTES = 3
    allow(project, 100)
    order(project, user, seconds=60)
    order(elsewhere, people.outsider, seconds=60)
    with pytest.raises(NotEnoughMinutes) as refusal:
        order(project, user, "es-ES", "fr-FR", seconds=60)
    assert "All projects share 3 min this month, of which 1 min are left" in str(refusal.value)
    assert "1 language of this length" in str(refusal.value)
    assert (used_by(project), used_by(elsewhere)) == (MINUTE, MINUTE)
    order(project, user, seconds=60)
    with pytest.raises(NotEnoughMinutes):
        order(elsewhere, people.outsider, seconds=0.001)
    assert contradictions() == []


def test_what_one_gate_allowed_is_rolled_back_if_the_other_refuses(
    project: Project, user: User, settings: Settings
) -> None:
    settings.ORGANISATION_MINUTES = 1
    asset = Asset.objects.create(project=project, created_by=user)
    with pytest.raises(NotEnoughMinutes):
        ledger.reserve(asset, costs.Cost(61.0, 1.0, 1), [], user)
    assert (used_by(project), contradictions()) == (0, [])
    ledger.reserve(asset, costs.Cost(60.0, 1.0, 1), [], user)
    assert used_by(project) == MINUTE


def test_what_comes_back_to_one_project_is_there_for_another(
    project: Project, user: User, people: People, elsewhere: Project, settings: Settings
) -> None:
    settings.ORGANISATION_MINUTES = 1
    asset = accepted(order(project, user, seconds=60))
    be(asset, "es-ES", "failed")
    close_due(asset.pk)
    order(elsewhere, people.outsider, seconds=60)
    assert contradictions() == []


def test_a_cap_that_is_set_in_the_middle_of_a_month_counts_what_was_used_before(
    project: Project, user: User, people: People, elsewhere: Project, settings: Settings
) -> None:
    order(project, user, seconds=90)
    MonthlyTotal.objects.all().delete()  # as it was before there was a sum of all projects
    settings.ORGANISATION_MINUTES = 2
    assert ledger.balance(elsewhere).left == MINUTE // 2
    with pytest.raises(NotEnoughMinutes):
        order(elsewhere, people.outsider, seconds=31)
    order(elsewhere, people.outsider, seconds=30)
    assert (ledger.balance(project).left, contradictions()) == (0, [])


def test_the_smaller_of_both_limits_is_what_is_left(project: Project, user: User, settings: Settings) -> None:
    settings.ORGANISATION_MINUTES = 10
    allow(project, 3)
    order(project, user, seconds=60)
    balance = ledger.balance(project)
    assert (balance.left, balance.shared, balance.limit) == (2 * MINUTE, False, 3 * MINUTE)
    allow(project, 30)
    balance = ledger.balance(project)
    assert (balance.left, balance.shared, balance.limit) == (9 * MINUTE, True, 10 * MINUTE)
    assert (balance.lacks(9 * MINUTE), balance.lacks(9 * MINUTE + 1)) == (False, True)


def test_what_happened_anyway_is_reserved_above_the_cap(project: Project, user: User, settings: Settings) -> None:
    settings.ORGANISATION_MINUTES = 1
    asset = accepted(order(project, user, seconds=60))
    touch(asset, duration=90.0)
    be(asset, "es-ES", "completed")
    close_due(asset.pk)
    assert (ledger.balance(project).left, contradictions()) == (0, [])


def test_under_a_cap_a_video_of_unknown_length_waits_for_an_owner(
    project: Project, user: User, settings: Settings
) -> None:
    settings.ORGANISATION_MINUTES = 1
    asset = Asset.objects.create(project=project, created_by=user)
    submit.submit(asset, fields_of(None, "es-ES"), user)
    assert fresh(asset).status == Asset.Status.AWAITING


# --- closing ----------------------------------------------------------------------------------------------------------


def test_what_was_dubbed_was_used(project: Project, user: User) -> None:
    asset = accepted(order(project, user, "es-ES", "fr-FR", seconds=60))
    be(asset, "es-ES", "completed")
    assert close_due(asset.pk) == 1
    assert kinds(asset)[2:] == [("es-ES", "settle", 0)]
    assert used_by(project) == 2 * MINUTE


@pytest.mark.parametrize("reported", [90.0, 0.0, 86_400.0])
def test_what_the_provider_measured_does_not_count(project: Project, user: User, reported: float) -> None:
    asset = accepted(order(project, user, "es-ES", seconds=60))
    touch(asset, duration=reported)
    be(asset, "es-ES", "completed")
    close_due(asset.pk)
    assert (kinds(asset)[-1], used_by(project)) == (("es-ES", "settle", 0), 60_000)
    assert contradictions() == []


def test_a_minute_weighs_what_it_weighed_when_it_was_sent(project: Project, user: User, settings: Settings) -> None:
    settled, revived = (accepted(order(project, user, "es-ES", seconds=60)) for _ in range(2))
    be(revived, "es-ES", "failed")
    close_due()
    settings.WEIGHT_NO_LIPS = 3.0
    for asset in (settled, revived):
        be(asset, "es-ES", "completed")
    close_due()
    assert [kinds(asset)[-1] for asset in (settled, revived)] == [("es-ES", "settle", 0)] * 2
    assert used_by(project) == 120_000


def test_minutes_of_failures_are_released(project: Project, user: User) -> None:
    allow(project, 1)
    asset = accepted(order(project, user, "es-ES", seconds=60))
    be(asset, "es-ES", "failed")
    close_due(asset.pk)
    assert used_by(project) == 0
    order(project, user, seconds=60)


@pytest.mark.parametrize("end", ["completed", "failed"])
def test_what_ends_in_another_month_counts_for_the_month_it_was_reserved_in(
    project: Project, user: User, end: str
) -> None:
    with time_machine.travel(datetime(2030, 1, 31, 12, tzinfo=UTC)):
        allow(project, 10)
        asset = accepted(order(project, user, "es-ES", seconds=60))
    with time_machine.travel(datetime(2030, 2, 1, 12, tzinfo=UTC)):
        order(project, user, "fr-FR", seconds=120)
        be(asset, "es-ES", end)
        assert close_due() == 1
        assert contradictions() == []
        assert ledger.balance(project).taken == 2 * MINUTE
        assert ledger.balance(project).left == 8 * MINUTE
    january = ledger.balance(project, date(2030, 1, 1)).taken
    assert january == (MINUTE if end == "completed" else 0)
    assert set(asset.ledger.values_list("month", flat=True)) == {date(2030, 1, 1)}
    assert asset.ledger.exclude(closes=None).get().actor_id == user.pk


def test_what_comes_through_after_all_counts_for_the_month_it_was_asked_in(project: Project, user: User) -> None:
    with time_machine.travel(datetime(2030, 1, 31, 12, tzinfo=UTC)):
        asset = accepted(order(project, user, "es-ES", seconds=60))
        be(asset, "es-ES", "failed")
        close_due()
    with time_machine.travel(datetime(2030, 2, 1, 12, tzinfo=UTC)):
        be(asset, "es-ES", "completed")
        Dubbing.objects.create(asset=asset, locale="ja-JP", status="completed")
        assert close_due() == 2
        assert contradictions() == []
    months = MonthlyUse.objects.filter(project=project).values_list("month", "milliseconds")
    assert dict(months) == {date(2030, 1, 1): MINUTE, date(2030, 2, 1): MINUTE}
    notes = asset.ledger.filter(kind="reserve").order_by("id").values_list("locale", "note", "actor")
    assert list(notes) == [
        ("es-ES", "", user.pk),
        ("es-ES", settlement.AFTER_ALL, user.pk),
        ("ja-JP", settlement.IN_STUDIO, None),
    ]


def test_closing_twice_settles_once(project: Project, user: User) -> None:
    asset = accepted(order(project, user, "es-ES", "fr-FR", seconds=60))
    be(asset, "es-ES", "completed")
    be(asset, "fr-FR", "failed")
    assert [close_due(asset.pk), close_due(asset.pk), close_due()] == [2, 0, 0]
    assert contradictions() == []


def test_the_database_lets_nobody_close_a_reservation_twice(project: Project, user: User) -> None:
    asset = order(project, user, seconds=60)
    line = asset.ledger.get()
    ledger.release(line)
    with pytest.raises(IntegrityError), transaction.atomic():
        ledger.settle(line, MINUTE)
    assert used_by(project) == 0


def test_lines_are_never_changed_or_removed(project: Project, user: User) -> None:
    order(project, user, seconds=60)
    with pytest.raises(AppendOnly):
        LedgerEntry.objects.update(milliseconds=0)
    with pytest.raises(AppendOnly):
        LedgerEntry.objects.all().delete()


@pytest.mark.parametrize("status", ["pending", "preparing", "ready", "generating", "keeping"])
def test_what_is_under_way_stays_reserved(project: Project, user: User, status: str) -> None:
    asset = accepted(order(project, user, seconds=60))
    be(asset, "es-ES", status)
    assert (close_due(asset.pk), close_due()) == (0, 0)


@pytest.mark.parametrize("status", ["ready", "sending", "unknown"])
def test_while_nobody_knows_whether_it_was_sent_it_stays_reserved(project: Project, user: User, status: str) -> None:
    asset = order(project, user, seconds=60)
    asset.submissions.update(status=status)
    be(asset, "es-ES", "failed")
    assert (close_due(asset.pk), close_due()) == (0, 0)


def test_success_after_a_release_is_reserved_again_whatever_is_left(project: Project, user: User) -> None:
    allow(project, 1)
    asset = accepted(order(project, user, "es-ES", seconds=60))
    be(asset, "es-ES", "failed")
    close_due()
    order(project, user, "fr-FR", seconds=60)
    be(asset, "es-ES", "completed")
    assert [close_due(), close_due()] == [1, 0]
    assert [kind for _, kind, _ in kinds(asset)] == ["reserve", "release", "reserve", "settle"]
    assert used_by(project) == 2 * MINUTE
    assert contradictions() == []


def test_what_was_used_stays_used_if_the_provider_withdraws_it(project: Project, user: User) -> None:
    asset = accepted(order(project, user, "es-ES", seconds=60))
    for status in ("completed", "failed", "completed", "failed"):
        be(asset, "es-ES", status)
        close_due(asset.pk)
    assert [kind for _, kind, _ in kinds(asset)] == ["reserve", "settle"]


def test_a_language_added_in_the_studio_is_settled_when_it_is_done(project: Project, user: User) -> None:
    asset = accepted(order(project, user, "es-ES", seconds=60))
    Dubbing.objects.create(asset=asset, locale="fr-FR", status="completed")
    close_due(asset.pk)
    assert kinds(asset)[1:] == [("fr-FR", "reserve", MINUTE), ("fr-FR", "settle", 0)]
    assert asset.ledger.filter(locale="fr-FR").first().note in ("", settlement.IN_STUDIO)  # type: ignore[union-attr]


@pytest.mark.parametrize("end", ["completed", "failed"])
def test_a_possible_spelling_of_a_requested_language_is_settled_once_that_has_ended(
    project: Project, user: User, end: str
) -> None:
    asset = accepted(order(project, user, "es-MX", seconds=60))
    Dubbing.objects.create(asset=asset, locale="es-419", status="completed")
    assert (close_due(asset.pk), close_due()) == (0, 0)
    be(asset, "es-MX", end)
    assert (close_due(asset.pk), close_due(asset.pk)) == (2, 0)
    assert used_by(project) == (2 * MINUTE if end == "completed" else MINUTE)
    assert contradictions() == []


def test_assets_from_before_the_ledger_are_left_alone(project: Project, user: User) -> None:
    asset = accepted(Asset.objects.create(project=project, created_by=user))
    Dubbing.objects.create(asset=asset, locale="fr-FR", status="completed")
    assert (close_due(asset.pk), asset.ledger.count()) == (0, 0)


def test_an_unknown_length_is_settled_once_the_result_was_measured(project: Project, user: User) -> None:
    asset = Asset.objects.create(project=project, created_by=user)
    submit.submit(asset, fields_of(None, "es-ES"), user)
    assert kinds(asset) == [("es-ES", "reserve", 0)]
    assert asset.ledger.get().note == str(ledger.UNKNOWN_LENGTH)
    assert order(project, user, "es-ES").ledger.get().note == ""
    asset = accepted(fresh(asset))
    touch(asset, duration=86_400.0)
    be(asset, "es-ES", "completed")
    make_result(make_version(asset.dubbings.get()), duration=75.0)
    close_due(asset.pk)
    assert sum(asset.ledger.values_list("milliseconds", flat=True)) == 75_000


def test_the_newer_of_two_final_videos_is_settled(project: Project, user: User) -> None:
    asset = Asset.objects.create(project=project, created_by=user)
    submit.submit(asset, fields_of(None, "es-ES"), user)
    asset = accepted(fresh(asset))
    be(asset, "es-ES", "completed")
    version = make_version(asset.dubbings.get())
    make_result(version, duration=75.0)
    make_result(version, duration=90.0, content=b"made again")
    close_due(asset.pk)
    assert sum(asset.ledger.values_list("milliseconds", flat=True)) == 90_000


# --- along the real way -----------------------------------------------------------------------------------------------


def test_a_refusal_gives_back_and_sending_again_reserves_again(
    project: Project, user: User, provider: ScriptedProvider
) -> None:
    allow(project, 1)
    asset = order(project, user, "es-ES", seconds=60)
    provider.fail("create_asset", base.Rejected("no", status=400))
    send(asset.submissions.get(), provider)
    assert fresh(asset).status == Asset.Status.REFUSED
    submit.submit(fresh(asset), fields_of(make_upload(user, duration=60.0), "fr-FR"), user)
    assert kinds(asset) == [("es-ES", "reserve", MINUTE), ("es-ES", "release", -MINUTE), ("fr-FR", "reserve", MINUTE)]
    assert contradictions() == []


def test_a_further_attempt_keeps_the_reservation(project: Project, user: User, provider: ScriptedProvider) -> None:
    asset = order(project, user, "es-ES", seconds=60)
    provider.fail("create_asset", base.AnswerLost("timed out"))
    send(asset.submissions.get(), provider)
    reconcile_for_good(asset.submissions.get(), provider)
    assert list(asset.submissions.values_list("status", flat=True)) == ["abandoned", "ready"]
    assert (close_due(), [kind for _, kind, _ in kinds(asset)]) == (0, ["reserve"])
    send(asset.submissions.last(), provider)  # type: ignore[arg-type]
    look(asset, provider)
    provider.only.first.complete(b"the result")
    look_and_keep(asset, provider)
    close_due()
    assert [kind for _, kind, _ in kinds(asset)] == ["reserve", "settle"]
    assert contradictions() == []


def test_a_new_request_does_not_keep_the_reservation_of_the_refused_one(project: Project, user: User) -> None:
    asset = order(project, user, "es-ES", seconds=60)
    refused = asset.submissions.get()
    touch(refused, status=Submission.Status.REFUSED)
    touch(asset, status=Asset.Status.REFUSED)
    submit.submit(fresh(asset), fields_of(make_upload(user, duration=60.0), "es-ES"), user)
    close_due()
    assert [kind for _, kind, _ in kinds(asset)] == ["reserve", "release", "reserve"]
    assert used_by(project) == MINUTE
    assert contradictions() == []


@pytest.mark.parametrize("status", [*Submission.OPEN, Submission.Status.ACCEPTED])
@pytest.mark.parametrize("locale", ["es-ES", "fr-FR", "it-IT"])
def test_with_one_job_per_language_a_second_attempt_keeps_the_reservation_of_its_language(
    project: Project, user: User, settings: Settings, locale: str, status: str
) -> None:
    settings.MODELSLAB_API_KEY, settings.PORTAL_URL = "key", "https://portal.example.com"
    asset = several.order(project, user, "modelslab", source=make_upload(user, duration=60.0))
    first = several.of(asset, locale)
    touch(first, status=Submission.Status.ABANDONED)
    touch(next_attempt(first, locales=[locale]), status=status)
    assert (close_due(), close_due(asset_id=asset.pk)) == (0, 0)
    assert {kind for _, kind, _ in kinds(asset)} == {"reserve"}
    touch(several.of(asset, locale), status=Submission.Status.REFUSED)
    close_due()
    assert [line for line in kinds(asset) if line[1] != "reserve"] == [(locale, "release", -MINUTE)]
    assert contradictions() == []


def test_tasks_close_the_reservations_of_what_they_finish(
    project: Project, user: User, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "open_provider", lambda name: provider)
    asset = order(project, user, "es-ES", seconds=60)
    tasks.submit.run(asset.submissions.get().pk)
    tasks.sync.run(asset.pk)
    provider.only.first.complete(b"the result")
    for _ in range(3):
        Asset.objects.mark(asset.pk)
        for item in tasks.due(asset=fresh(asset)):
            item.task.run(item.pk)
    assert fresh(asset).status == Asset.Status.COMPLETED
    assert [kind for _, kind, _ in kinds(asset)] == ["reserve", "settle"]


def test_what_a_killed_worker_left_is_closed_by_the_sweep(project: Project, user: User) -> None:
    done, failed = (accepted(order(project, user, seconds=60)) for _ in range(2))
    be(done, "es-ES", "completed")
    be(failed, "es-ES", "failed")
    touch(done, status="completed", next_poll_at=None)
    touch(failed, status="failed", next_poll_at=None)
    sweep_once()
    assert [kinds(asset)[-1][1] for asset in (done, failed)] == ["settle", "release"]


def test_a_kill_between_the_lines_loses_nothing(project: Project, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    asset = accepted(order(project, user, "es-ES", "fr-FR", seconds=60))
    be(asset, "es-ES", "completed")
    be(asset, "fr-FR", "failed")
    real, calls = settlement._book, []

    def dies_at_the_second(*args: object) -> None:
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(settlement, "_book", dies_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        close_due(asset.pk)
    assert (len(kinds(asset)), contradictions()) == (2, [])
    monkeypatch.setattr(settlement, "_book", real)
    assert close_due(asset.pk) == 2
    assert contradictions() == []


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_in_whatever_order_nothing_is_lost_or_settled_twice(
    project: Project, user: User, seed: int
) -> None:
    chance = random.Random(seed)
    allow(project, 30)
    assets: list[Asset] = []

    def ask() -> None:
        asset = order(project, user, *chance.sample(["es-ES", "fr-FR", "de-DE"], 2), seconds=chance.uniform(1, 90))
        assets.append(accepted(asset) if chance.random() < 0.8 else asset)

    def move() -> None:
        asset = chance.choice(assets)
        be(asset, chance.choice(["es-ES", "fr-FR", "de-DE"]), chance.choice(["completed", "failed", "preparing"]))

    def end() -> None:
        asset = chance.choice(assets)
        asset.submissions.filter(status="ready").update(status=chance.choice(["refused", "accepted", "abandoned"]))

    def measure() -> None:
        touch(chance.choice(assets), duration=chance.uniform(1, 90))

    def close() -> None:
        close_due(chance.choice([None, chance.choice(assets).pk]))

    ask()
    steps: list[Callable[[], None]] = [ask, move, move, end, measure, close]
    for _ in range(60):
        try:
            chance.choice(steps)()
        except NotEnoughMinutes:
            continue
        assert contradictions() == []
    close_due()
    assert close_due() == 0
    still_open = LedgerEntry.objects.filter(kind="reserve", closed_by=None)
    final = [line for line in still_open if line.asset.dubbings.get(locale=line.locale).status == "completed"]
    assert final == []


# --- two who close at the same moment ---------------------------------------------------------------------------------


@pytest.mark.skipif(connection.vendor != "postgresql", reason="a transaction of SQLite has the whole file to itself")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("released", [False, True], ids=["reserved", "came through after all"])
def test_closing_waits_for_another_process_closing_the_same_and_finds_it_closed(
    project: Project, user: User, released: bool
) -> None:
    """What came through after its release has no reservation that could be closed only once: the lock alone tells."""
    asset = accepted(order(project, user, "es-ES"))
    if released:
        be(asset, "es-ES", Dubbing.Status.FAILED)
        close_due(asset.pk)
    be(asset, "es-ES", Dubbing.Status.COMPLETED)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Asset.objects.locked(asset.pk)
            other = pool.submit(close_and_hang_up, asset.pk)
            while not (other.done() or somebody_waits()):
                time.sleep(0.01)
            closed = close_due(asset.pk)
        assert (closed, other.result(30)) == (1, 0)
    assert [kind for _, kind, _ in kinds(asset)].count("settle") == 1
    assert used_by(project) == MINUTE
    assert contradictions() == []


def close_and_hang_up(pk: int) -> int:
    try:
        return close_due(pk)
    finally:
        connection.close()


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        (count,) = cursor.fetchone()
    return bool(count)
