"""What guests say: through the same service as members, marked, limited, and told to whoever shared it."""

from __future__ import annotations

import pytest

from dubbing.models import Comment, Event, Notice, Result, ShareLink
from dubbing.notices import consumer, texts
from dubbing.platform.errors import NotPossible
from dubbing.review import comments, exports
from dubbing.review.comments import NewComment
from dubbing.sharing import guest_comments
from tests.support import rows
from tests.support.people import People
from tests.support.sharing import share

pytestmark = pytest.mark.django_db
HERE = "203.0.113.7"


@pytest.fixture
def result(people: People) -> Result:
    return rows.make_done(people.project, people.owner)


@pytest.fixture
def link(people: People, result: Result) -> ShareLink:
    return share(people.editor, result, may_comment=True)[0]


def say(
    link: ShareLink, result: Result, text: str = "Too quiet.", name: str = "Jo", start: float | None = 1.5
) -> Comment:
    return guest_comments.add(link, result, name=name, text=text, start=start, address=HERE)


def test_a_guest_says_something_as_somebody_from_outside(link: ShareLink, result: Result) -> None:
    made = say(link, result)
    made.refresh_from_db()
    assert (made.author, made.guest, made.link) == (None, "Jo", link)
    assert (made.result, made.start, made.is_internal) == (result, 1.5, False)
    assert made.author_name == "Jo (guest)"
    assert exports.chosen(made.dubbing).get() == made


def test_a_guest_who_calls_themselves_like_a_member_is_still_a_guest(
    people: People, link: ShareLink, result: Result
) -> None:
    assert say(link, result, name=people.owner.username).author_name == f"{people.owner.username} (guest)"


def test_whoever_shared_it_is_told_and_nobody_whom_a_guest_mentions(
    people: People, link: ShareLink, result: Result
) -> None:
    made = say(link, result, text=f"@{people.viewer.username} @{people.owner.username} listen")
    assert not made.mentions.exists()
    assert Event.objects.get(kind="commented").data["mentions"] == [people.editor.pk]
    consumer.take_events()
    told = Notice.objects.get()
    assert told.recipient == people.editor
    assert texts.lines([told])[0].text == "Jo (guest) commented on Spanish (Spain)."


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ({"name": " "}, "your name"),
        ({"name": "x" * 81}, "Shorten"),
        ({"text": " "}, "Enter a comment"),
        ({"start": 99.0}, "outside"),
    ],
)
def test_what_makes_no_sense_is_said_and_not_written(
    link: ShareLink, result: Result, typed: dict[str, object], reason: str
) -> None:
    with pytest.raises(NotPossible, match=reason):
        say(link, result, **typed)  # type: ignore[arg-type]
    assert not Comment.objects.exists()


def test_guests_cannot_write_without_end(link: ShareLink, result: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(guest_comments.PACE.most):
        say(link, result)
    with pytest.raises(NotPossible, match="last hour"):
        say(link, result)
    guest_comments.add(link, result, name="Sam", text="Fine.", start=None, address="198.51.100.9")
    monkeypatch.setattr(guest_comments, "MOST", 31)
    with pytest.raises(NotPossible, match="limit of comments"):
        guest_comments.add(link, result, name="Sam", text="Fine.", start=None, address="198.51.100.9")


def test_guests_read_what_is_marked_for_outside_with_its_replies_and_nothing_else(
    people: People, link: ShareLink, result: Result
) -> None:
    dubbing = result.version.dubbing
    inside = comments.add(dubbing, people.editor, NewComment("Our budget is gone."), result=result)
    comments.reply(inside, people.owner, "It is.")
    outside = comments.add(dubbing, people.editor, NewComment("Louder?", start=2.0, is_internal=False), result=result)
    comments.reply(outside, people.owner, "Done.")
    taken_back = comments.add(dubbing, people.editor, NewComment("No.", is_internal=False), result=result)
    comments.delete(taken_back, people.editor)
    say(link, result, start=None)
    assert [comment.text for comment in guest_comments.readable(dubbing)] == ["Too quiet.", "Louder?", "Done."]
