"""A result far longer or shorter than what was sent is nowhere plainly "Done". What nobody asked for is shown so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from dubbing.minutes import costs, ledger
from dubbing.models import Asset, Batch, BatchRow, Dubbing, Version
from dubbing.sync import keep_result, sync_asset
from dubbing.web.asset import timeline
from dubbing.web.asset_form.pilots import PromoteForm
from tests.conftest import WakeUps
from tests.support.journey import fresh, make_sent, only_version
from tests.support.media import make_film
from tests.support.people import People
from tests.support.provider import ScriptedProvider
from tests.support.rows import make_asset, make_dubbing, make_result, make_submission, make_upload, make_version

WORD = "Done, check length"
PLAIN = "Done</span>"
LONGER = "The result is longer than the part of the source that was sent. Check its end."


@pytest.fixture
def doubtful(people: People, tmp_path: Path) -> Asset:
    """Two seconds of a film were sent; what came has ten, and still has them when it is fetched once more."""
    provider = ScriptedProvider()
    source = make_upload(people.editor, duration=60.0)
    asset = make_sent(people.project, people.editor, provider, source=source, start=5.0, end=7.0, name="The long one")
    provider.only.first.complete(make_film(tmp_path / "long.mp4", seconds=10).read_bytes())
    sync_asset(asset.pk, provider=provider, cause="test")
    for _ in range(3):
        Version.objects.update(next_keep_at=timezone.now() - timedelta(seconds=1))
        keep_result(only_version(asset).pk, provider=provider)
    assert fresh(asset).status == Asset.Status.COMPLETED
    return fresh(asset)


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return "".join(answer.content.decode().split("\n"))


def test_every_page_that_shows_its_status_says_so(editor: Client, doubtful: Asset, people: People) -> None:
    batch = Batch.objects.create(project=people.project, created_by=people.editor)
    BatchRow.objects.create(batch=batch, number=1, asset=doubtful, status=BatchRow.Status.SENT)
    twin = make_asset(people.project, people.editor, status="failed", source=doubtful.source)
    addresses = [
        reverse("work"),
        reverse("project", args=[doubtful.project_id]),
        reverse("asset", args=[doubtful.pk]),
        reverse("asset-status", args=[doubtful.pk]),
        reverse("version", args=[only_version(doubtful).pk]),
        reverse("batch", args=[batch.pk]),
        reverse("asset", args=[twin.pk]),
    ]
    for address in addresses:
        words = editor.get(address).content.decode()
        assert WORD in words, address
        assert PLAIN not in words, address
    outcome = editor.get(reverse("batch-outcome", args=[batch.pk]))
    assert WORD in outcome.content.decode()
    assert f"Spanish (Spain): {WORD}" in shown(editor, reverse("work"))


def test_the_asset_and_its_version_say_what_is_odd(viewer: Client, doubtful: Asset) -> None:
    for address in (reverse("asset", args=[doubtful.pk]), reverse("version", args=[only_version(doubtful).pk])):
        assert LONGER in shown(viewer, address)
    assert "Watch the marked languages to the end" in shown(viewer, reverse("asset", args=[doubtful.pk]))


def test_its_timeline_does_not_say_that_all_is_well(doubtful: Asset) -> None:
    moments = timeline.of_asset(doubtful, "Panjaya")
    told = [one for one in moments if "video saved" in one.text or one.text.startswith(("Status", "Spanish"))]
    ends = [one for one in told if "video saved" in one.text or "check length" in one.text]
    assert len(ends) == 3
    assert {(one.icon, one.tone) for one in ends} == {("alert-triangle", "amber")}
    assert not [one for one in moments if one.tone == "green"]


def test_a_pilot_of_an_odd_length_has_not_passed_automatically(doubtful: Asset, people: People) -> None:
    draft = make_asset(people.project, people.editor, status="draft", locales=[], typed={"targets": ["es-ES"]})
    Asset.objects.filter(pk=doubtful.pk).update(pilot_of=draft)
    (choice,) = PromoteForm(draft, people.editor).choices
    assert (choice.chosen, choice.state.word if choice.state else "") == (False, WORD)
    Dubbing.objects.update(warning="")
    (choice,) = PromoteForm(draft, people.editor).choices
    assert (choice.chosen, choice.state.word if choice.state else "") == (True, "Done")


def test_a_result_of_the_right_length_is_done(viewer: Client, people: People) -> None:
    asset = make_asset(people.project, people.editor, status="completed", name="The right one")
    make_result(make_version(asset.dubbings.get()))
    for address in (reverse("work"), reverse("asset", args=[asset.pk])):
        words = shown(viewer, address)
        assert WORD not in words
        assert PLAIN in words


def test_a_better_result_removes_the_doubt(doubtful: Asset, tmp_path: Path) -> None:
    provider = ScriptedProvider()
    made = provider.add("theirs")
    made.versions["es-ES"][0].remote_id = only_version(doubtful).remote_id
    made.first.complete(make_film(tmp_path / "right.mp4", seconds=2).read_bytes())
    Version.objects.update(keep="waiting", next_keep_at=timezone.now(), changed_at=timezone.now())
    assert keep_result(only_version(doubtful).pk, provider=provider)
    assert fresh(doubtful).dubbings.get().warning == ""


@pytest.mark.django_db(transaction=True)
def test_what_was_kept_before_there_were_such_warnings_has_them_too(people: People, settings: Settings) -> None:
    settings.MIGRATION_MODULES = {}  # quick tests make their tables without
    asset = make_asset(people.project, people.editor, status="completed", locales=[])
    odd, mended, fine = (make_dubbing(asset, code, status="completed") for code in ("es-ES", "fr-FR", "de-DE"))
    make_result(make_version(odd), warnings=["too_long"])
    version = make_version(mended)
    make_result(version, warnings=["too_short"], content=b"one")
    make_result(version, content=b"two")
    make_result(make_version(fine))
    migrations = MigrationExecutor(connection).loader
    module = migrations.disk_migrations["dubbing", "0004_lengths_and_looks"]
    fill = next(one for one in module.operations if hasattr(one, "code"))
    fill.code(migrations.project_state().apps, None)
    assert list(asset.dubbings.order_by("pk").values_list("warning", flat=True)) == ["too_long", "", ""]


# --- languages that nobody asked for


def test_a_language_that_nobody_asked_for_is_shown_as_such(viewer: Client, people: People) -> None:
    asset = make_asset(people.project, people.editor, status="completed")
    make_submission(asset, status="accepted")
    make_dubbing(asset, "ja-JP", status="completed")
    words = shown(viewer, reverse("asset", args=[asset.pk]))
    spanish, _, japanese = words.partition("Spanish (Spain)")[2].partition("Japanese")
    assert "appeared at Panjaya without a request from the portal" in japanese + words.partition("Japanese")[2]
    assert words.count("without a request from the portal") == 1
    assert "without a request" not in spanish or words.index("Japanese") < words.index("Spanish (Spain)")


def test_minutes_that_were_given_back_are_not_shown_as_spent(viewer: Client, people: People) -> None:
    asset = make_asset(people.project, people.editor, status="failed", with_source=True)
    submission = make_submission(asset, status="accepted")
    assert viewer.get(reverse("asset", args=[asset.pk])).context["page"].spent == 60.0  # from before the ledger
    ledger.reserve(asset, costs.cost_of(asset), [submission], people.editor)
    assert viewer.get(reverse("asset", args=[asset.pk])).context["page"].spent == 60.0
    ledger.release(asset.ledger.get())
    assert viewer.get(reverse("asset", args=[asset.pk])).context["page"].spent == 0.0


# --- how often it was tried


@pytest.mark.parametrize(
    ("attempts", "expected"),
    [(1, "We tried once."), (2, "We tried 2 times."), (4, "We tried 4 times."), (5, "We tried 5 times or more.")],
)
def test_the_page_says_how_often_a_result_could_not_be_saved(
    viewer: Client, people: People, attempts: int, expected: str
) -> None:
    asset = make_asset(people.project, people.editor, locales=[])
    dubbing = make_dubbing(asset, status="keeping")
    make_version(dubbing, keep="waiting", keep_attempts=attempts)
    words = shown(viewer, reverse("asset", args=[asset.pk]))
    assert expected in words
    assert "first try" not in words


# --- a person's press


def test_pressing_check_now_syncs_what_was_synced_a_second_ago(
    editor: Client, people: People, wake_ups: WakeUps, committed: Callable[[], object]
) -> None:
    provider = ScriptedProvider()
    asset = make_sent(people.project, people.editor, provider)
    provider.only.first.complete(b"result")
    sync_asset(asset.pk, provider=provider, cause="test")
    Version.objects.update(keep="kept", next_keep_at=None)
    asked = provider.asked("fetch_version")
    with committed():  # type: ignore[attr-defined]
        answer = editor.post(reverse("asset-sync", args=[asset.pk]), follow=True)
    assert "Checking now." in answer.content.decode()
    assert ("sync", asset.pk) in wake_ups
    sync_asset(asset.pk, provider=provider, cause="person")
    assert provider.asked("fetch_version") == asked + 1
