"""A day of somebody with three projects of 120 films in twelve languages: no page that is left open tells an old story.

Nobody reloads. What really dubs does so through worker, scheduler and sandbox; the rest of the films are rows.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from sandbox import sample
from tests.support.portal import PASSWORD, Portal
from tests.support.sandbox import SandboxProcess

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("day"), pytest.mark.timeout(900)]

SLOW = 120_000  # milliseconds: the machine of a test is slower than that of a day
NEW = [f"New film {number}" for number in range(1, 11)]
FAILING = ["New film 3", "New film 7"]


@dataclass
class Day:
    """The pages that stay open, and the portal behind them."""

    portal: Portal
    context: BrowserContext
    film: Path
    pages: dict[str, Page] = field(default_factory=dict)

    def open(self, name: str, address: str) -> Page:
        """Leave a page open; it is marked, so that loading it anew shows."""
        page = self.pages[name] = self.context.new_page()
        page.goto(address)
        page.evaluate("document.body.dataset.same = 'yes'")
        return page

    def run(self, code: str) -> Any:
        """Do something in the portal's place; what it leaves in ``result``."""
        lines = ["import json", "from dubbing import models as m", "from tests.support import slate", "result = None"]
        lines += ["from django.contrib.auth.models import User", "from pathlib import Path"]
        lines += ["member = User.objects.get(username='member')", code, "print('=>' + json.dumps(result))"]
        output = self.portal.manage("shell", "--no-imports", "--command", "\n".join(lines)).stdout
        return json.loads(output.rpartition("=>")[2])

    def send(self, *names: str) -> list[int]:
        """Send the film under these names in the first project."""
        project, film = "m.Project.objects.earliest('pk')", f"Path({str(self.film)!r})"
        keys: list[int] = self.run(f"result = slate.send({project}, member, {film}, {list(names)!r})")
        return keys

    def assert_nobody_reloaded(self) -> None:
        """Each page is still the one that was opened."""
        for name, page in self.pages.items():
            assert page.evaluate("document.body.dataset.same") == "yes", name


@pytest.fixture
def day(browser: Browser, tmp_path: Path) -> Iterator[Day]:
    sample.main([str(tmp_path / "samples")])
    film = tmp_path / "samples" / "sample.mp4"
    with (
        SandboxProcess(policy="seconds:1") as sandbox,
        Portal(tmp_path / "portal", sandbox, NOTICE_MAIL_SECONDS="2") as portal,
    ):
        sandbox.control("policy", engine="stub")
        context = browser.new_context(base_url=portal.url, locale="en-GB", viewport={"width": 1600, "height": 1000})
        context.set_default_timeout(30_000)
        day = Day(portal, context, film)
        day.run("for name in ('Sample project', 'Harbour', 'Lighthouse'):\n    slate.fill(name, member)")
        portal.start()
        page = context.new_page()
        page.goto("/")
        page.get_by_label("Username").fill("member")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("My work")
        page.close()
        yield day
        context.close()


def test_nobody_reloads_and_nobody_wonders(day: Day, tmp_path: Path) -> None:
    work, grid = day.open("work", "/"), day.open("grid", "/projects/1/grid/")
    videos, projects = day.open("videos", "/projects/1/"), day.open("projects", "/projects/")
    expect(grid.locator("#grid-totals")).to_contain_text("1,440 of 1,440 done")
    assert_ten_new_films_are_followed(day, work, grid, videos, projects)
    assert_a_late_film_is_seen(day, grid, projects)
    assert_what_the_studio_changes_is_seen(day)
    assert_a_batch_is_followed_to_its_end(day, tmp_path, grid)
    day.assert_nobody_reloaded()


def assert_ten_new_films_are_followed(day: Day, work: Page, grid: Page, videos: Page, projects: Page) -> None:
    for name in FAILING:
        day.portal.sandbox.fault(
            "version", "fail", times=-1, rule={"contains": name}, code="version_failed", message="No voice was found"
        )
    keys = dict(zip(NEW, day.send(*NEW), strict=True))
    film = day.open("asset", f"/assets/{keys['New film 1']}/")
    expect(film.locator("#asset-status .now .state").first).to_have_text("Done", timeout=SLOW)
    for name, key in keys.items():
        state = "Failed" if name in FAILING else "To review"
        cell = grid.locator(f"#cell-{key}-es-ES")
        expect(cell).to_have_attribute("title", f"Spanish (Spain): {state}", timeout=SLOW)
        expect(videos.get_by_role("link", name=name, exact=True)).to_be_visible(timeout=SLOW)
    expect(grid.locator("#grid-totals")).to_contain_text("1,448 of 1,560 done", timeout=SLOW)
    expect(work.get_by_role("heading", name="Failed: send again")).to_be_visible(timeout=SLOW)
    expect(work).to_have_title(re.compile(r"^\(2\) My work"), timeout=SLOW)
    sample_project = projects.locator(".line-project", has_text="Sample project")
    expect(sample_project.locator("dd").nth(3)).to_have_text("2", timeout=SLOW)
    # The page of the film that is looked at has read its own notice when it was opened, or gets it.
    bell = work.get_by_role("link", name=re.compile(r"^Notices, (9|10) unread"))
    expect(bell).to_be_visible(timeout=SLOW)


