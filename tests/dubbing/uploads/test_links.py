"""Links to files on the web: looked at before they are accepted, wherever they lead."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from dubbing import media, tasks
from dubbing.models import Batch, BatchRow, Link
from dubbing.providers import link_probe, network
from dubbing.uploads import links
from tests.conftest import WakeUps
from tests.support.certificates import self_signed
from tests.support.drafts import a_draft, a_person, typed
from tests.support.http_server import Request, Server, head
from tests.support.media import make_film
from tests.support.people import People

pytestmark = pytest.mark.django_db
LOOK, ASK = links.look, links.ask  # before the tests' surroundings put them to rest


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make_film(tmp_path_factory.mktemp("films") / "film.mp4", seconds=3).read_bytes()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificate")


@pytest.fixture(scope="module")
def tls(folder: Path) -> ssl.SSLContext:
    return self_signed(folder)


@pytest.fixture
def server(tls: ssl.SSLContext, folder: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server that is trusted, and a provider on this machine, so that links to here may be looked at."""
    settings.PANJAYA_API_URL = "http://127.0.0.1:9"
    monkeypatch.setattr(links, "look", LOOK)
    context = ssl.create_default_context(cafile=folder / "certificate.pem")
    monkeypatch.setattr(network, "_tls", lambda: context)
    with Server(tls=tls) as server:
        yield server


@pytest.fixture
def ada() -> User:
    return a_person("ada")


@pytest.fixture
def page(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def look(url: str, kind: str = "video") -> links.LinkOutcome:
    return LOOK(url, kind, "panjaya")


def serving(content: bytes, content_type: str = "video/mp4", *, ranges: bool = True) -> Callable[[Request], None]:
    """What a good server of files does; without ``ranges`` a simple one."""

    def script(request: Request) -> None:
        facts = {"Content-Type": content_type, "Content-Length": str(len(content))}
        wanted = request.headers.get("range", "").removeprefix("bytes=")
        if request.method == "HEAD":
            request.raw(head(200, facts))
        elif wanted and ranges:
            begin, end = (int(number) for number in wanted.split("-"))
            part = content[begin : end + 1]
            facts |= {"Content-Length": str(len(part)), "Content-Range": f"bytes {begin}-{end}/{len(content)}"}
            request.raw(head(206, facts) + part)
        else:
            request.raw(head(200, facts) + content)

    return script


def with_padding(film: bytes, size: int) -> bytes:
    """The same film, as a large file whose index stands at its end."""
    moov, mdat = film.find(b"moov") - 4, film.find(b"mdat") - 4
    assert moov > 0
    assert mdat > 0
    return film + (size - len(film)).to_bytes(4, "big") + b"free" + bytes(size - len(film) - 8)


# --- what is found


@pytest.mark.parametrize("ranges", [True, False])
def test_a_video_is_found_with_its_size_and_length(server: Server, film: bytes, ranges: bool) -> None:
    server.script = serving(film, ranges=ranges)
    found = look(f"{server.url}/film.mp4?signature=x")
    assert (found.refusal, found.size, found.content_type) == ({}, len(film), "video/mp4")
    assert found.duration == pytest.approx(3.0, abs=0.2)
    assert [request.method for request in server.requests] == ["HEAD", "GET"]


def test_of_a_large_file_only_the_two_ends_are_fetched(
    server: Server, film: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_probe, "HEAD_BYTES", 20_000)
    monkeypatch.setattr(link_probe, "TAIL_BYTES", 10_000)
    server.script = serving(with_padding(film, 5_000_000))
    found = look(f"{server.url}/film.mp4")
    assert (found.size, found.refusal) == (5_000_000, {})
    assert found.duration == pytest.approx(3.0, abs=0.2)
    assert [request.headers.get("range") for request in server.requests] == [
        None, "bytes=0-19999", "bytes=4990000-4999999",
    ]  # fmt: skip


def test_an_unknown_length_is_no_reason_to_refuse(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_probe, "HEAD_BYTES", 1000)
    monkeypatch.setattr(link_probe, "TAIL_BYTES", 1000)
    server.script = serving(b"\0" * 50_000, "application/octet-stream")
    found = look(f"{server.url}/film.mxf")
    assert (found.refusal, found.size, found.duration) == ({}, 50_000, None)


def test_a_server_without_head_is_asked_with_get(server: Server, film: bytes) -> None:
    whole = serving(film)
    server.script = lambda request: request.answer(403) if request.method == "HEAD" else whole(request)
    assert look(f"{server.url}/signed").duration == pytest.approx(3.0, abs=0.2)


def test_music_is_accepted_as_a_background(server: Server, tmp_path: Path) -> None:
    server.script = serving(make_film(tmp_path / "music.m4a", video=None).read_bytes(), "audio/mp4")
    assert look(f"{server.url}/music.m4a", "background").refusal == {}
    assert "no video" in look(f"{server.url}/music.m4a", "video").refusal["message"]


def test_redirects_are_followed(server: Server, film: bytes) -> None:
    whole = serving(film)

    def script(request: Request) -> None:
        if request.path == "/here":
            request.answer(302, headers={"Location": f"{server.url}/there"})
        else:
            whole(request)

    server.script = script
    assert look(f"{server.url}/here").size == len(film)


# --- what is refused


@pytest.mark.parametrize(
    ("content", "content_type", "expected"),
    [
        (b"<p>Sign in</p>", "text/html; charset=utf-8", "web page"),
        (b"<!DOCTYPE html><p>Sign in</p>", "application/octet-stream", "web page"),
        (b"{}", "application/json", "application/json"),
        (b"x" * 100, "image/png", "image/png"),
        (b"x" * 100, "video/mp4", "not a video file"),
        (b"", "video/mp4", "The file behind this link is empty"),
    ],
)
def test_a_file_that_is_not_a_video_is_refused_with_what_to_do(
    server: Server, content: bytes, content_type: str, expected: str
) -> None:
    server.script = serving(content, content_type)
    found = look(f"{server.url}/x")
    assert expected in found.refusal["message"]
    assert found.refusal["remedy"]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, "signing in"),
        (403, "signing in"),
        (404, "no file"),
        (410, "no file"),
        (500, "reports an error."),
        (429, "reports an error."),
        (418, "418"),
    ],
)
def test_refusals_of_the_server_are_explained(server: Server, status: int, expected: str) -> None:
    server.script = lambda request: request.raw(head(status, {"Content-Length": "0"}))
    assert expected in look(f"{server.url}/x").refusal["message"]


