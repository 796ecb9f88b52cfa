"""One look at an asset: our rows say what the provider says, whatever came before."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from dubbing.minutes import settlement
from dubbing.models import Asset, Callback, Dubbing, Event, Hold, Submission, Version
from dubbing.providers import base, http
from dubbing.sync import assets, sync_asset
from tests.support.journey import events, expire_lease, fresh, look, look_and_keep, only_version, touch
from tests.support.provider import ScriptedProvider, ScriptedVersion

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("trusting")]
Sent = Callable[..., Asset]
State = base.VersionState


def tell(asset: Asset, event: str, version: str = "", *, ago: float = 0.0) -> Callback:
    """A callback that came."""
    return Callback.objects.create(
        submission=Submission.objects.filter(asset=asset).latest("pk"),
        body=b"{}",
        sha256=f"{Callback.objects.count():064}",
        event=event,
        remote_asset_id=asset.remote_id,
        remote_version_id=version,
        last_received_at=timezone.now() - timedelta(seconds=ago),
    )


@pytest.mark.parametrize(
    ("state", "dubbing"),
    [
        (State.PREPARING, Dubbing.Status.PREPARING),
        (State.READY, Dubbing.Status.READY),
        (State.GENERATING, Dubbing.Status.GENERATING),
        (State.COMPLETED, Dubbing.Status.KEEPING),
        (State.FAILED, Dubbing.Status.FAILED),
    ],
    ids=str,
)
def test_a_dubbing_shows_the_status_of_its_version(
    sent: Sent, provider: ScriptedProvider, state: State, dubbing: str
) -> None:
    asset = sent()
    provider.only.first.state = state
    look(asset, provider)
    assert asset.dubbings.get().status == dubbing


@pytest.mark.parametrize(
    ("states", "auto", "status"),
    [
        ([State.COMPLETED, State.COMPLETED], "with_lips", Asset.Status.COMPLETED),
        ([State.COMPLETED, State.FAILED], "with_lips", Asset.Status.PARTLY_DONE),
        ([State.FAILED, State.FAILED], "with_lips", Asset.Status.FAILED),
        ([State.COMPLETED, State.GENERATING], "with_lips", Asset.Status.DUBBING),
        ([State.READY, State.COMPLETED], "with_lips", Asset.Status.DUBBING),
        ([State.READY, State.COMPLETED], "off", Asset.Status.READY),
        ([State.READY, State.FAILED], "off", Asset.Status.READY),
    ],
    ids=lambda value: value if isinstance(value, str) else "+".join(value),
)
def test_an_asset_says_what_its_dubbings_amount_to(
    sent: Sent, provider: ScriptedProvider, states: list[State], auto: str, status: str
) -> None:
    asset = sent(locales=["es-ES", "fr-FR"], auto_generate=auto)
    for versions, state in zip(provider.only.versions.values(), states, strict=True):
        versions[0].state = state
        versions[0].result = b"result of " + versions[0].remote_id.encode()
    assert look_and_keep(asset, provider).status == status


def test_every_transition_is_recorded(sent: Sent, provider: ScriptedProvider) -> None:
    asset = sent()
    for state in (State.READY, State.GENERATING):
        provider.only.first.state = state
        look(asset, provider)
    moves = asset.events.filter(kind="dubbing_status").order_by("id").values_list("data__to", flat=True)
    assert list(moves) == ["ready", "generating"]


def test_the_status_goes_back_with_the_providers(sent: Sent, provider: ScriptedProvider) -> None:
    asset = sent()
    provider.only.first.complete(b"result")
    assert look_and_keep(asset, provider).status == Asset.Status.COMPLETED
    provider.only.first.state = State.GENERATING
    tell(asset, "version_generating", provider.only.first.remote_id)
    assert look(asset, provider).status == Asset.Status.DUBBING
    assert only_version(asset).keep == Version.Keep.NONE


def test_an_unknown_status_keeps_what_we_knew_and_is_recorded_once(sent: Sent, provider: ScriptedProvider) -> None:
    asset = sent()
    provider.only.first.state = State.GENERATING
    look(asset, provider)
    provider.only.first.word = "Polishing" * 10
    look(asset, provider)
    look(asset, provider)
    assert only_version(asset).status == Version.Status.GENERATING
    assert events(asset).count("unknown_word") == 1


@pytest.mark.parametrize("error", [base.RemoteError("", "just words"), base.RemoteError("odd_code", ""), None], ids=str)
def test_an_asset_that_failed_without_a_code_is_failed(
    sent: Sent, provider: ScriptedProvider, error: base.RemoteError | None
) -> None:
    asset = sent()
    provider.only.failed, provider.only.error = True, error
    failed = look(asset, provider)
    assert (failed.status, failed.dubbings.get().status) == (Asset.Status.FAILED, Dubbing.Status.FAILED)
    assert failed.error_code


def test_a_language_added_in_the_studio_shows_up(sent: Sent, provider: ScriptedProvider) -> None:
    asset = sent()
    provider.only.versions["ja-JP"] = [provider.version()]
    look(asset, provider)
    assert set(asset.dubbings.values_list("locale", flat=True)) == {"es-ES", "ja-JP"}


@pytest.mark.parametrize("locale", ["ES-es", "x" * 40])
def test_a_language_in_an_odd_spelling_is_one_language(sent: Sent, provider: ScriptedProvider, locale: str) -> None:
    asset = sent()
    provider.only.versions[locale] = [provider.version()]
    look(asset, provider)
    look(asset, provider)
    assert asset.dubbings.count() == (1 if locale == "ES-es" else 2)


def test_the_version_furthest_along_counts(sent: Sent, provider: ScriptedProvider) -> None:
    asset = sent()
    done = ScriptedVersion("v-done")
    done.complete(b"result")
    provider.only.versions["es-ES"] += [done, provider.version()]
    assert look_and_keep(asset, provider).status == Asset.Status.COMPLETED


def test_versions_that_are_not_listed_yet_do_no_harm(sent: Sent, provider: ScriptedProvider) -> None:
    asset = sent()
    provider.only.first.state = State.GENERATING
    look(asset, provider)
    kept, provider.only.versions["es-ES"] = provider.only.versions["es-ES"], []
    assert look(asset, provider).dubbings.get().status == Dubbing.Status.GENERATING
    provider.only.versions["es-ES"] = kept


def test_a_version_that_another_took_the_place_of_does_not_hold_the_dubbing(
    sent: Sent, provider: ScriptedProvider
) -> None:
    asset = sent()
    provider.only.first.state = State.GENERATING
    look(asset, provider)
    fresh_one = provider.version()
    fresh_one.complete(b"result")
    provider.only.versions["es-ES"] = [fresh_one]
    assert look_and_keep(asset, provider).status == Asset.Status.COMPLETED


def test_a_version_that_cannot_be_found_yet_is_asked_again(sent: Sent, provider: ScriptedProvider) -> None:
    asset = sent()
    provider.fail("fetch_version", base.NotFound("not yet", status=404))
    assert look(asset, provider).status == Asset.Status.DUBBING
    provider.only.first.state = State.READY
    assert look(asset, provider).dubbings.get().status == Dubbing.Status.READY


# --- what can be read is written, whatever cannot


LANGUAGES = ["es-ES", "fr-FR", "de-DE"]


@pytest.mark.parametrize(
    "error",
    [base.AnswerLost("500", status=500), base.BadAnswer("the answer is not this version"), base.Rejected("400")],
    ids=lambda error: type(error).__name__,
)
def test_a_version_that_cannot_be_read_does_not_affect_the_others(
    sent: Sent, provider: ScriptedProvider, error: base.ProviderError
) -> None:
    asset = sent(locales=LANGUAGES)
    for versions in provider.only.versions.values():
        versions[0].complete(b"result of " + versions[0].remote_id.encode())
    unreadable = provider.only.versions["fr-FR"][0].remote_id
    provider.unreadable[unreadable] = error
    seen = look_and_keep(asset, provider)
    statuses = dict(asset.dubbings.values_list("locale", "status"))
    assert statuses == {"es-ES": "completed", "fr-FR": "preparing", "de-DE": "completed"}
    assert seen.next_poll_at
    assert seen.next_poll_at < timezone.now() + timedelta(seconds=40)
    provider.unreadable.clear()
    assert look_and_keep(asset, provider).status == Asset.Status.COMPLETED


def test_a_version_that_can_never_be_read_is_asked_for_more_and_more_rarely(
    sent: Sent, provider: ScriptedProvider
) -> None:
    asset = sent(locales=LANGUAGES)
    provider.unreadable[provider.only.versions["fr-FR"][0].remote_id] = base.AnswerLost("500", status=500)
    tell(asset, "version_generated", provider.only.versions["fr-FR"][0].remote_id)
    waits = []
    for _ in range(10):
        seen = look(asset, provider)
        assert seen.next_poll_at
        waits.append((seen.next_poll_at - timezone.now()).total_seconds())
    assert waits[0] < 40
    assert waits[-1] > 10 * 60
    assert events(asset).count("sync_failed") == 1


def test_losing_one_answer_in_seven_holds_up_no_language(sent: Sent, provider: ScriptedProvider) -> None:
    codes = ["bg", "cs", "da", "de", "el", "es", "fi", "fr", "hu", "it", "ja", "nb", "pl", "pt", "ro", "ru", "sk", "sv"]
    asset = sent(locales=[f"{code}-XX" for code in [*codes, "tr", "uk"]])
    for versions in provider.only.versions.values():
        versions[0].state = State.GENERATING
    fate = random.Random(7)

    def flaky() -> None:
        if fate.random() < 0.15:
            raise base.AnswerLost("503", status=503)

    provider.before["fetch_version"] += [flaky] * 400
    look(asset, provider)
    generating = asset.dubbings.filter(status="generating")
    assert generating.count() >= 17
    look(asset, provider)
    look(asset, provider)
    assert generating.count() == 20


def test_lost_answers_are_requested_again_at_once_but_not_in_an_outage(sent: Sent, provider: ScriptedProvider) -> None:
    asset = sent(locales=LANGUAGES)
    provider.fail("fetch_version", base.AnswerLost("503", status=503))
    look(asset, provider)
    assert provider.asked("fetch_version") == 4
    assert Version.objects.exclude(remote_status="").count() == 3
    provider.fail("fetch_version", base.AnswerLost("503", status=503), times=20)
    provider.fail("fetch_asset", base.AnswerLost("503", status=503), times=20)
    look(asset, provider)
    assert provider.asked("fetch_version") == 7


@pytest.mark.parametrize(
    "error", [base.Throttled("429", retry_after=1800), base.NotSent("refused")], ids=lambda error: type(error).__name__
)
def test_what_was_read_before_being_throttled_is_written(
    sent: Sent, provider: ScriptedProvider, error: base.ProviderError
) -> None:
    asset = sent(locales=LANGUAGES)
    for versions in provider.only.versions.values():
        versions[0].state = State.GENERATING
    provider.before["fetch_version"] += [lambda: None, raising(error)]
    seen = look(asset, provider)
    assert provider.asked("fetch_version") == 2
    assert asset.dubbings.filter(status="generating").count() == 1
    assert seen.next_poll_at
    assert (seen.next_poll_at > timezone.now() + timedelta(minutes=29)) == isinstance(error, base.Throttled)


def raising(error: Exception) -> Callable[[], None]:
    def step() -> None:
        raise error

    return step


def test_answers_lost_after_long_waits_do_not_block_a_worker(
    sent: Sent, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    asset = sent(locales=LANGUAGES)
    monkeypatch.setattr(assets, "PATIENCE", 0.0)
    provider.fail("fetch_version", base.AnswerLost("timeout"), times=20)
    look(asset, provider)
    assert provider.asked("fetch_version") == 1


def test_a_finished_asset_with_an_unreadable_version_is_synced_before_tomorrow(
    sent: Sent, provider: ScriptedProvider
) -> None:
    asset = sent()
    provider.only.first.complete(b"result")
    look_and_keep(asset, provider)
    snapshot = provider.version()
    provider.only.versions["es-ES"].append(snapshot)
    provider.unreadable[snapshot.remote_id] = base.AnswerLost("500", status=500)
    seen = look(asset, provider)
    assert (seen.status, bool(seen.next_poll_at)) == (Asset.Status.COMPLETED, True)
    assert seen.next_poll_at < timezone.now() + timedelta(minutes=20)  # type: ignore[operator]


def test_a_callback_about_a_version_that_cannot_be_read_waits_for_its_answer(
    sent: Sent, provider: ScriptedProvider
) -> None:
    asset = sent(locales=LANGUAGES)
    first, second, _ = (versions[0].remote_id for versions in provider.only.versions.values())
    about_first, about_second, about_any = (
        tell(asset, "version_ready", first),
        tell(asset, "version_ready", second),
        tell(asset, "asset_failed"),
    )
    provider.unreadable[second] = base.AnswerLost("500", status=500)
    look(asset, provider)
    assert [fresh(one).processed_at is None for one in (about_first, about_second, about_any)] == [False, True, True]
    provider.unreadable.clear()
    look(asset, provider)
    assert not Callback.objects.filter(processed_at=None).exists()


# --- versions that we know, although no answer lists them


@pytest.mark.parametrize("how", ["vanished", "no languages", "no versions", "unreadable"])
def test_versions_that_we_know_are_asked_for_whatever_the_asset_lists(
    sent: Sent, provider: ScriptedProvider, how: str
) -> None:
    asset = sent(locales=LANGUAGES)
    look(asset, provider)
    for versions in provider.only.versions.values():
        versions[0].complete(b"result of " + versions[0].remote_id.encode())
    provider.only.gone = how == "vanished"
    provider.only.lists_languages = how != "no languages"
    provider.only.lists_versions = how != "no versions"
    if how == "unreadable":
        provider.fail("fetch_asset", base.BadAnswer("the answer names another asset"), times=20)
    assert look_and_keep(asset, provider).status == Asset.Status.COMPLETED


def test_an_asset_that_vanished_is_noted_once(sent: Sent, provider: ScriptedProvider) -> None:
    asset = sent()
    look(asset, provider)
    provider.only.gone = True
    for _ in range(4):
        look(asset, provider)
    assert events(asset).count("sync_failed") == 1
    assert asset.events.get(kind="sync_failed").data["why"] == "no such asset"


def test_a_version_of_another_asset_is_left_alone(sent: Sent, provider: ScriptedProvider) -> None:
    """An answer names a version that is another asset's, or another language's: it says nothing about that one."""
    asset, confused = sent(), sent(locales=["es-ES", "fr-FR"])
    theirs = provider.assets[asset.remote_id].first
    look(asset, provider)
    theirs.state = State.GENERATING
    for versions in provider.assets[confused.remote_id].versions.values():
        versions.append(theirs)
    look(confused, provider)
    assert only_version(asset).status == Version.Status.PREPARING
    assert set(confused.dubbings.values_list("status", flat=True)) == {"preparing"}
    look(asset, provider)
    assert only_version(asset).status == Version.Status.GENERATING


def test_an_asset_that_is_gone_with_all_its_versions_stays_as_we_knew_it(
    sent: Sent, provider: ScriptedProvider
) -> None:
    asset = sent()
    provider.only.first.complete(b"result")
    look_and_keep(asset, provider)
    provider.only.gone = True
    provider.only.versions.clear()
    assert look(asset, provider).status == Asset.Status.COMPLETED
    assert (only_version(asset).status, only_version(asset).keep) == (Version.Status.COMPLETED, Version.Keep.KEPT)


@pytest.mark.parametrize("answers", [True, False])
def test_a_kept_version_that_is_no_longer_listed_stays_done(
    sent: Sent, provider: ScriptedProvider, answers: bool
) -> None:
    asset = sent()
    old = provider.only.first
    old.complete(b"result")
    look_and_keep(asset, provider)
    provider.only.versions["es-ES"] = [provider.version()]
    provider.only.unlisted += [old] if answers else []
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        seen = look(asset, provider)
    version = Version.objects.get(remote_id=old.remote_id)
    assert (version.status, version.keep, version.error_code) == ("completed", "kept", "")
    assert (seen.status, seen.dubbings.get().status) == (Asset.Status.COMPLETED, Dubbing.Status.COMPLETED)


def test_a_result_of_a_version_that_another_took_the_place_of_is_still_a_result(
    sent: Sent, provider: ScriptedProvider
) -> None:
    asset = sent()
    look(asset, provider)
    old = provider.only.first
    old.complete(b"result")
    provider.only.versions["es-ES"] = [provider.version()]
    provider.only.unlisted.append(old)
    assert look_and_keep(asset, provider).status == Asset.Status.COMPLETED


def test_a_version_that_another_took_the_place_of_gets_no_further_and_is_not_asked_for_again(
    sent: Sent, provider: ScriptedProvider
) -> None:
    asset = sent()
    old = provider.only.first
    old.state = State.GENERATING
    look(asset, provider)
    provider.only.versions["es-ES"] = [provider.version()]
    provider.only.unlisted.append(old)
    look(asset, provider)
    ended = Version.objects.get(remote_id=old.remote_id)
    assert (ended.status, ended.error_code) == (Version.Status.FAILED, "removed")
    assert asset.dubbings.get().status == Dubbing.Status.PREPARING
    before = provider.asked("fetch_version")
    look(asset, provider)
    assert provider.asked("fetch_version") == before + 1


def test_a_version_that_is_not_listed_and_cannot_be_read_is_not_given_up(
    sent: Sent, provider: ScriptedProvider
) -> None:
    asset = sent()
    old = provider.only.first
    old.state = State.GENERATING
    look(asset, provider)
    provider.only.versions["es-ES"] = [provider.version()]
    provider.unreadable[old.remote_id] = base.AnswerLost("500", status=500)
    look(asset, provider)
    assert Version.objects.get(remote_id=old.remote_id).status == Version.Status.GENERATING


# --- languages, however they are spelled


@pytest.mark.parametrize("spelled", ["es_ES", "ES-es", "es", "es-Latn-ES", "es_ES.UTF-8"])
def test_a_language_in_another_spelling_is_the_one_that_was_asked_for(
    sent: Sent, provider: ScriptedProvider, spelled: str
) -> None:
    asset = sent(locales=["es-ES", "fr-FR"])
    provider.only.versions[spelled] = provider.only.versions.pop("es-ES")
    for versions in provider.only.versions.values():
        versions[0].complete(b"result of " + versions[0].remote_id.encode())
    assert look_and_keep(asset, provider).status == Asset.Status.COMPLETED
    assert sorted(asset.dubbings.values_list("locale", flat=True)) == ["es-ES", "fr-FR"]
    settlement.close_due(asset.pk)
    assert sorted(asset.ledger.values_list("locale", "kind")) == [
        ("es-ES", "reserve"), ("es-ES", "settle"), ("fr-FR", "reserve"), ("fr-FR", "settle"),
    ]  # fmt: skip


def test_a_bare_language_is_matched_if_it_is_unambiguous(sent: Sent, provider: ScriptedProvider) -> None:
    asset = sent(locales=["es-ES", "es-MX"])
    provider.only.versions["es"] = provider.only.versions.pop("es-ES")
    look(asset, provider)
    assert sorted(asset.dubbings.values_list("locale", flat=True)) == ["es-ES", "es-MX"]
    assert Version.objects.get(remote_id=provider.only.versions["es"][0].remote_id).dubbing.locale == "es-ES"


def test_a_version_that_we_know_says_whose_language_it_is(sent: Sent, provider: ScriptedProvider) -> None:
    asset = sent(locales=["es-ES", "es-MX"])
    look(asset, provider)
    provider.only.versions["es"] = provider.only.versions.pop("es-ES")
    provider.only.versions["spanisch"] = provider.only.versions.pop("es-MX")
    look(asset, provider)
    assert sorted(asset.dubbings.values_list("locale", flat=True)) == ["es-ES", "es-MX"]


@pytest.mark.parametrize("spelled", ["es", "es-419"])
def test_a_language_that_may_be_a_requested_one_is_not_settled_separately(
    sent: Sent, provider: ScriptedProvider, spelled: str
) -> None:
    asset = sent(locales=["es-ES", "es-MX"])
    provider.only.versions.clear()
    provider.only.versions[spelled] = [provider.version()]
    provider.only.first.complete(b"result")
    look_and_keep(asset, provider)
    assert asset.dubbings.get(locale=spelled).status == Dubbing.Status.COMPLETED
    settlement.close_due(asset.pk)
    settlement.close_due()
    assert set(asset.ledger.values_list("locale", "kind")) == {("es-ES", "reserve"), ("es-MX", "reserve")}


# --- one look at a time


def test_two_syncs_at_once_are_one(sent: Sent, provider: ScriptedProvider) -> None:
    asset = sent()
    provider.then("fetch_asset", lambda: void(sync_asset(asset.pk, provider=provider, cause="second")))
    look(asset, provider)
    assert provider.asked("fetch_asset") == 1


def void(_: object) -> None: ...


def test_an_old_answer_that_arrives_late_changes_nothing(sent: Sent, provider: ScriptedProvider) -> None:
    asset = sent()

    def frozen_for_minutes() -> None:
        expire_lease(asset)
        provider.only.first.state = State.GENERATING
        look(asset, provider)

    provider.then("fetch_version", frozen_for_minutes)
    Asset.objects.mark(asset.pk)
    assert sync_asset(asset.pk, provider=provider, cause="zombie") is False
    assert only_version(asset).status == Version.Status.GENERATING


def test_a_worker_that_lost_the_lease_makes_no_more_requests(sent: Sent, provider: ScriptedProvider) -> None:
    asset = sent(locales=["es-ES", "fr-FR"])
    provider.then("fetch_version", lambda: touch(asset, lease_token=None))
    look(asset, provider)
    assert provider.asked("fetch_version") == 1


def test_a_mark_made_during_a_sync_causes_another_one(sent: Sent, provider: ScriptedProvider) -> None:
    asset = sent()
    provider.then("fetch_version", lambda: void(Asset.objects.mark(asset.pk)))
    Asset.objects.mark(asset.pk)
    assert sync_asset(asset.pk, provider=provider, cause="test") is True
    assert Asset.objects.due_for_sync().filter(pk=asset.pk).exists()


def test_a_callback_that_comes_during_a_sync_does_not_count_as_answered(sent: Sent, provider: ScriptedProvider) -> None:
    asset = sent()
    early = tell(asset, "version_generated", provider.only.first.remote_id)
    late: list[Callback] = []
    provider.then("fetch_version", lambda: late.append(tell(asset, "version_ready")))
    look(asset, provider)
    assert fresh(early).processed_at is not None
    assert fresh(late[0]).processed_at is None


def test_a_callback_repeated_during_a_sync_does_not_count_as_answered(sent: Sent, provider: ScriptedProvider) -> None:
    asset = sent()
    told = tell(asset, "version_generated", provider.only.first.remote_id)
    provider.then("fetch_version", lambda: touch(told, count=2, processed_at=None))
    look(asset, provider)
    assert fresh(told).processed_at is None


def test_the_lease_outlasts_every_call() -> None:
    assert assets.LEASE > http.DEADLINE


# --- when to look next


def test_syncs_of_something_open_become_less_frequent(sent: Sent, provider: ScriptedProvider) -> None:
    asset = sent()
    look(asset, provider)
    waits = []
    for _ in range(12):
        seen = look(asset, provider)
        assert seen.next_poll_at
        waits.append((seen.next_poll_at - timezone.now()).total_seconds())
    assert waits[0] < 100
    assert max(waits) <= 15 * 60 * 1.2
    assert waits[-1] > 10 * 60


def test_news_makes_syncs_frequent_again(sent: Sent, provider: ScriptedProvider) -> None:
    asset = sent()
    for _ in range(8):
        look(asset, provider)
    provider.only.first.state = State.GENERATING
    seen = look(asset, provider)
    assert seen.next_poll_at
    assert seen.next_poll_at < timezone.now() + timedelta(seconds=40)


def test_a_finished_asset_is_synced_daily_for_a_week(sent: Sent, provider: ScriptedProvider) -> None:
    asset = sent()
    provider.only.first.complete(b"result")
    look_and_keep(asset, provider)
    looks = 0
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(30):
            looks += provider.asked("fetch_asset")
            provider.calls.clear()
            sync_asset(asset.pk, provider=provider, cause="sweep")
            clock.shift(timedelta(hours=12))
    assert 6 <= looks <= 9
    assert fresh(asset).next_poll_at is None


def test_an_outage_is_waited_out_and_noted_once(sent: Sent, provider: ScriptedProvider) -> None:
    asset = sent()
    provider.fail("fetch_asset", base.AnswerLost("timeout"), times=4)
    for _ in range(4):
        look(asset, provider)
    assert (fresh(asset).status, events(asset).count("sync_failed")) == (Asset.Status.DUBBING, 1)
    assert not Asset.objects.due_for_sync().exists()


def test_a_requested_wait_is_respected(sent: Sent, provider: ScriptedProvider) -> None:
    asset = sent()
    provider.fail("fetch_asset", base.Throttled("slow down", retry_after=1800))
    seen = look(asset, provider)
    assert seen.next_poll_at
    assert seen.next_poll_at > timezone.now() + timedelta(minutes=29)


@pytest.mark.parametrize("reason", Hold.Reason.values)
def test_an_answer_shows_that_the_provider_is_up_and_nothing_else(
    sent: Sent, provider: ScriptedProvider, reason: str
) -> None:
    asset = sent()
    Hold.objects.put("panjaya", reason, "")
    look(asset, provider)
    assert Hold.objects.exists() == (reason != Hold.Reason.DOWN)


def test_an_asset_past_its_deadline_is_late_and_still_synced(sent: Sent, provider: ScriptedProvider) -> None:
    asset = sent()
    look(asset, provider)
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        assert Asset.objects.late().get() == asset
        assert Asset.objects.due_for_sync().filter(pk=asset.pk).exists()


@pytest.mark.parametrize("status", Asset.OPEN)
def test_every_open_asset_has_something_that_moves_it_on(sent: Sent, provider: ScriptedProvider, status: str) -> None:
    """A state that only waits must be waiting for something that comes due by itself."""
    asset = sent()
    look(asset, provider)
    if status not in Asset.MIRRORED:
        Submission.objects.filter(asset=asset).update(status="ready" if status != "unconfirmed" else "unknown")
        touch(asset, remote_id="")
    touch(asset, status=status)
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        moved_by_sync = Asset.objects.due_for_sync().filter(pk=asset.pk).exists()
        moved_by_submission = Submission.objects.due().filter(asset=asset).exists()
        assert moved_by_sync or moved_by_submission
        assert fresh(asset).late_at is not None


# --- what is asked


@pytest.mark.parametrize("soon", [True, False])
def test_a_person_always_gets_a_sync(sent: Sent, provider: ScriptedProvider, soon: bool) -> None:
    """Revised in the studio seconds after it was kept: no callback tells, and no other look would ask so soon."""
    asset = sent()
    provider.only.first.complete(b"result")
    look_and_keep(asset, provider)
    look(asset, provider)
    provider.only.first.state = State.READY
    later = timezone.now() + (timedelta() if soon else timedelta(minutes=5))
    with time_machine.travel(later):
        assert only_version(asset).status == Version.Status.COMPLETED
        Asset.objects.ask(asset.pk)
        sync_asset(asset.pk, provider=provider, cause="person")
    assert only_version(asset).status == Version.Status.READY
    assert fresh(asset).status == Asset.Status.READY


def test_a_request_during_a_sync_is_not_answered_by_that_sync(sent: Sent, provider: ScriptedProvider) -> None:
    asset = sent()
    provider.only.first.complete(b"result")
    look_and_keep(asset, provider)
    tell(asset, "version_generated", provider.only.first.remote_id)

    def revised_and_pressed() -> None:
        provider.only.first.state = State.READY
        Asset.objects.ask(asset.pk)

    provider.then("fetch_version", revised_and_pressed)
    Asset.objects.mark(asset.pk)
    assert sync_asset(asset.pk, provider=provider, cause="test") is True
    assert sync_asset(asset.pk, provider=provider, cause="person") is False
    assert only_version(asset).status == Version.Status.READY


def test_a_persons_request_also_compares_the_result(sent: Sent, provider: ScriptedProvider) -> None:
    """Revised and generated again between two looks, with its callbacks lost: it looks as if nothing had happened."""
    asset = sent()
    provider.only.first.complete(b"result")
    look_and_keep(asset, provider)
    provider.only.first.complete(b"a longer result")
    Asset.objects.ask(asset.pk)
    look_and_keep(asset, provider)
    assert only_version(asset).results.count() == 2
    opened = provider.asked("open_result")
    look_and_keep(asset, provider)
    assert provider.asked("open_result") == opened


def test_one_request_is_one_sync_of_everything(sent: Sent, provider: ScriptedProvider) -> None:
    asset = sent()
    provider.only.first.complete(b"result")
    look_and_keep(asset, provider)
    Asset.objects.ask(asset.pk)
    look_and_keep(asset, provider)
    before = provider.asked("fetch_version")
    look(asset, provider)
    assert provider.asked("fetch_version") == before


def test_a_kept_result_is_not_polled_constantly(sent: Sent, provider: ScriptedProvider) -> None:
    asset = sent()
    provider.only.first.complete(b"result")
    look_and_keep(asset, provider)
    look(asset, provider)
    before = provider.asked("fetch_version")
    for _ in range(5):
        look(asset, provider)
    assert provider.asked("fetch_version") == before


@pytest.mark.parametrize("named", [True, False])
def test_a_callback_makes_the_version_be_fetched(sent: Sent, provider: ScriptedProvider, named: bool) -> None:
    asset = sent()
    provider.only.first.complete(b"result")
    look_and_keep(asset, provider)
    look(asset, provider)
    before = provider.asked("fetch_version")
    tell(asset, "version_generating", provider.only.first.remote_id if named else "")
    look(asset, provider)
    assert provider.asked("fetch_version") == before + 1


def test_a_sync_makes_one_request_per_version(sent: Sent, provider: ScriptedProvider) -> None:
    asset = sent(locales=["es-ES", "fr-FR", "de-DE"])
    provider.calls.clear()
    look(asset, provider)
    assert (provider.asked("fetch_asset"), provider.asked("fetch_version")) == (1, 3)


def test_a_signed_link_is_nowhere_in_our_rows(sent: Sent, provider: ScriptedProvider) -> None:
    asset = sent()
    provider.only.first.complete(b"result")
    look_and_keep(asset, provider)
    rows = [str(list(model.objects.values())) for model in (Asset, Dubbing, Version, Event, Submission)]
    assert "s1gned" not in "".join(rows)
