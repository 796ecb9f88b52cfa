"""The main job with all files in a bucket, as a person does it: the browser sends and gets files there itself."""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect

from tests.browser.test_main_job import bring_and_configure, member, play_and_compare, watch_it_move_by_itself
from tests.support.buckets import BucketService, contents, settings_for
from tests.support.portal import PASSWORD, Portal
from tests.support.sandbox import SandboxProcess

__all__ = ["member"]

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def service() -> Iterator[BucketService]:
    """One that sends files under the headers that an address asks for."""
    with BucketService(checks_signatures=False) as running:
        yield running


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory, samples: Path, service: BucketService) -> Iterator[Portal]:
    """Web, worker, scheduler and sandbox in processes of their own, and a bucket."""
    folder, where = tmp_path_factory.mktemp("portal"), settings_for(service, service.make_bucket())
    with (
        SandboxProcess(policy="seconds:1") as sandbox,
        Portal(folder, sandbox, SAMPLES_DIR=str(samples), S3_DIRECT_UPLOADS="true", **where) as running,
    ):
        yield running.start()


def test_a_video_goes_in_and_a_dubbed_video_comes_out_of_the_bucket(
    member: Page, portal: Portal, service: BucketService, samples: Path, tmp_path: Path
) -> None:
    answers: list[Response] = []
    member.on("response", lambda answer: answers.append(answer))
    member.get_by_role("link", name="Projects").click()
    member.get_by_role("link", name="Sample project").click()
    member.locator("form[action$='/assets/new/'] button").first.click()
    bring_and_configure(member, samples)
    member.get_by_role("button", name=re.compile("^Submit")).click()
    watch_it_move_by_itself(member)
    expect(member.locator(".thumb.poster img")).to_have_js_property("naturalWidth", 640)
    play_and_compare(member)
    parts = [answer for answer in answers if answer.url.startswith(service.url) and ".mp4" in answer.url]
    assert {(answer.request.method, answer.status) for answer in parts} == {("PUT", 200), ("GET", 206)}

    sha256 = portal.ask("m.Result.objects.get(version__dubbing__locale='es-ES').sha256")
    video = downloaded(member, "Download", tmp_path / "video.mp4")
    assert hashlib.sha256(video.read_bytes()).hexdigest() == sha256
    assert in_an_archive(member, portal, tmp_path) == sha256
    kept = contents(service, portal.environment["S3_BUCKET"])
    assert {key.partition("/")[0] for key in kept} >= {"sources", "results", "posters", "peaks", "deliveries"}
    assert not [path for path in Path(portal.environment["MEDIA_ROOT"]).rglob("*") if path.is_file()]


def test_a_bucket_that_lets_no_browser_in_leaves_the_upload_to_the_portal(
    browser: Browser, tmp_path: Path, samples: Path
) -> None:
    with (
        BucketService() as closed,  # says nothing to browsers of other sites
        SandboxProcess() as sandbox,
        Portal(
            tmp_path / "portal", sandbox, S3_DIRECT_UPLOADS="true", **settings_for(closed, closed.make_bucket())
        ) as portal,
        closing(browser.new_context(base_url=portal.url, locale="en-GB")) as context,
    ):
        portal.start("web", "worker")
        page = signed_in_page(context)
        page.get_by_role("link", name="Projects").click()
        page.get_by_role("link", name="Sample project").click()
        page.locator("form[action$='/assets/new/'] button").first.click()
        page.locator("#source-box [data-file]").set_input_files(samples / "sample.mp4")
        expect(page.locator("#source-file")).to_contain_text("1280×720", timeout=60_000)
        assert portal.ask("m.Upload.objects.get().key") in contents(closed, portal.environment["S3_BUCKET"])


def signed_in_page(context: BrowserContext) -> Page:
    page = context.new_page()
    page.goto("/")
    page.get_by_label("Username").fill("member")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    return page


def downloaded(page: Page, link: str, to: Path) -> Path:
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile(f"^{link}")).first.click()
    download.value.save_as(to)
    assert download.value.suggested_filename.endswith(to.suffix)
    assert "sample" in download.value.suggested_filename.lower()
    return to


def in_an_archive(page: Page, portal: Portal, folder: Path) -> str:
    """The SHA-256 of the Spanish video in a delivery, which our own server puts together."""
    project, asset = portal.ask("list(m.Asset.objects.values_list('project_id', 'pk').get())")
    page.goto(f"/projects/{project}/deliveries/new/?assets={asset}")
    page.get_by_role("button", name="Prepare ZIP").click()
    expect(page.get_by_role("link", name=re.compile("^Download ZIP"))).to_be_visible(timeout=60_000)
    with zipfile.ZipFile(downloaded(page, "Download ZIP", folder / "delivery.zip")) as archive:
        assert archive.testzip() is None
        name = next(name for name in archive.namelist() if "es-ES" in name and name.endswith(".mp4"))
        return hashlib.sha256(archive.read(name)).hexdigest()
