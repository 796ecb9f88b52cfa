"""A video in a bucket, open for longer than its address is valid: it goes on where it was."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import av
import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from dubbing.models import Result, Upload
from dubbing.web.shared import responses
from tests.support.buckets import BucketService, Door
from tests.support.people import make_people
from tests.support.rows import make_done, make_result

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]

SECONDS, PICTURES_A_SECOND = 40, 5


@pytest.fixture(scope="module")
def large_film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Too large to be fetched at once: noise."""
    path, dice = tmp_path_factory.mktemp("films") / "noise.mp4", random.Random(1)
    with av.open(str(path), "w", options={"movflags": "faststart"}) as out:
        stream = out.add_stream("libx264", rate=PICTURES_A_SECOND, options={"preset": "ultrafast", "crf": "20"})
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for _ in range(SECONDS * PICTURES_A_SECOND):
            noise = av.VideoFrame(640, 360, "yuv420p")
            for plane in noise.planes:
                plane.update(dice.randbytes(plane.buffer_size))
            out.mux(stream.encode(noise))
        out.mux(stream.encode(None))
    return path.read_bytes()


def test_it_goes_on_where_it_was(
    page: Page,
    signed_in: Any,
    bucket: str,
    bucket_service: BucketService,
    settings: Settings,
    large_film: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Door(bucket_service) as door:
        settings.S3_ENDPOINT_URL = door.url
        directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
        settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": directives | {"media-src": ["'self'", door.url]}}
        people = make_people()
        done = make_done(people.project, people.editor)
        result = make_result(done.version, content=large_film, duration=float(SECONDS))
        Result.objects.exclude(pk=result.pk).delete()
        Upload.objects.update(poster_key="")
        page.clock.install()
        signed_in(page, people.owner).goto(f"/versions/{result.version_id}/")
        video = page.locator("[data-video=dub]")
        expect(video).to_have_js_property("readyState", 4, timeout=30_000)
        door.expired |= {address for address in door.asked if "X-Amz-Signature" in address}
        monkeypatch.setattr(responses, "PLAYED_WITHIN", timedelta(hours=7))  # or the new address would be the old one
        page.clock.fast_forward("05:01:00")
        video.evaluate("video => { video.currentTime = 35 }")
        expect(video).to_have_js_property("readyState", 4, timeout=30_000)
        assert video.evaluate("video => video.currentTime") == 35
        page.goto("about:blank")  # before the door is closed, or what is still loading fails in the console
