"""One thing done with many videos: asked once, done with each by itself, reported, and taken back."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from dubbing import tasks
from dubbing.assets import bulk, details
from dubbing.management.commands import sweep
from dubbing.models import Asset, BulkAction, BulkItem, Event, Membership, Project, Submission
from dubbing.submissions import gaps
from dubbing.web.bulk import views
from tests.conftest import WakeUps
from tests.support import rows
from tests.support.people import People, client_of


@pytest.fixture(autouse=True)
def _no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a slow machine, too, a few videos are done at once."""
    monkeypatch.setattr(views, "AT_ONCE_SECONDS", 60.0)
    monkeypatch.setattr(tasks, "BULK_SECONDS", 60.0)


@pytest.fixture
def address(people: People) -> str:
    return reverse("videos-bulk", args=[people.project.pk])


@pytest.fixture
def elsewhere(people: People) -> Project:
    """A project where the editor is one too."""
    project = rows.make_project("Lighthouse", owner=people.owner)
    Membership.objects.create(project=project, user=people.editor, role=Membership.Role.EDITOR)
    return project


def ask(client: Client, address: str, **query: Any) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def answer_with(client: Client, question: str, **more: Any) -> str:
    """Press the button of the page that asks, and read the page with the outcome."""
    form = question[question.index('action="/bulk/"') :]
    given = dict(re.findall(r'<input type="hidden" name="(do|ids|query|project)" value="([^"]*)"', form))
    done: Any = client.post(reverse("bulk-start"), given | more, follow=True)
    assert done.status_code == 200
    return html.unescape(done.content.decode())


def outcomes(page: str) -> list[tuple[str, str]]:
    """Each video and what became of it."""
    names = re.findall(r'<p class="line-title">.*?>([^<]+)</(?:a|span)></p>', page)
    states = re.findall(r'<span class="state tone-\w+">.*?</svg>([^<]+)</span>', page)
    return list(zip(names, states, strict=True))


def test_selected_videos_are_tagged_and_untagged(editor: Client, people: People, address: str) -> None:
    anchor = rows.make_asset(people.project, people.owner, name="Anchor")
    buoy = rows.make_asset(people.project, people.owner, name="Buoy")
    rows.make_asset(people.project, people.owner, name="Not chosen")
    details.add_tag(buoy, "Spring", people.owner)
    question = ask(editor, address, do="tag", asset=[anchor.pk, buoy.pk])
    assert "Add a tag to 2 videos" in question
    assert '<option value="Spring">' in question
    assert "Not chosen" not in question
    page = answer_with(editor, question, tag="spring")
    assert "1 done, 1 unchanged." in page
    assert outcomes(page) == [("Anchor", "Done"), ("Buoy", "Unchanged")]
    undone = editor.post(reverse("bulk-undo", args=[BulkAction.objects.get().pk]), follow=True).content.decode()
    assert "Remove the tag" in undone
    # What had it before has it still.
    assert [asset.name for asset in Asset.objects.filter(tags__name="Spring")] == ["Buoy"]
    page = answer_with(editor, ask(editor, address, do="untag", all=1), tag="Spring")
    assert "1 done, 2 unchanged." in page
    assert not Asset.objects.filter(tags__name="Spring").exists()


def test_all_that_match_are_archived_and_taken_out_again(editor: Client, people: People, address: str) -> None:
    for number in range(35):
        rows.make_asset(people.project, people.owner, name=f"Harbour {number}")
    rows.make_asset(people.project, people.owner, name="Lighthouse")
    question = ask(editor, address, do="archive", all=1, q="harbour")
    assert "Archive 35 videos" in question
    assert "and 15 more" in question
    page = answer_with(editor, question)
    assert "35 done." in page
    assert f'href="/projects/{people.project.pk}/?q=harbour"' in page
    assert Asset.objects.filter(archived_at=None).get().name == "Lighthouse"
    assert Event.objects.filter(kind=Event.Kind.ARCHIVED, actor=people.editor).count() == 35
    question = ask(editor, address, do="unarchive", all=1, status="archived")
    assert "35 done." in answer_with(editor, question)
    assert Asset.objects.filter(archived_at=None).count() == 36


