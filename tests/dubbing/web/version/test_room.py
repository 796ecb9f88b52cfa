"""The review room through its addresses: what stands on it, for whom, and with how much work."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from dubbing.models import Comment, Dubbing, Result, Review
from dubbing.models.reviews import ReviewStatus
from tests.support.people import People, client_of
from tests.support.rows import make_done, make_dubbing, make_result, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def result(people: People) -> Result:
    return make_done(people.project, people.editor)


@pytest.fixture
def dubbing(result: Result) -> Dubbing:
    return result.version.dubbing


def page_of(result: Result, who: Client, query: str = "") -> str:
    return who.get(reverse("version", args=[result.version_id]) + query).content.decode()


def post(who: Client, name: str, pk: int, **data: object) -> str:
    return who.post(reverse(name, args=[pk]), data, follow=True).content.decode()


def many(dubbing: Dubbing, result: Result, people: People, count: int) -> None:
    Comment.objects.bulk_create(
        Comment(dubbing=dubbing, result=result, author=people.editor, text=f"Comment {at}", start=at / 300)
        for at in range(count)
    )


def test_a_page_of_2000_comments_shows_the_first_and_says_how_many_more(
    people: People, dubbing: Dubbing, result: Result
) -> None:
    many(dubbing, result, people, 2000)
    html = page_of(result, client_of(people.owner))
    assert html.count('class="comment"') == 50
    assert "Show 1950 more" in html
    assert page_of(result, client_of(people.owner), "?comments=250").count('class="comment"') == 250


def test_the_number_of_queries_does_not_grow_with_comments_or_languages(
    people: People, dubbing: Dubbing, result: Result, django_assert_max_num_queries: object
) -> None:
    many(dubbing, result, people, 40)
    for parent in list(Comment.objects.filter(parent=None)):
        Comment.objects.create(dubbing=dubbing, author=people.owner, parent=parent, text="Yes")
    for code in ("fr-FR", "de-DE", "it-IT"):
        make_result(make_version(make_dubbing(dubbing.asset, code, status="completed")))
    with django_assert_max_num_queries(30):  # type: ignore[operator]
        page_of(result, client_of(people.owner))


def test_comments_that_changed_nothing_are_not_sent_again(people: People, dubbing: Dubbing, result: Result) -> None:
    who, address = client_of(people.viewer), reverse("version-comments", args=[result.version_id])
    first = who.get(address)
    assert who.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 304
    Comment.objects.create(dubbing=dubbing, author=people.owner, text="Listen to this")
    again = who.get(address, headers={"If-None-Match": first["ETag"]})
    assert again.status_code in {200, 304}  # good for a second
    assert "Listen to this" in who.get(address).content.decode()


def test_a_comment_of_an_earlier_final_video_is_shown_on_the_newer_one_until_it_is_resolved(
    people: People, dubbing: Dubbing, result: Result
) -> None:
    comment = Comment.objects.create(dubbing=dubbing, result=result, author=people.editor, text="Too quiet", start=1)
    newer = make_result(result.version, content=b"louder")
    assert "On an earlier final video" in page_of(newer, client_of(people.owner))
    post(client_of(people.owner), "comment-resolve", comment.pk, resolved="1", version=result.version_id)
    assert "Too quiet" not in page_of(newer, client_of(people.owner))
    assert "Too quiet" in page_of(newer, client_of(people.owner), "?show=resolved")


def test_without_a_script_a_refused_comment_comes_back_with_what_was_typed(people: People, result: Result) -> None:
    who = client_of(people.owner)
    data = {"text": "Louder <please>", "start": "soon", "kind": "mix", "severity": "major", "suggestion": "Más"}
    answer = who.post(reverse("comment-add", args=[result.version_id]), data)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "Louder &lt;please&gt;" in html
    assert 'value="soon"' in html
    assert "is not a time" in html
    assert '<option value="mix" selected>' in html


def test_a_viewer_sees_comments_and_cannot_decide_unless_assigned(
    people: People, dubbing: Dubbing, result: Result
) -> None:
    who = client_of(people.viewer)
    assert "version-approve" not in page_of(result, who)
    assert 'name="seen"' not in page_of(result, who)
    assert "Only owners and editors can decide this." in page_of(result, who)
    Review.objects.create(dubbing=dubbing, reviewer=people.viewer, status=ReviewStatus.TO_REVIEW)
    assert 'name="seen"' in page_of(result, who)


def test_a_deleted_comment_keeps_its_place_only_where_somebody_replied(
    people: People, dubbing: Dubbing, result: Result
) -> None:
    alone = Comment.objects.create(dubbing=dubbing, author=people.owner, text="Wrong take")
    asked = Comment.objects.create(dubbing=dubbing, author=people.owner, text="Which take?")
    Comment.objects.create(dubbing=dubbing, author=people.editor, parent=asked, text="The second")
    for comment in (alone, asked):
        html = post(client_of(people.owner), "comment-delete", comment.pk)
    assert "Wrong take" not in html
    assert "Which take?" not in html
    assert "The second" in html
    assert html.count("This comment was deleted.") == 1
    assert "Which take?" in post(client_of(people.owner), "comment-restore", asked.pk)


def test_markup_and_addresses_in_comments_stay_what_they_are(people: People, dubbing: Dubbing, result: Result) -> None:
    Comment.objects.create(dubbing=dubbing, author=people.owner, text="<b>bold</b> https://example.com/a?b=c")
    html = page_of(result, client_of(people.editor))
    assert "&lt;b&gt;bold&lt;/b&gt;" in html
    assert 'href="https://example.com/a?b=c" rel="nofollow"' in html
