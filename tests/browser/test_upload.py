"""Bringing a file in a real browser: over links that are cut, slow or gone, and never from zero again."""

from __future__ import annotations

import hashlib
import os
import re
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from dubbing.models import Asset, Upload
from dubbing.platform import storage
from tests.support.cutting import Link, link_to
from tests.support.drafts import a_draft, a_person
from tests.support.media import make_film
from tests.support.uploads import examine_all

pytestmark = [pytest.mark.walk, pytest.mark.django_db(transaction=True)]

MB = 1_000_000
# What a browser itself writes about connections that these tests cut, and about answers that say so.
CUT = re.compile(
    r"Failed to load resource: (net::ERR_|the server responded with a status of (401|404|409|413|423|507))"
)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real film of 6 MB: most of it is a box that players skip."""
    path = make_film(tmp_path_factory.mktemp("films") / "Summer film.mp4", seconds=2)
    return padded(path, 6 * MB)


@pytest.fixture
def link(page: Page, live_server: Any) -> Iterator[Link]:
    """What lies between the browser and the portal."""
    with link_to(live_server.url) as link:
        yield link
        page.close()


@pytest.fixture
def draft(page: Page, link: Link, signed_in: Any, settings: Any) -> Asset:
    """An empty draft, open in the browser."""
    settings.PANJAYA_API_URL = "http://127.0.0.1:9"
    draft = a_draft(a_person("ada"))
    signed_in(page, draft.created_by).goto(f"{link.url}/assets/{draft.pk}/edit/")
    return draft


@pytest.fixture(autouse=True)
def _cuts_are_expected(page: Page, console: list[str]) -> Iterator[None]:
    yield
    console[:] = [said for said in console if not CUT.search(said)]


def padded(path: Path, size: int) -> Path:
    """Make an MP4 file as large as this, with bytes that no compression makes smaller."""
    rest = size - path.stat().st_size
    with path.open("ab") as file:
        file.write(struct.pack(">I4s", rest, b"free") + os.urandom(rest - 8))
    return path


def box(page: Page, part: str = "") -> Locator:
    return page.locator(f"#source-box {part}".strip())


def choose(page: Page, *files: Path) -> None:
    box(page, "[data-file]").set_input_files(list(files))


def wait_until(page: Page, true: Callable[[], object], seconds: float = 15) -> None:
    """The page goes on meanwhile."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to this in time"
        page.wait_for_timeout(50)


def arrived(page: Page, film: Path) -> Upload:
    """Every byte is on the server; somebody has looked at it there, and the page has noticed."""
    wait_until(page, lambda: Upload.objects.filter(status="arrived").exists(), seconds=30)
    examine_all()
    expect(box(page, ".file-facts")).to_contain_text(film.name, timeout=15_000)
    upload = Upload.objects.latest("created_at")
    assert upload.status == Upload.Status.COMPLETE
    return upload


def offsets_of(page: Page) -> list[int]:
    """Where each request with bytes begins, as they are sent."""
    begun: list[int] = []
    page.on("request", lambda one: begun.append(int(one.headers["upload-offset"])) if one.method == "PATCH" else None)
    return begun


def is_identical(upload: Upload, film: Path) -> bool:
    sent, there = film.read_bytes(), storage.path(upload.key).read_bytes()
    return sent == there and upload.sha256 == hashlib.sha256(sent).hexdigest()


def sent_some(page: Page, link: Link, count: int = MB) -> None:
    """Some of the file has gone up."""
    before = link.sent_up
    wait_until(page, lambda: link.sent_up > before + count)


def interrupted(page: Page, link: Link, film: Path) -> None:
    """Half a film is there, and the page is another one."""
    link.rate = 3 * MB
    choose(page, film)
    sent_some(page, link, 2 * MB)
    page.on("dialog", lambda dialog: dialog.accept())
    address = page.url
    page.goto("about:blank")
    link.cut()  # or what this machine holds of the rest, some megabytes, would arrive after all
    link.rate = 0
    page.goto(address)
    expect(box(page, "[data-figures]")).to_contain_text("of 6.0 MB uploaded")


