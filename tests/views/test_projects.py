"""Projects: who sees them, and lists that stay quick."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dubbing.models import Asset, Membership, Project
from dubbing.pages import lists
from tests.support import rows
from tests.support.people import People


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


def test_who_makes_a_project_owns_it(viewer: Client, people: People) -> None:
    answer = viewer.post(reverse("project-new"), {"name": "  Night   boats "})
    project = Project.objects.get(name="Night boats")
    assert answer.url == reverse("project", args=[project.pk])  # type: ignore[attr-defined]
    assert project.memberships.get().role == Membership.Role.OWNER
    assert project.memberships.get().user == people.viewer


@pytest.mark.parametrize("name", ["", "   ", "harbour", "x" * 121])
def test_a_name_that_does_not_do_is_refused_beside_the_field(viewer: Client, people: People, name: str) -> None:
    before = Project.objects.count()
    page = viewer.post(reverse("project-new"), {"name": name})
    assert 'id="id_name_error"' in page.content.decode()
    assert Project.objects.count() == before


def test_an_empty_project_teaches(editor: Client, viewer: Client, address: str) -> None:
    assert "Bring the first video" in text(editor, address)
    assert "Bring the first video" not in text(viewer, address)


def test_assets_are_found_by_a_part_of_their_name(viewer: Client, people: People, address: str) -> None:
    rows.make_asset(people.project, people.owner, name="Lighthouse")
    rows.make_asset(people.project, people.owner, name="Ferry")
    page = text(viewer, address, q="light")
    assert "Lighthouse" in page
    assert "Ferry" not in page
    assert "Nothing here has" in text(viewer, address, q="submarine")


def test_assets_are_filtered_by_where_they_stand(viewer: Client, people: People, address: str) -> None:
    rows.make_asset(people.project, people.owner, status="failed", name="Broken")
    rows.make_asset(people.project, people.owner, status="refused", name="Declined")
    rows.make_asset(people.project, people.owner, status="completed", name="Finished")
    page = text(viewer, address, status="problems")
    assert "Broken" in page
    assert "Declined" in page
    assert "Finished" not in page
    assert "Finished" in text(viewer, address, status="no such state")


def test_older_assets_are_one_link_away_and_none_is_shown_twice(viewer: Client, people: People, address: str) -> None:
    for number in range(lists.PAGE + 5):
        rows.make_asset(people.project, people.owner, name=f"Asset {number:03}", locales=[])
    first = text(viewer, address)
    before = Asset.objects.get(name="Asset 005").pk
    assert f"before={before}" in first
    second = text(viewer, address, before=before)
    shown = [[f"Asset {number:03}" in page for page in (first, second)] for number in range(lists.PAGE + 5)]
    assert all(sum(pages) == 1 for pages in shown)
    assert "Older" not in second


@pytest.mark.parametrize("before", ["x", "-1", "٣", "9" * 40, ""])
def test_a_page_that_makes_no_sense_is_the_first_one(viewer: Client, people: People, address: str, before: str) -> None:
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
