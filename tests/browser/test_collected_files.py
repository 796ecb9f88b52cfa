"""Pages as in production: files collected under names with their hash, each script a module that finds the others."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.support import portal as support
from tests.support.portal import PASSWORD, Portal
from tests.support.sandbox import SandboxProcess

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]
IN_THE_IMAGE = ("manage.py", "portal", "dubbing", "templates", "static")
HASHED = re.compile(r"\.[0-9a-f]{12}\.(js|css|svg)$")


@pytest.fixture
def portal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Portal]:
    """The portal from a folder like the image's, with its static files collected."""
    image = tmp_path / "image"
    for name in IN_THE_IMAGE:
        whole = support.ROOT / name
        copy = shutil.copytree if whole.is_dir() else shutil.copy
        image.mkdir(exist_ok=True)
        copy(whole, image / name)
    with SandboxProcess() as sandbox:
        monkeypatch.setattr(support, "ROOT", image)
        with Portal(tmp_path / "var", sandbox) as running:
            # By a Python of its own: settings ask while they load whether this is what they are loaded for.
            collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
            subprocess.run(collect, cwd=image, env=running.environment, check=True)
            yield running.start("web")


def test_every_script_and_sheet_is_loaded_by_its_hash(browser: Browser, portal: Portal) -> None:
    context = browser.new_context(base_url=portal.url)
    context.set_default_timeout(30_000)
    page = context.new_page()
    loaded: dict[str, int] = {}
    said: list[str] = []
    page.on("response", lambda answer: loaded.update({answer.url.split("?")[0]: answer.status}))
    page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto("/")
    page.get_by_label("Username").fill("member")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Projects").click()
    page.wait_for_url("**/projects/")  # and its modules have run: they come before the load event
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Sample project").click()
    page.locator("form[action$='/assets/new/'] button").first.click()
    # The module of the page took its part: a search that needs a script, and saving while somebody types.
    expect(page.locator("#save-state")).to_be_visible()
    page.locator("#id_name").fill("Harbour at night")
    expect(page.locator("#save-state")).to_have_text("Saved")  # before that, "Saved automatically"
    files = {url: status for url, status in loaded.items() if "/static/" in url}
    assert [url for url in files if "/static/js/pages/asset-form." in url]
    assert [url for url in files if "/static/js/draft/form." in url]
    assert not [url for url in files if re.search(r"/static/(js|css)/", url) and not HASHED.search(url)]
    assert set(files.values()) <= {200, 304}
    assert not said
    # What hashes uploads is a module too, with imports of its own.
    worker = page.locator("meta[name=upload-settings]").get_attribute("data-worker")
    start = """([worker, data]) => new Promise((done) => {
      const started = new Worker(worker, { type: "module" });
      started.onmessage = ({ data }) => data.read || done(data.sha256 || data.problem);
      started.onerror = () => done("the worker did not start");
      started.postMessage({ file: new Blob(["abc"]), library: data.library, plainLibrary: data.plainLibrary });
    })"""
    libraries = page.locator("meta[name=upload-settings]").evaluate("({ dataset }) => ({ ...dataset })")
    for broken in ({}, {"library": "/static/nothing.js"}):
        found = page.evaluate(start, [worker, libraries | broken])
        assert found == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    context.close()
