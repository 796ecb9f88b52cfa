"""Several files at once, end to end: dropped, uploaded in their rows, set up together, sent with one press."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from dubbing.batches import batches
from dubbing.models import Batch, Membership, Project, Submission, Upload
from tests.support.drafts import a_person
from tests.support.media import make_film
from tests.support.uploads import examine_all

pytestmark = [pytest.mark.walk, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("films")
    return [make_film(folder / f"Episode {number}.mp4", seconds=3) for number in (1, 2, 3)]


@pytest.fixture
def batch(page: Page, signed_in: Any, settings: Any) -> Batch:
    """An empty one, open in the browser."""
    settings.PANJAYA_API_URL = "http://127.0.0.1:9"
    ada = a_person("ada")
    project = a_project(ada)
    signed_in(page, ada).goto(f"/projects/{project.pk}/")
    page.get_by_role("link", name="Several videos").click()
    page.get_by_role("button", name="Add several files").click()
    expect(page.get_by_role("heading", name="No videos yet")).to_be_visible()
    return Batch.objects.get()


def a_project(user: User) -> Project:
    project = Project.objects.create(name="Harbour")
    Membership.objects.create(project=project, user=user, role="editor")
    return project


def test_many_files_become_drafts_are_uploaded_set_up_and_sent(page: Page, batch: Batch, films: list[Path]) -> None:
    page.locator("[data-files]").set_input_files(films[:2])
    for film in films[:2]:
        expect(page.get_by_role("row", name=film.stem)).to_contain_text("Upload complete. Checking")
    examine_all()
    expect(page.locator("#batch-rows")).to_contain_text("Choose the language spoken")

    # A file that never came: its row says so after a reload, and takes the file.
    rows = batch.rows
    page.evaluate(
        """async () => fetch(document.getElementById("drop").dataset.createUrl, {method: "POST",
           headers: {"X-CSRFToken": document.cookie.match(/csrftoken=([^;]+)/)[1], "Content-Type": "application/json"},
           body: JSON.stringify({files: [{name: "Episode 3.mp4", size: SIZE}]})})""".replace(
            "SIZE", str(films[2].stat().st_size)
        )
    )
    page.reload()
    expect(page.locator(".batch-missing")).to_contain_text("Episode 3.mp4")
    page.locator("[data-files]").set_input_files(films)
    expect(page.locator("[data-left-out]")).to_contain_text("Episode 1.mp4 is already in this batch.")
    expect(page.get_by_role("row", name="Episode 3")).to_contain_text("Upload complete. Checking")
    assert rows.count() == Upload.objects.count() == 3
    examine_all()

    page.get_by_label("Language spoken in the video").select_option("en-US")
    page.get_by_label("Search languages").fill("espa")
    page.get_by_role("checkbox", name="Spanish (Spain)").check()
    page.get_by_role("button", name="Apply to every row").click()
    expect(page.locator("#share-note")).to_contain_text("Applied to every row")
    expect(page.get_by_role("row", name="Episode 3").locator(".chip")).to_have_text(["es-ES"])
    send = page.get_by_role("button", name="Send 3 videos: 0.2 min")
    expect(send).to_be_enabled()
    send.dblclick()
    expect(page.locator(".batch-summary")).to_contain_text("3 sent.")
    expect(page.locator("#outcome")).to_be_focused()
    page.reload()
    expect(page.locator(".batch-summary")).to_contain_text("3 sent.")
    expect(page.locator("#send")).to_be_disabled()
    assert Submission.objects.count() == 3


def test_settings_and_deletions_do_not_cut_what_is_being_uploaded(page: Page, batch: Batch, films: list[Path]) -> None:
    network = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 8_000}
    network.send("Network.enable")
    network.send("Network.emulateNetworkConditions", slow)
    page.locator("[data-files]").set_input_files(films)
    third = page.get_by_role("row", name="Episode 3")
    expect(third.locator("[data-figures]")).to_contain_text("Queued")  # two at a time
    page.get_by_label("Language spoken in the video").select_option("en-US")
    page.get_by_role("button", name="Apply to every row").click()
    expect(page.locator("#share-note")).to_contain_text("Applied to every row")
    page.get_by_role("button", name="Delete the draft Episode 2").click()
    expect(page.get_by_role("dialog")).to_contain_text("Episode 2")
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_role("row", name="Episode 2")).to_have_count(0)
    page.get_by_role("button", name="Pause all").click()
    expect(third.locator("[data-figures]")).to_contain_text("Paused")
    network.send("Network.emulateNetworkConditions", slow | {"uploadThroughput": -1})
    page.get_by_role("button", name="Resume").first.click()
    for name in ("Episode 1", "Episode 3"):
        expect(page.get_by_role("row", name=name)).to_contain_text("Upload complete", timeout=20_000)
    examine_all()
    assert Upload.objects.filter(status="complete").count() == 2
    assert batch.rows.count() == 2


def test_subtitles_dropped_with_the_videos_go_to_their_rows(page: Page, batch: Batch) -> None:
    drop = """names => {
        const dataTransfer = new DataTransfer();
        const text = "1\\n00:00:01,000 --> 00:00:03,000\\nHola\\n";
        names.forEach((name) => dataTransfer.items.add(new File([text], name)));
        document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
    }"""
    page.get_by_label("Language spoken in the video").select_option("en-US")
    page.get_by_label("Search languages").fill("espa")
    page.get_by_role("checkbox", name="Spanish (Spain)").check()
    page.get_by_role("button", name="Apply to every row").click()
    page.evaluate(drop, ["Harbour.mp4", "Pier.mp4"])
    expect(page.get_by_role("row", name="Pier")).to_be_visible()
    page.evaluate(drop, ["harbour.es-ES.srt", "pier_es.srt", "quay.es.srt"])
    said = page.locator("#subtitles-message")
    expect(said).to_contain_text("2 subtitle files added, 1 needs attention.")
    expect(said).to_contain_text("row 2, Spanish (Spain)")
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/batch.png", full_page=True)
        page.set_viewport_size({"width": 390, "height": 844})
        page.emulate_media(color_scheme="dark")
        page.screenshot(path=f"{folder}/batch-phone-dark.png", full_page=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_cells_of_a_manifest_are_corrected_by_keyboard(page: Page, signed_in: Any, scheme: Any) -> None:
    ada = a_person("ada")
    page.emulate_media(color_scheme=scheme)
    signed_in(page, ada).goto(f"/projects/{a_project(ada).pk}/manifest/")
    table = "name,file,source_locale,targets\nHarbour,h.mp4,en-US,es fr-FR\nPier,p.mp4,xx,de-DE\n"
    table += "Quay,q.mp4,en-US,it-IT\n"
    page.get_by_label("Or paste the table").fill(table)
    page.get_by_role("button", name="Check table").click()
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        if folder := os.environ.get("SHOTS"):
            page.locator("#result").screenshot(path=f"{folder}/manifest-{width}-{scheme}.png")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        found = Axe().run(page, "#result")
        assert found.violations_count == 0, found.generate_report()
    page.get_by_role("button", name="Row 1: use Spanish (Mexico) for es").press("Enter")
    expect(page.locator("#result-title")).to_contain_text("2 of 3 rows are ready")
    wrong = page.get_by_role("textbox", name="source_locale in row 2")
    expect(wrong).to_be_focused()
    wrong.fill("en-US")
    wrong.press("Enter")
    expect(page.locator("#result-title")).to_contain_text("3 of 3 rows are ready")
    assert not Batch.objects.exists()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_the_button_stays_in_sight_and_settings_fold_once_they_are_used(
    page: Page, batch: Batch, width: int, scheme: Any
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 844})
    made = [({"file": f"Episode {number}.mp4"}, {"name": f"Episode {number}"}) for number in range(30)]
    batches.add_rows(batch, batch.created_by, made)
    page.reload()
    expect(page.locator("#send")).to_be_in_viewport()  # settings are open, and rows below the fold
    page.get_by_label("Language spoken in the video").select_option("en-US")
    page.get_by_label("Search languages").fill("espa")
    page.get_by_role("checkbox", name="Spanish (Spain)").check()
    page.get_by_role("button", name="Apply to every row").click()
    summary = page.locator("#settings > summary")
    expect(summary).to_contain_text("en-US → es-ES · Finished video with lip sync · Best quality")
    expect(summary).to_be_focused()
    expect(page.locator("#share")).not_to_be_visible()
    for end in (0, "document.body.scrollHeight"):
        page.evaluate(f"window.scrollTo(0, {end})")
        expect(page.locator("#send")).to_be_in_viewport()
    page.evaluate("window.scrollTo(0, 0)")
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/folded-{width}.png")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
