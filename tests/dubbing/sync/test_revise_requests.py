"""Back to editing: never before our copy is safe, because the provider's is destroyed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.utils import timezone

from dubbing.models import Asset, Dubbing, Version
from dubbing.platform.errors import NotPossible
from dubbing.providers import base
from dubbing.sync import revise_requests, sync_asset
from tests.support.journey import events, fresh, look, look_and_keep, only_version, touch
from tests.support.provider import ScriptedProvider

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("trusting")]
State = base.VersionState


@pytest.fixture
def kept(sent: Callable[..., Asset], provider: ScriptedProvider) -> Version:
    """A version that is completed, its result in our storage."""
    asset = sent()
    provider.only.first.complete(b"first result")
    look_and_keep(asset, provider)
    return only_version(asset)


def test_a_kept_version_goes_back_to_editing(kept: Version, user: User, provider: ScriptedProvider) -> None:
    revise_requests.ask_to_revise(kept, user)
    assert revise_requests.revise(kept.pk, provider=provider) is True
    asset = look(kept.dubbing.asset, provider)
    assert provider.only.first.state is State.READY
    assert (fresh(kept).status, asset.dubbings.get().status) == (Version.Status.READY, Dubbing.Status.READY)


def test_the_copy_we_kept_stays(kept: Version, user: User, provider: ScriptedProvider) -> None:
    revise_requests.ask_to_revise(kept, user)
    revise_requests.revise(kept.pk, provider=provider)
    look(kept.dubbing.asset, provider)
    assert kept.results.count() == 1


def test_an_asset_that_went_back_waits_for_a_person_and_is_not_late(
    kept: Version, user: User, provider: ScriptedProvider
) -> None:
    touch(kept.dubbing.asset, late_at=timezone.now() - timedelta(days=1))
    revise_requests.ask_to_revise(kept, user)
    revise_requests.revise(kept.pk, provider=provider)
    asset = look(kept.dubbing.asset, provider)
    assert (asset.status, asset.is_late, asset.finished_at) == (Asset.Status.READY, False, None)


def test_a_sync_that_began_earlier_is_followed_by_one_that_sees_the_change(
    kept: Version, user: User, provider: ScriptedProvider
) -> None:
    """The provider answers "Completed", then the version goes back, and only then that answer is written down."""
    asset = kept.dubbing.asset
    revise_requests.ask_to_revise(kept, user)
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        provider.then("fetch_version", lambda: void(revise_requests.revise(kept.pk, provider=provider)))
        Asset.objects.mark(asset.pk)
        assert sync_asset(asset.pk, provider=provider, cause="test") is True
        sync_asset(asset.pk, provider=provider, cause="test")
    assert fresh(kept).status == Version.Status.READY


def void(_: object) -> None: ...


@pytest.mark.parametrize("keep", [Version.Keep.WAITING, Version.Keep.STUCK, Version.Keep.NONE])
def test_nobody_can_ask_for_it_before_the_copy_is_kept(kept: Version, user: User, keep: str) -> None:
    touch(kept, keep=keep)
    with pytest.raises(NotPossible, match="delete the only copy"):
        revise_requests.ask_to_revise(fresh(kept), user)


@pytest.mark.parametrize("status", [Version.Status.PREPARING, Version.Status.GENERATING])
def test_nobody_can_ask_for_it_while_the_provider_works(kept: Version, user: User, status: str) -> None:
    touch(kept, status=status)
    with pytest.raises(NotPossible, match="is being processed"):
        revise_requests.ask_to_revise(fresh(kept), user)


def test_a_repeated_request_says_so(kept: Version, user: User) -> None:
    revise_requests.ask_to_revise(kept, user)
    with pytest.raises(NotPossible, match="already"):
        revise_requests.ask_to_revise(kept, user)


def test_the_person_who_asked_is_recorded(kept: Version, user: User) -> None:
    revise_requests.ask_to_revise(kept, user)
    assert kept.dubbing.asset.events.get(kind="revised").actor == user


def test_a_result_generated_again_meanwhile_is_not_destroyed(
    kept: Version, user: User, provider: ScriptedProvider
) -> None:
    revise_requests.ask_to_revise(kept, user)
    provider.only.first.complete(b"a second result that nobody has a copy of")
    revise_requests.revise(kept.pk, provider=provider)
    assert provider.only.first.state is State.COMPLETED
    assert fresh(kept).revise_problem == str(revise_requests.NOT_KEPT)


def test_a_result_that_was_generated_after_an_editable_version_was_to_go_back_is_not_destroyed(
    sent: Callable[..., Asset], user: User, provider: ScriptedProvider
) -> None:
    asset = sent()
    provider.only.first.state = State.READY
    look(asset, provider)
    revise_requests.ask_to_revise(only_version(asset), user)
    provider.only.first.complete(b"made by a person in the studio")
    revise_requests.revise(only_version(asset).pk, provider=provider)
    assert "revise" not in provider.calls


def test_a_request_with_a_lost_answer_is_repeated_and_does_no_harm(
    kept: Version, user: User, provider: ScriptedProvider
) -> None:
    revise_requests.ask_to_revise(kept, user)
    provider.fail("revise", base.AnswerLost("reset"), done=True)
    assert revise_requests.revise(kept.pk, provider=provider) is False
    assert Version.objects.due_for_revise().count() == 0
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        assert Version.objects.due_for_revise().get() == kept
        revise_requests.revise(kept.pk, provider=provider)
    assert (provider.asked("revise"), fresh(kept).revise_asked_at) == (1, None)


def test_a_refusal_ends_the_request_and_is_recorded(kept: Version, user: User, provider: ScriptedProvider) -> None:
    revise_requests.ask_to_revise(kept, user)
    provider.fail("revise", base.Rejected("cannot be revised now", status=400))
    revise_requests.revise(kept.pk, provider=provider)
    assert (fresh(kept).revise_asked_at, fresh(kept).revise_problem) == (None, "cannot be revised now")


@pytest.mark.parametrize("state", [State.READY, State.FAILED])
def test_a_sync_in_between_does_not_drop_the_request(
    sent: Callable[..., Asset], user: User, provider: ScriptedProvider, state: State
) -> None:
    asset = sent()
    provider.only.first.state = state
    look(asset, provider)
    revise_requests.ask_to_revise(only_version(asset), user)
    look(asset, provider)
    assert Version.objects.due_for_revise().exists()


def test_a_revise_in_the_studio_is_found_by_syncing(kept: Version, provider: ScriptedProvider) -> None:
    provider.revise(kept.remote_id)
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        assert look(kept.dubbing.asset, provider).status == Asset.Status.READY


def test_the_next_result_is_a_second_one(kept: Version, user: User, provider: ScriptedProvider) -> None:
    revise_requests.ask_to_revise(kept, user)
    revise_requests.revise(kept.pk, provider=provider)
    look(kept.dubbing.asset, provider)
    provider.only.first.complete(b"second resul")  # as long as the first: only its bytes tell
    asset = look_and_keep(kept.dubbing.asset, provider)
    assert (asset.status, kept.results.count()) == (Asset.Status.COMPLETED, 2)
    assert events(asset).count("kept") == 2


def test_only_one_worker_carries_it_out(kept: Version, user: User, provider: ScriptedProvider) -> None:
    revise_requests.ask_to_revise(kept, user)
    second: list[Any] = []
    provider.then("fetch_version", lambda: second.append(revise_requests.revise(kept.pk, provider=provider)))
    revise_requests.revise(kept.pk, provider=provider)
    assert (second, provider.asked("revise")) == ([False], 1)
