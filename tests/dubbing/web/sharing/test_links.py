"""Share links as members make, list and revoke them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dubbing.models import Delivery, Result, ShareLink
from dubbing.sharing import links
from portal.logs import redact
from tests.support import rows
from tests.support.people import People, client_of
from tests.support.sharing import guest, share

pytestmark = pytest.mark.django_db


@pytest.fixture
def result(people: People) -> Result:
    return rows.make_done(people.project, people.owner)


@pytest.fixture
def delivery(people: People, result: Result) -> Delivery:
    return rows.make_delivery(people.owner, result, srt=True)


def switch(client: Client, people: People, *, on: bool) -> Any:
    return client.post(reverse("sharing-switch", args=[people.project.pk]), {"on": "1" if on else "0"}, follow=True)


def make(client: Client, target: Result | Delivery, **typed: str) -> Any:
    name, pk = ("delivery-share", target.pk) if isinstance(target, Delivery) else ("version-share", target.version_id)
    return client.post(reverse(name, args=[pk]), {"name": "Harbour Films", "days": "7"} | typed)


def address_in(answer: Any) -> str:
    found = re.search(r'value="(http://testserver/s/[\w-]{43}/)"', answer.content.decode())
    assert found
    return found[1]


def test_an_owner_turns_share_links_on_in_the_settings(people: People) -> None:
    owner = client_of(people.owner)
    assert "Turn on share links" in owner.get(reverse("project-settings", args=[people.project.pk])).content.decode()
    assert "Turn off share links" in switch(owner, people, on=True).content.decode()
    assert links.is_on(people.project.pk)
    seen = client_of(people.editor).get(reverse("project-settings", args=[people.project.pk])).content.decode()
    assert "Turn off share links" not in seen
    switch(owner, people, on=False)
    assert not links.is_on(people.project.pk)


def test_while_they_are_off_the_page_says_so_and_makes_none(people: People, result: Result) -> None:
    editor = client_of(people.editor)
    page = editor.get(reverse("version-share", args=[result.version_id])).content.decode()
    assert "Share links are off in this project" in page
    assert "Create link" not in page
    assert make(editor, result).status_code == 422
    assert not ShareLink.objects.exists()


def test_an_editor_makes_a_link_whose_address_is_shown_once(people: People, result: Result) -> None:
    switch(client_of(people.owner), people, on=True)
    editor = client_of(people.editor)
    assert reverse("version-share", args=[result.version_id]) in (
        editor.get(reverse("version", args=[result.version_id])).content.decode()
    )
    answer = make(editor, result, may_comment="on", password="salt and sea", days="30")
    assert answer.status_code == 201
    address = address_in(answer)
    assert guest().get(address).status_code == 200
    again = editor.get(reverse("version-share", args=[result.version_id])).content.decode()
    assert address not in again
    assert "Harbour Films" in again
    link = ShareLink.objects.get()
    assert (link.created_by, link.may_comment, link.may_download, link.shows_source) == (
        people.editor,
        True,
        False,
        False,
    )


def test_a_delivery_is_shared_from_its_page(people: People, delivery: Delivery) -> None:
    switch(client_of(people.owner), people, on=True)
    editor = client_of(people.editor)
    assert reverse("delivery-share", args=[delivery.pk]) in (
        editor.get(reverse("delivery", args=[delivery.pk])).content.decode()
    )
    address = address_in(make(editor, delivery, may_download="on"))
    assert delivery.entries.all()[0].name in guest().get(address).content.decode()


def test_viewers_are_offered_no_sharing(people: People, result: Result, delivery: Delivery) -> None:
    viewer = client_of(people.viewer)
    for name, pk in (("version", result.version_id), ("delivery", delivery.pk), ("deliveries", people.project.pk)):
        page = viewer.get(reverse(name, args=[pk])).content.decode()
        assert "/share/" not in page
        assert "/links/" not in page


@pytest.mark.parametrize(
    ("typed", "reason"),
    [({"name": " "}, "required"), ({"password": "short"}, "at least 8"), ({"days": "365"}, "valid choice")],
)
def test_what_is_wrong_stands_beside_its_field_and_the_rest_stays(
    people: People, result: Result, typed: dict[str, str], reason: str
) -> None:
    switch(client_of(people.owner), people, on=True)
    answer = make(client_of(people.editor), result, may_download="on", **typed)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert reason in text
    assert re.search(r'name="may_download"[^>]*checked', text)
    assert not ShareLink.objects.exists()


def test_the_log_of_a_link_says_who_used_it(people: People, result: Result) -> None:
    link, token = share(people.owner, result, may_download=True)
    guest().get(reverse("guest", args=[token]))
    list(guest().get(reverse("guest-download", args=[token])))  # to its end
    text = client_of(people.editor).get(reverse("share-link", args=[link.pk])).content.decode()
    for words in ("203.0.113.7", "Opened", "Downloaded", "Harbour tour.es-ES.mp4"):
        assert words in text
    listed = client_of(people.editor).get(reverse("share-links", args=[people.project.pk])).content.decode()
    assert "opened once" in listed


def test_a_revoked_link_says_who_revoked_it_and_stays_in_the_list(people: People, result: Result) -> None:
    link, token = share(people.editor, result)
    answer = client_of(people.owner).post(reverse("share-link-revoke", args=[link.pk]), follow=True)
    assert "It no longer works." in answer.content.decode()
    assert guest().get(reverse("guest", args=[token])).status_code == 404
    link.refresh_from_db()
    assert link.revoked_by == people.owner
    assert "Revoked" in client_of(people.editor).get(reverse("share-links", args=[people.project.pk])).content.decode()


def test_a_link_that_does_not_work_now_says_so_to_the_project(people: People, result: Result) -> None:
    link, _ = share(people.editor, result)
    links.switch(people.project, people.owner, on=False)
    text = client_of(people.owner).get(reverse("share-link", args=[link.pk])).content.decode()
    assert "Not working now" in text


def test_a_list_of_links_takes_the_same_queries_for_one_as_for_many(
    people: People, result: Result, django_assert_max_num_queries: Any
) -> None:
    owner = client_of(people.owner)
    for _ in range(8):
        _, token = share(people.editor, result)
        guest().get(reverse("guest", args=[token]))
    with django_assert_max_num_queries(16):
        owner.get(reverse("share-links", args=[people.project.pk]))


def test_no_log_has_the_token_of_a_link(people: People, result: Result) -> None:
    _, token = share(people.editor, result)
    line = redact(f"GET /s/{token}/video/ 200")
    assert token not in line
    assert line == "GET /s/[token]/video/ 200"
