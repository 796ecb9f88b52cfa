"""Links to files on the web: looked at before they are accepted, wherever they lead."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from dubbing.models import Link
from dubbing.providers import network, peeking
from dubbing.services import links
from tests.support.certificates import self_signed
from tests.support.drafts import a_draft, a_person, typed
from tests.support.http_server import Request, Server, head
from tests.support.media import make_film

pytestmark = pytest.mark.django_db
LOOK = links.look  # before the tests' surroundings put it to rest


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


def look(url: str, kind: str = "video") -> links.Found:
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
def test_a_film_is_found_with_its_size_and_length(server: Server, film: bytes, ranges: bool) -> None:
    server.script = serving(film, ranges=ranges)
    found = look(f"{server.url}/film.mp4?signature=x")
    assert (found.refusal, found.size, found.content_type) == ({}, len(film), "video/mp4")
    assert found.duration == pytest.approx(3.0, abs=0.2)
    assert [request.method for request in server.requests] == ["HEAD", "GET"]


def test_of_a_large_file_only_the_two_ends_are_fetched(
    server: Server, film: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peeking, "HEAD_BYTES", 20_000)
    monkeypatch.setattr(peeking, "TAIL_BYTES", 10_000)
    server.script = serving(with_padding(film, 5_000_000))
    found = look(f"{server.url}/film.mp4")
    assert (found.size, found.refusal) == (5_000_000, {})
    assert found.duration == pytest.approx(3.0, abs=0.2)
    assert [request.headers.get("range") for request in server.requests] == [
        None, "bytes=0-19999", "bytes=4990000-4999999",
    ]  # fmt: skip


def test_ends_that_do_not_tell_its_length_are_no_reason_to_refuse(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peeking, "HEAD_BYTES", 1000)
    monkeypatch.setattr(peeking, "TAIL_BYTES", 1000)
    server.script = serving(b"\0" * 50_000, "application/octet-stream")
    found = look(f"{server.url}/film.mxf")
    assert (found.refusal, found.size, found.duration) == ({}, 50_000, None)


def test_a_server_that_does_not_know_head_is_asked_otherwise(server: Server, film: bytes) -> None:
    whole = serving(film)
    server.script = lambda request: request.answer(403) if request.method == "HEAD" else whole(request)
    assert look(f"{server.url}/signed").duration == pytest.approx(3.0, abs=0.2)


def test_music_is_taken_as_a_background(server: Server, tmp_path: Path) -> None:
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
    ("content", "content_type", "said"),
    [
        (b"<p>Sign in</p>", "text/html; charset=utf-8", "web page"),
        (b"<!DOCTYPE html><p>Sign in</p>", "application/octet-stream", "web page"),
        (b"{}", "application/json", "application/json"),
        (b"x" * 100, "image/png", "image/png"),
        (b"x" * 100, "video/mp4", "not a video file"),
        (b"", "video/mp4", "nothing in this file"),
    ],
)
def test_what_is_no_film_is_refused_with_what_to_do(
    server: Server, content: bytes, content_type: str, said: str
) -> None:
    server.script = serving(content, content_type)
    found = look(f"{server.url}/x")
    assert said in found.refusal["message"]
    assert found.refusal["remedy"]


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "signing in"),
        (403, "signing in"),
        (404, "no file"),
        (410, "no file"),
        (500, "trouble"),
        (429, "trouble"),
        (418, "418"),
    ],
)
def test_what_the_server_refuses_is_said(server: Server, status: int, said: str) -> None:
    server.script = lambda request: request.raw(head(status, {"Content-Length": "0"}))
    assert said in look(f"{server.url}/x").refusal["message"]


def test_a_file_that_is_too_large_is_refused(server: Server, settings: Any) -> None:
    large = settings.UPLOAD_MAX_BYTES + 1

    def script(request: Request) -> None:
        facts = {"Content-Type": "video/mp4", "Content-Range": f"bytes 0-99/{large}", "Content-Length": "100"}
        request.raw(head(405, {"Content-Length": "0"}) if request.method == "HEAD" else head(206, facts) + b"x" * 100)

    server.script = script
    assert "at most" in look(f"{server.url}/x").refusal["message"]


def test_an_endless_file_ends_the_look_early(server: Server) -> None:
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
    assert "without an end" in look(f"{server.url}/x").refusal["message"]
    assert len(server.requests) == peeking.REDIRECTS + 1


def test_a_server_that_is_not_there_is_said(server: Server) -> None:
    assert "does not answer" in look("https://127.0.0.1:9/x").refusal["message"]


def test_a_server_that_never_comes_to_the_point_is_left(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "SECONDS", 0.5)
    server.script = lambda request: request.drip(head(200, {"Content-Type": "video/mp4"}), 0.1)
    assert "too long" in look(f"{server.url}/x").refusal["message"]


def test_a_certificate_that_nobody_vouches_for_is_said(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_a_redirect_into_the_house_is_not_followed(
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


@pytest.fixture
def page(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def check(page: Client, draft: Any, url: str, kind: str = "video") -> str:
    answer = page.post("/links/check/", {"url": url, "kind": kind, "asset": draft.pk})
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_page_is_told_what_is_behind_a_link(page: Client, ada: User, server: Server, film: bytes) -> None:
    draft = a_draft(ada)
    server.script = serving(film)
    assert "MP4, " in (told := check(page, draft, f"{server.url}/film.mp4"))
    assert "3 s" in told
    server.script = serving(b"<p>", "text/html")
    assert "web page" in check(page, draft, f"{server.url}/page")
    assert "not encrypted" in check(page, draft, "http://films.example.com/x.mp4")
    assert "name or password" in check(page, draft, "https://me:secret@films.example.com/x.mp4")
    assert check(page, draft, "").count("form-hint") == 0


def test_nobody_else_may_ask_for_a_draft(ada: User) -> None:
    draft = a_draft(ada)
    eve = Client()
    eve.force_login(a_person("eve"))
    for asset in (draft.pk, "", "x", "9" * 30):
        assert eve.post("/links/check/", {"url": "https://films.example.com/x", "asset": asset}).status_code == 404
    assert not Link.objects.exists()


def form(url: str, **changes: Any) -> dict[str, Any]:
    return typed(source_from="url", media_url=url, auto_generate="no_lips", action="submit", **changes)


def test_a_link_that_was_never_looked_at_is_looked_at_before_it_is_sent(
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


def test_saving_a_draft_asks_nobody(page: Client, ada: User, server: Server) -> None:
    draft = a_draft(ada)
    assert page.post(f"/assets/{draft.pk}/autosave/", form(f"{server.url}/film.mp4")).status_code == 200
    assert server.connections == 0
