"""Waveforms and copies for browsers: made beside the film, whatever happens to whoever makes them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from dubbing import media, tasks, uploads
from dubbing.models import Upload
from dubbing.platform import storage
from dubbing.uploads import previews
from tests.support.drafts import a_file, a_person, a_row
from tests.support.odd_films import make_odd_film

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def mkv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_odd_film(tmp_path_factory.mktemp("films") / "film.mkv", seconds=2)


@pytest.fixture(scope="module")
def mp4(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_odd_film(tmp_path_factory.mktemp("films") / "film.mp4", seconds=2)


@pytest.fixture
def upload(mkv: Path) -> Upload:
    """A film that browsers cannot play as it is."""
    return a_file(a_person("ada"), mkv)


def files() -> list[str]:
    """Every file in the storage, by its folder."""
    root = storage.path("sources/x").parent.parent
    return sorted(file.relative_to(root).parts[0] for file in root.rglob("*") if file.is_file())


def make_due(upload: Upload) -> None:
    """Its time has come, and whoever had it is gone."""
    Upload.objects.filter(pk=upload.pk).update(next_at=timezone.now(), lease_until=timezone.now() - timedelta(hours=1))


def test_an_uploaded_video_is_due_for_a_preview_and_gets_one(upload: Upload) -> None:
    assert [item.task.name for item in tasks.due() if item.pk == upload.pk] == ["dubbing.tasks.preview"]
    previews.make(upload.pk)
    upload.refresh_from_db()
    assert upload.preview == Upload.Preview.READY
    drawn = json.loads(storage.path(upload.peaks_key).read_text())
    assert drawn["duration"] == pytest.approx(2.0, abs=0.2)
    assert max(drawn["peaks"]) == pytest.approx(0.2, abs=0.05)
    copy = media.probe(storage.path(upload.proxy_key))
    assert copy.playable
    assert not list(tasks.due())


def test_a_video_that_browsers_play_is_not_copied(mp4: Path) -> None:
    upload = a_file(a_person("ada"), mp4)
    previews.make(upload.pk)
    upload.refresh_from_db()
    assert (upload.preview, upload.proxy_key) == (Upload.Preview.READY, "")
    assert upload.peaks_key


def test_a_video_older_than_previews_gets_one_on_request(upload: Upload) -> None:
    Upload.objects.filter(pk=upload.pk).update(preview=Upload.Preview.NONE, media={"video_codec": "h264"})
    upload.refresh_from_db()
    assert previews.want(upload)
    assert not previews.want(Upload.objects.get(pk=upload.pk))
    previews.make(upload.pk)
    upload.refresh_from_db()
    assert upload.proxy_key
    assert upload.media["audio_tracks"]


def test_no_preview_is_requested_for_anything_but_a_video() -> None:
    ada = a_person("ada")
    assert not previews.want(a_row(ada, kind="background"))
    assert not previews.want(a_row(ada, status="refused"))


def test_removing_a_video_removes_everything_derived_from_it(upload: Upload) -> None:
    previews.make(upload.pk)
    upload.refresh_from_db()
    assert {"peaks", "proxies"} <= set(files())
    assert uploads.remove(upload)
    assert files() == []


def test_a_video_removed_meanwhile_leaves_nothing(upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    make = media.browser_copy

    def remove_first(*args: Any, **options: Any) -> bool:
        done = make(*args, **options)
        uploads.remove(Upload.objects.get(pk=upload.pk))
        return done

    monkeypatch.setattr(media, "browser_copy", remove_first)
    previews.make(upload.pk)
    assert files() == []


class Killed(BaseException):
    """As if the process had ended here."""


@pytest.mark.parametrize("where", ["peaks", "browser_copy"])
def test_a_killed_worker_is_replaced_by_another(upload: Upload, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    make: Callable[..., Any] = getattr(media, where)

    def die(*args: Any, **options: Any) -> Any:
        make(*args, **options)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(media, where, die)
        with pytest.raises(Killed):
            previews.make(upload.pk)
    previews.make(upload.pk)
    upload.refresh_from_db()
    assert upload.preview == Upload.Preview.WAITING  # the lease holds
    make_due(upload)
    previews.make(upload.pk)
    upload.refresh_from_db()
    assert upload.preview == Upload.Preview.READY
    assert files() == ["peaks", "posters", "proxies", "sources"]


def test_it_is_tried_three_times_and_then_given_up(upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    tries = []
    monkeypatch.setattr(media, "browser_copy", lambda *args, **options: tries.append(1))
    for _ in range(5):
        make_due(upload)
        previews.make(upload.pk)
    upload.refresh_from_db()
    assert (upload.preview, len(tries)) == (Upload.Preview.FAILED, 3)
    assert upload.peaks_key
    assert files() == ["peaks", "posters", "sources"]


def test_after_a_failure_there_is_a_pause(upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "browser_copy", lambda *args, **options: False)
    previews.make(upload.pk)
    assert not list(tasks.due())


def test_a_full_disk_is_not_filled_up(upload: Upload, settings: Settings) -> None:
    settings.DISK_LOW_WATER_BYTES = 2**60
    previews.make(upload.pk)
    upload.refresh_from_db()
    assert (upload.preview, upload.proxy_key) == (Upload.Preview.WAITING, "")


def test_one_copy_is_made_at_a_time_and_waiting_costs_no_attempt(
    upload: Upload, mkv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, make = a_file(upload.owner, mkv), media.browser_copy

    def copy_while_another_is_wanted(*args: Any, **options: Any) -> bool:
        monkeypatch.setattr(media, "browser_copy", make)
        previews.make(upload.pk)
        return make(*args, **options)

    monkeypatch.setattr(media, "browser_copy", copy_while_another_is_wanted)
    previews.make(other.pk)
    assert Upload.objects.get(pk=other.pk).proxy_key
    upload.refresh_from_db()
    assert (upload.preview, upload.tries, upload.proxy_key) == (Upload.Preview.WAITING, 0, "")
    assert upload.peaks_key
    make_due(upload)
    previews.make(upload.pk)
    upload.refresh_from_db()
    assert upload.preview == Upload.Preview.READY


def test_a_lease_that_was_lost_ends_the_work(upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    make = media.browser_copy

    def lose(*args: Any, **options: Any) -> bool:
        Upload.objects.filter(pk=upload.pk).update(lease_token=None)
        return make(*args, **options)

    monkeypatch.setattr(media, "browser_copy", lose)
    previews.make(upload.pk)
    upload.refresh_from_db()
    assert (upload.preview, upload.proxy_key) == (Upload.Preview.WAITING, "")
    assert "proxies" not in files()