def test_a_video_is_uploaded_with_real_progress_and_then_checked(page: Page, draft: Asset, film: Path) -> None:
    # A link that is slow further away fills the buffers of this machine first, which looks like progress.
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 2 * MB}
    network.send("Network.emulateNetworkConditions", slow)
    choose(page, film)
    expect(box(page, "[data-figures]")).to_have_text(re.compile(r"[\d.]+ MB of 6\.0 MB · .*/s · about \d+ s left"))
    draft.refresh_from_db()
    assert draft.typed["source"] == str(Upload.objects.get().pk)  # known before the last byte
    expect(page).to_have_title(re.compile(r"^\d+% · New video"))
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("#submit-note")).to_contain_text("still uploading")
    network.send("Network.emulateNetworkConditions", slow | {"uploadThroughput": -1})
    expect(box(page, "[data-figures]")).to_have_text("Upload complete. Checking…")
    upload = arrived(page, film)
    expect(page.locator("#id_name")).to_have_value("Summer film")
    assert is_identical(upload, film)
    assert upload.announced_sha256 == upload.sha256


def test_a_connection_that_breaks_repeatedly_delivers_the_same_bytes(
    page: Page, draft: Asset, link: Link, film: Path
) -> None:
    link.rate = 20 * MB
    link.cuts = [link.sent_up + count * MB for count in (1, 2, 4)]
    begun = offsets_of(page)
    choose(page, film)
    upload = arrived(page, film)
    assert is_identical(upload, film)
    assert not link.cuts
    # A browser sends a request again by itself when its connection was reset, so an offset may come twice.
    assert sorted(begun) == begun
    assert len(set(begun)) >= 3
    assert Upload.objects.count() == 1


@pytest.mark.long
def test_it_waits_while_the_browser_is_offline_and_resumes_automatically(
    page: Page, draft: Asset, link: Link, film: Path
) -> None:
    link.rate = 2 * MB
    choose(page, film)
    sent_some(page, link)
    page.context.set_offline(True)  # Chromium refuses new connections then, and lets those live that there are
    link.cut()
    expect(box(page, "[data-figures]")).to_contain_text("resumes when you reconnect")
    link.rate = 0
    page.context.set_offline(False)
    assert is_identical(arrived(page, film), film)


@pytest.mark.long
def test_trying_now_does_not_wait_for_the_countdown(page: Page, draft: Asset, link: Link, film: Path) -> None:
    link.rate = 2 * MB
    choose(page, film)
    sent_some(page, link)
    link.down = True
    link.cut()
    expect(box(page, "[data-figures]")).to_have_text(re.compile(r"Connection lost\. Trying again in [48] s\."))
    link.down, link.rate = False, 0
    page.get_by_role("button", name="Try now").click()
    assert is_identical(arrived(page, film), film)


def test_after_a_reload_the_same_file_resumes_from_its_offset(page: Page, draft: Asset, link: Link, film: Path) -> None:
    interrupted(page, link, film)
    expect(box(page, ".dropzone")).to_have_text(re.compile(r"Choose Summer film\.mp4 again .* to resume from \d+%"))
    begun = offsets_of(page)
    choose(page, film)
    upload = arrived(page, film)
    assert is_identical(upload, film)
    assert min(begun) > MB
    assert Upload.objects.count() == 1


@pytest.mark.long
def test_replacing_a_half_uploaded_file_takes_a_confirmation(
    page: Page, draft: Asset, link: Link, film: Path, tmp_path: Path
) -> None:
    interrupted(page, link, film)
    other = make_film(tmp_path / "Winter film.mp4", seconds=2)
    choose(page, other)
    question = box(page, "[data-question]")
    expect(question).to_contain_text(re.compile(r"This is not Summer film\.mp4, which is \d+% uploaded"))
    page.get_by_role("button", name="Keep the upload").click()
    assert Upload.objects.get().name == film.name
    choose(page, other)
    page.get_by_role("button", name="Upload Winter film.mp4").click()
    upload = arrived(page, other)
    assert list(Upload.objects.all()) == [upload]


@pytest.mark.long
def test_a_changed_file_of_the_same_name_and_size_is_not_mixed_with_the_old_one(
    page: Page, draft: Asset, link: Link, film: Path, tmp_path: Path
) -> None:
    interrupted(page, link, film)
    changed = tmp_path / film.name
    changed.write_bytes(film.read_bytes())
    os.utime(changed, (1_000_000_000, 1_000_000_000))
    choose(page, changed)
    expect(box(page, "[data-question]")).to_contain_text("not the same Summer film.mp4: its size or date is different")


