"""Nobody fills the disk: a body is refused by its announced length, before a byte of it is stored."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from portal import body_gate
from portal.body_gate import ANONYMOUS_BYTES, MEMBER_BYTES
from portal.concurrency_limits import Places
from tests.support.drafts import a_row
from tests.support.people import People, client_of

pytestmark = pytest.mark.django_db


class Body:
    """An endless body that counts what is read of it."""

    def __init__(self) -> None:
        self.taken = 0

    def read(self, size: int = 65536) -> bytes:
        """More of it."""
        self.taken += size
        return b"x" * size

    def readline(self, size: int = 65536) -> bytes:
        """More of it."""
        return self.read(size)

    def __iter__(self) -> Iterator[bytes]:
        while True:
            yield self.read()


def send(client: Client, path: str, length: int, method: str = "POST", **environ: Any) -> tuple[int, int]:
    """The status of an answer, and how many bytes of the body were read."""
    body = Body()
    more: dict[str, Any] = {
        "CONTENT_TYPE": "multipart/form-data; boundary=x",
        "wsgi.input": body,
        "CONTENT_LENGTH": str(length),
    }
    answer = client.generic(method, path, **(more | environ))
    return answer.status_code, body.taken


@pytest.mark.parametrize("path", ["/sign-in/", "/callbacks/panjaya/x/", "/", "/admin/login/"])
def test_a_strangers_large_body_is_refused_unread(db: None, path: str) -> None:
    assert send(Client(), path, 50_000_000) == (413, 0)


def test_a_strangers_large_body_to_nowhere_is_not_read(db: None) -> None:
    status, taken = send(Client(), "/no/such/page/", 50_000_000)
    assert (status, taken) == (404, 0)


@pytest.mark.parametrize("value", ["chunked", "Chunked", "gzip, chunked"])
def test_a_body_of_unknown_length_is_refused(people: People, value: str) -> None:
    for client in (Client(), client_of(people.editor)):
        assert send(client, "/sign-in/", 0, HTTP_TRANSFER_ENCODING=value) == (411, 0)


def test_a_member_may_send_a_form_but_not_a_video(people: People) -> None:
    status, _ = send(client_of(people.editor), "/projects/new/", MEMBER_BYTES + 1)
    assert status == 413


def test_large_forms_do_not_occupy_all_threads(people: People, monkeypatch: pytest.MonkeyPatch, rf: Any) -> None:
    places = Places(2, person=1, address=2)
    monkeypatch.setattr(body_gate, "_forms", places)
    large, path = 100_000, reverse("project-new")
    for _ in range(3):  # each gives its place back
        assert send(client_of(people.editor), path, large)[0] not in (429, 503)
    request = rf.get("/")
    request.user = people.editor
    places.take(request, lambda: 0.0, lambda: None)
    assert send(client_of(people.editor), path, large) == (429, 0)
    assert send(client_of(people.editor), path, 1_000)[0] not in (429, 503)
    request.user = people.viewer
    places.take(request, lambda: 0.0, lambda: None)
    assert send(client_of(people.owner), path, large) == (503, 0)


def test_a_video_is_accepted_only_by_upload_views(people: People) -> None:
    upload = a_row(people.editor, size=50_000_000, status="receiving", key="uploads/ab/abc.mp4")
    path = reverse("upload", args=[upload.pk])
    assert send(client_of(people.editor), path, 40_000_000, "PUT") == (413, 0)
    status, taken = send(client_of(people.editor), path, 40_000_000, "PATCH", HTTP_TUS_RESUMABLE="1.0.0")
    assert (status, taken) == (415, 0)  # it is no form: taken by the view


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "HEAD", "GET"])
def test_a_script_gets_an_answer_that_asks_to_sign_in(people: People, method: str) -> None:
    upload = a_row(people.editor, size=50_000_000, status="receiving")
    for path in (reverse("upload", args=[upload.pk]), reverse("uploads")):
        assert send(Client(), path, 50_000_000, method) == (401, 0)


def test_a_form_does_not_bypass_the_limit(people: People) -> None:
    # A POST would be read as a form, and spooled to disk, before the view could refuse its method.
    upload = a_row(people.editor, size=50_000_000, status="receiving")
    path = reverse("upload", args=[upload.pk])
    assert send(client_of(people.editor), path, MEMBER_BYTES + 1, "POST") == (413, 0)


@pytest.mark.parametrize("length", ["", "-1", "many", "0"])
def test_an_odd_length_does_no_harm(db: None, length: str) -> None:
    answer = Client().generic("GET", "/sign-in/", CONTENT_LENGTH=length)
    assert answer.status_code == 200


def test_an_ordinary_form_passes(people: People) -> None:
    answer = Client().post("/sign-in/", {"username": "editor", "password": "a-password-for-tests"})
    assert answer.status_code == 302


def test_a_stranger_may_send_little() -> None:
    assert ANONYMOUS_BYTES <= 64 * 1024 < MEMBER_BYTES


class Spooled:
    """A form with a file in it, and what lies in the folder for such files while it is read."""

    def __init__(self, folder: Path, size: int) -> None:
        head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="film.mp4"\r\n\r\n'
        self.stream = BytesIO(head + b"x" * size + b"\r\n--x--\r\n")
        self.length, self.folder = len(self.stream.getbuffer()), folder
        self.seen: set[str] = set()

    def read(self, size: int = 65536) -> bytes:
        """More of it."""
        self.seen |= {path.name for path in self.folder.iterdir()}
        return self.stream.read(size)

    def readline(self, size: int = 65536) -> bytes:
        """More of it."""
        return self.read(size)


@pytest.mark.parametrize(("who", "status", "spooled"), [("anonymous", 413, False), ("editor", 403, True)])
def test_a_file_in_a_form_reaches_the_disk_only_for_somebody_who_is_signed_in(
    people: People, tmp_path: Path, settings: Settings, who: str, status: int, spooled: bool
) -> None:
    folder = tmp_path / "spool"
    folder.mkdir()
    settings.FILE_UPLOAD_TEMP_DIR = str(folder)
    client, body = client_of(people.everybody()[who]), Spooled(folder, 5_000_000)
    # Looking for the token reads the form: whoever gets there has spooled it.
    client.handler.enforce_csrf_checks, client.cookies["csrftoken"] = True, "x" * 32
    environ: dict[str, Any] = {"wsgi.input": body, "CONTENT_LENGTH": str(body.length)}
    environ["CONTENT_TYPE"] = "multipart/form-data; boundary=x"
    assert client.generic("POST", "/sign-in/", **environ).status_code == status
    assert bool(body.seen) == spooled
    assert list(folder.iterdir()) == []
