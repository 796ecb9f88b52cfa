"""A project's quality page: what reviewers reported by what dubs were made with, for whom, and as files."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from dubbing.models import Comment, Dubbing, Preset, Project, Result, ReviewPolicy, Term, judged_words, sent_settings
from dubbing.platform import workbooks
from dubbing.review import comments, judged_dubs
from dubbing.review.comments import NewComment
from dubbing.review.corrections import corrections
from dubbing.web.quality import page as pages
from tests.support.people import People, client_of
from tests.support.rows import make_asset, make_done, make_review

pytestmark = pytest.mark.django_db


def html_of(who: Client, project: Project, query: str = "") -> str:
    return who.get(reverse("quality", args=[project.pk]) + query).content.decode()


def text_of(who: Client, project: Project, query: str = "") -> str:
    html = html_of(who, project, query)
    main = html[html.index("quality-intro") :] if "quality-intro" in html else html
    return " ".join(strip_tags(f"<p {main}".replace("<", " <")).split())


def table(who: Client, project: Project, query: str = "") -> dict[tuple[str, str], dict[str, str]]:
    answer: Any = who.get(reverse("quality-csv", args=[project.pk]) + query)
    text = b"".join(answer.streaming_content).decode().removeprefix("\ufeff")
    return {(row["by"], row["value"]): row for row in csv.DictReader(io.StringIO(text))}


def judged(
    people: People, *severities: str, kind: str = "mistranslation", locale: str = "es-ES", **fields: Any
) -> Dubbing:
    """A dub with such issues, a minute long and judged by six words of its transcript."""
    srt = "1\n00:00:01,000 --> 00:00:03,000\nWelcome to the old harbour tour\n"
    result = make_done(people.project, people.editor, locale=locale, source_srt=srt, **fields)
    Result.objects.filter(pk=result.pk).update(duration=60.0)
    dubbing = result.version.dubbing
    judged_words.recount(dubbing.asset_id)
    for severity in severities:
        Comment.objects.create(dubbing=dubbing, author=people.owner, text="Wrong", kind=kind, severity=severity)
    return dubbing


def suggest(people: People, dubbing: Dubbing, suggestion: str, start: float = 4.5) -> Comment:
    result = Result.objects.get(version__dubbing=dubbing)
    return comments.add(dubbing, people.viewer, NewComment("Better", start=start, suggestion=suggestion), result=result)


def test_issues_are_added_up_by_what_dubs_were_made_with(people: People) -> None:
    Preset.objects.create(
        project=people.project, name="Careful", created_by=people.owner,
        values={"lips_model": "real_face", "voice_anonymization": "0.60", "targets": ["es-ES"]},
    )  # fmt: skip
    judged(people, "major", "minor", voice_anonymization=0.6, speakers=2)
    judged(people, "minor", kind="voice", locale="fr-FR", auto_generate="no_lips")
    make_review(judged(people, locale="fr-FR"), status="approved")
    rows = table(client_of(people.viewer), people.project)
    figures = {key: (row["dubs"], row["issues"], row["penalty"]) for key, row in rows.items()}
    assert figures["all", ""] == ("3", "3", "7")
    assert figures["language", "Spanish (Spain)"] == ("1", "2", "6")
    assert figures["language", "French (France)"] == ("2", "1", "1")
    assert figures["issue type", "Voice or delivery"] == ("1", "1", "1")
    assert figures["preset", "Careful"] == ("1", "2", "6")
    assert figures["preset", "No preset"] == ("2", "1", "1")
    assert figures["lips", "Lip sync off"] == ("1", "1", "1")
    assert figures["anonymization", "0.6 · Clearly different"] == ("1", "2", "6")
    assert figures["speakers", "2"] == ("1", "2", "6")
    assert figures["provider", "Panjaya"] == ("3", "3", "7")
    assert rows["language", "French (France)"]["penalty per minute"] == "0.50"
    assert rows["language", "Spanish (Spain)"]["penalty per 1,000 words"] == "1000.00"
    assert rows["issue type", "Voice or delivery"]["penalty per minute"] == "0.33"


def test_a_dub_with_settings_of_its_own_counts_among_those(people: People) -> None:
    dubbing = judged(people, "major", voice_anonymization=0.6)
    own = sent_settings.of_asset(dubbing.asset) | {"voice_anonymization": 0.2, "auto_generate": "no_lips"}
    Dubbing.objects.filter(pk=dubbing.pk).update(sent_settings=own)
    (dub,) = judged_dubs.read(people.project.pk, people.owner)
    assert (dub.anonymization, dub.lips) == ("0.20", judged_dubs.NO_LIPS)


def test_dubs_that_nobody_judged_and_those_of_others_are_not_counted(people: People) -> None:
    judged(people, "minor")
    judged(people)
    make_review(judged(people), status="to_review")
    trashed = judged(people, "critical")
    trashed.asset.trashed_at = timezone.now()
    trashed.asset.save()
    assert table(client_of(people.viewer), people.project)["all", ""]["dubs"] == "1"
    make_asset(people.project, people.editor, status="draft")
    assert client_of(people.outsider).get(reverse("quality", args=[people.project.pk])).status_code == 404


def test_filters_and_the_period_are_in_the_address(people: People) -> None:
    old = judged(people, "minor")
    Result.objects.filter(version__dubbing=old).update(kept_at=timezone.now() - timedelta(days=100))
    judged(people, "major", "minor", locale="fr-FR", kind="mix")
    who, day = client_of(people.viewer), timezone.localdate() - timedelta(days=10)
    for query, issues in (
        ("?language=fr-FR", "2"), (f"?from={day}", "2"), (f"?to={day}", "1"), ("?kind=mix", "2"),
        ("?speakers=none", "3"), ("?provider=none", "0"), ("?from=2026-02-31", "3"), ("?kind=nothing", "0"),
    ):  # fmt: skip
        assert table(who, people.project, query)["all", ""]["issues"] == issues
    assert "No dub matches these filters." in text_of(who, people.project, "?provider=none")
    assert '<option value="fr-FR" selected>' in html_of(who, people.project, "?language=fr-FR")


def test_small_samples_are_marked(people: People) -> None:
    for _ in range(5):
        judged(people, "minor")
    judged(people, "minor", locale="fr-FR")
    words = text_of(client_of(people.viewer), people.project)
    assert "few 1 1 1" in words
    assert "few 5" not in words


def test_the_workbook_has_the_same_rows(people: People) -> None:
    judged(people, "minor")
    answer = client_of(people.viewer).get(reverse("quality-xlsx", args=[people.project.pk]))
    assert "language,Spanish (Spain),1,1,1,1.00,6,1.00,166.67" in workbooks.as_csv(answer.content)


def test_issues_to_answer_have_a_deadline_and_a_way_to_them(people: People) -> None:
    ReviewPolicy.objects.create(project=people.project, answer_hours=24)
    dubbing = judged(people, "minor")
    issue = Comment.objects.get()
    late = Comment.objects.create(
        dubbing=dubbing, author=people.owner, text="Too late to answer", kind="mix", severity="major",
        created_at=timezone.now() - timedelta(hours=25),
    )  # fmt: skip
    who = client_of(people.viewer)
    html, words = html_of(who, people.project), text_of(who, people.project)
    version = dubbing.versions.get().pk
    assert f'href="/versions/{version}/?do=answer-{issue.pk}#comment-{issue.pk}"' in html
    assert "within 24 hours" in words
    assert "Waiting for an answer 1 No answer in time: will fix 1 Will fix 0" in words
    assert "Answer due" in words
    assert "Too late to answer" not in words
    assert "Too late to answer" in text_of(who, people.project, "?answer=silent")
    comments.answer(issue, people.editor, "intent", "It is a pun.")
    assert "It is a pun." in text_of(who, people.project, "?answer=intent")
    Comment.objects.filter(pk=late.pk).update(resolved_at=timezone.now())
    assert "No answer in time: will fix 0" in text_of(who, people.project)


def test_the_link_to_an_issue_shows_it_among_any_number_of_comments(people: People) -> None:
    dubbing = judged(people)
    Comment.objects.bulk_create(
        Comment(dubbing=dubbing, author=people.owner, text="Earlier", start=at / 100) for at in range(80)
    )
    last = Comment.objects.create(
        dubbing=dubbing, author=people.owner, text="The last", start=9, kind="mix", severity="minor"
    )
    address = reverse("version", args=[dubbing.versions.get().pk])
    html = client_of(people.editor).get(f"{address}?do=answer-{last.pk}").content.decode()
    assert f'id="comment-{last.pk}"' in html
    assert reverse("comment-answer", args=[last.pk]) in html


@pytest.mark.parametrize(
    ("before", "after", "pairs"),
    [
        ("Vamos al barco rojo.", "Vamos al buque rojo.", [("barco", "buque")]),
        ("El barco y la pelicula", "El buque y la película", [("barco", "buque"), ("pelicula", "película")]),
        ("un barco", "un barco grande", []),
        ("la mar salada", "el agua del mar", [("la mar salada", "el agua del mar")]),
        ("uno dos tres cuatro cinco", "a b c d e", []),
        ("Igual.", "¡Igual!", []),
    ],
)
def test_the_words_that_differ_are_what_is_corrected(before: str, after: str, pairs: list[tuple[str, str]]) -> None:
    assert list(corrections(before, after)) == pairs


def test_words_corrected_several_times_are_offered_to_the_terms(people: People) -> None:
    for _ in range(2):
        suggest(people, judged(people), "¿Cuál tal?")
    once = judged(people)
    suggest(people, once, "Buenas.", start=2)
    who = client_of(people.owner)
    words = text_of(who, people.project)
    assert "Qué corrected to Cuál Spanish (Spain) · 2 times" in words
    assert "Hola" not in words
    query = "source=Qu%C3%A9&amp;target=Cu%C3%A1l&amp;locale=es-ES&amp;rule=forbidden"
    assert f"{reverse('terms', args=[people.project.pk])}?{query}#add" in html_of(who, people.project)
    form = who.get(reverse("terms", args=[people.project.pk]) + "?" + query.replace("&amp;", "&")).content.decode()
    assert 'value="Qué"' in form
    assert '<option value="forbidden" selected>' in form
    assert "Add to terms" not in text_of(client_of(people.editor), people.project)
    Term.objects.create(project=people.project, source="qué", target="Cuál", locale="es-ES", rule="forbidden")
    assert "In the terms" in text_of(who, people.project)


def test_a_suggestion_remembers_what_the_subtitle_said(people: People) -> None:
    dubbing = judged(people)
    comment = suggest(people, dubbing, "¿Cuál tal?")
    comments.use_suggestion(comment, people.editor)
    comment.refresh_from_db()
    assert comment.cue_text == "¿Qué tal?"


def test_an_empty_page_says_what_will_be_there(people: People) -> None:
    assert "Nothing reviewed yet" in text_of(client_of(people.viewer), people.project)


def test_the_number_of_queries_does_not_grow_with_dubs_or_issues(
    people: People, django_assert_max_num_queries: Any
) -> None:
    for locale in ("es-ES", "fr-FR", "de-DE", "it-IT"):
        dubbing = judged(people, *["minor"] * 20, locale=locale)
        suggest(people, dubbing, "¿Cuál tal?")
    who = client_of(people.owner)
    who.get(reverse("quality", args=[people.project.pk]))
    with django_assert_max_num_queries(20):
        who.get(reverse("quality", args=[people.project.pk]))


def test_filters_narrow_the_open_issues_and_their_counts_as_well(people: People) -> None:
    ReviewPolicy.objects.create(project=people.project, answer_hours=24)
    old = judged(people, "minor", locale="es-ES", kind="voice")
    Result.objects.filter(version__dubbing=old).update(kept_at=timezone.now() - timedelta(days=100))
    for kind in ("mix", "grammar"):
        judged(people, "minor", locale="fr-FR", kind=kind)
    Comment.objects.filter(kind="voice").update(text="Robotic")
    Comment.objects.filter(kind="mix").update(text="Too loud")
    Comment.objects.filter(kind="grammar").update(text="Plural")
    who, day = client_of(people.viewer), timezone.localdate() - timedelta(days=10)
    for query, count, shown, hidden in (
        ("", 3, ["Robotic", "Too loud", "Plural"], []),
        ("?language=fr-FR", 2, ["Too loud", "Plural"], ["Robotic"]),
        ("?language=fr-FR&kind=mix", 1, ["Too loud"], ["Robotic", "Plural"]),
        (f"?to={day}", 1, ["Robotic"], ["Too loud", "Plural"]),
        ("?kind=sync", 0, [], ["Robotic", "Too loud", "Plural"]),
    ):
        words = text_of(who, people.project, query)
        assert f"Waiting for an answer {count} No answer in time" in words
        assert all(text in words for text in shown)
        assert not any(text in words for text in hidden)
    assert "No open issues match these filters." in text_of(who, people.project, "?kind=sync")


def test_counting_open_issues_stops_and_says_so_but_not_before_the_filters(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST_OPEN", 2)
    monkeypatch.setattr(pages, "ISSUES_SHOWN", 1)
    judged(people, *["minor"] * 3, locale="es-ES")
    judged(people, "minor", locale="fr-FR", kind="mix")
    who = client_of(people.viewer)
    assert "Waiting for an answer 2+ No answer in time: will fix 0+" in text_of(who, people.project)
    assert "1–1 of 2+" in text_of(who, people.project)
    for query in ("?language=fr-FR", "?kind=mix"):
        assert "Waiting for an answer 1 No answer in time: will fix 0 " in text_of(who, people.project, query)


def test_every_open_issue_is_on_a_page_the_oldest_first(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "ISSUES_SHOWN", 2)
    dubbing = judged(people, *["minor"] * 5, locale="fr-FR")
    for number, comment in enumerate(Comment.objects.order_by("pk")):
        Comment.objects.filter(pk=comment.pk).update(
            text=f"Issue {number}", created_at=timezone.now() - timedelta(hours=10 - number)
        )
    who, query, seen = client_of(people.viewer), "?language=fr-FR", []
    while query:
        html = html_of(who, people.project, query)
        seen += re.findall(r"Issue \d", strip_tags(html))
        older = re.search(r'href="[^"?]*(\?[^"]*)" rel="next"', html)
        query = older[1].replace("&amp;", "&") if older else ""
        assert not query or "language=fr-FR" in query
    assert seen == [f"Issue {number}" for number in range(5)]
    assert "5–5 of 5" in html
    assert dubbing.comments.count() == 5


def test_of_a_large_project_the_dubs_that_were_judged_last_are_added_up_and_files_have_all(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judged_dubs, "WHOLE", 2)
    monkeypatch.setattr(judged_dubs, "NEWEST", 2)
    old, commented, waiting, approved = (judged(people, locale=code) for code in ("it-IT", "fr-FR", "de-DE", "es-ES"))
    make_review(old, status="approved")
    make_review(commented)
    Comment.objects.create(dubbing=commented, author=people.owner, text="Wrong", kind="mix", severity="major")
    suggest(people, commented, "¿Cuál tal?")
    make_review(waiting)
    make_review(approved, status="changes_requested")
    who = client_of(people.viewer)
    html = html_of(who, people.project, "?by=language")
    assert "the figures cover the 2 dubs judged most recently" in html
    table_of = html[html.index("<tbody>") : html.index("</tbody>")]
    assert "French (France)" in table_of
    assert "Spanish (Spain)" in table_of
    assert "Italian" not in table_of
    assert "German" not in table_of  # nobody judged it yet
    rows = table(who, people.project)
    assert {value for by, value in rows if by == "language"} == {
        "French (France)", "Spanish (Spain)", "Italian (Italy)"
    }  # fmt: skip
    monkeypatch.setattr(judged_dubs, "WHOLE", 4)
    assert "judged last" not in html_of(who, people.project)
