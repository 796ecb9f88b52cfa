"""What seldom goes wrong with a file on its way: each ends in words, or by itself."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from dubbing.models import Asset, Upload
from dubbing.platform import storage
from dubbing.uploads import append
from tests.browser.test_upload import MB, arrived, box, choose, is_identical, offsets_of, padded, sent_some
from tests.browser.test_upload import _cuts_are_expected as _cuts_are_expected
from tests.browser.test_upload import draft as draft
from tests.browser.test_upload import film as film
from tests.browser.test_upload import link as link
from tests.support.cutting import Link
from tests.support.media import make_film

pytestmark = [pytest.mark.walk, pytest.mark.long, pytest.mark.django_db(transaction=True)]


def in_pieces_of(page: Page, size: int) -> None:
    """As a film of many gigabytes would be sent."""
    page.evaluate("size => { document.querySelector('meta[name=upload-settings]').dataset.chunk = size; }", size)


def test_a_late_hash_that_differs_refuses_the_file(page: Page, draft: Asset, film: Path) -> None:
    held: list[Route] = []
    page.route(re.compile("/sha256/"), lambda route: held.append(route))  # Playwright takes no built-in method
    choose(page, film)
    upload = arrived(page, film)
    assert held, "the page did not say its hash"
    held[0].continue_(post_data=json.dumps({"sha256": hashlib.sha256(b"another film").hexdigest()}))
    expect(box(page)).to_contain_text("damaged during the upload")
    expect(box(page)).to_contain_text("Upload it again")
    upload.refresh_from_db()
    assert upload.status == Upload.Status.REFUSED
    page.unroute(re.compile("/sha256/"))
    choose(page, film)
    assert is_identical(arrived(page, film), film)


def test_a_disk_that_fills_up_half_way_stops_the_file_until_there_is_room(
    page: Page, draft: Asset, link: Link, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(append, "LOOK_EVERY_BYTES", MB)
    link.rate = 3 * MB
    choose(page, film)
    sent_some(page, link)
    with monkeypatch.context() as full:
        full.setattr(storage, "has_room", lambda size: False)
        expect(box(page, "[data-figures]")).to_contain_text("disk is nearly full, so the upload stopped")
    link.rate = 0
    begun = offsets_of(page)
    page.get_by_role("button", name="Try now").click()
    assert is_identical(arrived(page, film), film)
    assert min(begun) > 0


def test_a_proxy_that_accepts_only_small_pieces_gets_them(page: Page, draft: Asset, film: Path) -> None:
    refused: list[int] = []

    def proxy(route: Route) -> None:
        body = len(route.request.post_data_buffer or b"")
        if route.request.method != "PATCH" or len(refused) > 1:
            return route.continue_()
        refused.append(body)
        return route.fulfill(status=413, content_type="text/html", body="<h1>413 Request Entity Too Large</h1>")

    page.route("**/uploads/**", proxy)
    begun = offsets_of(page)
    choose(page, film)
    upload = arrived(page, film)
    assert is_identical(upload, film)
    assert len(refused) == 2
    assert 1024**2 in begun


def test_a_file_that_changes_while_it_is_sent_stops_with_words(
    page: Page, draft: Asset, link: Link, tmp_path: Path
) -> None:
    film = padded(make_film(tmp_path / "Changing film.mp4", seconds=2), 6 * MB)
    in_pieces_of(page, MB)
    link.rate = 2 * MB
    choose(page, film)
    sent_some(page, link)
    with film.open("ab") as file:
        file.write(b"more")
    expect(box(page, "[data-trouble]")).to_contain_text("cannot read the file. It was changed or moved", timeout=15_000)
    assert Upload.objects.get().status == Upload.Status.RECEIVING
