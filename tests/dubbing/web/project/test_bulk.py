"""Many videos at once: asked once more, and what became of each."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dubbing.models import Asset
from dubbing.web.project import bulk_views
from tests.conftest import WakeUps
from tests.support import rows
from tests.support.people import People


@pytest.fixture
def address(people: People) -> str:
    return reverse("videos-bulk", args=[people.project.pk])


def page(client: Client, address: str, **query: Any) -> str:
    answer = client.get(address, query, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_selected_videos_are_checked_after_a_question_and_each_is_reported(
    editor: Client, people: People, address: str, wake_ups: WakeUps
) -> None:
    known = rows.make_asset(people.project, people.owner, name="Known")
    held = rows.make_asset(people.project, people.owner, name="Held", status="held")
    other = rows.make_asset(people.project, people.owner, name="Not chosen")
    text = page(editor, address, do="check", asset=[known.pk, held.pk])
    assert "The provider is asked about 1 video now. This uses no minutes." in text
    assert "The provider does not have it yet" in text
    assert "Not chosen" not in text
    done = editor.post(reverse("videos-check", args=[people.project.pk]), {"asset": [known.pk, held.pk]})
    assert "Checking 1 video." in done.content.decode()
    assert "The provider does not have it yet" in done.content.decode()
    asked = Asset.objects.filter(asked_at__isnull=False).values_list("pk", flat=True)
    assert list(asked) == [known.pk]
    assert other.pk not in asked


def test_all_that_match_are_meant_on_every_page_of_the_list(editor: Client, people: People, address: str) -> None:
    for number in range(35):
        rows.make_asset(people.project, people.owner, name=f"Harbour {number}")
    rows.make_asset(people.project, people.owner, name="Lighthouse")
    text = page(editor, address, do="check", all=1, q="harbour")
    assert "asked about 35 videos now" in text
    assert "Lighthouse" not in text
    back = re.search(r'href="(/projects/\d+/\?q=harbour)"', text)
    assert back


def test_more_than_the_maximum_is_stated(
    editor: Client, people: People, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_views, "MOST", 2)
    for number in range(3):
        rows.make_asset(people.project, people.owner, name=f"Film {number}")
    assert "These are the first 2" in page(editor, address, do="check", all=1)
    keys = list(Asset.objects.values_list("pk", flat=True))
    assert "These are the first 2" in page(editor, address, do="check", asset=keys)


def test_failed_languages_are_sent_again_after_the_cost_was_shown(editor: Client, people: People, address: str) -> None:
    failed = rows.make_asset(people.project, people.owner, name="Failed", status="failed", with_source=True)
    rows.make_asset(people.project, people.owner, name="Fine", status="completed")
    answer: Any = editor.get(address, {"do": "send", "all": "1"})
    assert answer.status_code == 302
    assert answer["Location"].endswith(f"?do=again&asset={failed.pk}")
    text = editor.get(answer["Location"]).content.decode()
    assert "Failed" in text
    assert "1 min" in text


def test_final_videos_are_chosen_on_the_page_of_a_new_delivery(viewer: Client, people: People, address: str) -> None:
    result = rows.make_done(people.project, people.owner)
    running = rows.make_asset(people.project, people.owner)
    text = page(viewer, address, do="download", asset=[result.version.dubbing.asset_id, running.pk])
    assert "Harbour_Harbour-tour_es-ES_v1.mp4" in text
    assert "No final videos yet" in page(viewer, address, do="download", asset=[running.pk])


def test_nothing_of_other_projects_or_of_others_drafts_can_be_chosen(
    viewer: Client, people: People, address: str
) -> None:
    elsewhere = rows.make_project("Night boats", owner=people.outsider)
    theirs = rows.make_asset(elsewhere, people.outsider, name="Secret")
    draft = rows.make_asset(people.project, people.owner, status="draft", name="Secret draft")
    for what in ("check", "download"):
        assert "Secret" not in page(viewer, address, do=what, asset=[theirs.pk, draft.pk])


@pytest.mark.parametrize(
    "query", ["", "do=x", "do=check&asset=x&asset=-1", "do=send", "do=download&all=1&sort=late", "do=send&all=1"]
)
def test_odd_choices_are_pages(editor: Client, people: People, address: str, query: str) -> None:
    rows.make_asset(people.project, people.owner)
    assert editor.get(f"{address}?{query}", follow=True).status_code == 200


def test_the_number_of_queries_does_not_depend_on_how_many_are_chosen(
    editor: Client, people: People, address: str
) -> None:
    def asked(what: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            page(editor, address, do=what, all=1)
        return len(queries)

    for _ in range(3):
        rows.make_done(people.project, people.owner)
    few = [asked("check"), asked("download")]
    for _ in range(27):
        rows.make_done(people.project, people.owner)
    assert [asked("check"), asked("download")] == few


def test_every_row_can_be_selected_and_viewers_see_what_they_may_do(
    viewer: Client, editor: Client, people: People
) -> None:
    asset = rows.make_asset(people.project, people.owner)
    address = reverse("project", args=[people.project.pk])
    assert f'name="asset" value="{asset.pk}" form="bulk"' in page(viewer, address)
    assert "Send failed languages again" not in page(viewer, address)
    assert "Send failed languages again" in page(editor, address)
