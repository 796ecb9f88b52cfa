"""One large film, a real browser and everything that may befall them on the way: what arrives is what was chosen.

``UPLOAD_GB=5 pytest tests/browser/test_upload_ordeal.py -s`` does it with a film of that size, and says what it took.
"""

from __future__ import annotations

import hashlib
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.bench.film import make_large_film
from tests.bench.measuring import MIB, Memory, child_of
from tests.browser.conftest import chromium
from tests.support.cutting import Link, link_to
from tests.support.portal import PASSWORD, Portal
from tests.support.sandbox import SandboxProcess

GIGABYTES = float(os.environ.get("UPLOAD_GB", "0"))
SIZE = int(GIGABYTES * 1024 * MIB) or 40 * MIB
RATE = 0 if GIGABYTES else 16 * MIB
CUTS = 40 if GIGABYTES else 4
MEMORY_GOAL = 50  # MB
# The page shows trouble only when something does not go on by itself.
WATCH = """
new MutationObserver(() => {
  const box = document.querySelector("#source-box [data-trouble]");
  if (box && !box.hidden && box.textContent.trim()) console.log(`TROUBLE ${box.textContent.trim()}`);
}).observe(document, { subtree: true, childList: true, attributes: true });
"""

pytestmark = [
    pytest.mark.walk,
    pytest.mark.long,
    pytest.mark.xdist_group("browser"),
    pytest.mark.timeout(3600 if GIGABYTES else 120),
]


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    with SandboxProcess() as sandbox, Portal(tmp_path_factory.mktemp("portal"), sandbox) as running:
        yield running.start("web", "worker")


@pytest.fixture
def link(portal: Portal) -> Iterator[Link]:
    with link_to(portal.url, rate=RATE) as link:
        yield link


class Person:
    """Somebody at one browser that keeps its profile, with one film to bring."""

    def __init__(self, browser: Browser, profile: Path, link: Link, film: Path) -> None:
        self.browser, self.profile, self.link, self.film = browser, profile, link, film
        self.troubles: list[str] = []
        self.window: BrowserContext
        self.page: Page

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *problem: object) -> None:
        self.window.close()

    def open(self) -> None:
        """Start the browser on its profile."""
        self.window = self.browser.browser_type.launch_persistent_context(
            self.profile,
            executable_path=chromium(),
            args=["--no-sandbox", "--disable-dev-shm-usage"],
            base_url=self.link.url,
        )
        self.window.add_init_script(WATCH)
        self.page = self.window.pages[0]
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("dialog", lambda dialog: dialog.accept())

    def _hear(self, message: ConsoleMessage) -> None:
        if message.text.startswith("TROUBLE"):
            self.troubles.append(message.text)

    def sign_in(self) -> None:
        self.page.goto("/sign-in/")
        self.page.locator("[name=username]").fill("owner")
        self.page.locator("[name=password]").fill(PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(lambda address: "sign-in" not in address)

    def choose(self) -> None:
        self.page.locator("#source-box [data-file]").set_input_files(self.film)

    def wait_for(self, part: float) -> None:
        """Until so much of the film has gone up, over all tries together."""
        until = time.monotonic() + (1800 if GIGABYTES else 30)
        while self.link.sent_up < part * SIZE:
            assert time.monotonic() < until, (self.link.sent_up, self.page.locator("#source-box").inner_text())
            self.page.wait_for_timeout(50)


def test_a_video_arrives_identical_through_cuts_a_kill_a_reload_and_a_closed_browser(
    portal: Portal, link: Link, browser: Browser, tmp_path: Path
) -> None:
    film = make_large_film(tmp_path / "film.mp4", SIZE)
    dice = random.Random(4)
    began, grown = time.monotonic(), []
    with Person(browser, tmp_path / "profile", link, film) as person:
        person.sign_in()
        project = portal.ask("m.Project.objects.first().pk")
        person.page.goto(f"/projects/{project}/assets/new/")
        person.page.locator("main form[method=post] button").first.click()
        person.page.wait_for_url("**/edit/")
        draft = person.page.url
        memory = Memory(child_of(portal.processes["web"].pid))
        link.cuts = sorted(int(link.sent_up + dice.uniform(0.02, 0.98) * SIZE) for _ in range(CUTS))
        person.choose()

        person.wait_for(0.25)
        grown.append(memory.growth())
        portal.kill("web")
        portal.start("web")
        memory = Memory(child_of(portal.processes["web"].pid))

        person.wait_for(0.5)
        person.page.reload()
        person.choose()

        person.wait_for(0.75)
        person.window.close()
        person.open()
        person.page.goto(draft)
        person.choose()

        seconds = 1800 if GIGABYTES else 60
        person.page.locator("#source-box .file-facts").wait_for(timeout=1000 * seconds)
        grown.append(memory.growth())
    took = time.monotonic() - began
    (upload,) = portal.ask("list(m.Upload.objects.values('status', 'key', 'sha256', 'announced_sha256'))")
    print(f"\n{SIZE / 1e9:.2f} GB in {took:.0f} s, cut {CUTS} times; sent {link.sent_up / SIZE:.3f} of it; MB: {grown}")
    assert upload["status"] == "complete"
    assert not person.troubles
    assert not link.cuts
    expected = sha256_of(film)
    assert sha256_of(Path(portal.environment["MEDIA_ROOT"], upload["key"])) == expected
    assert (upload["sha256"], upload["announced_sha256"]) == (expected, expected)
    assert max(grown) < MEMORY_GOAL


def sha256_of(path: Path) -> str:
    """Of the whole file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
