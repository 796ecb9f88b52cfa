"""Bringing a file over HTTP, piece by piece."""

from __future__ import annotations

import hashlib
import io
import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.utils import timezone

from dubbing import tasks
from dubbing.models import Asset, Membership, Upload
from dubbing.platform import storage
from dubbing.uploads import creation
from dubbing.web.upload import views as views
from portal.concurrency_limits import Places
from tests.conftest import WakeUps
from tests.support.drafts import a_draft, a_file, a_person, a_row
from tests.support.media import make_film
from tests.support.tus import TUS, checksum, create_upload, head, metadata, offset, patch

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


def created_upload(page: Client, size: int, **fields: object) -> str:
    answer = create_upload(page, size, **fields)
    assert answer.status_code == 201, answer.content
    return str(answer["Location"])


def upload_and_verify(page: Client, content: bytes, **fields: object) -> str:
    """Created, sent and examined."""
    url = created_upload(page, len(content), **fields)
    assert patch(page, url, content).status_code == 204
    tasks.verify.run(row_of(url).pk)
    return url


def row_of(url: str) -> Upload:
    return Upload.objects.get(pk=url.split("/")[2])


class Breaking(io.RawIOBase):
    """A connection that breaks after some bytes."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def read(self, size: int = -1) -> bytes:
        if not self.content:
            raise ConnectionResetError
        piece, self.content = self.content[:size], self.content[size:]
        return piece


# --- what is spoken


def test_it_says_what_it_can_do(page: Client, settings: Any) -> None:
    answer = page.options("/uploads/")
    assert answer.status_code == 204
    assert answer["Tus-Resumable"] == answer["Tus-Version"] == "1.0.0"
    assert set(answer["Tus-Extension"].split(",")) == {"creation", "expiration", "termination", "checksum"}
    assert answer["Tus-Max-Size"] == str(settings.UPLOAD_MAX_BYTES)
    assert answer["Tus-Checksum-Algorithm"] == "sha256,sha1"


def test_another_version_is_refused(page: Client, ada: User) -> None:
    url = f"/uploads/{a_row(ada, status='receiving').pk}/"
    headers = {"Tus-Resumable": "0.2.2", "Upload-Length": "5", "Upload-Offset": "0"}
    for answer in (
        page.post("/uploads/", headers=headers),
        page.head(url, headers=headers),
        page.patch(url, b"x", headers=headers),
        page.delete(url, headers=headers),
        page.head(url),
    ):
        assert (answer.status_code, answer["Tus-Version"]) == (412, "1.0.0")


def test_other_methods_are_not_allowed(page: Client, ada: User) -> None:
    url = f"/uploads/{a_row(ada).pk}/"
    assert [page.post(url).status_code, page.put(url).status_code, page.get("/uploads/").status_code] == [405] * 3


# --- the whole way


def test_a_video_arrives_in_pieces_and_is_attached_to_its_draft(
    page: Client, ada: User, film: bytes, wake_ups: WakeUps, committed: Callable[[], Any]
) -> None:
    draft = a_draft(ada)
    answer = create_upload(page, len(film), asset=draft.pk, filetype="video/mp4")
    url = answer["Location"]
    assert answer["Upload-Expires"].endswith("GMT")
    draft.refresh_from_db()
    assert draft.typed["source"] == str(row_of(url).pk)  # before the first byte
    third = len(film) // 3
    for begin, end in ((0, third), (third, 2 * third), (2 * third, len(film))):
        assert offset(page, url) == begin
        with committed():
            answer = patch(page, url, film[begin:end], begin)
        assert (answer.status_code, answer["Upload-Offset"]) == (204, str(end))
    assert wake_ups == [("examine", row_of(url).pk)]
    assert page.get(url).json()["status"] == "arrived"

    tasks.verify.run(row_of(url).pk)
    state = page.get(url).json()
    assert (state["status"], state["offset"], state["message"], state["twin"]) == ("complete", len(film), "", None)
    draft.refresh_from_db()
    assert draft.source == row_of(url)
    assert (draft.name, draft.source.content_type) == ("film", "video/mp4")
    assert storage.path(draft.source.key).read_bytes() == film
    assert draft.source.sha256 == hashlib.sha256(film).hexdigest()


def test_a_complete_upload_says_so_for_ever(page: Client, film: bytes) -> None:
    url = created_upload(page, len(film))
    patch(page, url, film)
    for _ in ("arrived", "complete"):
        answer = head(page, url)
        assert (answer.status_code, answer["Upload-Offset"], answer["Upload-Length"]) == (
            200,
            str(len(film)),
            str(len(film)),
        )
        assert answer["Cache-Control"] == "no-store"
        assert patch(page, url, b"", len(film)).status_code == 204
        assert patch(page, url, film).status_code == 409
        tasks.verify.run(row_of(url).pk)
    assert Upload.objects.count() == 1


def test_a_cut_connection_keeps_what_came(page: Client, film: bytes) -> None:
    url, half = created_upload(page, len(film)), len(film) // 2
    assert patch(page, url, film, **{"wsgi.input": io.BytesIO(film[:half])}).status_code == 400
    assert offset(page, url) == half
    answer = patch(page, url, film[half:], half, **{"wsgi.input": Breaking(film[half : half + 10])})
    assert (answer.status_code, "connection was lost" in answer.json()["message"]) == (400, True)
    assert offset(page, url) == half + 10
    assert patch(page, url, film[half + 10 :], half + 10).status_code == 204
    tasks.verify.run(row_of(url).pk)
    assert page.get(url).json()["status"] == "complete"


def test_a_file_complete_when_the_process_died_arrives_with_the_next_request(
    page: Client, film: bytes, wake_ups: WakeUps, committed: Callable[[], Any]
) -> None:
    url = created_upload(page, len(film))
    storage.path(row_of(url).key).write_bytes(film)
    with committed():
        assert offset(page, url) == len(film)
    assert row_of(url).status == "arrived"
    assert wake_ups == [("examine", row_of(url).pk)]


def test_an_answer_that_comes_after_the_tab_was_closed_finds_its_draft(page: Client, ada: User, film: bytes) -> None:
    draft = a_draft(ada)
    other = a_draft(ada, draft.project)
    url = created_upload(page, len(film), asset=draft.pk)
    patch(page, url, film)
    tasks.verify.run(row_of(url).pk)
    draft.refresh_from_db()
    other.refresh_from_db()
    assert (draft.source, other.source) == (row_of(url), None)


# --- lies


@pytest.mark.parametrize("lie", [-1, 1, 10**9])
def test_bytes_that_do_not_continue_are_refused(page: Client, film: bytes, lie: int) -> None:
    url = created_upload(page, len(film))
    patch(page, url, film[:50])
    answer = patch(page, url, film[50:60], 50 + lie)
    assert (answer.status_code, answer["Upload-Offset"]) == (409, "50")
    assert offset(page, url) == 50


@pytest.mark.parametrize("value", ["", "-1", "x", "1.5", "９", "9" * 30])
def test_an_invalid_offset_is_refused(page: Client, film: bytes, value: str) -> None:
    url = created_upload(page, len(film))
    assert patch(page, url, film, value).status_code == 400
    assert offset(page, url) == 0


def test_more_bytes_than_announced_are_refused_unread(page: Client, film: bytes) -> None:
    url = created_upload(page, 100)
    patch(page, url, film[:60])
    assert patch(page, url, film[60:200], 60).status_code == 413
    assert offset(page, url) == 60


def test_bytes_of_another_type_are_refused(page: Client, film: bytes) -> None:
    url = created_upload(page, len(film))
    assert patch(page, url, film, content_type="application/octet-stream").status_code == 415
    assert offset(page, url) == 0


@pytest.mark.parametrize("size", ["", "x", "-5", "1.5", "0", "9" * 30, " 5", "٥"])
def test_an_invalid_size_is_refused_in_words(page: Client, size: str) -> None:
    answer = create_upload(page, size)
    assert answer.status_code == 400
    assert answer.json()["message"]
    assert answer.json()["remedy"]


@pytest.mark.parametrize("value", [{"kind": "poster"}, {"kind": ""}, {"sha256": "abc"}, {"sha256": "G" * 64}])
def test_nonsense_is_refused_in_words(page: Client, value: dict[str, Any]) -> None:
    answer = create_upload(page, 100, **value)
    assert (answer.status_code, bool(answer.json()["message"])) == (400, True)
    assert not Upload.objects.exists()


@pytest.mark.parametrize(
    "value", ["", "kind", "kind !!!", "kind dmlkZW8=,filename /w==", ",,,", "kind dmlkZW8= x,", "\xff"]
)
def test_what_cannot_be_read_is_refused(page: Client, value: str) -> None:
    answer = page.post("/uploads/", headers=TUS | {"Upload-Length": "5", "Upload-Metadata": value})
    assert answer.status_code == 400


def test_a_size_that_is_not_known_yet_is_refused(page: Client) -> None:
    answer = page.post(
        "/uploads/", headers=TUS | {"Upload-Defer-Length": "1", "Upload-Metadata": metadata(kind="video")}
    )
    assert (answer.status_code, "size" in answer.json()["message"]) == (400, True)


@pytest.mark.parametrize("name", ["../../../etc/passwd", "a\0b.mp4", "<img onerror=x>.mp4", "", "." * 400])
def test_a_hostile_name_does_no_harm(page: Client, film: bytes, name: str, storage_folder: Path) -> None:
    upload_and_verify(page, film, filename=name)
    places = {path.parent.parent.name for path in storage_folder.rglob("*") if path.is_file()}
    assert places == {"sources", "posters"}


# --- checksums


@pytest.mark.parametrize("algorithm", ["sha256", "sha1"])
def test_a_piece_is_verified(page: Client, film: bytes, algorithm: str) -> None:
    url = created_upload(page, len(film))
    assert patch(page, url, film[:100], headers=checksum(film[:100], algorithm)).status_code == 204
    damaged = patch(page, url, film[100:200], 100, headers=checksum(film[101:201], algorithm))
    assert (damaged.status_code, "damaged" in damaged.json()["message"]) == (460, True)
    assert offset(page, url) == 100


def test_a_piece_that_cannot_be_verified_any_more_is_not_kept(page: Client, film: bytes) -> None:
    url = created_upload(page, len(film))
    patch(page, url, film[:100])
    cut = {"wsgi.input": io.BytesIO(film[100:150])}
    assert patch(page, url, film[100:200], 100, headers=checksum(film[100:200]), **cut).status_code == 400
    assert offset(page, url) == 100


@pytest.mark.parametrize("value", ["", "sha256", "md5 1B2M2Y8AsgTpgAmY7PhCfg==", "sha256 !", "sha256 =", "crc32 AAAA"])
def test_a_checksum_of_another_kind_is_refused(page: Client, film: bytes, value: str) -> None:
    url = created_upload(page, len(film))
    assert patch(page, url, film, headers={"Upload-Checksum": value}).status_code == 400
    assert offset(page, url) == 0


def says(page: Client, url: str, sha256: object) -> Any:
    return page.post(url.split("?")[0] + "sha256/", json.dumps({"sha256": sha256}), content_type="application/json")


@pytest.mark.parametrize("when", ["created", "receiving", "arrived", "complete"])
@pytest.mark.parametrize("right", [True, False])
def test_the_whole_file_is_compared_with_what_its_sender_has(
    page: Client, ada: User, film: bytes, when: str, right: bool
) -> None:
    draft, sha256 = a_draft(ada), hashlib.sha256(film if right else b"x").hexdigest()
    told: dict[str, Any] = {"sha256": sha256} if when == "created" else {}
    url = created_upload(page, len(film), asset=draft.pk, **told)
    if when == "receiving":
        assert says(page, url, sha256).json()["status"] == "receiving"
    patch(page, url, film)
    if when == "arrived":
        assert says(page, url, sha256).json()["status"] == "arrived"
    tasks.verify.run(row_of(url).pk)
    if when == "complete":
        says(page, url, sha256)
    state = page.get(url).json()
    assert state["status"] == ("complete" if right else "refused")
    assert right or ("damaged during the upload" in state["message"] and "again" in state["remedy"])
    assert storage.exists(row_of(url).key) if right else not row_of(url).key


@pytest.mark.parametrize("sha256", ["", "abc", None, 5, ["a"], "A" * 64, "x" * 5000])
def test_an_invalid_hash_is_refused(page: Client, ada: User, sha256: object) -> None:
    url = f"/uploads/{a_row(ada, status='receiving').pk}/"
    assert says(page, url, sha256).status_code == 400


@pytest.mark.parametrize("used_as", ["source", "background"])
def test_a_late_hash_does_not_remove_what_was_sent_already(page: Client, ada: User, film: bytes, used_as: str) -> None:
    url = upload_and_verify(page, film)
    used: dict[str, Any] = {used_as: row_of(url)}
    a_draft(ada, status="submitting", **used)
    says(page, url, "0" * 64)
    assert row_of(url).status == "complete"
    assert storage.exists(row_of(url).key)


# --- what is not usable


def test_a_file_that_is_not_a_video_is_refused_with_what_to_do(page: Client, ada: User, storage_folder: Path) -> None:
    draft = a_draft(ada)
    url = upload_and_verify(page, b"<html>" * 100, asset=draft.pk)
    state = page.get(url).json()
    assert state["status"] == "refused"
    assert "not a video file" in state["message"]
    assert "MP4" in state["remedy"]
    draft.refresh_from_db()
    assert draft.source is None
    assert not [path for path in storage_folder.rglob("*") if path.is_file()]


def test_music_is_accepted_as_background_but_not_as_source(page: Client, tmp_path: Path) -> None:
    content = make_film(tmp_path / "music.m4a", video=None).read_bytes()
    for kind, status in (("background", "complete"), ("video", "refused")):
        url = upload_and_verify(page, content, kind=kind, filename="music.m4a")
        assert page.get(url).json()["status"] == status


# --- room


def test_a_full_disk_is_reported_and_keeps_what_came(
    page: Client, film: bytes, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = created_upload(page, len(film))
    patch(page, url, film[:50])

    def no_room(*args: Any) -> None:
        raise storage.NoRoom

    with monkeypatch.context() as full:
        full.setattr(storage.Partial, "append", no_room)
        answer = patch(page, url, film[50:], 50)
    assert (answer.status_code, "full" in answer.json()["message"]) == (507, True)
    settings.DISK_LOW_WATER_BYTES = 2**62
    assert create_upload(page).status_code == 507
    settings.DISK_LOW_WATER_BYTES = 1
    assert offset(page, url) == 50
    assert patch(page, url, film[50:], 50).status_code == 204


def test_a_disk_that_fills_up_meanwhile_stops_the_file(
    page: Client, film: bytes, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dubbing.uploads.append.LOOK_EVERY_BYTES", 1)
    url = created_upload(page, len(film))
    settings.DISK_LOW_WATER_BYTES = 2**62
    answer = patch(page, url, film)
    assert (answer.status_code, "nearly full" in answer.json()["message"]) == (507, True)
    assert offset(page, url) > 0


def test_a_file_above_the_portals_limit_is_refused_at_once(page: Client, settings: Any) -> None:
    answer = create_upload(page, settings.UPLOAD_MAX_BYTES + 1)
    assert (answer.status_code, "the limit is 21 GB" in answer.json()["message"]) == (413, True)


def test_a_person_has_a_quota_for_what_was_not_sent(page: Client, ada: User, settings: Any) -> None:
    settings.UPLOAD_QUOTA_BYTES = 2500
    draft = a_draft(ada, source=a_row(ada))
    a_draft(ada, draft.project, source=a_row(ada, size=10**6), status="submitting")
    a_draft(ada, draft.project, background=a_row(ada, size=10**6, kind="background"), status="submitting")
    a_row(ada, size=10**6, status="refused")
    a_row(a_person("bob"), size=10**6)
    a_row(ada)
    answer = create_upload(page, 501)
    assert (answer.status_code, "unsent files" in answer.json()["message"]) == (413, True)
    assert create_upload(page, 500).status_code == 201


def test_pages_keep_their_threads_when_many_files_come(
    page: Client, film: bytes, ada: User, rf: RequestFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = created_upload(page, len(film))
    places = Places(2, person=1, address=2)
    monkeypatch.setattr(views, "_places", places)
    assert patch(page, url, film[:10]).status_code == 204
    assert patch(page, url, film[:10]).status_code == 409  # a refused one gives its place back as well
    request = rf.get("/")
    request.user = ada
    mine = places.take(request, lambda: 0.0, lambda: None)
    answer = patch(page, url, film[10:], 10)
    assert (answer.status_code, answer["Retry-After"]) == (429, "3")
    assert "many files at once" in answer.json()["message"]
    mine.leave()
    for number in (1, 2):
        request.user = a_person(f"somebody-{number}")
        places.take(request, lambda: 0.0, lambda: None)
    answer = patch(page, url, film[10:], 10)
    assert (answer.status_code, answer["Retry-After"]) == (503, "3")
    monkeypatch.setattr(views, "_places", Places(2, person=1, address=2))
    assert patch(page, url, film[10:], 10).status_code == 204


def test_files_that_are_begun_and_not_finished_have_a_limit(
    page: Client, film: bytes, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(creation, "UNFINISHED_AT_ONCE", 2)
    first = created_upload(page, len(film))
    created_upload(page, 10)
    refused = create_upload(page, 10)
    assert (refused.status_code, refused["Retry-After"]) == (429, "60")
    assert "unfinished uploads, which is the limit" in refused.json()["message"]
    other = Client()
    other.force_login(a_person("eve"))
    created_upload(other, 10)
    assert patch(page, first, film).status_code == 204
    created_upload(page, 10)


# --- time


def test_what_expired_is_gone(page: Client, film: bytes) -> None:
    url = created_upload(page, len(film))
    Upload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert head(page, url).status_code == 410
    answer = patch(page, url, film)
    assert (answer.status_code, "not finished in time" in answer.json()["message"]) == (410, True)


def test_a_row_older_than_uploads_in_pieces_says_that_it_is_gone(page: Client, ada: User) -> None:
    url = f"/uploads/{a_row(ada, status='receiving').pk}/"
    assert page.get(url).json()["offset"] == 0
    assert [head(page, url).status_code, patch(page, url, b"x").status_code] == [410, 410]


@pytest.mark.parametrize("value", ["text/html", "video/mp4\r\nX: y", "video/" + "x" * 200, "application/x", ""])
def test_the_browsers_content_type_counts_for_videos_only(page: Client, value: str) -> None:
    assert row_of(created_upload(page, 100, filetype=value)).content_type == "video/mp4"
    assert row_of(created_upload(page, 100, filetype="video/quicktime")).content_type == "video/quicktime"


def test_each_piece_gives_it_more_time(page: Client, film: bytes) -> None:
    url = created_upload(page, len(film))
    Upload.objects.update(expires_at=timezone.now() + timedelta(minutes=1))
    patch(page, url, film[:10])
    expires_at = row_of(url).expires_at
    assert expires_at
    assert expires_at > timezone.now() + timedelta(hours=47)


# --- taken away


def test_an_uploaded_file_can_be_deleted(page: Client, ada: User, film: bytes, storage_folder: Path) -> None:
    draft = a_draft(ada)
    url = upload_and_verify(page, film, asset=draft.pk)
    assert page.delete(url).status_code == 204
    draft.refresh_from_db()
    assert (draft.source, draft.typed["source"], Upload.objects.count()) == (None, "", 0)
    assert page.get(url).status_code == 404
    assert not [path for path in storage_folder.rglob("*") if path.is_file()]


def test_an_unfinished_upload_can_be_deleted(page: Client, ada: User, film: bytes, storage_folder: Path) -> None:
    draft = a_draft(ada)
    url = created_upload(page, len(film), asset=draft.pk)
    patch(page, url, film[:50])
    assert page.delete(url, headers=TUS).status_code == 204
    assert head(page, url).status_code == 404
    assert patch(page, url, film[50:], 50).status_code == 404
    assert not [path for path in storage_folder.rglob("*") if path.is_file()]


def test_discarding_a_draft_deletes_its_unfinished_upload(page: Client, ada: User, film: bytes) -> None:
    draft = a_draft(ada)
    url = created_upload(page, len(film), asset=draft.pk)
    assert page.post(f"/assets/{draft.pk}/discard/").status_code == 302
    assert head(page, url).status_code == 404


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


# --- twins


def test_the_same_file_twice_is_noticed(page: Client, ada: User, film: bytes, tmp_path: Path) -> None:
    (tmp_path / "first.mp4").write_bytes(film)
    first = a_draft(ada, source=a_file(ada, tmp_path / "first.mp4"), name="The first", status="submitting")
    state = page.get(upload_and_verify(page, film)).json()
    assert state["twin"] == {"name": "The first", "url": f"/assets/{first.pk}/"}


def test_nobody_learns_what_others_uploaded(page: Client, ada: User, film: bytes, tmp_path: Path) -> None:
    (tmp_path / "first.mp4").write_bytes(film)
    eve = a_person("eve")
    a_draft(eve, source=a_file(eve, tmp_path / "first.mp4"), status="submitting")
    shared = a_draft(ada).project
    a_person("bob", shared)
    bob = User.objects.get(username="bob")
    a_draft(bob, shared, source=a_file(bob, tmp_path / "first.mp4"))  # a draft of somebody else in our project
    assert page.get(upload_and_verify(page, film)).json()["twin"] is None


# --- people


def test_nobody_else_can_access_it(ada: User, film: bytes) -> None:
    draft = a_draft(ada)
    upload = a_row(ada, status="receiving", size=len(film))
    url = f"/uploads/{upload.pk}/"
    for name, role in (("olga", "owner"), ("vic", "viewer"), ("eve", "")):
        page = Client()
        page.force_login(a_person(name, draft.project if role else None, role))
        answers = [page.get(url), head(page, url), patch(page, url, film), page.delete(url), says(page, url, "0" * 64)]
        assert [answer.status_code for answer in answers] == [404] * 5
        assert create_upload(page, asset=draft.pk).status_code == 404
    upload.refresh_from_db()
    assert (upload.status, upload.announced_sha256) == ("receiving", "")


def test_an_outdated_tab_announces_no_video_for_its_draft(page: Client, ada: User) -> None:
    draft = a_draft(ada, typed={"name": "Harbour", "tab": "another"})
    answer = create_upload(page, 100, asset=draft.pk, tab="this one", tab_seen="this one")
    assert (answer.status_code, "another tab" in answer.json()["message"]) == (422, True)
    assert not Upload.objects.exists()
    created_upload(page, 100, asset=draft.pk, tab="this one", tab_seen="another")


@pytest.mark.parametrize("asset", ["x", 0, -1, 10**30, "1;drop", "1.5"])
def test_an_unknown_draft_is_not_found(page: Client, asset: Any) -> None:
    assert create_upload(page, asset=asset).status_code == 404
    assert not Upload.objects.exists()


def test_a_viewer_cannot_upload_files_for_a_draft(page: Client, ada: User) -> None:
    draft = a_draft(ada)
    draft.project.memberships.update(role="viewer")
    assert create_upload(page, asset=draft.pk).status_code == 404


def test_a_stranger_is_told_to_sign_in(film: bytes) -> None:
    url = f"/uploads/{uuid.uuid4()}/"
    for answer in (
        create_upload(Client()),
        patch(Client(), url, film),
        patch(Client(), url, b"x" * 10**6),
        Client().get(url),
    ):
        assert answer.status_code == 401
        assert "Sign in" in answer.json()["remedy"]


def test_the_csrf_header_is_needed(ada: User, film: bytes) -> None:
    page = Client(enforce_csrf_checks=True)
    page.force_login(ada)
    assert create_upload(page).status_code == 403
    upload = a_row(ada, status="receiving", size=len(film), key=storage.new_key(storage.Kind.UPLOAD))
    assert patch(page, f"/uploads/{upload.pk}/", film).status_code == 403
    page.get(f"/projects/{a_draft(ada).project_id}/assets/new/")
    token = page.cookies["csrftoken"].value
    assert patch(page, f"/uploads/{upload.pk}/", film, headers={"X-CSRFToken": token}).status_code == 204


def test_a_network_that_blocks_patch_is_served_by_a_post_with_an_override(ada: User, film: bytes) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada)
    strict.get("/projects/")
    strict.cookies["csrftoken"] = token = "t" * 32
    told = TUS | {"Upload-Length": str(len(film)), "Upload-Metadata": metadata(kind="video", filename="film.mp4")}
    url = strict.post("/uploads/", headers=told | {"X-CSRFToken": token})["Location"]
    said = TUS | {"Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    kind = "application/offset+octet-stream"
    assert strict.post(url, film, content_type=kind, headers=said).status_code == 403
    assert offset(strict, url) == 0
    assert strict.post(url, film, content_type=kind, headers=said | {"X-CSRFToken": token}).status_code == 204
    assert row_of(url).status == Upload.Status.ARRIVED
    removed = strict.post(url, headers=TUS | {"X-HTTP-Method-Override": "DELETE", "X-CSRFToken": token})
    assert removed.status_code == 204
    assert not Upload.objects.exists()


def test_no_other_address_lets_its_method_be_overridden(page: Client) -> None:
    # Where large bodies are not taken, a POST stays one.
    assert page.post("/uploads/", headers=TUS | {"X-HTTP-Method-Override": "DELETE"}).status_code == 400


# --- another hash for a finished file


def test_another_hash_changes_nothing_once_the_file_was_compared(page: Client, ada: User, film: bytes) -> None:
    draft = a_draft(ada)
    url = upload_and_verify(page, film, asset=draft.pk, sha256=hashlib.sha256(film).hexdigest())
    answer = says(page, url, "0" * 64)
    assert (answer.status_code, "compared" in answer.json()["message"]) == (409, True)
    row = row_of(url)
    assert (row.status, row.announced_sha256, storage.exists(row.key)) == ("complete", row.sha256, True)
    assert says(page, url, row.sha256).json()["status"] == "complete"


@pytest.mark.parametrize("status", ["draft", "awaiting", "refused", "completed"])
def test_a_former_member_cannot_delete_the_teams_source(page: Client, ada: User, film: bytes, status: str) -> None:
    url, project = upload_and_verify(page, film), a_draft(ada).project
    colleague = a_person("ben", project)
    Asset.objects.create(project=project, created_by=colleague, source=row_of(url), status=status)
    Membership.objects.filter(user=ada).delete()
    says(page, url, "0" * 64)
    page.delete(url, headers=TUS)
    row = row_of(url)
    assert (row.status, storage.exists(row.key)) == ("complete", True)


@pytest.mark.parametrize("used_as", ["source", "background"])
def test_a_colleagues_draft_keeps_its_file_while_the_sender_is_still_there(
    page: Client, ada: User, film: bytes, used_as: str
) -> None:
    url, project = upload_and_verify(page, film), a_draft(ada).project
    used: dict[str, Any] = {used_as: row_of(url)}
    Asset.objects.create(project=project, created_by=a_person("ben", project), **used)
    says(page, url, "0" * 64)
    assert (row_of(url).status, storage.exists(row_of(url).key)) == ("complete", True)


def test_a_draft_of_a_project_that_was_left_keeps_its_file_too(page: Client, ada: User, film: bytes) -> None:
    draft = a_draft(ada)
    url = upload_and_verify(page, film, asset=draft.pk)
    Membership.objects.filter(user=ada).delete()
    says(page, url, "0" * 64)
    assert row_of(url).status == "complete"
