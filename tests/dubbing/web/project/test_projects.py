"""Projects: who sees them, and lists that stay quick."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from dubbing.models import Asset, Membership, Project
from dubbing.platform.errors import NotEnoughMinutes, NotPossible
from dubbing.projects import projects
from dubbing.web.shared import asset_lists
from tests.support import rows
from tests.support.minutes import allow, order
from tests.support.people import People, client_of


@pytest.fixture
def address(people: People) -> str:
    return reverse("project", args=[people.project.pk])


def text(client: Client, address: str, **query: str | int) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_only_my_projects_are_listed(editor: Client, people: People) -> None:
    page = text(editor, reverse("projects"))
    assert "Harbour" in page
    assert "Elsewhere" not in page
    assert "3 members" in page


@pytest.fixture
def maker(people: People) -> Client:
    """A viewer of another project who may make some of their own."""
    people.viewer.user_permissions.add(Permission.objects.get(codename="add_project"))
    return client_of(people.viewer)


def test_creating_projects_takes_a_permission(editor: Client, people: People, maker: Client) -> None:
    before = Project.objects.count()
    answer = editor.post(reverse("project-new"), {"name": "Night boats"})
    assert (answer.status_code, Project.objects.count()) == (403, before)
    assert "An administrator can create one for you" in answer.content.decode()
    assert editor.get(reverse("project-new")).status_code == 403
    for page in (reverse("projects"), reverse("work")):
        assert reverse("project-new") not in text(editor, page)
    assert reverse("project-new") in text(maker, reverse("projects"))
    with pytest.raises(NotPossible):
        projects.create_project(people.editor, "Night boats")


def test_a_new_project_has_no_minutes_until_somebody_gives_it_some(maker: Client, people: People) -> None:
    answer = maker.post(reverse("project-new"), {"name": "Night boats"}, follow=True)
    project = Project.objects.get(name="Night boats")
    assert (project.monthly_minutes, project.created_by) == (0, people.viewer)
    assert "but not send videos yet" in answer.content.decode()
    with pytest.raises(NotEnoughMinutes, match="has no minutes yet"):
        order(project, people.viewer, seconds=1)
    allow(project, 1)
    order(project, people.viewer, seconds=1)


def test_a_new_project_has_what_the_setting_says(maker: Client, settings: Settings) -> None:
    settings.NEW_PROJECT_MINUTES = 30
    maker.post(reverse("project-new"), {"name": "Night boats"})
    assert Project.objects.get(name="Night boats").monthly_minutes == 30


def test_nobody_creates_projects_by_the_dozen(maker: Client, people: People, settings: Settings) -> None:
    settings.PROJECTS_PER_HOUR = 3
    begin = datetime(2030, 5, 1, 12, 0, tzinfo=UTC)
    with time_machine.travel(begin, tick=False) as clock:
        maker.force_login(people.viewer, "dubbing.accounts.authentication.PersonBackend")
        statuses = []
        for number in range(5):
            statuses.append(maker.post(reverse("project-new"), {"name": f"Film {number}"}).status_code)
            clock.shift(timedelta(minutes=10))
        assert statuses == [302, 302, 302, 429, 429]
        refused = maker.post(reverse("project-new"), {"name": "Film 9"})
        assert refused["Retry-After"] == "600"
        assert "You can create the next one today 13:00" in refused.content.decode()
        assert 'value="Film 9"' in refused.content.decode()
        clock.shift(timedelta(minutes=10))
        assert maker.post(reverse("project-new"), {"name": "Film 9"}).status_code == 302
    assert Project.objects.filter(created_by=people.viewer).count() == 4


def test_whoever_creates_a_project_owns_it(maker: Client, people: People) -> None:
    answer = maker.post(reverse("project-new"), {"name": "  Night   boats "})
    project = Project.objects.get(name="Night boats")
    assert answer.url == reverse("project", args=[project.pk])  # type: ignore[attr-defined]
    assert project.memberships.get().role == Membership.Role.OWNER
    assert project.memberships.get().user == people.viewer


@pytest.mark.parametrize("name", ["", "   ", "harbour", "x" * 121])
def test_an_invalid_name_is_refused_beside_the_field(maker: Client, people: People, name: str) -> None:
    before = Project.objects.count()
    page = maker.post(reverse("project-new"), {"name": name})
    assert 'id="id_name_error"' in page.content.decode()
    assert Project.objects.count() == before


def test_an_empty_project_teaches(editor: Client, viewer: Client, address: str) -> None:
    assert "Add the first video" in text(editor, address)
    assert "Add the first video" not in text(viewer, address)


def test_assets_are_found_by_a_part_of_their_name(viewer: Client, people: People, address: str) -> None:
    rows.make_asset(people.project, people.owner, name="Lighthouse")
    rows.make_asset(people.project, people.owner, name="Ferry")
    page = text(viewer, address, q="light")
    assert "Lighthouse" in page
    assert "Ferry" not in page
    assert "No videos match" in text(viewer, address, q="submarine")


def test_assets_are_filtered_by_status(viewer: Client, people: People, address: str) -> None:
    rows.make_asset(people.project, people.owner, status="failed", name="Broken")
    rows.make_asset(people.project, people.owner, status="refused", name="Declined")
    rows.make_asset(people.project, people.owner, status="completed", name="Finished")
    page = text(viewer, address, status="problems")
    assert "Broken" in page
    assert "Declined" in page
    assert "Finished" not in page
    assert "Finished" in text(viewer, address, status="no such state")


def test_older_assets_are_one_link_away_and_none_is_shown_twice(viewer: Client, people: People, address: str) -> None:
    for number in range(asset_lists.PAGE + 5):
        rows.make_asset(people.project, people.owner, name=f"Asset {number:03}", locales=[])
    first = text(viewer, address)
    before = Asset.objects.get(name="Asset 005").pk
    assert f"before={before}" in first
    second = text(viewer, address, before=before)
    shown = [[f"Asset {number:03}" in page for page in (first, second)] for number in range(asset_lists.PAGE + 5)]
    assert all(sum(pages) == 1 for pages in shown)
    assert "Older" not in second


@pytest.mark.parametrize("before", ["x", "-1", "٣", "9" * 40, ""])
def test_an_invalid_page_is_the_first_one(viewer: Client, people: People, address: str, before: str) -> None:
    rows.make_asset(people.project, people.owner, name="Lighthouse")
    assert "Lighthouse" in text(viewer, address, before=before)


@pytest.mark.parametrize("query", [{}, {"q": "asset"}, {"status": "running"}], ids=str)
def test_the_number_of_queries_does_not_depend_on_the_number_of_assets(
    viewer: Client, people: People, address: str, query: dict[str, str]
) -> None:
    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            text(viewer, address, **query)
        return len(queries)

    def bring(count: int) -> None:
        for number in range(count):
            rows.make_asset(
                people.project, people.owner, name=f"Asset {number}", locales=["es-ES", "fr-FR"], with_source=True
            )

    bring(5)
    few = asked()
    bring(45)
    assert asked() == few


def test_no_list_counts_a_whole_table(viewer: Client, people: People, address: str) -> None:
    rows.make_asset(people.project, people.owner)
    with CaptureQueriesContext(connection) as queries:
        text(viewer, address)
        text(viewer, reverse("work"))
    assert not [one["sql"] for one in queries if "COUNT(" in one["sql"].upper() and "dubbing_asset" in one["sql"]]


# --- lists that are followed


@pytest.mark.parametrize("query", ["", "status=running", "q=harbour", "before=999999"])
def test_the_list_of_assets_is_polled_with_its_filters(editor: Client, people: People, query: str) -> None:
    path = reverse("project", args=[people.project.pk])
    asset = rows.make_asset(people.project, people.owner, name="Harbour 1")
    rows.make_asset(people.project, people.owner, name="Lighthouse", status="completed")
    page = editor.get(f"{path}?{query}").content.decode()
    found = re.search(rf'data-poll="({path}\?part=list[^"]*)"', page)
    assert found
    asset.name = "Harbour 2"
    asset.save()
    part = editor.get(html.unescape(found[1])).content.decode()
    assert part.strip().startswith('<div id="project-assets"')
    assert f'data-poll="{found[1]}"' in part
    assert re.findall(r"Harbour \d|Lighthouse", part) == re.findall(
        r"Harbour \d|Lighthouse", page.replace("r 1", "r 2")
    )


def test_the_list_of_projects_is_polled(editor: Client, people: People) -> None:
    assert 'data-poll="/projects/?part=list"' in editor.get("/projects/").content.decode()
    rows.make_project("Lighthouse", owner=people.editor)
    part = editor.get("/projects/?part=list").content.decode()
    assert part.strip().startswith('<div id="projects"')
    assert "Lighthouse" in part