def test_trash_says_of_each_why_it_stays_and_is_undone_as_one(editor: Client, people: People, address: str) -> None:
    done = rows.make_done(people.project, people.owner, name="Finished").version.dubbing.asset
    running = rows.make_asset(people.project, people.owner, name="Running")
    question = ask(editor, address, do="trash", all=1)
    assert "You can restore them for 30 days." in question
    assert Asset.objects.filter(trashed_at=None).count() == 2
    page = answer_with(editor, question)
    assert "1 done, 1 not done." in page
    assert "This video is being dubbed. Try again when that is done." in page
    assert outcomes(page)[0] == ("Running", "Not done")  # what somebody has to care about comes first
    assert Asset.objects.filter(trashed_at=None).get() == running
    action = BulkAction.objects.get()
    page = editor.post(reverse("bulk-undo", args=[action.pk]), follow=True).content.decode()
    assert "1 done." in page
    assert Asset.objects.get(pk=done.pk).trashed_at is None
    again = editor.post(reverse("bulk-undo", args=[action.pk]), follow=True).content.decode()
    assert "This was already undone." in again
    assert BulkAction.objects.count() == 2


def test_videos_move_where_the_person_is_an_editor_and_back(
    editor: Client, people: People, address: str, elsewhere: Project
) -> None:
    secret = rows.make_project("Night boats", owner=people.outsider)
    asset = rows.make_done(people.project, people.owner, name="Finished").version.dubbing.asset
    question = ask(editor, address, do="move", all=1)
    assert "Lighthouse" in question
    assert "Night boats" not in question
    assert "Choose a project." in answer_with(editor, question, target=secret.pk)
    assert "1 done." in answer_with(editor, question, target=elsewhere.pk)
    assert Asset.objects.get(pk=asset.pk).project == elsewhere
    editor.post(reverse("bulk-undo", args=[BulkAction.objects.get().pk]))
    assert Asset.objects.get(pk=asset.pk).project == people.project


def test_what_somebody_may_not_change_is_refused_one_by_one(people: People, address: str, editor: Client) -> None:
    mine = rows.make_asset(people.project, people.editor, name="Mine")
    theirs = rows.make_asset(rows.make_project("Night boats", owner=people.outsider), people.outsider, name="Secret")
    draft = rows.make_asset(people.project, people.owner, status="draft", locales=[], name="Secret draft")
    assert "Secret" not in ask(editor, address, do="archive", asset=[mine.pk, theirs.pk, draft.pk])
    forged = {"do": "archive", "ids": f"{mine.pk},{theirs.pk},{draft.pk},9999"}
    page = editor.post(reverse("bulk-start"), forged, follow=True).content.decode()
    assert "1 done, 2 not done." in page
    assert "Secret" not in page
    assert set(Asset.objects.exclude(archived_at=None)) == {mine}
    assert client_of(people.viewer).get(f"{address}?do=archive&all=1").status_code == 404
    viewed = client_of(people.viewer).post(reverse("bulk-start"), {"do": "trash", "ids": str(mine.pk)}, follow=True)
    assert "1 not done." in viewed.content.decode()
    assert client_of(people.owner).get(reverse("bulk", args=[BulkAction.objects.earliest("pk").pk])).status_code == 404


def test_losing_the_permission_halfway_stops_the_action(people: People) -> None:
    for number in range(3):
        rows.make_asset(people.project, people.owner, name=f"Film {number}")
    action = bulk.start("archive", Asset.objects.values_list("pk", flat=True), people.editor, project=people.project)
    assert bulk.carry_on(action.pk, seconds=-1) is True
    Membership.objects.filter(user=people.editor).update(role="viewer")
    assert bulk.carry_on(action.pk, seconds=60) is False
    assert set(action.items.values_list("status", flat=True)) <= {"done", "refused"}
    assert Asset.objects.exclude(archived_at=None).count() == action.items.filter(status="done").count() <= 1


