"""Every button that costs money: pressed once, it is disarmed and says what it does until its answer is here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, Request, Route, expect

from dubbing.models import Asset, Batch, BatchRow, Dubbing, Event, Project, Version
from tests.support import rows
from tests.support.drafts import a_draft, a_person, a_row, typed

pytestmark = [pytest.mark.walk, pytest.mark.django_db(transaction=True)]

Place = Callable[[Project, User], str]


def a_form(project: Project, ada: User) -> str:
    film = a_row(ada, seconds=600.0)
    values = typed(source_from="file", source=str(film.pk))
    return f"/assets/{a_draft(ada, project, source=film, typed=values).pk}/edit/"


def a_promotion(project: Project, ada: User) -> str:
    return a_form(project, ada).replace("edit", "promote")


def a_question(project: Project, ada: User) -> str:
    asset = rows.make_asset(project, a_person("eve", project), status="awaiting", end=60.0)
    rows.make_event(asset, Event.Kind.APPROVAL_ASKED, actor=asset.created_by, why="It is long.")
    return f"/assets/{asset.pk}/"


def a_running_one(project: Project, ada: User) -> str:
    return f"/assets/{rows.make_asset(project, ada).pk}/"


def one_with_a_gap(project: Project, ada: User) -> str:
    asset = rows.make_asset(project, ada, status="partly_done", provider="voicechanger", end=60.0)
    Dubbing.objects.filter(asset=asset).update(status="completed")
    rows.make_dubbing(asset, "fr-FR", status="failed", error_code="processing_failed")
    return f"/assets/{asset.pk}/"


def a_version(project: Project, ada: User) -> str:
    rows.make_done(project, ada)
    return f"/versions/{Version.objects.get().pk}/"


def press(name: str) -> Callable[[Page], Any]:
    return lambda page: page.get_by_role("button", name=name).click()


def add_a_language(page: Page) -> None:
    page.locator(".add-summary").click()
    page.locator("#add-languages select").first.select_option("fr-FR")
    page.locator("#add-languages .btn-primary").click()


def send_the_missing_one(page: Page) -> None:
    page.get_by_role("button", name="Send the missing language").click()
    page.locator("#send-missing .btn-primary").click()


def send_it_back(page: Page) -> None:
    page.get_by_role("button", name="Send back to editing").click()
    page.locator("#revise .btn-danger").click()


PAID: dict[str, tuple[Place, str, str, Callable[[Page], Any]]] = {
    "submit": (a_form, "#submit", "Sending…", press("Submit: 20 min, 2 languages")),
    "pilot": (a_form, "#pilot", "Sending the pilot…", press("Send a pilot: 2 min")),
    "promote": (a_promotion, "[data-promote] .btn-primary", "Sending…", lambda page: promote(page)),
    "approve": (a_question, ".approval .btn-primary", "Approving and sending…", press("Approve and send")),
    "languages": (a_running_one, "#add-languages .btn-primary", "Sending…", add_a_language),
    "missing": (one_with_a_gap, "#send-missing .btn-primary", "Sending…", send_the_missing_one),
    "revise": (a_version, "#revise .btn-danger", "Sending back…", send_it_back),
}


def promote(page: Page) -> None:
    page.get_by_role("checkbox", name="Spanish (Spain)").check()
    page.locator("[data-promote] .btn-primary").click()


@pytest.mark.parametrize("what", PAID)
def test_a_paid_button_is_disabled_until_its_answer_arrives(
    page: Page, signed_in: Any, settings: Any, what: str
) -> None:
    settings.VOICECHANGER_API_KEY = "key"
    place, selector, words, act = PAID[what]
    ada = a_person("ada")
    signed_in(page, ada).goto(place(rows.make_project("Harbour", owner=ada), ada))
    sent: list[Request] = []

    def answer(route: Route) -> None:
        if route.request.is_navigation_request() and route.request.method == "POST":
            sent.append(route.request)
            route.fulfill(status=204)  # the browser stays where it is
        else:
            route.continue_()

    page.route("**/*", answer)
    button = page.locator(selector)
    act(page)
    expect(button).to_be_disabled()
    expect(button).to_have_text(words, use_inner_text=True)
    button.evaluate("button => button.form.requestSubmit()")  # nor by Enter
    page.wait_for_timeout(200)
    assert len(sent) == 1
    # Back from the next page, whether or not the browser kept this one.
    page.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow'))")
    expect(button).to_be_enabled()
    expect(button).not_to_have_text(words)


def test_a_batchs_button_stays_disabled_until_its_answer_arrives(page: Page, signed_in: Any) -> None:
    ada = a_person("ada")
    project = rows.make_project("Harbour", owner=ada)
    film = a_row(ada, seconds=60.0)
    values = typed(source_from="file", source=str(film.pk))
    batch = Batch.objects.create(project=project, created_by=ada)
    draft = Asset.objects.create(project=project, created_by=ada, name="One", typed=values, source=film)
    BatchRow.objects.create(batch=batch, number=1, asset=draft)
    signed_in(page, ada).goto(f"/batches/{batch.pk}/")
    button = page.locator("#send")
    held: list[Route] = []
    page.route("**/send/**", lambda route: held.append(route))
    button.click()
    expect(button).to_be_disabled()
    expect(button).to_have_text("Sending…", use_inner_text=True)
    page.wait_for_timeout(4000)  # looks do not replace what is being answered
    expect(button).to_have_text("Sending…", use_inner_text=True)
    assert len(held) == 1
    held[0].continue_()
    expect(page.locator(".batch-summary")).to_contain_text("1 sent")
    expect(button).to_be_disabled()
