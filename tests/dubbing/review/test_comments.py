"""What people say of a dub, who may say and change it, and what comes of it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from dubbing import subtitles
from dubbing.models import Comment, Dubbing, Event, Result, Review
from dubbing.models.reviews import ReviewStatus
from dubbing.platform.errors import NotPossible
from dubbing.review import comments, decisions, issues, scores
from dubbing.review.comments import NewComment
from tests.support.people import People
from tests.support.rows import make_done

pytestmark = pytest.mark.django_db


@pytest.fixture
def comment(people: People, dubbing: Dubbing, result: Result) -> Comment:
    said = NewComment("Sounds tired.", start=2.0, kind="voice", severity="minor")
    return comments.add(dubbing, people.viewer, said, result=result)


@pytest.mark.parametrize(
    ("new", "words"),
    [
        (NewComment("  \n"), "Enter a comment"),
        (NewComment("a" * 5_001), "at most 5000"),
        (NewComment("a", start=-1), "outside the video"),
        (NewComment("a", start=float("nan")), "outside the video"),
        (NewComment("a", start=9.6), "outside the video"),
        (NewComment("a", end=3), "needs a start"),
        (NewComment("a", start=3, end=2), "end must be after"),
        (NewComment("a", kind="voice"), "type and a severity"),
        (NewComment("a", severity="minor"), "type and a severity"),
        (NewComment("a", kind="smell", severity="minor"), "from the list"),
        (NewComment("a", kind="voice", severity="awful"), "type and a severity"),
        (NewComment("a", suggestion="b"), "needs a time"),
    ],
)
def test_invalid_comments_are_refused_with_a_reason(
    people: People, dubbing: Dubbing, result: Result, new: NewComment, words: str
) -> None:
    with pytest.raises(NotPossible, match=words):
        comments.add(dubbing, people.editor, new, result=result)
    assert not Comment.objects.exists()


def test_replies_are_below_the_first_comment(people: People, comment: Comment) -> None:
    first = comments.reply(comment, people.editor, "Which take?")
    second = comments.reply(first, people.viewer, "The second.")
    assert (first.parent, second.parent) == (comment, comment)


def test_only_the_author_edits_and_deletes_and_what_was_said_is_kept(people: People, comment: Comment) -> None:
    for act in (lambda: comments.edit(comment, people.owner, "Fine."), lambda: comments.delete(comment, people.owner)):
        with pytest.raises(NotPossible, match="Only the author"):
            act()
    comments.edit(comment, people.viewer, "Sounds very tired.")
    comments.edit(comment, people.viewer, "Sounds very tired.")
    assert [edit.text for edit in comment.edits.all()] == ["Sounds tired."]
    comments.delete(comment, people.viewer)
    assert not Comment.objects.shown().exists()
    with pytest.raises(NotPossible, match="was deleted"):
        comments.reply(comment, people.owner, "Why?")
    comments.undo_delete(comment, people.viewer)
    assert Comment.objects.shown().get().text == "Sounds very tired."


def test_a_mention_notifies_members_once_and_nobody_else(people: People, dubbing: Dubbing) -> None:
    said = comments.add(dubbing, people.owner, NewComment("@viewer, @outsider, @owner: listen. mail a@editor.example"))
    assert list(said.mentions.order_by("username")) == [people.owner, people.viewer]
    comments.edit(said, people.owner, "@viewer and @editor: listen.")
    events = Event.objects.filter(kind=Event.Kind.COMMENTED).order_by("pk")
    assert [event.data["mentions"] for event in events] == [[people.viewer.pk], [people.editor.pk]]


def test_resolving_is_for_the_author_the_reviewer_and_editors(people: People, dubbing: Dubbing) -> None:
    said = comments.add(dubbing, people.editor, NewComment("Too quiet."))
    with pytest.raises(NotPossible, match="Only the author"):
        comments.resolve(said, people.viewer)
    Review.objects.create(
        dubbing=dubbing, project=people.project, reviewer=people.viewer, status=ReviewStatus.TO_REVIEW
    )
    comments.resolve(said, people.viewer)
    said.refresh_from_db()
    assert said.resolved_by == people.viewer
    comments.resolve(said, people.owner, resolved=False)
    said.refresh_from_db()
    assert said.resolved_at is None


def test_an_issue_is_answered_by_the_dubs_makers_and_declining_needs_a_reason(people: People, comment: Comment) -> None:
    with pytest.raises(NotPossible, match="Explain why"):
        comments.answer(comment, people.editor, "intent", " ")
    with pytest.raises(NotPossible, match="Choose an answer"):
        comments.answer(comment, people.editor, "maybe", "")
    with pytest.raises(NotPossible, match="Only owners and editors"):
        comments.answer(comment, people.viewer, "will_fix", "")
    comments.answer(comment, people.editor, "intent", "The character is tired.")
    comment.refresh_from_db()
    assert (comment.answer, comment.answered_by) == ("intent", people.editor)


def test_silence_means_that_it_will_be_fixed(people: People, comment: Comment) -> None:
    assert not comments.is_overdue(comment)
    Comment.objects.filter(pk=comment.pk).update(created_at=timezone.now() - timedelta(hours=73))
    comment.refresh_from_db()
    assert comments.is_overdue(comment)
    with pytest.raises(NotPossible, match="Will fix"):
        comments.answer(comment, people.editor, "best", "Too late.")


def test_a_suggestion_goes_into_its_cue_and_an_approval_is_out_of_date(
    people: People, dubbing: Dubbing, result: Result
) -> None:
    subject = decisions.subject_of(dubbing)
    assert subject is not None
    decisions.approve(dubbing, people.owner, seen=subject.seen)
    new = NewComment("Formal.", start=4.5, kind="style", severity="minor", suggestion="¿Cómo está usted?")
    said = comments.add(dubbing, people.viewer, new, result=result)
    with pytest.raises(NotPossible, match="Only owners and editors"):
        comments.use_suggestion(said, people.viewer)
    comments.use_suggestion(said, people.editor)
    dubbing.refresh_from_db()
    assert [cue.text for cue in subtitles.read(dubbing.srt).cues] == ["Hola.", "¿Cómo está usted?"]
    review = Review.objects.get(dubbing=dubbing)
    assert (review.status, review.changed) == (ReviewStatus.OUT_OF_DATE, ["subtitles"])
    with pytest.raises(NotPossible, match="already"):
        comments.use_suggestion(said, people.editor)


def test_a_suggestion_between_cues_changes_nothing(people: People, dubbing: Dubbing, result: Result) -> None:
    new = NewComment("Here?", start=3.5, suggestion="Algo")
    said = comments.add(dubbing, people.viewer, new, result=result)
    with pytest.raises(NotPossible, match="no subtitle at this moment"):
        comments.use_suggestion(said, people.editor)
    assert not Event.objects.filter(kind=Event.Kind.SUBTITLES_CHANGED).exists()


def test_a_trimmed_dub_finds_the_cue_at_the_time_of_the_source(people: People) -> None:
    result = make_done(people.project, people.editor, start=4.0, end=8.0)
    dubbing = result.version.dubbing
    new = NewComment("Here.", start=0.5, suggestion="¿Cómo?")
    comments.use_suggestion(comments.add(dubbing, people.viewer, new, result=result), people.editor)
    dubbing.refresh_from_db()
    assert "¿Cómo?" in dubbing.srt


@pytest.mark.parametrize(
    ("severities", "words", "points", "passes"),
    [
        ([], 1000, 100.0, True),
        (["minor"] * 10, 1000, 99.0, True),
        (["major"] * 11, 1000, 94.5, False),
        (["critical"], 10_000, 99.75, False),
        (["minor"], 499, None, None),
        (["critical"], 10, None, False),
        (["critical"] * 100, 1000, 0.0, False),
        (["neutral"] * 100, 1000, 100.0, True),
    ],
)
def test_issues_add_up_to_a_score(severities: list[str], words: int, points: float | None, passes: bool | None) -> None:
    total = scores.score(Counter(severities), words=words, seconds=60, pass_mark=95)
    assert (total.points, total.passes) == (points, passes)


def test_every_type_of_issue_is_on_the_card_once() -> None:
    on_the_card = [kind for kinds in issues.DIMENSIONS.values() for kind in kinds]
    assert sorted(on_the_card) == sorted(Comment.Kind)