def test_a_file_that_is_too_large_is_refused(server: Server, settings: Any) -> None:
    large = settings.UPLOAD_MAX_BYTES + 1

    def script(request: Request) -> None:
        facts = {"Content-Type": "video/mp4", "Content-Range": f"bytes 0-99/{large}", "Content-Length": "100"}
        request.raw(head(405, {"Content-Length": "0"}) if request.method == "HEAD" else head(206, facts) + b"x" * 100)

    server.script = script
    assert "and the limit is" in look(f"{server.url}/x").refusal["message"]


def test_an_endless_file_ends_the_check_early(server: Server) -> None:
    def script(request: Request) -> None:
        request.raw(head(200, {"Content-Type": "video/mp4", "Connection": "close"}))
        if request.method == "GET":
            request.flood(100_000_000)
        request.close()

    server.script = script
    found = look(f"{server.url}/x")
    assert (found.size, found.refusal) == (None, {})


def test_redirects_in_a_circle_are_refused(server: Server) -> None:
    server.script = lambda request: request.answer(302, headers={"Location": request.path})
    assert "redirects endlessly" in look(f"{server.url}/x").refusal["message"]
    assert len(server.requests) == link_probe.REDIRECTS + 1


def test_an_unreachable_server_is_reported(server: Server) -> None:
    assert "is not responding" in look("https://127.0.0.1:9/x").refusal["message"]


def test_a_server_that_never_answers_is_given_up(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "SECONDS", 0.5)
    server.script = lambda request: request.drip(head(200, {"Content-Type": "video/mp4"}), 0.1)
    assert "too long" in look(f"{server.url}/x").refusal["message"]


def test_an_untrusted_certificate_is_reported(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "_tls", ssl.create_default_context)
    assert "certificate" in look(f"{server.url}/x").refusal["message"]


