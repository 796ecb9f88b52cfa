"""Seeing a source: the film as browsers play it, its waveform, and what the page says until they are there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dubbing.models import Asset, Upload
from dubbing.uploads import previews
from tests.support import rows
from tests.support.drafts import a_draft, a_file, typed
from tests.support.odd_films import make_odd_film
from tests.support.people import People

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(people: People, tmp_path: Path) -> Asset:
    """A draft with a film that browsers cannot play."""
    upload = a_file(people.editor, make_odd_film(tmp_path / "film.mkv", seconds=2))
    return a_draft(people.editor, people.project, source=upload, typed=typed(source=str(upload.pk)))


def address(name: str, asset: Asset) -> str:
    return reverse(name, args=[asset.pk])


def made(draft: Asset) -> Upload:
    assert draft.source
    previews.make(draft.source.pk)
    draft.source.refresh_from_db()
    return draft.source


def test_nothing_is_shown_before_the_preview_is_made(editor: Client, draft: Asset) -> None:
    assert editor.get(address("preview-file", draft)).status_code == 404
    assert editor.get(address("peaks-file", draft)).status_code == 404
    parts = editor.get(address("asset-preview", draft)).content.decode()
    assert "Browsers cannot play this kind of file" in parts
    assert "data-poll" in parts
    assert "<video" not in parts


def test_then_the_copy_is_played_in_parts_and_the_waveform_is_remembered(editor: Client, draft: Asset) -> None:
    upload = made(draft)
    film = editor.get(address("preview-file", draft), headers={"range": "bytes=0-99"})
    assert (film.status_code, film["Content-Type"]) == (206, "video/mp4")
    assert b"ftyp" in b"".join(film)
    drawn = editor.get(address("peaks-file", draft))
    assert drawn["Content-Type"] == "application/json"
    etag = drawn["ETag"]
    found: Any = b"".join(drawn)
    assert found.startswith(b'{"duration":2')
    assert editor.get(address("peaks-file", draft), headers={"if-none-match": etag}).status_code == 304
    parts = editor.get(address("asset-preview", draft)).content.decode()
    assert "<video" in parts
    assert "data-poll" not in parts
    assert upload.proxy_key not in parts


def test_the_original_stays_the_source(editor: Client, draft: Asset) -> None:
    upload = made(draft)
    source = editor.get(address("source-file", draft))
    assert len(b"".join(source)) == upload.size


def test_a_video_that_browsers_play_is_shown_at_once(editor: Client, people: People, tmp_path: Path) -> None:
    upload = a_file(people.editor, make_odd_film(tmp_path / "film.mov", seconds=2))
    draft = a_draft(people.editor, people.project, source=upload, typed=typed(source=str(upload.pk)))
    film = editor.get(address("preview-file", draft))
    assert film["Content-Type"] == "video/mp4"
    assert len(b"".join(film)) == upload.size


def test_a_link_has_no_preview(viewer: Client, people: People) -> None:
    asset = rows.make_asset(people.project, people.owner)
    for name in ("preview-file", "peaks-file", "asset-preview"):
        assert viewer.get(address(name, asset)).status_code == 404


def test_opening_the_page_of_an_old_video_requests_its_preview(
    editor: Client, draft: Asset, monkeypatch: pytest.MonkeyPatch
) -> None:
    Upload.objects.update(preview=Upload.Preview.NONE, media={"video_codec": "hevc"})
    editor.get(address("asset-edit", draft))
    assert Upload.objects.get().preview == Upload.Preview.WAITING


def test_a_copy_that_could_not_be_made_is_explained_with_what_to_do(editor: Client, draft: Asset) -> None:
    Upload.objects.update(preview=Upload.Preview.FAILED)
    page = editor.get(address("asset-edit", draft)).content.decode()
    assert "we could not make a preview" in page
    assert "upload it as MP4" in page
    assert "data-poll" not in page


def test_times_have_one_format_and_invalid_ones_are_shown_as_typed(editor: Client, draft: Asset) -> None:
    Asset.objects.filter(pk=draft.pk).update(typed=draft.typed | {"start": "0,5", "end": "soon"})
    page = editor.get(address("asset-edit", draft)).content.decode()
    assert 'value="00:00:00.500"' in page
    assert 'value="soon"' in page