def test_many_go_on_in_the_background_and_the_page_says_how_far_it_is(
    editor: Client,
    people: People,
    address: str,
    wake_ups: WakeUps,
    committed: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(views, "AT_ONCE_SECONDS", -1.0)
    for number in range(120):
        rows.make_asset(people.project, people.owner, name=f"Film {number}", status="completed")
    with committed():
        page = answer_with(editor, ask(editor, address, do="archive", all=1))
    action = BulkAction.objects.get()
    assert ("carry_on_bulk_action", action.pk) in wake_ups
    assert re.search(r"<strong class=\"figure\">\d+ of 120</strong> videos done", page)
    part = f"{reverse('bulk', args=[action.pk])}?part=outcome"
    assert f'data-poll="{part}"' in page
    assert action.pk in {due.pk for due in tasks.due() if due.task is tasks.carry_on_bulk_action}
    tasks.carry_on_bulk_action(action.pk)
    assert action.items.filter(status=BulkItem.Status.DONE).count() == 120
    page = editor.get(part).content.decode()
    assert "120 done." in page
    assert "data-poll" not in page
    assert "Page 1 of 2" in page


def test_ten_thousand_match_and_more_are_stated(
    editor: Client, people: People, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MOST", 40)
    for number in range(45):
        rows.make_asset(people.project, people.owner, name=f"Film {number}")
    question = ask(editor, address, do="archive", all=1)
    assert "These are the first 40" in question
    assert "40 done." in answer_with(editor, question)


def test_all_are_found_although_a_page_reads_a_few_at_a_time(
    editor: Client, people: People, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dubbing.web.project.video_list.WINDOW", 2)
    for number in range(9):
        rows.make_asset(people.project, people.owner, locales=["fr-FR" if number % 2 else "es-ES"])
    assert "Archive 4 videos" in ask(editor, address, do="archive", all=1, language="fr-FR")


def test_a_language_is_added_where_it_is_missing_after_the_minutes_were_shown(
    editor: Client, people: People, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def film(name: str, *done: str) -> Asset:
        source = rows.make_upload(people.owner, duration=60)
        return rows.make_asset(
            people.project, people.owner, name=name, status="completed", locales=done, source=source,
            auto_generate="no_lips",
        )  # fmt: skip

    film("Has it", "fr-FR")
    film("Lacks it", "de-DE")
    film("Lacks it as well", "de-DE")
    question = ask(editor, address, do="language", all=1, status="done")
    assert "3 videos are selected" in question
    assert "French (France) · fr-FR" in question
    with monkeypatch.context() as patch:
        patch.setattr(gaps, "MOST", 1)
        answer: Any = editor.get(address, {"do": "language", "all": "1", "locale": "fr-FR"})
        assert "The newest 1 are shown." in editor.get(answer["Location"]).content.decode()
    answer = editor.get(address, {"do": "language", "all": "1", "status": "done", "locale": "fr-FR"})
    plan = html.unescape(editor.get(answer["Location"]).content.decode())
    assert "2 videos, 2 dubs" in plan
    assert "Send: 2 min" in plan
    assert Submission.objects.count() == 0
    back = f"/projects/{people.project.pk}/?status=done"
    assert f'href="{back}">Cancel' in plan
    lines = re.findall(r'name="line" value="([^"]+)"', plan)
    sent = editor.post(reverse("grid-send", args=[people.project.pk]), {"line": lines, "back": "status=done"})
    assert "2 dubs sent" in sent.content.decode()
    assert f'href="{back}"' in sent.content.decode()


def test_a_kind_of_my_work_is_archived_across_projects(
    editor: Client, people: People, elsewhere: Project, wake_ups: WakeUps
) -> None:
    for project in (people.project, elsewhere):
        rows.make_asset(project, people.editor, status="failed", name=f"Film of {project.name}")
    text = ask(editor, "/", show="failed")
    assert 'name="all" value="1"' in text
    assert len(re.findall(r'name="asset" value="\d+" form="bulk"', text)) == 2
    question = ask(editor, reverse("work-bulk"), do="archive", show="failed", all=1)
    assert "Archive 2 videos" in question
    page = answer_with(editor, question)
    assert "2 done." in page
    assert 'href="/?show=failed"' in page
    assert "Nothing left in this list." in ask(editor, "/", show="failed")


def test_what_is_paid_is_asked_project_by_project(editor: Client, people: People, elsewhere: Project) -> None:
    first = rows.make_asset(people.project, people.editor, status="failed")
    chosen = {"do": "send", "show": "failed", "all": "1"}
    answer: Any = editor.get(reverse("work-bulk"), chosen)
    assert answer["Location"] == f"{reverse('videos-bulk', args=[people.project.pk])}?do=send&asset={first.pk}"
    rows.make_asset(elsewhere, people.editor, status="failed")
    page = ask(editor, reverse("work-bulk"), **chosen)
    assert [name for name in ("Harbour", "Lighthouse") if name in page] == ["Harbour", "Lighthouse"]
    rows.make_asset(rows.make_project("Night boats", owner=people.outsider), people.outsider, name="Secret")
    everything = {"do": "download", "asset": list(Asset.objects.values_list("pk", flat=True))}
    assert "Night boats" not in ask(editor, reverse("work-bulk"), **everything)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"do": "x", "ids": "1"},
        {"do": "tag", "ids": "1", "tag": " "},
        {"do": "tag", "ids": "1", "tag": "x" * 99},
        {"do": "move", "ids": "1"},
        {"do": "archive", "ids": "a,-1,1e3,99999999999999999999"},
        {"do": "archive", "ids": ""},
    ],
    ids=str,
)
def test_odd_answers_change_nothing(editor: Client, people: People, given: dict[str, str]) -> None:
    rows.make_asset(people.project, people.owner)
    assert editor.post(reverse("bulk-start"), given, follow=True).status_code == 200
    assert not BulkItem.objects.exists()


def test_the_number_of_queries_does_not_depend_on_how_many_are_chosen(
    editor: Client, people: People, address: str
) -> None:
    def asked() -> list[int]:
        counts = []
        for what in ("archive", "tag", "untag", "move", "language"):
            with CaptureQueriesContext(connection) as queries:
                ask(editor, address, do=what, all=1)
            counts.append(len(queries))
        action = bulk.start("archive", Asset.objects.values_list("pk", flat=True), people.editor)
        with CaptureQueriesContext(connection) as queries:
            ask(editor, reverse("bulk", args=[action.pk]))
        return [*counts, len(queries)]

    for _ in range(3):
        details.add_tag(rows.make_asset(people.project, people.owner), "Spring", people.owner)
    few = asked()
    for number in range(27):
        details.add_tag(rows.make_asset(people.project, people.owner), f"Tag {number}", people.owner)
    assert asked() == few


def test_outcomes_are_forgotten_when_the_trash_is_emptied(people: People) -> None:
    asset = rows.make_asset(people.project, people.owner)
    old, unfinished, fresh = (bulk.start("archive", [asset.pk], people.owner) for _ in range(3))
    for action in (old, fresh):
        bulk.carry_on(action.pk, seconds=5)
    BulkAction.objects.exclude(pk=fresh.pk).update(created_at=timezone.now() - bulk.KEPT_FOR - timedelta(hours=1))
    sweep.tidy_up()
    assert set(BulkAction.objects.all()) == {unfinished, fresh}
