"""Members: owners decide, and a project always has one."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from dubbing.models import Membership
from tests.support.people import People, make_user
from tests.support.rows import make_project


@pytest.fixture
def address(people: People) -> str:
    return reverse("members", args=[people.project.pk])


def roles(people: People) -> dict[str, str]:
    return dict(people.project.memberships.values_list("user__username", "role"))


def change(client: Client, people: People, who: str, **data: str) -> None:
    user = people.project.memberships.get(user__username=who).user
    client.post(reverse("member", args=[people.project.pk, user.pk]), data)


def test_the_owner_adds_somebody_by_name_or_by_email(owner: Client, people: People, address: str) -> None:
    make_user("nina")
    owner.post(address, {"person": "NINA", "role": "viewer"})
    owner.post(address, {"person": "outsider@example.com", "role": "editor"})
    assert roles(people)["nina"] == "viewer"
    assert roles(people)["outsider"] == "editor"


def test_a_name_that_nobody_has_is_refused_beside_the_field(owner: Client, address: str) -> None:
    page = owner.post(address, {"person": "nobody", "role": "viewer"}).content.decode()
    assert "No account has this username or email" in page
    assert 'id="id_person_error"' in page
    assert 'value="nobody"' in page


def test_an_existing_member_is_not_added_twice(owner: Client, people: People, address: str) -> None:
    page = owner.post(address, {"person": "viewer", "role": "owner"})
    assert "is already a member" in page.content.decode()
    assert roles(people)["viewer"] == "viewer"


def test_the_owner_changes_a_role_and_removes_a_member(owner: Client, people: People) -> None:
    change(owner, people, "viewer", role="editor")
    assert roles(people)["viewer"] == "editor"
    change(owner, people, "viewer", remove="1")
    assert "viewer" not in roles(people)


def test_a_removed_member_stays_in_other_projects(owner: Client, people: People) -> None:
    other = make_project("Night boats", owner=people.outsider)
    Membership.objects.create(project=other, user=people.viewer, role=Membership.Role.VIEWER)
    change(owner, people, "viewer", remove="1")
    assert list(people.viewer.memberships.values_list("project__name", flat=True)) == ["Night boats"]


def test_a_role_is_one_in_this_project(owner: Client, people: People) -> None:
    other = make_project("Night boats", owner=people.outsider)
    Membership.objects.create(project=other, user=people.viewer, role=Membership.Role.VIEWER)
    change(owner, people, "viewer", role="owner")
    assert other.memberships.get(user=people.viewer).role == "viewer"


def test_a_strangers_id_does_not_make_them_a_member(owner: Client, people: People) -> None:
    address = reverse("member", args=[people.project.pk, people.outsider.pk])
    assert owner.post(address, {"role": "owner"}).status_code == 404
    assert "outsider" not in roles(people)


def test_another_provider_is_for_this_project_alone(owner: Client, people: People, settings: Settings) -> None:
    settings.MODELSLAB_API_URL, settings.MODELSLAB_API_KEY = "https://modelslab.com", "key"
    other = make_project("Night boats", owner=people.owner)
    owner.post(reverse("project-provider", args=[people.project.pk]), {"provider": "modelslab"})
    people.project.refresh_from_db()
    other.refresh_from_db()
    assert (people.project.provider, other.provider) == ("modelslab", "panjaya")


def test_the_last_owner_stays_owner(owner: Client, people: People, address: str) -> None:
    change(owner, people, "owner", role="viewer")
    change(owner, people, "owner", remove="1")
    assert roles(people)["owner"] == "owner"
    assert "Make another member an owner first" in owner.get(address).content.decode()


def test_an_owner_may_go_when_there_is_another(owner: Client, people: People, address: str) -> None:
    change(owner, people, "editor", role="owner")
    change(owner, people, "owner", remove="1")
    assert "owner" not in roles(people)
    assert owner.get(address).status_code == 404


def test_a_role_that_does_not_exist_changes_nothing(owner: Client, people: People) -> None:
    change(owner, people, "editor", role="king")
    assert roles(people)["editor"] == Membership.Role.EDITOR


def test_viewers_see_the_members_and_no_buttons(viewer: Client, address: str) -> None:
    page = viewer.get(address).content.decode()
    assert "editor@example.com" in page
    assert "Add a member" not in page
    assert "<select" not in page
