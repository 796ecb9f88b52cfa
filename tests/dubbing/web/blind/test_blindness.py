"""What a voter's browser gets before voting has ended names no final video, no setting and no file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from dubbing.models import Asset, BlindComparison, Dubbing, Mail, Notice, Result, Upload
from dubbing.notices import consumer, mails
from dubbing.platform import formatting, storage
from dubbing.review import blind_comparisons
from tests.support.blind import make_comparison, make_results, vote_for
from tests.support.drafts import SRT
from tests.support.people import People, client_of
from tests.support.rows import make_file

pytestmark = pytest.mark.django_db

LETTERS = ("A", "B", "C")


@pytest.fixture
def results(people: People) -> list[Result]:
    """Three final videos whose ids, names and settings cannot be taken for anything else."""
    settings = (
        {"pk": 770001, "name": "Zanzibar", "voice_anonymization": 0.17},
        {"pk": 770002, "name": "Yucatan", "voice_anonymization": 0.43, "lips_model": "real_face_turbo"},
        {"pk": 770003, "name": "Xanadu", "voice_anonymization": 0.91, "provider": "modelslab", "speakers": 77},
    )
    made = make_results(people.project, people.editor, settings, first_pk=880001)
    Upload.objects.update(media={"playable": True}, name="wuthering.mp4")
    return made


@pytest.fixture
def comparison(people: People, results: list[Result]) -> BlindComparison:
    """The organizer votes as well, and so knows nothing either."""
    return make_comparison(people.project, people.editor, [people.editor, people.viewer], results)


def identifying(results: list[Result]) -> list[str]:
    texts: list[str] = ["wuthering", "real_face", "Panjaya", "ModelsLab", "panjaya", "modelslab", "anonymization"]
    for result in results:
        version, asset = result.version, result.version.dubbing.asset
        texts += [str(asset.pk), str(result.pk), str(asset), result.key, Path(result.key).name, result.sha256]
        texts += [result.sha256[:12], version.remote_id, asset.remote_id, f"{asset.voice_anonymization}"]
        texts += [formatting.size(result.size), f"/versions/{version.pk}/", f"/dubbings/{version.dubbing_id}/"]
    return texts


def everything(answer: Any) -> str:
    """Headers and body of an answer."""
    body = b"".join(answer) if answer.streaming else answer.content
    return "\n".join(f"{name}: {value}" for name, value in answer.items()) + body.decode("utf-8", "replace")


def looked_at(client: Client, comparison: BlindComparison) -> dict[str, str]:
    """All that somebody who votes comes across on the way."""
    pages = {
        "my work": "/",
        "list": f"/projects/{comparison.project_id}/blind/",
        "page": f"/blind/{comparison.pk}/",
        "page with a query": f"/blind/{comparison.pk}/?listen=2&t=1.5",
        "notices": "/notices/",
        "new notices": "/notices/new/?after=0",
        "voters": f"/blind/{comparison.pk}/?part=voters",
        "subtitles": f"/blind/{comparison.pk}/subtitles.vtt",
        "odd letter": f"/blind/{comparison.pk}/media/Z/",
    }
    got = {name: everything(client.get(address)) for name, address in pages.items()}
    got["wrong vote"] = everything(client.post(f"/blind/{comparison.pk}/vote/", {"choice": "Z"}))
    for label in (*LETTERS, "source"):
        address = f"/blind/{comparison.pk}/media/{label}/"
        headers: dict[str, dict[str, str]] = {
            "whole": {},
            "part": {"Range": "bytes=0-99"},
            "beyond": {"Range": "bytes=999999-"},
        }
        for name, sent in headers.items():
            got[f"{label}, {name}"] = everything(client.get(address, headers=sent))
        got[f"{label}, head"] = everything(client.head(address))
        etag = client.head(address)["ETag"]
        got[f"{label}, unchanged"] = everything(client.get(address, headers={"If-None-Match": etag}))
    return got


@pytest.mark.parametrize("voted", [False, True])
def test_nothing_that_a_voter_gets_gives_a_candidate_away(
    people: People, results: list[Result], comparison: BlindComparison, voted: bool
) -> None:
    consumer.take_events()
    for person in (people.viewer, people.editor):
        if voted:
            vote_for(comparison, person, 1)
        client = client_of(person)
        for place, text in looked_at(client, comparison).items():
            if place == "my work":  # shows everybody's videos, whatever is compared
                text = text.partition('aria-labelledby="votes"')[2].partition("</section>")[0]
            found = [word for word in identifying(results) if word in text]
            assert not found, (person.username, place, found)


def test_all_candidates_have_the_same_subtitles_whichever_of_them_was_made_with_some(
    people: People, results: list[Result], comparison: BlindComparison
) -> None:
    Dubbing.objects.filter(pk=results[2].version.dubbing_id).update(srt=SRT)
    Asset.objects.update(start=1.0)
    client = client_of(people.viewer)
    page = client.get(f"/blind/{comparison.pk}/").content.decode()
    assert page.count(f'<track kind="subtitles" src="/blind/{comparison.pk}/subtitles.vtt" srclang="es-ES"') == 3
    text = client.get(f"/blind/{comparison.pk}/subtitles.vtt").content.decode()
    assert "00:00:00.500 --> 00:00:02.000\nHola" in text


def test_the_email_that_asks_for_a_vote_names_the_comparison_alone(
    people: People, results: list[Result], comparison: BlindComparison
) -> None:
    consumer.take_events()
    Mail.objects.update(next_at=timezone.now())
    for waiting in Mail.objects.due():
        mails.send(waiting.pk)
    sent = [message for message in mail.outbox if message.to == [people.viewer.email]]
    assert len(sent) == 1
    text = str(sent[0].message())
    assert "Which voice?" in text
    assert not [word for word in identifying(results) if word in text]


def test_the_letters_lead_to_the_candidates_in_the_voters_own_order(
    people: People, results: list[Result], comparison: BlindComparison
) -> None:
    for person in (people.viewer, people.editor):
        order = comparison.ballots.get(user=person).order
        for letter, position in zip(LETTERS, order, strict=True):
            answer = client_of(person).get(f"/blind/{comparison.pk}/media/{letter}/")
            assert b"".join(answer) == storage.path(results[position].key).read_bytes()


def test_two_voters_cannot_find_out_by_headers_what_they_call_the_same(
    people: People, comparison: BlindComparison
) -> None:
    address = f"/blind/{comparison.pk}/media/%s/"
    tags = [
        client_of(person).head(address % letter)["ETag"]
        for person in (people.viewer, people.editor)
        for letter in "ABC"
    ]
    assert len(set(tags)) == 6


def test_the_file_is_named_only_in_the_header_that_nginx_removes(
    people: People, results: list[Result], comparison: BlindComparison, settings: Settings
) -> None:
    settings.X_ACCEL_PREFIX = "/media-files"
    answer = client_of(people.viewer).get(f"/blind/{comparison.pk}/media/B/")
    assert answer.headers["X-Accel-Redirect"].startswith("/media-files")
    del answer.headers["X-Accel-Redirect"]
    assert not [word for word in identifying(results) if word in everything(answer)]


def test_the_browser_keeps_no_page_for_the_next_voter(people: People, comparison: BlindComparison) -> None:
    assert client_of(people.viewer).get(f"/blind/{comparison.pk}/")["Cache-Control"] == "no-store"


def test_the_organizer_who_does_not_vote_knows_and_sees_no_votes_before_the_end(
    people: People, results: list[Result]
) -> None:
    comparison = make_comparison(people.project, people.editor, [people.viewer], results)
    vote_for(comparison, people.viewer, 1, "The second is clearest.")
    text = everything(client_of(people.editor).get(f"/blind/{comparison.pk}/"))
    assert "0.43" in text
    assert "The second is clearest." not in text
    assert "1 of 1 voted" in text


def test_a_member_who_neither_votes_nor_organizes_sees_and_hears_nothing_of_it(
    people: People, results: list[Result]
) -> None:
    comparison = make_comparison(people.project, people.editor, [people.viewer], results)
    client = client_of(people.owner)
    text = everything(client.get(f"/blind/{comparison.pk}/"))
    assert "You are not a voter in this comparison" in text
    assert not [word for word in identifying(results) if word in text]
    for label in (*LETTERS, "source"):
        assert client.get(f"/blind/{comparison.pk}/media/{label}/").status_code == 404
    assert client.get(f"/blind/{comparison.pk}/tally.csv").status_code == 404


def test_once_it_is_closed_everybody_sees_which_is_which_and_who_chose_it(
    people: People, results: list[Result], comparison: BlindComparison
) -> None:
    vote_for(comparison, people.viewer, 1, "Clear.")
    blind_comparisons.close(comparison, people.editor)
    for person in (people.owner, people.editor, people.viewer):
        text = everything(client_of(person).get(f"/blind/{comparison.pk}/"))
        for shown in ("0.17", "0.43", "0.91", "ModelsLab", "Yucatan", "Clear.", "won with 1 of 1 vote"):
            assert shown in text


def test_a_video_that_left_the_project_is_played_to_nobody(
    people: People, results: list[Result], comparison: BlindComparison
) -> None:
    asset = results[0].version.dubbing.asset
    asset.project = people.outsider.memberships.get().project
    asset.save()
    order = comparison.ballots.get(user=people.viewer).order
    client = client_of(people.viewer)
    statuses = [client.head(f"/blind/{comparison.pk}/media/{letter}/").status_code for letter in LETTERS]
    assert [status == 404 for status in statuses] == [position == 0 for position in order]
    assert "no longer available" in client.get(f"/blind/{comparison.pk}/").text


def test_odd_orders_in_a_row_break_no_page(people: People, comparison: BlindComparison) -> None:
    odd: list[Any] = [[], [0], [0, 0, 0], [5, 4, 3], "x", None, [True, 1, 2], {"a": 1}]
    for order in odd[:5] + odd[6:]:
        comparison.ballots.update(order=order)
        assert client_of(people.viewer).get(f"/blind/{comparison.pk}/").status_code == 200
        assert client_of(people.viewer).head(f"/blind/{comparison.pk}/media/A/").status_code == 200


def test_a_notice_of_a_vote_holds_no_video(people: People, comparison: BlindComparison) -> None:
    consumer.take_events()
    assert set(Notice.objects.values_list("asset", flat=True)) == {None}


def test_a_copy_for_viewing_is_played_as_the_source(people: People, comparison: BlindComparison) -> None:
    proxy = make_file(storage.Kind.PROXY, b"a copy for viewing")
    Upload.objects.update(proxy_key=proxy.key)
    answer = client_of(people.viewer).get(f"/blind/{comparison.pk}/media/source/")
    assert b"".join(answer) == b"a copy for viewing"
