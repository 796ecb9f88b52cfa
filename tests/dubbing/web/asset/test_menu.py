"""The menu "More" of an asset's page: name, due date, tags, archive, project, trash."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from dubbing.minutes import ledger, settlement
from dubbing.minutes.costs import Cost
from dubbing.models import (
    Asset,
    Callback,
    Dubbing,
    Event,
    LedgerEntry,
    Membership,
    MonthlyUse,
    Project,
    Submission,
    Tag,
)
from dubbing.platform.errors import NotPossible
from dubbing.submissions import submit
from tests.support import rows
from tests.support.people import People, client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(people: People) -> Client:
    return client_of(people.editor)


@pytest.fixture
def asset(people: People) -> Asset:
    return rows.make_done(people.project, people.editor).version.dubbing.asset


@pytest.fixture
def elsewhere(people: People) -> Project:
    """A project where the editor is one too, and the viewer is not."""
    project = rows.make_project("Lighthouse", owner=people.owner)
    Membership.objects.create(project=project, user=people.editor, role=Membership.Role.EDITOR)
    return project


def press(client: Client, address: str, asset: Asset, /, **data: Any) -> str:
    """Post it and follow to the page that says what came of it."""
    return client.post(reverse(address, args=[asset.pk]), data, follow=True).content.decode()


def shown(client: Client, asset: Asset) -> str:
    return client.get(reverse("asset", args=[asset.pk])).content.decode()


def listed(client: Client, asset: Asset, query: str = "") -> bool:
    html = client.get(reverse("project", args=[asset.project_id]) + query).content.decode()
    return f'href="/assets/{asset.pk}/"' in html


def events_of(asset: Asset) -> list[tuple[str, str]]:
    """What the timeline knows of it: kind and who, the newest first."""
    return [(one.kind, one.actor.get_username() if one.actor else "") for one in asset.events.select_related("actor")]


def test_a_video_is_renamed_on_its_page(editor: Client, asset: Asset) -> None:
    html = press(editor, "asset-name", asset, name="  Harbour,\nfinal cut ")
    assert "Harbour, final cut" in html
    assert events_of(asset) == [("renamed", "editor")]
    assert "Renamed from" in html


def test_a_name_needs_something_that_can_be_seen(editor: Client, asset: Asset) -> None:
    assert "Enter a name." in press(editor, "asset-name", asset, name=" \n ")
    asset.refresh_from_db()
    assert asset.name == "Harbour tour"


def test_a_refused_video_is_sent_again_under_its_new_name(editor: Client, people: People) -> None:
    typed = {"name": "Harbour tour", "targets": ["es-ES"]}
    asset = rows.make_asset(people.project, people.editor, status="refused", typed=typed)
    press(editor, "asset-name", asset, name="Lighthouse tour")
    page = editor.get(reverse("asset-edit", args=[asset.pk])).content.decode()
    assert 'value="Lighthouse tour"' in page


def test_a_due_date_is_set_and_removed(editor: Client, asset: Asset) -> None:
    assert "4 March 2027" in press(editor, "asset-due-date", asset, due="2027-03-04")
    asset.refresh_from_db()
    assert asset.due_on == date(2027, 3, 4)
    assert "Due date removed." in press(editor, "asset-due-date", asset, due="2027-03-04", clear="yes")
    asset.refresh_from_db()
    assert asset.due_on is None
    assert [kind for kind, _ in events_of(asset)] == ["due", "due"]


def test_an_invalid_date_changes_nothing(editor: Client, asset: Asset) -> None:
    assert "is not a date" in press(editor, "asset-due-date", asset, due="tomorrow")
    assert events_of(asset) == []


def test_a_tag_is_offered_to_the_other_videos_of_its_project_only(
    editor: Client, asset: Asset, people: People, elsewhere: Project
) -> None:
    assert "Tag added: Season 2." in press(editor, "asset-tags", asset, tag="Season 2")
    offered = '<option value="Season 2">'
    assert offered in shown(editor, rows.make_asset(people.project, people.editor))
    assert offered not in shown(editor, rows.make_asset(elsewhere, people.editor))


@pytest.mark.parametrize("again", ["Über", "über", "ÜBER"])
def test_the_same_tag_is_not_made_twice_whatever_its_capitals(
    editor: Client, asset: Asset, people: People, again: str
) -> None:
    press(editor, "asset-tags", asset, tag="Über")
    press(editor, "asset-tags", asset, tag=again)
    other = rows.make_asset(people.project, people.editor)
    press(editor, "asset-tags", other, tag=again)
    assert list(Tag.objects.values_list("name", flat=True)) == ["Über"]
    assert other.tags.get() == asset.tags.get()


def test_a_tag_that_no_video_has_is_deleted(editor: Client, asset: Asset) -> None:
    press(editor, "asset-tags", asset, tag="Season 2")
    assert "Tag removed: Season 2." in press(editor, "asset-tags", asset, remove=asset.tags.get().pk)
    assert not Tag.objects.exists()


def test_a_video_has_a_maximum_number_of_tags(editor: Client, asset: Asset) -> None:
    for number in range(20):
        press(editor, "asset-tags", asset, tag=f"Tag {number}")
    assert "Remove one first." in press(editor, "asset-tags", asset, tag="One more")
    assert asset.tags.count() == 20


def test_lists_leave_out_what_is_archived_unless_they_are_asked(editor: Client, asset: Asset) -> None:
    assert listed(editor, asset)
    assert not listed(editor, asset, "?status=archived")
    html = press(editor, "asset-archive", asset)
    assert f'action="/assets/{asset.pk}/unarchive/"' in html  # the way back stands beside the message
    assert not listed(editor, asset)
    assert listed(editor, asset, "?status=archived")
    assert f'href="/assets/{asset.pk}/"' not in editor.get("/").content.decode()
    press(editor, "asset-unarchive", asset)
    assert listed(editor, asset)
    assert events_of(asset) == [("unarchived", "editor"), ("archived", "editor")]


def test_an_archived_video_is_in_no_cell_of_the_grid_and_no_total(editor: Client, asset: Asset) -> None:
    grid = reverse("project-grid", args=[asset.project_id])
    assert "Harbour tour" in editor.get(grid).content.decode()
    press(editor, "asset-archive", asset)
    assert "Harbour tour" not in editor.get(grid).content.decode()


def test_what_is_in_the_trash_is_nowhere_but_in_the_trash(editor: Client, asset: Asset, people: People) -> None:
    version = asset.dubbings.get().versions.get()
    result = version.results.get()
    html = press(editor, "asset-trash", asset)
    assert "to trash." in html
    assert f'action="/assets/{asset.pk}/restore/"' in html
    assert not listed(editor, asset)
    assert not listed(editor, asset, "?status=archived")
    assert not listed(editor, asset, "?q=Harbour")
    assert "Harbour tour" not in editor.get(reverse("project-grid", args=[asset.project_id])).content.decode()
    assert f'href="/assets/{asset.pk}/"' not in editor.get("/").content.decode()
    for address in (
        reverse("asset-status", args=[asset.pk]),
        reverse("version", args=[version.pk]),
        reverse("result-file", args=[result.pk]),
        reverse("source-file", args=[asset.pk]),
    ):
        assert editor.get(address).status_code == 404, address
    trash = client_of(people.viewer).get(reverse("project-trash", args=[asset.project_id])).content.decode()
    assert "Harbour tour" in trash
    assert "by <bdi>editor</bdi>" in trash
    assert "Restore" not in trash  # editors alone do that


def test_undo_restores_it_as_it_was(editor: Client, asset: Asset) -> None:
    press(editor, "asset-trash", asset)
    html = press(editor, "asset-restore", asset)
    assert "Restored." in html
    assert listed(editor, asset)
    assert events_of(asset) == [("restored", "editor"), ("trashed", "editor")]
    played = editor.get(reverse("result-file", args=[asset.dubbings.get().versions.get().results.get().pk]))
    assert b"".join(played.streaming_content) == rows.BYTES  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("status", "language", "why"),
    [
        ("submitting", "pending", "being sent"),
        ("held", "pending", "being sent"),
        ("unconfirmed", "pending", "being sent"),
        ("awaiting", "pending", "awaiting approval"),
        ("dubbing", "preparing", "being dubbed"),
        ("ready", "generating", "being dubbed"),
        ("completed", "keeping", "being saved"),
    ],
)
def test_what_is_under_way_is_not_moved_to_trash_and_the_page_says_why(
    editor: Client, people: People, status: str, language: str, why: str
) -> None:
    asset = rows.make_asset(people.project, people.editor, status=status, locales=[])
    rows.make_dubbing(asset, status=language)
    assert why in shown(editor, asset)
    html = press(editor, "asset-trash", asset)
    assert html.count(why) == 2  # in the message, and still in the menu
    asset.refresh_from_db()
    assert asset.trashed_at is None
    assert events_of(asset) == []


def test_languages_that_are_being_added_keep_it_out_of_the_trash(editor: Client, asset: Asset) -> None:
    rows.make_submission(asset, kind=Submission.Kind.ADD_LOCALES, status="ready")
    assert "being sent" in press(editor, "asset-trash", asset)
    asset.refresh_from_db()
    assert asset.trashed_at is None


def test_a_page_that_was_left_open_sends_nothing_of_what_is_in_the_trash(
    editor: Client, people: People, asset: Asset
) -> None:
    Dubbing.objects.filter(asset=asset).update(status="failed")
    Asset.objects.filter(pk=asset.pk).update(status="failed")
    opened = Asset.objects.get(pk=asset.pk)
    press(editor, "asset-trash", asset)
    with pytest.raises(NotPossible, match="in the trash"):
        submit.send_missing(opened, people.editor)
    assert not asset.submissions.exists()


def test_a_video_moves_to_a_project_where_the_person_is_an_editor_too(
    editor: Client, asset: Asset, people: People, elsewhere: Project
) -> None:
    press(editor, "asset-tags", asset, tag="Season 2")
    html = press(editor, "asset-move", asset, project=elsewhere.pk)
    assert "stay with" in html
    asset.refresh_from_db()
    assert asset.project == elsewhere
    assert [(tag.name, tag.project_id) for tag in Tag.objects.all()] == [("Season 2", elsewhere.pk)]
    assert events_of(asset)[0] == ("moved", "editor")
    assert client_of(people.viewer).get(reverse("asset", args=[asset.pk])).status_code == 404


def test_a_video_does_not_move_to_a_project_where_the_person_cannot_edit(
    editor: Client, asset: Asset, people: People
) -> None:
    looked_at = rows.make_project("Looked at", owner=people.owner)
    Membership.objects.create(project=looked_at, user=people.editor, role=Membership.Role.VIEWER)
    foreign = Project.objects.get(name="Elsewhere")
    for project in (looked_at, foreign):
        assert editor.post(reverse("asset-move", args=[asset.pk]), {"project": project.pk}).status_code == 404
        assert project.name not in shown(editor, asset)
    asset.refresh_from_db()
    assert asset.project == people.project


@pytest.mark.parametrize("status", ["submitting", "held", "unconfirmed", "awaiting"])
def test_what_is_being_sent_does_not_move(editor: Client, people: People, elsewhere: Project, status: str) -> None:
    asset = rows.make_asset(people.project, people.editor, status=status)
    press(editor, "asset-move", asset, project=elsewhere.pk)
    asset.refresh_from_db()
    assert asset.project == people.project
    assert events_of(asset) == []


def test_the_minutes_stay_where_they_were_paid(
    editor: Client, asset: Asset, people: People, elsewhere: Project
) -> None:
    """Reserved here, settled after the move: in the project that paid."""
    Asset.objects.filter(pk=asset.pk).update(status="ready")
    Dubbing.objects.filter(asset=asset).update(status="ready")
    asset.refresh_from_db()
    sent = rows.make_submission(asset, status="accepted", remote_id=asset.remote_id)
    ledger.reserve(asset, Cost(seconds=60.0, weight=1.0, languages=1), [sent], people.editor)
    press(editor, "asset-move", asset, project=elsewhere.pk)
    Asset.objects.filter(pk=asset.pk).update(status="completed")
    Dubbing.objects.filter(asset=asset).update(status="completed")
    settlement.close_due(asset.pk)
    assert set(LedgerEntry.objects.values_list("kind", "project")) == {
        ("reserve", people.project.pk),
        ("settle", people.project.pk),
    }
    assert not MonthlyUse.objects.filter(project=elsewhere).exists()
    minutes = client_of(people.viewer).get(reverse("usage", args=[people.project.pk])).content.decode()
    assert "Moved to another project" in minutes
    assert "Harbour tour" not in minutes
    lines = client_of(people.viewer).get(reverse("usage-file", args=[people.project.pk]))
    assert b"Harbour tour" not in b"".join(lines.streaming_content)  # type: ignore[attr-defined]


def test_what_succeeds_after_all_is_paid_for_where_it_was_given_up(
    editor: Client, asset: Asset, people: People, elsewhere: Project
) -> None:
    sent = rows.make_submission(asset, status="accepted")
    ledger.reserve(asset, Cost(seconds=60.0, weight=1.0, languages=1), [sent], people.editor)
    ledger.release(LedgerEntry.objects.get())
    press(editor, "asset-move", asset, project=elsewhere.pk)
    settlement.close_due(asset.pk)
    assert set(LedgerEntry.objects.values_list("project", flat=True)) == {people.project.pk}
    assert MonthlyUse.objects.get().milliseconds == 60_000


def test_a_callback_for_something_in_the_trash_still_causes_a_sync(editor: Client, asset: Asset) -> None:
    sent = rows.make_submission(asset, status="accepted", remote_id=asset.remote_id)
    press(editor, "asset-trash", asset)
    Callback.objects.take(sent, b"{}", event="asset.updated", asset_id=asset.remote_id, version_id="")
    assert Asset.objects.due_for_sync().filter(pk=asset.pk).exists()


def test_viewers_have_no_menu(people: People, asset: Asset) -> None:
    assert "more-menu" in shown(client_of(people.editor), asset)
    assert "more-menu" not in shown(client_of(people.viewer), asset)


def test_the_page_takes_as_many_queries_with_many_tags_and_projects(
    editor: Client, asset: Asset, people: People
) -> None:
    Asset.objects.filter(pk=asset.pk).update(last_ok_at=timezone.now())

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            shown(editor, asset)
        return len(seen)

    press(editor, "asset-tags", asset, tag="One")
    few = queries()
    for number in range(15):
        press(editor, "asset-tags", asset, tag=f"Tag {number}")
        project = rows.make_project(f"Project {number}", owner=people.editor)
        rows.make_asset(project, people.editor)
    assert queries() == few


def test_the_trash_takes_as_many_queries_with_30_as_with_3(people: People) -> None:
    client = client_of(people.editor)
    taken = []
    for total in (3, 30):
        for number in range(len(Asset.objects.in_trash(people.project.pk)), total):
            trashed = rows.make_asset(
                people.project, people.editor, status="failed", name=f"Video {number}", trashed_at=timezone.now()
            )
            rows.make_event(trashed, Event.Kind.TRASHED, actor=people.editor)
        with CaptureQueriesContext(connection) as seen:
            html = client.get(reverse("project-trash", args=[people.project.pk])).content.decode()
        assert html.count("/restore/") == total
        taken.append(len(seen))
    assert taken[0] == taken[1]


def test_links_to_what_is_in_the_trash_lead_to_the_trash(editor: Client, asset: Asset, people: People) -> None:
    copy = rows.make_asset(people.project, people.editor, name="Second try")
    Event.objects.record(asset, Event.Kind.RETRIED, copy=copy.pk)
    link = f'<a href="/assets/{copy.pk}/">'
    assert f"{link}View</a>" in shown(editor, asset)
    Asset.objects.filter(pk=copy.pk).update(trashed_at=timezone.now())
    assert f"{link}In trash</a>" in shown(editor, asset)
    answer: Any = editor.get(reverse("asset", args=[copy.pk]))
    assert answer["Location"] == f"{reverse('project-trash', args=[people.project.pk])}#asset-{copy.pk}"
    trash = editor.get(answer["Location"]).content.decode()
    assert "“Second try” is in the trash." in trash
    assert f'id="asset-{copy.pk}"' in trash
    assert client_of(people.outsider).get(reverse("asset", args=[copy.pk])).status_code == 404
    Asset.objects.filter(pk=copy.pk).update(purged_at=timezone.now())
    assert link not in shown(editor, asset)
    assert editor.get(reverse("asset", args=[copy.pk])).status_code == 404
