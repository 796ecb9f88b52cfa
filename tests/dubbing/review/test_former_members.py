"""Who left a project, or whose video went to another one, reviews nothing of it any more."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from dubbing.models import Membership, Project, Review
from tests.support.people import People, client_of, make_user
from tests.support.rows import make_done, make_project, make_review

pytestmark = pytest.mark.django_db


@pytest.fixture
def review(people: People) -> Review:
    return make_review(make_done(people.project, people.editor).version.dubbing, reviewer=people.viewer)


def reviewer(review: Review) -> object:
    return Review.objects.get(pk=review.pk).reviewer


def test_reviews_of_a_former_member_wait_for_somebody_else(people: People, review: Review) -> None:
    elsewhere = make_project("Another", owner=people.viewer)
    other = make_review(make_done(elsewhere, people.viewer).version.dubbing, reviewer=people.viewer)
    address = reverse("member", args=[people.project.pk, people.viewer.pk])
    client_of(people.owner).post(address, {"remove": "1"})
    assert reviewer(review) is None
    assert reviewer(other) == people.viewer


def test_the_same_applies_to_members_removed_in_the_admin(people: People, review: Review, client: Client) -> None:
    ops = make_user("ops", is_staff=True, is_superuser=True)
    membership = Membership.objects.get(project=people.project, user=people.viewer)
    data = {
        "name": people.project.name, "provider": people.project.provider, "monthly_minutes": "100",
        "memberships-TOTAL_FORMS": "1", "memberships-INITIAL_FORMS": "1",
        "memberships-0-id": membership.pk, "memberships-0-project": people.project.pk,
        "memberships-0-user": people.viewer.pk, "memberships-0-role": "viewer", "memberships-0-DELETE": "on",
    }  # fmt: skip
    answer = client_of(ops).post(reverse("admin:dubbing_project_change", args=[people.project.pk]), data)
    assert answer.status_code == 302
    assert not Membership.objects.filter(pk=membership.pk).exists()
    assert reviewer(review) is None


@pytest.mark.parametrize("is_member", [True, False])
def test_a_moved_video_keeps_its_review_and_a_reviewer_who_is_in_both_projects(
    people: People, review: Review, is_member: bool
) -> None:
    elsewhere: Project = make_project("Another", owner=people.owner)
    if is_member:
        Membership.objects.create(project=elsewhere, user=people.viewer, role=Membership.Role.VIEWER)
    address = reverse("asset-move", args=[review.dubbing.asset_id])
    client_of(people.owner).post(address, {"project": elsewhere.pk})
    assert Review.objects.get(pk=review.pk).project == elsewhere
    assert reviewer(review) == (people.viewer if is_member else None)
