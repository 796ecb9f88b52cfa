"""A project's videos: filters with counts, search, orders, and what is said when nothing is found."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from dubbing.assets import details
from dubbing.models import Asset, SavedView
from dubbing.web.project import video_list
from tests.support import rows
from tests.support.minutes import allow
from tests.support.people import People, client_of


@pytest.fixture(autouse=True)
def _always_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """No text is good for the next look as well."""
    monkeypatch.setattr("portal.page_polling.FRESH_SECONDS", 0.0)
    monkeypatch.setattr("dubbing.web.shared.etags.UNNOTED_SECONDS", 0.0)


@pytest.fixture(params=["small", "large"])
def size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Large projects are those of which nobody counts all videos, and looks at two at a time."""
    if request.param == "large":
        monkeypatch.setattr(video_list, "FACETED", 1)
        monkeypatch.setattr(video_list, "RECENT", 1)
    return str(request.param)


@pytest.fixture
def address(people: People) -> str:
    return reverse("project", args=[people.project.pk])


def page(client: Client, address: str, **query: Any) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


def names(text: str) -> list[str]:
    return re.findall(r'<a href="/assets/\d+/(?:edit/)?" dir="auto"[^>]*>([^<]+)</a>', text)


def fleet(people: People) -> None:
    """Four videos that differ in everything."""
    now = timezone.now()
    soon, ago = now + timedelta(hours=1), now - timedelta(hours=1)
    a = rows.make_asset(people.project, people.owner, name="Anchor", locales=["fr-FR"], late_at=soon)
    b = rows.make_asset(people.project, people.editor, name="Buoy", locales=["de-DE", "fr-FR"], late_at=ago)
    c = rows.make_asset(people.project, people.editor, name="Cargo", status="failed", locales=["es-ES"])
    d = rows.make_asset(people.project, people.owner, name="Dock", status="completed", provider="voicechanger")
    for days, asset in enumerate((d, c, b, a)):
        Asset.objects.filter(pk=asset.pk).update(created_at=now - timedelta(days=10 * days))
    c.dubbings.update(error_code="tts_failed", status="failed")
    rows.make_submission(a, status="accepted", attempt=1)
    Asset.objects.filter(pk=c.pk).update(error_code="credits_exhausted")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["Dock", "Cargo", "Buoy", "Anchor"]),
        ({"status": "problems"}, ["Cargo"]),
        ({"status": "late"}, ["Buoy"]),
        ({"language": "fr-FR"}, ["Buoy", "Anchor"]),
        ({"language": "fr-FR", "status": "late"}, ["Buoy"]),
        ({"provider": "voicechanger"}, ["Dock"]),
        ({"sort": "name"}, ["Anchor", "Buoy", "Cargo", "Dock"]),
        ({"sort": "late"}, ["Buoy", "Anchor", "Dock", "Cargo"]),
        ({"sort": "name", "language": "fr-FR", "q": "buoy"}, ["Buoy"]),
        ({"q": "french"}, ["Buoy", "Anchor"]),
        ({"q": "failed"}, ["Cargo"]),
        ({"q": "editor"}, ["Cargo", "Buoy"]),
        ({"q": "credits_exhausted"}, ["Cargo"]),
        ({"q": "tts_failed"}, ["Cargo"]),
        ({"q": "anch"}, ["Anchor"]),
        ({"q": "anch", "status": "running"}, ["Anchor"]),
        ({"q": "anch", "language": "de-DE"}, []),
    ],
    ids=str,
)
def test_videos_are_found_by_each_filter(
    viewer: Client, people: People, address: str, size: str, query: dict[str, str], expected: list[str]
) -> None:
    fleet(people)
    assert names(page(viewer, address, **query)) == expected


def test_videos_are_found_by_whoever_added_them_and_when(
    viewer: Client, people: People, address: str, size: str
) -> None:
    fleet(people)
    assert names(page(viewer, address, person=people.editor.pk)) == ["Cargo", "Buoy"]
    day = (timezone.localtime() - timedelta(days=15)).date().isoformat()
    assert names(page(viewer, address, **{"from": day})) == ["Dock", "Cargo"]
    assert names(page(viewer, address, to=day)) == ["Buoy", "Anchor"]


