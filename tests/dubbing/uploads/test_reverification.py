"""Files that an older portal verified get another look, unless they were sent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from dubbing import media, tasks
from dubbing.drafts import saved_drafts
from dubbing.models import Asset, Project, Upload
from dubbing.platform import storage
from dubbing.uploads import previews, reverification
from dubbing.uploads.verification import VERSION
from tests.conftest import WakeUps
from tests.support import rows
from tests.support.drafts import a_draft, a_file, a_person
from tests.support.journey import fresh, touch
from tests.support.media import make_film

pytestmark = pytest.mark.django_db
WRONG = 1_000_000.0


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("films") / "film.mp4", seconds=2, cover=True)


@pytest.fixture
def ada() -> User:
    return a_person("ada")


def verified_before(user: User, film: Path, **fields: Any) -> Upload:
    """As an older portal took it: for a cover that lasts for days."""
    upload = a_file(user, film)
    assert upload.verification == VERSION
    previews.make(upload.pk)
    wrong = {"duration": WRONG, "width": 16, "height": 16, "video_codec": "mjpeg", "loudest": 0.5}
    touch(upload, verification=0, duration=WRONG, media=fresh(upload).media | wrong, **fields)
    return fresh(upload)


def draft_with(upload: Upload) -> Asset:
    asset = a_draft(upload.owner)
    saved_drafts.attach(asset, upload, upload.owner)
    return fresh(asset)


def run() -> None:
    tasks.enqueue_older_files()
    for pk in reverification.waiting():
        tasks.verify_again.run(pk)


def test_wrong_facts_are_corrected_once_and_previews_made_again(
    ada: User, film: Path, wake_ups: WakeUps, committed: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = verified_before(ada, film)
    asset = draft_with(upload)
    assert asset.source_duration == WRONG
    wake_ups.clear()
    with committed():
        run()
    found = fresh(upload)
    assert found.duration == pytest.approx(2.0, abs=0.2)
    assert (found.media["width"], found.media["video_codec"], found.media["loudest"]) == (64, "h264", 0.5)
    assert (found.status, found.preview, found.verification) == ("complete", "waiting", VERSION)
    assert storage.exists(found.poster_key)
    assert fresh(asset).source_duration == found.duration
    assert wake_ups == [("verify_again", upload.pk), ("preview", upload.pk)]
    previews.make(upload.pk)
    assert fresh(upload).preview == "ready"
    monkeypatch.setattr(media, "probe", lambda path: pytest.fail("looked into twice"))
    run()
    tasks.verify_again.run(upload.pk)


def test_what_was_right_keeps_its_previews(ada: User, film: Path) -> None:
    upload = a_file(ada, film)
    previews.make(upload.pk)
    touch(upload, verification=0)
    run()
    found = fresh(upload)
    assert (found.verification, found.preview, bool(found.peaks_key)) == (VERSION, "ready", True)
    assert found.duration == upload.duration


def test_files_that_would_be_refused_today_are_refused_with_an_explanation(ada: User, film: Path) -> None:
    upload = verified_before(ada, film)
    asset = draft_with(upload)
    make_film(storage.path(upload.key), seconds=1, audio=None)
    keys = [upload.key, upload.poster_key, upload.peaks_key]
    run()
    found = fresh(upload)
    assert (found.status, found.refusal["code"], found.key, found.preview) == ("refused", "no_audio", "", "none")
    assert not any(storage.exists(key) for key in keys)
    assert fresh(asset).status == "draft"


@pytest.mark.parametrize("how", ["died", "gone"])
def test_possible_faults_of_the_machine_delete_nothing(
    ada: User, film: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    upload = verified_before(ada, film)

    def fail(path: Path) -> media.MediaInfo:
        if how == "died":
            raise media.MediaRefused("unreadable")
        raise FileNotFoundError

    monkeypatch.setattr(media, "probe", fail)
    run()
    found = fresh(upload)
    assert (found.status, found.key, found.duration, found.verification) == ("complete", upload.key, WRONG, VERSION)
    assert storage.exists(upload.key)


@pytest.mark.parametrize("status", [one for one in Asset.Status.values if one != "draft"])
@pytest.mark.parametrize("column", ["source", "background"])
def test_what_was_sent_stays_as_it_is(ada: User, project: Project, film: Path, status: str, column: str) -> None:
    upload = rows.make_upload(ada, duration=WRONG)
    uses: dict[str, Any] = {column: upload}
    rows.make_asset(project, ada, status=status, **uses)
    rows.make_asset(project, ada, status="draft", **uses)  # a copy of it, to be tried again
    run()
    assert (fresh(upload).duration, fresh(upload).verification) == (WRONG, VERSION)


def test_files_sent_during_their_verification_stay_as_they_are(
    ada: User, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = verified_before(ada, film)
    asset, probe = draft_with(upload), media.probe

    def submit_and_look(path: Path) -> media.MediaInfo:
        touch(asset, status="submitting")
        return probe(path)

    monkeypatch.setattr(media, "probe", submit_and_look)
    run()
    assert (fresh(upload).duration, fresh(upload).verification) == (WRONG, VERSION)


def test_a_few_at_a_time_and_sent_ones_are_not_in_the_way(ada: User, project: Project) -> None:
    sent = [rows.make_upload(ada) for _ in range(5)]
    for upload in sent:
        rows.make_asset(project, ada, source=upload)
    for _ in range(5):
        rows.make_upload(ada)
    assert len(reverification.waiting()) == reverification.AT_ONCE
    assert Upload.objects.filter(verification=VERSION).count() == len(sent)


def test_one_worker_at_a_time(ada: User, film: Path) -> None:
    upload = verified_before(ada, film)
    token = Upload.objects.claim(upload.pk, seconds=60)
    run()
    assert fresh(upload).duration == WRONG
    assert token
    Upload.objects.release(upload.pk, token)
    run()
    assert fresh(upload).duration != WRONG
