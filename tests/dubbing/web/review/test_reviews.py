"""The page of one's reviews, and that of a project: what is due, who decides, and that strangers see none of it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from dubbing.models import Asset, Membership, Review, ReviewPolicy
from tests.support import rows
from tests.support.people import People, client_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _always_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """No text is good for the next look as well."""
    monkeypatch.setattr("portal.page_polling.FRESH_SECONDS", 0.0)
    monkeypatch.setattr("dubbing.web.shared.etags.UNNOTED_SECONDS", 0.0)
    monkeypatch.setattr("dubbing.submissions.coverage.SLOW", 60.0)


def review(people: People, name: str, **fields: Any) -> Review:
    result = rows.make_done(people.project, people.editor, name=name)
    return rows.make_review(result.version.dubbing, **fields)


def page(client: Client, query: str = "") -> str:
    return client.get(reverse("reviews") + query).content.decode()


def names(html: str) -> list[str]:
    return re.findall(r'<span dir="auto">(Film [^<]+)</span><span class="review-language"', html)


def headings(html: str) -> list[str]:
    return re.findall(r'<h2 id="reviews-\w+">([^<]+)</h2>', html)


def badge(html: str) -> str:
    found = re.search(r'<span id="reviews-count">(?:<span class="tab-count figure">(\S+?)<)?', html)
    assert found
    return found[1] or ""


def test_my_reviews_are_sorted_by_due_date_with_the_most_urgent_first(people: People, viewer: Client) -> None:
    now = timezone.now()
    mine = {"reviewer": people.viewer}
    review(people, "Film none", **mine)
    review(people, "Film later", due_at=now + timedelta(days=30), **mine)
    review(people, "Film late", due_at=now - timedelta(days=1), **mine)
    review(people, "Film later still", due_at=now + timedelta(days=60), **mine)
    review(people, "Film very late", due_at=now - timedelta(days=9), **mine)
    review(people, "Film of somebody else", reviewer=people.editor)
    review(people, "Film decided", status="approved", **mine)
    html = page(viewer)
    assert headings(html) == ["Overdue", "Due later", "No due date"]
    assert names(html) == ["Film very late", "Film late", "Film later", "Film later still", "Film none"]
    assert badge(html) == "5"
    assert "<title>(5) Reviews" in html


def test_what_is_due_today_and_what_is_due_this_week_are_separate(people: People, viewer: Client) -> None:
    now = timezone.localtime()
    end_of_day = now.replace(hour=23, minute=59, second=59)
    review(people, "Film today", reviewer=people.viewer, due_at=end_of_day)
    monday = end_of_day + timedelta(days=7 - now.weekday())
    review(people, "Film next week", reviewer=people.viewer, due_at=monday)
    expected = ["Due today", "Due later"]
    if now.weekday() < 6:
        review(people, "Film this week", reviewer=people.viewer, due_at=monday - timedelta(days=1))
        expected.insert(1, "Due this week")
    assert headings(page(viewer)) == expected


def test_a_row_leads_to_the_version_and_folds_its_instructions(people: People, viewer: Client) -> None:
    made = review(people, "Film one", reviewer=people.viewer, instructions="Use the formal address.")
    html = page(viewer)
    version = made.dubbing.versions.get()
    assert f'<p class="line-title"><a href="{reverse("version", args=[version.pk])}">' in html
    assert re.search(r"<summary>Instructions</summary><p[^>]*>Use the formal address\.", html)
    assert "Spanish (Spain)" in html


def test_an_owner_sees_what_waits_for_an_owner_and_what_has_no_reviewer(people: People, owner: Client) -> None:
    review(people, "Film second", status="reviewed", reviewed_by=people.viewer)
    review(people, "Film mine first", status="reviewed", reviewed_by=people.owner)
    review(people, "Film nobody")
    review(people, "Film assigned", reviewer=people.viewer)
    html = page(owner)
    assert headings(html) == ["Waiting for an owner", "No reviewer"]
    assert names(html) == ["Film second", "Film nobody"]
    assert badge(html) == "1"  # what anybody can take calls nobody
    assert names(page(client_of(people.editor))) == []


def test_what_the_owner_made_is_not_theirs_to_approve_where_somebody_else_has_to(people: People, owner: Client) -> None:
    ReviewPolicy.objects.create(project=people.project, makers_may_approve=False)
    own = rows.make_done(people.project, people.owner, name="Film own").version.dubbing
    rows.make_review(own, status="reviewed", reviewed_by=people.viewer)
    sent = review(people, "Film sent", status="reviewed", reviewed_by=people.viewer)
    rows.make_submission(sent.dubbing.asset)
    sent.dubbing.asset.submissions.update(asked_by=people.owner)
    review(people, "Film of the editor", status="reviewed", reviewed_by=people.viewer)
    assert names(page(owner)) == ["Film of the editor"]


def test_what_comes_back_from_changes_goes_to_whoever_requested_them(people: People, owner: Client) -> None:
    review(people, "Film back", decided_by=people.owner, reason="Too quiet.")
    review(people, "Film not yet", decided_by=people.owner, status="changes_requested")
    html = page(owner)
    assert headings(html) == ["Back from changes"]
    assert names(html) == ["Film back"]
    assert "Too quiet." in html


@pytest.mark.parametrize("why", ["left", "archived", "trashed"])
def test_former_members_and_invisible_videos_are_not_counted(people: People, viewer: Client, why: str) -> None:
    made = review(people, "Film one", reviewer=people.viewer)
    assert badge(page(viewer)) == "1"
    if why == "left":
        Membership.objects.filter(user=people.viewer).delete()
    else:
        Asset.objects.filter(pk=made.dubbing.asset_id).update(**{f"{why}_at": timezone.now()})
    html = page(viewer)
    assert (names(html), badge(html)) == ([], "")
    assert "No reviews" in html
    assert "Film one" not in viewer.get(reverse("work")).content.decode()


def test_strangers_see_no_review_count_or_name(people: People) -> None:
    outsider = client_of(people.outsider)
    review(people, "Film one", reviewer=people.outsider)
    review(people, "Film two", status="reviewed", reviewed_by=people.viewer)
    html = page(outsider) + page(outsider, "?show=unassigned") + page(outsider, "?show=undated")
    assert "Film" not in html
    assert badge(html) == ""
    assert outsider.get(reverse("project-reviews", args=[people.project.pk])).status_code == 404


def test_a_shortened_list_states_its_total_and_can_be_paged_through(
    people: People, viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dubbing.web.shared.review_lists.SHOWN", 2)
    monkeypatch.setattr("dubbing.web.shared.review_lists.PAGE", 2)
    late = timezone.now() - timedelta(days=1)
    for number in range(5):
        review(people, f"Film {number}", reviewer=people.viewer, due_at=late + timedelta(minutes=number // 2))
    html = page(viewer)
    assert names(html) == ["Film 0", "Film 1"]
    assert "Showing the first 2 of 5." in html
    assert 'href="/reviews/?show=overdue"' in html
    found, query = list[str](), "?show=overdue"
    while query:
        html = page(viewer, query)
        found += names(html)
        more = re.search(r'href="(\?show=overdue&amp;beyond=\d+)" rel="next"', html)
        query = more[1].replace("&amp;", "&") if more else ""
    assert found == [f"Film {number}" for number in range(5)]


def test_the_page_answers_not_modified_until_something_changes(people: People, viewer: Client) -> None:
    review(people, "Film one", reviewer=people.viewer)
    address = reverse("reviews") + "?part=queue"
    etag = viewer.get(address)["ETag"]
    assert viewer.get(address, headers={"if-none-match": etag}).status_code == 304
    review(people, "Film two", reviewer=people.viewer)
    again = viewer.get(address, headers={"if-none-match": etag})
    assert names(again.content.decode()) == ["Film one", "Film two"]


def test_my_work_has_what_i_am_to_review(people: People, viewer: Client) -> None:
    review(people, "Film one", reviewer=people.viewer)
    html = viewer.get(reverse("work")).content.decode()
    assert names(html) == ["Film one"]
    assert "<title>(1) My work" in html


@pytest.mark.parametrize("address", ["reviews", "project-reviews", "work"])
def test_the_queries_are_as_many_for_one_review_as_for_twenty(people: People, owner: Client, address: str) -> None:
    place = reverse(address, args=[people.project.pk] if address == "project-reviews" else [])

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert owner.get(place).status_code == 200
        return len(queries)

    review(people, "Film", reviewer=people.owner)
    asked()
    few = asked()
    for number in range(20):
        review(people, f"Film {number}", reviewer=[people.owner, None][number % 2])
    assert asked() == few


# --- a project's


def of_project(client: Client, people: People, query: str = "") -> str:
    return client.get(reverse("project-reviews", args=[people.project.pk]) + query).content.decode()


def test_a_projects_reviews_are_filtered_by_status_language_reviewer_and_overdue(
    people: People, viewer: Client
) -> None:
    review(people, "Film late", reviewer=people.owner, due_at=timezone.now() - timedelta(hours=1))
    review(people, "Film approved", status="approved", reviewer=people.viewer)
    french = rows.make_done(people.project, people.editor, name="Film French", locale="fr-FR").version.dubbing
    rows.make_review(french)
    html = of_project(viewer, people)
    assert names(html) == ["Film French", "Film approved", "Film late"]
    assert re.search(r'To review <span class="tab-count">2</span>', html)
    assert names(of_project(viewer, people, "?status=approved")) == ["Film approved"]
    assert names(of_project(viewer, people, "?language=fr-FR")) == ["Film French"]
    assert names(of_project(viewer, people, "?reviewer=none")) == ["Film French"]
    assert names(of_project(viewer, people, f"?reviewer={people.viewer.pk}")) == ["Film approved"]
    assert names(of_project(viewer, people, "?status=overdue")) == ["Film late"]
    assert "No reviews match" in of_project(viewer, people, "?status=approved&language=fr-FR")
    for nonsense in ("?status=x&language=%7F&reviewer=-1&before=x", "?reviewer=99999999999999999999"):
        assert len(names(of_project(viewer, people, nonsense))) == 3


def test_rare_matches_are_found_page_after_page(
    people: People, viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dubbing.web.review.page.LOOKED_THROUGH", 2)
    review(people, "Film rare", reviewer=people.viewer)
    for number in range(3):
        review(people, f"Film {number}")
    html = of_project(viewer, people, f"?reviewer={people.viewer.pk}")
    assert "No match so far" in html
    more = re.search(r'href="[^"]*(\?reviewer=\d+&amp;before=\d+)" rel="next"', html)
    assert more
    assert names(of_project(viewer, people, more[1].replace("&amp;", "&"))) == ["Film rare"]


def test_the_navigation_counts_what_waits_for_a_decision(people: People, viewer: Client) -> None:
    review(people, "Film one")
    review(people, "Film two", status="approved")
    html = viewer.get(reverse("members", args=[people.project.pk])).content.decode()
    assert re.search(r'<span id="project-reviews-count"><span class="tab-count">1</span></span>', html)
