"""What is to be expected of a language: one answer for its words, for "needs you" and for the command's exit status."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from dubbing.models import Asset, Callback, Dubbing, Result, Submission, Version
from dubbing.providers import base
from dubbing.sync import revise_requests
from dubbing.sync.progress import Outlook, asset_status, leading, outlook
from dubbing.web.asset import page as pages
from tests.support.journey import events, fresh, keep, look, look_and_keep, only_version
from tests.support.provider import ScriptedProvider
from tests.support.rows import make_asset, make_dubbing, make_result, make_version

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("trusting")]
Sent = Callable[..., Asset]
State = base.VersionState
BY_ITSELF = "The final video is generated next. No action needed."


def tell(asset: Asset, event: str, version: str) -> None:
    """A callback that came."""
    Callback.objects.create(
        submission=Submission.objects.filter(asset=asset).latest("pk"),
        body=b"{}",
        sha256=f"{Callback.objects.count():064}",
        event=event,
        remote_version_id=version,
        last_received_at=timezone.now(),
    )


def text_of(asset: Asset) -> str:
    """What the page says comes next with the language."""
    page = pages.build(pages.with_everything(Asset.objects.filter(pk=asset.pk)).get(), "editor")
    return page.languages[0].text


def expected(asset: Asset) -> Outlook:
    return outlook(fresh(asset), asset.dubbings.get())


# --- ready to be edited, and then


def test_what_stops_for_editing_is_ready_and_says_so(sent: Sent, provider: ScriptedProvider) -> None:
    asset = sent(auto_generate="off")
    provider.only.first.state = State.READY
    assert look(asset, provider).status == Asset.Status.READY
    assert (expected(asset), text_of(asset)) == (Outlook.EDITING, "Ready to edit in the studio.")


def test_before_its_final_video_is_made_it_only_passes_by(sent: Sent, provider: ScriptedProvider) -> None:
    asset = sent()
    provider.only.first.state = State.READY
    assert look(asset, provider).status == Asset.Status.DUBBING
    assert (expected(asset), text_of(asset)) == (Outlook.MOVES, BY_ITSELF)


@pytest.mark.parametrize("before", [State.GENERATING, State.COMPLETED, State.FAILED])
def test_what_goes_back_to_editing_waits_for_somebody(sent: Sent, provider: ScriptedProvider, before: State) -> None:
    """Whether or not its result was kept, and whoever sent it back: the provider makes no second one by itself."""
    asset = sent()
    provider.only.first.state = before
    look(asset, provider)
    provider.only.first.state = State.READY
    tell(asset, "version_ready", provider.only.first.remote_id)
    assert look(asset, provider).status == Asset.Status.READY
    assert look(asset, provider).status == Asset.Status.READY  # and it stays so, however often it is looked at
    assert expected(asset) is Outlook.SOMEBODY
    assert text_of(asset) == "It was sent back to editing. Open it in the studio and generate the final video there."
    provider.only.first.state = State.GENERATING
    assert look(asset, provider).status == Asset.Status.DUBBING
    provider.only.first.complete(b"made in the studio")
    assert look_and_keep(asset, provider).status == Asset.Status.COMPLETED
    assert (expected(asset), only_version(asset).by_hand) == (Outlook.DONE, False)


def test_what_a_person_sent_back_here_waits_for_somebody(sent: Sent, provider: ScriptedProvider) -> None:
    asset = sent()
    provider.only.first.state = State.FAILED
    look(asset, provider)
    revise_requests.ask_to_revise(only_version(asset), asset.created_by)
    assert "Being sent back" in text_of(asset)
    revise_requests.revise(only_version(asset).pk, provider=provider)
    look(asset, provider)
    assert (fresh(asset).status, expected(asset)) == (Asset.Status.READY, Outlook.SOMEBODY)


@pytest.mark.parametrize("event", ["version_generate_failed", "version_failed"])
@pytest.mark.parametrize("first", [State.PREPARING, State.READY])
def test_a_failure_reported_by_a_callback_is_remembered_until_the_video_is_generated(
    sent: Sent, provider: ScriptedProvider, event: str, first: State
) -> None:
    asset = sent()
    provider.only.first.state = first
    tell(asset, event, provider.only.first.remote_id)
    look(asset, provider)
    if first is State.PREPARING:
        assert (
            text_of(asset)
            == "Panjaya reported a failure but has not confirmed it yet. No action needed: we keep checking."
        )
        provider.only.first.state = State.READY
        look(asset, provider)
    look(asset, provider)
    assert (fresh(asset).status, expected(asset)) == (Asset.Status.READY, Outlook.SOMEBODY)
    assert (
        text_of(asset)
        == "The final video could not be generated. Open it in the studio and generate the final video there."
    )
    assert only_version(asset).error_code == event
    provider.only.first.complete(b"made in the studio")
    assert look_and_keep(asset, provider).status == Asset.Status.COMPLETED
    assert (only_version(asset).error_code, only_version(asset).by_hand) == ("", False)


def test_what_had_a_final_video_once_waits_for_somebody(sent: Sent) -> None:
    asset = sent()
    dubbing = asset.dubbings.get()
    version = make_version(dubbing, status="ready", by_hand=False)
    Dubbing.objects.update(status="ready")
    assert expected(asset) is Outlook.MOVES
    make_result(version)
    assert expected(asset) is Outlook.SOMEBODY


def test_an_error_at_a_version_that_is_ready_is_a_failure(sent: Sent, provider: ScriptedProvider) -> None:
    asset = sent()
    provider.only.first.state, provider.only.first.error = State.READY, base.RemoteError("", "lips not found")
    look(asset, provider)
    provider.only.first.error = None
    assert look(asset, provider).status == Asset.Status.READY
    assert only_version(asset).error_code == "version_generate_failed"


def test_a_failure_of_another_version_is_not_its_own(sent: Sent, provider: ScriptedProvider) -> None:
    """The one that was replaced has an error; its successor is only on its way."""
    asset = sent()
    look(asset, provider)
    provider.only.versions["es-ES"] = [provider.version()]
    provider.only.first.state = State.READY
    assert look(asset, provider).status == Asset.Status.DUBBING
    assert Version.objects.filter(error_code="removed").count() == 1
    assert text_of(asset) == BY_ITSELF


def test_one_waiting_language_is_shown_while_the_others_progress(sent: Sent, provider: ScriptedProvider) -> None:
    asset = sent(locales=["es-ES", "fr-FR"])
    spanish, french = (versions[0] for versions in provider.only.versions.values())
    spanish.state, spanish.error = State.READY, base.RemoteError("", "lips not found")
    french.state = State.GENERATING
    assert look(asset, provider).status == Asset.Status.DUBBING
    page = pages.build(pages.with_everything(Asset.objects.filter(pk=asset.pk)).get(), "editor")
    assert page.step.text == (
        "Panjaya is dubbing 1 language and generates the final video automatically. "
        "1 other language needs to be finished in the studio."
    )
    french.complete(b"the result")
    assert look_and_keep(asset, provider).status == Asset.Status.READY


def test_what_waits_for_somebody_is_what_needs_them(sent: Sent, provider: ScriptedProvider, editor: Client) -> None:
    asset = sent(name="Waits for me")
    provider.only.first.state = State.GENERATING
    look(asset, provider)
    assert "Needs your attention" not in editor.get("/").content.decode().partition("Waits for me")[0]
    provider.only.first.state = State.READY
    look(asset, provider)
    assert "Needs your attention" in editor.get("/").content.decode().partition("Waits for me")[0]


# --- all of an asset


@pytest.mark.parametrize(
    ("languages", "status"),
    [
        ([], "dubbing"),
        (["moves", "done"], "dubbing"),
        (["moves", "somebody"], "dubbing"),
        (["somebody", "done"], "ready"),
        (["editing", "failed"], "ready"),
        (["done", "done"], "completed"),
        (["done", "failed"], "partly_done"),
        (["failed", "failed"], "failed"),
    ],
    ids=str,
)
def test_an_asset_is_what_its_languages_are(languages: list[str], status: str) -> None:
    assert asset_status(map(Outlook, languages)) == status


def test_the_version_that_counts_is_the_one_furthest_along_and_the_newest_of_those(sent: Sent) -> None:
    dubbing = make_dubbing(sent(), "fr-FR")
    order = ["failed", "preparing", "ready", "generating", "completed"]
    made: list[Version] = []
    assert leading(made) is None
    for status in order:
        made += [make_version(dubbing, status=status), make_version(dubbing, status=status)]
        assert leading(made) == made[-1]
        assert leading(made[::-1]) == made[-1]


# --- made again


def test_a_dub_that_was_made_again_is_not_done_with_the_old_copy(sent: Sent, provider: ScriptedProvider) -> None:
    asset = sent()
    provider.only.first.complete(b"the first")
    look_and_keep(asset, provider)
    for _ in range(2):  # seen while it is made, and seen when it is there
        provider.only.first.state = State.GENERATING
        tell(asset, "version_generating", provider.only.first.remote_id)
        assert look(asset, provider).status == Asset.Status.DUBBING
        provider.only.first.complete(b"made again " + bytes(Result.objects.count()))
        assert look(asset, provider).status == Asset.Status.DUBBING
        assert asset.dubbings.get().status == Dubbing.Status.KEEPING
        provider.fail("open_result", base.AnswerLost("reset"))
        keep(only_version(asset), provider)
        assert asset.dubbings.get().status == Dubbing.Status.KEEPING
        keep(only_version(asset), provider)
        assert fresh(asset).status == Asset.Status.COMPLETED
    assert Result.objects.count() == 3


def test_a_copy_that_is_only_compared_stays_done_however_long_that_takes(
    sent: Sent, provider: ScriptedProvider
) -> None:
    asset = sent()
    provider.only.first.complete(b"the first")
    look_and_keep(asset, provider)
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        assert look(asset, provider).status == Asset.Status.COMPLETED
        assert only_version(asset).keep == Version.Keep.WAITING
        provider.fail("open_result", base.AnswerLost("reset"))
        keep(only_version(asset), provider)
        assert look(asset, provider).status == Asset.Status.COMPLETED
    assert "keep_failed" in events(asset)


def test_a_finished_asset_that_goes_back_starts_its_time_again(sent: Sent, provider: ScriptedProvider) -> None:
    asset = sent()
    provider.only.first.complete(b"the first")
    assert look_and_keep(asset, provider).finished_at is not None
    provider.only.first.state = State.GENERATING
    with time_machine.travel(timezone.now() + timedelta(days=3)):
        tell(asset, "version_generating", provider.only.first.remote_id)
        again = look(asset, provider)
        assert again.finished_at is None
        assert again.late_at
        assert again.late_at > timezone.now()


def test_drafts_are_not_moved_by_what_a_provider_says(sent: Sent, provider: ScriptedProvider) -> None:
    asset = sent()
    other = make_asset(asset.project, asset.created_by, status="refused")
    look(asset, provider)
    assert fresh(other).status == Asset.Status.REFUSED
