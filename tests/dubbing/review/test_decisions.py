"""A dub is approved as what it was when somebody looked at it, and whatever changes afterwards is said."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from dubbing.models import Asset, DefaultReviewer, Dubbing, Event, Result, Review, ReviewPolicy, Version
from dubbing.models.reviews import ReviewStatus
from dubbing.platform.errors import NotPossible
from dubbing.review import assignments, decisions
from dubbing.review.assignments import Assignment
from dubbing.web.shared import review_lists
from tests.support.people import People
from tests.support.rows import make_result, make_version

pytestmark = pytest.mark.django_db


def policy(people: People, **fields: Any) -> None:
    ReviewPolicy.objects.update_or_create(project=people.project, defaults=fields)


def seen(dubbing: Dubbing) -> str:
    subject = decisions.subject_of(Dubbing.objects.get(pk=dubbing.pk))
    assert subject is not None
    return subject.seen


def approve(dubbing: Dubbing, user: User) -> str:
    return decisions.approve(dubbing, user, seen=seen(dubbing)).status


def status(dubbing: Dubbing) -> str:
    return Review.objects.get(dubbing=dubbing).status


def kinds(dubbing: Dubbing) -> list[str]:
    return list(Event.objects.filter(asset=dubbing.asset).order_by("pk").values_list("kind", flat=True))


def test_an_approval_names_the_result_the_subtitles_and_the_settings(
    people: People, dubbing: Dubbing, result: Result
) -> None:
    assert approve(dubbing, people.owner) == ReviewStatus.APPROVED
    review = Review.objects.get(dubbing=dubbing)
    assert (review.result, review.result_sha256, review.decided_by) == (result, result.sha256, people.owner)
    assert len(review.subtitles_sha256) == len(review.settings_sha256) == 64
    event = Event.objects.get(asset=dubbing.asset, kind=Event.Kind.REVIEW_APPROVED)
    assert (event.actor, event.locale, event.data["sha256"]) == (people.owner, dubbing.locale, result.sha256)


def test_a_result_that_came_between_play_and_approve_refuses_the_approval(
    people: People, dubbing: Dubbing, result: Result
) -> None:
    shown = seen(dubbing)
    make_result(result.version, content=b"made again in the studio")
    with pytest.raises(NotPossible, match="newer final video"):
        decisions.approve(dubbing, people.owner, seen=shown)
    assert not Review.objects.filter(dubbing=dubbing, status=ReviewStatus.APPROVED).exists()
    assert Event.Kind.REVIEW_APPROVED not in kinds(dubbing)


def test_subtitles_or_settings_that_changed_meanwhile_refuse_it_as_well(people: People, dubbing: Dubbing) -> None:
    shown = seen(dubbing)
    Dubbing.objects.filter(pk=dubbing.pk).update(srt="")
    with pytest.raises(NotPossible, match="subtitles changed"):
        decisions.approve(dubbing, people.owner, seen=shown)
    shown = seen(dubbing)
    Asset.objects.filter(pk=dubbing.asset_id).update(voice_anonymization=0.9)
    with pytest.raises(NotPossible, match="settings changed"):
        decisions.approve(dubbing, people.owner, seen=shown)


def test_a_version_that_is_being_made_again_cannot_be_approved(
    people: People, dubbing: Dubbing, result: Result
) -> None:
    shown = seen(dubbing)
    Version.objects.filter(pk=result.version_id).update(status=Version.Status.GENERATING)
    with pytest.raises(NotPossible, match="new final video is being generated"):
        decisions.approve(dubbing, people.owner, seen=shown)


def test_nothing_can_be_approved_before_there_is_a_result(people: People, dubbing: Dubbing, result: Result) -> None:
    result.delete()
    with pytest.raises(NotPossible, match="final video"):
        decisions.approve(dubbing, people.owner, seen="")


def test_a_newer_result_makes_an_approval_out_of_date_and_says_what_changed(
    people: People, dubbing: Dubbing, result: Result
) -> None:
    approve(dubbing, people.owner)
    newer = make_result(result.version, content=b"made again in the studio")
    Review.objects.open_for(dubbing)
    review = Review.objects.get(dubbing=dubbing)
    assert (review.status, review.changed) == (ReviewStatus.OUT_OF_DATE, ["result"])
    assert Event.objects.get(asset=dubbing.asset, kind=Event.Kind.REVIEW_OUTDATED).data == {"changed": ["result"]}
    assert approve(dubbing, people.owner) == ReviewStatus.APPROVED
    assert Review.objects.get(dubbing=dubbing).result == newer


def test_changes_are_requested_with_a_reason_and_a_new_result_is_to_be_reviewed(
    people: People, dubbing: Dubbing, result: Result
) -> None:
    with pytest.raises(NotPossible, match="Explain what needs to change"):
        decisions.request_changes(dubbing, people.owner, reason=" \n", seen=seen(dubbing))
    decisions.request_changes(dubbing, people.owner, reason="Too quiet.", seen=seen(dubbing))
    assert Review.objects.get(dubbing=dubbing).reason == "Too quiet."
    make_result(result.version, content=b"louder")
    Review.objects.open_for(dubbing)
    assert status(dubbing) == ReviewStatus.TO_REVIEW


@pytest.mark.parametrize("role", ["viewer", "outsider"])
def test_people_who_are_neither_editors_nor_reviewers_decide_nothing(
    people: People, dubbing: Dubbing, role: str
) -> None:
    person = getattr(people, role)
    for decide in (approve, lambda *who: decisions.request_changes(*who, reason="No.", seen=seen(dubbing))):
        with pytest.raises(NotPossible):
            decide(dubbing, person)
    assert kinds(dubbing) == []


def test_an_assigned_reviewer_decides_even_as_a_viewer_and_other_editors_do_not(
    people: People, dubbing: Dubbing
) -> None:
    assignments.assign(dubbing, Assignment(people.viewer, "Listen to the names."), people.owner)
    with pytest.raises(NotPossible, match="viewer reviews this language"):
        approve(dubbing, people.editor)
    assert approve(dubbing, people.viewer) == ReviewStatus.APPROVED


def test_makers_do_not_approve_their_own_work_where_the_project_says_so(people: People, dubbing: Dubbing) -> None:
    policy(people, makers_may_approve=False)
    with pytest.raises(NotPossible, match="somebody else has to approve"):
        approve(dubbing, people.editor)
    assert approve(dubbing, people.owner) == ReviewStatus.APPROVED


def test_two_steps_require_a_reviewer_and_then_a_different_owner(people: People, dubbing: Dubbing) -> None:
    policy(people, two_steps=True)
    assert approve(dubbing, people.owner) == ReviewStatus.REVIEWED
    with pytest.raises(NotPossible, match="Another project owner"):
        approve(dubbing, people.owner)
    with pytest.raises(NotPossible, match="project owner approves"):
        approve(dubbing, people.editor)
    decisions.reopen(dubbing, people.owner, reason="Wrong person.")
    assert approve(dubbing, people.editor) == ReviewStatus.REVIEWED
    assert approve(dubbing, people.owner) == ReviewStatus.APPROVED


def test_reopening_says_why_and_is_for_the_reviewer_and_owners(people: People, dubbing: Dubbing) -> None:
    approve(dubbing, people.owner)
    with pytest.raises(NotPossible, match="already approved"):
        approve(dubbing, people.owner)
    with pytest.raises(NotPossible, match="Only the reviewer"):
        decisions.reopen(dubbing, people.viewer, reason="I do not like it.")
    with pytest.raises(NotPossible, match="Explain why"):
        decisions.reopen(dubbing, people.owner, reason="")
    decisions.reopen(dubbing, people.owner, reason="The name is wrong.")
    assert (status(dubbing), kinds(dubbing)[-1]) == (ReviewStatus.TO_REVIEW, Event.Kind.REVIEW_REOPENED)


def test_a_kept_result_goes_to_the_default_reviewer_of_its_language(people: People, dubbing: Dubbing) -> None:
    assignments.set_default(people.project, "", people.editor, people.owner)
    assignments.set_default(people.project, "es-ES", people.viewer, people.owner, instructions="Formal.", days=3)
    review = Review.objects.open_for(dubbing)
    assert review is not None
    assert (review.reviewer, review.instructions, review.status) == (people.viewer, "Formal.", ReviewStatus.TO_REVIEW)
    assert review.due_at is not None
    assert review_lists.waiting(people.viewer) == 1


def test_a_default_reviewer_who_left_the_project_gets_nothing(people: People, dubbing: Dubbing) -> None:
    assignments.set_default(people.project, "es-ES", people.viewer, people.owner)
    people.project.memberships.filter(user=people.viewer).delete()
    review = Review.objects.open_for(dubbing)
    assert review is not None
    assert review.reviewer is None


def test_projects_that_do_not_review_have_no_review_of_a_result(people: People, dubbing: Dubbing) -> None:
    policy(people, required=False)
    assert Review.objects.open_for(dubbing) is None


def test_languages_that_nobody_reviews_are_known_before_they_are_paid_for(people: People) -> None:
    assert assignments.unreviewable(people.project, ["es-ES", "fr-FR"]) == []
    assignments.set_default(people.project, "es-ES", people.viewer, people.owner)
    assert assignments.unreviewable(people.project, ["es-ES", "fr-FR"]) == ["fr-FR"]
    assignments.set_default(people.project, "", people.editor, people.owner)
    assert assignments.unreviewable(people.project, ["es-ES", "fr-FR"]) == []


def test_only_members_review_and_only_editors_choose_them(people: People, dubbing: Dubbing) -> None:
    with pytest.raises(NotPossible, match="member of the project"):
        assignments.assign(dubbing, Assignment(people.outsider), people.owner)
    with pytest.raises(NotPossible, match="Only owners and editors"):
        assignments.assign(dubbing, Assignment(people.viewer), people.viewer)
    with pytest.raises(NotPossible, match="Only a project owner"):
        assignments.set_default(people.project, "es-ES", people.viewer, people.editor)
    assert not DefaultReviewer.objects.exists()
    done, problems = assignments.assign_many([dubbing], Assignment(people.outsider), people.owner)
    assert done == 0
    assert "member of the project" in problems[0]


def test_an_attempt_that_replaces_a_version_is_what_is_decided_on(
    people: People, dubbing: Dubbing, result: Result
) -> None:
    Version.objects.filter(pk=result.version_id).update(superseded=True)
    newer = make_result(make_version(dubbing), content=b"the next attempt")
    assert approve(dubbing, people.owner) == ReviewStatus.APPROVED
    assert Review.objects.get(dubbing=dubbing).result == newer
