"""The coverage grid by keyboard, and while things change behind it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from dubbing.models import Asset, Project, Submission
from tests.support import rows
from tests.support.drafts import a_person, a_row

pytestmark = [pytest.mark.walk, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ada() -> User:
    return a_person("ada")


@pytest.fixture
def project(ada: User) -> Project:
    return rows.make_project("Harbour", owner=ada)


@pytest.fixture
def films(project: Project, ada: User) -> list[Asset]:
    """Three finished films, the newest first; only the oldest has French."""
    made = []
    for number, locales in enumerate((["de-DE", "fr-FR"], ["de-DE"], ["de-DE"]), 1):
        film = a_row(ada, seconds=60)
        made.append(
            rows.make_asset(
                project, ada, status="completed", name=f"Film {number}", locales=locales, source=film,
                auto_generate="no_lips",
            )
        )  # fmt: skip
    return made[::-1]


@pytest.fixture
def grid(page: Page, signed_in: Any, ada: User, project: Project, films: list[Asset]) -> Page:
    signed_in(page, ada).goto(f"/projects/{project.pk}/grid/")
    return page


def focused(grid: Page) -> str:
    return str(grid.evaluate("document.activeElement.id"))


def test_arrows_move_through_the_grid_and_enter_opens_a_cell(grid: Page, films: list[Asset]) -> None:
    newest, middle, oldest = (film.pk for film in films)
    grid.locator(f"#video-{newest}").focus()
    steps = [
        ("ArrowRight", f"cell-{newest}-fr-FR"), ("ArrowRight", f"cell-{newest}-de-DE"),
        ("ArrowDown", f"cell-{middle}-de-DE"), ("Home", f"video-{middle}"), ("End", f"done-{middle}"),
        ("ArrowRight", f"done-{middle}"), ("Control+Home", "head-video"), ("ArrowUp", "head-video"),
        ("Control+End", f"done-{oldest}"), ("ArrowDown", f"done-{oldest}"), ("PageUp", f"done-{newest}"),
        ("PageDown", f"done-{oldest}"), ("ArrowLeft", f"cell-{oldest}-de-DE"), ("ArrowLeft", f"cell-{oldest}-fr-FR"),
        ("ArrowUp", f"cell-{middle}-fr-FR"),
    ]  # fmt: skip
    for key, where in steps:
        grid.keyboard.press(key)
        assert focused(grid) == where, key
    grid.keyboard.press("Enter")
    expect(grid.get_by_role("heading", name="Add French (France)")).to_be_visible()


def test_the_grid_is_one_stop_of_the_tab_key(grid: Page, films: list[Asset]) -> None:
    grid.locator(f"#cell-{films[1].pk}-de-DE").focus()
    grid.keyboard.press("Tab")
    assert not grid.evaluate("document.activeElement.closest('table') !== null")
    grid.keyboard.press("Shift+Tab")
    assert focused(grid) == f"cell-{films[1].pk}-de-DE"


def test_a_column_is_filled_without_a_mouse(grid: Page, films: list[Asset]) -> None:
    grid.locator(f"#video-{films[0].pk}").focus()
    for key in ("ArrowRight", "ArrowUp", "Enter"):
        grid.keyboard.press(key)
    expect(grid.get_by_role("heading", name="2 videos, 2 dubs")).to_be_visible()
    grid.get_by_role("button", name="Send: 2 min").press("Enter")
    expect(grid.get_by_role("heading", name="2 dubs sent")).to_be_visible()
    assert Submission.objects.count() == 2
    grid.get_by_role("link", name="Back to the grid").press("Enter")
    expect(grid.locator(f"#cell-{films[0].pk}-fr-FR")).to_have_attribute(
        "title", re.compile("French .*: Not confirmed")
    )


def test_what_is_picked_stays_picked_while_the_grid_follows_the_server(grid: Page, films: list[Asset]) -> None:
    grid.locator(f"#video-{films[1].pk}").focus()
    grid.keyboard.press("Space")
    expect(grid.get_by_role("button", name="Fill the gaps (1)")).to_be_visible()
    films[2].dubbings.filter(locale="fr-FR").update(status="failed")
    grid.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(grid.locator(f"#cell-{films[2].pk}-fr-FR")).to_have_attribute("title", "French (France): Failed")
    expect(grid.get_by_role("checkbox", name="Select Film 2")).to_be_checked()
    assert focused(grid) == f"video-{films[1].pk}"
    grid.get_by_role("button", name="Fill the gaps (1)").click()
    expect(grid.get_by_role("heading", name="1 video, 1 dub")).to_be_visible()


def test_all_of_a_page_are_picked_at_once(grid: Page) -> None:
    grid.get_by_role("checkbox", name="Select all on this page").check()
    expect(grid.get_by_role("button", name="Fill the gaps (3)")).to_be_visible()
    grid.get_by_role("checkbox", name="Select Film 3").uncheck()
    expect(grid.get_by_role("button", name="Fill the gaps (2)")).to_be_visible()


def test_36_languages_scroll_in_a_box_of_their_own(grid: Page, films: list[Asset]) -> None:
    codes = [f"x{chr(97 + n // 26)}-{chr(65 + n % 26)}X" for n in range(34)]
    for code in codes:
        rows.make_dubbing(films[0], code, status="completed")
    grid.reload()
    assert grid.evaluate("document.documentElement.scrollWidth <= innerWidth")
    box = grid.locator("#grid-scroll")
    assert box.evaluate("box => box.scrollWidth > box.clientWidth")
    name = grid.locator(f"#video-{films[0].pk}")
    before = name.bounding_box()
    grid.locator(f"#video-{films[0].pk}").focus()
    grid.keyboard.press("End")
    assert box.evaluate("box => box.scrollLeft > 0")
    assert name.bounding_box() == before


def test_an_arrow_key_never_leaves_the_focus_below_what_stays_in_place(grid: Page, films: list[Asset]) -> None:
    for code in (f"x{chr(97 + n // 26)}-{chr(65 + n % 26)}X" for n in range(34)):
        rows.make_dubbing(films[0], code, status="completed")
    grid.reload()
    grid.locator(f"#done-{films[0].pk}").focus()
    for _ in range(30):
        grid.keyboard.press("ArrowLeft")
        # What stays in place ends where it ends, give or take a fraction of a pixel.
        edges = grid.evaluate(
            """() => [document.activeElement, document.querySelector(".grid-video")]
                .map((one) => one.getBoundingClientRect()).map(({ left, right }) => [left, right])"""
        )
        assert edges[0][0] > edges[1][1] - 1, (focused(grid), edges)