def test_a_video_is_found_by_the_reference_of_its_request(
    viewer: Client, people: People, address: str, size: str
) -> None:
    fleet(people)
    reference = Asset.objects.get(name="Anchor").submissions.get().reference
    assert names(page(viewer, address, q=reference.lower())) == ["Anchor"]
    assert names(page(viewer, address, q="DUB-0000000000")) == []


def counts(text: str) -> dict[str, str]:
    found = re.findall(
        r'<a class="pill" href="[^"]*" [^>]*>([^<]+?)(?: <span class="tab-count">([^<]+)</span>)?</a>', text
    )
    return dict(found)


def test_each_filter_says_how_many_there_are_under_all_the_others(viewer: Client, people: People, address: str) -> None:
    fleet(people)
    assert counts(page(viewer, address)) == {
        "All": "4",
        "In progress": "2",
        "Late": "1",
        "Ready to edit": "",
        "Done": "1",
        "Problems": "1",
        "Awaiting approval": "",
        "Archived": "",
    }
    french = page(viewer, address, language="fr-FR")
    assert counts(french)["All"] == "2"
    assert counts(french)["Problems"] == ""
    late = page(viewer, address, status="late")
    assert "French (France) · fr-FR (1)" in late
    assert "Spanish (Spain) · es-ES" not in late
    assert "editor (1)" in late


def test_what_is_archived_is_found_and_counted_by_its_own_filter_alone(
    viewer: Client, people: People, address: str, size: str
) -> None:
    fleet(people)
    Asset.objects.filter(name="Cargo").update(archived_at=timezone.now())
    assert names(page(viewer, address)) == ["Dock", "Buoy", "Anchor"]
    assert names(page(viewer, address, status="problems")) == []
    assert names(page(viewer, address, sort="name")) == ["Anchor", "Buoy", "Dock"]
    for query in ({}, {"q": "cargo"}, {"language": "es-ES"}, {"sort": "late"}):
        assert names(page(viewer, address, status="archived", **query)) == ["Cargo"]
    if size == "small":
        for status in ("", "archived", "late"):
            counted = counts(page(viewer, address, status=status))
            assert (counted["All"], counted["Archived"], counted["Problems"]) == ("3", "1", "")


def test_when_everything_is_archived_the_filter_says_so(viewer: Client, people: People, address: str) -> None:
    rows.make_asset(people.project, people.owner, archived_at=timezone.now())
    assert counts(page(viewer, address))["Archived"] == "1"


