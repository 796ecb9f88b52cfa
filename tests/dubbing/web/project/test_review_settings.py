"""How a project reviews, and who usually does: owners change it, members read it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from django.test import Client
from django.urls import reverse

from dubbing.models import DefaultReviewer, Membership, ReviewPolicy
from tests.support.people import People

pytestmark = pytest.mark.django_db

RULES = {"required": "on", "two_steps": "on", "pass_mark": "80", "answer_hours": "24"}


def settings(client: Client, people: People) -> str:
    return client.get(reverse("project-settings", args=[people.project.pk])).content.decode()


def post(client: Client, people: People, name: str, data: Mapping[str, object], query: str = "") -> str:
    answer = client.post(reverse(name, args=[people.project.pk]) + query, data, follow=True)
    return answer.content.decode()


def test_an_owner_changes_the_rules_and_others_read_them(people: People, owner: Client, viewer: Client) -> None:
    assert "Review rules saved." in post(owner, people, "review-policy", RULES)
    policy = ReviewPolicy.objects.get(project=people.project)
    assert (policy.required, policy.two_steps, policy.makers_may_approve) == (True, True, False)
    assert (policy.pass_mark, policy.answer_hours) == (80, 24)
    html = settings(viewer, people)
    assert "by a reviewer, then by a project owner" in html
    assert "24 hours" in html
    assert "Save review rules" not in html


@pytest.mark.parametrize(("field", "value"), [("pass_mark", "101"), ("answer_hours", "0"), ("answer_hours", "soon")])
def test_a_figure_that_makes_no_sense_is_refused_beside_its_field(
    people: People, owner: Client, field: str, value: str
) -> None:
    html = post(owner, people, "review-policy", RULES | {field: value})
    error = html.split(f'id="id_{field}_error"', 1)[1].split("</div></div>")[0]
    assert "is not valid" in error
    assert f'name="{field}" value="{value}"' in html
    assert "Save policy" in html
    assert not ReviewPolicy.objects.exists()


def test_a_default_reviewer_is_added_changed_and_removed(people: People, owner: Client) -> None:
    data: dict[str, object] = {"locale": "es-ES", "reviewer": people.viewer.pk, "days": "3", "instructions": "Formal."}
    assert "viewer reviews Spanish (Spain) from now on." in post(owner, people, "usual-reviewer", data)
    usual = DefaultReviewer.objects.get()
    assert (usual.reviewer, usual.days, usual.instructions) == (people.viewer, 3, "Formal.")
    change = f"?reviewer={usual.pk}"
    post(owner, people, "usual-reviewer", data | {"locale": "", "days": ""}, change)
    usual = DefaultReviewer.objects.get()
    assert (usual.locale, usual.days) == ("", None)
    assert "All other languages" in settings(owner, people)
    post(owner, people, "usual-reviewer", {"remove": "1"}, f"?reviewer={usual.pk}")
    assert not DefaultReviewer.objects.exists()


def test_a_second_default_reviewer_is_refused_beside_the_field(people: People, owner: Client) -> None:
    data: dict[str, object] = {"locale": "es-ES", "reviewer": people.viewer.pk}
    post(owner, people, "usual-reviewer", data)
    html = post(owner, people, "usual-reviewer", data | {"reviewer": people.editor.pk, "instructions": "Kept words."})
    assert "already has a usual reviewer" in html.split('id="id_locale_error"')[1].split("</div></div>")[0]
    assert "Kept words." in html
    assert DefaultReviewer.objects.get().reviewer == people.viewer


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"reviewer": "0"}, "reviewer"),
        ({"days": "x"}, "days"),
        ({"locale": "xx"}, "locale"),
        ({"reviewer": ""}, "reviewer"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    people: People, owner: Client, wrong: dict[str, object], field: str
) -> None:
    html = post(owner, people, "usual-reviewer", {"locale": "es-ES", "reviewer": people.viewer.pk} | wrong)
    assert "field-error" in html.split(f'id="id_{field}_error"')[1].split("</div></div>")[0]
    assert not DefaultReviewer.objects.exists()


def test_only_members_can_be_chosen_and_one_who_left_is_pointed_out(people: People, owner: Client) -> None:
    html = post(owner, people, "usual-reviewer", {"locale": "", "reviewer": people.outsider.pk})
    assert "field-error" in html.split('id="id_reviewer_error"')[1].split("</div></div>")[0]
    post(owner, people, "usual-reviewer", {"locale": "", "reviewer": people.viewer.pk})
    assert "No longer a member" not in settings(owner, people)
    Membership.objects.filter(project=people.project, user=people.viewer).delete()
    assert "No longer a member" in settings(owner, people)


def test_the_reviewer_of_another_project_does_not_exist_here(people: People, owner: Client) -> None:
    elsewhere = people.outsider.projects.get()
    foreign = DefaultReviewer.objects.create(project=elsewhere, reviewer=people.outsider)
    address = reverse("usual-reviewer", args=[people.project.pk])
    for given in (foreign.pk, "x", "٣", 10**30):
        assert owner.get(f"{address}?reviewer={given}").status_code == 404
