"""Drafts: what was typed stays as it was typed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import QueryDict

from dubbing.drafts import saved_drafts
from dubbing.drafts.creation import copy_for_retry
from dubbing.models import Asset, Dubbing, Event, Upload
from dubbing.platform.errors import NotPossible
from tests.support.drafts import SRT, a_draft, a_person, a_row, a_text_file

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def storage_folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def ada() -> User:
    return a_person("ada")


@pytest.fixture
def asset(ada: User) -> Asset:
    return a_draft(ada)


def keep(asset: Asset, query: str = "", *, files: Any = None, **data: Any) -> dict[str, Any]:
    typed = QueryDict(query) if query else data
    return saved_drafts.keep_typed(asset, typed, asset.created_by, files=files).stored()


def test_everything_typed_is_kept_however_wrong(asset: Asset) -> None:
    keep(
        asset,
        "name=+A+&start=nine&targets=xx&targets=es-ES&srt_es-ES=nonsense&speakers=-3&csrfmiddlewaretoken=t&action=submit",
    )
    typed = saved_drafts.read_draft(Asset.objects.get(pk=asset.pk)).stored()
    assert typed["name"] == " A "
    assert (typed["start"], typed["speakers"], typed["srt_es-ES"]) == ("nine", "-3", "nonsense")
    assert typed["targets"] == ["xx", "es-ES"]
    assert not {"csrfmiddlewaretoken", "action"} & set(typed)


def test_what_one_request_leaves_out_stays(asset: Asset) -> None:
    keep(asset, name="A", targets=["es-ES"])
    typed = keep(asset, start="1")
    assert (typed["name"], typed["targets"], typed["start"]) == ("A", ["es-ES"], "1")


def test_all_languages_can_be_removed(asset: Asset) -> None:
    keep(asset, "targets=es-ES&targets_shown=1")
    assert keep(asset, "targets_shown=1")["targets"] == []


def test_text_that_a_database_cannot_hold_is_cleaned(asset: Asset) -> None:
    typed = keep(asset, name="a\0b\ud800c", source_srt="one\r\ntwo")
    assert typed["name"] == "ab?c"
    assert typed["source_srt"] == "one\ntwo"


def test_a_draft_has_the_name_of_its_file_when_none_is_typed(asset: Asset) -> None:
    upload = a_row(asset.created_by, name="Intro.final.mp4")
    keep(asset, source=str(upload.pk))
    assert (asset.name, asset.source) == ("Intro.final", upload)
    keep(asset, name="  Mine\n ")
    assert asset.name == "Mine"


def test_only_whole_unused_uploads_of_ones_own_are_attached(asset: Asset) -> None:
    ada, eve = asset.created_by, a_person("eve")
    used = a_row(ada)
    a_draft(ada, asset.project, source=used)
    others = [used, a_row(eve), a_row(ada, status="receiving"), a_row(ada, kind="background")]
    for upload in others:
        typed = keep(asset, source=str(upload.pk))
        assert asset.source is None
        assert typed["source"] == str(upload.pk)


def test_a_file_on_its_way_leaves_the_one_before_in_place(asset: Asset) -> None:
    before, coming = a_row(asset.created_by), a_row(asset.created_by, status="receiving")
    saved_drafts.attach(asset, before, asset.created_by)
    saved_drafts.attach(asset, coming, asset.created_by)
    assert asset.source == before
    assert asset.typed["source"] == str(coming.pk)
    saved_drafts.detach(asset, coming, asset.created_by)
    assert asset.typed["source"] == str(before.pk)
    saved_drafts.detach(asset, before, asset.created_by)
    assert asset.typed["source"] == ""
    asset.refresh_from_db()
    assert asset.source is None


def test_a_page_that_still_names_a_cancelled_upload_keeps_the_video_before_it(asset: Asset) -> None:
    before, cancelled = a_row(asset.created_by), a_row(asset.created_by, status="receiving")
    saved_drafts.attach(asset, before, asset.created_by)
    saved_drafts.attach(asset, cancelled, asset.created_by)
    saved_drafts.detach(asset, cancelled, asset.created_by)
    Upload.objects.filter(pk=cancelled.pk).delete()
    typed = keep(asset, source=str(cancelled.pk), shown_source=f"{before.pk}:complete")
    assert (asset.source, typed["source"]) == (before, str(before.pk))


def test_another_tab_does_not_remove_a_video_that_it_never_showed(asset: Asset) -> None:
    upload = a_row(asset.created_by)
    saved_drafts.attach(asset, upload, asset.created_by)
    stale = {"source": "", "shown_source": ":", "name": "From the other tab"}
    keep(asset, **stale)
    assert (asset.source, asset.name) == (upload, "From the other tab")
    saved_drafts.keep_typed(asset, stale, asset.created_by, checked=True)
    assert asset.typed["source"] == ""  # what is submitted is what the page shows
    saved_drafts.attach(asset, upload, asset.created_by)
    keep(asset, source="", shown_source=f"{upload.pk}:complete")
    assert asset.typed["source"] == ""


def test_a_subtitle_file_becomes_text_with_its_encoding_named(asset: Asset) -> None:
    typed = keep(asset, files={"srt_es-ES_file": a_text_file(SRT.encode("cp1252"), "../es.srt")})
    assert typed["srt_es-ES"] == SRT
    assert typed["files"]["srt_es-ES"]["name"] == "es.srt"
    assert "Windows-1252" in " ".join(typed["files"]["srt_es-ES"]["notes"])


def test_a_text_changed_since_is_no_longer_what_the_file_said(asset: Asset) -> None:
    keep(asset, files={"srt_es-ES_file": a_text_file(SRT.encode("cp1252"))})
    assert keep(asset, **{"srt_es-ES": SRT.replace("\n", "\r\n")})["files"]["srt_es-ES"]["notes"]
    assert keep(asset, **{"srt_es-ES": SRT + "more"})["files"]["srt_es-ES"] == {"name": "es.srt", "edited": True}
    assert keep(asset, **{"srt_es-ES": " "})["files"] == {}


def test_a_file_that_is_not_text_is_reported_and_the_present_text_kept(asset: Asset) -> None:
    keep(asset, **{"srt_es-ES": SRT})
    typed = keep(asset, files={"srt_es-ES_file": a_text_file(b"\x89PNG\0\1\2\3" * 99, "cat.png")})
    assert typed["srt_es-ES"] == SRT
    assert "not a text file" in typed["files"]["srt_es-ES"]["problems"][0]
    typed = keep(asset, files={"srt_es-ES_file": a_text_file(b"x" * 2_000_001)})
    assert "too large" in typed["files"]["srt_es-ES"]["problems"][0]


def test_files_in_other_places_are_left_alone(asset: Asset) -> None:
    typed = keep(asset, files={"name_file": a_text_file(), "typed": a_text_file()})
    assert typed["files"] == {}
    assert typed.get("name", "") == ""


def test_a_copy_is_prefilled_with_what_the_original_had(asset: Asset) -> None:
    fields = {
        "media_url": "https://example.com/f.mp4",
        "source_locale": "en-US",
        "start": 1.0,
        "end": 9.5,
        "speakers": 2,
    }
    Asset.objects.filter(pk=asset.pk).update(name="Welcome", voice_anonymization=0.3, status="failed", **fields)
    asset.refresh_from_db()
    Dubbing.objects.create(asset=asset, locale="es-ES", srt=SRT)
    typed = saved_drafts.read_draft(copy_for_retry(asset, asset.created_by)).stored()
    assert (typed["start"], typed["end"], typed["speakers"], typed["voice_anonymization"]) == ("1", "9.5", "2", "0.3")
    assert (typed["name"], typed["source_from"], typed["media_url"]) == ("Welcome", "url", fields["media_url"])
    assert (typed["targets"], typed["srt_es-ES"]) == (["es-ES"], SRT)


def test_a_copy_may_keep_the_file_of_the_original(asset: Asset) -> None:
    asset.source, asset.status = a_row(asset.created_by), "failed"
    asset.save()
    copy = copy_for_retry(asset, asset.created_by)
    typed = keep(copy, start="1")
    assert copy.source == asset.source
    assert typed["source"] == str(asset.source.pk)


@pytest.mark.parametrize("status", ["submitting", "held", "unconfirmed", "dubbing", "completed", "failed"])
def test_what_was_sent_is_not_changed(asset: Asset, status: str) -> None:
    Asset.objects.filter(pk=asset.pk).update(status=status)
    with pytest.raises(NotPossible, match="already sent"):
        keep(asset, name="x")
    with pytest.raises(NotPossible):
        saved_drafts.discard(asset, asset.created_by)
    assert Asset.objects.get(pk=asset.pk).name == ""


def test_a_discarded_draft_is_gone_with_its_files_and_its_history(asset: Asset) -> None:
    ada = asset.created_by
    Event.objects.record(asset, Event.Kind.CREATED, actor=ada)
    upload, shared = a_row(ada), a_row(ada, kind="background")
    a_draft(ada, asset.project, background=shared)
    Asset.objects.filter(pk=asset.pk).update(source=upload, background=shared)
    asset.refresh_from_db()
    saved_drafts.discard(asset, ada)
    assert not Asset.objects.filter(pk=asset.pk).exists()
    assert list(Upload.objects.all()) == [shared]


def test_a_refused_asset_keeps_its_history(asset: Asset) -> None:
    Asset.objects.filter(pk=asset.pk).update(status="refused")
    with pytest.raises(NotPossible, match="cannot be deleted"):
        saved_drafts.discard(asset, asset.created_by)
