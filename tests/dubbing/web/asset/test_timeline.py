"""The timeline of an asset's page: a line for each language, and what only those who look for a cause need."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from dubbing.models import Asset, Callback, Event
from tests.support import rows
from tests.support.people import People, client_of

pytestmark = pytest.mark.django_db

START = timezone.now() - timedelta(hours=2)


@pytest.fixture
def asset(people: People) -> Asset:
    return rows.make_asset(people.project, people.editor, status="completed", locales=["fr-FR"])


@pytest.fixture
def viewer(people: People) -> Client:
    return client_of(people.viewer)


@pytest.fixture
def ops(people: People) -> Client:
    people.owner.is_staff = people.owner.is_superuser = True
    people.owner.save()
    return client_of(people.owner)


def happened(asset: Asset, kind: str, second: int, **fields: object) -> Event:
    """An event so many seconds after ``START``."""
    event = rows.make_event(asset, kind, **fields)
    QuerySet.update(Event.objects.filter(pk=event.pk), at=START + timedelta(seconds=second))
    return event


def shown(client: Client, asset: Asset) -> str:
    return client.get(reverse("asset", args=[asset.pk])).content.decode()


def folds(html: str) -> list[str]:
    """The lines that hold more, without the time behind them."""
    return re.findall(r'<details class="moment-text" id="timeline-[^"]+">\s*<summary>(.*?) <span', html)


def test_a_language_is_one_line_that_says_how_long_it_took(viewer: Client, asset: Asset) -> None:
    happened(asset, "submitted", 0, locales=["fr-FR"])
    happened(asset, "dubbing_status", 5, locale="fr-FR", to="preparing")
    happened(asset, "dubbing_status", 8, locale="fr-FR", to="completed")
    happened(asset, "kept", 9, locale="fr-FR", size=1000, duration=8.5)
    html = shown(viewer, asset)
    assert folds(html) == ["French (France): sent, dubbed, saved in 9 s"]
    assert "final video saved" in html  # inside


def test_a_language_that_failed_says_after_how_long(viewer: Client, asset: Asset) -> None:
    happened(asset, "submitted", 0, locales=["fr-FR"])
    happened(asset, "dubbing_status", 5, locale="fr-FR", to="preparing")
    happened(asset, "dubbing_status", 72, locale="fr-FR", to="failed")
    assert folds(shown(viewer, asset)) == ["French (France): sent, failed after 1 min 12 s"]


def test_the_line_is_about_the_attempt_that_was_sent_last(viewer: Client, asset: Asset) -> None:
    happened(asset, "submitted", 0, locales=["fr-FR"])
    happened(asset, "dubbing_status", 5, locale="fr-FR", to="failed")
    happened(asset, "submitted", 60, locales=["fr-FR"])
    happened(asset, "dubbing_status", 65, locale="fr-FR", to="preparing")
    assert folds(shown(viewer, asset)) == ["French (France): sent, in progress"]
    happened(asset, "kept", 90, locale="fr-FR", size=1000, duration=8.5)
    assert folds(shown(viewer, asset)) == ["French (France): sent, dubbed, saved in 30 s"]


def test_the_latest_comes_first_and_times_are_to_the_second(viewer: Client, asset: Asset) -> None:
    happened(asset, "renamed", 0, before="A", after="B")
    happened(asset, "archived", 5)
    html = shown(viewer, asset)
    assert html.index("Archived.") < html.index("Renamed from")
    at = timezone.localtime(asset.events.get(kind="archived").at)
    assert f"{at:%H:%M:%S}</time>" in html


def test_callbacks_and_syncs_are_under_technical_details(viewer: Client, asset: Asset) -> None:
    happened(asset, "callback", 0, events=["asset.updated"])
    happened(asset, "looked_for", 1)
    html = shown(viewer, asset)
    technical = html.index('id="timeline-technical"')
    assert technical < html.index("sent an update.")
    assert technical < html.index("Checked with")


def test_ops_alone_see_the_rule_behind_a_decision_and_the_stored_callbacks(
    viewer: Client, ops: Client, asset: Asset
) -> None:
    sent = rows.make_submission(asset, status="accepted", remote_id=asset.remote_id)
    Callback.objects.take(sent, b"{}", event="asset.updated", asset_id=asset.remote_id, version_id="")
    happened(asset, "status", 0, cause="sweep", **{"from": "dubbing", "to": "completed"})
    rule, button = "sweep · from: dubbing · to: completed", "/replay/"
    assert rule in shown(ops, asset)
    assert button in shown(ops, asset)
    for html in (shown(viewer, asset), viewer.get(reverse("asset-status", args=[asset.pk])).content.decode()):
        assert rule not in html
        assert button not in html


def test_a_replayed_callback_causes_a_sync_and_nothing_else(ops: Client, people: People, asset: Asset) -> None:
    sent = rows.make_submission(asset, status="accepted", remote_id=asset.remote_id)
    Callback.objects.take(sent, b"{}", event="asset.updated", asset_id=asset.remote_id, version_id="")
    callback = Callback.objects.get()
    Callback.objects.update(processed_at=timezone.now())
    Asset.objects.filter(pk=asset.pk).update(next_poll_at=None, done_seq=1, dirty_seq=1)
    before = list(asset.dubbings.values())
    for times in (1, 2):
        answer = ops.post(reverse("callback-replay", args=[asset.pk, callback.pk]))
        assert answer.status_code == 302
        assert Asset.objects.due_for_sync().filter(pk=asset.pk).exists()
        assert asset.events.filter(kind="replayed", actor=people.owner).count() == times
    callback.refresh_from_db()
    assert (callback.processed_at, callback.count) == (None, 1)
    assert list(asset.dubbings.values()) == before
    assert Callback.objects.count() == asset.submissions.count() == 1


def test_only_members_with_the_permission_replay_a_callback(ops: Client, people: People, asset: Asset) -> None:
    sent = rows.make_submission(asset, status="accepted", remote_id=asset.remote_id)
    Callback.objects.take(sent, b"{}", event="asset.updated", asset_id=asset.remote_id, version_id="")
    callback = Callback.objects.get()
    people.outsider.is_staff = people.outsider.is_superuser = people.editor.is_staff = True
    people.outsider.save()
    people.editor.save()
    other = rows.make_asset(people.project, people.editor)
    for client in (client_of(people.editor), client_of(people.outsider)):
        assert client.post(reverse("callback-replay", args=[asset.pk, callback.pk])).status_code == 404
    assert ops.post(reverse("callback-replay", args=[other.pk, callback.pk])).status_code == 404
    assert not Event.objects.filter(kind="replayed").exists()


def test_the_timeline_takes_as_many_queries_with_many_events_as_with_few(viewer: Client, asset: Asset) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            shown(viewer, asset)
        return len(seen)

    happened(asset, "submitted", 0, locales=["fr-FR"])
    happened(asset, "callback", 0, events=["asset.updated"])
    few = queries()
    for second in range(60):
        happened(asset, "dubbing_status", second, locale=f"f{second % 9}-FR", to="preparing")
    assert queries() == few