def test_counts_of_a_large_project_are_capped(
    viewer: Client, people: People, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet(people)
    monkeypatch.setattr(video_list, "FACETED", 3)
    monkeypatch.setattr(video_list, "RECENT", 3)
    monkeypatch.setattr(video_list, "COUNTED", 1)
    assert counts(page(viewer, address))["In progress"] == "1+"
    assert counts(page(viewer, address))["Problems"] == "1"


def test_no_result_says_which_filter_to_drop(viewer: Client, people: People, address: str) -> None:
    fleet(people)
    text = page(viewer, address, language="de-DE", status="problems", provider="panjaya")
    assert names(text) == []
    suggestions = re.search(r'<ul class="pills filter-suggestions">.*?</ul>', text, re.DOTALL)
    assert suggestions
    assert re.findall(r"(Language|Status|Provider): ", suggestions[0]) == ["Status", "Language"]
    without = re.findall(r'<a [^>]*href="([^"]+)"', suggestions[0])
    for link in without:
        assert len(names(viewer.get(html.unescape(link)).content.decode())) == 1


@pytest.mark.parametrize("sort", ["", "name", "late", "due", "attention"])
@pytest.mark.parametrize("query", [{}, {"language": "fr-FR"}], ids=str)
def test_every_video_is_on_one_page_in_every_order(
    viewer: Client, people: People, address: str, monkeypatch: pytest.MonkeyPatch, sort: str, query: dict[str, str]
) -> None:
    monkeypatch.setattr(video_list, "WINDOW", 7)
    now = timezone.now()
    for number in range(70):
        late_at = now + timedelta(minutes=number % 9) if number % 2 else None
        language = ["fr-FR"] if number % 3 else ["de-DE"]
        rows.make_asset(people.project, people.owner, name=f"Film {number % 50:02}", locales=language, late_at=late_at)
    found, link = [], f"{address}?sort={sort}&" + "&".join(f"{key}={value}" for key, value in query.items())
    while link:
        text = viewer.get(link).content.decode()
        found += re.findall(r'<a href="/assets/(\d+)/" dir="auto"', text)
        more = re.search(r'href="([^"]+)" rel="next"', text)
        link = html.unescape(more[1]) if more else ""
    assert len(found) == len(set(found)) == (46 if query else 70)


@pytest.mark.parametrize(
    "query",
    [
        "q=%27%3B--",
        "q=%22%25_",
        "q=" + "x" * 3000,
        "language=xx",
        "language=" + "z" * 999,
        "person=-1",
        "person=%D9%A3",
        "person=99999999999999999999",
        "provider=nobody",
        "from=2026-02-31",
        "from=0001-01-01",
        "to=9999-12-31",
        "to=x",
        "sort=password",
        "status=drafts&sort=late",
        "before=9223372036854775807&sort=late",
        "before=1&sort=name",
        "q=dub-",
        "q=%F0%9F%8E%AC&sort=name",
        "status=late&status=x&q=ab&language=fr-FR",
    ],
)
def test_hostile_values_are_pages(viewer: Client, people: People, address: str, size: str, query: str) -> None:
    fleet(people)
    assert viewer.get(f"{address}?{query}").status_code == 200


def test_strangers_and_their_drafts_are_in_no_list_and_no_count(
    viewer: Client, people: People, address: str, size: str
) -> None:
    fleet(people)
    rows.make_asset(people.project, people.editor, status="draft", name="Secret draft", locales=[])
    text = page(viewer, address, q="secret")
    assert names(text) == []
    assert counts(page(viewer, address)).get("All", "") in ("4", "")
    assert client_of(people.outsider).get(address).status_code == 404
    elsewhere = page(client_of(people.outsider), reverse("projects"))
    assert "Harbour" not in elsewhere


def test_from_twenty_videos_on_each_has_one_line(viewer: Client, people: People, address: str) -> None:
    rows.make_asset(
        people.project, people.owner, locales=["de-DE", "es-ES", "fr-FR", "it-IT", "pt-BR", "ja-JP", "ko-KR"]
    )
    assert "line-dense" not in page(viewer, address)
    for _ in range(19):
        rows.make_asset(people.project, people.owner)
    text = page(viewer, address)
    assert text.count("line-dense") == 20
    assert "+3<span" in text


def test_there_are_as_many_queries_for_thirty_videos_as_for_three(
    viewer: Client, people: People, address: str, size: str
) -> None:
    def asked(query: dict[str, str]) -> int:
        with CaptureQueriesContext(connection) as queries:
            page(viewer, address, **query)
        return len(queries)

    def bring(count: int) -> None:
        for number in range(count):
            rows.make_asset(people.project, people.owner, name=f"Harbour {number}", locales=["fr-FR", "de-DE"])

    asks: list[dict[str, str]] = [
        {},
        {"language": "fr-FR"},
        {"q": "french"},
        {"q": "harbour", "language": "fr-FR"},
        {"sort": "name"},
        {"status": "late"},
    ]
    bring(3)
    few = [asked(query) for query in asks]
    bring(27)
    assert [asked(query) for query in asks] == few


def test_the_list_is_sent_again_only_when_something_moved(viewer: Client, people: People, address: str) -> None:
    asset = rows.make_asset(people.project, people.owner)
    first = viewer.get(f"{address}?part=list")
    again = {"if-none-match": first["ETag"], "x-look": "again"}
    assert viewer.get(f"{address}?part=list", headers=again).status_code == 304
    Asset.objects.move(asset, "failed", cause="sync")
    moved = viewer.get(f"{address}?part=list", headers=again)
    assert moved.status_code == 200
    assert counts(moved.content.decode())["Problems"] == "1"


# --- the projects


def test_each_project_says_what_happens_in_it(viewer: Client, people: People) -> None:
    fleet(people)
    allow(people.project, 30)
    text = page(viewer, reverse("projects"))
    figures = dict(re.findall(r"<dt>([^<]+)</dt><dd>(?:<a [^>]+>)?([^<]+)", text))
    assert figures == {"Videos": "4", "In progress": "2", "Late": "1", "Problems": "1", "Minutes left": "30 min"}


def test_projects_are_sent_again_only_when_something_moved(viewer: Client, people: People) -> None:
    first = viewer.get("/projects/?part=list")
    again = {"if-none-match": first["ETag"], "x-look": "again"}
    assert viewer.get("/projects/?part=list", headers=again).status_code == 304
    rows.make_asset(people.project, people.owner)
    assert viewer.get("/projects/?part=list", headers=again).status_code == 200


def test_projects_take_as_many_queries_for_ten_as_for_one(viewer: Client, people: People) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            page(viewer, reverse("projects"))
        return len(queries)

    few = asked()
    person = User.objects.get(username="viewer")
    for number in range(9):
        project = rows.make_project(f"Film {number}", owner=person)
        rows.make_asset(project, person)
    assert asked() == few


# --- saved views


def save(client: Client, people: People, name: str, query: str, **more: str) -> str:
    answer = client.post(
        reverse("saved-views", args=[people.project.pk]), {"name": name, "query": query, **more}, follow=True
    )
    return answer.content.decode()


def views(text: str) -> dict[str, str]:
    found = re.findall(r'<li class="saved-view"><a class="pill" href="([^"]*)"[^>]*>.*?<bdi>([^<]*)</bdi>', text)
    return {name: html.unescape(link) for link, name in found}


def test_filters_are_kept_under_a_name_and_lead_back_to_the_same_list(
    editor: Client, viewer: Client, people: People, address: str
) -> None:
    fleet(people)
    text = save(editor, people, "French, late", "language=fr-FR&status=late&nonsense=1")
    assert "Saved the view" in text
    assert views(text) == {"French, late": f"{address}?status=late&language=fr-FR"}
    assert names(editor.get(views(text)["French, late"]).content.decode()) == ["Buoy"]
    assert views(page(viewer, address)) == {}  # it is the editor's alone


def test_a_shared_view_is_seen_by_all_members_and_changed_by_its_owner(
    editor: Client, viewer: Client, owner: Client, people: People, address: str
) -> None:
    fleet(people)
    save(editor, people, "Failed", "status=problems", shared="1")
    view = SavedView.objects.get()
    place = reverse("saved-view", args=[people.project.pk, view.pk])
    assert list(views(page(viewer, address))) == ["Failed"]
    assert viewer.post(place, {"do": "delete"}).status_code == 404
    editor.post(place, {"name": "To send again", "shared": "on"})
    assert list(views(page(viewer, address))) == ["To send again"]
    assert "removes it for all members" in owner.get(place).content.decode()
    text = owner.post(place, {"do": "delete"}, follow=True).content.decode()
    assert "Deleted the view" in text
    assert views(text) == {}
    assert client_of(people.outsider).get(place).status_code == 404


def test_names_of_saved_views_are_one_of_a_kind_and_not_empty(editor: Client, people: People, address: str) -> None:
    rows.make_asset(people.project, people.owner)
    assert "Enter a name for the view." in save(editor, people, "  ", "status=late")
    save(editor, people, "One", "status=late")
    save(editor, people, "One", "status=done")  # in its place
    save(editor, people, "Two", "status=done")
    assert [view.query for view in SavedView.objects.order_by("name")] == ["status=done", "status=done"]
    place = reverse("saved-view", args=[people.project.pk, SavedView.objects.get(name="Two").pk])
    text = editor.post(place, {"name": "One"}).content.decode()
    assert "A saved view with this name already exists." in text


def test_nobody_keeps_more_views_than_anybody_reads(
    editor: Client, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dubbing.web.project.saved_view_views.MOST", 1)
    save(editor, people, "One", "status=late")
    assert "You can save up to 1 views" in save(editor, people, "Two", "status=late")
    assert SavedView.objects.count() == 1


def test_the_row_height_is_kept_for_each_person(editor: Client, viewer: Client, people: People, address: str) -> None:
    rows.make_asset(people.project, people.owner)
    place = reverse("list-rows", args=[people.project.pk])
    assert editor.post(place, {"rows": "dense", "query": "status=running"})["Location"] == f"{address}?status=running"
    assert "line-dense" in page(editor, address)
    assert "line-dense" not in page(viewer, address)
    editor.post(place, {"rows": "no such"})
    assert "line-dense" in page(client_of(people.editor), address)


def tagged_fleet(people: People) -> None:
    fleet(people)
    for name, tags in {"Anchor": ["Spring", "Urgent"], "Buoy": ["Spring"]}.items():
        for tag in tags:
            details.add_tag(Asset.objects.get(name=name), tag, people.owner)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"tag": "Spring"}, ["Buoy", "Anchor"]),
        ({"tag": "Urgent"}, ["Anchor"]),
        ({"tag": "Spring", "status": "late"}, ["Buoy"]),
        ({"tag": "Spring", "sort": "name"}, ["Anchor", "Buoy"]),
        ({"tag": "Spring", "q": "anch"}, ["Anchor"]),
        ({"tag": "Nobody’s"}, []),
        ({"added": "week"}, ["Dock"]),
        ({"added": "month"}, ["Dock", "Cargo", "Buoy"]),
        ({"added": "month", "tag": "Spring"}, ["Buoy"]),
    ],
    ids=str,
)
@pytest.mark.parametrize("window", [1, 5000])
def test_videos_are_found_by_tag_and_by_how_long_ago_they_were_added(
    viewer: Client,
    people: People,
    address: str,
    size: str,
    monkeypatch: pytest.MonkeyPatch,
    window: int,
    query: dict[str, str],
    expected: list[str],
) -> None:
    """Whether a tag is on few videos or on more than are looked at for a page."""
    tagged_fleet(people)
    monkeypatch.setattr(video_list, "WINDOW", window)
    there, before = [], ""
    while True:
        text = page(viewer, address, **query, before=before)
        there += names(text)
        older = re.search(r'href="[^"]*before=(\d+)[^"]*" rel="next"', text)
        if not older:
            break
        before = older[1]
    assert there == expected