# --- where nobody goes


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "::1", "100.64.0.1"])
def test_a_public_name_with_a_private_address_is_not_connected_to(
    server: Server, settings: Any, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    settings.PANJAYA_API_URL = "https://api.panjaya.ai"
    monkeypatch.setattr(network, "resolve", lambda host, port: [address])
    found = look(f"https://films.example.com:{server.port}/x")
    assert "not public" in found.refusal["message"]
    assert server.connections == 0


def test_a_redirect_into_our_network_is_not_followed(
    server: Server, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PANJAYA_API_URL = "https://api.panjaya.ai"
    for inside in (
        "https://127.0.0.1/admin",
        "http://films.example.com/",
        "https://user:pass@films.example.com/",
        "file:///etc",
    ):
        asked: list[str] = []

        class Moved:
            status_code, headers = 302, {"location": inside}

            def close(self) -> None:
                """Nothing is open."""

        def answer(pool: object, request: Any, asked: list[str] = asked, moved: Any = Moved) -> Any:
            asked.append(str(request.url))
            return moved()

        monkeypatch.setattr(network._Transport, "handle_request", answer)
        assert "not public" in look("https://films.example.com/x").refusal["message"]
        assert asked == ["https://films.example.com/x"]


# --- workers look, pages do not wait


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks is told what is known; looking is a worker's."""
    monkeypatch.setattr(links, "ask", ASK)


def test_a_page_shows_that_a_link_is_being_checked_and_then_the_result(
    workers: None, page: Client, ada: User, server: Server, film: bytes, wake_ups: WakeUps, committed: Any
) -> None:
    draft, url = a_draft(ada), f"{server.url}/film.mp4"
    server.script = serving(film)
    for _ in range(2):
        with committed():
            assert "data-checking" in check(page, draft, url)
    assert server.connections == 0
    link = Link.objects.get()
    assert ("look_at_link", link.pk) in wake_ups
    assert "Wait a few seconds" in page.post(f"/assets/{draft.pk}/edit/", form(url)).content.decode()
    tasks.check_link.run(link.pk)
    assert "MP4, " in check(page, draft, url)
    assert page.post(f"/assets/{draft.pk}/edit/", form(url)).status_code == 302


def test_links_that_were_not_enqueued_are_found_by_the_sweep(
    workers: None, ada: User, server: Server, film: bytes
) -> None:
    server.script = serving(film)
    link = links.ask(f"{server.url}/film.mp4", "video", ada, provider="panjaya")
    assert [(item.task.name.rpartition(".")[2], item.pk) for item in tasks.due()] == [("look_at_link", link.pk)]
    for item in tasks.due():
        item.run()
    link.refresh_from_db()
    assert (link.status, list(tasks.due())) == ("good", [])


def test_a_worker_that_dies_is_followed_by_another(workers: None, ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    link = links.ask("https://films.example.com/x.mp4", "video", ada, provider="panjaya")

    def die(*_: object) -> links.LinkOutcome:
        raise SystemExit

    monkeypatch.setattr(links, "look", die)
    with pytest.raises(SystemExit):
        links.check_due(link.pk)
    assert links.check_due(link.pk) is None
    past = timezone.now() - timedelta(seconds=1)
    Link.objects.update(lease_until=past, next_at=past)
    monkeypatch.setattr(links, "look", lambda *_: links.LinkOutcome(size=7))
    assert links.check_due(link.pk)
    assert Link.objects.get().status == "good"


@pytest.mark.long
def test_a_check_that_never_finishes_is_reported_and_not_retried_for_ever(
    workers: None, page: Client, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft, url, begun = a_draft(ada), "https://films.example.com/x.mp4", []

    def crash(*_: object) -> links.LinkOutcome:
        begun.append(timezone.now())
        raise RuntimeError("the decoder went away")

    monkeypatch.setattr(links, "look", crash)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        told = check(page, draft, url)
        for _ in range(60):
            if "data-checking" in told:  # the page asks no more once it has been told
                told = check(page, draft, url)
            for item in tasks.due():
                item.run()
            clock.shift(15)
    assert len(begun) == 3
    waits = [later - earlier for earlier, later in pairwise(begun)]
    assert waits[0] < waits[1]
    assert "could not check the file" in told
    assert "Upload the file" in told
    assert "data-checking" not in told


def test_a_link_that_was_given_up_is_checked_when_it_is_requested_again(
    workers: None, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = links.ask("https://films.example.com/x.mp4", "video", ada, provider="panjaya")
    Link.objects.update(tries=3)
    tasks.check_link.run(link.pk)
    link.refresh_from_db()
    assert (link.status, link.refusal["code"], link.next_at) == ("refused", "stuck", None)
    Link.objects.update(looked_at=timezone.now() - timedelta(minutes=1))
    again = links.ask(link.url, "video", ada, provider="panjaya")
    assert (again.pk, again.status, again.tries) == (link.pk, "checking", 0)
    tasks.check_link.run(link.pk)
    assert Link.objects.get().status == "good"


def test_one_persons_links_do_not_keep_another_persons_waiting(workers: None, ada: User) -> None:
    eve = a_person("eve")
    urls = [f"https://films.example.com/{number}.mp4" for number in range(links.AT_ONCE)]
    for url in urls:
        links.ask(url, "video", eve, provider="panjaya", most=links.AT_ONCE)
    with pytest.raises(links.TooManyLinks):
        links.ask("https://films.example.com/more", "video", eve, provider="panjaya", most=links.AT_ONCE)
    assert links.ask(urls[0], "video", eve, provider="panjaya", most=links.AT_ONCE).status == "checking"
    for pk in links.waiting()[: links.OF_PERSON]:
        assert Link.objects.due().claim(pk, seconds=30)
    mine = links.ask("https://films.example.com/mine", "video", ada, provider="panjaya", most=links.AT_ONCE)
    assert links.waiting() == [mine.pk]
    assert links.check_due(Link.objects.due().filter(owner=eve)[0].pk) is None
    assert links.check_due(mine.pk)


def test_too_many_links_are_refused_with_a_time_to_come_back(workers: None, page: Client, ada: User) -> None:
    draft = a_draft(ada)
    for number in range(links.AT_ONCE):
        check(page, draft, f"https://films.example.com/{number}.mp4")
    answer = page.post("/links/check/", {"url": "https://films.example.com/x", "kind": "video", "asset": draft.pk})
    assert (answer.status_code, answer["Retry-After"]) == (429, "3")


def test_a_good_link_stays_good_while_it_is_checked_again(workers: None, ada: User) -> None:
    url = "https://films.example.com/x.mp4"
    links.check(url, "video", ada, provider="panjaya")
    Link.objects.update(looked_at=timezone.now() - timedelta(hours=2), duration=9.0)
    again = links.ask(url, "video", ada, provider="panjaya")
    assert (again.status, again.duration, links.waiting()) == ("good", 9.0, [again.pk])


def test_a_batch_gets_the_results_of_its_link_checks(workers: None, people: People) -> None:
    url = "https://films.example.com/x.mp4"
    batch = Batch.objects.create(project=people.project, created_by=people.editor, name="Batch")
    draft = a_draft(people.editor, project=people.project, typed={"source_from": "url", "media_url": url})
    row = BatchRow.objects.create(batch=batch, asset=draft, number=1, given={"media_url": url}, stale=False)
    tasks.check_row_links.run(draft.pk)
    BatchRow.objects.update(stale=False)
    tasks.check_link.run(Link.objects.get().pk)
    row.refresh_from_db()
    assert row.stale


def test_one_deadline_is_for_the_fetch_and_the_probe(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """19 GB that take no room anywhere; a decoder that reads all of them takes longer than anybody waits."""
    monkeypatch.setattr(links, "SECONDS", 2.0)
    asked: list[float] = []
    probe = media.probe

    def timed(path: Path, **how: Any) -> media.MediaInfo:
        asked.append(how["seconds"])
        return probe(path, **how)

    monkeypatch.setattr(media, "probe", timed)
    film, size = make_film(tmp_path / "film.mkv", seconds=3).read_bytes(), 19 * 10**9

    def script(request: Request) -> None:
        facts = {"Content-Type": "video/x-matroska", "Content-Length": str(size)}
        wanted = request.headers.get("range", "").removeprefix("bytes=")
        if not wanted:
            request.raw(head(200, facts))
            return
        begin, end = (int(number) for number in wanted.split("-"))
        part = (film[begin : end + 1] if begin == 0 else b"").ljust(end + 1 - begin, b"\0")
        facts |= {"Content-Length": str(len(part)), "Content-Range": f"bytes {begin}-{end}/{size}"}
        request.raw(head(206, facts) + part)

    server.script = script
    began = time.monotonic()
    assert look(f"{server.url}/film.mkv").refusal == {}
    assert time.monotonic() - began < 15
    assert 0 < asked[0] < links.SECONDS


# --- what is remembered


def test_what_was_found_is_remembered_for_an_hour(server: Server, ada: User, film: bytes) -> None:
    server.script = serving(film)
    url = f"{server.url}/film.mp4"
    first = links.check(url, "video", ada, provider="panjaya")
    asked = len(server.requests)
    assert links.check(url, "video", ada, provider="panjaya") == first
    assert len(server.requests) == asked
    Link.objects.update(looked_at=timezone.now() - timedelta(minutes=61))
    server.script = serving(b"", "video/mp4")
    again = links.check(url, "video", ada, provider="panjaya")
    assert (again.pk, again.status) == (first.pk, "refused")
    Link.objects.update(looked_at=timezone.now() - timedelta(minutes=1))  # corrected at once on the other side
    server.script = serving(film)
    assert links.check(url, "video", ada, provider="panjaya").status == "good"
    Link.objects.update(looked_at=timezone.now() - timedelta(days=31))
    assert links.forget_old() == 1


# --- on the page


def check(page: Client, draft: Any, url: str, kind: str = "video") -> str:
    answer = page.post("/links/check/", {"url": url, "kind": kind, "asset": draft.pk})
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_page_gets_the_facts_of_a_link(page: Client, ada: User, server: Server, film: bytes) -> None:
    draft = a_draft(ada)
    server.script = serving(film)
    assert "MP4, " in (told := check(page, draft, f"{server.url}/film.mp4"))
    assert "3 s" in told
    server.script = serving(b"<p>", "text/html")
    assert "web page" in check(page, draft, f"{server.url}/page")
    assert "uses http" in check(page, draft, "http://films.example.com/x.mp4")
    assert "name or password" in check(page, draft, "https://me:secret@films.example.com/x.mp4")
    assert check(page, draft, "").count("form-hint") == 0


def test_nobody_else_may_check_links_of_a_draft(ada: User) -> None:
    draft = a_draft(ada)
    eve = Client()
    eve.force_login(a_person("eve"))
    for asset in (draft.pk, "", "x", "9" * 30):
        assert eve.post("/links/check/", {"url": "https://films.example.com/x", "asset": asset}).status_code == 404
    assert not Link.objects.exists()


def form(url: str, **changes: Any) -> dict[str, Any]:
    return typed(source_from="url", media_url=url, auto_generate="no_lips", action="submit", **changes)


def test_a_link_that_was_never_checked_is_checked_before_it_is_sent(
    page: Client, ada: User, server: Server, film: bytes
) -> None:
    draft = a_draft(ada)
    server.script = serving(b"<p>", "text/html")
    refused = page.post(f"/assets/{draft.pk}/edit/", form(f"{server.url}/page"))
    assert refused.status_code == 422
    assert "web page" in refused.content.decode()
    draft.refresh_from_db()
    assert (draft.status, draft.typed["media_url"]) == ("draft", f"{server.url}/page")
    server.script = serving(film)
    assert page.post(f"/assets/{draft.pk}/edit/", form(f"{server.url}/film.mp4")).status_code == 302
    draft.refresh_from_db()
    assert draft.status != "draft"


def test_the_length_of_a_link_counts_for_the_trim(page: Client, ada: User, server: Server, film: bytes) -> None:
    draft = a_draft(ada)
    server.script = serving(film)
    url = f"{server.url}/film.mp4"
    answer = page.post(f"/assets/{draft.pk}/edit/", form(url, start="1", end="9"))
    assert answer.status_code == 422
    assert 'id="id_end"' in answer.content.decode()
    assert page.post(f"/assets/{draft.pk}/edit/", form(url, start="1", end="2.5")).status_code == 302


def test_saving_a_draft_uses_no_network(page: Client, ada: User, server: Server) -> None:
    draft = a_draft(ada)
    assert page.post(f"/assets/{draft.pk}/autosave/", form(f"{server.url}/film.mp4")).status_code == 200
    assert server.connections == 0
