"""A result is downloaded, examined, and only then called kept."""

from __future__ import annotations

import errno
import itertools
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from dubbing import media
from dubbing.media import ResultReport
from dubbing.models import Asset, Callback, Dubbing, Project, Result, Submission, Upload, Version
from dubbing.platform import storage
from dubbing.providers import base, downloads, http, network
from dubbing.providers.base import Provider
from dubbing.sync import keep_result, results, sync_asset
from tests.dubbing.conftest import GOOD
from tests.support.journey import (
    events,
    expire_lease,
    fresh,
    keep,
    look,
    look_and_keep,
    make_wish,
    only_version,
    send,
    touch,
)
from tests.support.media import make_film
from tests.support.provider import ScriptedProvider
from tests.support.rows import make_upload
from tests.support.sandbox import SandboxProcess

pytestmark = pytest.mark.django_db
Keep = Version.Keep
State = base.VersionState


@pytest.fixture
def waiting(sent: Callable[..., Asset], provider: ScriptedProvider) -> Version:
    """A version whose result is at the provider and not yet here."""
    asset = sent()
    provider.only.first.complete(b"the result")
    look(asset, provider)
    return only_version(asset)


def files() -> list[Path]:
    root = storage.path(storage.new_key(storage.Kind.RESULT)).parents[1]
    return [path for path in root.rglob("*") if path.is_file()]


def told_again(version: Version) -> None:
    """The provider says once more that it is generated."""
    Callback.objects.create(
        submission=Submission.objects.get(asset=version.dubbing.asset),
        body=b"{}",
        sha256=f"{Callback.objects.count():064}",
        event="version_generated",
        remote_version_id=version.remote_id,
        last_received_at=timezone.now(),
    )


# --- kept


@pytest.mark.usefixtures("trusting")
def test_a_result_is_copied_and_the_asset_is_done(waiting: Version, provider: ScriptedProvider) -> None:
    assert waiting.dubbing.status == Dubbing.Status.KEEPING
    assert keep(waiting, provider).keep == Keep.KEPT
    result = Result.objects.get()
    assert storage.path(result.key).read_bytes() == b"the result"
    assert (result.size, fresh(waiting.dubbing).status) == (10, Dubbing.Status.COMPLETED)
    assert fresh(waiting.dubbing.asset).status == Asset.Status.COMPLETED


def test_a_real_video_is_checked(
    sent: Callable[..., Asset], provider: ScriptedProvider, film: Path, settings: Settings
) -> None:
    asset = sent(start=0.0, end=2.0)
    provider.only.first.complete(film.read_bytes())
    look_and_keep(asset, provider)
    result = Result.objects.get()
    assert (result.warnings, result.media["width"]) == ([], 64)
    assert result.duration == pytest.approx(2.0, abs=0.2)


@pytest.mark.usefixtures("trusting")
def test_a_doubled_callback_downloads_nothing_again(waiting: Version, provider: ScriptedProvider) -> None:
    keep(waiting, provider)
    told_again(waiting)
    look_and_keep(waiting.dubbing.asset, provider)
    assert [stream.taken for stream in provider.streams] == [10, 0]
    assert (fresh(waiting).keep, Result.objects.count(), len(files())) == (Keep.KEPT, 1, 1)


@pytest.mark.usefixtures("trusting")
def test_a_doubled_callback_keeps_one_copy_even_without_a_stated_size(
    waiting: Version, provider: ScriptedProvider
) -> None:
    keep(waiting, provider)
    checked = Result.objects.get().checked_at
    provider.announces_size = False
    told_again(waiting)
    look_and_keep(waiting.dubbing.asset, provider)
    assert [stream.taken for stream in provider.streams] == [10, 10]
    assert (fresh(waiting).keep, Result.objects.count(), len(files())) == (Keep.KEPT, 1, 1)
    assert Result.objects.get().checked_at > checked


