"""What strangers get by a share link, and what nobody gets without one that works."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dubbing.models import Comment, Delivery, Result, ShareLink, ShareVisit, Upload
from dubbing.review import comments
from dubbing.review.comments import NewComment
from dubbing.sharing import links
from dubbing.sharing.links import GUESSES, PASSWORDS
from tests.support import rows
from tests.support.people import People, client_of
from tests.support.sharing import everything, guest, share

pytestmark = pytest.mark.django_db

OF_VERSION = ("guest-video", "guest-source", "guest-poster", "guest-subtitles", "guest-download", "guest-srt")
HIDDEN = ("Harbour tour", "Hola", "owner", "editor")


@pytest.fixture
def result(people: People) -> Result:
    made = rows.make_done(people.project, people.owner)
    Upload.objects.update(media={"playable": True})
    return made


@pytest.fixture
def delivery(people: People, result: Result) -> Delivery:
    return rows.make_delivery(people.owner, result, srt=True)


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def page(token: str, client: Client | None = None, query: str = "") -> Any:
    return (client or guest()).get(reverse("guest", args=[token]) + query)


def file(token: str, name: str, client: Client | None = None, **headers: str) -> Any:
    return (client or guest()).get(reverse(name, args=[token]), headers=headers)


def say(token: str, client: Client | None = None, **typed: str) -> Any:
    given = {"name": "Jo", "text": "Too quiet.", "start": "0:01.5"} | typed
    return (client or guest()).post(reverse("guest-comment", args=[token]), given)


def log() -> list[tuple[str, str, str, str, int]]:
    visits = ShareVisit.objects.order_by("pk")
    return list(visits.values_list("kind", "address", "name", "what", "times"))


# --- looking ----------------------------------------------------------------------------------------------------------


def test_a_stranger_plays_what_was_shared_and_reads_nothing_else_of_the_project(people: People, result: Result) -> None:
    comments.add(result.version.dubbing, people.owner, NewComment("Our budget is gone."), result=result)
    comments.add(result.version.dubbing, people.owner, NewComment("Louder?", is_internal=False), result=result)
    _, token = share(people.editor, result)
    answer = page(token)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "Harbour tour" in text
    assert "Spanish (Spain)" in text
    for words in ("Our budget", "Louder?", "owner", "editor", "Harbour Films", "sign-out", "/projects/", "/assets/"):
        assert words not in text
    assert body(file(token, "guest-video")) == rows.BYTES
    assert "Hola." in file(token, "guest-subtitles").content.decode()
    assert body(file(token, "guest-poster")) == b"no real picture"


def test_looking_is_neither_downloading_nor_commenting_nor_the_source(people: People, result: Result) -> None:
    _, token = share(people.editor, result)
    text = page(token, query="?side=source").content.decode()
    for name in ("guest-download", "guest-srt", "guest-source"):
        assert file(token, name).status_code == 404
        assert reverse(name, args=[token]) not in text
    assert say(token).status_code == 404
    assert not Comment.objects.exists()


def test_a_member_who_opens_a_link_sees_what_guests_see(people: People, result: Result) -> None:
    _, token = share(people.editor, result)
    text = page(token, client_of(people.owner)).content.decode()
    assert "owner" not in text
    assert "/account/" not in text


def test_the_source_is_shown_if_the_link_says_so(people: People, result: Result) -> None:
    _, token = share(people.editor, result, shows_source=True)
    assert reverse("guest-source", args=[token]) in page(token, query="?side=source").content.decode()
    assert body(file(token, "guest-source")) == rows.BYTES


def test_the_newest_final_video_of_the_version_is_shown(people: People, result: Result) -> None:
    _, token = share(people.editor, result)
    rows.make_result(result.version, content=b"newer" * 400)
    assert body(file(token, "guest-video")) == b"newer" * 400


def test_media_come_in_parts_and_are_kept_by_nobody(people: People, result: Result) -> None:
    token = everything(people.editor, result)
    part = file(token, "guest-video", Range="bytes=10-19")
    assert part.status_code == 206
    assert body(part) == rows.BYTES[10:20]
    assert part["Content-Range"] == f"bytes 10-19/{len(rows.BYTES)}"
    assert file(token, "guest-video", Range="bytes=999999-").status_code == 416


def test_nothing_of_a_link_is_stored_indexed_or_told_to_other_sites(
    people: People, result: Result, delivery: Delivery
) -> None:
    version, files = everything(people.editor, result), everything(people.owner, delivery)
    answers = [page(version), page(files), page("x" * 43), *(file(version, name) for name in OF_VERSION)]
    answers += [
        file(files, "guest-zip"),
        guest().get(reverse("guest-file", args=[files, delivery.entries.all()[0].pk])),
    ]
    for answer in answers:
        body(answer)
        assert "no-store" in answer["Cache-Control"]
        assert "noindex" in answer["X-Robots-Tag"]
        # Browsers send a form from a page with "no-referrer" as if from nowhere, which the check of forms refuses.
        assert answer["Referrer-Policy"] in {"no-referrer", "same-origin"}
    assert page(files)["Referrer-Policy"] == "no-referrer"


# --- who gets nothing -------------------------------------------------------------------------------------------------


def test_links_that_never_were_expired_or_were_ended_get_the_same_answer(people: People, result: Result) -> None:
    tokens = [share(people.editor, result)[1] for _ in range(2)]
    ShareLink.objects.filter(pk=ShareLink.objects.all()[0].pk).revoke(people.owner)
    ShareLink.objects.filter(revoked_at=None).update(expires_at="2026-01-01T00:00Z")
    answers = [page(token) for token in (*tokens, "A" * 43, "x", tokens[0][:-1])]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert len({tuple(sorted(answer.headers.items())) for answer in answers}) == 1
    for words in HIDDEN:
        assert words not in answers[0].content.decode()


@pytest.mark.parametrize("name", OF_VERSION)
def test_a_link_that_was_ended_gives_no_file(people: People, result: Result, name: str) -> None:
    token = everything(people.editor, result)
    body(file(token, name))
    ShareLink.objects.all().revoke(people.owner)
    assert file(token, name).status_code == 404
    assert say(token).status_code == 404


def test_a_link_leads_to_its_own_thing_alone(people: People, result: Result, delivery: Delivery) -> None:
    version, files = everything(people.editor, result), everything(people.owner, delivery)
    other = rows.make_delivery(people.owner, rows.make_done(people.project, people.owner, name="Night boats"))
    for name in OF_VERSION:
        assert file(files, name).status_code == 404
    assert say(files).status_code == 404
    assert file(version, "guest-zip").status_code == 404
    for entry in (other.entries.all()[0], *delivery.entries.all()):
        assert guest().get(reverse("guest-file", args=[version, entry.pk])).status_code == 404
    assert guest().get(reverse("guest-file", args=[files, other.entries.all()[0].pk])).status_code == 404


def test_guessing_is_limited_and_a_neighbour_with_a_link_still_gets_in(people: People, result: Result) -> None:
    _, token = share(people.editor, result)
    statuses = [page(f"{number:043d}").status_code for number in range(GUESSES.most + 5)]
    assert statuses == [404] * GUESSES.most + [429] * 5
    answer = file("y" * 43, "guest-video")
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= GUESSES.seconds
    assert page(token).status_code == 200
    assert page("z" * 43, guest("198.51.100.9")).status_code == 404


# --- a password -------------------------------------------------------------------------------------------------------


def enter(client: Client, token: str, password: str) -> Any:
    return client.post(reverse("guest-password", args=[token]), {"password": password})


def test_without_the_password_there_is_nothing_not_even_a_name(people: People, result: Result) -> None:
    token = everything(people.editor, result, password="salt and sea")
    text = page(token).content.decode()
    for words in HIDDEN:
        assert words not in text
    for name in OF_VERSION:
        assert file(token, name).status_code == 404
    assert say(token).status_code == 404
    assert log() == []


def test_the_password_opens_the_link_in_that_browser(people: People, result: Result) -> None:
    token = everything(people.editor, result, password="salt and sea")
    browser = guest()
    wrong = enter(browser, token, "salt and see")
    assert wrong.status_code == 422
    assert "Wrong password" in wrong.content.decode()
    assert enter(browser, token, "salt and sea").url == reverse("guest", args=[token])
    assert "Harbour tour" in page(token, browser).content.decode()
    assert body(file(token, "guest-video", browser)) == rows.BYTES
    assert "Harbour tour" not in page(token).content.decode()


def test_the_password_of_one_link_opens_no_other(people: People, result: Result) -> None:
    token = everything(people.editor, result, password="salt and sea")
    other = everything(people.editor, result, password="another one")
    browser = guest()
    enter(browser, token, "salt and sea")
    kept = browser.cookies["guest"].value
    browser.cookies.load({"guest": kept})  # whatever its path
    assert file(other, "guest-video", browser).status_code == 404
    browser.cookies.load({"guest": kept[:-2] + "xx"})
    assert file(token, "guest-video", browser).status_code == 404


def test_guessing_passwords_is_limited_here_and_locks_out_nobody_elsewhere(people: People, result: Result) -> None:
    token = everything(people.editor, result, password="salt and sea")
    statuses = [enter(guest(), token, "wrong one").status_code for _ in range(PASSWORDS.most + 1)]
    assert statuses == [422] * PASSWORDS.most + [429]
    assert enter(guest(), token, "salt and sea").status_code == 429
    assert enter(guest("198.51.100.9"), token, "salt and sea").status_code == 302
    assert log() == [("wrong_password", "203.0.113.7", "", "", PASSWORDS.most)]


# --- downloading ------------------------------------------------------------------------------------------------------


def test_a_download_has_a_name_and_is_written_down(people: People, result: Result) -> None:
    _, token = share(people.editor, result, may_download=True)
    answer = file(token, "guest-download")
    assert body(answer) == rows.BYTES
    assert "Harbour tour.es-ES.mp4" in answer["Content-Disposition"]
    assert file(token, "guest-srt").content.decode() == rows.SRT
    assert [(kind, what) for kind, _, _, what, _ in log()] == [
        ("downloaded", "Harbour tour.es-ES.mp4"),
        ("downloaded", "Harbour tour.es-ES.srt"),
    ]


def test_a_delivery_is_listed_and_downloaded_as_the_link_allows(people: People, delivery: Delivery) -> None:
    entry = delivery.entries.all()[0]
    _, looking = share(people.owner, delivery)
    text = page(looking).content.decode()
    assert entry.name in text
    assert file(looking, "guest-zip").status_code == 404
    assert guest().get(reverse("guest-file", args=[looking, entry.pk])).status_code == 404
    _, taking = share(people.owner, delivery, may_download=True)
    answer = file(taking, "guest-zip")
    content = body(answer)
    opened = zipfile.ZipFile(io.BytesIO(content))
    assert opened.testzip() is None
    assert opened.namelist() == [each.name for each in delivery.entries.all()]
    assert "Harbour" not in answer["Content-Disposition"]
    half = len(content) // 2
    rest = file(taking, "guest-zip", Range=f"bytes={half}-", **{"If-Range": answer["ETag"]})
    assert rest.status_code == 206
    assert content[:half] + body(rest) == content
    assert body(guest().get(reverse("guest-file", args=[taking, entry.pk]))) == rows.BYTES
    taken = [(kind, what, times) for kind, _, _, what, times in log() if kind == "downloaded"]
    name = answer["Content-Disposition"].partition('filename="')[2].partition('"')[0]
    assert taken == [("downloaded", name, 2), ("downloaded", entry.name, 1)]


def test_every_opening_is_written_down_with_its_address(people: People, result: Result) -> None:
    _, token = share(people.editor, result)
    page(token)
    page(token)
    page(token, guest("198.51.100.9"))
    guest().head(reverse("guest", args=[token]))
    body(file(token, "guest-video"))
    assert log() == [
        ("opened", "203.0.113.7", "", "", 2),
        ("opened", "198.51.100.9", "", "", 1),
        ("played", "203.0.113.7", "", "", 1),
    ]


# --- commenting -------------------------------------------------------------------------------------------------------


def test_a_guest_gives_a_name_and_comments_and_the_team_sees_it(people: People, result: Result) -> None:
    _, token = share(people.editor, result, may_comment=True)
    browser = guest()
    answer = say(token, browser)
    made = Comment.objects.get()
    assert answer.url == f"{reverse('guest', args=[token])}#comment-{made.pk}"
    text = page(token, browser).content.decode()
    assert "Too quiet." in text
    assert 'value="Jo"' in text  # for the next one
    for member in (people.owner, people.viewer):
        seen = client_of(member).get(reverse("version", args=[result.version_id])).content.decode()
        assert "Too quiet." in seen
        assert "Jo (guest)" in seen
        assert "Visible outside the project" in seen
    assert ("commented", "203.0.113.7", "Jo", "", 1) in log()
    assert ("opened", "203.0.113.7", "Jo", "", 1) in log()


def test_a_reply_of_the_team_reaches_guests_who_may_comment(people: People, result: Result) -> None:
    _, token = share(people.editor, result, may_comment=True)
    say(token)
    asked = client_of(people.editor).get(
        reverse("version", args=[result.version_id]), {"do": f"reply-{Comment.objects.get().pk}"}
    )
    assert "People outside the project can read this reply." in asked.content.decode()
    comments.reply(Comment.objects.get(), people.editor, "We turned it up.")
    assert "We turned it up." in page(token).content.decode()


def test_what_a_guest_typed_stays_when_it_is_not_taken(people: People, result: Result) -> None:
    _, token = share(people.editor, result, may_comment=True)
    answer = say(token, start="soon")
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "“soon” is not a time" in text
    assert "Too quiet." in text
    assert not Comment.objects.exists()


def test_the_words_of_guests_are_no_markup(people: People, result: Result) -> None:
    _, token = share(people.editor, result, may_comment=True)
    say(token, name="<b>Jo</b>", text="<script>alert(1)</script>")
    for text in (
        page(token).content.decode(),
        client_of(people.owner).get(reverse("version", args=[result.version_id])).content.decode(),
    ):
        assert "<script>alert" not in text
        assert "<b>Jo" not in text


def test_a_form_of_another_site_is_refused(people: People, result: Result) -> None:
    _, token = share(people.editor, result, may_comment=True)
    strict = Client(enforce_csrf_checks=True)
    assert say(token, strict).status_code == 403
    links.switch(people.project, people.owner, on=False)
    assert say(token).status_code == 404
