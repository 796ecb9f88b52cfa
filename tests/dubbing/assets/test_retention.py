"""Videos that nobody uses go to trash when their project says so, and nothing else does."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from dubbing.assets import retention, trash
from dubbing.management.commands import sweep
from dubbing.models import Asset, Event, RetentionPolicy
from tests.support import rows
from tests.support.people import People
from tests.support.sharing import share

pytestmark = pytest.mark.django_db
STATUSES = [status for status in Asset.Status.values if status not in retention.FINISHED]


def made_ago(people: People, days: float, status: str = "completed") -> Asset:
    """A video that was made that many days ago, and had nothing happen to it since."""
    with time_machine.travel(timezone.now() - timedelta(days=days), tick=False):
        asset = rows.make_asset(people.project, people.editor, status=status)
        rows.make_event(asset, Event.Kind.CREATED, actor=people.editor)
    return asset


def in_trash() -> list[Asset]:
    return list(Asset.objects.exclude(trashed_at=None).order_by("pk"))


def test_unused_videos_are_moved_and_can_be_restored(people: People) -> None:
    old, fresh = made_ago(people, 91), made_ago(people, 89)
    retention.set_days(people.project, 90, people.owner)
    sweep.tidy_up()
    assert in_trash() == [old]
    event = old.events.get(kind=Event.Kind.TRASHED)
    assert (event.actor, event.cause) == (None, "retention")
    # Whoever restores it uses it: it is not moved again at once.
    trash.restore(old, people.editor)
    assert retention.apply_policies() == 0
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        assert retention.apply_policies() == 1
    assert in_trash() == [fresh]


def test_without_a_policy_everything_is_kept(people: People) -> None:
    made_ago(people, 4000)
    sweep.tidy_up()
    retention.set_days(people.project, 90, people.owner)
    retention.set_days(people.project, None, people.owner)
    assert retention.apply_policies() == 0
    assert in_trash() == []
    assert not RetentionPolicy.objects.exists()


@pytest.mark.parametrize("status", STATUSES)
def test_what_is_not_finished_is_never_moved(people: People, status: str) -> None:
    made_ago(people, 4000, status=status)
    retention.set_days(people.project, 7, people.owner)
    assert retention.apply_policies() == 0


def test_a_final_video_that_is_being_saved_waits(people: People) -> None:
    asset = made_ago(people, 100)
    asset.dubbings.update(status="keeping")
    retention.set_days(people.project, 7, people.owner)
    assert retention.apply_policies() == 0
    asset.dubbings.update(status="completed")
    assert retention.apply_policies() == 1


def test_a_video_that_is_shared_stays_until_its_link_ends(people: People) -> None:
    with time_machine.travel(timezone.now() - timedelta(days=100), tick=False):
        result = rows.make_done(people.project, people.owner)
    link, _key = share(people.owner, result)
    retention.set_days(people.project, 30, people.owner)
    Event.objects.all()._raw_delete("default")
    assert retention.apply_policies() == 0
    link.revoked_at = timezone.now()
    link.save()
    assert retention.apply_policies() == 1


def test_other_projects_are_left_alone(people: People) -> None:
    made_ago(people, 100)
    retention.set_days(rows.make_project("Another one", owner=people.owner), 7, people.owner)
    assert retention.apply_policies() == 0


def test_activity_between_finding_and_moving_keeps_a_video(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    asset = made_ago(people, 100)
    retention.set_days(people.project, 7, people.owner)
    locked = Asset.objects.locked

    def comment_first(pk: int) -> Asset:
        rows.make_event(asset, Event.Kind.COMMENTED, actor=people.viewer)
        return locked(pk)

    monkeypatch.setattr(type(Asset.objects), "locked", lambda _manager, pk: comment_first(pk))
    assert retention.apply_policies() == 0
    assert in_trash() == []