@pytest.mark.usefixtures("trusting")
def test_a_result_that_was_generated_again_is_a_second_one(waiting: Version, provider: ScriptedProvider) -> None:
    keep(waiting, provider)
    provider.only.first.complete(b"a longer result")
    told_again(waiting)
    look_and_keep(waiting.dubbing.asset, provider)
    assert [storage.path(result.key).read_bytes() for result in Result.objects.order_by("id")] == [
        b"the result",
        b"a longer result",
    ]


@pytest.mark.usefixtures("trusting")
def test_a_result_that_was_made_again_is_another_one_even_of_the_same_size(
    waiting: Version, provider: ScriptedProvider
) -> None:
    keep(waiting, provider)
    provider.only.first.state = State.GENERATING
    told_again(waiting)
    look(waiting.dubbing.asset, provider)
    provider.only.first.complete(b"THE RESULT")
    look_and_keep(waiting.dubbing.asset, provider)
    assert [storage.path(result.key).read_bytes() for result in Result.objects.order_by("id")] == [
        b"the result",
        b"THE RESULT",
    ]


@pytest.mark.usefixtures("trusting")
def test_a_result_that_is_only_compared_is_still_done(waiting: Version, provider: ScriptedProvider) -> None:
    keep(waiting, provider)
    before = events(waiting.dubbing.asset)
    told_again(waiting)
    assert look(waiting.dubbing.asset, provider).status == Asset.Status.COMPLETED
    assert keep(waiting, provider).keep == Keep.KEPT
    assert [kind for kind in events(waiting.dubbing.asset) if kind != "callback"] == before


@pytest.mark.usefixtures("trusting")
def test_a_result_generated_again_without_a_callback_is_found_within_a_day(
    waiting: Version, provider: ScriptedProvider
) -> None:
    keep(waiting, provider)
    look(waiting.dubbing.asset, provider)
    provider.only.first.complete(b"a longer result")
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        sync_asset(waiting.dubbing.asset_id, provider=provider, cause="sweep")
        keep(waiting, provider)
    assert Result.objects.count() == 2


@pytest.mark.usefixtures("trusting")
def test_two_results_kept_at_once_finish_the_asset(sent: Callable[..., Asset], provider: ScriptedProvider) -> None:
    asset = sent(locales=["es-ES", "fr-FR"])
    for versions in provider.only.versions.values():
        versions[0].complete(b"result of " + versions[0].remote_id.encode())
    look(asset, provider)
    first, second = Version.objects.all()
    provider.then("open_result", lambda: void(keep(second, provider)))
    keep(first, provider)
    assert fresh(asset).status == Asset.Status.COMPLETED


def void(_: object) -> None: ...


# --- not kept


