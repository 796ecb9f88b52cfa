"""Who is told of reviews: the reviewer, the makers and whoever is mentioned, never of what they did themselves."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from dubbing.models import Dubbing, Event, Membership, Notice, Result, Review, ReviewPolicy
from dubbing.notices import consumer, texts
from dubbing.review import assignments, comments, decisions
from dubbing.review.assignments import Assignment
from dubbing.review.comments import NewComment
from tests.support.people import People, client_of
from tests.support.rows import make_event, make_result

pytestmark = pytest.mark.django_db


def notices_of(user: User) -> list[str]:
    consumer.take_events()
    return [line.text for line in texts.lines(Notice.objects.filter(recipient=user).order_by("pk"))]


def seen(dubbing: Dubbing) -> str:
    subject = decisions.subject_of(Dubbing.objects.get(pk=dubbing.pk))
    assert subject is not None
    return subject.seen


def test_a_reviewer_is_asked_by_a_person_or_by_the_result_itself(people: People, dubbing: Dubbing) -> None:
    assignments.assign(dubbing, Assignment(people.viewer), people.owner)
    assert notices_of(people.viewer) == ["owner asks you to review Spanish (Spain)."]
    Review.objects.filter(dubbing=dubbing).update(status="changes_requested")
    Review.objects.open_for(dubbing)
    assert notices_of(people.viewer)[1:] == ["Spanish (Spain) is ready for your review."]
    assert notices_of(people.owner) == notices_of(people.editor) == []


def test_people_who_assign_themselves_are_not_notified(people: People, dubbing: Dubbing) -> None:
    assignments.assign(dubbing, Assignment(people.owner), people.owner)
    assert notices_of(people.owner) == []


def test_makers_and_the_reviewer_are_notified_of_decisions_of_others(
    people: People, dubbing: Dubbing, result: Result
) -> None:
    assignments.assign(dubbing, Assignment(people.viewer), people.owner)
    decisions.request_changes(dubbing, people.viewer, reason="Too quiet.", seen=seen(dubbing))
    decisions.reopen(dubbing, people.owner, reason="It is loud enough.")
    decisions.approve(dubbing, people.viewer, seen=seen(dubbing))
    make_result(result.version, content=b"made again in the studio")
    Review.objects.open_for(dubbing)
    language = "Spanish (Spain)"
    assert notices_of(people.editor) == [
        f"viewer requested changes to {language}: “Too quiet.”",
        f"owner reopened the review of {language}: “It is loud enough.”",
        f"viewer approved {language}.",
        f"The approval of {language} is out of date: something has changed since.",
    ]
    assert [text.split()[0] for text in notices_of(people.viewer)] == ["owner", "owner", "The"]


def test_owners_are_asked_for_the_second_step(people: People, dubbing: Dubbing) -> None:
    ReviewPolicy.objects.create(project=people.project, two_steps=True)
    assignments.assign(dubbing, Assignment(people.viewer), people.editor)
    decisions.approve(dubbing, people.viewer, seen=seen(dubbing))
    assert notices_of(people.owner) == ["viewer approved Spanish (Spain). As a project owner, you decide now."]
    assert notices_of(people.editor) == []


def test_mentioned_people_are_notified_and_led_to_the_comment(people: People, dubbing: Dubbing, result: Result) -> None:
    comment = comments.add(dubbing, people.editor, NewComment("@viewer please listen, @outsider too."), result=result)
    assert notices_of(people.viewer) == ["editor mentions you in a comment on Spanish (Spain)."]
    assert notices_of(people.outsider) == notices_of(people.editor) == []
    notice = Notice.objects.get(recipient=people.viewer)
    place = reverse("version", args=[result.version_id])
    assert texts.target(notice, people.viewer) == f"{place}?do=show-{comment.pk}#comment-{comment.pk}"
    client_of(people.viewer).get(place)
    notice.refresh_from_db()
    assert notice.read_at is not None


def test_former_members_are_not_notified_and_odd_events_break_nothing(people: People, dubbing: Dubbing) -> None:
    assignments.assign(dubbing, Assignment(people.viewer), people.owner)
    Membership.objects.filter(user=people.viewer).delete()
    for data in ({"reviewer": "x"}, {"reviewer": [1]}, {}):
        make_event(dubbing.asset, Event.Kind.REVIEW_ASKED, locale="es-ES", **data)
    odd: list[object] = [None, "7", [None, "x", {}], {}]
    for mentions in odd:
        make_event(dubbing.asset, Event.Kind.COMMENTED, locale="es-ES", mentions=mentions, comment=[])
    assert notices_of(people.viewer) == []