def chosen_from(text: str, name: str) -> list[str]:
    """What can be chosen in a filter, with its count."""
    field = re.search(rf'<select [^>]*name="{name}">(.*?)</select>', text, re.DOTALL)
    offered = re.findall(r"<option[^>]*>([^<]*)</option>", html.unescape(field[1])) if field else []
    return [one.replace("\u2068", "").replace("\u2069", "") for one in offered]


def test_tags_and_dates_are_counted_under_all_other_filters(viewer: Client, people: People, address: str) -> None:
    tagged_fleet(people)
    text = page(viewer, address)
    assert chosen_from(text, "tag") == ["All", "Spring (2)", "Urgent (1)"]
    dates = [
        "At any time",
        "Today (1)",
        "In the last 7 days (1)",
        "In the last 30 days (3)",
        "In the last 365 days (4)",
    ]
    assert chosen_from(text, "added") == dates
    late = page(viewer, address, status="late")
    assert chosen_from(late, "tag") == ["All", "Spring (1)"]
    assert "In the last 7 days (0)" in chosen_from(late, "added")


def test_in_a_large_project_counts_are_minimums(
    viewer: Client, people: People, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tagged_fleet(people)
    monkeypatch.setattr(video_list, "FACETED", 3)
    monkeypatch.setattr(video_list, "RECENT", 3)
    french = page(viewer, address, language="fr-FR")
    assert "Today" in chosen_from(french, "added")
    assert "In the last 30 days (1+)" in chosen_from(french, "added")
    assert "editor (1+)" in chosen_from(french, "person")
    assert counts(french)["In progress"] == "1+"


@pytest.mark.parametrize("faceted", [1000, 1])
def test_a_tag_used_only_in_somebodys_draft_is_offered_to_nobody_else(
    viewer: Client, editor: Client, people: People, address: str, monkeypatch: pytest.MonkeyPatch, faceted: int
) -> None:
    monkeypatch.setattr(video_list, "FACETED", faceted)
    monkeypatch.setattr(video_list, "RECENT", faceted)
    for _ in range(2):
        rows.make_asset(people.project, people.owner)
    draft = rows.make_asset(people.project, people.editor, status="draft", locales=[])
    details.add_tag(draft, "Secret", people.editor)
    assert "Secret" not in page(viewer, address)
    assert "Secret" not in page(viewer, address, status="done")
    assert "Secret" in page(editor, address)


def test_a_saved_view_keeps_its_tag_and_date(editor: Client, people: People, address: str) -> None:
    tagged_fleet(people)
    query = "tag=Spring&added=month"
    editor.post(reverse("saved-views", args=[people.project.pk]), {"name": "Spring", "query": query})
    view = SavedView.objects.get()
    assert names(page(editor, f"{address}?{view.query}")) == ["Buoy"]
    text = page(editor, f"{address}?{view.query}")
    assert 'aria-label="Remove Tag: Spring"' in text
    assert 'aria-label="Remove Added: In the last 30 days"' in text