@pytest.mark.parametrize("content", [b"", b"<html>no film</html>" * 50, "half"], ids=["empty", "a page", "half a film"])
def test_an_incomplete_video_is_not_kept(
    sent: Callable[..., Asset], provider: ScriptedProvider, film: Path, content: Any
) -> None:
    asset = sent()
    whole = film.read_bytes()
    provider.only.first.complete(whole[: len(whole) // 2] if content == "half" else content)
    look_and_keep(asset, provider)
    version = only_version(asset)
    assert (version.keep, Result.objects.count(), files()) == (Keep.WAITING, 0, [])
    assert version.keep_problem


@pytest.mark.usefixtures("trusting")
def test_a_download_that_breaks_off_leaves_nothing(waiting: Version, provider: ScriptedProvider) -> None:
    provider.breaks = base.AnswerLost("4 of 10 bytes arrived")
    assert keep(waiting, provider).keep == Keep.WAITING
    assert (provider.streams[0].taken, files()) == (10, [])


@pytest.mark.usefixtures("trusting")
def test_a_stale_link_is_replaced_by_a_fresh_one(waiting: Version, provider: ScriptedProvider) -> None:
    provider.fail("open_result", base.LinkExpired("403", status=403))
    assert keep(waiting, provider).keep == Keep.KEPT
    assert (provider.asked("fetch_version"), provider.asked("open_result")) == (3, 2)


@pytest.mark.usefixtures("trusting")
def test_links_that_never_work_are_reported(waiting: Version, provider: ScriptedProvider) -> None:
    provider.fail("open_result", base.LinkExpired("the link no longer works"), times=20)
    for _ in range(6):
        keep(waiting, provider)
    stuck = fresh(waiting)
    assert (stuck.keep, stuck.keep_problem) == (Keep.STUCK, "the link no longer works")
    assert events(waiting.dubbing.asset).count("keep_failed") == 2


@pytest.mark.usefixtures("trusting")
def test_what_is_stuck_is_tried_every_hour(waiting: Version, provider: ScriptedProvider) -> None:
    touch(waiting, keep=Keep.STUCK, keep_attempts=6, next_keep_at=timezone.now() + timedelta(hours=1))
    assert not Version.objects.due_for_keep().exists()
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert Version.objects.due_for_keep().get() == waiting
        keep_result(waiting.pk, provider=provider)
    assert fresh(waiting).keep == Keep.KEPT


@pytest.mark.usefixtures("trusting")
@pytest.mark.parametrize(
    "error",
    [base.KeyRejected("401"), base.NotSent("refused"), base.AnswerLost("503"), base.Throttled("429")],
    ids=lambda error: type(error).__name__,
)
def test_an_outage_is_not_blamed_on_the_result(
    waiting: Version, provider: ScriptedProvider, error: base.ProviderError
) -> None:
    provider.fail("fetch_version", error, times=30)
    for _ in range(30):
        keep(waiting, provider)
    assert fresh(waiting).keep == Keep.WAITING
    provider.heal()
    assert keep(waiting, provider).keep == Keep.KEPT


@pytest.mark.usefixtures("trusting")
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES], ids=["full", "forbidden"])
def test_a_full_disk_is_waited_out(
    waiting: Version, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    with monkeypatch.context() as full:
        full.setattr(storage.Incoming, "write", refusing(number))
        for _ in range(10):
            assert keep(waiting, provider).keep == Keep.WAITING
    assert files() == []
    assert keep(waiting, provider).keep == Keep.KEPT


def refusing(number: int) -> Callable[..., None]:
    def write(self: Any, chunk: bytes) -> None:
        raise storage.NoRoom(number, "There is no room") if number == errno.ENOSPC else OSError(number, "no")

    return write


@pytest.mark.usefixtures("trusting")
def test_the_low_water_mark_is_left_alone(waiting: Version, provider: ScriptedProvider, settings: Settings) -> None:
    settings.DISK_LOW_WATER_BYTES = 2**62
    assert keep(waiting, provider).keep == Keep.WAITING
    assert "disk" in fresh(waiting).keep_problem


@pytest.mark.usefixtures("trusting")
@pytest.mark.parametrize("announces", [True, False])
def test_the_low_water_mark_is_checked_while_a_result_comes_in(
    waiting: Version, provider: ScriptedProvider, settings: Settings, monkeypatch: pytest.MonkeyPatch, announces: bool
) -> None:
    """The disk runs full after some pieces: by an endless result, or by somebody else while a small one comes."""
    settings.DISK_LOW_WATER_BYTES = 1000
    provider.endless = not announces
    # What the next piece needs would go below the mark, although there is more than that before it.
    left = iter([10_000, 1005] if announces else [10_000, *[5_000_000] * 4, 1_000_000])
    monkeypatch.setattr(storage, "free_bytes", lambda: next(left))
    assert keep(waiting, provider).keep == Keep.WAITING
    assert "disk" in fresh(waiting).keep_problem
    assert (Result.objects.count(), files()) == (0, [])
    assert provider.streams[0].taken <= 5 << 20


@pytest.mark.usefixtures("trusting")
def test_a_result_may_not_be_larger_than_its_length_allows(
    sent: Callable[..., Asset], provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "MOST_BYTES_BESIDES", 4 << 20)
    asset = sent(start=0.0, end=0.1)
    provider.only.first.complete(b"the result")
    provider.endless = True
    look_and_keep(asset, provider)
    assert (only_version(asset).keep_problem, files()) == (str(results.TOO_LARGE), [])
    assert provider.streams[0].taken <= 8 << 20
    provider.endless = False
    assert keep(only_version(asset), provider).keep == Keep.KEPT


@pytest.mark.usefixtures("trusting")
def test_a_long_video_may_be_large(
    sent: Callable[..., Asset], provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "MOST_BYTES_BESIDES", 0)
    asset = sent(start=0.0, end=0.1)
    provider.only.first.complete(bytes(2_400_000))
    look_and_keep(asset, provider)
    assert only_version(asset).keep == Keep.KEPT


def test_a_result_of_another_length_is_kept_with_a_warning_if_that_does_not_change(
    waiting: Version, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "check_result", lambda *_, **__: ResultReport(GOOD, ("too_short",)))
    for _ in range(2):
        assert keep(waiting, provider).keep == Keep.WAITING
    assert keep(waiting, provider).keep == Keep.KEPT
    assert Result.objects.get().warnings == ["too_short"]


def test_an_outage_does_not_count_as_a_download_that_agrees(
    waiting: Version, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "check_result", lambda *_, **__: ResultReport(GOOD, ("too_short",)))
    provider.fail("fetch_version", base.AnswerLost("503"), times=4)
    for _ in range(5):
        keep(waiting, provider)
    assert fresh(waiting).keep == Keep.WAITING


def test_a_result_without_sound_is_never_kept(
    waiting: Version, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "check_result", lambda *_, **__: ResultReport(None, ("no_audio",)))
    for _ in range(8):
        keep(waiting, provider)
    assert (fresh(waiting).keep, Result.objects.count()) == (Keep.STUCK, 0)


@pytest.mark.usefixtures("trusting")
def test_a_completed_version_without_a_link_is_waited_for(
    waiting: Version, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = base.RemoteVersion(remote_id=waiting.remote_id, status="Completed", state=State.COMPLETED)
    with monkeypatch.context() as linkless:
        linkless.setattr(provider, "fetch_version", lambda _: bare)
        assert keep(waiting, provider).keep == Keep.WAITING
    assert keep(waiting, provider).keep == Keep.KEPT


@pytest.mark.usefixtures("trusting")
def test_what_was_revised_meanwhile_is_nothing_to_keep(waiting: Version, provider: ScriptedProvider) -> None:
    provider.only.first.state = State.READY
    assert keep(waiting, provider).keep == Keep.NONE
    assert Asset.objects.due_for_sync().exists()


@pytest.mark.usefixtures("trusting")
@pytest.mark.parametrize(("may", "kept"), [(True, Keep.PLACEHOLDER), (False, Keep.KEPT)], ids=["may", "may not"])
def test_the_bytes_of_the_source_are_not_a_dub_even_if_they_cannot_be_decoded(
    project: Project, user: User, provider: ScriptedProvider, may: bool, kept: str
) -> None:
    """A source without sound, or one that cannot be decoded, sounds like nothing: its bytes tell all the same."""
    provider.capabilities = replace(provider.capabilities, may_return_placeholder=may)
    source = make_upload(user)
    submission = send(make_wish(project, user, source=source), provider)
    content = storage.path(source.key).read_bytes()
    assert not media.sounds_like(storage.path(source.key), storage.path(source.key))
    provider.only.first.complete(content)
    look(submission.asset, provider)
    assert keep(only_version(submission.asset), provider).keep == kept
    assert Result.objects.exists() == (kept == Keep.KEPT)


# --- one at a time


@pytest.mark.usefixtures("trusting")
def test_only_one_worker_downloads(waiting: Version, provider: ScriptedProvider) -> None:
    provider.then("fetch_version", lambda: void(keep_result(waiting.pk, provider=provider)))
    keep(waiting, provider)
    assert provider.asked("open_result") == 1


@pytest.mark.usefixtures("trusting")
def test_a_worker_that_lost_the_lease_keeps_nothing(waiting: Version, provider: ScriptedProvider) -> None:
    def frozen_for_minutes() -> None:
        expire_lease(waiting)
        keep(waiting, provider)

    provider.before["open_result"].append(frozen_for_minutes)
    assert keep_result(waiting.pk, provider=provider) is False
    assert (fresh(waiting).keep, Result.objects.count(), len(files())) == (Keep.KEPT, 1, 1)


@pytest.mark.usefixtures("trusting")
def test_a_download_that_takes_longer_than_a_lease_stays_with_its_worker(
    waiting: Version, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    pause, now, pauses = results.RENEW_EVERY + 5, time.monotonic, itertools.count(1)
    with time_machine.travel(timezone.now(), tick=False) as clock:

        def time_passes() -> None:
            clock.shift(timedelta(seconds=pause))
            passed = next(pauses) * pause
            monkeypatch.setattr(time, "monotonic", lambda: now() + passed)
            keep_result(waiting.pk, provider=provider)  # another worker looks for something to do

        provider.only.first.complete(bytes(20))
        provider.between = time_passes
        assert keep(waiting, provider).keep == Keep.KEPT
    assert next(pauses) * pause > results.LEASE
    assert (provider.asked("open_result"), Result.objects.count()) == (1, 1)


def test_the_lease_outlasts_every_step() -> None:
    assert results.LEASE > 2 * http.DEADLINE
    assert results.LEASE > network.READ + results.RENEW_EVERY
    assert results.LEASE > downloads.PIECE / downloads.LEAST_PACE + results.RENEW_EVERY


# --- from the sandbox


@pytest.fixture
def finished(project: Project, user: User, source: Upload, sandbox: SandboxProcess, panjaya: Provider) -> Version:
    """A version that the sandbox has completed."""
    submission = send(make_wish(project, user, source=source), panjaya)
    for _ in range(400):
        look(submission.asset, panjaya)
        versions = Version.objects.filter(keep=Keep.WAITING)
        if versions:
            return versions[0]
    raise AssertionError("the sandbox did not finish")


def test_a_result_comes_over_real_http(finished: Version, panjaya: Provider) -> None:
    assert keep(finished, panjaya).keep == Keep.KEPT
    result = Result.objects.get()
    assert result.sha256 == finished.dubbing.asset.source.sha256  # type: ignore[union-attr]
    assert (fresh(finished.dubbing.asset).status, result.warnings) == (Asset.Status.COMPLETED, [])


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "respond", "status": 403},
        {"kind": "cut_middle"},
        {"kind": "cut_before"},
        {"kind": "respond", "status": 500},
    ],
    ids=lambda fault: fault["kind"] + str(fault.get("status", "")),
)
def test_a_download_that_fails_once_is_repeated(
    finished: Version, sandbox: SandboxProcess, panjaya: Provider, fault: dict[str, Any]
) -> None:
    sandbox.fault("result", **fault)
    keep(finished, panjaya)
    assert keep(finished, panjaya).keep == Keep.KEPT
    assert (Result.objects.count(), len(files())) == (1, 1)


def test_a_video_shorter_than_the_source_is_noticed(
    sent: Callable[..., Asset], provider: ScriptedProvider, tmp_path: Path
) -> None:
    asset = sent(start=1.0, end=9.5)
    provider.only.first.complete(make_film(tmp_path / "short.mp4", seconds=1).read_bytes())
    look_and_keep(asset, provider)
    assert (only_version(asset).keep, Result.objects.count()) == (Keep.WAITING, 0)
    assert "shorter" in only_version(asset).keep_problem
