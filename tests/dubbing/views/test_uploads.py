"""Bringing a file over HTTP."""

from __future__ import annotations

import io
import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from dubbing import storage
from dubbing.models import Asset, Upload
from tests.support.drafts import a_draft, a_person, a_row
from tests.support.media import make_film

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make_film(tmp_path_factory.mktemp("films") / "film.mp4").read_bytes()


@pytest.fixture(autouse=True)
def storage_folder(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT, settings.DISK_LOW_WATER_BYTES = tmp_path / "media", 1
    return tmp_path / "media"


@pytest.fixture
def ada() -> User:
    return a_person("ada")


@pytest.fixture
def page(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def announce(page: Client, **changes: Any) -> Any:
    body = {"kind": "video", "name": "film.mp4", "size": 100} | changes
    return page.post("/uploads/", json.dumps(body), content_type="application/json")


def put(page: Client, url: str, content: bytes, **surroundings: Any) -> Any:
    return page.put(url, content, content_type="application/octet-stream", **surroundings)


class Reset(io.RawIOBase):
    """A connection that breaks."""

    def read(self, size: int = -1) -> bytes:
        raise ConnectionResetError


def test_a_film_arrives_and_is_attached_to_its_draft(page: Client, ada: User, film: bytes) -> None:
    draft = a_draft(ada)
    announced = announce(page, size=len(film), asset=draft.pk)
    assert announced.status_code == 201
    url = announced.json()["url"]
    assert page.get(url).json()["status"] == "receiving"

    answer = put(page, url, film)
    assert (answer.status_code, answer.json()["status"]) == (200, "complete")
    draft.refresh_from_db()
    assert str(draft.source_id) == announced.json()["id"]
    assert draft.name == "film"
    assert storage.path(draft.source.key).read_bytes() == film  # type: ignore[union-attr]


def test_a_page_that_lost_the_answer_can_ask_for_it(page: Client, film: bytes) -> None:
    url = announce(page, size=len(film)).json()["url"]
    put(page, url, film)
    assert page.get(url).json()["status"] == "complete"
    again = put(page, url, film)
    assert (again.status_code, again.json()["status"]) == (200, "complete")
    assert Upload.objects.count() == 1


def test_an_interrupted_upload_can_be_tried_again(page: Client, film: bytes, storage_folder: Path) -> None:
    url = announce(page, size=len(film)).json()["url"]
    cut_off = put(page, url, film, **{"wsgi.input": io.BytesIO(film[:-1])})
    assert cut_off.status_code == 400
    assert f"{len(film) - 1} of {len(film)} bytes" in cut_off.json()["message"]
    assert not [path for path in storage_folder.rglob("*") if path.is_file()]
    assert page.get(url).json()["status"] == "receiving"
    reset = put(page, url, film, **{"wsgi.input": Reset()})
    assert (reset.status_code, "connection was lost" in reset.json()["message"]) == (400, True)
    assert put(page, url, film).status_code == 200


@pytest.mark.parametrize("change", [-1, 1])
def test_another_length_than_announced_is_refused_before_it_is_read(page: Client, film: bytes, change: int) -> None:
    url = announce(page, size=len(film) + change).json()["url"]
    assert put(page, url, film).status_code == 400
    assert page.get(url).json()["status"] == "receiving"


def test_a_file_that_is_no_film_is_refused_with_what_to_do(page: Client, ada: User) -> None:
    draft = a_draft(ada)
    content = b"<html>" * 100
    url = announce(page, size=len(content), asset=draft.pk).json()["url"]
    answer = put(page, url, content)
    assert answer.status_code == 422
    assert "not a video file" in answer.json()["message"]
    assert "MP4" in answer.json()["remedy"]
    assert page.get(url).status_code == 422
    draft.refresh_from_db()
    assert draft.source is None


def test_music_is_taken_as_background_but_not_as_source(page: Client, tmp_path: Path) -> None:
    content = make_film(tmp_path / "music.m4a", video=None).read_bytes()
    for kind, status in (("background", 200), ("video", 422)):
        url = announce(page, kind=kind, name="music.m4a", size=len(content)).json()["url"]
        assert put(page, url, content).status_code == status


@pytest.mark.parametrize(
    "changes",
    [{"kind": "poster"}, {"kind": None}, {"size": "100"}, {"size": True}, {"size": 1.5}, {"size": None},
     {"size": 2**70}, {"name": None}, {"name": ["a"]}, {"size": 0}, {"size": -1}, {"size": 2**50}],
)  # fmt: skip
def test_nonsense_is_refused_in_words(page: Client, changes: dict[str, Any]) -> None:
    answer = announce(page, **changes)
    assert answer.status_code == 400
    assert answer.json()["message"]


@pytest.mark.parametrize("body", ["", "{", "[]", "null", "[" * 9000, "\xff", '{"kind": "video"}', "x" * 100_000])
def test_a_body_that_is_no_announcement_is_refused(page: Client, body: str) -> None:
    assert page.post("/uploads/", body, content_type="application/json").status_code == 400


@pytest.mark.parametrize(
    "name", ["../../../etc/passwd", "a\0b.mp4", "\ud800.mp4", "<img onerror=x>.mp4", "", "." * 400]
)
def test_a_hostile_name_does_no_harm(page: Client, film: bytes, name: str, storage_folder: Path) -> None:
    url = announce(page, name=name, size=len(film)).json()["url"]
    assert put(page, url, film).status_code == 200
    places = {path.parent.parent.name for path in storage_folder.rglob("*") if path.is_file()}
    assert places == {"sources", "posters"}


def test_a_full_disk_is_said_to_be_full(
    page: Client, film: bytes, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = announce(page, size=len(film)).json()["url"]

    def no_room(*args: Any) -> None:
        raise storage.NoRoom

    monkeypatch.setattr(storage.Incoming, "write", no_room)
    answer = put(page, url, film)
    assert (answer.status_code, "full" in answer.json()["message"]) == (507, True)
    settings.DISK_LOW_WATER_BYTES = 2**62
    assert announce(page).status_code == 507


def test_a_file_can_be_taken_away_again(page: Client, ada: User, film: bytes) -> None:
    draft = a_draft(ada)
    url = announce(page, size=len(film), asset=draft.pk).json()["url"]
    put(page, url, film)
    assert page.delete(url).status_code == 204
    draft.refresh_from_db()
    assert (draft.source, draft.typed["source"], Upload.objects.count()) == (None, "", 0)
    assert page.get(url).status_code == 404


def test_a_file_that_another_asset_uses_stays(page: Client, ada: User) -> None:
    upload = a_row(ada)
    draft = a_draft(ada, source=upload)
    a_draft(ada, draft.project, source=upload)
    assert page.delete(f"/uploads/{upload.pk}/?asset={draft.pk}").status_code == 204
    draft.refresh_from_db()
    assert draft.source is None
    assert Upload.objects.filter(pk=upload.pk).exists()


def test_a_source_that_is_being_sent_stays(page: Client, ada: User) -> None:
    upload = a_row(ada)
    sent = a_draft(ada, source=upload, status="submitting")
    assert page.delete(f"/uploads/{upload.pk}/?asset={sent.pk}").status_code == 204
    assert Asset.objects.get(pk=sent.pk).source == upload


def test_nobody_else_gets_at_it(ada: User, film: bytes) -> None:
    draft = a_draft(ada)
    upload = a_row(ada, status="receiving", size=len(film))
    url = f"/uploads/{upload.pk}/"
    for name, role in (("olga", "owner"), ("vic", "viewer"), ("eve", "")):
        page = Client()
        page.force_login(a_person(name, draft.project if role else None, role))
        assert [page.get(url).status_code, put(page, url, film).status_code, page.delete(url).status_code] == [404] * 3
        assert announce(page, asset=draft.pk).status_code == 404
    upload.refresh_from_db()
    assert upload.status == "receiving"


@pytest.mark.parametrize("asset", ["x", 0, -1, 10**30, "1;drop", [1], {"a": 1}, 1.5])
def test_a_draft_that_is_not_there_is_not_found(page: Client, asset: Any) -> None:
    assert announce(page, asset=asset).status_code == 404


def test_a_viewer_cannot_bring_files_for_a_draft(ada: User, film: bytes) -> None:
    draft = a_draft(ada)
    draft.project.memberships.update(role="viewer")
    page = Client()
    page.force_login(ada)
    assert announce(page, asset=draft.pk).status_code == 404


def test_a_stranger_is_sent_to_sign_in(film: bytes) -> None:
    for answer in (announce(Client()), put(Client(), f"/uploads/{uuid.uuid4()}/", film)):
        assert answer.status_code == 302
        assert "/sign-in/" in answer["Location"]


def test_the_csrf_header_is_needed(ada: User, film: bytes) -> None:
    page = Client(enforce_csrf_checks=True)
    page.force_login(ada)
    upload = a_row(ada, status="receiving", size=len(film))
    assert announce(page).status_code == 403
    assert put(page, f"/uploads/{upload.pk}/", film).status_code == 403
    page.get(f"/projects/{a_draft(ada).project_id}/assets/new/")
    token = page.cookies["csrftoken"].value
    assert put(page, f"/uploads/{upload.pk}/", film, headers={"X-CSRFToken": token}).status_code == 200


def test_other_methods_are_not_allowed(page: Client, ada: User) -> None:
    url = f"/uploads/{a_row(ada).pk}/"
    assert [page.post(url).status_code, page.patch(url).status_code, page.get("/uploads/").status_code] == [405] * 3
