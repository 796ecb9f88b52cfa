"""What the housekeeping removes of what is in the trash, and what it never removes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from dubbing.assets import details, trash
from dubbing.management.commands import sweep
from dubbing.minutes import ledger
from dubbing.minutes.costs import Cost
from dubbing.models import Asset, Callback, LedgerEntry, Result, Upload, Version
from dubbing.platform import storage
from dubbing.platform.errors import NotPossible
from tests.support import rows
from tests.support.people import People

pytestmark = pytest.mark.django_db

MONTH = timedelta(days=30)


@pytest.fixture
def result(people: People) -> Result:
    return rows.make_done(people.project, people.editor, source_srt=rows.SRT)


def asset_of(result: Result) -> Asset:
    return Asset.objects.get(dubbings__versions__results=result.pk)


def put_into_trash(asset: Asset, people: People, *, ago: timedelta) -> None:
    trash.trash(asset, people.editor)
    Asset.objects.filter(pk=asset.pk).update(trashed_at=timezone.now() - ago)


def there(result: Result) -> bool:
    return Result.objects.filter(pk=result.pk).exists() and storage.exists(result.key)


def test_nothing_is_removed_before_thirty_days(result: Result, people: People) -> None:
    put_into_trash(asset_of(result), people, ago=MONTH - timedelta(minutes=1))
    sweep.tidy_up()
    assert there(result)
    trash.restore(asset_of(result), people.editor)
    assert Asset.objects.visible_to(people.editor).filter(pk=asset_of(result).pk).exists()


def test_after_thirty_days_files_and_texts_are_removed_and_the_row_stays(result: Result, people: People) -> None:
    asset = asset_of(result)
    source = asset.source
    assert source is not None
    put_into_trash(asset, people, ago=MONTH + timedelta(minutes=1))
    sweep.tidy_up()
    asset.refresh_from_db()
    assert asset.purged_at is not None
    assert not there(result)
    assert not storage.exists(result.key)
    assert not storage.exists(source.key)
    assert not Upload.objects.filter(pk=source.pk).exists()
    assert (asset.source_srt, asset.dubbings.get().srt) == ("", "")
    assert asset.name == "Harbour tour"
    assert [event.kind for event in asset.events.all()] == ["purged", "trashed"]
    assert Version.objects.filter(dubbing__asset=asset).exists()  # what the provider made of it stays known


def test_the_ledger_says_what_was_paid_also_after_that(result: Result, people: People) -> None:
    asset = asset_of(result)
    sent = rows.make_submission(asset, status="accepted")
    ledger.reserve(asset, Cost(seconds=60.0, weight=1.0, languages=1), [sent], people.editor)
    ledger.settle(LedgerEntry.objects.get(), 60_000)
    put_into_trash(asset, people, ago=MONTH * 2)
    sweep.tidy_up()
    assert sum(LedgerEntry.objects.values_list("milliseconds", flat=True)) == 60_000


def test_unsettled_assets_are_kept_for_now(result: Result, people: People) -> None:
    asset = asset_of(result)
    sent = rows.make_submission(asset, status="accepted")
    ledger.reserve(asset, Cost(seconds=60.0, weight=1.0, languages=1), [sent], people.editor)
    put_into_trash(asset, people, ago=MONTH * 2)
    assert trash.purge_old() == 0
    assert there(result)
    ledger.settle(LedgerEntry.objects.get(), 60_000)
    assert trash.purge_old() == 1
    assert not there(result)


@pytest.mark.parametrize("status", ["generating", "keeping"])
def test_assets_in_progress_again_are_kept_for_now(result: Result, people: People, status: str) -> None:
    asset = asset_of(result)
    put_into_trash(asset, people, ago=MONTH * 2)
    asset.dubbings.update(status=status)
    assert trash.purge_old() == 0
    assert there(result)


def test_a_source_that_another_video_uses_stays(result: Result, people: People) -> None:
    asset = asset_of(result)
    source = asset.source
    assert source is not None
    copy = rows.make_asset(people.project, people.editor, status="failed", source=source)
    put_into_trash(asset, people, ago=MONTH * 2)
    sweep.tidy_up()
    assert storage.exists(source.key)
    copy.refresh_from_db()
    assert copy.source == source
    put_into_trash(copy, people, ago=MONTH * 2)
    sweep.tidy_up()
    assert not storage.exists(source.key)


def test_what_was_restored_in_time_keeps_everything(result: Result, people: People) -> None:
    asset = asset_of(result)
    put_into_trash(asset, people, ago=MONTH * 2)
    trash.restore(asset, people.editor)
    sweep.tidy_up()
    assert there(result)


def test_what_was_deleted_for_good_is_neither_restored_nor_looked_at_again(result: Result, people: People) -> None:
    asset = asset_of(result)
    sent = rows.make_submission(asset, status="accepted", remote_id=asset.remote_id)
    put_into_trash(asset, people, ago=MONTH * 2)
    sweep.tidy_up()
    assert not Asset.objects.in_trash(people.project.pk).exists()
    with pytest.raises(NotPossible, match="deleted for good"):
        trash.restore(asset, people.editor)
    Callback.objects.take(sent, b"{}", event="asset.updated", asset_id=asset.remote_id, version_id="")
    assert not Asset.objects.due_for_sync().exists()
    assert trash.purge_old() == 0


def test_archived_videos_are_never_removed(result: Result, people: People) -> None:
    Asset.objects.update(archived_at=timezone.now() - MONTH * 12)
    call_command("sweep")
    sweep.tidy_up()
    assert there(result)


def test_a_tag_of_what_is_deleted_stays_with_its_row(result: Result, people: People) -> None:
    asset = asset_of(result)
    details.add_tag(asset, "Season 2", people.editor)
    put_into_trash(asset, people, ago=MONTH * 2)
    sweep.tidy_up()
    assert asset.tags.get().name == "Season 2"
