"""What the issues of a dub add up to: whose words they are counted against, and what the review room says of it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from dubbing.models import Comment, Dubbing, JudgedWords, Result, ReviewPolicy, judged_words, text_search
from dubbing.review import comments, scores
from dubbing.review.comments import NewComment
from dubbing.subtitles import count_words
from tests.support.people import People, client_of
from tests.support.rows import SRT, make_done, make_dubbing

pytestmark = pytest.mark.django_db


def long_srt(words: int) -> str:
    """A transcript of so many words, ten a cue, one cue a second."""
    cues = []
    for at in range(words // 10):
        clock = f"{at // 3600:02}:{at // 60 % 60:02}:{at % 60:02}"
        cues.append(f"{at + 1}\n{clock},000 --> {clock},900\n{'word ' * 10}\n")
    return "\n".join(cues)


@pytest.fixture
def result(people: People) -> Result:
    done = make_done(people.project, people.editor, source_srt=long_srt(1000))
    text_search.refresh(done.version.dubbing.asset_id)
    return done


def report(dubbing: Dubbing, people: People, *severities: str, **fields: object) -> None:
    for severity in severities:
        Comment.objects.create(
            dubbing=dubbing, author=people.owner, text="Wrong", kind="mistranslation", severity=severity, **fields
        )


def panel(result: Result, who: Client) -> str:
    html = who.get(reverse("version", args=[result.version_id])).content.decode()
    section = html[html.index('id="score"') : html.index("</section>", html.index('id="score"'))]
    return " ".join(strip_tags(f"<i {section}".replace("<", " <")).split())


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Hello, world – it’s 5.30 p.m.", 5),
        ("<i>Two</i>\nlines {\\an8}here", 3),
        ("नमस्ते दुनिया", 2),
        ("안녕하세요 여러분", 2),
        ("...", 0),
        ("港へようこそ。", None),
        ("ยินดีต้อนรับ", None),
        ("The word 港 means harbour in this film", 8),
    ],
)
def test_words_are_counted_where_spaces_separate_them(text: str, count: int | None) -> None:
    assert count_words(text) == count


def test_a_dub_is_judged_by_the_words_of_the_transcript_inside_the_trim(people: People) -> None:
    result = make_done(people.project, people.editor, source_srt=long_srt(1000), start=10.0, end=70.0)
    judged_words.recount(result.version.dubbing.asset_id)
    assert list(JudgedWords.objects.values_list("count", "origin")) == [(600, "source")]


@pytest.mark.parametrize("source", ["", "港へようこそ。"])
def test_without_a_transcript_to_count_it_is_judged_by_its_own_subtitles(people: People, source: str) -> None:
    result = make_done(people.project, people.editor, source_srt=source)
    dubbing = result.version.dubbing
    make_dubbing(dubbing.asset, "ja-JP", srt=SRT.replace("Hola", "港").replace("¿Qué tal?", "元気ですか"))
    judged_words.recount(dubbing.asset_id)
    assert list(JudgedWords.objects.values_list("dubbing", "count", "origin")) == [(dubbing.pk, 3, "target")]
    assert "too few" not in panel(result, client_of(people.viewer))
    report(dubbing, people, "minor")
    words = panel(result, client_of(people.viewer))
    assert "No score: 3 words are too few. A score needs 500." in words
    assert "Based on 3 words of the subtitles, as there is no source transcript" in words


def test_a_transcript_without_times_counts_whole_unless_the_video_is_trimmed(people: People) -> None:
    whole = make_done(people.project, people.editor, source_srt="Welcome to the harbour.")
    cut = make_done(people.project, people.editor, source_srt="Welcome to the harbour.", start=1.0, end=7.0)
    for result in (whole, cut):
        judged_words.recount(result.version.dubbing.asset_id)
    assert whole.version.dubbing.judged_words.count == 4
    assert cut.version.dubbing.judged_words.origin == "target"


def test_counts_follow_the_texts(people: People, dubbing: Dubbing) -> None:
    assert dubbing.judged_words.count == 1000
    dubbing.asset.source_srt = ""
    dubbing.asset.save()
    Dubbing.objects.update(srt="")
    text_search.refresh(dubbing.asset_id)
    assert not JudgedWords.objects.exists()


def test_the_room_weighs_open_issues_by_severity(people: People, dubbing: Dubbing, result: Result) -> None:
    report(dubbing, people, "minor", "minor", "major")
    words = panel(result, client_of(people.viewer))
    assert "99.3 Passes" in words
    assert "Major 1 5 Minor 2 2 Total 3 7" in words
    assert "Penalty per minute 49.41 Penalty per 1,000 words 7 It passes at 95" in words
    assert "It passes at 95 or more. Based on 1000 words of the source transcript." in words


def test_it_fails_below_the_projects_pass_mark_and_the_figure_is_not_rounded_up(
    people: People, dubbing: Dubbing, result: Result
) -> None:
    ReviewPolicy.objects.create(project=people.project, pass_mark=99)
    JudgedWords.objects.update(count=10_000)
    report(dubbing, people, *["major"] * 20)
    assert "99 Passes" in panel(result, client_of(people.viewer))
    report(dubbing, people, "minor")
    assert "98.9 Fails" in panel(result, client_of(people.viewer))


def test_a_critical_issue_fails_it_whatever_the_score(people: People, dubbing: Dubbing, result: Result) -> None:
    JudgedWords.objects.update(count=100_000)
    report(dubbing, people, "critical")
    words = panel(result, client_of(people.viewer))
    assert "99.9 Fails" in words
    assert "A critical issue fails the dub, whatever its score." in words


def test_resolved_and_deleted_issues_and_plain_comments_weigh_nothing(
    people: People, dubbing: Dubbing, result: Result
) -> None:
    report(dubbing, people, "critical", resolved_at=timezone.now())
    report(dubbing, people, "major", deleted_at=timezone.now())
    Comment.objects.create(dubbing=dubbing, author=people.owner, text="Nice")
    assert scores.of_dubbing(dubbing, seconds=60, pass_mark=95).issues == 0
    assert "No open issues. Issues you report below are added up here." in panel(result, client_of(people.viewer))


def test_the_score_changes_with_the_comments_without_a_new_page(
    people: People, dubbing: Dubbing, result: Result
) -> None:
    data = {"text": "Wrong name", "kind": "wrong_term", "severity": "critical"}
    who, address = client_of(people.owner), reverse("comment-add", args=[result.version_id])
    html = who.post(address, data, headers={"HX-Request": "true"}).content.decode()
    assert 'id="score" aria-labelledby="score-title" hx-swap-oob="true"' in html
    assert "Fails" in html


def test_an_older_dub_is_counted_when_somebody_judges_it(people: People) -> None:
    result = make_done(people.project, people.editor, source_srt=long_srt(1000))
    JudgedWords.objects.all().delete()
    assert scores.of_dubbing(result.version.dubbing, seconds=60, pass_mark=95).words == 1000
    assert not JudgedWords.objects.exists()
    comments.add(result.version.dubbing, people.viewer, NewComment("Too quiet."), result=result)
    assert JudgedWords.objects.get().count == 1000
