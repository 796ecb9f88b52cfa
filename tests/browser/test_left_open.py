"""Pages that stay open while things change behind them: they follow without a reload, or say that they do not."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from dubbing.models import Asset, Batch, BatchRow, Dubbing, Event, Membership, Project, Session, Submission, Upload
from tests.support import rows
from tests.support.drafts import a_person, a_row

pytestmark = [pytest.mark.walk, pytest.mark.django_db(transaction=True)]

ROWS = 10
SETTINGS = {"source_locale": "en-US", "targets": ["es-ES"]}


@pytest.fixture
def ada() -> User:
    return a_person("ada")


@pytest.fixture
def project(ada: User) -> Project:
    return rows.make_project("Harbour", owner=ada)


@pytest.fixture
def window(page: Page, signed_in: Any, ada: User) -> Page:
    """Signed in. That nothing was loaded anew is asserted with ``is_same``."""
    signed_in(page, ada)
    return page


def open_(window: Page, path: str) -> None:
    window.goto(path)
    window.evaluate("document.body.dataset.same = 'yes'")


def is_same(window: Page) -> bool:
    return bool(window.evaluate("document.body.dataset.same") == "yes")


def come_back(window: Page) -> None:
    """As somebody who looks at the window again: pages look at once."""
    window.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


# --- a batch ---------------------------------------------------------------------------------------------------------


def a_batch(project: Project, user: User) -> Batch:
    """Ten drafts whose films have still to come."""
    batch = Batch.objects.create(project=project, created_by=user, shared=SETTINGS)
    for number in range(1, ROWS + 1):
        name = f"Episode {number}.mp4"
        draft = Asset.objects.create(project=project, created_by=user, name=f"Episode {number}", typed=SETTINGS)
        BatchRow.objects.create(batch=batch, number=number, asset=draft, given={"file": name}, stale=False)
    return batch


def bring_the_film(row: BatchRow, user: User) -> None:
    film = a_row(user, name=row.given["file"])
    assert row.asset
    typed = row.asset.typed | {"source": str(film.pk)}
    Asset.objects.filter(pk=row.asset.pk).update(source=film, typed=typed)
    BatchRow.objects.filter(pk=row.pk).update(stale=True, waits_for=film)


def states(window: Page) -> Any:
    return window.locator("#batch-rows .batch-state")


@pytest.mark.parametrize("again", range(5))
def test_a_batch_that_is_left_open_follows_ten_rows_to_the_end(
    window: Page, project: Project, ada: User, again: int
) -> None:
    batch = a_batch(project, ada)
    open_(window, f"/batches/{batch.pk}/")
    expect(states(window)).to_have_text(["Missing file"] * ROWS)
    for row in batch.rows.select_related("asset"):
        bring_the_film(row, ada)
    expect(states(window)).to_have_text(["Ready to send"] * ROWS, timeout=40_000)
    expect(window.locator("#send")).to_be_enabled()
    for status, dubbing, words in (
        ("submitting", "pending", "Sending"),
        ("dubbing", "preparing", "Dubbing"),
        ("completed", "completed", "Done"),
    ):
        for row in batch.rows.select_related("asset"):
            Dubbing.objects.update_or_create(asset=row.asset, locale="es-ES", defaults={"status": dubbing})
        BatchRow.objects.update(status="sent")
        Asset.objects.update(status=status)
        expect(states(window)).to_have_text([words] * ROWS, timeout=40_000)
    expect(window.locator("#batch-rows")).to_have_attribute("data-final", "")
    assert is_same(window)


def test_what_is_unfolded_and_has_the_focus_stays_so_while_rows_change(
    window: Page, project: Project, ada: User
) -> None:
    batch = a_batch(project, ada)
    open_(window, f"/batches/{batch.pk}/")
    window.locator("#missing-files summary").click()
    expect(window.locator("#missing-files")).to_have_attribute("open", "")
    last = window.get_by_role("button", name="Delete the draft Episode 10")
    last.focus()
    bring_the_film(batch.rows.select_related("asset").earliest("number"), ada)
    expect(states(window).first).to_have_text("Ready to send", timeout=20_000)
    expect(window.locator("#missing-files")).to_have_attribute("open", "")
    expect(last).to_be_focused()


# --- an asset --------------------------------------------------------------------------------------------------------


def test_a_final_asset_is_polled_again_when_somebody_comes_back(window: Page, project: Project, ada: User) -> None:
    asset = rows.make_asset(project, ada, status="failed", error_code="empty_transcript")
    open_(window, f"/assets/{asset.pk}/")
    expect(window.locator("#asset-status")).to_contain_text("No speech was found.")
    Asset.objects.filter(pk=asset.pk).update(status="dubbing", error_code="")
    asset.dubbings.update(status="preparing")
    come_back(window)
    expect(window.locator("#asset-status .now")).to_contain_text("Dubbing")
    rows.make_event(asset, Event.Kind.OPS)
    come_back(window)
    expect(window.locator(".timeline")).to_contain_text("in the admin site")
    Asset.objects.filter(pk=asset.pk).update(status="completed")  # and it is followed from there on
    asset.dubbings.update(status="completed")
    expect(window.locator("#asset-status .now")).to_contain_text("Done", timeout=20_000)
    assert is_same(window)


def test_a_page_that_gets_no_answers_says_so_and_says_when_it_continues(
    window: Page, project: Project, ada: User, console: list[str]
) -> None:
    asset = rows.make_asset(project, ada)
    open_(window, f"/assets/{asset.pk}/")
    line = window.locator("#not-updating")
    window.route("**/status/", lambda route: route.abort())
    for _ in range(2):
        come_back(window)
    expect(line).to_contain_text(re.compile(r"Not updating: the portal is not responding\. .* as of \d\d:\d\d"))
    expect(line).to_be_in_viewport()
    window.unroute("**/status/")
    Asset.objects.filter(pk=asset.pk).update(status="completed")
    asset.dubbings.update(status="completed")
    line.get_by_role("button", name="Try now").click()
    expect(line).to_be_hidden()
    expect(window.locator("#asset-status .now")).to_contain_text("Done")
    assert is_same(window)
    console.clear()


def test_an_answer_that_never_comes_stops_nothing(window: Page, project: Project, ada: User) -> None:
    asset = rows.make_asset(project, ada)
    held: list[Route] = []
    window.clock.install()
    window.route("**/status/", lambda route: held.append(route), times=1)
    open_(window, f"/assets/{asset.pk}/")
    window.clock.run_for(4_000)
    window.wait_for_timeout(200)
    assert len(held) == 1
    Asset.objects.filter(pk=asset.pk).update(status="completed")
    asset.dubbings.update(status="completed")
    for _ in range(10):
        window.clock.run_for(4_000)
    expect(window.locator("#asset-status .now")).to_contain_text("Done")
    assert is_same(window)


@pytest.mark.parametrize("where", ["asset", "batch"])
def test_somebody_signed_out_is_told_with_a_link_and_continues_after_signing_in(
    window: Page, signed_in: Any, project: Project, ada: User, where: str
) -> None:
    asset = rows.make_asset(project, ada)
    path = {"asset": f"/assets/{asset.pk}/", "batch": f"/batches/{a_batch(project, ada).pk}/"}[where]
    open_(window, path)
    Session.objects.all().delete()
    come_back(window)
    line = window.locator("#not-updating")
    expect(line).to_contain_text("you are signed out")
    expect(line.get_by_role("link", name="Sign in")).to_have_attribute("href", re.compile(r"/sign-in/\?next=/"))
    signed_in(window, ada)
    come_back(window)
    expect(line).to_be_hidden()
    assert is_same(window)


def test_somebody_who_may_no_longer_see_it_is_told(
    window: Page, project: Project, ada: User, console: list[str]
) -> None:
    asset = rows.make_asset(project, ada)
    open_(window, f"/assets/{asset.pk}/")
    Membership.objects.all().delete()
    come_back(window)
    expect(window.locator("#not-updating")).to_contain_text("no longer have access")
    assert is_same(window)
    console.clear()


# --- a draft ---------------------------------------------------------------------------------------------------------


def test_a_draft_shows_its_video_as_soon_as_its_copy_is_made(window: Page, project: Project, ada: User) -> None:
    film = rows.make_upload(ada)
    Upload.objects.filter(pk=film.pk).update(preview="waiting", media={"video_codec": "prores"})
    draft = Asset.objects.create(project=project, created_by=ada, source=film, typed={"source": str(film.pk)})
    open_(window, f"/assets/{draft.pk}/edit/")
    expect(window.locator("#trim-video")).to_contain_text("so we are making a preview")
    Upload.objects.filter(pk=film.pk).update(preview="failed")
    expect(window.locator("#trim-video")).to_contain_text("we could not make a preview")
    expect(window.locator("#trim-waiting")).not_to_have_attribute("data-poll", re.compile("."))
    assert is_same(window)


# --- parts that come and go -------------------------------------------------------------------------------------------


def test_the_link_to_more_languages_opens_a_form_added_by_polling(window: Page, project: Project, ada: User) -> None:
    asset = rows.make_asset(project, ada, status="submitting")
    sending = rows.make_submission(asset)
    open_(window, f"/assets/{asset.pk}/")
    expect(window.get_by_role("link", name="Add languages")).to_have_count(0)
    Submission.objects.filter(pk=sending.pk).update(status="accepted")
    Asset.objects.filter(pk=asset.pk).update(status="dubbing", remote_id="a1", last_ok_at=timezone.now())
    asset.dubbings.update(status="preparing")
    window.get_by_role("link", name="Add languages").click()
    first = window.locator("#add-languages select").first
    expect(first).to_be_focused()
    expect(window.locator("#add-languages [data-row]:visible")).to_have_count(1)
    first.select_option("fr-FR")
    window.get_by_role("button", name="Add another language").click()
    asset.dubbings.update(status="completed")
    Asset.objects.filter(pk=asset.pk).update(status="completed")
    come_back(window)
    expect(window.locator("#asset-status .now")).to_contain_text("Done")
    expect(first).to_have_value("fr-FR")  # what is being typed stays
    assert is_same(window)


def test_an_approval_request_stays_while_an_owner_types_and_goes_once_answered(
    window: Page, project: Project, ada: User
) -> None:
    eve = a_person("eve", project)
    asset = rows.make_asset(project, eve, status="awaiting", end=60.0)
    rows.make_event(asset, Event.Kind.APPROVAL_ASKED, actor=eve, why="It is long.")
    open_(window, f"/assets/{asset.pk}/")
    window.get_by_text("Request changes from eve").click()
    window.get_by_label("What should change").fill("The trim is wr")
    rows.make_event(asset, Event.Kind.OPS)
    come_back(window)
    expect(window.locator(".timeline")).to_contain_text("in the admin site")
    expect(window.get_by_label("What should change")).to_have_value("The trim is wr")
    Asset.objects.filter(pk=asset.pk).update(status="dubbing")
    expect(window.locator("#asset-status .now")).to_contain_text("Dubbing", timeout=20_000)
    expect(window.get_by_role("button", name="Approve and send")).to_have_count(0)
    assert is_same(window)


def test_that_another_tab_was_faster_is_seen_wherever_the_page_is_scrolled_to(
    window: Page, project: Project, ada: User, console: list[str]
) -> None:
    draft = Asset.objects.create(project=project, created_by=ada, typed={"name": "Harbour"})
    open_(window, f"/assets/{draft.pk}/edit/")
    Asset.objects.filter(pk=draft.pk).update(typed={"name": "Harbour", "tab": "another"})
    notes = window.locator("#id_speakers_from_1, [name=speakers_from]").first
    notes.scroll_into_view_if_needed()
    window.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    window.locator("[name=auto_generate]").last.check(force=True)
    words = window.locator("#save-state [data-status]")
    expect(words).to_contain_text("this draft was changed in another tab")
    expect(words).to_be_in_viewport()
    words.get_by_role("link", name="Reload").click()
    expect(window.locator("#save-state")).not_to_contain_text("another tab")
    console.clear()


# --- other pages ------------------------------------------------------------------------------------------------------


def test_my_work_shows_what_came_meanwhile_to_whoever_comes_back(window: Page, project: Project, ada: User) -> None:
    open_(window, "/")
    expect(window.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    rows.make_asset(project, ada, status="failed", name="Harbour at night")
    come_back(window)
    expect(window.locator("#needs")).to_be_visible()
    expect(window.get_by_role("link", name="Harbour at night", exact=True)).to_be_visible()
    expect(window.get_by_role("heading", name="Nothing here yet")).to_be_hidden()
    assert is_same(window)


def test_my_work_updates_without_a_reload_and_the_title_counts_what_needs_me(
    window: Page, project: Project, ada: User
) -> None:
    open_(window, "/")
    expect(window).to_have_title(re.compile("^My work"))
    rows.make_asset(project, ada, status="failed", name="Harbour at night")
    expect(window.get_by_role("link", name="Harbour at night", exact=True)).to_be_visible(timeout=20_000)
    expect(window.get_by_role("heading", name="Failed: send again")).to_be_visible()
    expect(window).to_have_title(re.compile(r"^\(1\) My work"))
    assert is_same(window)


def test_a_draft_that_was_not_deleted_is_not_reported_as_deleted(window: Page, project: Project, ada: User) -> None:
    batch = a_batch(project, ada)
    open_(window, f"/batches/{batch.pk}/")
    Session.objects.all().delete()
    window.get_by_role("button", name="Delete the draft Episode 3", exact=True).click()
    window.get_by_role("button", name="Delete it").click()
    expect(window.locator("[data-left-out]")).to_contain_text("You are signed out.")
    assert batch.rows.count() == ROWS
    assert is_same(window)