def assert_a_late_film_is_seen(day: Day, grid: Page, projects: Page) -> None:
    day.portal.sandbox.control("policy", progress="seconds:3600")
    (key,) = day.send("Slow film")
    film = day.open("late asset", f"/assets/{key}/")
    expect(film.locator("#asset-status .now .state").first).to_have_text("Dubbing", timeout=SLOW)
    day.run(
        "from datetime import timedelta; from django.utils import timezone\n"
        f"m.Asset.objects.filter(pk={key}).update(late_at=timezone.now() - timedelta(minutes=1))"
    )
    expect(film.locator("#asset-status .now")).to_contain_text("Late", timeout=SLOW)
    expect(film.locator("#asset-status .now")).to_contain_text("This is taking longer than usual.")
    title = re.compile(r"^Spanish \(Spain\): Late, since today ")
    expect(grid.locator(f"#cell-{key}-es-ES")).to_have_attribute("title", title, timeout=SLOW)
    late = projects.locator(".line-project", has_text="Sample project").locator("dd").nth(2)
    expect(late).to_have_text("1", timeout=SLOW)
    day.portal.sandbox.control("policy", progress="seconds:1")


def assert_what_the_studio_changes_is_seen(day: Day) -> None:
    """Somebody reopens a finished film at the provider, which tells nobody, and generates it again later."""
    film = day.pages["asset"]
    version = "m.Version.objects.get(dubbing__asset__name='New film 1')"
    remote_id = day.portal.ask(f"{version}.remote_id")
    day.portal.sandbox.control(f"versions/{remote_id}/revise")
    key = day.run(
        "film = m.Asset.objects.get(name='New film 1'); result = film.pk\n"
        "m.Asset.objects.filter(pk=film.pk).update(last_ok_at=None)\n"
        "m.Version.objects.filter(dubbing__asset=film).update(looked_at=None)"  # nobody has looked for long
    )
    colleague = day.context.new_page()
    colleague.goto(f"/assets/{key}/")
    colleague.close()
    film.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # somebody comes back to the window
    expect(film.locator("#asset-status .language .state").first).to_have_text("Ready to edit", timeout=SLOW)
    day.portal.sandbox.control(f"versions/{remote_id}/generate", lips="no_lips")
    expect(film.locator("#asset-status .language .state").first).to_have_text("Done", timeout=SLOW)


def assert_a_batch_is_followed_to_its_end(day: Day, tmp_path: Path, grid: Page) -> None:
    names = [f"episode-{number}" for number in range(1, 11)]
    (folder := tmp_path / "batch").mkdir()
    for name in names:
        shutil.copy(day.film, folder / f"{name}.mp4")
        shutil.copy(day.film.with_name("sample.es-ES.srt"), folder / f"{name}.es-ES.srt")
    table = "name,file,source_locale,targets,auto_generate,srt_es-ES\n" + "".join(
        f"{name},{name}.mp4,en-US,es-ES,no_lips,{name}.es-ES.srt\n" for name in names
    )
    page = day.context.new_page()
    page.goto("/projects/1/manifest/")
    page.get_by_label("Or paste the table").fill(table)
    page.get_by_role("button", name="Check table").click()
    page.get_by_role("button", name="Create drafts from 10 rows").click()
    expect(page).to_have_url(re.compile(r"/batches/\d+/"))
    page.evaluate("document.body.dataset.same = 'yes'")
    day.pages["batch"] = page
    page.locator("[data-files]").set_input_files([folder / f"{name}.mp4" for name in names])
    page.locator("#id_subtitle_files").set_input_files([folder / f"{name}.es-ES.srt" for name in names])
    states = page.locator("#batch-rows .batch-state")
    expect(states).to_have_text(["Ready to send"] * 10, timeout=SLOW)
    page.locator("#send").click()
    expect(states).to_have_text(["Done"] * 10, timeout=2 * SLOW)
    # Eight new films, ten episodes, and the slow film, which went on when the provider did.
    expect(grid.locator("#grid-totals")).to_contain_text("1,459 of 1,692 done", timeout=SLOW)
