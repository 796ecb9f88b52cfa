"""A link instead of a file, in a real browser: what is behind it stands beneath it before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from dubbing.platform.wakeups import WakeUp
from dubbing.uploads import links
from tests.support.drafts import a_draft, a_person

pytestmark = [pytest.mark.walk, pytest.mark.django_db(transaction=True)]
ASK = links.ask  # before the tests' surroundings put it to rest
FOUND = links.LinkOutcome(412_000_000, "video/mp4", 252.0, {"container": "mp4"})
REFUSED = links.LinkOutcome(refusal={"code": "page"})


def test_a_link_says_what_is_behind_it(
    page: Page, signed_in: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PANJAYA_API_URL = "http://127.0.0.1:9"
    asked: list[str] = []

    def look(url: str, kind: str, provider: str) -> links.LinkOutcome:
        asked.append(url)
        return FOUND if url.endswith(".mp4") else REFUSED

    monkeypatch.setattr(links, "look", look)
    monkeypatch.setattr(links, "ask", ASK)
    monkeypatch.setattr(WakeUp, "_hand_over", lambda task, pk: task.run(pk))  # a worker that comes after the commit
    draft = a_draft(a_person("ada"))
    signed_in(page, draft.created_by).goto(f"/assets/{draft.pk}/edit/")
    page.locator('label:has([name="source_from"][value="url"])').click()
    field, told = page.locator("#id_media_url"), page.locator('[data-link-of="media_url"]')

    field.fill("https://films.example.com/sharing")
    field.blur()
    expect(told).to_contain_text("This is a web page, not a file. Use the download link of the file itself.")
    field.fill("https://films.example.com/film.mp4")
    field.blur()
    expect(told).to_contain_text("MP4, 412 MB, 4 min 12 s")
    expect(page.locator("#trim-length")).to_contain_text("4 min 12 s")
    page.reload()
    expect(told).to_contain_text("MP4, 412 MB, 4 min 12 s")
    assert asked == ["https://films.example.com/sharing", "https://films.example.com/film.mp4"]


@pytest.mark.parametrize(
    ("fate", "expected"), [("held", "Checking the link took too long"), ("cut", "We could not check the link")]
)
def test_a_check_that_gets_no_answer_says_so_and_is_made_again_when_asked(
    page: Page, signed_in: Any, console: list[str], fate: str, expected: str
) -> None:
    draft = a_draft(a_person("ada"))
    held: list[Route] = []
    page.clock.install()
    signed_in(page, draft.created_by).goto(f"/assets/{draft.pk}/edit/")
    page.route("**/links/check/", lambda route: held.append(route) if fate == "held" else route.abort())
    page.locator('label:has([name="source_from"][value="url"])').click()
    field, told = page.locator("#id_media_url"), page.locator('[data-link-of="media_url"]')
    field.fill("https://films.example.com/film.mp4")
    field.blur()
    if fate == "held":
        expect(told).to_contain_text("Checking the file at this link…")
        page.clock.run_for(21_000)
    expect(told).to_contain_text(expected)
    page.unroute("**/links/check/")
    with page.expect_request("**/links/check/"):
        field.dispatch_event("change")
    console.clear()
