"""Files: whole, in parts, or not at all, and only to those who may see them."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from dubbing.models import Asset, Dubbing, Result
from dubbing.platform import storage
from tests.support import rows
from tests.support.people import People, client_of
from tests.support.rows import BYTES

SIZE = len(BYTES)


@pytest.fixture
def result(people: People) -> Result:
    return rows.make_done(people.project, people.owner, name="Hafen: Tür „A“", start=1.0, end=9.5, source_srt=rows.SRT)


@pytest.fixture
def address(result: Result) -> str:
    return reverse("result-file", args=[result.pk])


def content(answer: HttpResponseBase) -> bytes:
    return b"".join(answer) if answer.streaming else answer.content  # type: ignore[attr-defined]


def test_a_result_comes_whole_with_its_length_and_a_safe_type(viewer: Client, address: str, result: Result) -> None:
    answer = viewer.get(address)
    assert answer.status_code == 200
    assert content(answer) == BYTES
    assert answer["Content-Length"] == str(SIZE)
    assert answer["Content-Type"] == "video/mp4"
    assert answer["Accept-Ranges"] == "bytes"
    assert answer["ETag"] == f'"{result.sha256}"'
    assert answer["Cache-Control"].startswith("private")
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-99", 0, 99), ("bytes=100-", 100, SIZE - 1), ("bytes=-50", SIZE - 50, SIZE - 1)],
)
def test_a_player_gets_the_part_it_asks_for(viewer: Client, address: str, asked: str, first: int, last: int) -> None:
    answer = viewer.get(address, headers={"range": asked})
    assert answer.status_code == 206
    assert content(answer) == BYTES[first : last + 1]
    assert answer["Content-Range"] == f"bytes {first}-{last}/{SIZE}"


def test_a_part_beyond_the_end_is_refused(viewer: Client, address: str) -> None:
    answer = viewer.get(address, headers={"range": f"bytes={SIZE}-"})
    assert answer.status_code == 416
    assert answer["Content-Range"] == f"bytes */{SIZE}"


def test_a_part_of_another_state_of_the_file_is_not_given(viewer: Client, address: str, result: Result) -> None:
    other = viewer.get(address, headers={"range": "bytes=0-9", "if-range": '"something else"'})
    assert other.status_code == 200
    same = viewer.get(address, headers={"range": "bytes=0-9", "if-range": f'"{result.sha256}"'})
    assert same.status_code == 206
    assert content(same) == BYTES[:10]
    content(other)


def test_what_the_browser_has_is_not_sent_again(viewer: Client, address: str, result: Result) -> None:
    answer = viewer.get(address, headers={"if-none-match": f'"{result.sha256}"'})
    assert answer.status_code == 304
    assert content(answer) == b""


def test_a_head_request_gets_no_body(viewer: Client, address: str) -> None:
    answer = viewer.head(address)
    assert answer.status_code == 200
    assert answer["Content-Length"] == str(SIZE)
    assert content(answer) == b""


def test_the_file_is_closed_when_the_browser_goes_away(
    viewer: Client, address: str, recwarn: pytest.WarningsRecorder
) -> None:
    answer = viewer.get(address)
    next(iter(answer))
    answer.close()
    assert not [warning for warning in recwarn if issubclass(warning.category, ResourceWarning)]


def test_a_download_has_a_name_that_says_what_it_is(viewer: Client, result: Result) -> None:
    answer = viewer.get(reverse("result-download", args=[result.pk]))
    disposition = answer["Content-Disposition"]
    assert disposition.startswith('attachment; filename="Hafen')
    assert "filename*=UTF-8''Hafen- T%C3%BCr".replace(" ", "%20") in disposition
    assert disposition.endswith(".es-ES.mp4")
    assert content(answer) == BYTES


def test_a_file_that_is_gone_is_a_404(viewer: Client, address: str, result: Result) -> None:
    storage.delete(result.key)
    assert viewer.get(address).status_code == 404


def test_the_source_and_its_picture_are_served(viewer: Client, result: Result) -> None:
    asset = result.version.dubbing.asset
    assert content(viewer.get(reverse("source-file", args=[asset.pk]))) == BYTES
    poster = viewer.get(reverse("poster-file", args=[asset.pk]))
    assert poster["Content-Type"] == "image/jpeg"
    content(poster)


def test_a_source_that_is_an_address_has_no_file(people: People, viewer: Client) -> None:
    asset = rows.make_asset(people.project, people.owner)
    for name in ("source-file", "poster-file", "source-subtitles"):
        assert viewer.get(reverse(name, args=[asset.pk])).status_code == 404


def test_a_name_never_makes_a_dangerous_type(people: People, viewer: Client) -> None:
    stored = rows.make_file(storage.Kind.SOURCE, b"<script>", ".html")
    upload = rows.make_upload(people.owner)
    type(upload).objects.filter(pk=upload.pk).update(key=stored.key, content_type="text/html")
    asset = rows.make_asset(people.project, people.owner, source=upload)
    answer = viewer.get(reverse("source-file", args=[asset.pk]))
    assert answer["Content-Type"] == "application/octet-stream"
    content(answer)


def test_subtitles_are_on_the_timeline_of_the_trimmed_video(viewer: Client, result: Result) -> None:
    pk = result.version.dubbing_id
    vtt = viewer.get(reverse("subtitles-vtt", args=[pk]))
    assert vtt["Content-Type"] == "text/vtt; charset=utf-8"
    assert "00:00:00.500 --> 00:00:02.000\nHola." in vtt.content.decode()
    srt = viewer.get(reverse("subtitles-srt", args=[pk]))
    assert "00:00:00,500 --> 00:00:02,000\nHola." in srt.content.decode()
    assert srt["Content-Disposition"].endswith(".es-ES.srt")
    assert vtt["Content-Disposition"] == srt["Content-Disposition"].replace(".srt", ".vtt")


def test_the_transcript_stays_on_the_source(viewer: Client, result: Result) -> None:
    asset = result.version.dubbing.asset
    answer = viewer.get(reverse("source-subtitles", args=[asset.pk]))
    assert "00:00:01.500 --> 00:00:03.000\nHola." in answer.content.decode()
    assert answer["Content-Disposition"].endswith(f".{asset.source_locale}.vtt")


def test_a_transcript_without_times_is_no_track(viewer: Client, result: Result) -> None:
    Asset.objects.update(source_srt="Just what they say.")
    Dubbing.objects.update(srt="")
    asset = result.version.dubbing.asset
    assert viewer.get(reverse("source-subtitles", args=[asset.pk])).status_code == 404
    assert viewer.get(reverse("subtitles-vtt", args=[result.version.dubbing_id])).status_code == 404
    assert viewer.get(reverse("version", args=[result.version_id])).status_code == 200


@pytest.mark.parametrize("name", ["sample.mp4", "sample.es-ES.srt"])
def test_the_samples_can_be_downloaded(viewer: Client, settings: Settings, name: str) -> None:
    folder = Path(settings.SAMPLES_DIR)
    folder.mkdir()
    (folder / name).write_bytes(b"sample")
    assert content(viewer.get(reverse("sample", args=[name]))) == b"sample"


@pytest.mark.parametrize("name", ["portal.sqlite3", "..", "sample.mp4.bak", "sample.en-US.srt"])
def test_nothing_else_in_the_samples_folder_can_be_downloaded(viewer: Client, settings: Settings, name: str) -> None:
    folder = Path(settings.SAMPLES_DIR)
    folder.mkdir()
    (folder / "portal.sqlite3").write_bytes(b"secret")
    assert viewer.get(reverse("sample", args=[name])).status_code == 404


def test_behind_nginx_only_the_permission_is_ours(
    viewer: Client, address: str, result: Result, people: People, settings: Settings
) -> None:
    settings.X_ACCEL_PREFIX = "/_media"
    answer = viewer.get(address, headers={"range": "bytes=0-99"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["X-Accel-Redirect"] == f"/_media/{result.key}"
    assert answer["ETag"] == f'"{result.sha256}"'
    assert answer["X-Portal-Person"] == str(people.viewer.pk)
    # nginx knows the length, and would take its own for another one.
    assert not {"Content-Range", "Accept-Ranges"} & set(answer.headers)
    # A range of another state of the file does not count.
    changed = viewer.get(address, headers={"range": "bytes=0-99", "if-range": '"another"'})
    assert changed["X-Accel-Redirect"] == f"/_media/whole/{result.key}"
    assert "X-Accel-Redirect" not in client_of(people.outsider).get(address)