@pytest.mark.long
def test_a_second_window_follows_what_the_first_one_sends(
    page: Page, draft: Asset, link: Link, film: Path, live_server: Any
) -> None:
    link.rate = MB // 2
    choose(page, film)
    sent_some(page, link, MB // 4)
    other = page.context.new_page()
    other.goto(f"{live_server.url}/assets/{draft.pk}/edit/")
    expect(box(other, "[data-figures]")).to_contain_text("Another window is uploading this file", timeout=15_000)
    link.rate = 0
    arrived(page, film)
    expect(box(other, ".file-facts")).to_contain_text(film.name, timeout=15_000)


@pytest.mark.long
def test_uploads_pause_and_resume_with_the_keyboard(page: Page, draft: Asset, link: Link, film: Path) -> None:
    link.rate = 2 * MB
    choose(page, film)
    sent_some(page, link)
    page.get_by_role("button", name="Pause").focus()
    page.keyboard.press("Enter")
    expect(box(page, "[data-figures]")).to_contain_text("Paused")
    link.rate = 0
    page.wait_for_timeout(500)  # what was on the way
    before = link.sent_up
    page.wait_for_timeout(500)
    assert link.sent_up == before
    expect(page.get_by_role("button", name="Resume")).to_be_focused()
    page.keyboard.press("Enter")
    assert is_identical(arrived(page, film), film)


def test_cancelling_deletes_what_has_arrived(page: Page, draft: Asset, link: Link, film: Path) -> None:
    link.rate = 2 * MB
    choose(page, film)
    sent_some(page, link)
    page.get_by_role("button", name="Cancel").click()
    expect(box(page, ".dropzone")).to_be_visible()
    wait_until(page, lambda: not Upload.objects.exists())
    draft.refresh_from_db()
    assert not draft.typed["source"]


@pytest.mark.long
def test_a_file_that_is_not_a_video_is_refused_with_words_and_the_box_stays_usable(
    page: Page, draft: Asset, film: Path, tmp_path: Path
) -> None:
    letter = tmp_path / "letter.mp4"
    letter.write_text("Dear all, " * 100)
    choose(page, letter)
    wait_until(page, lambda: Upload.objects.filter(status="arrived").exists())
    examine_all()
    expect(box(page, ".upload-file")).to_contain_text("not a video file we can read")
    choose(page, film)
    arrived(page, film)
    expect(box(page, ".upload-file")).not_to_contain_text("letter.mp4")


@pytest.mark.long
def test_a_reload_during_the_check_keeps_polling(page: Page, draft: Asset, film: Path) -> None:
    choose(page, film)
    expect(box(page, "[data-figures]")).to_contain_text("Upload complete")
    wait_until(page, lambda: Upload.objects.filter(status="arrived").exists())
    page.reload()
    expect(box(page, "[data-figures]")).to_contain_text("Upload complete")
    arrived(page, film)


@pytest.mark.long
def test_signing_in_again_in_another_tab_resumes_without_losing_a_byte(
    page: Page, draft: Asset, link: Link, film: Path, signed_in: Any
) -> None:
    link.rate = 2 * MB
    choose(page, film)
    sent_some(page, link)
    page.context.clear_cookies()
    link.cut()
    expect(box(page, "[data-figures]")).to_contain_text("You are signed out")
    expect(box(page).get_by_role("link", name="Sign in")).to_be_visible()
    link.rate = 0
    begun = offsets_of(page)
    other = page.context.new_page()
    signed_in(other, draft.created_by).goto(f"{link.url}/projects/")
    other.close()
    upload = arrived(page, film)
    assert is_identical(upload, film)
    assert min(begun) > 0


@pytest.mark.long
def test_a_file_dropped_anywhere_on_the_page_is_accepted(page: Page, draft: Asset) -> None:
    drop = """names => {
        const files = new DataTransfer();
        names.forEach((name) => files.items.add(new File(["hello"], name)));
        const at = document.getElementById("step-languages") || document.body;
        for (const kind of ["dragover", "drop"]) {
            at.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: files }));
        }
    }"""
    page.evaluate(drop, ["harbour.ass"])
    expect(box(page, "[data-trouble]")).to_contain_text("harbour.ass contains subtitles")
    page.evaluate(drop, ["one.mp4", "two.mp4", "three.mp4"])
    expect(box(page, "[data-others]")).to_contain_text("one.mp4 was added, the other 2 files were not")
    wait_until(page, lambda: Upload.objects.filter(status="arrived").exists())
    assert Upload.objects.get().name == "one.mp4"


@pytest.mark.long
def test_the_same_video_uploaded_twice_is_noticed(page: Page, draft: Asset, film: Path, link: Link) -> None:
    choose(page, film)
    arrived(page, film)
    second = a_draft(draft.created_by, draft.project)
    page.goto(f"{link.url}/assets/{second.pk}/edit/")
    choose(page, film)
    arrived(page, film)
    expect(box(page)).to_contain_text("You already uploaded this file for")
