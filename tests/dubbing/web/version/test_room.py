"""The review room through its addresses: what stands on it, for whom, and with how much work."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dubbing import tasks
from dubbing.models import Comment, Dubbing, QualityReport, Result, Review
from dubbing.models.reviews import ReviewStatus
from dubbing.platform import storage
from tests.support.media import make_film
from tests.support.people import People, client_of
from tests.support.rows import make_done, make_dubbing, make_result, make_version

pytestmark = pytest.mark.django_db


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
    assert html.count('class="comment"') == 8
    assert "Show 42 more" in html
    assert "1992 left" in html
    assert page_of(result, client_of(people.owner), "?comments=250").count('class="comment"') == 250


def test_more_comments_load_once_when_somebody_scrolls_to_the_end_and_then_on_request(
    people: People, dubbing: Dubbing, result: Result
) -> None:
    many(dubbing, result, people, 60)
    who, section = client_of(people.owner), reverse("version-comments", args=[result.version_id])
    assert f'hx-get="{section}?show=open&amp;comments=50"' in page_of(result, who)
    loaded = page_of(result, who, "?comments=50")
    assert "Show 10 more" in loaded
    assert not re.search(r"\d left<", loaded)
    assert "revealed" not in loaded
    assert "comments=250#comments" in loaded


def texts_in(html: str) -> list[str]:
    return re.findall(r'<p class="comment-text" dir="auto">(.+?)</p>', html)


def test_a_link_to_a_comment_far_down_shows_it_and_those_around_it(
    people: People, dubbing: Dubbing, result: Result
) -> None:
    many(dubbing, result, people, 2000)
    far = Comment.objects.get(text="Comment 1500")
    html = page_of(result, client_of(people.owner), f"?do=show-{far.pk}")
    assert texts_in(html) == [f"Comment {at}" for at in range(1496, 1504)]
    assert "Show 200 earlier" in html
    assert "Show 42 more" in html
    assert "comments=1504&amp;after=1296#comments" in html
    earlier = page_of(result, client_of(people.owner), "?comments=1504&after=1296")
    assert texts_in(earlier) == [f"Comment {at}" for at in range(1296, 1504)]
    near = Comment.objects.get(text="Comment 30")
    assert len(texts_in(page_of(result, client_of(people.owner), f"?do=show-{near.pk}"))) == 31


def test_a_link_to_a_resolved_comment_or_to_a_reply_shows_it(people: People, dubbing: Dubbing, result: Result) -> None:
    many(dubbing, result, people, 40)
    last = Comment.objects.get(text="Comment 39")
    reply = Comment.objects.create(dubbing=dubbing, author=people.owner, parent=last, text="Which name?")
    assert "Which name?" in page_of(result, client_of(people.owner), f"?do=show-{reply.pk}")
    Comment.objects.filter(pk=last.pk).update(resolved_at=timezone.now())
    assert "Which name?" in page_of(result, client_of(people.owner), f"?do=show-{reply.pk}")
    assert page_of(result, client_of(people.owner), "?do=show-999999").count('class="comment"') == 8


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
@pytest.mark.parametrize("shown", ["open", "resolved"])
def test_a_new_comment_is_shown_wherever_it_stands(
    people: People, dubbing: Dubbing, result: Result, headers: dict[str, str], shown: str
) -> None:
    many(dubbing, result, people, 300)
    typed = {"text": "The name is wrong", "start": "1", "show": shown, "comments": "10"}
    address = reverse("comment-add", args=[result.version_id])
    answer = client_of(people.owner).post(address, typed, headers=headers, follow=True)
    assert "The name is wrong" in texts_in(answer.content.decode())


def test_a_comment_that_is_restored_is_shown_wherever_it_stands(
    people: People, dubbing: Dubbing, result: Result
) -> None:
    many(dubbing, result, people, 300)
    last, who = Comment.objects.get(text="Comment 299"), client_of(people.editor)
    post(who, "comment-delete", last.pk, version=result.version_id)
    assert "Comment 299" in texts_in(post(who, "comment-restore", last.pk))


@pytest.mark.parametrize("after", ["-1", "10", "99999999999", "²", "x"])
def test_a_place_to_begin_that_makes_no_sense_is_the_beginning(
    people: People, dubbing: Dubbing, result: Result, after: str
) -> None:
    many(dubbing, result, people, 12)
    html = page_of(result, client_of(people.owner), f"?comments=10&after={after}")
    assert texts_in(html) == [f"Comment {at}" for at in range(10)]


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
    Review.objects.create(
        dubbing=dubbing, project=people.project, reviewer=people.viewer, status=ReviewStatus.TO_REVIEW
    )
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


def test_the_waveform_of_a_result_is_drawn_when_somebody_looks(people: People, tmp_path: Path) -> None:
    film = make_film(tmp_path / "dub.mp4", seconds=2)
    result = make_done(people.project, people.editor)
    storage.path(result.key).write_bytes(film.read_bytes())
    who, address = client_of(people.viewer), reverse("result-peaks", args=[result.pk])
    answer = who.get(address)
    assert (answer.status_code, answer["Retry-After"]) == (202, "2")
    tasks.draw_result(result.pk)
    drawn = json.loads(b"".join(who.get(address).streaming_content))  # type: ignore[attr-defined]
    assert len(drawn["peaks"]) == pytest.approx(20, abs=2)
    assert max(drawn["peaks"]) > 0
    tasks.draw_result(result.pk)


def test_a_result_without_readable_sound_is_not_retried_for_ever(people: People) -> None:
    result = make_done(people.project, people.editor)
    tasks.draw_result(result.pk)
    answer = client_of(people.viewer).get(reverse("result-peaks", args=[result.pk]))
    assert json.loads(b"".join(answer.streaming_content))["peaks"] == []  # type: ignore[attr-defined]


def test_comments_and_findings_with_a_moment_are_on_the_time_bar(
    people: People, dubbing: Dubbing, result: Result
) -> None:
    Comment.objects.create(dubbing=dubbing, author=people.owner, text="Here", start=2, kind="mix", severity="major")
    Comment.objects.create(dubbing=dubbing, author=people.owner, text="All of it")
    Comment.objects.create(dubbing=dubbing, author=people.owner, text="Done", start=3, resolved_at=timezone.now())
    found = {"code": "cue_silent", "severity": "strong", "start": 1.0, "end": 2.0, "figures": {}}
    QualityReport.objects.update_or_create(result=result, defaults={"findings": [found]})
    marks = client_of(people.viewer).get(reverse("version-marks", args=[result.version_id])).json()
    assert [(mark["text"], mark["start"], mark["severity"]) for mark in marks["comments"]] == [("Here", 2.0, "major")]
    assert [(finding["start"], finding["end"]) for finding in marks["findings"]] == [(1.0, 2.0)]


def test_what_a_comment_said_before_can_be_read(people: People, dubbing: Dubbing, result: Result) -> None:
    comment = Comment.objects.create(dubbing=dubbing, author=people.owner, text="Too quiet")
    post(client_of(people.owner), "comment-edit", comment.pk, text="Far too quiet")
    html = page_of(result, client_of(people.viewer))
    assert "Edited" in html
    assert ">Too quiet" not in html
    assert "Too quiet" in page_of(result, client_of(people.viewer), f"?do=history-{comment.pk}")
