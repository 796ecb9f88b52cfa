"""The counts in the navigation of a page that stays open: those of the header and those of a project's tabs."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dubbing.models import Membership, Term
from tests.support import rows
from tests.support.people import People, client_of

pytestmark = pytest.mark.django_db


def ask(client: Client, project: str | int | None = None, **headers: str) -> Any:
    query = {"project": project} if project is not None else {}
    return client.get(reverse("navigation-counts"), query, headers={"X-Look": "again", **headers})


def counts(html: str) -> dict[str, str]:
    """The numbers by the id of their place, "" for none."""
    places = re.findall(r'<span id="([a-z-]+)-count">(?:<span class="[^"]*">([^<]*)<)?', html)
    return dict(places)


def test_a_page_of_a_project_is_told_the_counts_beside_its_tabs(people: People, viewer: Client) -> None:
    page = viewer.get(reverse("members", args=[people.project.pk])).content.decode()
    assert counts(page) == {"reviews": "", "project-reviews": "", "project-terms": "", "project-members": "3"}
    Term.objects.create(project=people.project, source="Hafen", target="port")
    rows.make_review(rows.make_done(people.project, people.editor).version.dubbing, reviewer=people.viewer)
    told = counts(ask(viewer, people.project.pk).content.decode())
    assert told == {"reviews": "1", "project-reviews": "1", "project-terms": "1", "project-members": "3"}


def test_what_did_not_change_is_not_sent_again(people: People, viewer: Client) -> None:
    first = ask(viewer, people.project.pk)
    assert first["Poll-After"] == "10"
    assert ask(viewer, people.project.pk, **{"If-None-Match": first["ETag"]}).status_code == 304


@pytest.mark.parametrize("project", ["0", "99999", "x", "-1", "9" * 40, ""])
def test_what_is_no_project_has_no_counts(people: People, viewer: Client, project: str) -> None:
    assert counts(ask(viewer, project).content.decode()) == {"reviews": ""}


def test_nobody_is_told_the_counts_of_a_project_that_is_not_theirs(people: People) -> None:
    outsider = client_of(people.outsider)
    answers = [ask(outsider, people.project.pk)]
    Membership.objects.filter(project=people.project, user=people.viewer).delete()
    answers.append(ask(outsider, people.project.pk))
    assert [counts(answer.content.decode()) for answer in answers] == [{"reviews": ""}] * 2
    assert answers[0]["ETag"] == answers[1]["ETag"]
