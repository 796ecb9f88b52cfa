"""The main job with each of the witnesses on the other end: real requests, real films, every job paid for once."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from django.core import serializers
from django.db.models import Model
from pytest_django import Settings

from dubbing import uploads
from dubbing.models import Asset, Dubbing, Event, Hold, Result, Submission, Upload, Version
from dubbing.platform import storage
from dubbing.providers import capabilities
from dubbing.submissions import submit
from tests.support.http_server import Request, Server
from tests.support.media import make_film
from tests.support.people import People
from tests.support.several import THREE, dubbings, order, outcomes, work_until
from tests.witness import film
from tests.witness_more import modelslab, voicechanger

pytestmark = pytest.mark.django_db
KINDS: tuple[type[Model], ...] = (Asset, Submission, Event, Dubbing, Version, Result, Hold)


@pytest.fixture(scope="module")
def dub(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The source with another tone."""
    folder = tmp_path_factory.mktemp("dubs")
    film.dub(make_film(folder / "source.mp4", seconds=2), folder / "dub.mp4", start=0, end=2, pitch=440)
    return (folder / "dub.mp4").read_bytes()


@pytest.fixture
def source(tmp_path: Path, people: People) -> Upload:
    return uploads.add_file(make_film(tmp_path / "source.mp4", seconds=2), people.editor, kind=Upload.Kind.VIDEO)


def no_trace_of(key: str, log: str) -> bool:
    rows = [row for kind in KINDS for row in kind._default_manager.all()]
    return key not in serializers.serialize("json", rows) + log


def test_the_main_job_at_a_modelslab_that_we_did_not_write(
    people: People, settings: Settings, source: Upload, dub: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    witness, sent = modelslab.ModelsLab(dub), storage.path(source.key).read_bytes()

    def portal(request: Request) -> None:
        request.answer(200, sent, {"Content-Type": "video/mp4"})

    with witness.api, witness.cdn, Server(portal) as ours:
        settings.PORTAL_URL = ours.url
        settings.MODELSLAB_API_URL, settings.MODELSLAB_API_KEY = witness.url, modelslab.KEY
        asset = work_until(order(people.project, people.editor, "modelslab", source=source), "partly_done")
        assert set(outcomes(asset).values()) == {"accepted"}
        assert dubbings(asset) == {"es-ES": "completed", "fr-FR": "processing_failed", "it-IT": "completed"}
        assert sorted(job.asked["output_lang"] for job in witness.jobs.values()) == ["es", "fr", "it"]
        assert all(job.asked["source_lang"] == "en" for job in witness.jobs.values())
        assert asset.dubbings.get(locale="fr-FR").error_message == "no voice heard"
        assert [storage.path(one.key).read_bytes() for one in Result.objects.all()] == [dub, dub]
        submit.send_missing(asset, people.editor)
        work_until(asset, "partly_done")
        assert sorted(job.asked["output_lang"] for job in witness.jobs.values()) == ["es", "fr", "fr", "it"]
        assert no_trace_of(modelslab.KEY, caplog.text)
        seen = str([(one.path, one.headers) for one in [*ours.requests, *witness.cdn.requests]])
        assert modelslab.KEY not in seen


def test_the_main_job_at_a_voicechanger_that_we_did_not_write(
    people: People, settings: Settings, source: Upload, dub: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    witness = voicechanger.VoiceChanger(dub)
    with witness.api, witness.store:
        settings.VOICECHANGER_API_URL, settings.VOICECHANGER_API_KEY = witness.api.url, voicechanger.KEY
        asset = work_until(order(people.project, people.editor, "voicechanger", source=source), "partly_done")
        assert set(outcomes(asset).values()) == {"accepted"}
        assert (dubbings(asset)["es-ES"], dubbings(asset)["it-IT"]) == ("completed", "completed")
        assert asset.dubbings.get(locale="fr-FR").error_message == "no voice heard"
        starts = [start for job in witness.jobs.values() for start in job.starts]
        assert sorted(start["target_language"] for start in starts) == ["es", "fr", "it"]
        sent = storage.path(source.key).read_bytes()
        assert all(job.source == sent for job in witness.jobs.values())
        assert not any("x-api-key" in one.headers for one in witness.store.requests)
        assert no_trace_of(voicechanger.KEY, caplog.text)


def test_a_voicechanger_that_hands_the_source_back_is_never_done(
    people: People, settings: Settings, source: Upload
) -> None:
    witness = voicechanger.VoiceChanger(storage.path(source.key).read_bytes())
    with witness.api, witness.store:
        settings.VOICECHANGER_API_URL, settings.VOICECHANGER_API_KEY = witness.api.url, voicechanger.KEY
        asset = order(people.project, people.editor, "voicechanger", source=source, locales=THREE[:1])
        assert dubbings(work_until(asset, "failed")) == {"es-ES": "placeholder"}
        assert capabilities("voicechanger").may_return_placeholder
